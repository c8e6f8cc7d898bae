"""Single-phase inlets hang on a voltage above what they are rated for.

What: Devices with cords stand in a rack whose supply has more volts from phase to neutral than their inlets are rated for, such as C14 on 277 V.
Why: Inlet, cord and outlet are tested up to their rated voltage, and power supplies behind them usually end at 264 V: they fail, or burn.
Fix: 415Y/240 V for the racks, devices with inlets and supplies for 277 V as parts of your own, or racks of DC.
Source: IEC 60320-1, scope: appliance couplers up to 250 V; 480Y/277 V has 277 V from phase to neutral (NEC 210.6(C), ANSI C84.1).
Limits: Inlets C14 to C24 of the parts in racks with PDUs and in racks of switches of a hall; of a rack alone PWR207 holds the PDU against its supply.
Three-phase shelves are not asked.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, first_of, line, others
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR438",
    "inlet-below-voltage",
    "error",
    "inlets in `{subject}` are for {limit} (IEC 60320), and their cords hang on {value} from phase to neutral of {supply}{others}",
    unit="V",
    label="power chain here",
    help="415 V (240 V to neutral) as `power.supply` of the rack designs, or devices with inlets and power supplies for 277 V",
)
BAD = HALL.replace("rack.yaml", "us.yaml") + "power: {redundancy: 2N}  # error: PWR438\n"
GOOD = HALL + "power: {redundancy: 2N}\n"
OVERRIDES = "overrides: {raritan/px3-5878: {voltage: 480 V}}\n"
FILES = {"rack.yaml": RACK, "us.yaml": RACK.replace("power: {pdu", "power: {supply: 480 V, pdu") + OVERRIDES}
LINE_V = 250.0
"""Cords of supplies up to here hang between two phases, above from a phase to neutral."""


@stage(reads=("hall_racks", "inputs", "supply_feeds", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The rack with the highest voltage over that of its inlets."""
    volts = t["supply_nodes"].select("node_id", volts="voltage_nominal_v")
    own = t["supply_feeds"].filter(pl.col("voltage_inlet_v").is_not_null()).unique("rack_id", keep="first", maintain_order=True)
    own = own.join(volts, on="node_id", maintain_order="left").join(t["hall_racks"].select("rack_id", "name"), on="rack_id", maintain_order="left")
    own = own.with_columns(cord=pl.when(pl.col("volts") <= LINE_V).then("volts").otherwise(pl.col("volts") / 3**0.5))
    worst = first_of(own.with_columns(over=pl.col("cord") - pl.col("voltage_inlet_v")).filter(pl.col("over") > 0), "over")
    text = {"supply": show(pl.col("volts"), "V"), "others": others(pl.col("n"), "one")}
    return rows(worst, subject=pl.col("name"), value=pl.col("cord"), limit=pl.col("voltage_inlet_v"), src=line(t), **text)
