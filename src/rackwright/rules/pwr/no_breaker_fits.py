"""No breaker of the catalogue is large enough, or none is rated for the voltage.

What: A branch of the power chain wants a breaker of a current and voltage that no breaker of the catalogue has, or has one rated below its voltage.
Why: A breaker that opens at more than its rated voltage does not put out its arc, and one that is not there opens on nothing.
Fix: Smaller blocks (smaller busways, more paths), a higher medium voltage, or a breaker in a folder of your own under `parts`.
Source: IEC 60947-2 and UL 489: breaking currents hold at the rated voltage they are given for; rated voltages and currents of the catalogue.
Limits: A rated voltage of 415 V stands for 400 to 433 V: 5 % over it is not told. Fuses of DC whips and busways count too; devices inside racks
do not.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, first_of, line, others
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR436",
    "no-breaker-fits",
    "error",
    "`{subject}` wants a breaker for {value} at {volts}, and {has}{others}",
    unit="A",
    label="power chain here",
    help="smaller blocks or a higher medium voltage, or a breaker of your own under `parts`",
)
BAD = (
    HALL
    + """\
power: {redundancy: 2N}  # error: PWR436
overrides:
  generic/vcb-24kv-1250a: {voltage: 12 kV}
  generic/vcb-24kv-3150a: {voltage: 12 kV}
  generic/vcb-38kv-2500a: {voltage: 12 kV}
  generic/vcb-145kv-3150a: {voltage: 12 kV}
  generic/vcb-362kv-3150a: {voltage: 12 kV}
waivers: [{rule: PWR419, until: 2027-12-31, because: a relay of the switchgear stands in}]
"""
)
GOOD = HALL + "power: {redundancy: 2N}\n"
FILES = {"rack.yaml": RACK}
WANTED = ("source", "line", "transformer", "breaker", "tie", "generator", "whip")
"""Kinds of branches that begin with a breaker or fuse."""
OVER_V = 1.05


@stage(reads=("inputs", "part_facts", "supply_branches", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each kind of branch and lack the one of most current."""
    volts = t["supply_nodes"].select(a_node_id="node_id", volts="voltage_nominal_v", is_ac="is_ac")
    found = t["supply_branches"].join(volts, on="a_node_id", maintain_order="left")
    parts = found["device_part"].drop_nulls().unique().sort().to_list()
    own = pl.DataFrame({"device_part": parts, "own": [t.fact(p, "voltage") for p in parts]}, schema={"device_part": pl.String, "own": pl.Float64})
    found = found.join(own, on="device_part", how="left", maintain_order="left")
    is_bare = pl.col("device_part").is_null() & (pl.col("kind").is_in(WANTED) | pl.col("breaker_a").is_not_null())
    found = found.filter(is_bare | (pl.col("own") * OVER_V < pl.col("volts")))
    amps = pl.when(pl.col("kind") == "transformer").then(pl.col("power_rated_va") / 3**0.5 / pl.col("volts")).otherwise("current_rated_a")
    found = found.with_columns(amps=pl.coalesce("breaker_a", amps).fill_null(0.0))
    worst = first_of(found.with_columns(bare=is_bare), "amps", "kind", "bare")
    its = pl.concat_str([pl.lit("`"), pl.col("device_part").fill_null(""), pl.lit("` is for "), show(pl.col("own").fill_null(0.0), "V")])
    has = pl.when(pl.col("bare")).then(pl.lit("the catalogue has none")).otherwise(its)
    text = {"volts": show(pl.col("volts"), "V"), "has": has, "others": others(pl.col("n"))}
    src = line(t, "utility.voltage", "transformer", "busway")
    return rows(worst, subject=pl.col("name"), value=pl.col("amps").ceil(), limit=0.0, src=src, **text)
