"""A tray that is laid out ends at something of full height and goes on behind it.

What: A ladder over a row, or a cross tray, has a piece missing where a column or wall stands: no line is free beside it, and no way around it.
Why: Cables take the long way by other rows, other trays fill, and the loss of one of these parts what hung together.
Fix: Narrower trays there, the runs drawn by hand past the obstacle (`pathways.segments`), or an obstacle that is lower than the trays
    (`full_height: false`) if it is.
Source: The trays that are laid out; what stands in the way of one moves it aside or around as far as there is room, see `build.layout`.
Limits: Trays given one by one end where they are drawn (MEC408). A cross tray that is missing from end to end is not told, nor anything where cables
    have no way at all, which CAB302 tells.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "CAB312",
    "tray-ends-at-column",
    "warning",
    "the {what} of level {subject} ends at {text} and goes on {value} further: there is no room beside it, nor around it{others}",
    unit="mm",
    label="stands here",
    help="hang narrower trays, draw these runs past it (`pathways.segments`), or say `full_height: false` if it is lower than they",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor:
  rows: 2
  places: 6
  pitch: 700 mm
  keep_out:
    - {x: 5 m, y: 0 m, width: 300 mm, depth: 4 m, full_height: true, because: fire wall}  # warning: CAB312
racks:
  dgx: {design: dgx, count: 5}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
GOOD = BAD.replace("depth: 4 m", "depth: 3 m").replace("  # warning: CAB312", "")
FILES = {"rack.yaml": RACK}
_WIDE = {"level": pl.String, "wide": pl.Float64, "wide_src": pl.Int32}
_OF = ["hall_id", "level", "side", "wide", "wide_src"]


@stage(reads=("fabrics", "trays", "hall_rows", "floor_areas", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Gaps of trays with something of full height in them: for each of these the longest."""
    columns = t["floor_areas"].filter(pl.col("kind") == "column")
    if columns.is_empty() or int(t.columns("fabrics", "unrouted")["unrouted"].sum()):
        return nothing()
    given = t.inputs_of("pathways.segments").filter(pl.col("path").str.contains(r"\.\d+\.level$"))["text"]
    trays = t["trays"].filter(~pl.col("level").is_in(given.implode()))
    if trays.is_empty():
        return nothing()
    wide = [(n, t.input(p), t.input_src(p)) for n in trays["level"].unique() for p in ["pathways.width" if n == "data" else f"pathways.{n}.width"]]
    trays = trays.join(pl.DataFrame(wide, _WIDE, orient="row"), on="level").with_columns(pl.col("side").fill_null(""))
    found = _gaps(_runs(t, trays)).with_row_index("gap")
    is_met = (pl.col("x0") < pl.col("cx1")) & (pl.col("x1") > pl.col("cx0")) & (pl.col("y0") < pl.col("cy1")) & (pl.col("y1") > pl.col("cy0"))
    own = columns.select(
        "hall_id", "text", "src", cx0="x_mm", cx1=pl.col("x_mm") + pl.col("width_mm"), cy0="y_mm", cy1=pl.col("y_mm") + pl.col("depth_mm")
    )
    met = (
        found.join(own, on="hall_id")
        .filter(is_met)
        .sort(["missing", "gap"], descending=[True, False])
        .unique("gap", keep="first", maintain_order=True)
    )
    met = met.with_columns(n=pl.len().over("src")).unique("src", keep="first", maintain_order=True)
    names = t["hall_rows"].select("hall_id", "name", number="row", what=pl.lit("ladder"))
    met = met.join(names, on=["hall_id", "what", "number"], how="left", maintain_order="left")
    others = pl.when(pl.col("n") > 1).then(pl.concat_str([pl.lit(" (worst of "), pl.col("n"), pl.lit(" trays)")])).otherwise(pl.lit(""))
    return rows(
        met,
        subject=pl.col("level"),
        value=pl.col("missing"),
        limit=0,
        src=pl.col("src"),
        related_src=pl.col("wide_src"),
        related_note=pl.concat_str([pl.lit("trays "), show(pl.col("wide"), "mm"), pl.lit(" wide")]),
        what=pl.concat_str(["what", pl.when(pl.col("name").is_null()).then(pl.lit("")).otherwise(pl.concat_str([pl.lit(" over row "), "name"]))]),
        text=pl.concat_str([pl.lit("`"), pl.col("text"), pl.lit("`")]),
        others=others,
    )


