"""A tray gets less voltage than it needs.

What: In a case the rack must survive, the voltage at a tray is below the lowest the tray or the busbar allows.
Why: Below it the tray's converters shut down; a constant-power load draws more current on the way there and pulls its neighbours along.
Fix: A busbar of lower resistance, shelves nearer to the load, more shelves.
Source: Load flow; facts `supply_voltage_min` of the tray and `voltage_min` of the busbar (MGX 47.5 V; ORv3 51 V option 46 V).
Limits: Steady state; the dip while batteries take over is not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.pwr._cases import required, words
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR106",
    "voltage-below-minimum",
    "error",
    "`{subject}` gets {value} {case}, {excess} below the {limit} it needs",
    unit="V",
    label="too little here",
    help="take a busbar of lower resistance, or place shelves nearer to these",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 4}  # error: PWR106
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a, feeds: [A]}
cooling: {manifold: manifold/rack-45mm}
overrides:
  ocp/mgx-busbar-1400a: {resistance_per_m: 50 mohm}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 4}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a, feeds: [A]}
cooling: {manifold: manifold/rack-45mm}
overrides:
  ocp/mgx-busbar-1400a: {resistance_per_m: 45 uohm}
"""


@stage(reads=("power_nodes", "power_node_states", "power_cases", "power_case_states"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Lowest voltage of every load over the required cases; dark nodes belong to other rules."""
    cases = t.derived(required).select("case_id", case=words())
    loads = t["power_nodes"].filter((pl.col("kind") == "load") & pl.col("voltage_min_v").is_not_null())
    states = loads.join(t["power_node_states"], on="node_id").join(cases, on="case_id").filter(pl.col("voltage_v").is_not_null())
    low = states.filter(pl.col("voltage_v") < pl.col("voltage_min_v") - 1e-6)
    if low.is_empty():
        return nothing()
    low = low.sort("node_id", "voltage_v", "case_id").unique("node_id", keep="first", maintain_order=True)
    return rows(low, subject=pl.col("name"), value=pl.col("voltage_v"), limit=pl.col("voltage_min_v"), src=pl.col("src"), case=pl.col("case"))
