"""Accelerator links find no free switch port.

What: The accelerators have more scale-up links than the switch chips have ports.
Why: The links that are left over go nowhere: bandwidth is missing from the accelerators that stand last.
Fix: More switch trays, trays with more ports, or fewer accelerators.
Source: Count of ports of the parts; NVL72: 1,296 links on 18 chips of 72 ports.
Limits: Which links are left over follows from the order of the trays.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.net._links import accelerators, ends, has_fabric
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET102",
    "switch-ports-exhausted",
    "error",
    "fabric `{subject}`: {value} accelerator links for {limit} switch ports, {lost} of them unconnected",
    label="switches here",
    help="add {trays} of `{group}`, or take trays with more ports",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 3}
  switch: {part: nvidia/nvlink5-switch-tray, count: 1, within: compute}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
scale_up: {fabric: nvlink5, cable: cable/nvlink-twinax}  # error: NET102
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch: {part: nvidia/nvlink5-switch-tray, count: 1, within: compute}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
scale_up: {fabric: nvlink5, cable: cable/nvlink-twinax}
"""


@stage(reads=("racks", "inputs", "devices", "chips", "ports", "links"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Accelerator ports without a link; value and limit count the ports of both sides."""
    if not has_fabric(t):
        return nothing()
    a, group = t.derived(accelerators), t.input_text("scale_up.to")
    if a["is_linked"].all():
        return nothing()
    b = ends(t, "scale_up.to")
    lost, each = a.filter(~pl.col("is_linked")).height, b.height // max(b["device_id"].n_unique(), 1)
    trays = str(-(-max(a.height - b.height, 1) // max(each, 1)))
    return rows(
        t["racks"].select("rack_id"),
        subject=t.input_text("scale_up.fabric"),
        value=a.height,
        limit=b.height,
        src=t.input_src("scale_up.to"),
        lost=f"{lost:,}",
        trays=trays,
        group=group,
    )
