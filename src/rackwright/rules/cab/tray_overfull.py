"""A tray holds more cable than it may.

What: Cross section of the cables at the fullest point of a segment is above what its tray may hold.
Why: Cables at the bottom are crushed, none can be pulled out, and the ladder carries more weight than it was hung for.
Fix: The change that the message names, which was tried: more cross trays in parallel, wider trays, a second level for one fabric. Where none helps:
    further cross trays (`pathways.every`), or switches nearer to the racks.
Source: `pathways.fill_max`, default 50 %: TIA-569 as quoted by cable-tray makers, 25 % at first and 50 % at most.
Limits: Round cables without air between them. A cable that splits counts with its share on the way of every leg, a trunk
    once.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import figure
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB303",
    "tray-overfull",
    "error",
    "a {subject} tray would hold {value} of cables, {excess} over the {limit} it may ({count} of {all} such segments are overfull)",
    unit="mm2",
    label="trays here",
    help="widen the trays (`pathways.width`) or add parallel ones (`pathways.cross_trays`)",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
pathways: {width: 50 mm, fill_max: 1 %}  # error: CAB303
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
pathways: {width: 50 mm, fill_max: 40 %}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("trays", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Fill over capacity, the worst of the row ladders and of the trays between rows and halls of each level; with the size that would do."""
    ways = t["trays"].filter(pl.col("capacity") > 0).with_columns(share=pl.col("fill") / pl.col("capacity"), is_row=pl.col("kind") == "row")
    if not (ways["share"] > 1).any():
        return nothing()
    tallied = ways.with_columns(all=pl.len().over("level", "is_row"), count=(pl.col("share") > 1).sum().over("level", "is_row"))
    over = tallied.filter(pl.col("share") > 1).sort("share", "tray_id", descending=[True, False])
    over = over.unique(["level", "is_row"], keep="first", maintain_order=True)
    widths = [(level, t.input_src("pathways.width" if level == "data" else f"pathways.{level}.width")) for level in over["level"].unique()]
    over = over.join(pl.DataFrame(widths, {"level": pl.String, "width_src": pl.Int32}, orient="row"), on="level", maintain_order="left")
    given = t["inputs"].filter(pl.col("path").str.contains(r"^pathways\.segments\.\d+\.level$"))["text"]
    is_given = pl.col("level").is_in(given.implode())
    tried = pl.concat_str([pl.lit("the smallest change that helps: "), pl.col("change")])
    none = pl.lit("neither wider trays, more of them nor a second level for one fabric helps: bring switches nearer to the racks")
    return rows(
        over,
        subject=pl.when(pl.col("level") == "data").then("kind").otherwise(pl.concat_str(["level", "kind"], separator=" ")),
        value=pl.col("fill") / 100,
        limit=pl.col("capacity") / 100,
        src=pl.when(pl.col("is_row") | is_given).then("width_src").otherwise(t.input_src("pathways.cross_trays")),
        related_src=pl.col("src"),
        related_note="trays here",
        count=figure(pl.col("count")),
        all=figure(pl.col("all")),
        help=pl.when(is_given).then(pl.lit("give these runs `width`, `depth` or `trays`")).otherwise(pl.coalesce(tried, none)),
    )
