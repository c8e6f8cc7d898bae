"""DC shelves that stand where a rack's design has AC shelves give less than the rack takes.

What: Behind sidecars the shelves of a rack are of DC, as many as its design has of AC. All of them, or those that are left with one feed lost, are
rated for less than the busbar takes.
Why: What is overloaded trips: a rack on paper fed by two paths is then dark with either of them, or with none lost at all.
Fix: A larger `dc_shelf`, or more shelves in the rack's design.
Source: Rated power of the DC shelf by as many as the design has, dealt to the feeds alike, against the rack's power behind them.
Limits: Told after the loss of a feed where the chain has paths to lose and the design's own AC shelves carry the rack then. The loss of one shelf
alone is told by RED324.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.pwr.sidecars_without_places import FILES as RACKS
from rackwright.rules.pwr.sidecars_without_places import GOOD as ENOUGH
from rackwright.rules.rule import Rule, rows
from rackwright.rules.supply import DEALT, first_of, line, others, word
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR439",
    "dc-shelves-too-small",
    "error",
    "a rack of design `{subject}` takes {limit} from its DC shelves, and {shelves} give {value} {when}{others}",
    unit="W",
    label="DC shelves here",
    help="a larger `dc_shelf`, or more shelves in the rack's design",
)
_SMALL = "overrides: {{generic/dc-shelf-800v-33kw: {{power_rated: {} kW}}}}\n"
BAD = ENOUGH.rstrip() + "  # error: PWR439 # warning: RED321\n" + _SMALL.format(1)
GOOD = ENOUGH + _SMALL.format(40)
FILES = RACKS
ALONG = ("RED321",)


@stage(reads=("design_devices", "designs", "hall_racks", "inputs", "part_facts", "supply_feeds", "supply_nodes"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Of the designs behind sidecars, each by the rack that takes most, the one that is furthest over; in service before with a feed lost."""
    part = word(t, "dc_shelf")
    rated, efficiency = t.fact(part, "power_rated") or 0.0, t.fact(part, "efficiency") or 1.0
    dc = t["supply_nodes"].filter(~pl.col("is_ac")).select("node_id")
    feeds = t["supply_feeds"].join(dc, on="node_id").join(t.columns("hall_racks", "rack_id", "design_id"), on="rack_id", maintain_order="left")
    each = feeds.group_by("design_id", "rack_id").agg(want=pl.col("power_w").sum() * efficiency, feeds=pl.len())
    each = each.group_by("design_id").agg(pl.col("want").max(), pl.col("feeds").first()).sort("design_id")
    shelves = t["design_devices"].filter(role="power").group_by("design_id").agg(all=pl.len(), ac=pl.col("part").first())
    found = each.join(shelves, on="design_id", maintain_order="left").join(_own(t, shelves["ac"]), on="ac", maintain_order="left")
    left = pl.col("all") * (pl.col("feeds") - 1) // pl.col("feeds")
    lost = (pl.col("feeds") > 1) & (word(t, "redundancy") in DEALT) & (left * pl.col("own") >= pl.col("want"))
    short = pl.col("all") * rated < pl.col("want") * (1 - 1e-9)
    when = pl.when(short).then(pl.lit("with everything in service")).otherwise(pl.lit("with a feed lost"))
    found = found.filter(short | lost).with_columns(number=pl.when(short).then("all").otherwise(left), when=when)
    found = found.with_columns(over=pl.col("want") / (pl.col("number") * rated)).filter(pl.col("over") > 1 + 1e-9)
    worst = first_of(found, "over").join(t.columns("designs", "design_id", "design"), on="design_id", maintain_order="left")
    size = show((pl.col("want") / pl.col("number") / 100).ceil() * 100, "W")
    text = {"shelves": pl.format("{} of `{}`", "number", pl.lit(part)), "when": pl.col("when"), "others": others(pl.col("n"))}
    cure = pl.concat_str([pl.lit("a `dc_shelf` of "), size, pl.lit(" or more, or more shelves in the rack's design")])
    src = line(t, "dc_shelf", "sidecar")
    return rows(worst, subject=pl.col("design"), value=pl.col("number") * rated, limit=pl.col("want"), src=src, help=cure, **text)


def _own(t: Tables, parts: pl.Series) -> pl.DataFrame:
    """Rated power of AC shelves by part; endless where it is not known."""
    names = parts.drop_nulls().unique().sort().to_list()
    watts = [(t.fact(p, "psu_rated") or float("inf")) * (t.fact(p, "psu_count") or 1.0) for p in names]
    return pl.DataFrame({"ac": names, "own": watts}, schema={"ac": pl.String, "own": pl.Float64})
