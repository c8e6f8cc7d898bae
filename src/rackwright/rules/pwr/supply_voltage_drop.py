"""Too much voltage is lost between the board and a rack.

What: From where its voltage is made (transformer, UPS, sidecar) to a rack more than 5 % of the nominal voltage is lost, or more than 3 % in its
whip.
Why: What is lost is heat in the busway, and power supplies of constant power draw more current for it; a utility at its lower limit does the rest.
Fix: Shorter or larger feeders and busways, or more runs.
Source: NEC 2023 215.2(A)(2) informational note 2 and 210.19(A) informational note 4 (5 % together, 3 % in branch circuits); IEC 60364-5-52 annex G
gives 5 %.
Limits: Both are recommendations. A whip counts as branch circuit; all before it as feeder. With everything in service; fixed taps of transformers
are not modelled.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import RACK, Floats, Tree, first_of, line, others, solved, tree
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR410",
    "supply-voltage-drop",
    "warning",
    "{value} of the voltage is lost on the way to `{subject}`, and {limit} is advised: {ways}{others}",
    unit="1",
    label="power chain here",
    help="a larger busway, or a shorter `busway_feeder`",
)
BAD = """\
hall: small
designs: {s: rack.yaml}
floor: {rows: 1, places: 32, pitch: 700 mm}
racks:
  s: {design: s, count: 30}
power: {redundancy: N, busway_feeder: 500 m}  # warning: PWR410
"""
GOOD = BAD.replace("500 m}  # warning: PWR410", "100 m}")
FILES = {"rack.yaml": RACK}
TOGETHER, BRANCH = 0.05, 0.03


@stage(reads=("inputs", "supply_branches", "supply_node_states", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The rack end with the most voltage lost, and in which kinds of branch."""
    nodes, branches = t["supply_nodes"], t["supply_branches"]
    normal, kind = tree(t), branches["kind"].to_numpy()
    made = np.isin(np.where(normal.way >= 0, kind[normal.way], "source"), MAKES)
    share = t["supply_node_states"]["voltage_share"].to_numpy()
    own = np.where(normal.above >= 0, share[normal.above] - share, 0.0)
    ends = np.flatnonzero((nodes["kind"] == "rack").to_numpy() & (share > 0) & solved(t))
    lost, whip = (share[normal.top(made)] - share)[ends], own[ends]
    found = nodes[ends].with_columns(value=np.where(lost > TOGETHER, lost, whip), limit=np.where(lost > TOGETHER, TOGETHER, BRANCH))
    worst = first_of(found.with_columns(over=pl.col("value") / pl.col("limit")).filter(pl.col("over") > 1 + 1e-9), "over")
    ways = _ways(normal, own, made, kind, int(worst["node_id"][0])) if worst.height else ""
    src = line(t, "busway_feeder", "busway", "feeder")
    return rows(worst, subject=pl.col("name"), value=pl.col("value"), limit=pl.col("limit"), src=src, ways=ways, others=others(pl.col("n")))


def _ways(normal: Tree, own: Floats, made: NDArray[np.bool_], kind: NDArray[Any], node: int) -> str:
    """What is lost in each kind of branch from where the voltage is made, downwards."""
    by = dict[str, float]()
    while node >= 0 and not made[node]:
        word = "feeder" if kind[normal.way[node]] == "breaker" else str(kind[normal.way[node]])
        by[word] = by.get(word, 0.0) + float(own[node])
        node = int(normal.above[node])
    return ", ".join(f"{100 * x:.1f} % in the {k}" for k, x in reversed(by.items()) if x >= 0.0005)


MAKES = ("source", "transformer", "ups", "rectifier", "generator")
