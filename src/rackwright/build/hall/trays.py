"""Trays of a hall spec: as a user draws them or laid out over the floor, and the lanes of them that cables may take."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.fabrics.fabric import Array
from rackwright.build.floor import Campus, Hall
from rackwright.build.hall.floor_faults import FloorFault
from rackwright.build.hall.wire import Wired
from rackwright.build.layout import LevelPlan, PathwayPlan, ducts, lay_segments
from rackwright.build.paths import MOST_SEGMENTS
from rackwright.build.pathways import ANY, CROSS, DATA, FIBRE, KINDS, LEVELS, POWER, ROW, SIDE_A, SIDE_B, TRUNK, Pathways, on_side, tray_capacity
from rackwright.build.segments import Segment, joined
from rackwright.spec.floor import GivenSegment
from rackwright.spec.floor import Pathways as Wish
from rackwright.spec.hall import HallSpec

I32: TypeAlias = NDArray[np.int32]
LADDER_GAP_MM = 400  # between the middles of the two ladders over a row, and more where these are wider
SIDES = {None: ANY, "a": SIDE_A, "b": SIDE_B}


def lanes(spec: HallSpec) -> list[tuple[int, int]]:
    """(level, side) of each lane that a fabric takes, level by level; the data level is always there."""
    levels = [DATA, *([FIBRE] if any(f.level == "fibre" for f in spec.fabrics.values()) else [])]
    return [(level, side) for level in levels for side in _sides(spec.pathways)]


def _sides(p: Wish) -> tuple[int, ...]:
    return (SIDE_A, SIDE_B) if p.diverse else (ANY,)


def lane_of(lanes: tuple[tuple[int, int], ...], wired: Wired, plane: Array, lower: Array) -> Array | int:
    """Lane of each link of a fabric, counted as `lanes`. `lower` is the leaf of links to endpoints, else the lower switch (ordinals of the plan)."""
    wish = wired.wish
    own = [i for i, (level, _) in enumerate(lanes) if level == LEVELS.index(wish.level)]
    if len(own) == 1:
        return own[0]
    return own[0] + (side_of(wired, plane, lower) if wish.side == "alternate" else int(wish.side == "b"))


def side_of(wired: Wired, plane: Array, lower: Array) -> Array:
    """The side (0: A, 1: B) that a link belongs to where sides alternate: by plane; of one plane by the rail of its lower switch, or where all
    rails share leaves or servers have several homes by the number of that switch. So all links between two switches go the same way.
    """
    if wired.wish.planes > 1:
        return np.asarray(plane % 2)
    made = wired.plan.switches
    if not len(made):
        return np.asarray(lower % 2)
    is_railed = (wired.wish.homing or 1) == 1 and bool(made.rail.max() > 0)
    own = np.where(made.rail >= 0, made.rail, made.index) if is_railed else made.index
    return np.asarray(own[np.minimum(lower, len(made) - 1)] % 2)


def drawn(spec: HallSpec, campus: Campus) -> Pathways:
    """The graph of trays on all levels. Levels for which the spec gives segments have those, the others are laid out.

    Raises:
        ValueError: a level leaves a hall without a tray.
    """
    p = spec.pathways
    given = {LEVELS.index(s.level) for s in p.segments}
    plans = tuple(level for level in _levels(p) if level.level not in given)
    apart = max([LADDER_GAP_MM, *(level.width_mm for level in plans)])  # ladders of two sides hang beside each other
    made = lay_segments(campus, PathwayPlan(plans, every=p.every, is_diverse=p.diverse, ladder_gap_mm=apart)) if plans else []
    heights = {level.level: level.z_mm for level in _levels(p)}
    for level in sorted(given):
        for i, hall in enumerate(campus.halls):
            made += [_given(p, s, i, hall, heights[level]) for s in p.segments if LEVELS.index(s.level) == level]
        if campus.ducts:
            for side in _sides(p):
                gate = {i: _gate(made, i, hall, level, side, heights[level]) for i, hall in enumerate(campus.halls)}
                made += ducts(campus, level, side, heights[level], gate)
    return joined(made, int(p.join) if given else 0)


def way_fault(spec: HallSpec, ways: Pathways) -> FloorFault | None:
    """What keeps racks from every tray, or paths from being found; None where nothing does."""
    path, rows = "pathways.segments" if spec.pathways.segments else "pathways", 0
    for level, side in lanes(spec):
        usable = on_side(ways, level, side) & (ways.kind == ROW)
        rows += int(usable.sum())
        bare = next((h for h in range(spec.halls) if not (usable & (ways.hall == h)).any()), None)
        if bare is not None:
            of_side = "" if side == ANY else f", side {'ab'[side - SIDE_A]}"
            text = f"no tray of level {LEVELS[level]}{of_side} runs along a row of hall {bare + 1}, so its racks reach none"
            return FloorFault("SPC108", "contradiction", text, path, "give a run over each row, or `kind: row` to those that racks may reach")
    if rows > MOST_SEGMENTS:
        text = f"trays over the rows are cut into {rows:,} segments, and paths are numbered for {MOST_SEGMENTS:,}"
        return FloorFault("SPC108", "contradiction", text, path, "fewer cross trays (`pathways.every`), or the campus as several specs")
    return None


def _levels(p: Wish) -> list[LevelPlan]:
    share, across = round(100 * p.fill_max), max(p.cross_trays, 1)
    found = [(DATA, p.height, p.width, p.depth)]
    found += [(number, own.height, own.width, own.depth) for number, own in ((FIBRE, p.fibre), (POWER, p.power)) if own is not None]
    made = []
    for level, height, width, depth in found:
        one = tray_capacity(int(width), int(depth), share)
        made.append(LevelPlan(level, int(height), one, one * across, one * across, has_ducts=level != POWER, width_mm=int(width)))
    return made


def _given(p: Wish, s: GivenSegment, index: int, hall: Hall, z_mm: int) -> Segment:
    """A run of trays in one hall."""
    own = {"data": p, "fibre": p.fibre, "power": p.power}[s.level] or p
    width, depth = own.width if s.width is None else s.width, own.depth if s.depth is None else s.depth
    ends = [int(v) for v in (*s.start, *s.end)]
    kind = KINDS.index(s.kind) if s.kind else (ROW if _is_over_a_row(hall, *ends) else CROSS)
    x0, y0, x1, y1 = (v + c for v, c in zip(ends, (hall.x_mm, hall.y_mm) * 2, strict=True))
    capacity = tray_capacity(int(width), int(depth), round(100 * p.fill_max))
    return Segment(x0, y0, x1, y1, kind, capacity, z_mm, index, -1, LEVELS.index(s.level), SIDES[s.side], s.trays)


def _is_over_a_row(hall: Hall, x0: int, y0: int, x1: int, y1: int) -> bool:
    """Whether a run goes along a row of racks and over it."""
    for line in hall.floor.lines():
        low_x, high_x, low_y, high_y = line.box()
        is_along = abs(y1 - y0) > abs(x1 - x0) if line.is_turned else abs(x1 - x0) > abs(y1 - y0)
        if is_along and max(low_x, min(x0, x1)) <= min(high_x, max(x0, x1)) and max(low_y, min(y0, y1)) <= min(high_y, max(y0, y1)):
            return True
    return False


def _gate(made: list[Segment], index: int, hall: Hall, level: int, side: int, z_mm: int) -> tuple[int, int]:
    """Where ducts leave a hall whose trays are given: its entrance, tied to the nearest end of a tray, or the lowest end of a trunk (of any tray)."""
    own = [s for s in made if s.hall == index and s.level == level and (side == ANY or s.side in (side, ANY)) and not s.is_link]
    ends = sorted(p for s in [t for t in own if t.kind == TRUNK] or own for p in ((s.y0, s.x0), (s.y1, s.x1)))
    if hall.entrance_mm is None or not ends:
        return (ends[0][1], ends[0][0]) if ends else (hall.x_mm, hall.y_mm)
    x, y = hall.entrance_mm
    near_y, near_x = min(ends, key=lambda p: (abs(p[0] - y) + abs(p[1] - x), p))
    length = abs(near_y - y) + abs(near_x - x)
    if length:
        capacity, trays = max((s.capacity, s.trays) for s in own if (near_x, near_y) in ((s.x0, s.y0), (s.x1, s.y1)))
        made.append(Segment(near_x, near_y, x, y, TRUNK, capacity, z_mm, index, -1, level, side, trays, length, is_link=True))
    return x, y
