"""A door stands in no wall of the hall.

What: The doorway is more than half a metre away from the nearest outer wall that it could stand in.
Why: Where it swings no rack is placed, so a door at the wrong place takes places away and leaves the real one blocked.
Fix: The right `x` and `y`; where an inner wall stands, waive it.
Source: The hall as `floor.size` has it, or rows and margins; half a metre is more than walls are thick.
Limits: Inner walls are not known. Doors that a plan draws are rectangles without a wall and are not looked at.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

WALL_MM = 500

RULE = Rule(
    "MEC410",
    "door-in-no-wall",
    "warning",
    "the doorway of `{subject}` is {value} away from the nearest wall along {axis}",
    unit="mm",
    help="its `{across}` is {low} or {high} in a wall of the hall, whose size is {size}",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm, doors: [{x: 4 m, y: 3.1 m, opens: up}]}  # warning: MEC410
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm, doors: [{x: 4 m, y: 0 m, opens: up}]}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("halls", "floor_areas"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Doorways, which are the side of a door's swing that it opens away from, against both walls that run along them; of the first hall."""
    doors = t["floor_areas"].filter(pl.col("kind") == "door")
    if doors.is_empty():
        return nothing()
    halls = (
        t.columns("halls", "hall_id", "x_mm", "y_mm", "width_mm", "depth_mm")
        .head(1)
        .select("hall_id", hall_x="x_mm", hall_y="y_mm", hall_width="width_mm", hall_depth="depth_mm")
    )
    doors = doors.join(halls, on="hall_id")
    is_along_x = pl.col("opens").is_in(["up", "down"])
    at = pl.col("y_mm") - pl.col("hall_y"), pl.col("x_mm") - pl.col("hall_x")
    doorway = (
        pl.when(pl.col("opens") == "up").then(at[0]).when(pl.col("opens") == "down").then(at[0] + pl.col("depth_mm"))
        .when(pl.col("opens") == "right").then(at[1]).otherwise(at[1] + pl.col("width_mm"))
    )  # fmt: skip
    far = pl.when(is_along_x).then("hall_depth").otherwise("hall_width")
    found = doors.with_columns(away=pl.min_horizontal(doorway.abs(), (far - doorway).abs()), far=far)
    axis, across = pl.when(is_along_x).then(pl.lit("x")).otherwise(pl.lit("y")), pl.when(is_along_x).then(pl.lit("y")).otherwise(pl.lit("x"))
    metres = {name: pl.concat_str((pl.col(name) / 1000).cast(pl.String), pl.lit(" m")) for name in ("hall_width", "hall_depth", "far")}
    return rows(
        found.filter(pl.col("away") > WALL_MM),
        subject=pl.col("text"),
        value=pl.col("away"),
        limit=WALL_MM,
        src=pl.col("src"),
        axis=axis,
        across=across,
        low=pl.lit("0 m"),
        high=metres["far"],
        size=pl.concat_str(metres["hall_width"], pl.lit(" by "), metres["hall_depth"]),
    )
