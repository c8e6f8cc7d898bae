"""A rack stands too far from the tray that its cables take.

What: The way sideways from a riser of a rack to the nearest tray over a row is longer than `pathways.reach`.
Why: Nothing carries cables between the rack and the tray: they hang free, and every length that was cut counts a way that nobody can pull.
Fix: A tray over the row (`pathways.segments`, or the tray layer of the plan), or a drop of that length if you can hang one (`pathways.reach`).
Source: The spec's `pathways.reach`; 3 m is this project's judgement of what a waterfall and a bracket span.
Limits: Measured along x and y in plan; one tray for both sides of a row counts as over it.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import figure, show
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB310",
    "rack-beyond-its-tray",
    "error",
    "the nearest tray is {far} sideways from rack `{subject}`, {over} over the {reach} that cables may hang ({count} such racks)",
    unit="mm",
    label="reach set here",
    help="hang a tray over that row (`pathways.segments`)",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 8}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
pathways:
  reach: 2 m  # error: CAB310
  segments:
    - {from: [1.2 m, 2.4 m], to: [7 m, 2.4 m], kind: row}  # over row 1, none over row 2
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 8}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
pathways:
  reach: 2 m
  segments:
    - {from: [1.2 m, 2.4 m], to: [7 m, 2.4 m]}
    - {from: [1.2 m, 4.8 m], to: [7 m, 4.8 m]}
    - {from: [1.2 m, 2.4 m], to: [1.2 m, 4.8 m]}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("hall_racks", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The rack that is farthest from its tray, where that is too far."""
    racks = t.columns("hall_racks", "rack_id", "name", "length_reach_mm")
    if racks.is_empty():
        return nothing()
    limit = t.input("pathways.reach")
    far = racks.filter(pl.col("length_reach_mm") > limit)
    return rows(
        far.sort("length_reach_mm", "rack_id", descending=[True, False]).head(1),
        subject=pl.col("name"),
        value=pl.col("length_reach_mm"),
        limit=limit,
        far=show(pl.col("length_reach_mm") / 1000, "m"),
        over=show((pl.col("length_reach_mm") - limit) / 1000, "m"),
        reach=show(pl.lit(limit) / 1000, "m"),
        src=t.input_src("pathways.reach"),
        count=figure(pl.lit(far.height)),
    )
