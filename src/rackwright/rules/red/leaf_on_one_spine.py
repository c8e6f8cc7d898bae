"""A leaf reaches the rest of its fabric over one switch alone.

What: All uplinks of a leaf end on one switch, in a fabric that has more than one to offer.
Why: The loss of that switch, or of the cable where there is one, cuts off all that hangs on the leaf.
Fix: Two uplinks at least, and two spines: fewer cables to each of more switches.
Source: Judgement of this project; `rackwright sim network` tells of every switch, cable and module what its loss costs.
Limits: Links that can be laid; a leaf with a link to another leaf (a pair of leaves, a mesh) is left out.
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
    "RED303",
    "leaf-on-one-spine",
    "info",
    "{switch} of fabric `{subject}` has {links} to one switch alone, which its {value} endpoints depend on{others}",
    label="fabric here",
    help="give each leaf uplinks to two switches or more",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 12, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 16}
unit: 8
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2, uplinks: 1, oversubscription: 8}  # info: RED303
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 12, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 16}
unit: 8
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2, uplinks: 8}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("fabrics", "fabric_switches", "fabric_cables"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Leaves with one upper neighbour, in fabrics with several, and what hangs on them."""
    c = tally(t)
    ports = c.hosts.sum(axis=1)
    fabric = t.columns("fabric_switches", "fabric_id")["fabric_id"]
    many = t.columns("fabrics", "fabric_id", "leaves", "topology").filter((pl.col("leaves") > 1) & (pl.col("topology") != "leaf-mesh"))["fabric_id"]
    at = np.flatnonzero((c.able == 1) & (ports > 0) & fabric.is_in(many.implode()).to_numpy())
    if not at.size:
        return nothing()
    found = pl.DataFrame({"at": at, "fabric_id": fabric.gather(at), "ports": ports[at], "uplinks": c.laid[at]})
    text = pl.concat_str([pl.col("uplinks").cast(pl.String), pl.when(pl.col("uplinks") == 1).then(pl.lit(" link")).otherwise(pl.lit(" links"))])
    return rows(
        worst(found, "ports", t),
        subject=pl.col("fabric"),
        value=pl.col("ports"),
        limit=0,
        src=pl.col("src"),
        switch=pl.col("switch"),
        links=text,
        others=pl.col("others"),
    )
