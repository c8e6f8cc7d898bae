"""Cables that were to run apart meet in one tray.

What: A fabric asks for `apart`, and cables of side A and of side B of one server (planes of a NIC, homes of a server, odd and even rails) run
through the same segment of a tray.
Why: One fire, one leak or one saw takes both sides, and what was paid twice is lost at once.
Fix: Two ladders over each row (`pathways.diverse`) with `side: alternate`, or given trays with sides of their own.
Source: The spec's wish `apart`; TIA-942-C asks for diverse pathways from rated level 3 on.
Limits: A segment is the tray from one junction to the next: cables at its two ends count as together. Risers inside a rack are shared by all.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.rules.trays import tray_risk
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED310",
    "diverse-cables-share-segment",
    "error",
    "cables of fabric `{subject}` that are to run apart meet in {tray}: both sides of {value} servers{others}",
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
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, apart: true}  # error: RED310 # error: RED311
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 4, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, apart: true}
pathways: {diverse: true}
"""
FILES = {"rack.yaml": RACK}
ALONG = ("RED311",)


@stage(reads=("tray_losses", "trays", "halls", "fabrics", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each fabric that is to run apart, the segment where both sides of the most servers meet."""
    worst = tray_risk(t, "shared")
    texts = {name: pl.col(name) for name in ("tray", "others")}
    return rows(worst, subject=pl.col("fabric"), value=pl.col("shared"), limit=0, src=pl.col("src"), related_src=pl.col("tray_src"),
                related_note="trays here", **texts)  # fmt: skip
