"""A transformer is over its rating when one component is lost.

What: After the loss of some single component a transformer carries more than its rated power, though less than an emergency allows.
Why: It does not trip, it ages: some 6 K more in its hottest spot halve the life of what is left of its insulation, and a repair takes weeks.
Fix: A larger transformer, or fewer racks on it; sizing leaves room for the loss of a path unless one is given.
Source: IEC 60076-7 and IEC 60076-12: rated life holds for rated load; six kelvin per halving. The load flow of every single outage.
Limits: Load before the outage, ambient temperature and forced cooling are not counted. Above the emergency limit PWR432 tells.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, after_loss, emergency, first_of, line, others
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR431",
    "transformer-over-rating-after-loss",
    "warning",
    "`{subject}` carries {value} of its rating when `{lost}` is out{others}, as long as that takes to repair",
    unit="1",
    label="power chain here",
    help="a larger `transformer`, or none given so that it is sized for the loss of a path",
)
BAD = HALL + (
    "power: {redundancy: 2N, ups: generic/ups-module-250kw, transformer: generic/transformer-dry-630kva}"
    "  # warning: PWR431 # warning: PWR414 # error: PWR430\n"
    "overrides:\n  generic/transformer-dry-630kva: {power_rated: 120 kVA, loss_load: 1350 W}\n"
)
GOOD = HALL + "power: {redundancy: 2N, ups: generic/ups-module-250kw, transformer: generic/transformer-dry-630kva}\n"
FILES = {"rack.yaml": RACK}
ALONG = ("PWR414", "PWR430")


@stage(reads=("inputs", "supply_branches", "supply_branch_states", "supply_components", "supply_outages"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The most loaded transformer over all outages, between its rating and its emergency limit."""
    units = after_loss(t).filter(kind="transformer").filter((pl.col("loading_worst") > 1 + 1e-9) & (pl.col("loading_worst") <= emergency()))
    worst, text = first_of(units, "loading_worst"), {"lost": pl.col("lost"), "others": others(pl.col("n"))}
    return rows(worst, subject=pl.col("name"), value=pl.col("loading_worst"), limit=1.0, src=line(t, "transformer", "substation.part"), **text)