def _runs(t: Tables, trays: pl.DataFrame) -> pl.DataFrame:
    """Pieces of the ladders over rows (`number`: the row) and of cross trays (their line) from `low` to `high` on the line `at`, along y where
    `is_up`; with a piece of no length wherever one of them should begin and end.
    """
    ends = {
        f"{end}_{v}": fold("a_" + v + "_mm", "b_" + v + "_mm")
        for v in "xy"
        for end, fold in (("low", pl.min_horizontal), ("high", pl.max_horizontal))
    }
    trays = trays.with_columns(**ends)
    lines = t["hall_rows"].select("hall_id", "row", "x_mm", "y_mm", "width_mm", "depth_mm", is_up=pl.col("faces").abs() == 2)
    over = trays.filter(pl.col("row").is_not_null()).join(lines, on=["hall_id", "row"])
    along = {end: pl.when("is_up").then(f"{end}_y").otherwise(f"{end}_x") for end in ("low", "high")}
    ladders = over.select(*_OF, "row", "is_up", at=pl.when("is_up").then("a_x_mm").otherwise("a_y_mm"), **along)
    first = ladders.sort("low").group_by(*_OF, "row", "is_up", maintain_order=True).agg(pl.col("at").first())
    start, size = (pl.when("is_up").then(f"{y}_mm").otherwise(f"{x}_mm") for x, y in (("x", "y"), ("width", "depth")))
    rows_end = first.join(lines.with_columns(start=start, stop=start + size).drop("is_up"), on=["hall_id", "row"])
    made = [_piece(ladders, "ladder"), *(_piece(rows_end.with_columns(low=pl.col(c), high=pl.col(c)), "ladder") for c in ("start", "stop"))]
    between = trays.filter(
        pl.col("kind").is_in(["cross", "trunk"]) & ((pl.col("a_x_mm") == pl.col("b_x_mm")) | (pl.col("a_y_mm") == pl.col("b_y_mm")))
    )
    between = between.with_columns(is_up=pl.col("a_x_mm") == pl.col("b_x_mm"))
    between = between.with_columns(row=pl.when("is_up").then("a_x_mm").otherwise("a_y_mm"), **along).with_columns(at="row")
    made.append(_piece(between, "cross tray"))
    # in a hall whose rows run both ways cross trays go on to the others
    one_way = lines.group_by("hall_id").agg(pl.col("is_up").any() & ~pl.col("is_up").all()).filter(~pl.col("is_up"))["hall_id"]
    reach = (
        first.filter(pl.col("hall_id").is_in(one_way.implode()))
        .group_by(*_OF, is_up=~pl.col("is_up"))
        .agg(a=pl.col("at").min(), b=pl.col("at").max())
    )
    crossed = between.select(*_OF, "row", "is_up", "at").unique().join(reach, on=[*_OF, "is_up"])
    made += [_piece(crossed.with_columns(low=pl.col(c), high=pl.col(c)), "cross tray") for c in "ab"]
    return pl.concat(made)


def _piece(found: pl.DataFrame, what: str) -> pl.DataFrame:
    return found.select(
        *_OF,
        pl.lit(what).alias("what"),
        pl.col("row").cast(pl.Int32).alias("number"),
        "is_up",
        *(pl.col(c).cast(pl.Int32) for c in ("at", "low", "high")),
    )


def _gaps(runs: pl.DataFrame) -> pl.DataFrame:
    """Where a run goes on after a gap: the floor under what is `missing`, x0 to x1 and y0 to y1."""
    key = ["hall_id", "level", "side", "what", "number", "is_up"]
    runs = runs.sort(*key, "low", "high").with_columns(before=pl.col("high").cum_max().shift(1).over(key))
    gaps = runs.filter(pl.col("low") > pl.col("before")).with_columns(missing=pl.col("low") - pl.col("before"), half=pl.col("wide") / 2)
    across = {"0": pl.col("at") - pl.col("half"), "1": pl.col("at") + pl.col("half")}
    along = {"0": pl.col("before"), "1": pl.col("low")}
    made = {
        f"{v}{end}": pl.when("is_up").then(one[end]).otherwise(two[end])
        for v, one, two in (("x", across, along), ("y", along, across))
        for end in "01"
    }
    return gaps.with_columns(**made)
