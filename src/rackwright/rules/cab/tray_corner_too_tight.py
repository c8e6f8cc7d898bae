"""Trays turn more tightly than a cable in them may be bent.

What: A medium that a fabric uses has a smallest bend radius above the inner radius of the bends and tees of the trays.
Why: A cable that is pulled round a corner lies against its inner side: twinax and fibre bent tighter than their radius lose signal for good.
Fix: Fittings of a larger radius (`pathways.corner`), or a medium that bends tighter.
Source: Fact `bend_radius_min` of the cable. Makers of cable trays offer fittings of 300, 600 and 900 mm radius (NEMA VE 1: 12, 24, 36 in).
Limits: One radius for all fittings; the bend from a rack's riser up into the tray is taken to have the same.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB311",
    "tray-corner-too-tight",
    "error",
    "`{subject}` bends no tighter than {limit}, the corners of the trays have {value}, {excess} too little",
    unit="mm",
    label="corners here",
    help="give `pathways.corner` {limit} or more, and order such fittings",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
pathways: {corner: 20 mm}  # error: CAB311
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
pathways: {corner: 150 mm}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("fabric_skus", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The medium in use that bends least, where the trays turn more tightly."""
    skus = t["fabric_skus"]
    if skus.is_empty():
        return nothing()
    corner = t.input("pathways.corner")
    stiff = skus.filter((pl.col("cables") > 0) & (pl.col("bend_radius_mm") > corner)).sort("bend_radius_mm", "part", descending=[True, False])
    return rows(stiff.head(1), subject=pl.col("part"), value=corner, limit=pl.col("bend_radius_mm"), src=t.input_src("pathways.corner"))
