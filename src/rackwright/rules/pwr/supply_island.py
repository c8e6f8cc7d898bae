"""Part of the power chain has no way to a source.

What: Nodes that no branch, in service or in reserve, joins to the utility or a generator.
Why: What hangs there is dark from the first day, and a load flow that leaves it out looks perfect.
Fix: Add the missing branch, or remove what is left over.
Source: The branches of the chain, followed from every source.
Limits: A chain made of the words of a spec has none; tables that were edited or made elsewhere may. The first node is told, with how many there are.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR405",
    "supply-island",
    "error",
    "{value} nodes of the power chain have no way to a source, `{subject}` the first",
    label="power chain here",
    help="add the branch that feeds it, or remove what is left over",
)
_HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
"""
BAD = _HALL + "power: {redundancy: N}  # error: PWR405\n"
GOOD = _HALL + "power: {redundancy: N}\n"
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """Main breakers removed, and with them every way to the boards but that from the generators; those are gone too."""
    return t.put({"supply_branches": t["supply_branches"].filter(~pl.col("kind").is_in(["breaker", "generator"]))})


@stage(reads=("supply_branches", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Nodes not reached from any source over any branch."""
    nodes, branches = t["supply_nodes"], t["supply_branches"]
    a, b = (branches[c].to_numpy() for c in ("a_node_id", "b_node_id"))
    reached, before = nodes["kind"].is_in(["grid", "generator"]).to_numpy().copy(), -1
    while before != (before := int(np.count_nonzero(reached))):
        reached[b[reached[a]]] = True
    lost = nodes.filter(pl.Series(~reached))
    return rows(lost.head(1), subject=pl.col("name"), value=float(lost.height), limit=0.0, src=pl.col("src"))
