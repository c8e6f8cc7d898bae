"""Pathways laid over floors: a ladder over every row, cross trays over the row ends (and the middle, and every so many racks), one of them the
hall's trunk, an entrance, and ducts from entrance to entrance; the same on each level.

With `is_diverse` every row has two ladders and the cross trays go to sides A and B in turn, so that a cable of side A and one of side B have
no tray in common.
"""

from __future__ import annotations

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
    walls = [(k.x_mm, k.x_mm + k.width_mm, k.y_mm, k.y_mm + k.depth_mm) for k in hall.floor.keep_outs if k.is_full_height]
    every = hall.floor.lines()
    is_mixed = len({line.is_turned for line in every}) > 1
    start: tuple[int, int] | None = None
    for is_turned in (False, True):
        own = [(r, line) for r, line in enumerate(every) if line.is_turned == is_turned]
        if not own:
            continue
        low, high = _extent([line for _, line in own])
        lines = cross_lines(hall, plan, is_turned=is_turned)
        lines = lines if side == ANY else lines[side - SIDE_A :: 2]
        shift = {ANY: 0, SIDE_A: -(plan.ladder_gap_mm // 2), SIDE_B: plan.ladder_gap_mm // 2}[side]
        ladder: dict[int, list[int]] = {}
        for r, line in own:
            ladder.setdefault((line.x_mm if is_turned else line.y_mm) + line.depth_mm // 2 + shift, []).append(r)
        at = sorted(ladder)
        if is_mixed:  # cross trays go on to the rows that run the other way
            x0, x1, y0, y1 = hall.floor.extent()
            first, last = (x0, x1) if is_turned else (y0, y1)
            at = sorted({*at, first - plan.overhang_mm, last + plan.overhang_mm})
        reach = (min(low, int(lines[0])), max(high, int(lines[-1])))
        sheet = _Sheet(made, index, hall, level, side, is_turned, _turned(walls) if is_turned else walls)
        sheet.ladders(ladder, reach)
        sheet.crosses(lines.tolist(), at, trunk := _trunk(lines, plan, side))
        start = start or sheet.campus(trunk, sorted(ladder)[0])
    assert start is not None
    return start


def _trunk(lines: I64, plan: PathwayPlan, side: int) -> int:
    where = plan.trunk if side == ANY else ("low" if side == SIDE_A else "high")
    return int({"low": lines[0], "high": lines[-1], "middle": lines[len(lines) // 2]}[where])


def _turned(walls: list[Wall]) -> list[Wall]:
    return [(y0, y1, x0, x1) for x0, x1, y0, y1 in walls]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Trays of one hall, level and side over the rows that run one way; `walls` in that way's along and across, hall mm."""

    made: list[Segment]
    index: int
    hall: Hall
    level: LevelPlan
    side: int
    is_turned: bool
    walls: list[Wall]

    def campus(self, along: int, across: int) -> tuple[int, int]:
        x, y = (across, along) if self.is_turned else (along, across)
        return x + self.hall.x_mm, y + self.hall.y_mm

    def add(self, start: tuple[int, int], end: tuple[int, int], kind: int, capacity: int, trays: int, row: int = -1) -> None:
        ends = (*self.campus(*start), *self.campus(*end))
        self.made.append(Segment(*ends, kind, capacity, self.level.z_mm, self.index, row, self.level.level, self.side, trays))

    def ladders(self, rows: dict[int, list[int]], reach: tuple[int, int]) -> None:
        """One ladder over each line of rows, cut where a wall stands in it; rows that share a line share its ladder."""
        half = self.level.width_mm / 2
        for across in sorted(rows):
            cuts = sorted((x0, x1) for x0, x1, y0, y1 in self.walls if y0 < across + half and y1 > across - half)
            row = rows[across][0] if len(rows[across]) == 1 else -1
            low = reach[0]
            for x0, x1 in [*cuts, (reach[1], reach[1])]:
                if low < min(x0, reach[1]):
                    self.add((low, across), (min(x0, reach[1]), across), ROW, self.level.row_capacity, self.level.row_trays, row)
                low = max(low, x1)

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
