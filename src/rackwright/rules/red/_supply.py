"""Places of a power chain that several paths hang on, for the rules about them."""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.rules.supply import LOW_V, tree
from rackwright.schema.supply import reached
from rackwright.schema.tables import Tables

_MOST = 16  # places, those of most racks first, of which it is asked what stands in


def shared(t: Tables) -> pl.DataFrame:
    """Services, substation buses and medium-voltage boards whose loss leaves `racks` with fewer feeds than they need, of several `paths`;
    `is_carried`: sources that stand in reach all of these. Columns node_id, name, racks, paths, is_carried. Reads supply_branches, supply_components,
    supply_feeds and supply_nodes.
    """
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
    found = count.sort("racks", "node_id", descending=[True, False]).head(_MOST)
    found = found.join(nodes.select("node_id", "name"), on="node_id", maintain_order="left")
    return found.with_columns(is_carried=pl.Series([_is_carried(t, n) for n in found["node_id"].to_list()], dtype=pl.Boolean))


def _is_carried(t: Tables, node: int) -> bool:
    """Every rack still has as many feeds as it needs that the utility or a generator reaches over any way."""
    feeds = t["supply_feeds"]
    live = reached(t, np.zeros(0, np.int64), "grid", "generator", node=node)[feeds["node_id"].to_numpy()]
    racks = feeds.select("rack_id", "feeds_needed", live=pl.Series(live)).group_by("rack_id")
    enough = racks.agg(pl.col("live").sum() >= pl.col("feeds_needed").first())
    return bool(enough["live"].all())


def on_one_busway(t: Tables) -> pl.DataFrame:
    """Racks that could lose a feed and have too many on one busway: rack_id, name, busway, feeds `left` and `needed`, how many `paths` meet there,
    src. Reads hall_racks, supply_branches, supply_components, supply_feeds and supply_nodes.
    """
    bars = t["supply_branches"].filter(kind="busway").select(tap_id="b_node_id", above="a_node_id", component_id="component_id")
    head = np.arange(t["supply_nodes"].height)
    head[bars["tap_id"].to_numpy()] = bars["above"].to_numpy()
    while not np.array_equal(head, head[head]):
        head = head[head]
    into = bars.with_columns(head=pl.Series(head).gather(bars["tap_id"]))
    feeds = t["supply_feeds"].with_columns(all=pl.len().over("rack_id")).filter(pl.col("all") > pl.col("feeds_needed"))
    by = feeds.join(into, on="tap_id").group_by("rack_id", "head", maintain_order=True)
    of = by.agg(
        component_id=pl.col("component_id").first(), left=pl.col("all").first() - pl.len(), needed=pl.col("feeds_needed").first(),
        paths=pl.col("path").n_unique(), src=pl.col("src").first(),
    )  # fmt: skip
    names = t["supply_components"].select("component_id", busway=pl.col("name").str.replace(r" section \d+$", ""))
    bad = of.filter(pl.col("left") < pl.col("needed")).sort("rack_id", maintain_order=True).join(names, on="component_id", maintain_order="left")
    return bad.join(t.columns("hall_racks", "rack_id", "name"), on="rack_id", maintain_order="left")
