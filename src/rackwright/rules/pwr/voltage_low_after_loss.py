"""Racks get too little voltage when one component is lost, or none that carries them.

What: After the loss of some single component a feed that is still live has less than 90 % of its nominal voltage, the load flow has no solution, or a
UPS or sidecar gets a voltage outside its window, runs on its battery, and its racks are dark when that is empty.
Why: The racks that were to live through the outage drop out of it one by one, or all at once when the voltage collapses.
Fix: A stronger utility, larger transformers, shorter feeders, or a better way round the outage (a ring's far end is long).
Source: IEC 60038: supply within 10 % of nominal; Open Rack V3 rectifiers work at 200 to 277 V, +-10 %. The load flow of every single outage.
Limits: The utility counts at its nominal voltage. What is low with everything in service is told by PWR411.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, first_of, line, others, solved
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR434",
    "voltage-low-after-loss",
    "error",
    "when `{subject}` is out {what}{others}",
    unit="1",
    label="power chain here",
    help="a stronger utility, larger transformers, or shorter feeders",
)
BAD = HALL + "power: {redundancy: 2N, generators: none, utility: {fault_current: 16 A}}  # error: PWR434 # error: PWR413\n"
GOOD = HALL + "power: {redundancy: 2N, generators: none, utility: {fault_current: 5 kA}}\n"
FILES = {"rack.yaml": RACK}
ALONG = ("PWR413",)
LEAST = 0.9


@stage(reads=("inputs", "supply_branch_states", "supply_components", "supply_node_states", "supply_nodes", "supply_outages"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The outage that leaves the least voltage; a collapse counts as none."""
    ends = t["supply_nodes"].filter(kind="rack").join(t["supply_node_states"], on="node_id")
    low = ends.filter((pl.col("voltage_share") < LEAST) & (pl.col("voltage_share") > 0)).height > 0 or not solved(t)
    fell = pl.when(pl.col("collapsed_id").is_not_null()).then(0.0).otherwise(pl.col("voltage_share"))
    battery = t["supply_branch_states"]["battery_s"].is_not_null().any()
    is_low = pl.when(pl.col("racks_low") > 0).then(not battery).otherwise(pl.col("share") < LEAST)
    out = t["supply_outages"].with_columns(share=fell).filter(is_low & (not low))
    names = t["supply_nodes"].select(collapsed_id="node_id", place="name")
    out = out.join(names, on="collapsed_id", how="left").join(t["supply_components"].select("component_id", "name", "kind"), on="component_id")
    worst = first_of(out.sort("component_id").with_columns(by=pl.col("racks_low") - pl.col("share").fill_null(1.0)), "by")
    fallen = pl.concat_str([pl.lit("no voltage carries the load: it collapses at `"), pl.col("place"), pl.lit("`")], ignore_nulls=True)
    after = pl.concat_str([pl.lit(" after "), show(pl.col("low_s"), "s"), pl.lit(" on batteries")])
    low_text = pl.concat_str([pl.lit("a feed that lives is left with "), show(pl.col("share"), "1"), pl.lit(" of its nominal voltage")])
    dark = [pl.col("racks_low").cast(pl.String), pl.lit(" racks are dark"), pl.when(pl.col("low_s") > 0).then(after).otherwise(pl.lit(""))]
    window = pl.concat_str([pl.lit("the voltage at converters is outside their window: "), *dark])
    what = pl.when(pl.col("racks_low") > 0).then(window).otherwise(low_text)
    fallen = pl.concat_str([fallen, pl.when(pl.col("racks_low") > 0).then(pl.concat_str([pl.lit("; "), *dark])).otherwise(pl.lit(""))])
    text = {"what": pl.when(pl.col("collapsed_id").is_not_null()).then(fallen).otherwise(what), "others": others(pl.col("n"))}
    alone = pl.col("kind").is_in(["grid", "source"])  # generators carry what is left
    cure = pl.when(alone).then(pl.lit("larger generators or transformers, or shorter feeders from them")).otherwise(pl.lit(RULE.help))
    src = line(t, "utility.fault_current", "transformer")
    if worst.height and worst["kind"][0] in ("grid", "source"):
        src = line(t, "generators", "generator", "transformer")
    return rows(worst, subject=pl.col("name"), value=pl.col("share"), limit=LEAST, src=src, help=cure, **text)
