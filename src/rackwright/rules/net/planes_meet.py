"""A switch serves two planes or two fabrics.

What: A link ends on a switch of another plane, or of another fabric, than its own.
Why: Planes are there so that a fault, a loop or a storm in one leaves the others alone; one shared switch undoes that.
Fix: Move the link to a switch of its own plane.
Source: Multi-plane reference designs, which join planes at the servers alone.
Limits: Planes that share racks, power feeds or trays are not judged here.
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
    "NET313",
    "planes-meet",
    "error",
    "{switch} of fabric `{subject}` has {value} links of another plane or fabric{others}",
    label="fabric here",
    help="move the link to a switch of its own plane",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2, uplinks: 8}  # error: NET313
  manage: {topology: tree, ports: [dgx.bmc], switch: nvidia/sn2201}
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2, uplinks: 8}
  manage: {topology: tree, ports: [dgx.bmc], switch: nvidia/sn2201}
"""
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """The first host link of `manage` goes to a leaf of `compute`, to a port that is free."""
    c = t["fabric_cables"]
    chosen = pl.col("link_id") == c.filter((pl.col("tier") == 0) & (pl.col("fabric_id") == 1))["link_id"][0]
    other = t["fabric_switches"].filter((pl.col("tier") == 0) & (pl.col("fabric_id") == 0))["device_id"][0]
    columns = {"b_device_id": other, "b_port": 40}
    moved = (pl.when(chosen).then(pl.lit(value, pl.Int32)).otherwise(name).alias(name) for name, value in columns.items())
    return t.put({"fabric_cables": c.with_columns(*moved)})


@stage(reads=("fabrics", "fabric_switches", "fabric_cables"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Links that end on a switch of another plane or fabric."""
    alien = tally(t).alien
    at = np.flatnonzero(alien)
    if not at.size:
        return nothing()
    found = pl.DataFrame({"at": at, "fabric_id": t.columns("fabric_switches", "fabric_id")["fabric_id"].gather(at), "links": alien[at]})
    return rows(
        worst(found, "links", t),
        subject=pl.col("fabric"),
        value=pl.col("links"),
        limit=0,
        src=pl.col("src"),
        switch=pl.col("switch"),
        others=pl.col("others"),
    )
