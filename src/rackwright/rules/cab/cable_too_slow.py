"""A cable is not made for the speed of its link.

What: The speed of a cable part is below the speed of a link that it carries.
Why: Loss at the higher rate is beyond what the receivers correct; the link does not come up or drops under load.
Fix: A cable made for the speed.
Source: Fact `speed` of the cable part (in one direction) and the speed of the ports.
Limits: Cables without that fact are not judged; insertion loss against a budget is a later rule.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.cab._fields import asked_for
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB108",
    "cable-too-slow",
    "error",
    "`{part}` is made for {limit}, link `{subject}` runs at {value}, {excess} more",
    unit="Gb/s",
    label="cable of these links",
    help="take a cable made for {value}",
)
BAD = """\
rack: small
frame: ocp/orw
trays:
  compute: {part: broadcom/custom-compute-tray, count: 2}
  switch: {part: broadcom/th6-switch-tray}
scale_up: {fabric: ethernet, cable: cable/ethernet-twinax-400g}  # error: CAB108
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar}
cooling: {manifold: manifold/rack-45mm}
overrides:
  cable/ethernet-twinax-400g: {speed: 200 Gb/s}
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


@stage(reads=("links", "cables", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Speed of every link against its cable; the finding points at the field that names the cable."""
    speeds = t.facts("speed")
    if speeds.is_empty():
        return nothing()
    links = t["links"].select("cable_id", "speed_gbps").join(t["cables"].select("cable_id", "part"), on="cable_id").join(speeds, on="part")
    slow = links.filter(pl.col("speed") < pl.col("speed_gbps"))
    if slow.is_empty():
        return nothing()
    slow = slow.join(t["cables"].select("cable_id", "kind", "label"), on="cable_id").join(asked_for(t), on="kind")
    return rows(
        slow,
        subject=pl.col("label"),
        value=pl.col("speed_gbps"),
        limit=pl.col("speed"),
        src=pl.col("field_src"),
        part=pl.col("part"),
    )
