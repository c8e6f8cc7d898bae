"""Nothing clears a fault on DC behind a converter.

What: From a sidecar's output down some busway, tap or whip has no fuse or breaker before it, and the sidecar does not shut its output either.
Why: A converter at its limit of current feeds an arc for as long as somebody lets it; capacitors alone are gone in a millisecond.
Fix: A sidecar that shuts its output at its limit (`fault_hold` of its part, as its maker tells it), or a fuse that opens on what it gives.
Source: IEC 60364-4-43 434.1: every circuit is protected against short circuit; what the converter gives, by the facts of its part.
Limits: A fuse at the head must open on the converter's limit, some 1.3 times its rating, which those of its rating do not: PWR413 tells of that.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.pwr.sidecars_without_places import BAD as FEW
from rackwright.rules.pwr.sidecars_without_places import FILES as RACKS
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import first_of, line, others, tree
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR426",
    "dc-fault-not-cleared",
    "error",
    "nothing clears a fault at `{subject}`, where a converter goes on giving {value}{others}",
    unit="A",
    label="sidecars here",
    help="the sidecar's `fault_hold` under `overrides`, if it shuts its output, or one that does",
)
BAD = FEW.replace("places: 11", "places: 20").replace("warning: PWR423", "error: PWR426")
GOOD = BAD.replace("  # error: PWR426", "")
FILES = RACKS


def plant(t: Tables) -> Tables:
    """Sidecars that never shut their output: those of the catalogue do."""
    return t.put({"supply_devices": t["supply_devices"].filter(pl.col("kind") != "converter")})


@stage(reads=("fault_levels", "inputs", "supply_branches", "supply_devices", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each kind of DC place the one with most current that no device is before."""
    nodes, ways = t["supply_nodes"], tree(t)
    own = np.isin(t["supply_branches"]["branch_id"].to_numpy()[ways.way], t["supply_devices"]["branch_id"].to_numpy())
    is_ac = nodes["is_ac"].to_numpy()
    bare = ~is_ac & (ways.above >= 0) & ~own
    # What is bare for the branch before it is covered by any device further up on its own side.
    for _ in range(int(ways.depth.max(initial=0))):
        covered = bare & ~is_ac[ways.above] & ~bare[ways.above]
        if not covered.any():
            break
        bare &= ~covered
    found = nodes.filter(pl.Series(bare)).join(t["fault_levels"].select("node_id", "current_max_a"), on="node_id", maintain_order="left")
    worst = first_of(found.filter(pl.col("current_max_a") > 0), "current_max_a", "kind")
    return rows(worst, subject=pl.col("name"), value=pl.col("current_max_a"), limit=pl.lit(None), src=line(t, "sidecar"), others=others(pl.col("n")))
