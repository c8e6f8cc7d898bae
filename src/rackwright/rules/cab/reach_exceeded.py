"""A cable is longer than it works at.

What: The cut length of a cable is above the longest its part works at.
Why: Passive copper at 200 Gb/s a lane reaches some two metres; beyond it the link drops under load, and nobody sees it in the drawing.
Fix: Trays nearer to the switches (`within`, `order`), a shorter route, or a cable with a longer reach.
Source: Fact `reach_max` of the cable part.
Limits: Reach as one figure; insertion loss against a budget is a later rule.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.cab._fields import asked_for
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB101",
    "reach-exceeded",
    "error",
    "`{subject}` is {value} long, {excess} over the reach of `{part}` ({limit})",
    unit="mm",
    label="cable of these",
    help="move the two ends closer together, or take a cable with a longer reach",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch: {part: nvidia/nvlink5-switch-tray, count: 3, within: compute}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
scale_up: {fabric: nvlink5, cable: cable/nvlink-twinax}  # error: CAB101
overrides:
  cable/nvlink-twinax: {reach_max: 0.2 m}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch: {part: nvidia/nvlink5-switch-tray, count: 3, within: compute}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
scale_up: {fabric: nvlink5, cable: cable/nvlink-twinax}
"""


@stage(reads=("cables", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Cut length of every cable against its part; the finding points at the field that names the cable."""
    reach = t.facts("reach_max")
    if reach.is_empty():
        return nothing()
    long = t["cables"].select("kind", "label", "part", "length_cut_mm").join(reach, on="part").filter(pl.col("length_cut_mm") > pl.col("reach_max"))
    if long.is_empty():
        return nothing()
    long = long.join(asked_for(t), on="kind")
    return rows(
        long,
        subject=pl.col("label"),
        value=pl.col("length_cut_mm"),
        limit=pl.col("reach_max"),
        src=pl.col("field_src"),
        part=pl.col("part"),
    )
