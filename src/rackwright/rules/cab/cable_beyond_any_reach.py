"""A cable is longer than anything in the catalogue reaches.

What: Cables of a fabric for which no medium of the catalogue that fits both ports is sold in their length and reaches that far.
Why: Copper ends after a few metres, multimode fibre after some 50 m, single-mode modules after what their data sheet says; beyond that no link
    comes up.
Fix: Switches nearer to what they join, halls nearer to each other, a shorter way (`pathways.every` adds cross trays), or modules of longer reach as
    parts of your own.
Source: Stock lengths and reach of cables and modules as their parts give them; length cut, with slack and service loops.
Limits: What is told as reached is the longest cable of the same tier that did get a medium; how much further that medium would go is not told.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import figure, show
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB301",
    "cable-beyond-any-reach",
    "error",
    "{missing} of {all} {kind} cables of fabric `{subject}` find no medium: the longest has {value}, {but}",
    unit="mm",
    label="fabric here",
    help="bring both ends nearer to each other, or add modules that reach further to the catalogue",
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
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2}  # error: CAB301 # error: NET303
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
ALONG = ("NET303",)


@stage(reads=("fabrics", "fabric_cables"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Tiers of fabrics with routed cables that have no medium, with the longest of these and the longest that has one."""
    short = t["fabrics"].filter(pl.col("unreached") > 0)
    if short.is_empty():
        return rows(short, subject="", value=0, limit=0, src=0, missing="", all="", kind="", but="")
    has, cut = pl.col("length_stock_mm") >= 0, pl.col("length_cut_mm")
    tiers = t["fabric_cables"].group_by("fabric_id", "tier").agg(
        all=pl.len(), missing=(~has & (cut >= 0)).sum(), far=cut.filter(~has).max(), served=cut.filter(has).max().fill_null(0)
    )  # fmt: skip
    tiers = tiers.filter(pl.col("missing") > 0).join(short.select("fabric_id", "fabric", "src"), on="fabric_id").sort("fabric_id", "tier")
    names = {0: "server to leaf", 1: "leaf to spine", 2: "spine to core"}
    reached = pl.concat_str([pl.lit("the longest that found one "), show(pl.col("served"), "mm")])
    return rows(
        tiers,
        subject=pl.col("fabric"),
        value=pl.col("far"),
        limit=pl.col("served"),
        src=pl.col("src"),
        missing=figure(pl.col("missing")),
        all=figure(pl.col("all")),
        kind=pl.col("tier").replace_strict(names, default="switch to switch"),
        but=pl.when(pl.col("served") > 0).then(reached).otherwise(pl.lit("and none fits both ports at any length")),
    )
