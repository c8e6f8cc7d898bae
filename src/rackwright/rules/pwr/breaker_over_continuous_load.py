"""A breaker carries more continuous load than it may.

What: In a case the rack must survive, the current of a whip exceeds the share of its breaker that a continuous load may use.
Why: A breaker that is not listed for 100 % trips in hours at its rating; racks are continuous loads (three hours or more).
Fix: More shelves or PDUs, a larger breaker with its whip, or an assembly listed for 100 % (`continuous: 100 %`).
Source: NEC 210.20(A) and 215.3 as quoted in a Schneider Electric bulletin: breaker at least 1.25 x continuous load, 80 % the other way round.
Limits: Phases taken as balanced; ambient derating of the breaker is not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.pwr._cases import READS, worst
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR201",
    "breaker-over-continuous-load",
    "error",
    "`{subject}` carries {value} {case}, {excess} over the {limit} a breaker of {breaker} may carry continuously",
    unit="A",
    label="fed through this",
    help="add a shelf or PDU, or take a larger breaker and whip",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 4}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}  # error: PWR201
cooling: {manifold: manifold/rack-45mm}
overrides:
  ocp/hpr-33kw: {input_breaker: 40 A}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 4}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
overrides:
  ocp/hpr-33kw: {input_breaker: 50 A}
"""


@stage(reads=(*READS, "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Current of every whip in its worst required case against its breaker times `power.continuous`."""
    limit = pl.col("breaker_a") * t.input("power.continuous")
    over = worst(t, "whip", "current_a", pl.col("current_a") > limit + 1e-6)
    if over.is_empty():
        return nothing()
    return rows(
        over,
        subject=pl.col("name"),
        value=pl.col("current_a"),
        limit=limit,
        src=pl.col("src"),
        case=pl.col("case"),
        breaker=show(pl.col("breaker_a"), "A"),
        related_src=t.input_src("power.continuous"),
        related_note="share of a breaker here",
    )
