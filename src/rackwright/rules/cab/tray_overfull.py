"""A tray holds more cable than it may.

What: Cross section of the cables at the fullest point of a segment is above what its tray may hold.
Why: Cables at the bottom are crushed, none can be pulled out, and the ladder carries more weight than it was hung for.
Fix: Wider or deeper trays, more cross trays in parallel, further cross trays (`pathways.every`), or switches nearer to the racks.
Source: `pathways.fill_max`, default 50 %: TIA-569 as quoted by cable-tray makers, 25 % at first and 50 % at most.
Limits: Round cables without air between them. Every link is a cable of its own; trunk cables of many fibres need far less room.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import figure
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, rows
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
    """Fill over capacity, the worst of the row ladders and the worst of the trays between rows and halls; with the size that would do."""
    ways = t["trays"].filter(pl.col("capacity") > 0).with_columns(share=pl.col("fill") / pl.col("capacity"), is_row=pl.col("kind") == "row")
    if ways.is_empty():
        return rows(ways, subject="", value=0, limit=0, src=0)
    tallied = ways.with_columns(all=pl.len().over("is_row"), count=(pl.col("share") > 1).sum().over("is_row"))
    over = tallied.filter(pl.col("share") > 1).sort("share", "tray_id", descending=[True, False]).unique("is_row", keep="first", maintain_order=True)
    width, trays = t.input("pathways.width"), max(t.input("pathways.cross_trays"), 1.0)
    wider = pl.concat_str([pl.lit("`pathways.width: "), (pl.col("share") * width / 50).ceil().cast(pl.Int64) * 50, pl.lit(" mm` would do")])
    more = pl.concat_str([pl.lit("`pathways.cross_trays: "), (pl.col("share") * trays).ceil().cast(pl.Int64), pl.lit("` would do")])
    return rows(
        over,
        subject=pl.col("kind"),
        value=pl.col("fill") / 100,
        limit=pl.col("capacity") / 100,
        src=pl.when("is_row").then(t.input_src("pathways.width")).otherwise(t.input_src("pathways.cross_trays")),
        related_src=pl.col("src"),
        related_note="trays here",
        count=figure(pl.col("count")),
        all=figure(pl.col("all")),
        help=pl.when("is_row").then(wider).otherwise(more),
    )
