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
    normal = t["power_cases"].filter(pl.col("kind") == "normal").select("case_id")
    states = t["power_branch_states"].join(normal, on="case_id").select("branch_id", "power_a_w")
    taken = t["power_branches"].filter(pl.col("kind") == "whip").join(states, on="branch_id").group_by("a_node_id").agg(pl.col("power_a_w").sum())
    feeds = feeds.join(taken, left_on="node_id", right_on="a_node_id", how="left")
    feeds = feeds.with_columns(share=pl.col("power_a_w") / pl.col("power_a_w").sum(), limit=1.5 / pl.len())
    return rows(
        feeds.filter(pl.col("share").is_finite() & (pl.col("share") > pl.col("limit") + 1e-9) & (pl.len() > 1)),
        subject=pl.col("name"),
        value=pl.col("share"),
        limit=pl.col("limit"),
        src=pl.col("src"),
    )
