"""A cord draws more than the outlet of the PDU gives.

What: In a case the rack must survive, the current of a cord exceeds the continuous current of one outlet of its PDU.
Why: Outlets are fused or protected in small groups; with one PDU lost the supplies left draw the share of those that are gone.
Fix: Devices with more power supplies, more PDUs, or a PDU with stronger outlets.
Source: Load flow; fact `outlet_current` of the PDU (C19: 16 A by IEC 60320, 20 A by UL).
Limits: Breakers of outlet groups are not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.pwr._cases import READS, worst
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR204",
    "outlet-over-rating",
    "error",
    "`{subject}` draws {value} {case}, {excess} over the {limit} of an outlet",
    unit="A",
    label="device here",
    help="add a PDU so that less is lost at once, or take PDUs with stronger outlets",
)
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}  # error: PWR204
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
overrides:
  raritan/px3-5878: {outlet_current: 6 A}
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
overrides:
  raritan/px3-5878: {outlet_current: 8 A}
"""


@stage(reads=(*READS, "power_nodes", "devices", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Current of every cord in its worst required case against the outlet of the PDU it is plugged into."""
    pdus = t["devices"].filter(pl.col("role") == "pdu")
    if pdus.is_empty():
        return nothing()
    outlets = pdus.join(t.facts("outlet_current"), on="part").select("device_id", "outlet_current")
    nodes = t["power_nodes"].join(outlets, on="device_id").select("outlet_current", a_node_id="node_id")
    cords = worst(t, "cord", "current_a", pl.col("current_a").is_not_null())
    over = cords.join(nodes, on="a_node_id").filter(pl.col("current_a") > pl.col("outlet_current"))
    return rows(over, subject=pl.col("name"), value=pl.col("current_a"), limit=pl.col("outlet_current"), src=pl.col("src"), case=pl.col("case"))
