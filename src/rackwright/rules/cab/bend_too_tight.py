"""There is too little room behind the trays to bend the scale-up cable.

What: The distance from the tray connector to the vertical run (`scale_up.channel`) is below the smallest bend radius of the cable.
Why: Twinax that is bent tighter than its radius changes its impedance for good; the link fails its margin, often after weeks.
Fix: A deeper channel (shorter trays or a deeper frame), or a cable that bends tighter.
Source: Fact `bend_radius_min` of the cable; passive copper: 5 outer diameters for a single bend, 10 for repeated ones (Philisun 400G page).
Limits: One bend from the connector into the vertical run; twists and bundles are not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB105",
    "bend-too-tight",
    "error",
    "`{subject}` bends no tighter than {limit}, the channel leaves {value}, {excess} too little",
    unit="mm",
    label="channel here",
    help="give `scale_up.channel` {limit} or more, or take a cable that bends tighter",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch: {part: nvidia/nvlink5-switch-tray, count: 3, within: compute}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
scale_up: {fabric: nvlink5, cable: cable/nvlink-twinax, channel: 15 mm}  # error: CAB105
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch: {part: nvidia/nvlink5-switch-tray, count: 3, within: compute}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
scale_up: {fabric: nvlink5, cable: cable/nvlink-twinax, channel: 25 mm}
"""


@stage(reads=("inputs", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Channel depth against the bend radius of the scale-up cable."""
    if not t.asks("scale_up.cable") or not t.asks("scale_up.channel"):
        return nothing()
    part, channel = t.input_text("scale_up.cable"), t.input("scale_up.channel")
    radius = t.fact(part, "bend_radius_min")
    if radius is None or not channel < radius:
        return nothing()
    return rows(pl.DataFrame({"part": [part]}), subject=pl.col("part"), value=channel, limit=radius, src=t.input_src("scale_up.channel"))
