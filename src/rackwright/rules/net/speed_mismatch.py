"""The two ends of a link run at different speeds.

What: The port at one end of a link is faster than the port at the other.
Why: The link comes up at the lower speed at best; with different lane rates it does not come up at all.
Fix: Trays of one generation at both ends.
Source: Speeds of the ports as the parts give them.
Limits: Auto-negotiation to a common lower speed is not assumed.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.net._links import both_ends
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET104",
    "speed-mismatch",
    "error",
    "`{subject}` runs at {value}, its other end `{other}` at {limit}",
    unit="Gb/s",
    label="fabric here",
    help="take trays whose ports have the same speed",
)
BAD = """\
rack: small
frame: ocp/orw
trays:
  compute: {part: broadcom/custom-compute-tray, count: 2}
  switch: {part: amd/helios-switch-tray}
scale_up: {fabric: ethernet, cable: cable/ethernet-twinax-400g}  # error: NET104
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar}
cooling: {manifold: manifold/rack-45mm}
"""
GOOD = """\
rack: small
frame: ocp/orw
trays:
  compute: {part: broadcom/custom-compute-tray, count: 2}
  switch: {part: broadcom/th6-switch-tray}
scale_up: {fabric: ethernet, cable: cable/ethernet-twinax-400g}
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar}
cooling: {manifold: manifold/rack-45mm}
"""


@stage(reads=("ports", "links"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Speed of both ends of every link."""
    links = t.derived(both_ends).filter(pl.col("speed_gbps") != pl.col("speed_gbps_b"))
    if links.is_empty():
        return nothing()
    return rows(links, subject=pl.col("name"), value=pl.col("speed_gbps"), limit=pl.col("speed_gbps_b"), src=pl.col("src"), other=pl.col("name_b"))
