"""Tables of a hall's floor and trays: rows, what stands in the way, tray segments with their fill, paths over them, what a tray takes with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.build import floor
from rackwright.build.fill import Fill
from rackwright.build.floor import Campus
from rackwright.build.hall.bundles import makes
from rackwright.build.hall.floorplan import swing
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.losses import summed, tray_losses
from rackwright.build.hall.unlike import of_hall, told
from rackwright.build.hall.wire import Wired
from rackwright.build.labels import row_letters
from rackwright.build.pathways import KINDS, LEVELS
from rackwright.catalog.loader import Catalog
from rackwright.catalog.part import Part
from rackwright.flow.cabling import Made
from rackwright.flow.memory import Memory
from rackwright.schema.tables import frame
from rackwright.spec.hall import HallSpec

Row = dict[str, Any]
Src = Callable[[str], int]
Segments = Callable[[NDArray[np.int32]], pl.DataFrame]


def floor_tables(spec: HallSpec, ground: Ground, src: Src) -> dict[str, pl.DataFrame]:
    """Tables hall_rows, floor_places and floor_areas."""
    rows = frame("hall_rows", _rows(spec, ground, src))
    return {"hall_rows": rows, "floor_places": _places(ground, rows), "floor_areas": frame("floor_areas", _areas(spec, ground, src))}


def tray_tables(
    spec: HallSpec,
    ground: Ground,
    wired: list[Wired],
    made: Mapping[tuple[int, int], Made],
    filled: Fill,
    src: Src,
    segments: Segments,
    memory: Memory,
) -> dict[str, pl.DataFrame]:
    """Tables trays, path_segments and tray_losses; `made` is each fabric and cell, `segments` gives the trays of paths."""
    lost = list[tuple[int, pl.DataFrame]]()
    for which, each in enumerate(wired):
        own = [cell for (f, _), cell in made.items() if f == which]
        parts = [cell.told.lost for cell in own if cell.told]
        found = memory.step(f"tray losses {which}", summed, parts)
        if found is None:  # a leaf whose links are in several cells
            whole = tray_losses(ground, each, which, pl.concat([cell.links.rows for cell in own]), ground.rack_of)
            found = summed([whole])
        if found is not None and found.height:
            lost.append((which, found))
    paths = np.concatenate([*(cell.told.lost.paths for cell in made.values() if cell.told), np.empty(0, np.int32)])
    return {
        "trays": _filled(memory.told("trays", src, lambda src, *_: _trays(spec, ground, src), spec, ground.paths), filled),
        "path_segments": segments(paths),
        "tray_losses": memory.step("tray_losses", _losses, lost),
    }


def _losses(lost: list[tuple[int, pl.DataFrame]]) -> pl.DataFrame:
    """Table tray_losses of those of each fabric."""
    found = [rows.with_columns(fabric_id=pl.lit(which, pl.Int32)) for which, rows in lost]
    return frame("tray_losses", pl.concat(found).sort("fabric_id", "tier", "tray_id") if found else [])


def with_bends(skus: pl.DataFrame, catalog: Catalog) -> pl.DataFrame:
    """Table fabric_skus with the smallest bend radius of each cable, where the catalogue knows it."""
    known = {name: catalog.part(name).number("bend_radius_min") for name in skus["part"].unique().to_list() if name}
    return skus.with_columns(bend_radius_mm=pl.Series([known.get(name) for name in skus["part"].to_list()], dtype=pl.Float64))


def _place(spec: HallSpec, path: str) -> str:
    """The path of what a spec says of the floor; a plan says it all in one place."""
    return "floor.plan" if spec.floor.plan and path.startswith("floor.") else path


def _rows(spec: HallSpec, ground: Ground, src: Src) -> list[Row]:
    rows = []
    for h, hall in enumerate(ground.site.campus.halls):
        for r, line in enumerate(hall.floor.lines()):
            x0, x1, y0, y1 = line.box()
            own = of_hall(spec, h).floor
            path = told(spec, h, f"floor.rows.{r}" if isinstance(own.rows, list) else "floor.rows")
            where = {"x_mm": x0 + hall.x_mm, "y_mm": y0 + hall.y_mm, "width_mm": x1 - x0, "depth_mm": y1 - y0}
            known = {"hall_id": h, "row": r, "name": row_letters(r), "faces": line.faces, "places": len(line.at_mm)}
            rows.append(known | where | {"src": src(_place(spec, path))})
    return rows


def _places(ground: Ground, rows: pl.DataFrame) -> pl.DataFrame:
    """Every place of every row, those that a keep-out takes too."""
    campus, key = ground.site.campus, ["hall_id", "row", "position"]
    free = ground.site.positions
    is_free = not any(h.floor.keep_outs for h in campus.halls)
    every = free if is_free else floor.positions(Campus(tuple(replace(h, floor=replace(h.floor, keep_outs=())) for h in campus.halls)))
    x, y = every.front_left()
    made = pl.DataFrame(
        {
            **dict(zip(key, (every.hall, every.row, every.place), strict=True)),
            "x_mm": x,
            "y_mm": y,
            "width_mm": every.width_mm,
            "depth_mm": every.depth_mm,
            "faces": every.faces,
        }
    )
    use = pl.DataFrame({**dict(zip(key, (free.hall, free.row, free.place), strict=True)), "role": free.role})
    word = pl.when(pl.col("role").is_null()).then(pl.lit("blocked")).when(pl.col("role") == floor.NETWORK).then(pl.lit("network"))
    made = made.join(use, on=key, how="left", maintain_order="left").with_columns(pl.col(key).cast(pl.Int32), use=word.otherwise(pl.lit("compute")))
    return frame("floor_places", made.drop("role").join(rows.select("hall_id", "row", "src"), on=["hall_id", "row"], maintain_order="left"))


def _areas(spec: HallSpec, ground: Ground, src: Src) -> list[Row]:
    rows = []
    for h, hall in enumerate(ground.site.campus.halls):
        f = of_hall(spec, h).floor
        found: list[tuple[str, tuple[int, int, int, int], str | None, str, str]] = []
        for i, k in enumerate(f.keep_out):
            kind = "column" if k.full_height else "keep-out"
            found.append((kind, (int(k.x), int(k.y), int(k.width), int(k.depth)), None, k.because, f"floor.keep_out.{i}"))
        found += [("door", swing(d), d.opens, d.because, f"floor.doors.{i}") for i, d in enumerate(f.doors)]
        for n, (kind, (x, y, w, d), opens, text, path) in enumerate(found):
            where = {"x_mm": x + hall.x_mm, "y_mm": y + hall.y_mm, "width_mm": w, "depth_mm": d}
            rows.append({"hall_id": h, "area": n, "kind": kind, **where, "opens": opens, "text": text, "src": src(_place(spec, told(spec, h, path)))})
    return rows


def _filled(trays: pl.DataFrame, filled: Fill) -> pl.DataFrame:
    """With the fill of each. Lanes that share a tray add to one another at their fullest points."""
    fullest, total = np.zeros(trays.height, np.int64), np.zeros(trays.height, np.int64)
    np.add.at(fullest, filled.edge, filled.fullest)
    np.add.at(total, filled.edge, filled.total)
    return trays.with_columns(fill=pl.Series(fullest, dtype=trays.schema["fill"]), fill_total=pl.Series(total, dtype=trays.schema["fill_total"]))


def leads(exits: pl.DataFrame, part: Callable[[str], Part]) -> pl.DataFrame:
    """What cables that lead to rooms (of `outside_ports`) take of each tray they lie in: tray_id, `more`."""
    led = exits.drop_nulls("cable").select("cable", tray_id=pl.col("trays").str.split(" ")).explode("tray_id").drop_nulls()
    areas = {name: makes([name], part)[name].area_mm2_100 for name in led["cable"].unique().to_list()}
    area = pl.col("cable").replace_strict(areas, return_dtype=pl.Int64)
    return led.group_by(pl.col("tray_id").cast(pl.Int32)).agg(more=area.sum())


def with_leads(trays: pl.DataFrame, led: pl.DataFrame) -> pl.DataFrame:
    """Table trays with `leads`, as if each cable lay along all of its trays, dealt to parallel ones alike."""
    if led.is_empty():
        return trays
    found = trays.join(led, on="tray_id", how="left", maintain_order="left").with_columns(pl.col("more").fill_null(0))
    own = (pl.col("more") + pl.col("trays") - 1) // pl.col("trays")
    return found.with_columns(fill=pl.col("fill") + own, fill_total=pl.col("fill_total") + pl.col("more")).drop("more")


def _trays(spec: HallSpec, ground: Ground, src: Src) -> pl.DataFrame:
    """Every tray segment of every level, empty."""
    ways = ground.paths.ways
    n = len(ways.a)
    column = {
        "tray_id": np.arange(n, dtype=np.int32),
        "hall_id": ways.hall.astype(np.int32),
        "row": ways.row.astype(np.int32),
        "kind": pl.Series([KINDS[k] for k in ways.kind.tolist()], dtype=pl.String),
        "level": pl.Series([LEVELS[k] for k in ways.level.tolist()], dtype=pl.String),
        "side": pl.Series([(None, "A", "B")[s] for s in ways.side.tolist()], dtype=pl.String),
        "z_mm": ways.z_mm[ways.a],
        "a_x_mm": ways.x_mm[ways.a],
        "a_y_mm": ways.y_mm[ways.a],
        "b_x_mm": ways.x_mm[ways.b],
        "b_y_mm": ways.y_mm[ways.b],
        "length_mm": ways.length_mm,
        "trays": ways.trays.astype(np.int32),
        "capacity": ways.capacity,
        "fill": np.zeros(n, np.int64),
        "fill_total": np.zeros(n, np.int64),
        "src": np.full(n, src("pathways"), np.int32),
    }
    none = [pl.when(pl.col(c) >= 0).then(c).alias(c) for c in ("hall_id", "row")]
    return frame("trays", pl.DataFrame(column).with_columns(none))
