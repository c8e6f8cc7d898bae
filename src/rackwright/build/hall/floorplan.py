"""The floor of a hall spec as a campus: halls side by side, ducts between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rackwright.build.floor import DOWN, LEFT, RIGHT, UP, Campus, Duct, FloorPlan, Hall, KeepOut, Line
from rackwright.build.hall.unlike import of_hall
from rackwright.build.pathways import tray_capacity
from rackwright.spec.floor import Door, Floor, GivenRow
from rackwright.spec.hall import HallSpec

FACES = {"up": UP, "down": DOWN, "right": RIGHT, "left": LEFT}


def floor_plan(spec: HallSpec, network_racks: int) -> FloorPlan:
    """The floor of one hall with room for so many switch racks. Raises ValueError where rows are none; `floor_fault` says it better."""
    f = spec.floor
    lines = given_lines(f)
    rows, places = f.row_count, max((len(line.at_mm) for line in lines), default=f.places or 0)
    per = f.network_racks
    if per is None:
        per = -(-network_racks // (places if f.network == "rows" else rows))
    return FloorPlan(
        rows=rows,
        racks=places,
        pitch_mm=int(f.pitch),
        depth_mm=int(f.depth),
        cold_mm=int(f.cold),
        hot_mm=int(f.hot),
        margin_x_mm=int(f.margin),
        margin_y_mm=int(f.margin),
        network=f.network if per else "none",
        network_count=min(per, rows if f.network == "rows" else places),
        keep_outs=keep_outs(f),
        given=lines,
        size_mm=(int(f.size[0]), int(f.size[1])) if f.size else None,
    )


def given_lines(f: Floor) -> tuple[Line, ...]:
    """The rows that a spec gives one by one; none where they are laid out."""
    return tuple(row_line(f, row) for row in f.rows) if isinstance(f.rows, list) else ()


def row_line(f: Floor, row: GivenRow) -> Line:
    """One given row. Raises ValueError where its places overlap or run backwards, see `Line`."""
    pitch = f.pitch if row.pitch is None else row.pitch
    width = [int(w) for w in row.width or [pitch] * row.places]
    at = [int(v) for v in row.at] if row.at is not None else [0, *np.cumsum(width)[:-1].tolist()]
    depth = int(f.depth if row.depth is None else row.depth)
    return Line(int(row.x), int(row.y), tuple(at), tuple(width), depth, FACES[row.faces], tuple(p - 1 for p in row.network))


def keep_outs(f: Floor) -> tuple[KeepOut, ...]:
    """Obstacles, and where doors swing."""
    doors = [KeepOut(*swing(d), False, d.because) for d in f.doors]
    return (*(KeepOut(int(k.x), int(k.y), int(k.width), int(k.depth), k.full_height, k.because) for k in f.keep_out), *doors)


def swing(d: Door) -> tuple[int, int, int, int]:
    """The square that the leaf of a door sweeps: x, y, extent along x, along y."""
    x, y, w = int(d.x), int(d.y), int(d.width)
    return x - w if d.opens == "left" else x, y - w if d.opens == "down" else y, w, w


def campus(spec: HallSpec, network_racks: int | NDArray[np.int32]) -> Campus:
    """Halls side by side along x, joined by the ducts of the spec or each to the next. `network_racks` of each, or of each its own."""
    room = np.broadcast_to(network_racks, spec.halls).tolist()
    plain = floor_plan(spec, max(room))
    plans = [floor_plan(of_hall(spec, h), room[h]) if spec.unlike else plain for h in range(spec.halls)]
    step = np.cumsum([0, *(plan.size()[0] + int(spec.gap) for plan in plans)]).tolist()
    p = spec.pathways
    one = tray_capacity(int(p.width), int(p.depth), round(100 * p.fill_max)) * max(p.cross_trays, 1)
    door = None if p.entrance is None else (int(p.entrance[0]), int(p.entrance[1]))
    halls = tuple(Hall(plan, x, 0, None if door is None else (door[0] + x, door[1])) for plan, x in zip(plans, step, strict=False))
    if p.ducts is None:
        return Campus(halls, tuple(Duct(i, i + 1, one) for i in range(spec.halls - 1)))
    given = (Duct(d.between[0] - 1, d.between[1] - 1, one, None if d.length is None else int(d.length), d.trays) for d in p.ducts)
    return Campus(halls, tuple(given))
