"""A scale-up cable has fewer pairs than its link has lanes.

What: A link needs one differential pair per lane and direction, and the cable part has fewer.
Why: Some lanes have no copper.
Fix: A cable with enough pairs.
Source: Fact `pairs` of the cable part; NVLink 5: 2 lanes each way, 4 pairs a link.
Limits: Cables without that fact are not judged.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.cab._fields import asked_for
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB106",
    "cable-pairs-too-few",
    "error",
    "`{part}` has {limit} pairs, link `{subject}` needs {value}, {excess} more",
    label="cable of these links",
    help="take a cable with {value} pairs or more",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch: {part: nvidia/nvlink5-switch-tray, count: 3, within: compute}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
scale_up: {fabric: nvlink5, cable: cable/nvlink-twinax}  # error: CAB106
overrides:
  cable/nvlink-twinax: {pairs: 2}
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
    """Pairs of every scale-up cable against its part."""
    cables = t["cables"].select("kind", "label", "part", "pairs").join(t.facts("pairs"), on="part", suffix="_most")
    few = cables.filter((pl.col("kind") == "scale-up") & (pl.col("pairs") > pl.col("pairs_most")))
    if few.is_empty():
        return nothing()
    few = few.join(asked_for(t), on="kind")
    return rows(few, subject=pl.col("label"), value=pl.col("pairs"), limit=pl.col("pairs_most"), src=pl.col("field_src"), part=pl.col("part"))
