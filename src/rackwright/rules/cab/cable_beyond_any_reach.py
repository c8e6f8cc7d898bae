"""A cable is longer than anything in the catalogue reaches.

What: Cables of a fabric for which no medium of the catalogue that fits both ports is sold in their length and reaches that far.
Why: Copper ends after a few metres, multimode fibre after some 50 m, single-mode modules after what their data sheet says; beyond that no link
    comes up.
Fix: The change of the fabric that the message names, which was tried. Where none helps: switches nearer to what they join, halls nearer to each
    other, a shorter way (`pathways.every` adds cross trays), or modules of longer reach as parts of your own.
Source: Stock lengths and reach of cables and modules as their parts give them; length cut, with slack and service loops.
Limits: The reach told is that of the parts on offer for both cages, in the lengths they are sold in. Where loss alone is in the way see CAB304.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import figure, show
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB301",
    "cable-beyond-any-reach",
    "error",
    "{missing} of {all} {kind} cables of fabric `{subject}` find no medium: the longest has {long}, {but}",
    unit="mm",
    label="fabric here",
    help="bring both ends nearer to each other, or give modules that reach further as parts of your own",
)
BAD = """\
hall: small
halls: 2
gap: 3000 m
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2}  # error: CAB301
"""
GOOD = """\
hall: small
halls: 2
gap: 900 m
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("fabrics", "fabric_needs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Kinds of cable with links that have no medium, with the longest of these and how far anything that fits reaches."""
    needs = t["fabric_needs"].filter((pl.col("missing") > 0) & pl.col("loss_db").is_null())
    if needs.is_empty():
        return nothing()
    short = needs.join(t.columns("fabrics", "fabric_id", "fabric", "src"), on="fabric_id").sort("fabric_id", "need")
    names = {0: "server to leaf", 1: "leaf to spine", 2: "spine to core"}
    modules = pl.concat_str([pl.lit(", "), pl.col("a_module"), pl.lit(" and "), pl.col("b_module")]).fill_null("")
    reach = show(pl.col("length_reach_mm") / 1000, "m")
    reached = pl.concat_str([pl.lit("what fits reaches "), reach, pl.lit(" ("), pl.col("part"), modules, pl.lit(")")])
    cages = pl.concat_str([pl.lit("`"), pl.col("a_connector"), pl.lit("` and `"), pl.col("b_connector"), pl.lit("`")])
    limited = pl.when(pl.col("length_reach_any_mm") > 0).then(pl.lit("nothing that `media` and `cabling` allow fits "))
    ports = pl.concat_str([limited.otherwise(pl.lit("nothing on offer fits ")), cages, pl.lit(" at "), figure(pl.col("speed_gbps")), pl.lit(" Gb/s")])
    tried = pl.concat_str([pl.lit("the smallest change that helps: "), pl.col("change")])
    over = show((pl.col("length_missing_mm") - pl.col("length_reach_mm")) / 1000, "m")
    nearer = pl.concat_str([pl.lit("bring both ends nearer: "), over, pl.lit(" less of cable reaches; or give modules that reach further (`parts`)")])
    none = pl.lit("no other `media`, `speed`, `planes` or switch of the catalogue helps: give a cable or module for these cages (`parts`)")
    return rows(
        short,
        subject=pl.col("fabric"),
        value=pl.col("length_missing_mm"),
        limit=pl.col("length_reach_mm"),
        long=show(pl.col("length_missing_mm") / 1000, "m"),  # metres throughout: one would be told in mm, the other in m
        src=pl.col("src"),
        missing=figure(pl.col("missing")),
        all=figure(pl.col("links")),
        kind=pl.col("tier").replace_strict(names, default="switch to switch"),
        but=pl.when(pl.col("length_reach_mm") > 0).then(reached).otherwise(ports),
        help=pl.coalesce(tried, pl.when(pl.col("length_reach_mm") > 0).then(nearer).otherwise(none)),
    )
