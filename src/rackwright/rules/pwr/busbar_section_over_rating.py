"""A busbar section carries more than its rating.

What: In a case the rack must survive, the current between two clips of the busbar exceeds its continuous rating.
Why: A whole rack of 132 kW at 50 V is 2,640 A; a 1,400 A bar holds only because shelves at both ends split it. With a shelf or feed lost
    the split moves.
Fix: Shelves in more zones or elsewhere in `placement.order`, a busbar of a higher rating, more shelves.
Source: Load flow of every section; fact `current_rated` of the busbar (MGX: 1,400 A).
Limits: Steady state at the part's rated ambient; heating by neighbouring sections is part of the rating.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.pwr._cases import READS, worst
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR103",
    "busbar-section-over-rating",
    "error",
    "`{subject}` carries {value} {case}, {excess} over its {limit}",
    unit="A",
    label="busbar here",
    help="split the shelves into more `zones`, change `placement.order`, or take a stronger busbar",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 6}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}  # error: PWR103
cooling: {manifold: manifold/rack-45mm}
overrides:
  ocp/mgx-busbar-1400a: {current_rated: 200 A}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 6}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
"""


@stage(reads=READS, writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Current of every busbar section in its worst required case against the rating."""
    over = worst(t, "busbar", "current_a", pl.col("current_a") > pl.col("current_rated_a") * (1 + 1e-6))
    return rows(over, subject=pl.col("name"), value=pl.col("current_a"), limit=pl.col("current_rated_a"), src=pl.col("src"), case=pl.col("case"))
