"""Elevations: of a rack the report's section; of a hall the racks as a list and the front of every one, row by row.

Reads hall_racks, designs, design_devices, fabric_switches.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from rackwright.render import rows
from rackwright.render.blocks import Block, Given, Picture, Prose, Table, of_content
from rackwright.render.content import show, whole
from rackwright.render.scene import Scene
from rackwright.render.sections import elevations as section
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "elevations", "Elevations", 22


def chapter(t: Tables, given: Given, drawn: Sequence[Scene]) -> Sequence[Block] | None:
    """None without a rack."""
    if t["racks"].height:
        return of_content(section.content(t), drawn)
    if t["hall_racks"].is_empty():
        return None
    chosen = None
    if given.chosen:
        named = (
            t["hall_racks"].filter(pl.col("name").is_in(given.labels["rack"].unique().implode())) if given.labels.height else t["hall_racks"].clear()
        )
        chosen = named["rack_id"].to_list()
    scenes = list(rows.elevations(t, chosen))
    if not scenes:
        return None
    shown = sum(int((s.shapes["layer"] == "frame").sum()) // 2 for s in scenes)
    every = t["hall_racks"].height if chosen is None else len(chosen)
    lead = f"The fronts of {shown:,} racks." if shown >= every else f"One rack of each kind, {shown:,} for {every:,} racks; the rest are alike."
    return [Prose([lead]), _racks(t, chosen), *(Picture(s) for s in scenes)]


_HEADS = (
    ("Rack", "code"),
    ("Design", ""),
    ("Scalable unit", "num"),
    ("Devices", "num"),
    ("Power", "num"),
    ("Heat, liquid", "num"),
    ("Heat, air", "num"),
    ("Mass", "num"),
)


def _racks(t: Tables, chosen: list[int] | None) -> Table:
    """A row a rack, by its place."""
    racks = t["hall_racks"] if chosen is None else t["hall_racks"].filter(pl.col("rack_id").is_in(chosen))
    names = dict(t["designs"].select("design_id", "design").iter_rows())
    many = dict(t["design_devices"].group_by("design_id").len().iter_rows())
    switches = dict(t["fabric_switches"].group_by("rack_id").len().iter_rows())
    shown = [
        (
            r["name"],
            names.get(r["design_id"], "switches"),
            "–" if r["pod"] is None else str(r["pod"] + 1),
            whole(many.get(r["design_id"], 0) + switches.get(r["rack_id"], 0)),
            *(show(r[c] or None, unit) for c, unit in (("power_w", "W"), ("heat_liquid_w", "W"), ("heat_air_w", "W"), ("mass_kg", "kg"))),
        )
        for r in racks.sort("hall_id", "row", "position", "rack_id").iter_rows(named=True)
    ]
    return Table("Racks", _HEADS, shown, is_listed=True)
