"""A rack hangs on no feed of the hall's power chain.

What: The hall has a power chain, and a rack that stands in it has no feed.
Why: A design without power shelves, PDUs or whips takes nothing, so the chain was sized without it: the sums look right and the rack stays dark.
Fix: Give the rack's design its `power`: a shelf or PDU, and feeds.
Source: Judgement of this project: what stands in a hall with a power chain is fed by it.
Limits: Racks of one design are told together.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR402",
    "rack-on-no-feed",
    "error",
    "{value} racks of design `{subject}` hang on no feed of the power chain, `{first}` the first",
    label="racks here",
    help="give the design's `power` a shelf or PDU and its feeds; in edited tables, the rack its rows in `supply_feeds`",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}  # error: PWR402
power: {redundancy: N}
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
power: {redundancy: N}
"""
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """Two racks unplugged: designs made of a spec that compiles have feeds, tables from elsewhere may not."""
    return t.put({"supply_feeds": t["supply_feeds"].filter(pl.col("rack_id") > 1)})


@stage(reads=("designs", "hall_racks", "supply_feeds", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Racks without a row in supply_feeds, by design, where the spec has a power chain."""
    wanted = t["inputs"].filter(pl.col("path") == "power.redundancy").height > 0
    bare = t["hall_racks"].join(t["supply_feeds"], on="rack_id", how="anti").filter(wanted)
    names = t.columns("designs", "design_id", "design")
    by = (
        bare.join(names, on="design_id", how="left")
        .group_by("design_id", maintain_order=True)
        .agg(pl.col("design").first().fill_null("network"), n=pl.len(), first=pl.col("name").first(), src=pl.col("src").first())
    )
    return rows(by, subject=pl.col("design"), value=pl.col("n").cast(pl.Float64), limit=0.0, src=pl.col("src"), first=pl.col("first"))
