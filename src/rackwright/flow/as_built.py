"""The floor plan with the stops of a work list: racks where something of the built thing is to be mended, numbered in the order of the walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import polars as pl

from rackwright.render.drawings import floor_plan
from rackwright.render.scene import Canvas
from rackwright.render.svg import svg
from rackwright.schema.tables import Tables

_HIDDEN = ("trays", "scale")


def plans(t: Tables, stops: Mapping[str, int]) -> dict[str, str]:
    """An SVG of each hall with stops, by its name. `stops` has the number of each rack in the order of the walk."""
    own = t["hall_racks"].filter(pl.col("name").is_in(list(stops))).join(t["halls"].select("hall_id", hall="name"), on="hall_id")
    made = {}
    for (hall_id, hall), racks in own.sort("hall_id").group_by(["hall_id", "hall"], maintain_order=True):
        scene = floor_plan.draw(t, int(str(hall_id)))
        if scene is not None:
            places = scene.shapes.filter((pl.col("kind") == "rect") & pl.col("ref").str.starts_with("hall_racks:"))
            places = places.with_columns(pl.col("ref").str.strip_prefix("hall_racks:").alias("rack")).unique("rack", keep="first")
            placed = places.join(racks.select(rack="name"), on="rack", how="semi").select("rack", "x", "y", "w", "h")
            marked = [(stops[r], x + w / 2, y + h / 2, min(w, h), r) for r, x, y, w, h in placed.iter_rows()]
            base = scene.shapes.filter(~pl.col("layer").is_in(_HIDDEN))
            trays = base.filter((pl.col("layer") == "legend") & pl.col("text").str.starts_with("Trays"))["y"].min()
            base = base if trays is None else base.filter((pl.col("layer") != "legend") | (_top() < pl.lit(trays) - 1))
            about = f"Hall {hall} from above: {len(marked)} racks with work, numbered in the order of the walk"
            drawn = replace(scene, name="as_built", title="Work to be done", description=about, shapes=pl.concat([base, _marks(sorted(marked))]))
            made[str(hall)] = svg(drawn)
    return made


def _top() -> pl.Expr:
    """Height at which a shape stands."""
    return pl.coalesce("y", pl.col("points").list.get(1, null_on_oob=True))


def _marks(stops: list[tuple[int, float, float, float, str]]) -> pl.DataFrame:
    """Numbered circles on racks, joined in their order."""
    canvas = Canvas()
    for (_, x, y, *_), (_, to_x, to_y, *_) in pairwise(stops):
        canvas.line("walk", x, y, to_x, to_y, "limit")
    for number, x, y, size, rack in stops:
        canvas.circle("stops", x, y, 0.42 * size, "dot-worst", f"stop {number}: {rack}", f"hall_racks:{rack}")
        canvas.text("numbers of stops", x, y, str(number), 0.42 * size, "t strong", "middle")
    return canvas.frame()
