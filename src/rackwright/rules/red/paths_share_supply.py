"""Several paths of the power chain hang on one service or medium-voltage board.

What: The loss of one service, substation bus or medium-voltage board takes so many feeds of a rack that fewer are left than it needs.
Why: Two paths that come from one board are one path up to there: racks live on UPS and generators, if there are any, whenever it is out.
Fix: As many `services` as there are paths, each path on its own.
Source: The normal ways of the chain from every feed to the utility, against the feeds that racks need.
Limits: The utility itself is shared by all. What takes over, and whether racks live through it, `rackwright sim power` tells (RED324, RED325).
Rooms and trenches that paths share are RED327's.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, LOW_V, RACK, first_of, line, others, tree
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED323",
    "paths-share-supply",
    "info",
    "{value} racks are left with fewer feeds than they need when `{subject}` is lost, on which paths {paths} hang{others}",
    label="power chain here",
    help="as many `services` as paths",
)
BAD = HALL + "power: {redundancy: 2N, utility: {services: 1}}  # info: RED323\n"
GOOD = HALL + "power: {redundancy: 2N, utility: {services: 2}}\n"
FILES = {"rack.yaml": RACK}


@stage(reads=("inputs", "supply_branches", "supply_feeds", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The place above low voltage that most racks lose too many feeds of several paths with."""
    nodes, normal = t["supply_nodes"], tree(t)
    high = (nodes["voltage_nominal_v"] > LOW_V).to_numpy()
    feeds = t["supply_feeds"].select("rack_id", "path", "feeds_needed", at=pl.Series(normal.top(high)[t["supply_feeds"]["node_id"].to_numpy()]))
    # racks whose feeds begin at the same places are told once
    alike = feeds.group_by("rack_id", maintain_order=True).agg("path", "at", needed=pl.col("feeds_needed").first())
    alike = alike.group_by("path", "at", "needed", maintain_order=True).agg(racks=pl.len()).with_row_index("kind")
    ends = alike.with_columns(all=pl.col("at").list.len()).filter(pl.col("all") > pl.col("needed")).explode("path", "at")
    at, grid, parts = ends["at"].to_numpy(), (nodes["kind"] == "grid").to_numpy(), [ends.head(0)]
    while len(at) and (on := (at >= 0) & ~grid[at]).any():
        parts.append(ends.with_columns(at=pl.Series(at, dtype=pl.Int64)).filter(pl.Series(on)))
        at = np.where(on, normal.above[at], -1)
    first = [pl.col(c).first() for c in ("all", "needed", "racks")]
    by = pl.concat(parts).group_by("at", "kind").agg(*first, lost=pl.len(), paths=pl.col("path").unique())
    bad = by.filter((pl.col("all") - pl.col("lost").cast(pl.Int64) < pl.col("needed")) & (pl.col("paths").list.len() > 1))
    count = bad.group_by(node_id=pl.col("at").cast(pl.Int32)).agg(
        pl.col("racks").sum(), paths=pl.col("paths").explode().unique().sort().str.join(" and ")
    )
    worst = first_of(count.sort("node_id"), "racks").join(nodes.select("node_id", "name"), on="node_id")
    src = line(t, "utility.services", "substation.transformers", "utility")
    text = {"paths": pl.col("paths"), "others": others(pl.col("n"), "most")}
    return rows(worst, subject=pl.col("name"), value=pl.col("racks").cast(pl.Float64), limit=0.0, src=src, **text)
