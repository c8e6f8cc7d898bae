"""One phase carries more than what feeds it is rated for, though the mean of the three does not.

What: The current of the fullest phase of a board, UPS output or busway is over the rated current of the breaker, UPS or busway that feeds it.
Why: A breaker opens all three when one of them is too much: the balanced figure says that there is room, and half a row of racks goes dark.
Fix: Move cords from the fullest phase, spread racks over more busways, or take a larger busway.
Source: Currents of each phase, summed from the cords up (`supply_phases`), against ratings of `supply_branches`.
Limits: Design loads, with everything in service. Where the balanced current is over already PWR401 tells, and not this.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, PHASES, RACK, first_of, line, others, phases
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR422",
    "phase-over-rating",
    "error",
    "phase {phase} of `{subject}` carries {value}, {excess} over the {limit} of what feeds it{others}",
    unit="A",
    label="power chain here",
    help="move cords to other phases, or a larger `busway`",
)
BAD = HALL + "power: {redundancy: 2N}  # error: PWR422\n"
GOOD = HALL + "power: {redundancy: 2N}\n"
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """All of a busway on one phase, and a rating between that and the mean."""
    whole = pl.sum_horizontal(*PHASES)
    one = t["supply_phases"].with_columns(current_l1_a=whole, current_l2_a=0.0, current_l3_a=0.0, current_neutral_a=whole)
    amps = one.join(t["supply_nodes"].select("node_id", "kind"), on="node_id").filter(kind="busway")["current_l1_a"].min()
    return t.put({"supply_phases": one, "supply_branches": t["supply_branches"].with_columns(current_rated_a=pl.lit(amps) * 0.9)})


@stage(reads=("inputs", "supply_branches", "supply_nodes", "supply_phases"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The place whose fullest phase is furthest over its rating."""
    most = pl.max_horizontal(*PHASES)
    fullest = pl.concat_list(*PHASES).list.arg_max().replace_strict({0: "L1", 1: "L2", 2: "L3"}, return_dtype=pl.String)
    over = phases(t).with_columns(most=most, phase=fullest, share=most / pl.col("current_rated_a"))
    over = over.filter((pl.col("share") > 1 + 1e-9) & (pl.mean_horizontal(*PHASES) <= pl.col("current_rated_a") * (1 + 1e-9)))
    worst = first_of(over, "share")
    text = {"phase": pl.col("phase"), "others": others(pl.col("n"))}
    return rows(worst, subject=pl.col("name"), value=pl.col("most"), limit=pl.col("current_rated_a"), src=line(t, "busway"), **text)
