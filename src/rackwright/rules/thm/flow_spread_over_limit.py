"""The coolant is shared too unevenly over the trays.

What: A tray's flow differs from its share of the rack's flow by more than `flow_spread_max`.
Why: The tray that gets least runs hottest, and the whole rack is supplied colder for its sake.
Fix: A wider manifold, reverse-return piping, trays of like pressure drop, or orifices in the trays that take too much.
Source: Newton solution of the manifold; 45 mm bore and 18 trays of 35 kPa spread -0.35 to +0.86 %. The limit is the spec's (default 5 %).
Limits: Trays of one maker vary by their own tolerance, which is not added.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "THM104",
    "flow-spread-over-limit",
    "error",
    "`{subject}` gets {share} of its share of coolant, {value} off where {limit} is allowed",
    unit="1",
    label="limit set here",
    help="take a wider manifold or `piping: reverse`, or even out the pressure drop of the trays",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch: {part: nvidia/nvlink5-switch-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}  # error: THM104
overrides:
  nvidia/nvlink5-switch-tray: {coolant_drop_design: 20 kPa}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch: {part: nvidia/nvlink5-switch-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
"""


@stage(reads=("coolant_branches", "coolant_branch_states", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Deviation of every tray's flow from its design share."""
    trays = t["coolant_branches"].filter(pl.col("kind") == "tray").join(t["coolant_branch_states"], on="branch_id")
    limit = t.input("cooling.flow_spread_max")
    trays = trays.with_columns(off=(pl.col("flow_ratio") - 1).abs()).filter(pl.col("off") > limit)
    if trays.is_empty():
        return nothing()
    return rows(
        trays,
        subject=pl.col("name"),
        value=pl.col("off"),
        limit=limit,
        src=t.input_src("cooling.flow_spread_max"),
        share=show(pl.col("flow_ratio"), "1"),
        related_src=pl.col("src"),
        related_note="tray here",
    )
