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
    """One row of rack places on the campus, mm: `faces` 1, -1 where fronts look towards higher, lower y; 2, -2 higher, lower x (rows along y)."""

    row: int
    x: float
    y: float
    width: float
    depth: float
    faces: int
    places: int
    name: str = ""

    @property
    def is_turned(self) -> bool:
        """Whether it runs along y."""
        return abs(self.faces) == 2

    def along(self) -> tuple[float, float]:
        """Low and high end along the row."""
        return (self.y, self.y + self.depth) if self.is_turned else (self.x, self.x + self.width)

    def across(self) -> tuple[float, float]:
        """Low and high side across it."""
        return (self.x, self.x + self.width) if self.is_turned else (self.y, self.y + self.depth)


@dataclass(frozen=True, slots=True)
class Aisle:
    """The floor between two rows that look at one another: cold between fronts, hot between rears, mixed else; its extent on the campus."""

    kind: str
    x0: float
    x1: float
    y0: float
    y1: float

    @property
    def width(self) -> float:
        """From row to row."""
        return min(self.x1 - self.x0, self.y1 - self.y0)


def rows(t: Tables, hall_id: int) -> list[Row]:
    """Rows of a hall, those without racks too."""
    own = t["hall_rows"].filter(pl.col("hall_id") == hall_id).sort("row")
    return [Row(*r) for r in own.select("row", "x_mm", "y_mm", "width_mm", "depth_mm", "faces", "places", "name").iter_rows()]


def aisles(found: list[Row], widest: float = 6000.0) -> list[Aisle]:
    """Aisles from each row to the nearest one beyond it that runs beside it."""
    made = []
    for r in found:
        low, high = r.along()
        level = [s for s in found if s.is_turned == r.is_turned and min(high, s.along()[1]) > max(low, s.along()[0])]
        beyond = [s for s in level if s.across()[0] >= r.across()[1]]
        if not beyond:
            continue
        s = min(beyond, key=lambda s: s.across()[0])
        if not 0 < s.across()[0] - r.across()[1] <= widest:
            continue
        kind = {(True, True): "cold", (False, False): "hot"}.get((r.faces > 0, s.faces < 0), "mixed")
        a, b = (max(low, s.along()[0]), min(high, s.along()[1])), (r.across()[1], s.across()[0])
        made.append(Aisle(kind, *b, *a) if r.is_turned else Aisle(kind, *a, *b))
    return made


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


def metres(length_mm: float) -> str:
    """A length in a hall: always in metres, so that figures beside each other compare."""
    return f"{length_mm / 1000:,.0f} m" if abs(length_mm) >= 1e6 else f"{length_mm / 1000:,.1f} m"
