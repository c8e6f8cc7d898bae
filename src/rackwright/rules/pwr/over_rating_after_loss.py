"""A breaker, busway, whip, UPS or generator is over its rating when one component is lost.

What: After the loss of some single component, load moves to what survives, and a part other than a transformer carries more than its rating.
Why: Every rack stays fed and every drawing looks right, until the breaker that took over opens some minutes later and takes the second path down
too.
Fix: Larger parts, or fewer racks; sizing leaves room for the loss of a path unless parts are given.
Source: The load flow of every single outage; the earliest opening of the device on the part at its share of that current.
Limits: The worst of each kind is told. What is over its rating with everything in service is told by PWR401, and transformers by PWR431 and PWR432.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, after_loss, ends, first_of, line, opens, others
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR430",
    "over-rating-after-loss",
    "error",
    "`{subject}` carries {value} of its rating when `{lost}` is out{others}; {opens}",
    unit="1",
    label="power chain here",
    help="a larger part, or fewer racks on it",
)
BAD = HALL + "power: {redundancy: 2N, ups: generic/ups-module-250kw, load_max: 90 %}  # error: PWR430\n"
GOOD = HALL + "power: {redundancy: 2N, ups: generic/ups-module-250kw}\n"
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """UPS of half the rating: those of a spec are sized for the loss of a path."""
    half = pl.when(pl.col("kind") == "ups").then(pl.col("power_rated_va") / 2).otherwise(pl.col("power_rated_va"))
    return t.put({"supply_branches": t["supply_branches"].with_columns(power_rated_va=half)})


@stage(
    reads=(
        "inputs",
        "supply_branches",
        "supply_branch_states",
        "supply_components",
        "supply_curves",
        "supply_devices",
        "supply_nodes",
        "supply_outages",
    ),
    writes=("findings",),
)
def check(t: Tables) -> pl.DataFrame:
    """Of each kind of branch the most loaded one over all outages, where it is within its rating in service."""
    over = after_loss(t).filter((pl.col("loading_worst") > 1 + 1e-9) & (pl.col("kind") != "transformer"))
    worst = first_of(over, "loading_worst", "kind")
    device = ends(t).select("branch_id", "curve", "each", "amps_worst")
    told = worst.join(device, on="branch_id", how="left", maintain_order="left").rows(named=True)
    words = [opens(t, r["curve"], (r["amps_worst"] or 0.0) / (r["each"] or 1)) for r in told]
    text = {"lost": pl.col("lost"), "others": others(pl.col("n")), "opens": pl.col("opens")}
    worst = worst.with_columns(opens=pl.Series(words, dtype=pl.String))
    return rows(worst, subject=pl.col("name"), value=pl.col("loading_worst"), limit=1.0, src=line(t, "ups", "busway", "load_max"), **text)
