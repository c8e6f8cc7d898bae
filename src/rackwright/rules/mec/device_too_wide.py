"""A device is wider than the opening of the frame.

What: The width of a device exceeds the usable width of the frame (`width_it`).
Why: It does not go in: a 21-inch tray in a 19-inch frame is the usual case.
Fix: A frame of the device's family, or the device's variant for this frame.
Source: Facts `width` of the device and `width_it` of the frame; OCP Open Rack V3 Base Rev 1.1 gives 537 mm for a 21-inch frame.
Limits: A device whose width nobody published is taken to fit.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.mec._frames import framed
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC106",
    "device-too-wide",
    "error",
    "`{subject}` is {value} wide, {excess} more than the frame's opening ({limit})",
    unit="mm",
    label="this wide",
    help="choose a wider frame or a narrower device",
)
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}  # error: MEC106
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
overrides:
  nvidia/dgx-h100: {width: 482 mm}
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
overrides:
  nvidia/dgx-h100: {width: 445 mm}
"""


@stage(reads=("racks", "devices", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Width of every device that takes units against the frame's opening."""
    wide = t.derived(framed).filter((pl.col("height_u") > 0) & (pl.col("width_mm") > pl.col("width_it")))
    if wide.is_empty():
        return nothing()
    return rows(
        wide,
        subject=pl.col("name"),
        value=pl.col("width_mm"),
        limit=pl.col("width_it"),
        src=pl.col("src"),
        related_src=pl.col("frame_src"),
        related_note="frame here",
    )
