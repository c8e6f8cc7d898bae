"""No protective clothing suffices for an arc at this place.

What: An arc at a board, busway or terminal gives off more than 40 cal/cm2 at the working distance before it is cleared. Terminals are the line side
of a main breaker: what clears an arc there is the relay before the transformer, so they are worse than the board behind that breaker.
Why: Nobody may work there while it is live, and those who rack a breaker or plug a tap do: a burn of this energy kills at once. Racking a main
breaker opens the way to its line side.
Fix: A lower short-time pickup or delay above it, a maintenance mode or a differential relay around the transformer, smaller transformers, or remote
racking; or a waiver where the place is opened dead alone.
Source: IEEE 1584-2018 with the clearing time of the device above; NFPA 70E 2024 table 130.7(C)(15)(c) ends at 40 cal/cm2.
Limits: Typical gaps and boxes of the class of equipment, and 2 s where nothing clears it sooner. Above 15 kV IEEE 1584 gives no figure.
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
    "an arc at `{subject}` gives off {energy} at {distance}, fed by the {source} for {time}, and clothing ends at 40 cal/cm2{side}{others}",
    label="power chain here",
    help="a lower short-time pickup or delay of {above}, or work there only when it is dead",
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


@stage(reads=("arc_flashes", "inputs", "supply_branches", "supply_devices", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of each kind of place the one with the most energy, where no category of clothing holds it."""
    kinds = t["supply_nodes"].select("node_id", "name", "kind")
    deadly = t["arc_flashes"].filter(pl.col("category") == 5).join(kinds, on="node_id", maintain_order="left")
    lines = t["supply_branches"].filter(kind="breaker")["a_node_id"].unique()
    worst = first_of(deadly, "energy_j_cm2", "kind")
    calories = pl.col("energy_j_cm2") / J_PER_CAL
    is_line = (worst["kind"] == "bus") & worst["node_id"].is_in(lines.implode())
    side = pl.when(is_line).then(pl.lit("; it is the line side of a main breaker")).otherwise(pl.lit(""))
    names = t["supply_devices"].select("device_id", above="name")
    worst = worst.join(names, on="device_id", how="left", maintain_order="left")
    above = pl.coalesce(pl.format("`{}`", "above"), pl.lit("the device above"))
    text = {"side": side, "above": above, "energy": pl.concat_str([figure(calories), pl.lit(" cal/cm2")]),
            "distance": show(pl.col("working_distance_mm").round(0), "mm"), "source": pl.col("source"), "time": show(pl.col("clearing_s"), "s"),
            "others": others(pl.col("n"))}  # fmt: skip
    return rows(worst, subject=pl.col("name"), value=calories, limit=40.0, src=line(t, "transformer", "generator"), **text)
