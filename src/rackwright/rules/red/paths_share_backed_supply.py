"""Several paths of the power chain hang on one service or medium-voltage board, and generators stand in for it.

What: The loss of one service, substation bus or medium-voltage board takes so many feeds of a rack that fewer are left than it needs
until generators, ties or another way stand in.
Why: Two paths that come from one board are one path up to there: racks live on UPS and generators whenever it is out, for as long as fuel lasts.
Fix: As many `services` as there are paths, each path on its own.
Source: The normal ways of the chain from every feed to the utility, against the feeds that racks need; what
sources reach over any way without that place.
Limits: The utility itself is shared by all. Where nothing stands in RED323 tells, and whether racks live until then, `rackwright sim power`
(RED324, RED325).
Rooms and trenches that paths share are RED327's. Asked of the 16 places that most racks hang on.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.red._supply import shared
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, first_of, line, others
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED328",
    "paths-share-backed-supply",
    "info",
    "{value} racks are left with fewer feeds than they need when `{subject}` is lost, on which paths {paths} hang, until generators stand in{others}",
    label="power chain here",
    help="as many `services` as paths",
)
BAD = HALL + "power: {redundancy: 2N, utility: {services: 1}}  # info: RED328\n"
GOOD = HALL + "power: {redundancy: 2N, utility: {services: 2}}\n"
FILES = {"rack.yaml": RACK}


@stage(reads=("inputs", "supply_branches", "supply_components", "supply_feeds", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The place above low voltage that most racks lose too many feeds of several paths with, and something stands in for."""
    found = shared(t)
    worst = first_of(found.filter(pl.col("is_carried")).sort("node_id"), "racks")
    src = line(t, "utility.services", "substation.transformers", "utility")
    text = {"paths": pl.col("paths"), "others": others(pl.col("n"), "most")}
    return rows(worst, subject=pl.col("name"), value=pl.col("racks").cast(pl.Float64), limit=0.0, src=src, **text)
