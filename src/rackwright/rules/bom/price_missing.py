"""A part has no price.

What: A line that is bought for the rack has no unit price, so that the cost of the rack leaves it out.
Why: A total that silently leaves parts out is read as the total.
Fix: Give the price under `overrides`, or in your own part file.
Source: Table `bom`; shipped prices are estimates and every user sets their own.
Limits: Parts inside others are in the price of their parent.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "BOM101",
    "price-missing",
    "warning",
    "`{subject}` has no price, the cost leaves {value} of it out",
    label="asked for here",
    help="add `overrides: {{{subject}: {{price: ... USD}}}}`",
)
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: acme/box}  # warning: BOM101
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
parts: [own]
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: acme/box}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
parts: [own]
overrides:
  acme/box: {price: 2500 USD}
"""
FILES = {
    "own/acme/box.yaml": """\
part: acme/box
kind: switch
title: Box that nobody has priced
maker: Acme
sources: {us: {title: our data sheet, date: 2026-01-01, confidence: read}}
facts:
  height_units: {value: 1, from: us}
  unit_height: {value: 44.45 mm, from: us}
  power_max: {value: 100 W, from: us}
  liquid_fraction: {value: 0 %, from: us}
  psu_count: {value: 2, from: us}
"""
}


@stage(reads=("bom",), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Level-0 lines without a unit cost; value is the quantity."""
    lost = t["bom"].filter((pl.col("level") == 0) & pl.col("unit_cost_usd").is_null())
    return rows(lost, subject=pl.col("part"), value=pl.col("quantity"), limit=pl.lit(None), src=pl.col("src"))
