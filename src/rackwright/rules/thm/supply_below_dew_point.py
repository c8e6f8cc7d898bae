"""The coolant is colder than the dew point of the room allows.

What: The coolant supply temperature is below the dew point of the air at the rack inlet plus `dew_margin`.
Why: Water condenses on manifolds, hoses and cold plates, above live busbars.
Fix: Warmer coolant, drier or cooler room air, or a smaller margin where the control of the CDU follows the dew point.
Source: Dew point by Magnus with the constants of Alduchov and Eskridge (1996); the margin is the spec's (default 2 K, a judgement of this project).
Limits: Design values of the room; excursions of humidity need their own margin.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "THM101",
    "supply-below-dew-point",
    "error",
    "coolant is supplied at {value}, {excess} below {limit}, the dew point of the room with its margin",
    unit="degC",
    label="supply set here",
    help="supply at {limit} or warmer, or keep the room drier",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm, supply: 22 degC, humidity: 70 %}  # error: THM101
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm, supply: 25 degC, humidity: 70 %}
"""


@stage(reads=("coolant_loops", "air_states", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Supply of every loop against dew point plus margin."""
    least = t["air_states"]["dew_point_degc"].max()
    loops = t["coolant_loops"].with_columns(limit=pl.lit(least, pl.Float64) + t.input("cooling.dew_margin"))
    return rows(
        loops.filter(pl.col("supply_degc") < pl.col("limit")),
        subject=pl.col("name"),
        value=pl.col("supply_degc"),
        limit=pl.col("limit"),
        src=t.input_src("cooling.supply"),
        related_src=t.input_src("cooling.humidity"),
        related_note="humidity of the room",
    )
