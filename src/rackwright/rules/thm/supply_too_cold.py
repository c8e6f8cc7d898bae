"""The coolant is colder than a tray allows.

What: The coolant supply is below the coldest a liquid-cooled tray may be given.
Why: Seals, condensation inside the tray and thermal shock set a lower limit of their own, besides the dew point of the room.
Fix: Warmer supply.
Source: Fact `coolant_supply_min` of the tray.
Limits: One limit per tray, whatever the flow.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "THM103",
    "supply-too-cold",
    "error",
    "`{subject}` may be given coolant of {limit} at least, it is supplied at {value}, {excess} too cold",
    unit="degC",
    label="supply set here",
    help="supply at {limit} or warmer",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm, supply: 16 degC}  # error: THM103
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm, supply: 20 degC}
"""


@stage(reads=("devices", "coolant_loops", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Supply of the loop against every device that gives heat to it."""
    if t["coolant_loops"].is_empty():
        return nothing()
    trays = t["devices"]
    trays = trays.with_columns(t.fact_of(trays["part"], "coolant_supply_min")).filter(pl.col("heat_liquid_w") > 0)
    cold = trays.join(t["coolant_loops"].select("supply_degc"), how="cross").filter(pl.col("supply_degc") < pl.col("coolant_supply_min"))
    if cold.is_empty():
        return nothing()
    return rows(
        cold,
        subject=pl.col("name"),
        value=pl.col("supply_degc"),
        limit=pl.col("coolant_supply_min"),
        src=t.input_src("cooling.supply"),
        related_src=pl.col("src"),
        related_note="tray here",
    )
