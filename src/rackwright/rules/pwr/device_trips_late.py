"""A breaker or fuse takes more than 5 s to clear the least fault.

What: On the smallest short circuit that it must clear, a device opens, but only after more than 5 s.
Why: For that long cables carry ten times their current and an arc burns; what is over 5 s is no short circuit to the device but an overload.
Fix: A lower short-time pickup, so that the least fault is in its reach; or a smaller device.
Source: IEC 60364-4-41 411.3.2.3: 5 s in distribution circuits; IEC 60364-4-43 434.5.2 has its adiabatic check up to 5 s.
Limits: Latest opening of the device's band; settings as delivered with the part, or those that `overrides` gives it.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, device, first_of, line, others, solved
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR414",
    "device-trips-late",
    "warning",
    "{device} takes {value} to open on the least fault behind it, {fault} from the {source}, and {limit} is allowed{others}",
    unit="s",
    label="power chain here",
    help="a lower short-time pickup, or a smaller device",
)
BAD = HALL + "power: {redundancy: 2N}  # warning: PWR414\noverrides:\n  generic/acb-800a: {short_pickup: 6.5}\n"
GOOD = HALL + "power: {redundancy: 2N}\noverrides:\n  generic/acb-800a: {short_pickup: 3}\n"
FILES = {"rack.yaml": RACK}
LONGEST_S = 5.0


@stage(reads=("inputs", "supply_branches", "supply_devices", "supply_node_states"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each kind of branch the device that takes longest; the pickup that would bring the fault into its short time, with 20 % to spare."""
    kinds = t["supply_branches"].select("branch_id", branch_kind="kind")
    late = t["supply_devices"].filter((pl.col("trip_s") > LONGEST_S) & solved(t)).join(kinds, on="branch_id")
    worst = first_of(late, "trip_s", "branch_kind")
    times = (pl.col("fault_min_a") / 1.2 / pl.col("long_pickup_a") * 10).floor() / 10
    name, time = pl.col("part"), show(pl.col("short_time_s"), "s")
    lower = [pl.lit("`overrides: {"), name, pl.lit(": {short_pickup: "), times.cast(pl.String), pl.lit("}}` has it open in "), time]
    has = pl.col("short_pickup_a").is_not_null() & pl.col("part").is_not_null() & (times >= 1.5)
    cure = pl.when(has).then(pl.concat_str(lower)).otherwise(pl.lit("a smaller device, or one with a lower setting"))
    text = {
        "source": pl.col("fault_source"),
        "fault": show(pl.col("fault_min_a").round(0), "A"),
        "others": others(pl.col("n")),
        "help": cure,
        "device": device(),
    }
    src = line(t, "generator", "ups", "sidecar", "busway")
    return rows(worst, subject=pl.col("name"), value=pl.col("trip_s"), limit=LONGEST_S, src=src, **text)
