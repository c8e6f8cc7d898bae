"""All feeds of a rack hang on one busway.

What: A rack that could lose a feed has so many of them on one busway that losing this busway leaves fewer than it needs.
Why: Two whips from one busway are two whips, not two feeds: a joint that burns takes both.
Fix: A chain of several paths (`2N`), or a rack of one feed, which says so.
Source: What the rack's own load flow carries with each of its feeds lost, against the busways its whips are plugged into.
Limits: In chains of one path (`N`, `N+1`, `block`) it is what was asked for, hence an info; where paths are shared RED320 tells first.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED322",
    "feeds-share-busway",
    "info",
    "{value} racks that could lose a feed have too many of them on one busway, `{subject}` the first, on `{busway}`",
    label="power chain here",
    help="take a chain of several paths, such as `2N`",
)
_HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
"""
BAD = _HALL + "power: {redundancy: N}  # info: RED322\n"
GOOD = _HALL + "power: {redundancy: 2N}\n"
_RACK = """\
rack: small
frame: eia/310-48u
trays:
  dgx: {part: nvidia/dgx-h100, count: 4}
power: {pdu: raritan/px3-5878, pdus: 3, feeds: [A, B, C], redundancy: 2N}
cooling: {air_rise: 18 K}
"""
FILES = {"rack.yaml": _RACK}


@stage(reads=("hall_racks", "supply_branches", "supply_components", "supply_feeds", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Racks with a feed to spare and the busways that too many of their feeds are plugged into; the first is told."""
    bars = t["supply_branches"].filter(kind="busway").select(tap_id="b_node_id", above="a_node_id", component_id="component_id")
    head = np.arange(t["supply_nodes"].height)
    head[bars["tap_id"].to_numpy()] = bars["above"].to_numpy()
    while not np.array_equal(head, head[head]):
        head = head[head]
    into = bars.with_columns(head=pl.Series(head).gather(bars["tap_id"]))
    feeds = t["supply_feeds"].with_columns(all=pl.len().over("rack_id")).filter(pl.col("all") > pl.col("feeds_needed"))
    by = (
        feeds.join(into, on="tap_id")
        .group_by("rack_id", "head", maintain_order=True)
        .agg(
            component_id=pl.col("component_id").first(),
            left=pl.col("all").first() - pl.len(),
            needed=pl.col("feeds_needed").first(),
            src=pl.col("src").first(),
        )
    )
    bad = by.filter(pl.col("left") < pl.col("needed"))
    names = t["supply_components"].select("component_id", busway=pl.col("name").str.replace(r" section \d+$", ""))
    first = bad.sort("rack_id").head(1).join(t.columns("hall_racks", "rack_id", "name"), on="rack_id").join(names, on="component_id")
    count = float(bad["rack_id"].n_unique())
    return rows(first, subject=pl.col("name"), value=count, limit=0.0, src=pl.col("src"), busway=pl.col("busway"))
