"""More cords than a PDU has outlets.

What: The power supplies dealt to a PDU are more than its C19 and C13 outlets.
Why: The last cords find no outlet, or end on a strip that nobody planned.
Fix: Another PDU, or one with more outlets.
Source: Facts `outlets_c19` and `outlets_c13` of the PDU.
Limits: C13 and C19 outlets are counted together.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR202",
    "pdu-outlets-exhausted",
    "error",
    "`{subject}` has {limit} outlets for {value} cords, {excess} too few",
    label="PDU here",
    help="add a PDU, or take one with {value} outlets or more",
)
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}  # error: PWR202
cooling: {air_rise: 18 K}
overrides:
  raritan/px3-5878: {outlets_c19: 4, outlets_c13: 0}
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
overrides:
  raritan/px3-5878: {outlets_c19: 6, outlets_c13: 0}
"""


@stage(reads=("devices", "power_nodes", "power_branches", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Cords per PDU against its outlets; PDUs without outlet facts are left out."""
    pdus = t["devices"].filter(pl.col("role") == "pdu")
    if pdus.is_empty():
        return nothing()
    pdus = pdus.join(t.facts("outlets_c19"), on="part", how="left")
    pdus = pdus.join(t.facts("outlets_c13"), on="part", how="left").with_columns(
        outlets=pl.when(pl.any_horizontal(pl.col("outlets_c19", "outlets_c13").is_not_null())).then(pl.sum_horizontal("outlets_c19", "outlets_c13"))
    )
    nodes = t["power_nodes"].filter(pl.col("kind") == "pdu").select("device_id", a_node_id="node_id")
    cords = t["power_branches"].filter(pl.col("kind") == "cord").group_by("a_node_id").len("cords")
    used = pdus.join(nodes, on="device_id").join(cords, on="a_node_id").filter(pl.col("cords") > pl.col("outlets"))
    return rows(used, subject=pl.col("name"), value=pl.col("cords"), limit=pl.col("outlets"), src=pl.col("src"))
