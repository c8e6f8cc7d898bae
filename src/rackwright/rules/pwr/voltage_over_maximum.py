"""The busbar can rise above what a tray stands.

What: The open-circuit voltage of a power shelf is above the highest supply voltage a tray allows.
Why: With little load the busbar stands at the shelves' open-circuit voltage; a tray outside its range shuts down or is damaged.
Fix: Shelves with a lower setting, or trays for this voltage.
Source: Facts `output_voltage` of the shelf and `supply_voltage_max` of the tray (Open Rack V3: 46 to 52 V or 52 to 56 V,
    two options that do not mix).
Limits: Control accuracy and overshoot on load release are not added.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR108",
    "voltage-over-maximum",
    "error",
    "`{subject}` may see {value}, {excess} over the {limit} it stands",
    unit="V",
    label="tray here",
    help="set the shelves lower (`output_voltage`), or take trays for this voltage",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}  # error: PWR108
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
overrides:
  ocp/hpr-33kw: {output_voltage: 52 V}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
overrides:
  ocp/hpr-33kw: {output_voltage: 51 V}
"""


@stage(reads=("devices", "power_nodes", "power_branches", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Highest open-circuit voltage of the shelves against every device on the busbar."""
    open_v = t["power_branches"]["source_v"].max()
    loads = t["power_nodes"].filter((pl.col("kind") == "load") & ~pl.col("is_ac")).select("device_id")
    trays = t["devices"]
    trays = trays.with_columns(t.fact_of(trays["part"], "supply_voltage_max")).filter(pl.lit(open_v, pl.Float64) > pl.col("supply_voltage_max"))
    over = trays.join(loads, on="device_id", how="semi") if trays.height else nothing()
    if over.is_empty():
        return nothing()
    return rows(over, subject=pl.col("name"), value=pl.lit(open_v, pl.Float64), limit=pl.col("supply_voltage_max"), src=pl.col("src"))
