"""Coolant runs too fast in the manifold.

What: The velocity in a riser of the manifold is above what the manifold allows.
Why: Fast coolant erodes the wall, makes noise and spreads the flow over the trays unevenly.
Fix: A wider manifold, a greater temperature rise, or two manifolds.
Source: Fact `velocity_max` of the manifold (some 3 m/s for steel risers, usual practice).
Limits: Hoses are short and run faster by design; they are not judged.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "THM105",
    "riser-velocity-over-limit",
    "error",
    "coolant runs at {value} in `{subject}`, {excess} over the {limit} of the manifold",
    unit="m/s",
    label="manifold here",
    help="take a wider manifold, or raise `cooling.rise`",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}  # error: THM105
overrides:
  manifold/rack-45mm: {velocity_max: 0.1 m/s}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
overrides:
  manifold/rack-45mm: {velocity_max: 1 m/s}
"""


@stage(reads=("coolant_branches", "coolant_branch_states", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Velocity in every riser section against the manifold's limit."""
    risers = t["coolant_branches"].filter(pl.col("kind").is_in(["supply-riser", "return-riser"])).join(t["coolant_branch_states"], on="branch_id")
    limit = pl.lit(t.fact(t.input_text("cooling.manifold"), "velocity_max"), pl.Float64)
    fast = risers.filter(pl.col("velocity_m_s").abs() > limit)
    return rows(fast, subject=pl.col("name"), value=pl.col("velocity_m_s").abs(), limit=limit, src=pl.col("src"))
