"""The loss of one component leaves racks dark although the chain is redundant.

What: The word in `power.redundancy` promises that a path or block may be lost, and some single component takes racks with it for as long as it is
out.
Why: Two paths were paid for, and one part that both hang on, or that no other can take over from, makes them one.
Fix: Feeds to spare on paths of their own, ties or transfer switches where paths join, generators where the utility is that part.
Source: Every single component out, one at a time, with what takes over closed: racks with fewer live feeds than they need.
Limits: Racks without a feed to spare are told by RED321 and too many feeds on one path by RED320, and not again here;
nor are rooms and trenches, which RED327 is about. Blocks with a reserve promise transformers, boards, UPS and what is above them, not what their
transfer switches feed. The utility counts where there are generators.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import HALL, RACK, REDUNDANT, first_of, line, others, word
from rackwright.schema.supply import PLACES
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED324",
    "racks-dark-after-loss",
    "error",
    "{racks} dark when `{subject}` is out, with {load} of load{others}",
    label="power chain here",
    help="another way round it: ties, transfer switches, or feeds on paths of their own",
)
BAD = HALL + "power: {redundancy: 2N, ups: generic/ups-module-250kw}  # error: RED324\n"
GOOD = HALL + "power: {redundancy: 2N, ups: generic/ups-module-250kw}\n"
FILES = {"rack.yaml": RACK}


def plant(t: Tables) -> Tables:
    """Both services become one component, as where two cables lie in one trench."""
    of = t["supply_branches"].filter(kind="source")["component_id"]
    generator = t["supply_branches"].filter(kind="generator")["component_id"]
    shared = pl.when(pl.col("component_id").is_in([*of.to_list(), *generator.to_list()])).then(int(of[0])).otherwise(pl.col("component_id"))
    return t.put({"supply_branches": t["supply_branches"].with_columns(component_id=shared.cast(pl.Int32))})


@stage(reads=("inputs", "supply_branches", "supply_components", "supply_feeds", "supply_outages"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The outage with most racks dark, beyond those that have no feed to spare or too many on one path."""
    promise = word(t, "redundancy")
    feeds = t["supply_feeds"].with_columns(all=pl.len().over("rack_id"), on=pl.len().over("rack_id", "path"))
    bare = feeds.filter(pl.col("all") - pl.col("on") < pl.col("feeds_needed"))["rack_id"].n_unique() if promise not in SINGLE else 0
    lost = t["supply_outages"].filter((pl.col("racks_dark") > bare) & (promise in REDUNDANT))
    lost = lost.join(t["supply_components"].select("component_id", "name", "kind", "node_id", "part"), on="component_id", maintain_order="left")
    lost = lost.filter(~pl.col("kind").is_in(list(PLACES)))
    if not t["supply_branches"]["kind"].is_in(["generator"]).any():
        lost = lost.filter(pl.col("kind") != "grid")
    if promise in SINGLE:
        switched = t["supply_branches"].filter(pl.col("kind").is_in(SWITCHES) & (pl.col("rank") == 0))["b_node_id"].unique()
        above = pl.col("kind").is_in(["board", "bus", "ups"]) & ~pl.col("node_id").is_in(switched.implode())
        lost = lost.filter((pl.col("node_id").is_null() & pl.col("kind").is_in(ABOVE)) | above)
    told = pl.when(pl.col("racks_dark") == 1).then(pl.lit("1 rack is")).otherwise(pl.format("{} racks are", "racks_dark"))
    worst = first_of(lost, "racks_dark")
    text = {"load": show(pl.col("load_dark_w"), "W"), "others": others(pl.col("n"), "most"), "racks": told, "help": _cure(t)}
    return rows(worst, subject=pl.col("name"), value=pl.col("racks_dark").cast(pl.Float64), limit=0.0, src=line(t), **text)


def _cure(t: Tables) -> pl.Expr:
    """What helps: inside a rack its own shelves."""
    own = pl.lit("a shelf to spare in the rack's design")
    dc = pl.lit("a larger `dc_shelf`, or a shelf to spare in the rack's design")
    shelf = pl.when(pl.col("part") == word(t, "dc_shelf")).then(dc).otherwise(own)
    return pl.when(pl.col("kind") == "shelf").then(shelf).otherwise(pl.lit(RULE.help))


SINGLE = ("block", "catcher")
ABOVE = ("transformer", "ups", "bess", "line", "source", "generator")
"""Kinds of branches of a block that its reserve stands in for; boards, terminals and outputs of UPS too, where no switch feeds them."""
SWITCHES = ("static-switch", "transfer-switch")
