"""A feeder, transformer, busway or whip without impedance.

What: A branch that has length or windings has neither resistance nor reactance.
Why: Fault currents behind it come out as large as before it and its loss as nothing: breakers are chosen, and losses paid for, on a figure that is
wrong by an order of magnitude without looking so.
Fix: Give the part its resistance and reactance per metre, or its impedance.
Source: Every conductor has some: copper of 1,000 mm2 about 18 microhm a metre.
Limits: Values that are small but not 0 are not judged. Breakers and switches may have none, but not a busway behind one.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR407",
    "branch-without-impedance",
    "error",
    "{branches} of part `{subject}` {have} no impedance, `{first}` the first",
    label="power chain here",
    help="give the part its resistance and reactance, or a cable its length (of the busway from a switchboard to its run: `busway_feeder`)",
)
_HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
"""
BAD = (
    _HALL
    + """\
power: {redundancy: N}  # error: PWR407
overrides:
  generic/busway-800a: {resistance_per_m: 0 ohm, reactance_per_m: 0 ohm}
"""
)
GOOD = (
    _HALL
    + """\
power: {redundancy: N}
overrides:
  generic/busway-800a: {resistance_per_m: 50 uohm, reactance_per_m: 30 uohm}
"""
)
FILES = {"rack.yaml": RACK}
KINDS = ("line", "transformer", "busway", "whip")


@stage(reads=("supply_branches",), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Branches of the kinds that have length or windings with neither, by part."""
    none = (pl.col("resistance_ohm") == 0) & (pl.col("reactance_ohm") == 0)
    feeder = (pl.col("kind") == "breaker") & pl.col("part").is_not_null()  # with the busway behind it
    bare = t["supply_branches"].filter((pl.col("kind").is_in(KINDS) | feeder) & none)
    by = bare.group_by(pl.col("part").fill_null(pl.col("kind")), maintain_order=True).agg(
        n=pl.len(), first=pl.col("name").first(), src=pl.col("src").first()
    )
    count = pl.when(pl.col("n") == 1).then(pl.lit("1 branch")).otherwise(pl.format("{} branches", "n"))
    have = pl.when(pl.col("n") == 1).then(pl.lit("has")).otherwise(pl.lit("have"))
    text = {"first": pl.col("first"), "branches": count, "have": have}
    return rows(by, subject=pl.col("part"), value=pl.col("n").cast(pl.Float64), limit=0.0, src=pl.col("src"), **text)
