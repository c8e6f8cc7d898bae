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
from rackwright.rules.rule import Rule, rows
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
    ends = t["ports"].select("port_id", "name", "speed_gbps")
    links = t["links"].select("src", "a_port_id", "b_port_id").join(ends, left_on="a_port_id", right_on="port_id")
    links = links.join(ends, left_on="b_port_id", right_on="port_id", suffix="_b").filter(pl.col("speed_gbps") != pl.col("speed_gbps_b"))
    return rows(links, subject=pl.col("name"), value=pl.col("speed_gbps"), limit=pl.col("speed_gbps_b"), src=pl.col("src"), other=pl.col("name_b"))
