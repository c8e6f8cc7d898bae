"""A busbar in a frame that has no place for one.

What: The spec gives the rack a DC busbar, and the frame's data say that it carries none.
Why: Shelves and trays clip onto a bar that nothing holds.
Fix: A frame with a busbar, or AC-fed devices and rack PDUs.
Source: Fact `has_busbar` of the frame.
Limits: A frame without that fact is taken to carry one.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC109",
    "frame-without-busbar",
    "error",
    "frame `{part}` of rack `{subject}` has no place for the busbar `{busbar}`",
    label="busbar here",
    help="choose a frame with a busbar, or feed the devices from PDUs",
)
BAD = """\
rack: small
frame: eia/310-42u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}  # error: MEC109
cooling: {manifold: manifold/rack-45mm}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
"""


@stage(reads=("racks", "inputs", "parts", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """A busbar part asked for in `power.busbar`, and frames that have `has_busbar: false`."""
    wanted = t.input_text("power.busbar")
    frames = t["racks"]
    racks = frames.filter(t.fact_of(frames["part"], "has_busbar") == 0)
    if racks.is_empty() or t["parts"].filter((pl.col("part") == wanted) & (pl.col("kind") == "busbar")).is_empty():
        return nothing()
    return rows(
        racks,
        subject=pl.col("name"),
        value=pl.lit(None),
        limit=pl.lit(None),
        src=t.input_src("power.busbar"),
        part=pl.col("part"),
        busbar=wanted,
        related_src=pl.col("src"),
        related_note="frame here",
    )
