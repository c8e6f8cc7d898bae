"""No stock length of a cable is long enough.

What: A cable comes in fixed lengths and its cut length is above the longest of them.
Why: It cannot be ordered.
Fix: A shorter route, a part with longer stock lengths, or one that is cut to length.
Source: Fact `lengths` of the cable part.
Limits: The shortest stock length that holds the cut length is ordered; the slack that leaves is not limited.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.cab._fields import asked_for
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB102",
    "no-stock-length",
    "error",
    "`{subject}` needs {value}, `{part}` is made up to {limit}, {excess} too short",
    unit="mm",
    label="cable of these",
    help="take a cable with longer stock lengths, or move the two ends closer together",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  mgmt: {part: nvidia/sn2201-dc}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
management: {switches: mgmt}  # error: CAB102
overrides:
  cable/cat6: {lengths: 0.3 0.5}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  mgmt: {part: nvidia/sn2201-dc}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
management: {switches: mgmt}
overrides:
  cable/cat6: {lengths: 0.5 1 2 3}
"""


@stage(reads=("cables", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Cables without a stock length; limit is the longest their part has."""
    lost = t["cables"]
    if not lost["length_stock_mm"].has_nulls():
        return nothing()
    lost = lost.filter(pl.col("length_stock_mm").is_null())
    longest = (
        t["part_facts"]
        .filter(pl.col("fact") == "lengths")
        .select("part", longest=pl.col("text").str.split(" ").list.eval(pl.element().cast(pl.Float64)).list.max() * 1000)
    )
    lost = lost.join(longest, on="part").join(asked_for(t), on="kind")
    return rows(
        lost,
        subject=pl.col("label"),
        value=pl.col("length_cut_mm"),
        limit=pl.col("longest"),
        src=pl.col("field_src"),
        part=pl.col("part"),
    )
