"""More cords than a PDU has outlets.

What: The cords dealt to a PDU are more than its outlets of their kind: C19 for plugs C20, C13 for plugs C14.
Why: The last cords find no outlet, or end on a strip that nobody planned.
Fix: Another PDU, or one with more outlets.
Source: Facts `outlets_c19` and `outlets_c13` of the PDU, `connector_a` of the cords.
Limits: Cords with another plug, or none that is known, are left out, and so are PDUs without these facts.
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
    "`{subject}` wants {value} outlets {outlet} for its cords and has {limit}, {excess} too few",
    label="PDU here",
    help="add a PDU, or take one with at least {value} outlets {outlet}",
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


_PLUGS = {"c20": "C19", "c14": "C13"}  # what goes into which outlet, IEC 60320-2-2


@stage(reads=("devices", "cables", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Cords per PDU and kind of outlet against its outlets."""
    pdus = t["devices"].filter(pl.col("role") == "pdu")
    if pdus.is_empty():
        return nothing()
    outlets = pl.concat(
        pdus.join(t.facts(f"outlets_{kind.lower()}"), on="part").select("name", "src", outlet=pl.lit(kind), outlets=f"outlets_{kind.lower()}")
        for kind in _PLUGS.values()
    )
    plug = t["part_facts"].filter(fact="connector_a").select("part", outlet=pl.col("text").replace_strict(_PLUGS, default=None)).drop_nulls()
    cords = t["cables"].filter(kind="power-cord").join(plug, on="part").group_by("outlet", name="b_end").len("cords")
    used = outlets.join(cords, on=["name", "outlet"]).filter(pl.col("cords") > pl.col("outlets"))
    return rows(used, subject=pl.col("name"), value=pl.col("cords"), limit=pl.col("outlets"), src=pl.col("src"), outlet=pl.col("outlet"))
