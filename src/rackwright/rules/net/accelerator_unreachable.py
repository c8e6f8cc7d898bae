"""An accelerator does not reach every switch chip.

What: An accelerator has no link to one or more switch chips of its fabric.
Why: All-to-all within one hop holds only if every accelerator reaches every chip; otherwise traffic to some of the others has fewer paths.
Fix: Not more switch chips than an accelerator has links.
Source: NVL72: each of 72 accelerators reaches each of 18 switch chips exactly once.
Limits: Only accelerators all of whose ports are linked; the others are a rule of their own.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.net._links import has_fabric, links_per_switch
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "NET103",
    "accelerator-unreachable",
    "error",
    "`{subject}` reaches {value} of {limit} switch chips, {excess} too few",
    label="switches here",
    help="use at most {value} switch chips, or accelerators with more links",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch: {part: nvidia/nvlink5-switch-tray, count: 10, within: compute}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
scale_up: {fabric: nvlink5, cable: cable/nvlink-twinax}  # error: NET103
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch: {part: nvidia/nvlink5-switch-tray, count: 9, within: compute}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
scale_up: {fabric: nvlink5, cable: cable/nvlink-twinax}
"""


@stage(reads=("inputs", "devices", "chips", "ports", "links"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Switch chips with a link from each accelerator against all of them."""
    if not has_fabric(t):
        return nothing()
    lost = t.derived(links_per_switch).filter(pl.col("reached") < pl.col("chips"))
    if lost.is_empty():
        return nothing()
    return rows(
        lost,
        subject=pl.col("chip"),
        value=pl.col("reached"),
        limit=pl.col("chips"),
        src=t.input_src("scale_up.to"),
        related_src=pl.col("src"),
        related_note="accelerators here",
    )
