"""Two homes that a spec asks for stand in one rack.

What: The fabric asks for `homing: 2` or `redundancy: 2`, and one switch rack holds every home of a server, or every parent of leaves in other racks.
Why: A second home is asked for so that a server, or a leaf, stays joined when one is lost; a rack is lost as a whole, by its supply, by water, by
work on it, and takes both.
Fix: `network: {spread: 2}` deals homes of a server and switches of a tier to two series of switch racks.
Source: The spec's `homing` and `redundancy`; that a rack counts as one thing to lose is judgement of this project, with TIA-942 (diverse distribution
    areas from rated level 3 on).
Limits: As for rack-is-single-point (RED304), which tells of fabrics that ask for nothing. The number of homes is judged by RED302. `planes` are asked
    for bandwidth as often as for safety and are told by RED304.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import figure
from rackwright.rules.halls import RACK
from rackwright.rules.red._racks import HALL, asks, losses, spread
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED305",
    "homes-share-rack",
    "warning",
    "`{kind}: {asked}` of fabric `{subject}` ends in one rack: switch rack {rack} holds {what}{others}",
    label="asked for here",
    help="`network: {{spread: 2}}` deals homes and spines to two series of switch racks; a waiver says that one rack is accepted",
)
BAD = (
    HALL
    + """\
  compute:
    topology: node-local
    ports: [dgx.nic]
    switch: nvidia/qm9700
    homing: 2  # warning: RED305
"""
)
GOOD = BAD.replace("  # warning: RED305", "") + "network: {spread: 2}\n"
FILES = {"rack.yaml": RACK}


@stage(reads=("fabrics", "fabric_switches", "fabric_cables", "hall_racks", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each fabric that asks for several homes, or parents, the rack that most of them share."""
    heads = losses(t, spread(t) <= 1 and asks(t)).filter(pl.col("asked") > 1)
    texts = {name: pl.col(name) for name in ("kind", "rack", "what", "others")}
    return rows(heads, subject=pl.col("fabric"), value=pl.col("n"), limit=0, src=pl.col("asked_src"), asked=figure(pl.col("asked")), **texts)
