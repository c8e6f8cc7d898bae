"""Some components cannot be taken out of service without loss.

What: The word in `power.redundancy` promises that a path or block may be lost, and there are components whose removal leaves racks dark or
something over its rating.
Why: Breakers want exercise and transformers cleaning: what cannot be taken out in daylight is never maintained, and fails at night.
Fix: See the findings about those outages; feeds of racks are maintained with the rack.
Source: Uptime Institute tier III in its own words is concurrent maintainability: any component out as planned, with no loss; the sweep decides it.
Limits: A second failure meanwhile is not part of it; `rackwright sim power` tells what it would do.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, REDUNDANT, first_of, line, word
from rackwright.schema.supply import PLACES
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED326",
    "not-maintainable",
    "info",
    "{value} of {all} components cannot be taken out for maintenance, `{subject}` the worst",
    label="power chain here",
    help="a way round each: ties, transfer switches, or larger parts",
)
BAD = HALL + "power: {redundancy: 2N, ups: generic/ups-module-250kw}  # info: RED326 # error: RED324\n"
GOOD = HALL + "power: {redundancy: 2N, ups: generic/ups-module-250kw}\n"
FILES = {"rack.yaml": RACK}
ALONG = ("RED324",)


def plant(t: Tables) -> Tables:
    """Both services become one component, as where two cables lie in one trench."""
    of = t["supply_branches"].filter(kind="source")["component_id"]
    generator = t["supply_branches"].filter(kind="generator")["component_id"]
    shared = pl.when(pl.col("component_id").is_in([*of.to_list(), *generator.to_list()])).then(int(of[0])).otherwise(pl.col("component_id"))
    return t.put({"supply_branches": t["supply_branches"].with_columns(component_id=shared.cast(pl.Int32))})


@stage(reads=("inputs", "supply_components", "supply_outages"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """How many there are, and the one with most racks dark."""
    stuck = t["supply_outages"].filter(~pl.col("is_maintainable") & (word(t, "redundancy") in REDUNDANT))
    named = stuck.join(t["supply_components"].select("component_id", "name", "kind"), on="component_id", maintain_order="left")
    worst = first_of(named.filter(~pl.col("kind").is_in(["grid", *PLACES])), "racks_dark")
    every = pl.lit(str(t["supply_components"].filter(~pl.col("kind").is_in(list(PLACES))).height))
    return rows(worst, subject=pl.col("name"), value=pl.col("n").cast(pl.Float64), limit=0.0, src=line(t), all=every)
