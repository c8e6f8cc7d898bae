"""What keeps a floor from being what its spec says: rows in one another or outside the hall, doors and trays where they cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rackwright.base.findings import quoted
from rackwright.build.hall.floorplan import floor_plan, given_lines, row_line
from rackwright.spec.floor import Door, Floor, GivenRow, GivenSegment, Obstacle
from rackwright.spec.hall import HallSpec

WALL_MM = 500  # a door may stand so far from the line that is the hall's size: walls have a thickness
MOST_PLACES, MOST_RUNS = 2_000_000, 4_000  # of a campus; of a hall, whose trays are held against each other
ENDS_MM = 1  # of rounding, where a run of trays touches a column


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
    elif fault := _unused(f) or _row_fault(f, f.rows):
        return fault
    if fault := _too_many(spec):
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


def _unused(f: Floor) -> FloorFault | None:
    """What rows that are given have no use for."""
    for name in ("places", "cold", "hot"):
        if name in f.model_fields_set and not (name == "places" and f.places is None):
            text = f"`{name}` is for rows that are laid out, and here {'the plan draws them' if f.plan else 'they are given one by one'}"
            return FloorFault("SPC108", "contradiction", text, f"floor.{name}", "remove it", ("floor.plan" if f.plan else "floor.rows", "rows here"))
    return None


def _too_many(spec: HallSpec) -> FloorFault | None:
    """Places or trays of which there are more than a campus or a hall may have."""
    f, p = spec.floor, spec.pathways
    per_row = [row.places for row in f.rows] if isinstance(f.rows, list) else [f.places or 0] * (f.rows or 0)
    places = sum(per_row) * spec.halls
    if places > MOST_PLACES:
        text = f"{places:,} rack places, and a campus may have {MOST_PLACES:,}"
        return FloorFault("SPC108", "contradiction", text, "floor", "fewer rows, places or halls, or the campus as several specs")
    crosses = 2 + (max(per_row) // p.every if p.every else 0)
    for level, own in (("data", p), ("fibre", p.fibre), ("power", p.power)):
        given = sum(s.level == level for s in p.segments)
        made = given or len(per_row) * (1 + p.diverse) + (len(per_row) - 1) * crosses
        if own is not None and made > MOST_RUNS:
            text = f"{made:,} runs of trays on level `{level}`, and a hall may have {MOST_RUNS:,}"
            path = "pathways.segments" if given else "floor"
            return FloorFault("SPC108", "contradiction", text, path, "fewer rows or cross trays (`pathways.every`), or the hall as several")
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
        if twice := sorted({n for n in row.network if row.network.count(n) > 1}):
            text = f"`network` names place {twice[0]} twice"
            return FloorFault("SPC108", "contradiction", text, f"{path}.network", "name each place once")
        if row.network and f.network_racks is not None:
            text = f"`network` of row {i + 1} names the places of switch racks, and `floor.network_racks` counts them"
            return FloorFault("SPC108", "contradiction", text, "floor.network_racks", "remove it", (f"{path}.network", "places named here"))
        try:
            row_line(f, row)
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
    return None


def floor_faults(spec: HallSpec) -> Iterator[FloorFault]:
    """What stands or hangs outside the hall, or in a column; rows are those that `floor_fault` lets pass."""
    f, p = spec.floor, spec.pathways
    size = floor_plan(spec, 0).size()
    yield from _rows_outside(spec, size)
    for i, k in enumerate(f.keep_out):
        over = max(int(k.x) - size[0], int(k.y) - size[1])
        if over > 0 and (k.full_height or not f.plan):  # in a plan these are also doors, and those may swing outwards
            yield _outside(f"{quoted(k.because)} stands", over, size, f"floor.keep_out.{i}", "move it into the hall, or leave it out", f)
    for i, d in enumerate(f.doors):
        if (over := _door_over(d, size)) > 0:
            yield _outside(f"{quoted(d.because)} reaches", over, size, f"floor.doors.{i}", "move it into a wall of the hall, or make it narrower", f)
    runs: dict[tuple[object, ...], int] = {}
    for i, s in enumerate(p.segments):
        same = runs.setdefault((s.level, s.side, *sorted((tuple(s.start), tuple(s.end)))), i)
        if same != i:
            text = f"runs {same + 1} and {i + 1} of trays are the same,{_from_to(s)}"
            hint = "keep one; `trays: 2` hangs two in parallel"
            yield FloorFault("SPC108", "contradiction", text, f"pathways.segments.{i}", hint, (f"pathways.segments.{same}", "the other"))
        over = max(int(max(s.start[axis], s.end[axis])) - size[axis] for axis in (0, 1))
        if over > 0:
            yield _outside(f"this run of trays{_from_to(s)} reaches", over, size, f"pathways.segments.{i}", "end it in the hall", f)
        elif fault := _column_fault(spec, s, f"pathways.segments.{i}"):
            yield fault
    if p.entrance is not None and (over := max(int(p.entrance[axis]) - size[axis] for axis in (0, 1))) > 0:
        yield _outside("the entrance of the ducts lies", over, size, "pathways.entrance", "give a point of the hall, counted from its corner", f)
    for i, duct in enumerate(p.ducts or []):
        apart = abs(duct.between[0] - duct.between[1])
        least = apart * int(spec.gap) + (apart - 1) * size[0]
        if duct.length is not None and duct.length < least:
            text = f"a duct of {duct.length:,.0f} mm joins halls that stand {least:,} mm apart: {least - duct.length:,.0f} mm too short"
            other = ("gap", "room between halls") if "gap" in spec.model_fields_set else ("", "")
            yield FloorFault("SPC108", "contradiction", text, f"pathways.ducts.{i}.length", f"at least `length: {_metres(least)}`", other)
    yield from _levels_in_the_way(spec)
    yield from _wide_ladders(spec)


def _rows_outside(spec: HallSpec, size: tuple[int, int]) -> Iterator[FloorFault]:
    """Rows beyond `floor.size`."""
    f = spec.floor
    if f.size is None:
        return
    given = given_lines(f)
    for i, line in enumerate(given):
        _, x1, _, y1 = line.box()
        over = max(x1 - size[0], y1 - size[1])
        if over > 0:
            text = f"row {i + 1} stands {over:,} mm outside the hall"
            hint = "move it, or give the hall another `floor.size`"
            yield FloorFault("MEC403", "rows-overlap", text, f"floor.rows.{i}", hint, ("floor.size", "size of the hall"))
    if not given:
        plan = floor_plan(spec, 0)
        _, x, _, y = plan.extent()
        short = [f"{v - s:,} mm too short along {axis}" for axis, v, s in zip("xy", (x, y), size, strict=True) if v > s]
        if short:
            text = f"{plan.rows} rows of {plan.racks} places reach to x {_metres(x)}, y {_metres(y)}, and the hall is {' and '.join(short)}"
            need = f"[{_metres(x + plan.margin_x_mm)}, {_metres(y + plan.margin_y_mm)}]"
            yield FloorFault("MEC403", "rows-overlap", text, "floor.size", f"`floor.size: {need}` has room for rows and margins, or leave it out")


def _outside(what: str, over: int, size: tuple[int, int], path: str, help: str, f: Floor) -> FloorFault:
    text = f"{what} {over:,} mm outside the hall, which is {_metres(size[0])} by {_metres(size[1])}"
    return FloorFault(
        "MEC406", "outside-hall", text, path, help, ("floor.size", "size of the hall") if f.size is not None and not f.plan else ("", "")
    )


def _door_over(d: Door, size: tuple[int, int]) -> int:
    """How far a doorway reaches outside: along its wall, or away from the hall by more than a wall's thickness."""
    along = 0 if d.opens in ("up", "down") else 1
    at = (int(d.x), int(d.y))
    beyond, away = at[along] + int(d.width) - size[along], at[1 - along] - size[1 - along]
    return max(beyond, away if away > WALL_MM else 0)


