"""Feeds of a rack that are to be on several paths are plugged into one busway.

What: Racks are dealt to several paths (`2N`, `3-to-make-2`, `4-to-make-3`), and a rack that could lose a feed has so many of them on one busway that
losing this busway leaves fewer than it needs.
Why: The drawing shows two sides and the rack has one: a joint that burns darkens it, which the chain was paid to prevent.
Fix: Plug the whip into a tap of the other path's busway.
Source: What the rack's own load flow carries with each of its feeds lost, against the busways its whips are plugged into.
Limits: A chain made of the words of a spec deals feeds to busways of their own; tables that were edited or made elsewhere may not. Chains of one path
are told by RED322, feeds of one path by RED320.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.red._supply import on_one_busway
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import DEALT, HALL, RACK, word
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED329",
    "paths-meet-on-busway",
    "error",
    "rack `{subject}` is left with {value} feeds of the {limit} it needs when `{busway}` is lost: its feeds are plugged into one busway{others}",
    label="power chain here",
    help="plug its whips into busways of different paths",
)
BAD = HALL + "power: {redundancy: 2N}  # error: RED329\n"
GOOD = HALL + "power: {redundancy: 2N}\n"
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """The first rack's second feed at the tap of its first."""
    feeds = t["supply_feeds"]
    first = feeds.filter(pl.col("rack_id") == feeds["rack_id"][0]).row(0, named=True)
    mine = pl.col("rack_id") == first["rack_id"]
    moved = {c: pl.when(mine).then(pl.lit(first[c])).otherwise(c).cast(feeds[c].dtype) for c in ("tap_id", "node_id")}
    return t.put({"supply_feeds": feeds.with_columns(**moved)})


@stage(
    reads=("hall_racks", "inputs", "supply_branches", "supply_components", "supply_feeds", "supply_nodes"),
    writes=("findings",),
)
def check(t: Tables) -> pl.DataFrame:
    """The first such rack; how many more there are."""
    bad = on_one_busway(t).filter((word(t, "redundancy") in DEALT) & (pl.col("paths") > 1))
    count = bad["rack_id"].n_unique()
    more = f" (first of {count} such racks)" if count > 1 else ""
    left, needed = pl.col("left").cast(pl.Float64), pl.col("needed").cast(pl.Float64)
    return rows(bad.head(1), subject=pl.col("name"), value=left, limit=needed, src=pl.col("src"), busway=pl.col("busway"), others=more)
