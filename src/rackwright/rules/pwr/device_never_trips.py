"""A breaker or fuse may never open on the least fault that it must clear.

What: The smallest short circuit at the far end of what a device protects, from the utility or a generator, is too small for it to surely open.
Why: The fault burns on until something else gives way. It is the case that sizing for the greatest fault hides: large breakers behind small
sources.
Fix: A lower setting or smaller device, a shorter or larger cable, or a source that sustains more (generators with excitation support give three
times).
Source: IEC 60364-4-43 434.5.2: the least fault must operate the device; IEC 60909 with c_min, the utility at its least, a generator at what it
sustains.
Limits: Three-phase faults; faults through earth may be smaller still. Behind UPS the bypass counts: what the inverter alone would do is told by
PWR421.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, device, first_of, lines, others, solved
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR413",
    "device-never-trips",
    "error",
    "{device} may never open on the least fault behind it, {value} from {source}: it surely does only above {limit}{others}",
    unit="A",
    label="power chain here",
    help="a lower setting or smaller device, or a source that sustains more",
)
BAD = HALL + "power: {redundancy: 2N}  # error: PWR413\noverrides:\n  generic/genset-1250kva: {fault_multiple: 0.4}\n"
GOOD = HALL + "power: {redundancy: 2N}\noverrides:\n  generic/genset-1250kva: {fault_multiple: 3}\n"
FILES = {"rack.yaml": RACK}


@stage(reads=("inputs", "supply_branches", "supply_curves", "supply_devices", "supply_node_states"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each kind of branch the device with the least of what it takes to open."""
    kinds = t["supply_branches"].select("branch_id", branch_kind="kind")
    sure = t["supply_curves"].filter(pl.col("is_late") & pl.col("time_s").is_finite()).group_by("curve").agg(least=pl.col("current_a").min())
    never = t["supply_devices"].filter(pl.col("trip_s").is_null() & solved(t)).join(kinds, on="branch_id").join(sure, on="curve", how="left")
    worst = first_of(never.with_columns(by=pl.col("least") / pl.col("fault_min_a")), "by", "branch_kind")
    half = show((pl.col("fault_min_a") / 1.2).floor(), "A")
    cure = pl.concat_str([pl.lit("a device or setting of "), half, pl.lit(" or less, or a source that sustains more")])
    text = {"source": pl.concat_str([pl.lit("the "), pl.col("fault_source")]), "others": others(pl.col("n")), "help": cure, "device": device()}
    worst = worst.with_columns(at=lines(t, worst["fault_source"], FROM))
    return rows(worst, subject=pl.col("name"), value=pl.col("fault_min_a"), limit=pl.col("least"), src=pl.col("at"), **text)


FROM = {
    "utility": ("utility.fault_current_min", "utility.fault_current"),
    "generator": ("generator", "generators"),
    "converter": ("sidecar", "ups"),
}
"""Fields of `power` that say how much each source gives."""
