"""A cord or whip carries more than its conductors are rated for.

What: In a case the rack must survive, the current of a cord or whip exceeds the continuous rating of its cable part.
Why: The cable overheats before any breaker of the next size up trips.
Fix: A cable of a higher rating; for cords, more power supplies or PDUs.
Source: Load flow; fact `current_rated` of the cable part.
Limits: Bundling and ambient derating are not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.pwr._cases import READS, worst
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR205",
    "power-cable-over-rating",
    "error",
    "`{subject}` carries {value} {case}, {excess} over the {limit} of its cable",
    unit="A",
    label="cable here",
    help="take a stronger cable for `{field}`",
)
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}  # error: PWR205
cooling: {air_rise: 18 K}
overrides:
  cable/cord-c19-c20: {current_rated: 6 A}
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
overrides:
  cable/cord-c19-c20: {current_rated: 10 A}
"""
KINDS = ("whip", "cord")


@stage(reads=(*READS, "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Current of every whip and cord in its worst required case against its rating."""
    over = [worst(t, kind, "current_a", pl.col("current_a") > pl.col("current_rated_a") + 1e-6) for kind in KINDS]
    if not any(rows.height for rows in over):
        return nothing()
    fields = [(f"power.{kind}", t.input_src(f"power.{kind}")) for kind in KINDS]
    named = [o.with_columns(field=pl.lit(f), cable_src=pl.lit(s, pl.Int32), device_src="src") for o, (f, s) in zip(over, fields, strict=True)]
    return rows(
        pl.concat(named),
        subject=pl.col("name"),
        value=pl.col("current_a"),
        limit=pl.col("current_rated_a"),
        src=pl.col("cable_src"),
        case=pl.col("case"),
        field=pl.col("field"),
        related_src=pl.col("device_src"),
        related_note="fed through it",
    )
