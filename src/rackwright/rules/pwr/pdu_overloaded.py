"""A PDU carries more than its rating.

What: In a case the rack must survive, a PDU puts out more than its continuous rating although all that are left together suffice.
Why: Power supplies share between the cords they have; the PDU that more of them hang on carries more than the others.
Fix: More PDUs, a higher rating, or devices whose supplies deal out evenly.
Source: Load flow; fact `power_rated` of the PDU.
Limits: Supplies of one device share equally; phases of a PDU taken as balanced.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.pwr._cases import READS, worst
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR203",
    "pdu-overloaded",
    "error",
    "`{subject}` carries {value} {case}, {excess} over its {limit}",
    unit="W",
    label="PDU here",
    help="add a PDU, or take one of a higher rating",
)
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N, pdus: 2}  # error: PWR203
cooling: {air_rise: 18 K}
overrides:
  nvidia/dgx-h100: {psu_count: 3, psu_needed: 2}
  raritan/px3-5878: {power_rated: 6 kW}
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N, pdus: 2}
cooling: {air_rise: 18 K}
overrides:
  nvidia/dgx-h100: {psu_count: 3, psu_needed: 2}
  raritan/px3-5878: {power_rated: 7 kW}
"""


@stage(reads=(*READS, "devices"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Output of every PDU in its worst required case."""
    pdus = t["devices"].filter(pl.col("role") == "pdu").select("device_id", device="name")
    if pdus.is_empty():
        return nothing()
    over = worst(t, "whip", "power_b_w", pl.col("power_b_w") > pl.col("power_rated_w") + 0.5).join(pdus, on="device_id")
    return rows(over, subject=pl.col("device"), value=pl.col("power_b_w"), limit=pl.col("power_rated_w"), src=pl.col("src"), case=pl.col("case"))
