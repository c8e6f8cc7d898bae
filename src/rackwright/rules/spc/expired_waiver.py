"""A waiver has expired.

What: The last day of a waiver is past; it accepts nothing any more.
Why: Whoever set the date meant the matter to be looked at again by then.
Fix: Mend what it covered and remove it, or set a new date with a reason that is still true.
Source: The spec's `waivers` and the day of the check.
Limits: None known.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "SPC902",
    "expired-waiver",
    "warning",
    "waiver of {subject} ended on {until}",
    label="waiver here",
    help="mend what it covered and remove it, or set a new date",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
waivers:
  - {rule: MEC202, until: 2025-01-31, because: floor steel is being fitted}  # warning: SPC902
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


@stage(reads=("waivers", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Waivers whose last day lies before the day of the check."""
    past = t["waivers"].filter(pl.col("until") < t.input_text("as_of"))
    return rows(past, subject=pl.col("code"), value=pl.lit(None), limit=pl.lit(None), src=pl.col("src"), until=pl.col("until"))
