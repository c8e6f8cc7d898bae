"""A rack of switches takes with it what no single switch would.

What: One switch rack holds every leaf of servers that hang on several, every upper switch of leaves in other racks that have several, or all
cores of a fabric. Its loss cuts off those servers, those leaves, or the units from each other.
Why: A rack is lost as a whole: by its supply, by water, by an extinguisher, by work on it. Two switches in one rack survive each other's loss and not
that of their rack.
Fix: `network: {spread: 2}` deals planes, homes of a server and spines of a set to two series of switch racks.
Source: Judgement of this project, as for switch-is-single-point (RED301); TIA-942 speaks of diverse distribution areas from rated level 3 on.
Limits: Per fabric. Servers and leaves that hang on one switch alone are told by RED301 and RED303; where the spec asks for two homes or parents
    see RED305, where it asks for `network.spread` RED306. Links that can be laid; a torus, and leaves that are joined to other leaves, are left out.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.red._racks import HALL, losses, spread
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED304",
    "rack-is-single-point",
    "info",
    "switch rack {rack} holds {what} of fabric `{subject}`{others}",
    label="fabric here",
    help="`network: {{spread: 2}}` deals planes, homes and spines to two series of switch racks",
)
BAD = HALL + "  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}  # info: RED304\n"
GOOD = BAD.replace("  # info: RED304", "") + "network: {spread: 2}\n"
FILES = {"rack.yaml": RACK}


@stage(reads=("fabrics", "fabric_switches", "fabric_cables", "hall_racks", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each fabric and kind of loss that the spec promises nothing about, the rack that most hangs on."""
    heads = losses(t, spread(t) <= 1).filter(pl.col("asked") <= 1)
    texts = {name: pl.col(name) for name in ("rack", "what", "others")}
    return rows(heads, subject=pl.col("fabric"), value=pl.col("n"), limit=0, src=pl.col("src"), **texts)
