"""No operating point exists.

What: In a case the rack must survive, the load flow has no solution: the voltage collapses, or nothing is left that could feed the rack.
Why: Constant-power loads behind a resistance have a greatest power that can be delivered at any voltage; beyond it there is no current that
    would do.
Fix: A busbar of lower resistance, shelves nearer to the load, more shelves or feeds.
Source: Newton load flow of the DC network from the open-circuit voltage downwards; no solution on the upper branch means collapse.
Limits: None known.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.pwr._cases import words
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR107",
    "load-flow-without-solution",
    "error",
    "the network cannot carry {value} {case}, the voltage collapses",
    unit="W",
    label="network here",
    help="take a busbar of lower resistance, or place shelves nearer to the load",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 4}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a, feeds: [A], redundancy: N}  # error: PWR107
cooling: {manifold: manifold/rack-45mm}
placement:
  order: [power-shelf, compute]
  keep_out: [{units: 2..30, because: room for later trays}]
overrides:
  ocp/mgx-busbar-1400a: {resistance_per_m: 50 mohm}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 4}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a, feeds: [A], redundancy: N}
cooling: {manifold: manifold/rack-45mm}
placement:
  order: [power-shelf, compute]
  keep_out: [{units: 2..30, because: room for later trays}]
"""


@stage(reads=("power_cases", "power_case_states", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Required cases with enough capacity that are not solved; limit is what the case could put out at best."""
    cases = t["power_cases"].filter("is_required").join(t["power_case_states"], on="case_id")
    lost = cases.filter(~pl.col("is_solved") & (pl.col("capacity_w") >= pl.col("load_w")))
    if lost.is_empty():
        return nothing()
    return rows(lost, subject=pl.col("name"), value=pl.col("load_w"), limit=pl.col("capacity_w"), src=t.input_src("power.busbar"), case=words())
