"""A branch of the power chain carries more than its rating.

What: With everything in service, a transformer, UPS, feeder, busway section or whip carries more than its rated power or current.
Why: What is over its rating every day trips, or ages ten times as fast, and nothing has failed yet.
Fix: A larger part in `power`, or none given, so that the smallest which fits is taken.
Source: The ratings of the catalogue; the currents of the load flow with every rack at its design's greatest input.
Limits: Normal operation only: `rackwright sim power` tells of outages. The worst branch of each kind is told, with how many more there are.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import first_of, others
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR401",
    "supply-over-rating",
    "error",
    "`{subject}` carries {value} of its rating with everything in service{others}",
    unit="1",
    label="power chain here",
    help="give a larger part, or none so that the smallest which fits is taken",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 80, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 70}
power: {redundancy: N, busway: generic/busway-1600a, transformer: generic/transformer-dry-630kva}  # error: PWR401
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 80, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 70}
power: {redundancy: N, busway: generic/busway-1600a}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("supply_branches", "supply_branch_states"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each kind of branch the most loaded one over its rating, by apparent power or current."""
    states = t["supply_branch_states"].with_columns(loading=pl.max_horizontal("loading_power", "loading_current"))
    over = states.filter(pl.col("loading") > 1 + 1e-9).join(t["supply_branches"], on="branch_id")
    worst = first_of(over.sort("branch_id"), "loading", "kind")
    return rows(worst, subject=pl.col("name"), value=pl.col("loading"), limit=1.0, src=pl.col("src"), others=others(pl.col("n")))
