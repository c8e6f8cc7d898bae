"""A device is deeper than the frame.

What: The depth of a device exceeds the outer depth of the frame.
Why: It stands out of the rack: doors do not close, the cables behind it have no room.
Fix: A deeper frame, or another device.
Source: Facts `depth` of both parts.
Limits: The frame's outer depth is the limit; cables and manifold behind the device need some of it.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.mec._frames import framed
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC105",
    "device-too-deep",
    "error",
    "`{subject}` is {value} deep, {excess} more than the frame ({limit})",
    unit="mm",
    label="this deep",
    help="choose a deeper frame or a shorter device",
)
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}  # error: MEC105
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
overrides:
  nvidia/dgx-h100: {depth: 1250 mm}
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
overrides:
  nvidia/dgx-h100: {depth: 1100 mm}
"""


@stage(reads=("racks", "devices", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Depth of every device against the frame's."""
    deep = t.derived(framed).filter(pl.col("depth_mm") > pl.col("depth"))
    if deep.is_empty():
        return nothing()
    return rows(
        deep,
        subject=pl.col("name"),
        value=pl.col("depth_mm"),
        limit=pl.col("depth"),
        src=pl.col("src"),
        related_src=pl.col("frame_src"),
        related_note="frame here",
    )
