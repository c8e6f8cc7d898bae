"""Most of the cost rests on estimated prices.

What: More than half of the rack's cost comes from prices that are estimates.
Why: Two variants compared on estimates differ by the estimates.
Fix: Give your own prices under `overrides`, the costliest parts first.
Source: Table `bom`, column `price_confidence`; half is a judgement of this project.
Limits: Lines without a price are not in the sum.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "BOM103",
    "estimates-drive-cost",
    "info",
    "{value} of the cost of rack `{subject}` are estimated prices, most of it `{part}`",
    unit="1",
    label="rack here",
    help="give your own price for `{part}` first",
)
BAD = """\
rack: small
frame: eia/310-42u  # info: BOM103
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
overrides:
  nvidia/dgx-h100: {price: 280000 USD}
"""


@stage(reads=("bom", "racks"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Share of estimated prices in the cost of all level-0 lines, against one half."""
    lines = t["bom"].filter((pl.col("level") == 0) & pl.col("cost_usd").is_not_null())
    guessed = lines.filter(pl.col("price_confidence") == "estimated").sort("cost_usd", "part", descending=[True, False])
    total = float(lines["cost_usd"].sum())
    share = float(guessed["cost_usd"].sum()) / total if total > 0 else 0.0
    if share <= 0.5:
        return nothing()
    return rows(t["racks"], subject=pl.col("name"), value=share, limit=0.5, src=pl.col("src"), part=guessed["part"][0])
