"""A waiver names a rule that does not exist.

What: The code of a waiver is no rule.
Why: It is a slip of the pen, and what it should cover is not covered.
Fix: Correct the code; `rackwright rule` lists them.
Source: The spec's `waivers`.
Limits: None known.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, all_rules, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "SPC903",
    "waiver-of-unknown-rule",
    "error",
    "there is no rule {subject} to waive",
    label="waiver here",
    help="`rackwright rule` lists the codes",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
waivers:
  - {rule: MEC999, until: 2027-01-31, because: floor steel is being fitted}  # error: SPC903
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


@stage(reads=("waivers",), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Waivers whose code no rule has."""
    if t["waivers"].is_empty():
        return nothing()
    lost = t["waivers"].filter(~pl.col("code").is_in([r.code for r in all_rules()]))
    return rows(lost, subject=pl.col("code"), value=pl.lit(None), limit=pl.lit(None), src=pl.col("src"))
