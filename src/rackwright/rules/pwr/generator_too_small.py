"""Generators give less power than the racks take.

What: When the utility is lost and nothing else, the load that falls to a set of generators is beyond the active power of their engines.
Why: A generator is rated in kVA at power factor 0.8, and racks take power factor 0.98: 1,250 kVA looks enough for 1,100 kW, and the engine gives
1,000.
Fix: Larger sets or more of them; none given, so that the smallest which fits is taken.
Source: ISO 8528-1: rated power of a set is that of its engine in kW, at the rated power factor of the alternator.
Limits: The load of racks with the losses below; cooling and other loads, and charging batteries after the start, come on top. Steps of load are not
judged.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, first_of, line, others
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR418",
    "generator-too-small",
    "error",
    "the generators at `{subject}` take over {value} and their engines give {limit}{others}",
    unit="W",
    label="power chain here",
    help="larger sets, or none given so that they are sized",
)
BAD = HALL + "power: {redundancy: 2N}  # error: PWR418\n"
GOOD = HALL + "power: {redundancy: 2N}\n"
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """Sets a hundredth as large: those of a spec are sized by the same load."""
    small = pl.when(pl.col("kind") == "generator").then(pl.col("power_rated_va") / 100).otherwise(pl.col("power_rated_va"))
    return t.put({"supply_branches": t["supply_branches"].with_columns(power_rated_va=small)})


@stage(reads=("inputs", "part_facts", "supply_branches", "supply_branch_states", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The place whose engines are too small; its load is what comes over its normal way, or over what hangs on it as alternative."""
    branches = t["supply_branches"].join(t["supply_branch_states"], on="branch_id", maintain_order="left")
    factor = t["part_facts"].filter(fact="power_factor").select("part", "value")
    sets = branches.filter(pl.col("kind") == "generator").join(factor, on="part", how="left", maintain_order="left")
    engine = sets.group_by("b_node_id", maintain_order=True).agg(watts=(pl.col("power_rated_va") * pl.col("value").fill_null(0.8)).min())
    into = branches.filter((pl.col("rank") == 0) & (pl.col("kind") != "generator"))
    into = into.group_by("b_node_id").agg(taken=pl.col("power_w").sum())
    reserve = branches.filter((pl.col("rank") > 0) & (pl.col("kind") == "line")).select("a_node_id", "b_node_id").join(into, on="b_node_id")
    common = reserve.group_by(b_node_id="a_node_id").agg(shared=pl.col("taken").sum())
    load = engine.join(into, on="b_node_id", how="left").join(common, on="b_node_id", how="left")
    load = load.with_columns(need=pl.coalesce("shared", "taken")).filter(pl.col("need") > pl.col("watts"))
    names = t["supply_nodes"].select(b_node_id="node_id", place="name")
    worst = first_of(load.join(names, on="b_node_id").with_columns(by=pl.col("need") / pl.col("watts")), "by")
    src = line(t, "generator", "generators")
    return rows(worst, subject=pl.col("place"), value=pl.col("need"), limit=pl.col("watts"), src=src, others=others(pl.col("n")))
