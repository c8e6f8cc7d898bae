"""One tray carries all links of a server.

What: A fabric asks for `apart`, and one segment of a tray is part of the way of every cable of a server to that fabric.
Why: What damages that tray cuts them off, whatever there is of switches and planes at its ends.
Fix: Two ladders over each row (`pathways.diverse`) with `side: alternate`.
Source: Judgement of this project, as for switch-is-single-point (RED301). All segments with what they take stand in table `tray_losses`.
Limits: As for diverse-cables-share-segment (RED310). Told only of fabrics that ask for `apart`; table `tray_losses` has all, and leaves.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.rules.trays import tray_risk
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED311",
    "tray-is-single-point",
    "error",
    "{tray} carries all cables to fabric `{subject}` of {value} servers{others}",
    label="fabric here",
    help="`pathways.diverse: true` hangs two ladders over each row; `side: alternate` deals the cables to them",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 4, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, side: a, apart: true}  # error: RED310 # error: RED311
pathways: {diverse: true}
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 4, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, side: alternate, apart: true}
pathways: {diverse: true}
"""
FILES = {"rack.yaml": RACK}
ALONG = ("RED310",)


@stage(reads=("tray_losses", "trays", "halls", "fabrics", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each fabric that is to run apart, the segment with the most devices whose every cable it carries."""
    worst = tray_risk(t, "devices")
    texts = {name: pl.col(name) for name in ("tray", "others")}
    return rows(worst, subject=pl.col("fabric"), value=pl.col("devices"), limit=0, src=pl.col("src"), related_src=pl.col("tray_src"),
                related_note="trays here", **texts)  # fmt: skip
