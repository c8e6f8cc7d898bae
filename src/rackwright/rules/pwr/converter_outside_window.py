"""A UPS or sidecar gets a voltage that it does not work from.

What: With everything in service, the voltage at the input of a UPS or sidecar is outside its window (85 to 110 % of nominal unless its part says
other).
Why: It runs on its battery as if the utility had failed; when that is empty its racks are dark, though the load flow shows full voltage behind it.
Fix: A stronger utility, a larger transformer, shorter feeders, or a converter of a wider window.
Source: The load flow; windows of double-conversion UPS are some +10/-15 % (our estimate; set `voltage_input_least` and `voltage_input_most` as the
maker tells them).
Limits: The voltage is the one at which all converters draw their load. The utility counts at its nominal voltage. What one component lost does,
PWR434 and RED324 tell."""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, first_of, line, others, tree
from rackwright.schema.supply import WINDOW
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR428",
    "converter-outside-window",
    "error",
    "`{subject}` gets {value} of its nominal voltage and works from {window}: with everything in service it runs on {store}, then {feeds} feeds are "
    "dark{others}",
    unit="1",
    label="power chain here",
    help="a stronger utility, a larger transformer, shorter feeders, or a converter of a wider window",
)
BAD = (
    HALL
    + """\
power: {redundancy: 2N, ups: generic/ups-module-250kw}  # error: PWR428
overrides: {generic/ups-module-250kw: {voltage_input_least: 99.9 %}}
"""
)
GOOD = BAD.replace("99.9 %", "85 %").replace("  # error: PWR428", "")
FILES = {"rack.yaml": RACK}


@stage(reads=("inputs", "supply_branches", "supply_branch_states", "supply_node_states", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each kind of converter the one furthest from nominal."""
    out = t["supply_branch_states"].filter(pl.col("battery_s").is_not_null()).select("branch_id", "battery_s")
    hung = tree(t).below((t["supply_nodes"]["kind"] == "rack").to_numpy().astype(np.float64))
    found = out.join(t["supply_branches"], on="branch_id", maintain_order="left")
    volts = t["supply_node_states"].select(a_node_id="node_id", share="voltage_share")
    found = found.join(volts, on="a_node_id", maintain_order="left").with_columns(
        feeds=pl.Series(hung[found["b_node_id"].to_numpy()], dtype=pl.Int64), by=(pl.col("share") - 1).abs()
    )
    worst = first_of(found, "by", "kind")
    least, most = pl.col("input_least").fill_null(WINDOW[0]), pl.col("input_most").fill_null(WINDOW[1])
    store = pl.concat_str([pl.lit("its battery for "), show(pl.col("battery_s"), "s")])
    text = {"window": pl.concat_str([show(least, "1"), pl.lit(" to "), show(most, "1")]), "feeds": pl.col("feeds").cast(pl.String),
            "store": pl.when(pl.col("battery_s") > 0).then(store).otherwise(pl.lit("nothing")), "others": others(pl.col("n"))}  # fmt: skip
    limit = pl.when(pl.col("share") < least).then(least).otherwise(most)
    src = line(t, "utility.fault_current", "transformer", "ups", "sidecar")
    return rows(worst, subject=pl.col("name"), value=pl.col("share"), limit=limit, src=src, **text)
