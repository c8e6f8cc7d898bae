"""A device stands in units that must stay empty.

What: A device given a place with `at` takes a unit that `placement.keep_out` keeps empty.
Why: Whoever kept the units empty had a reason; the two lines of the spec cannot both hold.
Fix: Move the device, or give up the keep-out.
Source: The spec itself.
Limits: Derived places never use a kept-out unit, so this is about given ones.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.mec._units import kept_out, occupied
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC103",
    "keep-out-used",
    "error",
    "`{subject}` stands in unit {unit}, which must stay empty ({because})",
    label="stands there",
    help="change `at`, or leave the unit out of `keep_out`",
)
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100, at: 2}  # error: MEC103
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
placement:
  keep_out: [{units: 1..2, because: drip tray}]
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100, at: 3}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
placement:
  keep_out: [{units: 1..2, because: drip tray}]
"""


@stage(reads=("devices", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Occupied units that are kept out; value is how many of them a device takes."""
    found = t.derived(occupied).join(t.derived(kept_out), on="unit", suffix="_out")
    if found.is_empty():
        return nothing()
    found = found.group_by("name", "src").agg(pl.col("unit").min(), pl.len(), pl.col("because").first(), pl.col("src_out").first())
    return rows(
        found,
        subject=pl.col("name"),
        value=pl.col("len"),
        limit=0,
        src=pl.col("src"),
        unit=pl.col("unit"),
        because=pl.col("because"),
        related_src=pl.col("src_out"),
        related_note="kept empty here",
    )
