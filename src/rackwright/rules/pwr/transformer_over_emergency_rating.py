"""A transformer is over what it may carry even in an emergency when one component is lost.

What: After the loss of some single component a transformer carries more than 1.5 times its rated power, or one of over 100 MVA 1.3 times.
Why: Above that its leads, taps and hottest spot are beyond what it is built for: it may fail within hours, with the other path already lost.
Fix: A larger transformer, or fewer racks on it; sizing leaves room for the loss of a path unless one is given.
Source: IEC 60076-7 and IEC 60076-12: limits of current beyond nameplate, 1.5 for distribution and dry-type, 1.3 for large power transformers.
Limits: Those are limits for every design; makers may allow less. Load before the outage and ambient temperature are not counted.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, after_loss, emergency, first_of, line, others
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR432",
    "transformer-over-emergency-rating",
    "error",
    "`{subject}` carries {value} of its rating when `{lost}` is out, and {limit} is the most in an emergency{others}",
    unit="1",
    label="power chain here",
    help="a larger `transformer`, or none given so that it is sized for the loss of a path",
)
BAD = (
    HALL
    + """\
power: {redundancy: 2N, ups: generic/ups-module-250kw, transformer: generic/transformer-dry-630kva}  # error: PWR432 # warning: PWR414 # error: PWR430
overrides:
  generic/transformer-dry-630kva: {power_rated: 95 kVA, loss_load: 1070 W}
"""
)
GOOD = HALL + "power: {redundancy: 2N, ups: generic/ups-module-250kw, transformer: generic/transformer-dry-630kva}\n"
FILES = {"rack.yaml": RACK}
ALONG = ("PWR414", "PWR430")


@stage(reads=("inputs", "supply_branches", "supply_branch_states", "supply_components", "supply_outages"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The most loaded transformer over all outages, above its emergency limit."""
    units = after_loss(t).filter(kind="transformer").with_columns(limit=emergency()).filter(pl.col("loading_worst") > pl.col("limit"))
    worst, text = first_of(units, "loading_worst"), {"lost": pl.col("lost"), "others": others(pl.col("n"))}
    return rows(
        worst, subject=pl.col("name"), value=pl.col("loading_worst"), limit=pl.col("limit"), src=line(t, "transformer", "substation.part"), **text
    )
