"""Servers hang on one switch alone.

What: All links of a server to a fabric end on one leaf, so the loss of that leaf cuts the server off.
Why: A switch fails once in some ten years, and one is taken out of service for every change of its software.
Fix: `topology: rail-optimized` for servers with several NICs, `homing: 2`, or `planes`.
Source: Judgement of this project; reference designs accept it for management and, in node-local fabrics, for a unit of training.
Limits: Per fabric; a server that is cut off from one may have others. Two leaves that share a power feed count as two.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK, worst
from rackwright.rules.red._homes import single_homed
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED301",
    "switch-is-single-point",
    "info",
    "{switch} of fabric `{subject}` is the only one for {value} servers{others}",
    label="fabric here",
    help="spread the NICs of a server over several leaves (`homing: 2`, `rail-optimized`), or accept it",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: node-local, ports: [dgx.nic], switch: nvidia/qm9700}  # info: RED301
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: node-local, ports: [dgx.nic], switch: nvidia/qm9700, homing: 2, tiers: 2}
network: {spread: 2}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("fabrics", "fabric_switches", "fabric_cables", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Servers all of whose links meet one leaf, and the leaf with the most of them."""
    found = single_homed(t, 1)
    if found.is_empty():
        return nothing()
    return rows(
        worst(found, "servers", t),
        subject=pl.col("fabric"),
        value=pl.col("servers"),
        limit=0,
        src=pl.col("src"),
        switch=pl.col("switch"),
        others=pl.col("others"),
    )
