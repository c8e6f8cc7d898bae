"""Pathways laid over floors: a ladder over every row, cross trays over the row ends (and the middle, and every so many racks), one of them the
hall's trunk, an entrance, and ducts from entrance to entrance; the same on each level.

With `is_diverse` every row has two ladders and the cross trays go to sides A and B in turn, so that a cable of side A and one of side B have
no tray in common.

What of full height stands in the way of a tray moves it aside: a cross tray to the nearest line that is free from its first ladder to its last; a
ladder to the nearest one that is still over its racks, or else around the obstacle, there and back, short of the next ladder. Where neither has
room it ends there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.floor import Campus, Hall, Line
from rackwright.build.pathways import ANY, CROSS, DATA, DUCT, ROW, SIDE_A, SIDE_B, TRUNK, Pathways
from rackwright.build.segments import Segment, joined

I64: TypeAlias = NDArray[np.int64]
Wall: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class LevelPlan:
    """One level of trays: height above the floor, what a tray of each kind may hold (0.01 mm2, see `tray_capacity`), trays in parallel, and how wide
    one is: what stands in the way of a tray does so over its whole width.
    """

    level: int = DATA
    z_mm: int = 2600
    row_capacity: int = 1_500_000
    cross_capacity: int = 3_000_000
    trunk_capacity: int = 3_000_000
    row_trays: int = 1
    cross_trays: int = 1
    trunk_trays: int = 1
    has_ducts: bool = True
    width_mm: int = 0


@dataclass(frozen=True, slots=True)
class PathwayPlan:
    """How to lay pathways over a floor. Cross trays: at both row ends, `overhang_mm` past the racks; in the middle; after every `every` places."""

    levels: tuple[LevelPlan, ...] = (LevelPlan(),)
    has_ends: bool = True
    has_middle: bool = False
    every: int = 0
    overhang_mm: int = 600
    trunk: Literal["low", "middle", "high"] = "low"
    is_diverse: bool = False
    ladder_gap_mm: int = 400  # between the two ladders over a row


def lay_out(campus: Campus, plan: PathwayPlan) -> Pathways:
    """The graph of `lay_segments`."""
    return joined(lay_segments(campus, plan), 0)


def lay_segments(campus: Campus, plan: PathwayPlan) -> list[Segment]:
    """Trays over every hall and through every duct. Raises ValueError where the plan leaves a hall without a cross tray."""
    made: list[Segment] = []
    joins = {h for d in campus.ducts for h in (d.a_hall, d.b_hall)}
    sides = (SIDE_A, SIDE_B) if plan.is_diverse else (ANY,)
    for level in plan.levels:
        for side in sides:
            gate: dict[int, tuple[int, int]] = {}
            for i, hall in enumerate(campus.halls):
                x, y = _hall_trays(made, i, hall, plan, level, side)
                if i in joins and level.has_ducts:
                    gate[i] = hall.entrance_mm or (x, hall.y_mm)
                    made += _lead(i, level, side, (x, y), gate[i])
            made += ducts(campus, level.level, side, level.z_mm, gate)
    return made


def ducts(campus: Campus, level: int, side: int, z_mm: int, gate: dict[int, tuple[int, int]]) -> list[Segment]:
    """Segments from entrance to entrance (campus mm, by hall)."""
    made = []
    for d in campus.ducts if gate else ():
        (x0, y0), (x1, y1) = gate[d.a_hall], gate[d.b_hall]
        length = max(1, abs(x0 - x1) + abs(y0 - y1)) if d.length_mm is None else d.length_mm
        made.append(Segment(x0, y0, x1, y1, DUCT, d.capacity, z_mm, -1, -1, level, side, d.trays, length, is_link=True))
    return made


def cross_lines(hall: Hall, plan: PathwayPlan, *, is_turned: bool = False) -> I64:
    """Where the cross trays over rows along x (along y) run: x (y) in hall mm, rising. Raises ValueError where there are too few."""
    own = [line for line in hall.floor.lines() if line.is_turned == is_turned]
    low, high = _extent(own)
    at = [low - plan.overhang_mm, high + plan.overhang_mm] if plan.has_ends else []
    if plan.has_middle:
        at.append((low + high) // 2)
    if plan.every:
        longest = max(own, key=lambda line: len(line.at_mm))
        start = longest.y_mm if is_turned else longest.x_mm
        at += [start + v for v in longest.at_mm[plan.every :: plan.every]]
    lines = np.unique(np.array(at, np.int64))
    if len(lines) < 1 + plan.is_diverse:
        raise ValueError(f"pathways want at least {1 + plan.is_diverse} cross tray(s) in every hall; the plan makes {len(lines)}")
    return lines


def _extent(lines: list[Line]) -> tuple[int, int]:
    """Low and high end along the rows."""
    low, high = zip(*(line.box()[2:] if line.is_turned else line.box()[:2] for line in lines), strict=True)
    return min(low), max(high)


def _hall_trays(made: list[Segment], index: int, hall: Hall, plan: PathwayPlan, level: LevelPlan, side: int) -> tuple[int, int]:
    """Adds ladders and cross trays of one hall, level and side; returns where the trunk crosses the first ladder (campus mm)."""
    found = [(k.x_mm, k.x_mm + k.width_mm, k.y_mm, k.y_mm + k.depth_mm) for k in hall.floor.keep_outs if k.is_full_height]
    every = hall.floor.lines()
    is_mixed = len({line.is_turned for line in every}) > 1
    start: tuple[int, int] | None = None
    for is_turned in (False, True):
        own = [(r, line) for r, line in enumerate(every) if line.is_turned == is_turned]
        if not own:
            continue
        low, high = _extent([line for _, line in own])
        walls = _turned(found) if is_turned else found
        gap, half = (plan.ladder_gap_mm if side else 0), level.width_mm / 2
        middle = [(line.x_mm if is_turned else line.y_mm) + line.depth_mm // 2 for _, line in own]
        first, last = min(middle) - gap // 2, max(middle) + gap // 2
        if is_mixed:  # cross trays go on to the rows that run the other way
            x0, x1, y0, y1 = hall.floor.extent()
            first, last = (x0 - plan.overhang_mm, x1 + plan.overhang_mm) if is_turned else (y0 - plan.overhang_mm, y1 + plan.overhang_mm)
        deep, long = hall.floor.size() if is_turned else hall.floor.size()[::-1]
        lines = _cleared(cross_lines(hall, plan, is_turned=is_turned), half, (first, last), long, walls)
        lines = lines if side == ANY else lines[side - SIDE_A :: 2]
        reach = (min(low, int(lines[0])), max(high, int(lines[-1])))
        nominal: dict[int, list[int]] = {}
        for (r, _), at in zip(own, middle, strict=True):
            nominal.setdefault(at + {ANY: 0, SIDE_A: -(gap // 2), SIDE_B: gap // 2}[side], []).append(r)
        others = {at + {ANY: 0, SIDE_A: gap // 2, SIDE_B: -(gap // 2)}[side] for at in middle}
        ladder = _aside(nominal, others, half, min(line.depth_mm for _, line in own) // 2, reach, walls)
        joined_at = sorted({*ladder, first, last} if is_mixed else ladder)
        sheet = _Sheet(made, index, hall, level, side, is_turned, walls, deep, sorted(others | ladder.keys()))
        sheet.ladders(ladder, reach)
        sheet.crosses(lines.tolist(), joined_at, trunk := _trunk(lines, plan, side))
        start = start or sheet.campus(trunk, sorted(ladder)[0])
    assert start is not None
    return start


def _free(at: int, half: float, taken: list[tuple[int, int]], low: float, high: float) -> int | None:
    """The line nearest to `at` from `low` to `high` on which a tray of that half width clears all that is taken; None where there is none."""
    ends = [v for t0, t1 in taken for v in (math.floor(t0 - half), math.ceil(t1 + half))]
    able = [v for v in (at, *ends) if low <= v <= high and all(v + half <= t0 or v - half >= t1 for t0, t1 in taken)]
    return min(able, key=lambda v: (abs(v - at), v), default=None)


def _cleared(lines: I64, half: float, across: tuple[int, int], long: int, walls: list[Wall]) -> I64:
    """Cross trays beside what stands in their way: each on the nearest free line inside the hall, short of the trays on both sides of it."""
    made = lines.tolist()
    taken = [(x0, x1) for x0, x1, y0, y1 in walls if y0 < across[1] and y1 > across[0]]
    for i, line in enumerate(made):
        low = made[i - 1] + 2 * half + 1 if i else half
        high = made[i + 1] - 2 * half - 1 if i + 1 < len(made) else long - half
        found = _free(line, half, taken, low, high)
        made[i] = line if found is None else found
    return np.array(made, np.int64)


def _aside(ladder: dict[int, list[int]], others: set[int], half: float, most: int, reach: tuple[int, int], walls: list[Wall]) -> dict[int, list[int]]:
    """Ladders beside what stands in their way, where they are still over their racks: at most `most` from their line, and no nearer to the next line
    (of `others` too) than lets both move.
    """
    taken = [(y0, y1) for x0, x1, y0, y1 in walls if x0 < reach[1] and x1 > reach[0]]
    made = {}
    for across, rows in ladder.items():
        near = min((abs(at - across) for at in (*ladder, *others) if at != across), default=4 * most)
        room = min(most, max(0, int(near / 2 - half)))
        moved = _free(across, half, taken, across - room, across + room)
        made[across if moved is None else moved] = rows
    return made


def _trunk(lines: I64, plan: PathwayPlan, side: int) -> int:
    where = plan.trunk if side == ANY else ("low" if side == SIDE_A else "high")
    return int({"low": lines[0], "high": lines[-1], "middle": lines[len(lines) // 2]}[where])


def _turned(walls: list[Wall]) -> list[Wall]:
    return [(y0, y1, x0, x1) for x0, x1, y0, y1 in walls]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Trays of one hall, level and side over the rows that run one way; `walls` in that way's along and across, hall mm; `deep` the hall across,
    `lines` all ladders of both sides.
    """

    made: list[Segment]
    index: int
    hall: Hall
    level: LevelPlan
    side: int
    is_turned: bool
    walls: list[Wall]
    deep: int
    lines: list[int]

    def campus(self, along: int, across: int) -> tuple[int, int]:
        x, y = (across, along) if self.is_turned else (along, across)
        return x + self.hall.x_mm, y + self.hall.y_mm

    def add(self, start: tuple[int, int], end: tuple[int, int], kind: int, capacity: int, trays: int, row: int = -1) -> None:
        ends = (*self.campus(*start), *self.campus(*end))
        self.made.append(Segment(*ends, kind, capacity, self.level.z_mm, self.index, row, self.level.level, self.side, trays))

    def ladders(self, rows: dict[int, list[int]], reach: tuple[int, int]) -> None:
        """One ladder over each line of rows, around what stands in it or cut there; rows that share a line share its ladder."""
        half = self.level.width_mm / 2
        for across in sorted(rows):
            room = (
                max((at + 2 * half + 1 for at in self.lines if at < across), default=half),
                min((at - 2 * half - 1 for at in self.lines if at > across), default=self.deep - half),
            )
            row = rows[across][0] if len(rows[across]) == 1 else -1
            at = reach[0]
            for x0, x1 in self._cuts(across):
                way = self._around(across, x0, x1, reach, room)
                if way is not None and at <= way[0][0]:
                    self._run([(at, across), *way], row)
                    at = way[-1][0]
                elif at < min(x0, reach[1]):
                    self._run([(at, across), (min(x0, reach[1]), across)], row)
                    at = x1
                at = max(at, x1)
            if at < reach[1]:
                self._run([(at, across), (reach[1], across)], row)

    def _run(self, points: list[tuple[int, int]], row: int) -> None:
        for start, end in pairwise(points):
            if start != end:
                self.add(start, end, ROW, self.level.row_capacity, self.level.row_trays, row)

    def _cuts(self, across: int) -> list[tuple[int, int]]:
        """Where walls stand in a ladder, along it; those with no room for a tray between them as one."""
        half = self.level.width_mm / 2
        made: list[tuple[int, int]] = []
        for x0, x1 in sorted((x0, x1) for x0, x1, y0, y1 in self.walls if y0 < across + half and y1 > across - half):
            if made and x0 - half <= made[-1][1] + half:
                made[-1] = made[-1][0], max(made[-1][1], x1)
            else:
                made.append((x0, x1))
        return made

    def _around(self, across: int, x0: int, x1: int, reach: tuple[int, int], room: tuple[float, float]) -> list[tuple[int, int]] | None:
        """Corners of the way of a ladder around walls from x0 to x1, on its nearer side; None where there is no room."""
        half = self.level.width_mm / 2
        start, end = math.floor(x0 - half), math.ceil(x1 + half)
        if start < reach[0] or end > reach[1]:
            return None
        beside = [(y0, y1) for a, b, y0, y1 in self.walls if a < end + half and b > start - half]
        line = _free(across, half, beside, *room)
        if line is None:
            return None
        low, high = min(across, line) - half, max(across, line) + half
        for at in (start, end):  # the ways there and back
            if any(a < at + half and b > at - half and y0 < high and y1 > low for a, b, y0, y1 in self.walls):
                return None
        return [(start, across), (start, line), (end, line), (end, across)]

    def crosses(self, lines: list[int], at: list[int], trunk: int) -> None:
        """Cross trays from ladder to ladder, without the pieces that meet a wall."""
        half = self.level.width_mm / 2
        for line in lines:
            is_trunk = line == trunk
            capacity = self.level.trunk_capacity if is_trunk else self.level.cross_capacity
            trays = self.level.trunk_trays if is_trunk else self.level.cross_trays
            for low, high in pairwise(at):
                if not any(x0 < line + half and x1 > line - half and low < y1 and high > y0 for x0, x1, y0, y1 in self.walls):
                    self.add((line, low), (line, high), TRUNK if is_trunk else CROSS, capacity, trays)


def _lead(index: int, level: LevelPlan, side: int, start: tuple[int, int], end: tuple[int, int]) -> list[Segment]:
    """From the trunk to the place where ducts leave the hall; along x and y, though drawn straight."""
    length = abs(start[0] - end[0]) + abs(start[1] - end[1])
    if not length:
        return []
    return [Segment(*start, *end, TRUNK, level.trunk_capacity, level.z_mm, index, -1, level.level, side, level.trunk_trays, length, is_link=True)]
