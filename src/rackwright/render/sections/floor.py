"""Floor of a hall: racks by design and what they amount to. Reads halls, hall_racks, designs, inputs."""

from __future__ import annotations

from typing import Any

import polars as pl

from rackwright.render.content import Content, Grid, money, show, whole
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "floor", "Floor and racks", 20
_HEADS = (
    ("Design", "code"),
    ("Rack spec", "code"),
    ("Racks", "num"),
    ("Accelerators", "num"),
    ("Power", "num"),
    ("Heat, liquid", "num"),
    ("Heat, air", "num"),
    ("Mass", "num"),
    ("Cost, USD", "num"),
    ("Cables inside", "num"),
    ("Findings", "num"),
)


def content(t: Tables) -> Content | None:
    """None without a hall."""
    halls, racks, designs = t["halls"], t["hall_racks"], t["designs"]
    if halls.is_empty():
        return None
    first = halls.row(0, named=True)
    switch_racks = racks["design_id"].null_count()
    each = f"{first['width_mm'] / 1000:.1f} × {first['depth_mm'] / 1000:.1f} m with {first['places']:,} places"
    what = f"One hall, {each}" if halls.height == 1 else f"{halls.height} halls, each {each}"
    lead = [f"{what}: {racks.height - switch_racks:,} racks and {switch_racks:,} for switches stand on {int(halls['places'].sum()):,} places."]
    if halls.height > 1:
        lead.append(f"The plan shows {first['name']}; tray fill there is its own, the other halls have theirs in the table `trays`.")
    return Content(lead, [_designs(designs)])


def _designs(designs: pl.DataFrame) -> Grid:
    """Two rows a design: one rack, and all of them."""
    rows: list[tuple[str, ...]] = []
    marks = []
    for d in designs.iter_rows(named=True):
        rows.append((d["design"], d["spec"] or "–", "1", *_amounts(d, 1), whole(d["findings"])))
        rows.append(("", "", whole(d["racks"]), *_amounts(d, d["racks"]), ""))
        marks += ["bad" if d["findings"] else "", "inner"]
    note = "One rack, and under it all racks of the design. `rackwright build` of a rack spec makes the full package of one rack."
    return Grid("designs", "Rack designs", _HEADS, rows, note, marks=marks)


def _amounts(design: dict[str, Any], racks: int) -> tuple[str, ...]:
    units = (("power_w", "W"), ("heat_liquid_w", "W"), ("heat_air_w", "W"), ("mass_kg", "kg"))
    shown = [show(racks * design[c] or None, unit) for c, unit in units]
    return (whole(racks * design["accelerators"]), *shown, money(racks * design["cost_usd"] or None), whole(racks * design["cables"]))
