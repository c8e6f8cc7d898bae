"""A side channel holds more cable than it may.

What: Cross section of the cables at the fullest height of a channel is above the share `fill_max` of the channel.
Why: A channel stuffed full blocks air, and no cable can be pulled out or added without moving the others.
Fix: A frame with wider channels, thinner cables, or a cartridge for the scale-up cables.
Source: The spec's `cabling.fill_max`, default 50 %: TIA-569 as quoted by cable-tray makers, 25 % at first and 50 % at most.
Limits: Round cables without air between them; bundles need more room than the sum of their circles.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB103",
    "channel-overfull",
    "error",
    "channel {subject} is filled {value} at {height}, {excess} over the {limit} allowed",
    unit="1",
    label="limit set here",
    help="choose a frame with wider channels, or gather cables in cartridges",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
cabling: {fill_max: 3 %}  # error: CAB103
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
cabling: {fill_max: 40 %}
"""


@stage(reads=("pathways", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Fill over capacity of every channel; channels whose capacity nobody knows (0) are left out."""
    limit = t.input("cabling.fill_max")
    full = t["pathways"].filter(pl.col("capacity") > 0).with_columns(share=pl.col("fill") / pl.col("capacity")).filter(pl.col("share") > limit)
    if full.is_empty():
        return nothing()
    return rows(
        full,
        subject=pl.col("segment"),
        value=pl.col("share"),
        limit=limit,
        src=t.input_src("cabling.fill_max"),
        height=show(pl.col("peak_z_mm"), "mm"),
    )
