"""A leaf has less uplink bandwidth than asked for.

What: Bandwidth of the ports on a leaf over that of its uplinks, counted on the cables, is above the fabric's `oversubscription`.
Why: When all servers talk at once, each gets less than the ratio promises.
Fix: More `uplinks` (or none given: they are then derived), or write the ratio that is accepted as `oversubscription`.
Source: The spec's `oversubscription`, default 1:1.
Limits: Leaves with uplinks; ports kept free by `reserve` are not counted. Trees are judged only where they ask for a ratio.
    Where endpoint classes ask for ratios of their own, the highest of them and the fabric's counts.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK, wishes, worst
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.rules.tally import tally
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET304",
    "oversubscribed",
    "warning",
    "{switch} of fabric `{subject}` is oversubscribed {value}:1, asked for is {limit}:1{others}",
    label="fabric here",
    help="give more `uplinks` or leave them to be derived, or write `oversubscription: {value}:1`",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2, uplinks: 2}  # warning: NET304
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2, uplinks: 4}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("fabrics", "fabric_switches", "fabric_cables", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Speed of the host links over that of the uplinks, for every leaf with both."""
    c = tally(t)
    down, up = c.down_gbps, c.up_gbps
    asked = t.derived(wishes).filter(pl.col("field").str.contains(r"(^|\.)oversubscription$"))
    asked = asked.group_by("fabric").agg(asked=pl.col("value").max(), is_default=(pl.col("origin") == "default").all())
    wish = t.columns("fabrics", "fabric_id", "fabric", "topology").join(asked, on="fabric")
    wish = wish.filter((pl.col("topology") != "tree") | ~pl.col("is_default"))
    leaf = np.flatnonzero((up > 0) & (down > 0))
    measured = pl.DataFrame(
        {"at": leaf, "fabric_id": t.columns("fabric_switches", "fabric_id")["fabric_id"].to_numpy()[leaf], "ratio": down[leaf] / up[leaf]}
    )
    over = measured.join(wish.select("fabric_id", "asked"), on="fabric_id").filter(pl.col("ratio") > pl.col("asked") * (1 + 1e-6))
    if over.is_empty():
        return nothing()
    return rows(
        worst(over, "ratio", t),
        subject=pl.col("fabric"),
        value=pl.col("ratio"),
        limit=pl.col("asked"),
        src=pl.col("src"),
        switch=pl.col("switch"),
        others=pl.col("others"),
    )
