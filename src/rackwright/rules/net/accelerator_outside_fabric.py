"""Accelerators with scale-up links stand beside the scale-up fabric.

What: A group has accelerators with scale-up ports, and `scale_up.from` names another group.
Why: Their links are paid for and lead nowhere, while every count of accelerators includes them.
Fix: Put all trays into the group that `from` names, or take the group out.
Source: Rackwright's own judgement.
Limits: Only where the rack has a scale-up fabric; without one nothing is said.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.net._links import has_fabric
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET106",
    "accelerator-outside-fabric",
    "warning",
    "{value} accelerators of `{subject}` have scale-up links and are outside fabric `{fabric}`",
    label="not in the fabric",
    help="put these trays into group `{inside}`, which `scale_up.from` names",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  more: {part: nvidia/gb200-compute-tray, count: 2}  # warning: NET106
  switch: {part: nvidia/nvlink5-switch-tray, count: 9, within: compute}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
scale_up: {fabric: nvlink5, cable: cable/nvlink-twinax}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 4}
  switch: {part: nvidia/nvlink5-switch-tray, count: 9, within: compute}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
scale_up: {fabric: nvlink5, cable: cable/nvlink-twinax}
"""


@stage(reads=("inputs", "devices", "chips", "ports"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Accelerators with scale-up ports of every group but the one in the fabric."""
    if not has_fabric(t):
        return nothing()
    inside = t.input_text("scale_up.from")
    outside = t["devices"].filter(pl.col("group") != inside).select("device_id", "group", "src")
    chips = t["chips"].filter(pl.col("kind") == "accelerator").join(outside, on="device_id", maintain_order="left")
    if chips.is_empty():
        return nothing()
    wired = t["ports"].filter(pl.col("kind") == "scale-up").select("chip_id").unique()
    found = chips.join(wired, on="chip_id", how="semi").group_by("group", "src", maintain_order=True).agg(count=pl.len())
    return rows(
        found,
        subject=pl.col("group"),
        value=pl.col("count"),
        limit=0,
        src=pl.col("src"),
        fabric=t.input_text("scale_up.fabric"),
        inside=inside,
    )
