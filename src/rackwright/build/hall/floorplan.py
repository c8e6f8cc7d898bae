"""The floor of a hall spec as a campus: halls side by side, ducts between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackwright.build.floor import DOWN, LEFT, RIGHT, UP, Campus, Duct, FloorPlan, Hall, KeepOut, Line
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
    return tuple(_line(f, row) for row in f.rows) if isinstance(f.rows, list) else ()


def _line(f: Floor, row: GivenRow) -> Line:
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


def campus(spec: HallSpec, network_racks: int) -> Campus:
    """Equal halls side by side along x, joined by the ducts of the spec or each to the next."""
    plan = floor_plan(spec, network_racks)
    width, _ = plan.size()
    p = spec.pathways
    one = tray_capacity(int(p.width), int(p.depth), round(100 * p.fill_max)) * max(p.cross_trays, 1)
    step = width + int(spec.gap)
    door = None if p.entrance is None else (int(p.entrance[0]), int(p.entrance[1]))
    halls = tuple(Hall(plan, i * step, 0, None if door is None else (door[0] + i * step, door[1])) for i in range(spec.halls))
    if p.ducts is None:
        return Campus(halls, tuple(Duct(i, i + 1, one) for i in range(spec.halls - 1)))
    given = (Duct(d.between[0] - 1, d.between[1] - 1, one, None if d.length is None else int(d.length), d.trays) for d in p.ducts)
    return Campus(halls, tuple(given))


@dataclass(frozen=True, slots=True)
class FloorFault:
    """What is wrong with a floor: message, the spec path it is about, how to mend it, and a second path with the reason it is shown."""

    code: str
    name: str
    message: str
    path: str
    help: str
    other: tuple[str, str] = ("", "")


def floor_fault(spec: HallSpec) -> FloorFault | None:
    """The first thing that keeps rows, trays or ducts of a spec from being what they say; None where nothing does."""
    f, p = spec.floor, spec.pathways
    if f.rows is None:
        return FloorFault(
            "SPC103", "missing-field", "`rows` is missing in `floor`", "floor", "add `rows:`, how many or a list, or `plan:`, a DXF file"
        )
    if not isinstance(f.rows, list):
        if not f.rows or not f.places:
            text = f"{f.rows} rows of {f.places or 0} places hold no rack"
            return FloorFault("MEC401", "floor-too-small", text, "floor", "give `rows` and `places`")
    elif fault := _row_fault(f, f.rows):
        return fault
    for i, d in enumerate(p.ducts or []):
        a, b = d.between
        if not (1 <= a <= spec.halls and 1 <= b <= spec.halls) or a == b:
            text = f"a duct joins halls {a} and {b}; there are halls 1 to {spec.halls}, and it wants two of them"
            return FloorFault("SPC108", "contradiction", text, f"pathways.ducts.{i}.between", "name two halls", ("halls", "halls here"))
    for i, s in enumerate(p.segments):
        if s.start == s.end:
            return FloorFault("SPC108", "contradiction", "this run of trays ends where it starts", f"pathways.segments.{i}", "give two points")
        if s.level != "data" and getattr(p, s.level) is None:
            text = f"there is no level `{s.level}`"
            return FloorFault("SPC108", "contradiction", text, f"pathways.segments.{i}.level", f"add `pathways.{s.level}: {{height: 2.9 m}}`")
    for name, wish in spec.fabrics.items():
        if wish.level == "fibre" and p.fibre is None:
            text = f"fabric `{name}` takes fibre runners, and there are none"
            return FloorFault("SPC108", "contradiction", text, f"fabrics.{name}.level", "add `pathways.fibre: {height: 2.9 m}`")
    return None


def _row_fault(f: Floor, rows: list[GivenRow]) -> FloorFault | None:
    """The first row that is none or stands in another one."""
    if not rows:
        return FloorFault("MEC401", "floor-too-small", "no rows hold no rack", "floor.rows", "give at least one row")
    for i, row in enumerate(rows):
        path = f"floor.rows.{i}"
        for name in ("at", "width"):
            given = getattr(row, name)
            if given is not None and len(given) != row.places:
                text = f"`{name}` has {len(given)} values for {row.places} places"
                return FloorFault("SPC108", "contradiction", text, f"{path}.{name}", "give one for each place", (f"{path}.places", "places here"))
        if any(not 1 <= n <= row.places for n in row.network):
            text = f"`network` names a place that is not in the row; its places are 1 to {row.places}"
            return FloorFault("SPC108", "contradiction", text, f"{path}.network", "name places of the row")
        try:
            _line(f, row)
        except ValueError as fault:
            return FloorFault("MEC403", "rows-overlap", f"row {i + 1}: {fault}", path, "move one of them")
    lines = given_lines(f)
    box = np.array([line.box() for line in lines])
    across = np.minimum(box[:, None, 1], box[None, :, 1]) - np.maximum(box[:, None, 0], box[None, :, 0])
    up = np.minimum(box[:, None, 3], box[None, :, 3]) - np.maximum(box[:, None, 2], box[None, :, 2])
    for a, b in np.argwhere(np.triu((across > 0) & (up > 0), 1)).tolist():
        least = min(int(across[a, b]), int(up[a, b]))
        text = f"rows {a + 1} and {b + 1} stand in one another, by {across[a, b]:,} mm along x and {up[a, b]:,} mm along y"
        return FloorFault("MEC403", "rows-overlap", text, f"floor.rows.{b}", f"move one of them by {least:,} mm", (f"floor.rows.{a}", f"row {a + 1}"))
    if f.size is not None:
        for i, (_, x1, _, y1) in enumerate(box.tolist()):
            over = max(x1 - int(f.size[0]), y1 - int(f.size[1]))
            if over > 0:
                text = f"row {i + 1} stands {over:,} mm outside the hall"
                hint = "move it, or give the hall another `floor.size`"
                return FloorFault("MEC403", "rows-overlap", text, f"floor.rows.{i}", hint, ("floor.size", "size of the hall"))
    return None
