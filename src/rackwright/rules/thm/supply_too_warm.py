"""The coolant is warmer than a tray allows.

What: The coolant supply is above the warmest a liquid-cooled tray may be given.
Why: Chips throttle; the maker no longer answers for the tray.
Fix: Colder supply, or trays for warmer coolant.
Source: Fact `coolant_supply_max` of the tray (GB200: up to 45 degC).
Limits: One limit per tray, whatever the flow.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "THM102",
    "supply-too-warm",
    "error",
    "`{subject}` may be given coolant of {limit} at most, it is supplied at {value}, {excess} too warm",
    unit="degC",
    label="supply set here",
    help="supply at {limit} or colder, or take trays for warmer coolant",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm, supply: 48 degC}  # error: THM102
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm, supply: 45 degC}
"""


@stage(reads=("devices", "coolant_loops", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Supply of the loop against every device that gives heat to it."""
    if t["coolant_loops"].is_empty():
        return nothing()
    trays = t["devices"]
    trays = trays.with_columns(t.fact_of(trays["part"], "coolant_supply_max")).filter(pl.col("heat_liquid_w") > 0)
    warm = trays.join(t["coolant_loops"].select("supply_degc"), how="cross").filter(pl.col("supply_degc") > pl.col("coolant_supply_max"))
    if warm.is_empty():
        return nothing()
    return rows(
        warm,
        subject=pl.col("name"),
        value=pl.col("supply_degc"),
        limit=pl.col("coolant_supply_max"),
        src=t.input_src("cooling.supply"),
        related_src=pl.col("src"),
        related_note="tray here",
    )