def _from_to(s: GivenSegment) -> str:
    return f" from ({_metres(s.start[0])}, {_metres(s.start[1])}) to ({_metres(s.end[0])}, {_metres(s.end[1])})"


def _column_fault(spec: HallSpec, s: GivenSegment, path: str) -> FloorFault | None:
    """The column that a run of trays stands in deepest, with its whole width; None where it passes them all.

    A tray and a column are convex: they share floor where their shadows do on the axes of both.
    """
    f, p = spec.floor, spec.pathways
    columns = [(i, k) for i, k in enumerate(f.keep_out) if k.full_height]
    if not columns:
        return None
    width = int(({"data": p, "fibre": p.fibre, "power": p.power}[s.level] or p).width if s.width is None else s.width)
    box = np.array([(k.x, k.y, k.x + k.width, k.y + k.depth) for _, k in columns])
    start, end = np.array(s.start), np.array(s.end)
    along = (end - start) / np.hypot(*(end - start))
    across = np.array([-along[1], along[0]])
    corners = np.stack([box[:, [0, 1]], box[:, [2, 1]], box[:, [2, 3]], box[:, [0, 3]]], 1)
    tray = np.stack([start, end])[:, None] + np.array([-1, 1])[:, None] * across * width / 2
    shared = np.full(len(box), np.inf)
    for axis in (np.array([1.0, 0.0]), np.array([0.0, 1.0]), along, across):
        a, b = tray.reshape(-1, 2) @ axis, corners @ axis
        shared = np.minimum(shared, np.minimum(a.max(), b.max(1)) - np.maximum(a.min(), b.min(1)))
    side = corners @ across
    middle = float(start @ across)
    up, down = side.max(1) - (middle - width / 2), (middle + width / 2) - side.min(1)  # to move by, one way or the other
    worst = int(np.argmax(np.where(shared > ENDS_MM, np.minimum(up, down), -1)))
    if shared[worst] <= ENDS_MM:
        return None
    i, column = columns[worst]
    least, way = min((float(up[worst]), 1), (float(down[worst]), -1))
    where = _way(across * way)
    text = f"this run of trays{_from_to(s)}, {width:,} mm wide, hangs in {quoted(column.because)}{_at(column)}, {least:,.0f} mm deep"
    help = f"move it by {least:,.0f} mm towards {where}"
    free = 2 * (width / 2 - least)
    help += f", or hang one of at most {free:,.0f} mm there" if free >= 50 else ", or end it before the column"
    return FloorFault("MEC408", "tray-in-column", text, path, help, (f"floor.keep_out.{i}", "column here"))


