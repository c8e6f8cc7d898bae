"""A busway or transfer switch meets a fault that it cannot withstand.

What: Until the breaker before it opens, a busway or transfer switch carries a short circuit whose heat, or whose peak, is beyond its rated
short-time withstand current.
Why: Bars that move apart under the peak, or joints that melt, turn a fault behind one tap into a new busway.
Fix: A busway or switch of a higher withstand current, a breaker that opens sooner, or a smaller transformer.
Source: IEC 61439-1 and -6: Icw for 1 s, I2t constant for shorter times, peak as its multiple of 1.5 to 2.2 by table 7; faults by IEC 60909.
Limits: Parts that do not say what they withstand are not judged. Current limiting by the breaker's let-through, which makers list, is not counted.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, Floats, first_of, line, others, tree
from rackwright.schema.supply import peak_factor
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR416",
    "withstand-below-fault",
    "error",
    "`{subject}` meets {what} {value}{time}, and `{part}` withstands {limit}{others}",
    unit="A",
    label="power chain here",
    help="one that withstands more, or a smaller transformer",
)
BAD = HALL + "power: {redundancy: 2N}  # error: PWR416\noverrides:\n  generic/busway-800a: {withstand_current: 10 kA}\n"
GOOD = HALL + "power: {redundancy: 2N}\noverrides:\n  generic/busway-800a: {withstand_current: 36 kA}\n"
FILES = {"rack.yaml": RACK}


@stage(reads=("fault_levels", "inputs", "part_facts", "supply_branches", "supply_devices", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each part the branch with the worst of heat (as a current of 1 s) and peak, each over its own rating, of the fault at its upstream end."""
    facts = t["part_facts"].filter(fact="withstand_current").select("part", withstands="value")
    bars = t["supply_branches"].with_row_index("row").filter(pl.col("kind").is_in(["breaker", "busway", "static-switch", "transfer-switch"]))
    own = bars.join(facts, on="part", maintain_order="left").drop_nulls("withstands")
    level = t["fault_levels"].select(a_node_id="node_id", rms="current_max_a", top="current_peak_a")
    met = own.join(level, on="a_node_id", maintain_order="left")
    seconds = _clears(t)[met["row"].to_numpy()] if met.height else np.zeros(0)
    heat = met["rms"].to_numpy() * np.sqrt(np.clip(seconds, 0.0, 1.0))
    able = met["withstands"].to_numpy()
    factor = peak_factor(able)
    over = np.maximum(heat / able, met["top"].to_numpy() / (able * factor))
    met = met.with_columns(over=over, seconds=seconds, heat=heat, factor=factor, is_peak=pl.Series(over > heat / able))
    worst = first_of(met.filter(pl.col("over") > 1), "over", "part")
    by_peak = pl.col("is_peak")
    need = pl.when(by_peak).then("top").otherwise("heat")
    limit = pl.col("withstands") * pl.when(by_peak).then("factor").otherwise(1.0)
    able_s = show((pl.col("withstands") * pl.col("over")).ceil(), "A")
    cure = pl.concat_str([pl.lit("one that withstands "), able_s, pl.lit(" for 1 s, or a smaller transformer")])
    met_s = [pl.lit(" for 1 s ("), show(pl.col("rms").round(0), "A"), pl.lit(" for "), show(pl.col("seconds"), "s"), pl.lit(")")]
    text = {
        "what": pl.when(by_peak).then(pl.lit("a peak of")).otherwise(pl.lit("the heat of")),
        "time": pl.when(by_peak).then(pl.lit("")).otherwise(pl.concat_str(met_s)),
        "part": pl.col("part"),
        "others": others(pl.col("n")),
    }
    src = line(t, "busway", "transfer_switch")
    return rows(worst, subject=pl.col("name"), value=need.round(0), limit=limit, src=src, help=cure, **text)


def _clears(t: Tables) -> Floats:
    """(m,) longest time until the device at or next above a branch opens at its greatest fault; 1 s where there is none that does."""
    device = t["supply_devices"].select("branch_id", "trip_max_s")
    branches = t["supply_branches"].join(device, on="branch_id", how="left", maintain_order="left")
    opens, has = branches["trip_max_s"].fill_null(1.0).to_numpy(), np.isin(branches["branch_id"].to_numpy(), device["branch_id"].to_numpy())
    normal = tree(t)
    begin = normal.top(np.where(normal.way >= 0, has[normal.way], False))
    above = normal.way[begin[branches["a_node_id"].to_numpy()]]
    return np.asarray(np.where(has, opens, np.where((above >= 0) & has[above], opens[above], 1.0)), dtype=np.float64)
