"""An accelerator has more links to one switch chip than to another.

What: The links of an accelerator do not divide evenly over the switch chips: some chips get one more than others.
Why: Traffic is striped over all links; the chips with fewer set the pace, the others' ports are paid for and idle.
Fix: A number of switch chips that divides the links of an accelerator.
Source: NVL72: 18 links to 18 switch chips, one each (NVIDIA DGX GB200 user guide).
Limits: Only accelerators all of whose ports are linked; the others are a rule of their own.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.net._links import has_fabric, links_per_switch
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET101",
    "unequal-striping",
    "error",
    "`{subject}` has {value} links to one switch chip and {limit} to another",
    label="switches here",
    help="choose a number of switch chips that divides the {total} links of an accelerator",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch: {part: nvidia/nvlink5-switch-tray, count: 2, within: compute}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
scale_up: {fabric: nvlink5, cable: cable/nvlink-twinax}  # error: NET101
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


@stage(reads=("inputs", "devices", "chips", "ports", "links"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Most against fewest links per switch chip, where every chip is reached."""
    if not has_fabric(t):
        return nothing()
    spread = t.derived(links_per_switch)
    uneven = spread.filter((pl.col("least") > 0) & (pl.col("most") > pl.col("least")))
    if uneven.is_empty():
        return nothing()
    return rows(
        uneven,
        subject=pl.col("chip"),
        value=pl.col("most"),
        limit=pl.col("least"),
        src=t.input_src("scale_up.to"),
        total=pl.col("total"),
        related_src=pl.col("src"),
        related_note="accelerators here",
    )
