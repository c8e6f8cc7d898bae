"""Power was paid for that can never be used.

What: One level of the chain is full, with one component lost, long before the others are: what these could carry beyond that is stranded.
Why: A megawatt of transformer behind half a megawatt of UPS is half a megawatt paid for, and no rack will ever draw it.
Fix: Enlarge the level that binds, or take smaller parts in the others.
Source: The greatest loading of each level over all single outages: load grows in proportion until the first one is at its rating.
Limits: Whips are left out, as they belong to racks; breakers count with what they protect. Loads are taken to grow everywhere alike.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, line
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR435",
    "power-stranded",
    "info",
    "the {subject} are full at {limit} of racks, and the {most} could carry {value}: {stranded} are stranded",
    unit="W",
    label="power chain here",
    help="enlarge the level that binds, or take smaller parts above it",
)
BAD = HALL + "power: {redundancy: 2N, ups: generic/ups-module-250kw}  # info: PWR435\n"
GOOD = """\
hall: small
designs: {s: rack.yaml}
floor: {rows: 1, places: 44, pitch: 700 mm}
racks:
  s: {design: s, count: 42}
power: {redundancy: N, generators: none}
"""
FILES = {"rack.yaml": RACK}
SHARE = 0.5
LEVELS = {"transformer": "transformers", "ups": "UPS", "rectifier": "sidecars", "generator": "generators",
          "busway": "busways"}  # fmt: skip


@stage(reads=("inputs", "supply_branches", "supply_branch_states", "supply_feeds", "supply_outages"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The level that binds and the one of those made for the load (feeders of medium voltage left out) with most to spare."""
    load = float(t["supply_feeds"]["power_w"].sum())
    kinds = t["supply_branches"].select("branch_id", "kind")
    states = t["supply_branch_states"].filter(t["supply_outages"].height > 0).join(kinds, on="branch_id")
    by = states.filter(pl.col("kind").is_in(list(LEVELS))).group_by("kind").agg(pl.col("loading_worst").max())
    able = by.filter(pl.col("loading_worst") > 0).with_columns(watts=load / pl.col("loading_worst")).sort("watts")
    spare = able.tail(1).select(most="kind", value="watts")
    found = able.head(1).join(spare, how="cross").filter(pl.col("value") > (1 + SHARE) * pl.col("watts"))
    words, src = pl.col("most").replace(LEVELS), line(t, "ups", "transformer", "busway")
    text = {"most": words, "stranded": show(pl.col("value") - pl.col("watts"), "W")}
    return rows(found, subject=pl.col("kind").replace(LEVELS), value=pl.col("value"), limit=pl.col("watts"), src=src, **text)
