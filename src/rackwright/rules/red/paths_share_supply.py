"""Several paths of the power chain hang on one service or medium-voltage board, and nothing stands in for it.

What: The loss of one service, substation bus or medium-voltage board takes so many feeds of a rack that fewer are left than it needs,
and neither generators nor ties nor another way reach what lost them.
Why: Two paths that come from one board are one path up to there: one fault there and the racks are dark until it is mended.
Fix: As many `services` as there are paths, each path on its own, or
generators.
Source: The normal ways of the chain from every feed to the utility, against the feeds that racks need; what
sources reach over any way without that place.
Limits: The utility itself is shared by all. Where generators stand in RED328 tells, and whether racks live until then, `rackwright sim
power` (RED324, RED325).
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
    "RED323",
    "paths-share-supply",
    "warning",
    "{value} racks are dark when `{subject}` is lost, on which paths {paths} hang: nothing else reaches them{others}",
    label="power chain here",
    help="as many `services` as paths, or generators",
)
BAD = HALL + "power: {redundancy: 2N, generators: none, utility: {services: 1}}  # warning: RED323\n"
GOOD = HALL + "power: {redundancy: 2N, generators: none, utility: {services: 2}}\n"
FILES = {"rack.yaml": RACK}


@stage(reads=("inputs", "supply_branches", "supply_components", "supply_feeds", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The place above low voltage that most racks lose too many feeds of several paths with, and nothing stands in for."""
    found = shared(t)
    worst = first_of(found.filter(~pl.col("is_carried")).sort("node_id"), "racks")
    src = line(t, "utility.services", "substation.transformers", "utility")
    text = {"paths": pl.col("paths"), "others": others(pl.col("n"), "most")}
    return rows(worst, subject=pl.col("name"), value=pl.col("racks").cast(pl.Float64), limit=0.0, src=src, **text)
