"""The floor plan with the stops of a work list: racks where something of the built thing is to be mended, numbered in the order of the walk, which is
drawn along aisles and round the ends of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

import polars as pl

from rackwright.render.drawings import floor_plan
from rackwright.render.scene import Canvas, fit
from rackwright.render.svg import svg
from rackwright.schema.tables import Tables
from rackwright.verify.walk import Floor

MOST = 300  # stops of a hall up to which the walk is drawn along aisles; straight after that
_HIDDEN = ("trays", "scale", "title")


def plans(t: Tables, stops: Mapping[str, int]) -> dict[str, str]:
    """An SVG of each hall with stops, by its name. `stops` has the number of each rack in the order of the walk."""
    own = t["hall_racks"].filter(pl.col("name").is_in(list(stops))).join(t["halls"].select("hall_id", hall="name"), on="hall_id")
    made, floor = {}, Floor(t)
    for (hall_id, hall), racks in own.sort("hall_id").group_by(["hall_id", "hall"], maintain_order=True):
        scene = floor_plan.draw(t, int(str(hall_id)))
        if scene is not None:
            places = scene.shapes.filter((pl.col("kind") == "rect") & pl.col("ref").str.starts_with("hall_racks:"))
            places = places.with_columns(pl.col("ref").str.strip_prefix("hall_racks:").alias("rack")).unique("rack", keep="first")
            placed = places.join(racks.select("rack_id", rack="name"), on="rack", how="semi").select("rack", "x", "y", "w", "h")
            marked = sorted((stops[r], x + w / 2, y + h / 2, min(w, h), r) for r, x, y, w, h in placed.iter_rows())
            base = scene.shapes.filter(~pl.col("layer").is_in(_HIDDEN))
            trays = base.filter((pl.col("layer") == "legend") & pl.col("text").str.starts_with("Trays"))["y"].min()
            base = base if trays is None else base.filter((pl.col("layer") != "legend") | (_top() < pl.lit(trays) - 1))
            many = f"{len(marked)} rack{'s' * (len(marked) != 1)} with work"
            canvas = Canvas()
            for head, text in zip(scene.shapes.filter(pl.col("layer") == "title").iter_rows(named=True), _heads(str(hall), many), strict=False):
                canvas.text("title", head["x"], head["y"], fit(text, scene.width - 2 * head["x"], head["size"]), head["size"], head["css"])
            ids = dict(racks.select("name", "rack_id").iter_rows())
            _walk(canvas, floor, [ids[m[-1]] for m in marked], floor_plan.onto(t, int(str(hall_id))))
            _marks(canvas, marked)
            about = f"Hall {hall} from above: {many}, numbered in the order of the walk"
            drawn = replace(scene, name="as_built", title="Work to be done", description=about, shapes=pl.concat([base, canvas.frame()]))
            made[str(hall)] = svg(drawn)
    return made


def _top() -> pl.Expr:
    """Height at which a shape stands."""
    return pl.coalesce("y", pl.col("points").list.get(1, null_on_oob=True))


def _heads(hall: str, many: str) -> tuple[str, str]:
    return f"Hall {hall}: {many}", "numbered in the order of the walk, which is dashed; rows by letter, places by number; thick edges are fronts"


def _walk(canvas: Canvas, floor: Floor, racks: list[int], at: Callable[[float, float], tuple[float, float]]) -> None:
    """The way from the front of each rack to that of the next."""
    for a, b in pairwise(racks):
        points = floor.path(a, b) if len(racks) <= MOST else [(int(floor.x[r]), int(floor.y[r])) for r in (a, b)]
        for one, two in pairwise(at(*p) for p in points):
            canvas.line("walk", *one, *two, "limit")


def _marks(canvas: Canvas, stops: list[tuple[int, float, float, float, str]]) -> None:
    """Numbered circles on racks."""
    for number, x, y, size, rack in stops:
        canvas.circle("stops", x, y, 0.42 * size, "dot-worst", f"stop {number}: {rack}", f"hall_racks:{rack}")
        canvas.text("numbers of stops", x, y, str(number), 0.42 * size, "t strong", "middle")
