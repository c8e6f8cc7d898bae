"""A power shelf pushes more current through its busbar connector than that is rated for.

What: In a case the rack must survive, the current of a shelf's connector exceeds its continuous rating.
Why: The connector heats with the square of the current; it is the hottest contact of the rack.
Fix: More shelves, or shelves with a stronger connector.
Source: Load flow; fact `clip_current_rated` (ORv3 shelf 500 A at 300 LFM, 360 A in still air; HPR V1 700 A; HPR V2 2,000 A bolted).
Limits: The moving-air rating is used; shelves that stand without air have `clip_current_rated_still_air`.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.pwr._cases import READS, worst
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR105",
    "shelf-connector-over-rating",
    "error",
    "the connector of `{subject}` carries {value} {case}, {excess} over its {limit}",
    unit="A",
    label="shelves here",
    help="add a shelf, or take one with a stronger connector",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 4}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}  # error: PWR105
cooling: {manifold: manifold/rack-45mm}
overrides:
  ocp/hpr-33kw: {clip_current_rated: 500 A}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 4}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
overrides:
  ocp/hpr-33kw: {clip_current_rated: 550 A}
"""


@stage(reads=(*READS, "devices"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Current of every shelf's clip in its worst required case."""
    over = worst(t, "clip", "current_a", pl.col("current_a") > pl.col("current_rated_a"))
    if over.is_empty():
        return nothing()
    over = over.join(t["devices"].filter(pl.col("role") == "power").select("device_id", device="name"), on="device_id")
    return rows(over, subject=pl.col("device"), value=pl.col("current_a"), limit=pl.col("current_rated_a"), src=pl.col("src"), case=pl.col("case"))
