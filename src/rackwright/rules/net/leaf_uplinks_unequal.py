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
from rackwright.rules.halls import LEAF_SPINE, RACK, Array, cables, worst
from rackwright.rules.rule import Rule, rows
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
    c = cables(t)
    up = c.tier() == LEAF_SPINE
    fabric, a, b = (v.astype(np.int64) for v in c.rows(up, "fabric_id", "a_device_id", "b_device_id"))
    laid = np.ones(len(a), np.int64) if c.is_laid is None else c.is_laid[up].astype(np.int64)
    # fabrics share no switch, so a pair needs no fabric; the lowest bit says whether the link can be laid
    key = np.sort((((a - c.first) * c.switches + b - c.first) << 1) | laid)
    begins = _heads(key >> 1)
    links = np.add.reduceat(key & 1, begins) if len(key) else key
    leaf = (key[begins] >> 1) // max(c.switches, 1)
    own = _heads(leaf)
    least, most = (f.reduceat(links, own) if len(links) else links for f in (np.minimum, np.maximum))
    uneven = np.flatnonzero(least != most)
    of = np.zeros(c.switches, np.int32)
    of[a - c.first] = fabric
    at = leaf[own][uneven]
    found = pl.DataFrame({"at": at, "fabric_id": of[at], "least": least[uneven], "most": most[uneven], "gap": (most - least)[uneven]})
    return rows(
        worst(found, "gap", t),
        subject=pl.col("fabric"),
        value=pl.col("least"),
        limit=pl.col("most"),
        src=pl.col("src"),
        switch=pl.col("switch"),
        others=pl.col("others"),
    )


def _heads(key: Array) -> Array:
    """Where runs of equal keys begin."""
    return np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, np.int64)
