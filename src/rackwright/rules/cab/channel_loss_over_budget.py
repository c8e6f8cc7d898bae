"""A fibre channel loses more light than its modules stand.

What: Links whose fibre would be long enough and whose modules fit both cages, but fibre and mated pairs together lose more than the optics' budget.
Why: Parallel optics stand 1.7 to 3 dB; every panel on the way takes 0.35 dB and more of it. Beyond the budget the link comes up with errors, or not
    at all.
Fix: Fewer mated pairs (`connections`), panels of lower loss, fibre laid direct (`cabling: direct`), or modules with a larger budget.
Source: Channel insertion loss as IEEE 802.3 and TIA-568 count it; loss of fibre, panels and budgets of modules as their parts give them.
Limits: Told for the offer that is least over. Greatest loss of every pair, not what is measured; pairs at the modules are in their budget.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import figure, show
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB304",
    "channel-loss-over-budget",
    "error",
    "{missing} of {all} {kind} links of fabric `{subject}` lose {value}, {excess} over the {limit} that the best modules stand (longest: {length})",
    unit="dB",
    label="fabric here",
    help="take mated pairs out (`connections`), lay fibre direct (`cabling: direct`), or add modules with a larger budget",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, cabling: trunks, connections: 10}  # error: CAB304
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, cabling: trunks, connections: 4}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("fabrics", "fabric_needs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Kinds of cable with links that only their loss keeps dark."""
    needs = t["fabric_needs"].filter((pl.col("missing") > 0) & pl.col("loss_db").is_not_null())
    if needs.is_empty():
        return nothing()
    dark = needs.join(t.columns("fabrics", "fabric_id", "fabric", "src"), on="fabric_id").sort("fabric_id", "need")
    names = {0: "server to leaf", 1: "leaf to spine", 2: "spine to core"}
    return rows(
        dark,
        subject=pl.col("fabric"),
        value=pl.col("loss_db"),
        limit=pl.col("loss_budget_db"),
        src=pl.col("src"),
        missing=figure(pl.col("missing")),
        all=figure(pl.col("links")),
        kind=pl.col("tier").replace_strict(names, default="switch to switch"),
        length=show(pl.col("length_missing_mm") / 1000, "m"),
        help=pl.coalesce(pl.concat_str([pl.lit("the smallest change that helps: "), pl.col("change")]), pl.lit(RULE.help)),
    )
