"""No protective clothing suffices for an arc at this place.

What: An arc at a board, busway or terminal gives off more than 40 cal/cm2 at the working distance before it is cleared.
Why: Nobody may work there while it is live, and those who rack a breaker or plug a tap do: a burn of this energy kills at once.
Fix: A lower short-time pickup or delay above it, a maintenance mode, smaller transformers, or remote racking.
Source: IEEE 1584-2018 with the clearing time of the device above; NFPA 70E 2024 table 130.7(C)(15)(c) ends at 40 cal/cm2.
Limits: Typical gaps and boxes of the class of equipment, and 2 s where nothing clears it sooner. Above 15 kV IEEE 1584 gives no figure. Terminals of
transformers are labelled and not told here: what clears them is on the other side, and nobody plugs anything in there.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.base.units import J_PER_CAL
from rackwright.rules.figures import figure, show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, first_of, line, others
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR419",
    "arc-flash-dangerous",
    "warning",
    "an arc at `{subject}` gives off {energy} at {distance}, fed by the {source} for {time}, and clothing ends at 40 cal/cm2{others}",
    label="power chain here",
    help="a lower short-time pickup or delay of the device above, or work there only when it is dead",
)
BAD = (
    HALL
    + """\
power: {redundancy: 2N}  # warning: PWR419
overrides:
  generic/acb-1000a: {short_pickup: 10, long_delay: 24 s}
  generic/vcb-24kv-630a: {relay_multiplier: 2}
"""
)
GOOD = HALL + "power: {redundancy: 2N}\n"
FILES = {"rack.yaml": RACK}


@stage(reads=("arc_flashes", "inputs", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each kind of place the one with the most energy, where no category of clothing holds it."""
    kinds = t["supply_nodes"].select("node_id", "name", "kind")
    deadly = t["arc_flashes"].filter(pl.col("category") == 5).join(kinds, on="node_id", maintain_order="left").filter(pl.col("kind") != "bus")
    worst = first_of(deadly, "energy_j_cm2", "kind")
    calories = pl.col("energy_j_cm2") / J_PER_CAL
    text = {"energy": pl.concat_str([figure(calories), pl.lit(" cal/cm2")]), "distance": show(pl.col("working_distance_mm").round(0), "mm"),
            "source": pl.col("source"), "time": show(pl.col("clearing_s"), "s"), "others": others(pl.col("n"))}  # fmt: skip
    return rows(worst, subject=pl.col("name"), value=calories, limit=40.0, src=line(t, "transformer", "generator"), **text)
