"""A tray draws more current than its busbar connector is rated for.

What: Greatest power of the tray over the lowest voltage the busbar may have exceeds the continuous rating of the tray's busbar connector.
Why: A constant-power load draws most current when the voltage is lowest; a connector sized at nominal voltage is too small by that margin.
Fix: A tray variant with a larger (or second) connector, or a busbar with a higher least voltage.
Source: I = P / V at fact `voltage_min` of the busbar; OCP Open Rack V3 Base Rev 1.1 gives 100 A for the IT connector and 46 V as least voltage.
Limits: Continuous power; short peaks are within the thermal time of a connector.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR104",
    "tray-connector-over-rating",
    "error",
    "`{subject}` draws {value} at {volts}, the least busbar voltage, {excess} over the {limit} of its connector",
    unit="A",
    label="connector of this tray",
    help="take a part with a stronger connector, or a busbar with a higher least voltage",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}  # error: PWR104
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
overrides:
  nvidia/gb200-compute-tray: {clip_current_rated: 135 A}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
overrides:
  nvidia/gb200-compute-tray: {clip_current_rated: 145 A}
"""


@stage(reads=("devices", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Current of every device with a busbar connector at the busbar's least voltage."""
    volts, trays = t.fact(t.input_text("power.busbar"), "voltage_min"), t["devices"]
    trays = trays.with_columns(t.fact_of(trays["part"], "clip_current_rated"), amps=pl.col("power_max_w") / pl.lit(volts, pl.Float64))
    over = trays.filter((pl.col("power_max_w") > 0) & (pl.col("amps") > pl.col("clip_current_rated")))
    if over.is_empty():
        return nothing()
    return rows(
        over,
        subject=pl.col("name"),
        value=pl.col("amps"),
        limit=pl.col("clip_current_rated"),
        src=pl.col("src"),
        volts=show(pl.lit(volts, pl.Float64), "V"),
        related_src=t.input_src("power.busbar"),
        related_note="busbar here",
    )
