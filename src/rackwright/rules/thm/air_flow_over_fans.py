"""A device needs more air than its fans can move.

What: The air flow that carries off the device's heat at the rise asked for is above what its fans can move.
Why: The air comes out hotter than planned, and the hot aisle, the cables and the shelf above with it.
Fix: A greater air rise, more heat into the coolant, or another device.
Source: Fact `air_flow_max` of the device; flow = heat / (density x heat capacity x rise).
Limits: Fans at free delivery; back pressure of doors and cables is not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import figure, show
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "THM202",
    "air-flow-over-fans",
    "error",
    "`{subject}` needs {need} of air, {short} more than its fans move ({fans})",
    unit="m3/s",
    label="air rise set here",
    help="raise `cooling.air_rise` to {rise} or more",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm, air_rise: 5 K}  # error: THM202
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm, air_rise: 14 K}
"""


@stage(reads=("devices", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Air flow of every device against its fans."""
    short = t["devices"]
    short = short.with_columns(t.fact_of(short["part"], "air_flow_max")).filter(pl.col("air_flow_m3_s") > pl.col("air_flow_max") * (1 + 1e-9))
    if short.is_empty():
        return nothing()
    return rows(
        short,
        subject=pl.col("name"),
        value=pl.col("air_flow_m3_s"),
        limit=pl.col("air_flow_max"),
        src=t.input_src("cooling.air_rise"),
        need=_per_hour(pl.col("air_flow_m3_s")),
        fans=_per_hour(pl.col("air_flow_max")),
        short=_per_hour(pl.col("air_flow_m3_s") - pl.col("air_flow_max")),
        rise=show(pl.lit(t.input("cooling.air_rise")) * pl.col("air_flow_m3_s") / pl.col("air_flow_max"), "K"),
        related_src=pl.col("src"),
        related_note="device here",
    )


def _per_hour(flow: pl.Expr) -> pl.Expr:
    """Air is spoken of in m3/h, whatever its size."""
    return pl.concat_str([figure(flow * 3600), pl.lit(" m3/h")])
