"""All feeds of a rack hang on one busway.

What: A rack that could lose a feed has so many of them on one busway that losing this busway leaves fewer than it needs.
Why: Two whips from one busway are two whips, not two feeds: a joint that burns takes both.
Fix: A chain of several paths (`2N`), or a rack of one feed, which says so.
Source: What the rack's own load flow carries with each of its feeds lost, against the busways its whips are plugged into.
Limits: In chains of one path (`N`, `N+1`, `block`) it is what was asked for, hence an info; where racks are dealt to several paths it is RED329.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.red._supply import on_one_busway
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import DEALT, word
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


@stage(reads=("hall_racks", "inputs", "supply_branches", "supply_components", "supply_feeds", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Racks with a feed to spare and the busways that too many of their feeds are plugged into; the first is told."""
    bad = on_one_busway(t).filter(word(t, "redundancy") not in DEALT)
    count = float(bad["rack_id"].n_unique())
    return rows(bad.head(1), subject=pl.col("name"), value=count, limit=0.0, src=pl.col("src"), busway=pl.col("busway"))
