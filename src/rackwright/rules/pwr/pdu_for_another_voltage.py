"""A PDU is made for another supply voltage.

What: The input voltage of a PDU differs from the rack's supply by more than 5 %.
Why: Outlets then give a voltage the devices are not made for, or the PDU's breakers and meters are outside their range.
Fix: The PDU variant for this supply.
Source: Fact `voltage` of the PDU (line to line) and `power.supply`; 5 % is the usual tolerance between nameplates such as 400 V and 415 V.
Limits: Wide-range PDUs are catalogued at one voltage.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR207",
    "pdu-for-another-voltage",
    "error",
    "`{subject}` is made for {value}, the supply is {limit}",
    unit="V",
    label="PDU here",
    help="take the variant of the PDU for this supply",
)
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N, supply: 480 V}  # error: PWR207
cooling: {air_rise: 18 K}
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N, supply: 400 V}
cooling: {air_rise: 18 K}
"""


@stage(reads=("devices", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Rated input voltage of every PDU against the supply."""
    supply, pdus = t.input("power.supply"), t["devices"].filter(pl.col("role") == "pdu")
    if pdus.is_empty():
        return nothing()
    pdus = pdus.join(t.facts("voltage"), on="part")
    wrong = pdus.filter((pl.col("voltage") - supply).abs() > 0.05 * supply)
    return rows(
        wrong,
        subject=pl.col("name"),
        value=pl.col("voltage"),
        limit=supply,
        src=pl.col("src"),
        related_src=t.input_src("power.supply"),
        related_note="supply here",
    )
