"""A leaf shares its uplinks unequally over its spines.

What: Of the links between a leaf and the spines it is tied to, those that can be laid are not the same number to each spine.
Why: Traffic is spread over the spines in equal parts; a spine with fewer links fills first and holds up the rest.
Fix: Give the missing links a way or a medium; another finding names them.
Source: Equal-cost multipath, which weighs next hops alike; published SuperPOD designs keep uplinks equal.
Limits: Links from leaves to spines. Switches that weigh paths by capacity can use unequal ones.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK, worst
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.rules.tally import tally
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET302",
    "leaf-uplinks-unequal",
    "error",
    "{switch} of fabric `{subject}` has {value} uplinks to one spine and {limit} to another{others}",
    label="fabric here",
    help="bring each leaf and all its spines within reach of each other",
)
BAD = """\
hall: small
halls: 3
gap: 1000 m
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2, uplinks: 8}  # error: NET302 # error: CAB301
"""
GOOD = """\
hall: small
halls: 3
gap: 250 m
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2, uplinks: 8}
"""
FILES = {"rack.yaml": RACK}
ALONG = ("CAB301",)


@stage(reads=("fabrics", "fabric_switches", "fabric_cables"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Fewest and most links that can be laid between each leaf and the spines it has links to."""
    c = tally(t)
    at = np.flatnonzero(c.least != c.most)
    if not at.size:
        return nothing()
    of = t.columns("fabric_switches", "fabric_id")["fabric_id"].gather(at)
    found = pl.DataFrame({"at": at, "fabric_id": of, "least": c.least[at], "most": c.most[at], "gap": (c.most - c.least)[at]})
    return rows(
        worst(found, "gap", t),
        subject=pl.col("fabric"),
        value=pl.col("least"),
        limit=pl.col("most"),
        src=pl.col("src"),
        switch=pl.col("switch"),
        others=pl.col("others"),
    )
