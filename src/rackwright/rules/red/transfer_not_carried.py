"""Nothing carries the racks until the way that takes over is there.

What: A single component is lost, something takes over (generators, a tie, a transfer switch), and until it does no store carries the racks: neither
UPS nor battery on the way, nor batteries in the racks (BBU), or they are empty too soon. They go dark and start again.
Why: A training job that stops costs an hour, and eight thousand power supplies that start at once are the next trip.
Fix: UPS or batteries on the way (`ups`), a longer one, a faster start, or as many services as paths.
Source: Times of the parts against what stores hold; power supplies of IT equipment ride through 20 ms (ITIC curve).
Limits: Told where the redundancy promises that a block may be lost, or where there are stores and they are too small. Stores last as
long as their load after the transfer lets them (longer than at their rating in proportion), at their rating where any feed stops meanwhile.
Batteries in racks take over when that is empty, for as long as they carry the whole rack at its greatest power.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, REDUNDANT, first_of, line, others, word
from rackwright.schema.supply import HOLD_UP_S
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED325",
    "transfer-not-carried",
    "error",
    "when `{subject}` is out racks are dark until another way is taken after {value}, and what carries them ({by}) lasts {limit}{others}",
    unit="s",
    label="power chain here",
    help="`ups`, batteries in the racks, a longer ride-through, a faster `start`, or as many `services` as paths",
)
BAD = HALL + "power: {redundancy: 2N}  # error: RED325\n"
GOOD = HALL + "power: {redundancy: 2N, ups: generic/ups-module-250kw}\n"
FILES = {"rack.yaml": RACK}


@stage(reads=("inputs", "supply_components", "supply_outages"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The outage with the longest transfer that racks do not live through."""
    short = t["supply_outages"].filter(~pl.col("is_carried") & ((pl.col("carry_s") > HOLD_UP_S) | (word(t, "redundancy") in REDUNDANT)))
    named = short.join(t["supply_components"].select("component_id", "name"), on="component_id", maintain_order="left")
    worst, src = first_of(named, "transfer_s"), line(t, "ups", "start")
    return rows(
        worst,
        subject=pl.col("name"),
        value=pl.col("transfer_s"),
        limit=pl.col("carry_s"),
        src=src,
        by=pl.col("carried_by"),
        others=others(pl.col("n"), "longest"),
    )
