"""A breaker carries more than a continuous load may when one component is lost.

What: After the loss of some single component a low-voltage breaker or fuse carries more of its rating than `power.continuous`, though not over it.
Why: A transformer takes weeks to replace: what an outage moves is a continuous load, and 2N sides meant to be loaded to 40 % each are at 45 %.
Fix: A larger busway, whip or breaker, or fewer racks on it.
Source: NEC 2023 article 100: continuous is what is expected for three hours or more; 210.20(A) and 215.3.
Limits: Currents at the voltage that the outage leaves, so some percent above those at nominal voltage; up to 3 % over the limit is not told.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, after_loss, carried, first_of, lines, number, others
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR433",
    "continuous-load-after-loss",
    "warning",
    "the breaker of `{subject}` carries {value} of its rating when `{lost}` is out, and {limit} is allowed for more than 3 h{others}",
    unit="1",
    label="power chain here",
    help="a larger busway or whip, or fewer racks on it",
)
BAD = HALL + "power: {redundancy: 2N, ups: generic/ups-module-250kw}  # warning: PWR433\n"
GOOD = HALL + "power: {redundancy: 2N, ups: generic/ups-module-250kw}\n"
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """Whips of 23 A: those of a spec come from a rack design that was judged with a feed lost."""
    whip = pl.col("kind") == "whip"
    less = [pl.when(whip).then(23.0).otherwise(pl.col(c)).alias(c) for c in ("breaker_a", "current_rated_a")]
    return t.put({"supply_branches": t["supply_branches"].with_columns(less)})


@stage(
    reads=("inputs", "supply_branches", "supply_branch_states", "supply_components", "supply_devices", "supply_nodes", "supply_outages"),
    writes=("findings",),
)
def check(t: Tables) -> pl.DataFrame:
    """Of each kind of branch the low-voltage device with the most current of its rating over all outages, where PWR409 is silent."""
    limit = number(t, "continuous", 0.8)
    own = carried(t).select("branch_id", "amps_worst", "rating", now=pl.col("nominal") / pl.col("rating"))
    found = after_loss(t).join(own, on="branch_id", maintain_order="left").filter(pl.col("kind") != "transformer")
    found = found.with_columns(value=pl.col("amps_worst") / pl.col("rating"))
    over = found.filter((pl.col("value") > 1.03 * limit) & (pl.col("now") <= 1.01 * limit) & (pl.col("loading_worst") <= 1 + 1e-9))
    main = (pl.col("kind") == "breaker") & pl.col("part").is_null()  # of a switchboard, not before a busway
    worst = first_of(over.with_columns(place=pl.when(main).then(pl.lit("board")).otherwise("kind")), "value", "place")
    worst = worst.with_columns(at=lines(t, worst["place"], FIELDS))
    cure = pl.col("place").replace_strict(CURES, default=CURES["busway"], return_dtype=pl.String)
    text = {"lost": pl.col("lost"), "others": others(pl.col("n")), "help": cure}
    return rows(worst, subject=pl.col("name"), value=pl.col("value"), limit=limit, src=pl.col("at"), **text)


_BUSWAY = ("busway", "ups")
FIELDS = {"board": ("transformer", "load_max"), "ups": ("ups", "load_max"), "static-switch": ("ups", "load_max"), "tie": ("ties",)}
FIELDS |= dict.fromkeys(("breaker", "busway", "whip", "rectifier"), _BUSWAY)
"""Fields of `power` that size each kind; `board`: main breakers and outputs of switchboards."""
CURES = {
    "busway": "a larger busway or whip, or fewer racks on it",
    "board": "a larger `transformer`, with which its main breaker goes, or a lower `load_max`, or fewer racks behind it",
    "ups": "more or larger UPS modules: a lower `load_max`, or fewer racks behind it",
}
