"""One feed carries far more than its share.

What: In normal operation one feed carries more than one and a half times an even share of the rack.
Why: Feeds are sized alike. A feed that is there and carries little is paid for twice, and the other one is full first.
Fix: Shelves or PDUs in a multiple of the feeds, or name only the feeds that are used.
Source: A judgement of this project: 1.5 lets odd numbers of three shelves and more pass on two feeds.
Limits: Balance between racks, and between the phases of a feed, belongs to the hall.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR206",
    "feed-unbalanced",
    "warning",
    "`{subject}` carries {value} of the rack, {excess} over the {limit} that still count as balanced",
    unit="1",
    label="feeds here",
    help="use shelves or PDUs in a multiple of the feeds, or name fewer feeds",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a, redundancy: N}  # warning: PWR206
cooling: {manifold: manifold/rack-45mm}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a, redundancy: N, feeds: [A]}
cooling: {manifold: manifold/rack-45mm}
"""


@stage(reads=("power_nodes", "power_branches", "power_branch_states", "power_cases"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Share of every feed in the normal case against 1.5 / number of feeds; a rack without load has no shares."""
    feeds = t["power_nodes"].filter(pl.col("kind") == "feed")
    if feeds.height < 2:
        return nothing()
    whips = t["power_branches"].filter(pl.col("kind") == "whip").select("branch_id", node_id="a_node_id")
    normal = t["power_cases"].filter(pl.col("kind") == "normal")["case_id"].to_list()
    states = t["power_branch_states"].filter(pl.col("case_id").is_in(normal)).select("branch_id", "power_a_w")
    taken = whips.join(states, on="branch_id").group_by("node_id").agg(pl.col("power_a_w").sum())
    share, limit = pl.col("power_a_w") / pl.col("power_a_w").sum(), 1.5 / feeds.height
    over = taken.select("node_id", share=share).filter(pl.col("share").is_finite() & (pl.col("share") > limit + 1e-9))
    if over.is_empty():
        return nothing()
    return rows(feeds.join(over, on="node_id", maintain_order="left"), subject=pl.col("name"), value=pl.col("share"), limit=limit, src=pl.col("src"))
