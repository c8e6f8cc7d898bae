"""A switch cage would need two different modules.

What: Links that share a switch cage are so unlike, in length or at their far ends, that no one module serves them.
Why: A cage takes one module. The bill counts the one that reaches further; the other link stays dark.
Fix: Leaves of their own for each scalable unit (`leaf_scope: pod`) and for unlike ends (`classes`), one sort of fibre for all, or ends nearer to each
    other.
Source: Both ports of a twin-port module have the same optics, as the makers' data sheets say.
Limits: Counted over the cages of switches. Modules of a cage are chosen together wherever one kind of cable ends in it, whatever units its links
    belong to; it is unlike endpoints on one leaf that this finds. Cages of endpoints with several ports are not looked at.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import figure
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB305",
    "cage-wants-two-modules",
    "error",
    "{count} of the switch cages of fabric `{subject}` would need two different modules for the links that share them",
    label="fabric here",
    help="give each hall or sort of endpoint leaves of its own (`leaf_scope: pod`, `classes`), or bring the far ends nearer",
)
BAD = """\
hall: small
halls: 2
gap: 8 m
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 1}
fabrics:
  storage: {topology: node-local, ports: [dgx.net/p0], switch: nvidia/sn5600, homing: 2, leaf_scope: all, tiers: 1}  # error: CAB305
"""
GOOD = """\
hall: small
halls: 2
gap: 8 m
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 1}
fabrics:
  storage: {topology: node-local, ports: [dgx.net/p0], switch: nvidia/sn5600, homing: 2, leaf_scope: all, tiers: 1}
"""
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """A cage whose links are of two kinds, each with a module of its own."""
    return t.put({"fabrics": t["fabrics"].with_columns(cages_mixed=pl.lit(1, pl.Int64).cast(t["fabrics"].schema["cages_mixed"]))})


@stage(reads=("fabrics",), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Fabrics with cages that two sorts of modules are wanted for."""
    mixed = t.columns("fabrics", "fabric_id", "fabric", "cages_mixed", "src").filter(pl.col("cages_mixed") > 0)
    return rows(mixed, subject=pl.col("fabric"), value=pl.col("cages_mixed"), limit=0, src=pl.col("src"), count=figure(pl.col("cages_mixed")))
