"""The country of origin of bought parts is not known.

What: Parts that are bought for the rack have no country of origin.
Why: Customs, tariffs and shares of domestic content are worked out per part.
Fix: Give `origin_country` under `overrides`, or in your own part file.
Source: Table `bom`.
Limits: One country per part; makers with several plants need the supplier's declaration.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "BOM102",
    "origin-unknown",
    "info",
    "nobody said where {value} of the {total} parts bought for rack `{subject}` are made, such as `{part}`",
    label="rack here",
    help="add `overrides: {{{part}: {{origin_country: US}}}}`, and so for the others",
)
BAD = """\
rack: small
frame: eia/310-42u  # info: BOM102
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
overrides:
  eia/310-42u: {origin_country: US}
  raritan/px3-5878: {origin_country: US}
  cable/cord-c19-c20: {origin_country: MX}
  cable/whip-60a-5w: {origin_country: US}
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
overrides:
  eia/310-42u: {origin_country: US}
  nvidia/dgx-h100: {origin_country: TW}
  raritan/px3-5878: {origin_country: US}
  cable/cord-c19-c20: {origin_country: MX}
  cable/whip-60a-5w: {origin_country: US}
"""


@stage(reads=("bom", "racks"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Different level-0 parts without origin; the costliest is named."""
    bought = t["bom"].filter(pl.col("level") == 0)
    lost = bought.filter(pl.col("origin_country").is_null()).sort(pl.col("cost_usd").fill_null(0.0), "part", descending=[True, False])
    if lost.is_empty():
        return nothing()
    return rows(
        t["racks"],
        subject=pl.col("name"),
        value=lost["part"].n_unique(),
        limit=0,
        src=pl.col("src"),
        total=f"{bought['part'].n_unique():,}",
        part=lost["part"][0],
    )
