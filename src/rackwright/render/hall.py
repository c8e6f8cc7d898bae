"""What drawings and sections of a hall need from the tables: rows, designs and their colours, tray fill, names of tiers."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rackwright.schema.tables import Tables

COLOURS = ("compute", "battery", "host", "power", "management", "other")  # of rack designs, in their order; then again
NETWORK = "switch"
TIERS = (
    "Endpoint to leaf",
    "Leaf to spine",
    "Spine to core",
    "Third tier up",
    "Leaf to its peer",
    "Mesh",
    "Group to group",
    "Torus",
)
FILL_STEPS = (0.1, 0.25, 0.5, 0.75, 1.0)  # upper ends of the colour steps of tray fill; over the last: too full


@dataclass(frozen=True, slots=True)
class Row:
    """One row of racks on the campus: centre line across the rows, and +1 where its fronts look towards higher y."""

    row: int
    y: float
    faces: int


def rows(t: Tables, hall_id: int) -> list[Row]:
    """Rows of a hall from its row trays, so that rows without racks are there too. Fronts alternate from row to row."""
    lines = t["trays"].filter((pl.col("hall_id") == hall_id) & (pl.col("kind") == "row")).group_by("row").agg(pl.col("a_y_mm").first()).sort("row")
    racks = t["hall_racks"].filter(pl.col("hall_id") == hall_id).sort("row")
    if lines.is_empty() or racks.is_empty():
        return []
    even = int(racks["faces"][0]) * (-1) ** (int(racks["row"][0]) % 2)
    return [Row(int(r), float(y), even * (-1) ** (int(r) % 2)) for r, y in lines.iter_rows()]


def design_classes(t: Tables) -> dict[int | None, tuple[str, str]]:
    """(css class, name) by design id; None stands for switch racks."""
    made: dict[int | None, tuple[str, str]] = {
        i: (COLOURS[i % len(COLOURS)], str(name)) for i, name in t["designs"].select("design_id", "design").iter_rows()
    }
    return made | {None: (NETWORK, "switch rack")}


def tier_name(tier: int) -> str:
    """What the links of a tier join."""
    return TIERS[tier] if tier < len(TIERS) else f"Tier {tier}"


def filled(t: Tables) -> pl.DataFrame:
    """`trays` with `share`: fill of the fullest tray over what it may hold."""
    return t["trays"].with_columns(share=pl.when(pl.col("capacity") > 0).then(pl.col("fill") / pl.col("capacity")).otherwise(0.0))


def fill_class(share: float) -> str:
    """CSS class of a tray: `fill-0` .. by FILL_STEPS, `fill-over` above the limit."""
    step = next((i for i, top in enumerate(FILL_STEPS) if share <= top), None)
    return "fill-over" if step is None else f"fill-{step}"


def letters(name: str) -> str:
    """Row letters in a rack name: `AB` of `H01.AB07`."""
    return name.partition(".")[2].rstrip("0123456789")
