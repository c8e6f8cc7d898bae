"""One phase of a board or busway carries far more than the others.

What: Single-phase cords load one phase of a busway or board by more than 10 % over the mean, and that matters there: it is over 5 % of its rating.
Why: The fullest phase is full first: what the other two could still carry cannot be used, and the difference flows and heats in the neutral.
Fix: Deal the cords of PDUs to the phases in turn, and begin each rack where the last one stopped.
Source: Panel schedules are usually balanced to 10 %; NEC 2023 220.61 sizes the neutral for the greatest unbalance. A judgement of this project.
Limits: Design loads, with everything in service. Chains that a spec makes deal cords in turn; tables that were edited may not.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, LOW_V, RACK, first_of, line, others, tree
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR417",
    "phases-unbalanced",
    "warning",
    "phase {phase} of `{subject}` carries {value} over the mean of its three, and {limit} is usual{others}",
    unit="1",
    label="power chain here",
    help="move cords from the fullest phase to the emptiest",
)
BAD = HALL + "power: {redundancy: 2N}  # warning: PWR417\n"
GOOD = HALL + "power: {redundancy: 2N}\n"
FILES = {"rack.yaml": RACK}
MOST, MATTERS = 0.10, 0.05
PHASES = ("power_l1_w", "power_l2_w", "power_l3_w")


def plant(t: Tables) -> Tables:
    """All cords of all PDUs on one phase."""
    one = t["supply_feeds"].with_columns(power_l1_w=pl.col("power_w"), power_l2_w=0.0, power_l3_w=0.0)
    return t.put({"supply_feeds": one})


@stage(reads=("inputs", "supply_branches", "supply_feeds", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each kind of low-voltage node the one whose fullest phase is furthest over its mean."""
    nodes, feeds, normal = t["supply_nodes"], t["supply_feeds"], tree(t)
    dealt = feeds.drop_nulls(PHASES)
    watts = np.stack([normal.below(np.bincount(dealt["node_id"].to_numpy(), dealt[p].to_numpy(), nodes.height).astype(np.float64)) for p in PHASES])
    mean, most = watts.mean(axis=0), watts.max(axis=0)
    over = np.divide(most, mean, out=np.ones_like(mean), where=mean > 0) - 1
    rated = t["supply_branches"]["current_rated_a"].fill_null(np.inf).to_numpy()
    own = np.where(normal.way >= 0, rated[normal.way], np.inf)
    amps = (most - mean) / (nodes["voltage_nominal_v"].to_numpy() / np.sqrt(3)) / np.maximum(nodes["power_factor"].to_numpy(), 0.1)
    place = nodes.with_columns(value=over, phase=pl.Series(np.array(["L1", "L2", "L3"])[watts.argmax(axis=0)]), matters=amps > MATTERS * own)
    low = place.filter(pl.col("kind").is_in(["board", "ups", "busway"]) & (pl.col("voltage_nominal_v") <= LOW_V) & pl.col("is_ac"))
    worst = first_of(low.filter((pl.col("value") > MOST) & pl.col("matters")), "value", "path")
    text = {"phase": pl.col("phase"), "others": others(pl.col("n"))}
    return rows(first_of(worst, "value"), subject=pl.col("name"), value=pl.col("value"), limit=MOST, src=line(t), **text)
