"""A cable has no way through the trays.

What: Two racks that a fabric joins stand over trays that are not connected: a keep-out of full height cuts them apart.
Why: The cable cannot be pulled, so its link does not exist.
Fix: A cross tray on the other side (`pathways.every`), a keep-out that is not of full height, or racks on one side of it.
Source: The graph of row ladders, cross trays and ducts that is laid over the floor.
Limits: Cables under a raised floor are not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import figure
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB302",
    "cable-without-way",
    "error",
    "{value} of {all} cables of fabric `{subject}` have no way through the trays",
    label="fabric here",
    help="add cross trays (`pathways.every`, or runs of `pathways.segments` that meet), or move what cuts the trays apart (`floor.keep_out`)",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor:
  rows: 2
  places: 4
  pitch: 700 mm
  network: start
  keep_out:
    - {x: 0 m, y: 3.1 m, width: 9 m, depth: 0.9 m, full_height: true, because: fire wall}
racks:
  dgx: {design: dgx, count: 5}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}  # error: CAB302 # error: NET303
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor:
  rows: 2
  places: 4
  pitch: 700 mm
  network: start
  keep_out:
    - {x: 0 m, y: 3.1 m, width: 9 m, depth: 0.9 m, full_height: false, because: fire wall}
racks:
  dgx: {design: dgx, count: 5}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
FILES = {"rack.yaml": RACK}
ALONG = ("NET303",)


@stage(reads=("fabrics",), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Fabrics with unrouted cables."""
    lost = t["fabrics"].filter(pl.col("unrouted") > 0)
    return rows(lost, subject=pl.col("fabric"), value=pl.col("unrouted"), limit=0, src=pl.col("src"), all=figure(pl.col("cables")))
