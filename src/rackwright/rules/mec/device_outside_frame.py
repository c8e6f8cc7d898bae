"""A device reaches above the frame.

What: The top unit of a device given a place with `at` is above the highest unit of the frame.
Why: There is nothing to mount it on.
Fix: Lower `at`, or choose a higher frame.
Source: Geometry; the units of the frame are its fact `height_units`.
Limits: None known.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.mec._frames import framed
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC104",
    "device-outside-frame",
    "error",
    "`{subject}` reaches unit {value}, {excess} above the {limit} of the frame",
    label="placed here",
    help="write `at: {highest}` or lower",
)
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100, at: 36}  # error: MEC104
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100, at: 35}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
"""


@stage(reads=("racks", "devices", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Highest unit of every placed device against the frame."""
    top = pl.col("position_u") + pl.col("height_u") - 1
    outside = t.derived(framed).filter((pl.col("height_u") > 0) & (top > pl.col("height_units")))
    if outside.is_empty():
        return nothing()
    return rows(
        outside,
        subject=pl.col("name"),
        value=top,
        limit=pl.col("height_units"),
        src=pl.col("src"),
        highest=pl.col("height_units") - pl.col("height_u") + 1,
        related_src=pl.col("frame_src"),
        related_note="frame here",
    )
