"""Devices behind a UPS do not open on what its inverter gives.

What: On battery, a UPS gives some two times its rated current into a fault, and devices behind it never open on that.
Why: The UPS must go to its bypass to clear the fault; where the utility is out and generators do not run yet, the whole output is lost instead.
Fix: Smaller devices behind the UPS (a busway of less current), or a UPS that gives more current for longer.
Source: IEC 62040-3: overload and short-circuit capability of the inverter; bands of the devices against it.
Limits: Static bypass and a live source before it are what usual designs count on, hence an info.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, first_of, line
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR421",
    "inverter-trips-nothing",
    "info",
    "{n} of the devices behind UPS never open on the {value} that the inverter gives, `{subject}` the first: a fault there wants the bypass",
    unit="A",
    label="power chain here",
    help="smaller devices behind the UPS",
)
BAD = HALL + "power: {redundancy: 2N, ups: generic/ups-module-250kw}  # info: PWR421\n"
GOOD = HALL + "power: {redundancy: 2N}\n"
FILES = {"rack.yaml": RACK}


@stage(reads=("inputs", "supply_devices"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The device furthest from opening."""
    mute = t["supply_devices"].filter(pl.col("fault_inverter_a").is_not_null() & pl.col("trip_inverter_s").is_null())
    worst = first_of(mute.with_columns(by=pl.col("current_rated_a") / pl.col("fault_inverter_a")), "by")
    return rows(
        worst, subject=pl.col("name"), value=pl.col("fault_inverter_a"), limit=pl.lit(None), src=line(t, "ups"), n=pl.col("n").cast(pl.String)
    )
