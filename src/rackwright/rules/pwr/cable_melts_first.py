"""A short circuit heats a cable over what its insulation bears before the device opens.

What: A medium-voltage cable or a whip takes more I2t from a fault behind its device than k2 S2.
Why: The insulation is spoilt or burns though the device did open, and the cable fails at the next load or lights what it lies on.
Fix: A faster setting of the device (relay multiplier, short-time pickup), or a larger cable.
Source: IEC 60364-4-43 434.5.2, k of table 43A: 143 for copper in XLPE (medium voltage), 115 in PVC (whips).
Limits: Copper of the section that has the part's resistance (0.01724 ohm mm2/m). Of cables in parallel one may carry all of the fault. From 0.1 s to
5 s: what opens sooner limits the current, and the maker's let-through counts; what opens later is no short circuit to the device (PWR414).
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, first_of, line, others
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR425",
    "cable-melts-first",
    "error",
    "`{subject}` takes {value} times the heat its insulation bears: {fault} for {time} through {area} of copper{others}",
    label="power chain here",
    help="a faster setting of the device before it, or a larger cable",
)
BAD = HALL + "power: {redundancy: 2N}  # error: PWR425\noverrides:\n  generic/mv-feeder-240mm2: {resistance_per_m: 300 uohm}\n"
GOOD = HALL + "power: {redundancy: 2N}\noverrides:\n  generic/mv-feeder-240mm2: {resistance_per_m: 100 uohm}\n"
FILES = {"rack.yaml": RACK}
COPPER_OHM_MM2_PER_M = 0.01724
K = {"line": 143.0, "whip": 115.0}
SHORTEST_S, LONGEST_S = 0.1, 5.0


@stage(reads=("inputs", "supply_branches", "supply_curves", "supply_devices", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each kind the cable that is heated most over what it bears."""
    cables = t["supply_branches"].filter(pl.col("kind").is_in(list(K)) & (pl.col("resistance_ohm") > 0) & (pl.col("length_mm") > 0))
    is_ac = t["supply_nodes"].select(b_node_id="node_id", ways=pl.when("is_ac").then(1.0).otherwise(2.0))
    per_m = pl.col("resistance_ohm") * pl.col("modules") * 1000 / pl.col("length_mm") / pl.col("ways")
    area = cables.join(is_ac, on="b_node_id").select("branch_id", branch_kind="kind", area=COPPER_OHM_MM2_PER_M / per_m)
    devices = t["supply_devices"].join(area, on="branch_id")
    ends = [devices.select("device_id", current="fault_max_a", time="trip_max_s"), devices.select("device_id", current="fault_min_a", time="trip_s")]
    late = t["supply_curves"].filter("is_late").select("curve", current="current_a", time="time_s")
    inside = devices.join(late, on="curve").filter(pl.col("current").is_between("fault_min_a", "fault_max_a"))
    points = pl.concat([*ends, inside.select("device_id", "current", "time")]).filter(pl.col("time").is_between(SHORTEST_S, LONGEST_S))
    heat = pl.col("current") ** 2 * pl.col("time") / (pl.col("branch_kind").replace_strict(K) * pl.col("area")) ** 2
    worst = points.join(devices, on="device_id").with_columns(share=heat).sort("share", descending=True).unique("device_id", keep="first")
    bad = first_of(worst.filter(pl.col("share") > 1).sort("device_id"), "share", "branch_kind")
    text = {"fault": show(pl.col("current").round(0), "A"), "time": show(pl.col("time"), "s"), "area": show(pl.col("area").round(0), "mm2")}
    src = line(t, "feeder", "utility")
    return rows(bad, subject=pl.col("name"), value=pl.col("share").round(2), limit=1.0, src=src, others=others(pl.col("n")), **text)
