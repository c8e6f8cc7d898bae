"""A power shelf carries more than its rating although there is enough altogether.

What: In a case the rack must survive, a shelf's share of the load exceeds the rating of its remaining PSUs, while all shelves together suffice.
Why: Shelves share by droop. One that sits near the heaviest trays, or alone in its zone, carries more than the others and trips first.
Fix: Spread the shelves over the height, a busbar of lower resistance, or one more shelf.
Source: Load flow of the busbar with the shelves' droop; rating of `psu_count` x `psu_rated`.
Limits: Active current sharing between shelves is not modelled; it evens out what droop alone leaves uneven.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.pwr._cases import READS, worst
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR102",
    "shelf-overloaded",
    "error",
    "`{subject}` carries {value} of its rating {case}, {excess} too much",
    unit="1",
    label="shelves here",
    help="spread the shelves over the rack's height (`zones`), or add one",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 9}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a, supply: 480 V, shelves: 2, zones: 2, redundancy: N}  # error: PWR102
cooling: {manifold: manifold/rack-45mm}
placement:
  order: [power-shelf, compute, power-shelf]
  keep_out: [{units: 11..47, because: room for later trays}]
overrides:
  ocp/mgx-busbar-1400a: {resistance_per_m: 150 uohm}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 9}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a, supply: 480 V, shelves: 2, zones: 2, redundancy: N}
cooling: {manifold: manifold/rack-45mm}
placement:
  order: [power-shelf, compute, power-shelf]
  keep_out: [{units: 11..47, because: room for later trays}]
overrides:
  ocp/mgx-busbar-1400a: {resistance_per_m: 15 uohm}
"""


@stage(reads=READS, writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Loading of every shelf in its worst required case."""
    over = worst(t, "shelf", "loading", pl.col("loading") > 1 + 1e-6)
    return rows(over, subject=pl.col("name"), value=pl.col("loading"), limit=1, src=pl.col("src"), case=pl.col("case"))