def _way(v: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    axis = int(np.argmax(np.abs(v)))
    return f"{'higher' if v[axis] > 0 else 'lower'} {'xy'[axis]}"


def _at(k: Obstacle) -> str:
    return f" at ({_metres(k.x)}, {_metres(k.y)})"


def _levels_in_the_way(spec: HallSpec) -> Iterator[FloorFault]:
    """A level of trays that hangs in the trays of another one."""
    p = spec.pathways
    found = [("data", "pathways.height", p.height, p.depth)]
    found += [(name, f"pathways.{name}.height", own.height, own.depth) for name, own in (("fibre", p.fibre), ("power", p.power)) if own is not None]
    order = sorted(found, key=lambda level: (level[2], level[0] == "power", level[0] == "fibre"))
    for (low, low_path, z, deep), (high, high_path, height, _) in pairwise(order):
        if height < z + deep:
            text = f"trays of level `{high}` hang at {_metres(height)}, {z + deep - height:,.0f} mm too low:"
            text += f" those of level `{low}` reach from {_metres(z)} to {_metres(z + deep)}"
            path, other = (high_path, low_path) if high != "data" else (low_path, high_path)
            mend = f"`{high_path}: {_metres(z + deep)}` at least" if high != "data" else f"`{low_path}: {_metres(max(height - deep, 0))}` at most"
            note = (other, f"level `{low if path == high_path else high}`")
            yield FloorFault("MEC409", "tray-in-the-way", text, path, mend, note)


def _wide_ladders(spec: HallSpec) -> Iterator[FloorFault]:
    """Ladders over rows that are laid out and nearer to each other than these are wide."""
    f, p = spec.floor, spec.pathways
    rows = floor_plan(spec, 0).row_y()
    if isinstance(f.rows, list) or len(rows) < 2:
        return
    apart, drawn = int(np.diff(rows).min()), {s.level for s in p.segments}
    for name, path, own in (("data", "pathways", p), ("fibre", "pathways.fibre", p.fibre), ("power", "pathways.power", p.power)):
        wide = 0 if own is None or name in drawn else int(own.width) * (1 + p.diverse)
        if wide > apart:
            what = "two ladders" if p.diverse else "a ladder"
            text = f"{what} over each row, {wide:,} mm wide, and rows that are {apart:,} mm apart: {wide - apart:,} mm too wide"
            yield FloorFault("MEC409", "tray-in-the-way", text, f"{path}.width", f"`{path}.width: {apart // (1 + p.diverse)} mm` at most")


def _metres(mm: float) -> str:
    return f"{mm / 1000:g} m"
