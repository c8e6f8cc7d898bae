"""The normal ways of the power chain form a loop, or two of them lead into one node.

What: The chain is a tree in service: one normal way (rank 0) into every node, the others alternatives. Here a node has two, or a way leads back to
itself.
Why: What a loop carries depends on impedances that nobody set out to choose; protection that looks one way does not see it, and a load flow for trees
has no answer.
Fix: Give the second way rank 1 (it is then taken when the first is dead), or remove it.
Source: The branches of the chain.
Limits: A chain made of the words of a spec has none; tables that were edited or made elsewhere may. Closed ties are alternatives taken at once.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR406",
    "supply-loop",
    "error",
    "{value} nodes of the power chain have several normal ways in or lie on a loop of them, `{subject}` the first",
    label="power chain here",
    help="give the second way rank 1, or remove it",
)
_HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
"""
BAD = _HALL + "power: {redundancy: N, ups: generic/ups-module-250kw}  # error: PWR406\n"
GOOD = _HALL + "power: {redundancy: N, ups: generic/ups-module-250kw}\n"
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """The bypass of a UPS as a second normal way."""
    is_bypass = pl.col("kind") == "static-switch"
    return t.put({"supply_branches": t["supply_branches"].with_columns(rank=pl.when(is_bypass).then(0).otherwise("rank").cast(pl.Int32))})


@stage(reads=("supply_branches", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Nodes with several branches of rank 0 into them, and those whose way up never ends."""
    nodes, ways = t["supply_nodes"], t["supply_branches"].filter(pl.col("rank") == 0)
    n = nodes.height
    a, b = (ways[c].to_numpy() for c in ("a_node_id", "b_node_id"))
    several = np.bincount(b, minlength=n) > 1
    up = np.arange(n)
    up[b] = a
    for _ in range(max(n, 2).bit_length()):
        up = up[up]
    own = np.zeros(n, np.bool_)
    own[b] = True
    bad = nodes.filter(pl.Series(several | own[up]))
    return rows(bad.head(1), subject=pl.col("name"), value=float(bad.height), limit=0.0, src=pl.col("src"))
