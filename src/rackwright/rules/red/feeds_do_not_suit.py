"""Racks need every one of their feeds, and the power chain is built to lose a path.

What: The chain has several paths of which one may be lost, and a rack has one feed, or needs all it has.
Why: The second path is paid for and does nothing for this rack: whichever path its feed hangs on is a single point of failure.
Fix: Feeds to spare in the rack's design (`2N` over two feeds, a shelf or PDU more), a transfer switch at each run (`transfer: row`), or `N`.
Source: What the rack's own load flow carries with each of its feeds lost.
Limits: Racks of one design are told together. With `transfer: row` nothing is told, as every busway then has two sources.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import word
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED321",
    "feeds-do-not-suit",
    "warning",
    "{value} racks of design `{subject}` need all {feeds} of their feeds, `{first}` the first: the loss of any path they hang on leaves them dark",
    label="power chain here",
    help="feeds to spare in the rack's design, behind sidecars with a `dc_shelf` large enough for them, or `transfer: row`",
)
_HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
"""
BAD = _HALL + "power: {redundancy: 2N}  # warning: RED321\n"
GOOD = _HALL + "power: {redundancy: 2N, transfer: row}\n"
FILES = {"rack.yaml": RACK}


@stage(reads=("designs", "hall_racks", "inputs", "supply_branches", "supply_feeds", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Racks without a feed to spare whose feeds hang on no busway of two sources, by design, where the chain has several paths."""
    paths = 1 if word(t, "redundancy") in ("block", "catcher") else t["supply_nodes"].filter(kind="board")["path"].drop_nulls().n_unique()
    switched = t["supply_branches"].filter(pl.col("kind").is_in(["static-switch", "transfer-switch"]) & (pl.col("rank") == 0)).height > 0
    feeds = t["supply_feeds"].with_columns(all=pl.len().over("rack_id"))
    bare = feeds.filter((pl.col("all") <= pl.col("feeds_needed")) & (paths > 1) & (not switched)).unique("rack_id", keep="first", maintain_order=True)
    by = (
        bare.join(t.columns("hall_racks", "rack_id", "name", "design_id"), on="rack_id", maintain_order="left")
        .join(t.columns("designs", "design_id", "design"), on="design_id", how="left", maintain_order="left")
        .group_by("design", maintain_order=True)
        .agg(n=pl.len(), first=pl.col("name").first(), feeds=pl.col("all").first(), src=pl.col("src").first())
    )
    named = pl.col("design").fill_null("network")
    return rows(by, subject=named, value=pl.col("n").cast(pl.Float64), limit=0.0, src=pl.col("src"), first=pl.col("first"), feeds=pl.col("feeds"))
