"""Two paths of the power chain stand in one room or run through one trench or riser, and racks need both.

What: Where all that stands in one electrical room, or passes one trench or riser, is out, racks have fewer feeds from the utility than they need,
although the paths of the chain are apart from one another in the diagram.
Why: A fire, a flood or a digger takes what is side by side. Two paths in one room are one path, whatever was paid for the second.
Fix: A room of its own for each path, and ways that do not meet; of a block design a room of its own for the reserve.
Source: What is in each place (`supply_places`), and what the utility can still reach over any way when all of it is out.
Limits: Rooms, trenches and risers are those of `power.rooms`, `trenches` and `risers`, one for each path unless given. Over the racks both paths
share the row; main buses of a substation are in no room, RED323 tells of them. Judged where the redundancy promises that a path or block may be
lost. Whether generators then carry the racks `rackwright sim power` tells.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, REDUNDANT, first_of, line, others, word
from rackwright.schema.supply import PLACES, reached
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED327",
    "paths-share-room",
    "error",
    "{value} racks lose the utility when all in `{subject}` is out, where paths {paths} meet{others}",
    label="ways of the paths here",
    help="a place of its own for each path",
)
BAD = HALL + "power: {redundancy: 2N, rooms: {A: E1, B: E1}}  # error: RED327\n"
GOOD = HALL + "power: {redundancy: 2N, rooms: {A: E1, B: E2}}\n"
FILES = {"rack.yaml": RACK}


@stage(reads=("inputs", "supply_branches", "supply_components", "supply_feeds", "supply_nodes", "supply_places"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The place with most racks dark. Only places that several paths have something in are tried."""
    node, branch, feeds = t["supply_nodes"], t["supply_branches"], t["supply_feeds"]
    path = node.select("node_id", "path")
    own = t["supply_components"].join(path, on="node_id").select("component_id", "path")
    ends = branch.join(path, left_on="b_node_id", right_on="node_id").select("component_id", "path")
    within = t["supply_places"].join(pl.concat([own, ends]).unique(), on="component_id")
    meet = within.group_by("place_id").agg(pl.col("path").drop_nulls().unique().sort())
    meet = meet.filter((pl.col("path").list.len() > 1) & (word(t, "redundancy") in REDUNDANT)).sort("place_id")
    rack, needed, node_of = (feeds[c].to_numpy() for c in ("rack_id", "feeds_needed", "node_id"))
    want = np.zeros(int(rack.max(initial=-1)) + 1, np.int64)
    want[rack] = needed
    dark = []
    for place in meet["place_id"].to_list():
        live = reached(t, t["supply_places"].filter(place_id=place)["component_id"].to_numpy())
        dark.append(int((np.bincount(rack, live[node_of], len(want)) < want).sum()))
    found = meet.with_columns(value=pl.Series(dark, dtype=pl.Float64)).join(
        t["supply_components"].select(place_id="component_id", name="name", kind="kind"), on="place_id", maintain_order="left"
    )
    worst = first_of(found.filter(pl.col("value") > 0), "value")
    src = line(t, *([PLACES[worst["kind"][0]]] if worst.height else ()))
    text = {"paths": pl.col("path").list.join(" and "), "others": others(pl.col("n"), "most")}
    return rows(worst, subject=pl.col("name"), value=pl.col("value"), limit=0.0, src=src, **text)
