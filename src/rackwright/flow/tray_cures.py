"""Changes of the trays of a hall that are tried, so that a message names only what helps: the graph is laid anew, and what runs in it must fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from rackwright.build.fill import CellFlows, Flows, fill, no_flows
from rackwright.build.hall import site as sites
from rackwright.build.hall.floor_faults import floor_faults
from rackwright.build.hall.ground import Ground, paths_of
from rackwright.build.hall.trays import drawn
from rackwright.build.hall.unlike import separate
from rackwright.build.paths import Paths, route
from rackwright.build.pathways import Pathways
from rackwright.schema.tables import frame
from rackwright.spec.floor import Level
from rackwright.spec.hall import HallSpec

# Widths of ladders as they are sold in metric sizes, mm (NEMA VE 1, table of inside widths: 6 to 36 inches).
WIDTHS = (150, 300, 450, 600, 750, 900)
MOST_ACROSS = 6  # parallel trays across the rows
MOST_PIECES = 8  # that further cross trays cut a row into
CLEAR_MM = 150  # between the levels of trays
Change = tuple[dict[str, Any], str]  # fields of `pathways`, and how that is said


def of_ways(spec: HallSpec, ground: Ground) -> str:
    """The first change of the pathways with which every rack reaches every other one; empty where none is known."""
    for change, said in _for_ways(spec, max(h.floor.racks for h in ground.site.campus.halls)):
        changed = _with(spec, change)
        if _is_sound(changed) and _joins(changed, ground):
            return said
    return ""


def _for_ways(spec: HallSpec, places: int) -> Iterator[Change]:
    """Changes that lead trays past what cuts them, smallest first."""
    p = spec.pathways
    if p.ducts is not None:
        yield {"ducts": None}, "no `pathways.ducts`, which leaves a duct from each hall to the next"
    if p.segments:
        return
    for every in dict.fromkeys(-(-places // n) for n in range(2, MOST_PIECES + 1)):
        if every > 1 and (not p.every or every < p.every):
            yield {"every": every}, f"`pathways.every: {every}`"
    for width in sorted((w for w in WIDTHS if w < p.width), reverse=True):
        yield {"width": float(width)}, f"`pathways.width: {width} mm`"


def _joins(spec: HallSpec, ground: Ground) -> bool:
    """Whether on each lane the taps of all racks are joined."""
    campus, _ = sites.floor_of(spec, ground.stand.per_hall)
    try:
        paths = paths_of(spec, ground.site, drawn(spec, campus))
    except ValueError:
        return False
    of_lane = np.arange(len(paths.taps), dtype=np.int32).reshape(len(ground.lanes), -1)
    return all(bool((route(paths, np.full_like(own, own[0]), own)[0] >= 0).all()) for own in of_lane)


def with_tray_cures(spec: HallSpec, ground: Ground, trays: pl.DataFrame, cells: Mapping[tuple[int, int], Any]) -> pl.DataFrame:
    """Table trays with the smallest change that makes room in all trays of a level, beside those that are overfull. `cells` by fabric and unit have
    their `flows`. Levels whose trays are given one by one are left out.
    """
    over = trays.filter(pl.col("fill") > pl.col("capacity"))
    if over.is_empty():
        return trays
    given = {s.level for s in spec.pathways.segments}
    said = {level: _of_fill(spec, ground, trays, level, cells) for level in over["level"].unique() if level not in given}
    change = pl.col("level").replace_strict(said, default=None, return_dtype=pl.String) if said else pl.lit(None, pl.String)
    is_over = pl.col("fill") > pl.col("capacity")
    return frame("trays", trays.with_columns(change=pl.when(is_over).then(change)))


def _of_fill(spec: HallSpec, ground: Ground, trays: pl.DataFrame, level: str, cells: Mapping[tuple[int, int], Any]) -> str | None:
    own = (trays["level"] == level).to_numpy()
    rows_over = trays.filter((pl.col("level") == level) & (pl.col("kind") == "row") & (pl.col("fill") > pl.col("capacity"))).height
    for change, said in _for_fill(spec, level, bool(rows_over)):
        ways = _like(_with(spec, change), ground)
        if ways is not None and bool((trays["fill"].to_numpy() <= ways.capacity)[own].all()):
            return said
    return _of_level(spec, ground, level, cells)


def _for_fill(spec: HallSpec, level: str, is_row: bool) -> Iterator[Change]:
    """Changes that make room, smallest first: trays in parallel across the rows, where only these are too full; wider ones; both."""
    p = spec.pathways
    own = {"data": p, "fibre": p.fibre, "power": p.power}[level] or p
    across = range(p.cross_trays + 1, MOST_ACROSS + 1)
    wider = [w for w in WIDTHS if w > own.width]
    path = "pathways.width" if level == "data" else f"pathways.{level}.width"
    for n in () if is_row else across:
        yield {"cross_trays": n}, f"`pathways.cross_trays: {n}`"
    for width in wider:
        changed = {"width": float(width)} if level == "data" else {level: own.model_copy(update={"width": float(width)})}
        yield changed, f"`{path}: {width} mm`"
    for width in wider:
        changed = {"width": float(width)} if level == "data" else {level: own.model_copy(update={"width": float(width)})}
        for n in across:
            yield changed | {"cross_trays": n}, f"`{path}: {width} mm` with `pathways.cross_trays: {n}`"


def _like(spec: HallSpec, ground: Ground) -> Pathways | None:
    """The trays of a changed hall where they run as those of this one do, so that every cable keeps its way; None where they do not."""
    if not _is_sound(spec):
        return None
    campus, _ = sites.floor_of(spec, ground.stand.per_hall)
    ways, old = drawn(spec, campus), ground.paths.ways
    same = all(np.array_equal(getattr(ways, n), getattr(old, n)) for n in ("x_mm", "y_mm", "a", "b", "length_mm", "level", "side", "trays"))
    return ways if same else None


def _of_level(spec: HallSpec, ground: Ground, level: str, cells: Mapping[tuple[int, int], Any]) -> str | None:
    """A second level for one fabric: the one of least area in the trays that leaves room for the others on the first."""
    p, paths = spec.pathways, ground.paths
    if level != "data" or p.fibre is not None or len(ground.lanes) > (2 if p.diverse else 1):
        return None
    height = -(-int(p.height + p.depth + CLEAR_MM) // 100) * 100
    second = Level.model_validate({"height": f"{height} mm", "width": f"{p.width:g} mm", "depth": f"{p.depth:g} mm"})
    names = list(spec.fabrics)
    of_fabric = {f: _sum(paths, [c.flows for (which, _), c in cells.items() if which == f]) for f in {which for which, _ in cells}}
    for f in sorted(of_fabric, key=lambda f: (int(of_fabric[f].out.sum()), f)):
        rest = no_flows(paths)
        for other, flows in of_fabric.items():
            if other != f:
                rest += flows
        lifted = {**spec.fabrics, names[f]: spec.fabrics[names[f]].model_copy(update={"level": "fibre"})}
        changed = _with(spec, {"fibre": second}).model_copy(update={"fabrics": lifted})
        if _is_sound(changed) and not any(fill(paths, flows).over(paths).any() for flows in (rest, of_fabric[f])):
            size = f"{{height: {height / 1000:g} m, width: {p.width:g} mm, depth: {p.depth:g} mm}}"
            return f"a second level for fabric `{names[f]}`: `pathways.fibre: {size}` and `level: fibre`"
    return None


def _sum(paths: Paths, cells: list[CellFlows]) -> Flows:
    made = no_flows(paths)
    for c in cells:
        made.add(c)
    return made


def _with(spec: HallSpec, change: dict[str, Any]) -> HallSpec:
    return spec.model_copy(update={"pathways": spec.pathways.model_copy(update=change)})


def _is_sound(spec: HallSpec) -> bool:
    """Nothing hangs in the way of anything."""
    return not any(True for _, own in separate(spec) for _ in floor_faults(own))
