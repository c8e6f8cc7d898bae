"""The room is warmer than a device allows.

What: The air at the rack inlet is above the warmest inlet a device may have.
Why: Fans run out of speed, parts age early, and the maker no longer answers for the device.
Fix: A cooler room, or devices of a higher air class.
Source: Fact `air_inlet_max` of the device; ASHRAE air classes A1 to A4 end at 32, 35, 40 and 45 degC (secondary source).
Limits: Recirculation inside the rack and altitude derating are not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "THM201",
    "air-inlet-too-warm",
    "error",
    "`{subject}` may have air of {limit} at most, the room gives {value}, {excess} too warm",
    unit="degC",
    label="room set here",
    help="cool the room to {limit}, or take a device of a higher air class",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm, room: 38 degC}  # error: THM201
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm, room: 32 degC}
"""


@stage(reads=("devices", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Room air against the inlet limit of every device."""
    room = t.input("cooling.room")
    warm = t["devices"]
    warm = warm.with_columns(t.fact_of(warm["part"], "air_inlet_max")).filter(pl.col("air_inlet_max") < room)
    if warm.is_empty():
        return nothing()
    return rows(
        warm,
        subject=pl.col("name"),
        value=room,
        limit=pl.col("air_inlet_max"),
        src=t.input_src("cooling.room"),
        related_src=pl.col("src"),
        related_note="device here",
    )
