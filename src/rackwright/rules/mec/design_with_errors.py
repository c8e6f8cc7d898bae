"""A rack design with open findings is repeated over the hall.

What: A rack design that racks of the hall use has errors or warnings that no waiver covers.
Why: What is wrong with one rack is wrong with each of them, and everything the hall sums up rests on that rack.
Fix: Mend the rack spec; `rackwright check` of it shows the findings. One that is accepted gets a waiver with a reason there.
Source: The rules of racks, run on the design.
Limits: Errors and warnings are counted together, for the hall needs both settled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import figure
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC402",
    "design-with-errors",
    "error",
    "design `{subject}`, used {racks} x, has open errors or warnings: {value}",
    label="design here",
    help="`rackwright check {spec}` shows them; mend or waive them there",
)
BAD = """\
hall: small
designs:
  dgx: rack.yaml
  heavy: heavy.yaml  # error: MEC402
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 3}
  more: {design: heavy, count: 1}
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
FILES = {"rack.yaml": RACK, "heavy.yaml": RACK + "floor: {rating: 100 kg/m2}\n"}


@stage(reads=("designs",), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Designs in use with findings above information that no waiver covers."""
    open_ = t["designs"].filter((pl.col("findings") > 0) & (pl.col("racks") > 0))
    return rows(
        open_,
        subject=pl.col("design"),
        value=pl.col("findings"),
        limit=0,
        src=pl.col("src"),
        racks=figure(pl.col("racks")),
        spec=pl.col("spec"),
    )
