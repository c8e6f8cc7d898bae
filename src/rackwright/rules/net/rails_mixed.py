"""A leaf carries endpoints of a rail that is not its own.

What: In a rail-optimised or rail-only fabric, a leaf has host links of a rail that another leaf of its plane and unit is there for.
Why: Collectives run rail by rail: what should stay under one leaf crosses the spines, and in a rail-only fabric never arrives.
Fix: Move the link to a leaf of its own rail.
Source: Rail-optimised reference designs: NIC number n of every server meets the others of that number.
Limits: A leaf that serves several rails (`rails_per_leaf`) serves those from its own first rail up to the next leaf's.
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
    "NET312",
    "rails-mixed",
    "error",
    "{switch} of fabric `{subject}` has {value} endpoints of rails that are not its own{others}",
    label="fabric here",
    help="move these links to a leaf of their rail",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2}  # error: NET312
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2}
"""
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """The first host links of the first two rails trade their leaves."""
    c = t["fabric_cables"]
    host = c.filter(pl.col("tier") == 0)
    one, two = (host.filter(pl.col("rail") == r).head(1) for r in host["rail"].unique().sort().head(2))
    traded = pl.concat([one.with_columns(two["b_device_id"], two["b_port"]), two.with_columns(one["b_device_id"], one["b_port"])])
    return t.put({"fabric_cables": pl.concat([c.join(traded, on="link_id", how="anti"), traded]).sort("link_id")})


@stage(reads=("fabrics", "fabric_switches", "fabric_cables"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Host links of each leaf on rails outside its own, which end where those of the next leaf begin."""
    hosts = tally(t).hosts
    switches = t.columns("fabric_switches", "fabric_id", "tier", "rail").join(
        t.columns("fabrics", "fabric_id", "topology"), on="fabric_id", maintain_order="left"
    )
    railed = switches["topology"].is_in(["rail-optimized", "rail-only"]) & (switches["tier"] == 0) & (switches["rail"] >= 0)
    wrong = np.zeros(hosts.shape[0], np.int64)
    for (_, first), own in switches.with_row_index("at").filter(railed).group_by("fabric_id", "rail"):
        starts = switches.filter(railed & (switches["fabric_id"] == own["fabric_id"][0]) & (switches["rail"] > first))["rail"]
        end = starts.min() if len(starts) else hosts.shape[1]
        at, rails = own["at"].to_numpy(), hosts[own["at"].to_numpy(), 1:]
        wrong[at] = rails.sum(axis=1) - rails[:, first:end].sum(axis=1)
    at = np.flatnonzero(wrong)
    if not at.size:
        return nothing()
    found = pl.DataFrame({"at": at, "fabric_id": switches["fabric_id"].gather(at), "links": wrong[at]})
    return rows(
        worst(found, "links", t),
        subject=pl.col("fabric"),
        value=pl.col("links"),
        limit=0,
        src=pl.col("src"),
        switch=pl.col("switch"),
        others=pl.col("others"),
    )
