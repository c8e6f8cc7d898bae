"""One phase of a board or busway carries far more than the others.

What: Single-phase cords load one phase of a busway or board by more than 10 % over the mean, and that matters there: it is over 5 % of its rating.
Why: The fullest phase is full first: what the other two could still carry cannot be used, and the difference flows and heats in the neutral.
Fix: Deal the cords of PDUs to the phases in turn, and begin each rack where the last one stopped.
Source: Panel schedules are usually balanced to 10 %; NEC 2023 220.61 sizes the neutral for the greatest unbalance. A judgement of this project.
Limits: Design loads, with everything in service; phases are summed, voltages taken as balanced (`supply_phases`). Chains that a spec makes deal cords
in turn, and begin each rack of a busway where the last one stopped.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, PHASES, RACK, first_of, line, others, phases
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR417",
    "phases-unbalanced",
    "warning",
    "phase {phase} of `{subject}` carries {value} over the mean of its three, {neutral} in the neutral, and {limit} is usual{others}",
    unit="1",
    label="power chain here",
    help="move cords from the fullest phase to the emptiest",
)
BAD = HALL + "power: {redundancy: 2N}  # warning: PWR417\n"
GOOD = HALL + "power: {redundancy: 2N}\n"
FILES = {"rack.yaml": RACK}
MOST, MATTERS = 0.10, 0.05


def plant(t: Tables) -> Tables:
    """All cords of all PDUs on one phase."""
    whole = pl.sum_horizontal(*PHASES)
    one = t["supply_phases"].with_columns(current_l1_a=whole, current_l2_a=0.0, current_l3_a=0.0, current_neutral_a=whole, unbalance=2.0)
    return t.put({"supply_phases": one})


@stage(reads=("inputs", "supply_branches", "supply_nodes", "supply_phases"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The low-voltage place whose fullest phase is furthest over the mean of its three."""
    low, most = phases(t), pl.max_horizontal(*PHASES)
    fullest = pl.concat_list(*PHASES).list.arg_max().replace_strict({0: "L1", 1: "L2", 2: "L3"}, return_dtype=pl.String)
    mean = pl.mean_horizontal(*PHASES)
    low = low.filter((pl.col("unbalance") > MOST) & (most - mean > MATTERS * pl.col("current_rated_a").fill_null(np.inf)))
    worst = first_of(low.with_columns(phase=fullest), "unbalance")
    text = {"phase": pl.col("phase"), "neutral": show(pl.col("current_neutral_a"), "A"), "others": others(pl.col("n"))}
    return rows(worst, subject=pl.col("name"), value=pl.col("unbalance"), limit=MOST, src=line(t), **text)
