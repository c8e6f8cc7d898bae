"""Too many feeds of a rack hang on one path of the power chain.

What: The power chain is redundant and the rack could lose a feed, but so many of its feeds hang on one path that losing this path leaves
fewer than the rack needs.
Why: A rack of four feeds that needs three of them is dark when a 2N chain loses one side, although every drawing shows two sides.
Fix: A chain with as many paths as the rack has feeds (`4-to-make-3`), or a rack whose supplies are dealt to two feeds.
Source: What the rack's own load flow carries with each of its feeds lost, against the paths its feeds hang on.
Limits: Racks that need every feed, and chains of one path (`N`, `block`), are not told. Pathways of whips are not looked at.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import DEALT, word
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED320",
    "feeds-share-path",
    "error",
    "rack `{subject}` is left with {value} feeds of the {limit} it needs when path {path} is lost{others}",
    label="redundancy here",
    help="take as many paths as a rack has feeds, or deal the rack's supplies to two feeds",
)
_HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
"""
BAD = _HALL + "power: {redundancy: 2N}  # error: RED320\n"
GOOD = _HALL + "power: {redundancy: 4-to-make-3}\n"
FILES = {
    "rack.yaml": """\
rack: small
frame: eia/310-48u
trays:
  dgx: {part: nvidia/dgx-h100, count: 4}
power: {pdu: raritan/px3-5878, pdus: 4, feeds: [A, B, C, D], redundancy: 2N}
cooling: {air_rise: 18 K}
"""
}


@stage(reads=("hall_racks", "inputs", "supply_feeds"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of all racks with a feed to spare, the first that too many feeds on one path leave dark; how many more there are."""
    feeds = t["supply_feeds"]
    each = feeds.with_columns(all=pl.len().over("rack_id")).filter(pl.col("all") > pl.col("feeds_needed"))
    by = each.group_by("rack_id", "path").agg(
        on=pl.len(), left=pl.col("all").first() - pl.len(), needed=pl.col("feeds_needed").first(), src=pl.col("src").first()
    )
    bad = by.filter((pl.col("left") < pl.col("needed")) & (word(t, "redundancy") in DEALT))
    first = bad.sort("rack_id", "path").join(t.columns("hall_racks", "rack_id", "name"), on="rack_id", how="left", maintain_order="left").head(1)
    count = bad["rack_id"].n_unique()
    more = f" (first of {count} such racks)" if count > 1 else ""
    text = {"path": pl.col("path"), "others": pl.lit(more)}
    return rows(
        first, subject=pl.col("name"), value=pl.col("left").cast(pl.Float64), limit=pl.col("needed").cast(pl.Float64), src=pl.col("src"), **text
    )
