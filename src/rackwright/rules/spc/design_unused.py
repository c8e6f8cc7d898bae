"""A rack design of a hall is used by no rack.

What: A name under `designs` that no group of `racks` takes, or only groups of 0 racks.
Why: It is compiled and judged for nothing, and often tells of a group that was forgotten.
Fix: Remove it, or add racks of it.
Source: The spec itself.
Limits: None known.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "SPC123",
    "design-unused",
    "warning",
    "no rack is of design `{subject}`",
    label="design here",
    help="remove it, or add racks of it",
)
BAD = """\
hall: small
designs:
  dgx: rack.yaml
  spare: rack.yaml  # warning: SPC123
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("designs",), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Designs with no rack."""
    idle = t["designs"].filter(pl.col("racks") == 0)
    return rows(idle, subject=pl.col("design"), value=0, limit=1, src=pl.col("src"))
