"""A waiver covers nothing.

What: A waiver that still holds matches no finding of its rule.
Why: It will silently accept the next finding of that rule, which nobody has looked at.
Fix: Remove it, or correct its `for`.
Source: The spec's `waivers`.
Limits: Not judged for a rack that could not be placed, where most rules did not run.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, all_rules, covered, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "SPC901",
    "unused-waiver",
    "warning",
    "waiver of {subject} covers no finding",
    label="waiver here",
    help="remove it, or correct `for`",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
waivers:
  - {rule: MEC202, until: 2027-01-31, because: floor steel is being fitted}  # warning: SPC901
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
floor: {rating: 500 kg/m2}
waivers:
  - {rule: MEC202, until: 2027-01-31, because: floor steel is being fitted}
"""


@stage(reads=("waivers", "findings", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Waivers of known rules that hold today and cover nothing."""
    if t["waivers"].is_empty():
        return nothing()
    holds = pl.col("code").is_in([r.code for r in all_rules()]) & (pl.col("until") >= t.input_text("as_of"))
    idle = t["waivers"].filter(holds).join(covered(t["findings"], t["waivers"]), on="line", how="anti")
    return rows(idle, subject=pl.col("code"), value=pl.lit(None), limit=pl.lit(None), src=pl.col("src"))
