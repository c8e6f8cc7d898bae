"""The batteries do not carry the rack as long as asked.

What: With all feeds lost the batteries carry the load for less than `power.ride_through`.
Why: The time must bridge the start of the generators, or the orderly stop of the job.
Fix: More batteries, stronger ones, or a shorter `ride_through`.
Source: Published points of the battery shelf, for example HPR V1 BBU 5+0: 20 kW for 240 s, 27.5 kW for 90 s; log-log in between.
Limits: Ageing is in the published end-of-life points only; temperature is not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR301",
    "ride-through-too-short",
    "error",
    "batteries carry rack `{subject}` for {value}, {excess} short of the {limit} asked for",
    unit="s",
    label="asked for here",
    help="add batteries, or ask for less `ride_through`",
)
BAD = """\
rack: small
frame: ocp/orv3-hpr
trays:
  compute: {part: broadcom/custom-compute-tray, count: 4}
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar, battery: ocp/bbu-hpr, ride_through: 600 s}  # error: PWR301
cooling: {manifold: manifold/rack-45mm}
"""
GOOD = """\
rack: small
frame: ocp/orv3-hpr
trays:
  compute: {part: broadcom/custom-compute-tray, count: 4}
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar, battery: ocp/bbu-hpr, ride_through: 300 s}
cooling: {manifold: manifold/rack-45mm}
"""


@stage(reads=("racks", "power_cases", "power_case_states", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Ride-through at full load in the normal case; without batteries it is zero."""
    wanted = t.input("power.ride_through")
    if wanted != wanted:
        return nothing()
    normal = t["power_cases"].filter(pl.col("kind") == "normal").join(t["power_case_states"], on="case_id")
    found = t["racks"].join(normal.select(seconds=pl.col("ride_through_s").fill_null(0.0)), how="cross")
    return rows(
        found.filter(pl.col("seconds") < wanted),
        subject=pl.col("name"),
        value=pl.col("seconds"),
        limit=wanted,
        src=t.input_src("power.ride_through"),
    )
