"""A leaf has less uplink bandwidth than asked for.

What: Bandwidth of the ports on a leaf over that of its uplinks, counted on the cables, is above the fabric's `oversubscription`.
Why: When all servers talk at once, each gets less than the ratio promises.
Fix: More `uplinks` (or none given: they are then derived), or write the ratio that is accepted as `oversubscription`.
Source: The spec's `oversubscription`, default 1:1.
Limits: Leaves with uplinks; ports kept free by `reserve` are not counted. Trees are judged only where they ask for a ratio.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.base.stage import stage
from rackwright.rules.halls import HOST, LEAF_SPINE, RACK, Cables, cables, worst
from rackwright.rules.rule import Rule, rows
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
    c = cables(t)
    tier = c.tier()
    down = _speed(c, tier == HOST, "b_device_id")
    up = _speed(c, tier == LEAF_SPINE, "a_device_id")
    asked = t["inputs"].with_columns(path=pl.col("path").str.split("."))
    asked = asked.filter(
        (pl.col("path").list.len() == 3) & (pl.col("path").list.first() == "fabrics") & (pl.col("path").list.last() == "oversubscription")
    )
    asked = asked.select(fabric=pl.col("path").list.get(1), asked="value", is_default=pl.col("origin") == "default")
    wish = t["fabrics"].select("fabric_id", "fabric", "topology").join(asked, on="fabric")
    wish = wish.filter((pl.col("topology") != "tree") | ~pl.col("is_default"))
    leaf = np.flatnonzero((up > 0) & (down > 0))
    measured = pl.DataFrame({"at": leaf, "fabric_id": t["fabric_switches"]["fabric_id"].to_numpy()[leaf], "ratio": down[leaf] / up[leaf]})
    over = measured.join(wish.select("fabric_id", "asked"), on="fabric_id").filter(pl.col("ratio") > pl.col("asked") * (1 + 1e-6))
    return rows(
        worst(over, "ratio", t),
        subject=pl.col("fabric"),
        value=pl.col("ratio"),
        limit=pl.col("asked"),
        src=pl.col("src"),
        switch=pl.col("switch"),
        others=pl.col("others"),
    )


def _speed(c: Cables, chosen: NDArray[np.bool_], end: str) -> NDArray[np.float64]:
    """Speed of the chosen cables summed by the switch at one end."""
    device, speed = c.rows(chosen, end, "speed_gbps")
    return np.bincount(device - c.first, weights=speed, minlength=c.switches).astype(np.float64)
