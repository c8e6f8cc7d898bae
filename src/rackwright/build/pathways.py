"""Overhead pathways of a campus as a graph on levels: nodes, edges with length and capacity, and where a rack's risers meet them.

`lay_out` makes them from floors: a ladder over every row, cross trays over the row ends (and the middle, and every so many racks), one of
them the hall's trunk, an entrance, and ducts from entrance to entrance; the same on each level. With `is_diverse` every row has two
ladders and the cross trays go to sides A and B in turn, so that a cable of side A and one of side B have no tray in common.
Users may write `Pathways` themselves: nothing else here asks where the graph came from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.floor import Campus, Hall

I8: TypeAlias = NDArray[np.int8]
I16: TypeAlias = NDArray[np.int16]
I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]

KINDS = ("row", "cross", "trunk", "duct")
LEVELS = ("data", "fibre", "power")
ROW, CROSS, TRUNK, DUCT = range(4)
DATA, FIBRE, POWER = range(3)
ANY, SIDE_A, SIDE_B = range(3)  # Pathways.side


@dataclass(frozen=True, slots=True)
class Pathways:
    """Nodes (campus mm, z above the floor) and edges between them; hall and row are -1 where an edge belongs to none.

    `capacity` is what one tray may hold in 0.01 mm2, `trays` how many run in parallel. Racks attach to edges of kind ROW only.
    """

    node_hall: I16
    x_mm: I32
    y_mm: I32
    z_mm: I32
    a: I32
    b: I32
    length_mm: I32
    capacity: I64
    trays: I8
    kind: I8
    level: I8
    side: I8
    hall: I16
    row: I16

    def __post_init__(self) -> None:
        """Raises ValueError for an edge that runs nowhere, has no length or no tray."""
        n = len(self.x_mm)
        ends = np.concatenate([self.a, self.b])
        if len(ends) and (int(ends.min()) < 0 or int(ends.max()) >= n):
            raise ValueError(f"a pathway edge ends at node {int(ends[(ends < 0) | (ends >= n)][0])}; there are nodes 0 to {n - 1}")
        for name, bad in (("has no length", self.length_mm < 1), ("has no tray", self.trays < 1), ("ends where it starts", self.a == self.b)):
            if bad.any():
                raise ValueError(f"pathway edge {int(np.flatnonzero(bad)[0])} {name}")


@dataclass(frozen=True, slots=True)
class LevelPlan:
    """One level of trays: height above the floor, what a tray of each kind may hold (0.01 mm2, see `tray_capacity`), trays in parallel."""

    level: int = DATA
    z_mm: int = 2600
    row_capacity: int = 1_500_000
    cross_capacity: int = 3_000_000
    trunk_capacity: int = 3_000_000
    row_trays: int = 1
    cross_trays: int = 1
    trunk_trays: int = 1
    has_ducts: bool = True


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


@dataclass(frozen=True, slots=True)
class Taps:
    """Where risers meet the row edges of one level: on edge `edge`, `offset_mm` from its node a; `reach_mm` sideways from riser to tray."""

    edge: I32
    offset_mm: I32
    reach_mm: I32
    z_mm: I32
    x_mm: I32
    y_mm: I32
    rack: I32

    def __len__(self) -> int:
        return len(self.edge)


def tray_capacity(width_mm: int, depth_mm: int, fill_percent: int = 50) -> int:
    """Cross section of cables a tray may hold, in 0.01 mm2: TIA-569 asks for 25 % at first and at most 50 %."""
    return width_mm * depth_mm * fill_percent


@dataclass(slots=True)
class _Sheet:
    """Graph being written: columns of nodes and edges as lists of arrays, joined at the end."""

    nodes: list[tuple[I64, ...]] = field(default_factory=list)
    edges: list[tuple[I64, ...]] = field(default_factory=list)
    count: int = 0

    def add_nodes(self, hall: int, x: I64, y: I64, z: int) -> I64:
        self.nodes.append((np.full(len(x), hall), x, y, np.full(len(x), z)))
        self.count += len(x)
        return np.arange(self.count - len(x), self.count)

    def add_edges(self, a: I64, b: I64, length: I64, *, capacity: int, trays: int, kind: I64, level: int, side: int, hall: int, row: I64) -> None:
        n = len(a)
        same = (np.full(n, v) for v in (capacity, trays))
        self.edges.append((a, b, length, *same, kind, np.full(n, level), np.full(n, side), np.full(n, hall), row))

    def pathways(self) -> Pathways:
        nodes = [np.concatenate(c) for c in zip(*self.nodes, strict=True)]
        edges = [np.concatenate(c) for c in zip(*self.edges, strict=True)]
        types = (np.int16, np.int32, np.int32, np.int32), (np.int32, np.int32, np.int32, np.int64, *[np.int8] * 4, np.int16, np.int16)
        made = [c.astype(t) for group, kinds in zip((nodes, edges), types, strict=True) for c, t in zip(group, kinds, strict=True)]
        return Pathways(*made)


def lay_out(campus: Campus, plan: PathwayPlan) -> Pathways:
    """Pathways over every hall and through every duct. Raises ValueError where the plan leaves a hall without a cross tray."""
    sheet = _Sheet()
    joined = {h for d in campus.ducts for h in (d.a_hall, d.b_hall)}
    sides = (SIDE_A, SIDE_B) if plan.is_diverse else (ANY,)
    for level in plan.levels:
        for side in sides:
            gate: dict[int, int] = {}
            for i, hall in enumerate(campus.halls):
                grid = _hall_grid(sheet, i, hall, plan, level, side)
                if i in joined and level.has_ducts:
                    gate[i] = _entrance(sheet, i, hall, level, side, *grid)
            if gate:
                _ducts(sheet, campus, level, side, gate)
    return sheet.pathways()


def cross_lines(hall: Hall, plan: PathwayPlan) -> I64:
    """Where the cross trays of a hall run: x in hall mm, rising. Raises ValueError where there are too few."""
    floor = hall.floor
    low, high, _, _ = floor.extent()
    x = [low - plan.overhang_mm, high + plan.overhang_mm] if plan.has_ends else []
    if plan.has_middle:
        x.append((low + high) // 2)
    if plan.every:
        x += [int(v) for v in floor.place_x(0)[plan.every :: plan.every]]
    lines = np.unique(np.array(x, np.int64))
    if len(lines) < 1 + plan.is_diverse:
        raise ValueError(f"pathways want at least {1 + plan.is_diverse} cross tray(s) in every hall; the plan makes {len(lines)}")
    return lines


def _hall_grid(sheet: _Sheet, index: int, hall: Hall, plan: PathwayPlan, level: LevelPlan, side: int) -> tuple[int, int, int]:
    """Row ladders and cross trays of one hall, level and side; returns the trunk's node above the first row and that node's x, y."""
    floor = hall.floor
    lines = cross_lines(hall, plan)
    own = lines if side == ANY else lines[side - SIDE_A :: 2]
    trunk = {"low": own[0], "high": own[-1], "middle": own[len(own) // 2]}[plan.trunk if side == ANY else ("low" if side == SIDE_A else "high")]
    shift = 0 if side == ANY else (plan.ladder_gap_mm // 2 if side == SIDE_B else -(plan.ladder_gap_mm // 2))
    rows = floor.row_y().astype(np.int64) + floor.depth_mm // 2 + shift
    low, high, _, _ = floor.extent()
    walls = [(k.x_mm, k.x_mm + k.width_mm, k.y_mm, k.y_mm + k.depth_mm) for k in floor.keep_outs if k.is_full_height]
    reach = [v for v in (low, high) if not own[0] <= v <= own[-1]]  # a ladder goes on to the last rack where no cross tray closes it
    row, x = _row_points(rows, np.union1d(own, np.array(reach, np.int64)), walls)
    y = rows[row]
    node = sheet.add_nodes(index, x + hall.x_mm, y + hall.y_mm, level.z_mm)
    keep = row[1:] == row[:-1]
    for x0, x1, y0, y1 in walls:
        keep &= ~((y[1:] > y0) & (y[1:] < y1) & (x[:-1] < x1) & (x[1:] > x0))
    at = np.flatnonzero(keep)
    common = {"level": level.level, "side": side, "hall": index}
    ladder = np.full(len(at), ROW)
    sheet.add_edges(node[at], node[at + 1], x[at + 1] - x[at], capacity=level.row_capacity, trays=level.row_trays, kind=ladder, row=row[at], **common)
    key = row * (1 << 32) + x
    for line in own:
        on = node[np.searchsorted(key, np.arange(len(rows)) * (1 << 32) + line)]
        free = np.ones(len(rows) - 1, bool)
        for x0, x1, y0, y1 in walls:
            free &= ~((x0 < line < x1) & (rows[:-1] < y1) & (rows[1:] > y0))
        f = np.flatnonzero(free)
        capacity, trays = (level.trunk_capacity, level.trunk_trays) if line == trunk else (level.cross_capacity, level.cross_trays)
        kind, none = np.full(len(f), TRUNK if line == trunk else CROSS), np.full(len(f), -1)
        sheet.add_edges(on[f], on[f + 1], rows[f + 1] - rows[f], capacity=capacity, trays=trays, kind=kind, row=none, **common)
    first = int(node[np.searchsorted(key, trunk)])
    return first, int(trunk) + hall.x_mm, int(rows[0]) + hall.y_mm


def _row_points(rows: I64, points: I64, walls: list[tuple[int, int, int, int]]) -> tuple[I64, I64]:
    """Row and x of every node over the rows, by row and x: the common points, and both faces of a wall that stands in a row."""
    row, x = [np.repeat(np.arange(len(rows)), len(points))], [np.tile(points, len(rows))]
    for x0, x1, y0, y1 in walls:
        hit = np.flatnonzero((rows > y0) & (rows < y1))
        for v in (x0, x1):
            if points[0] < v < points[-1]:
                row.append(hit)
                x.append(np.full(len(hit), v))
    both = np.unique(np.concatenate(row) * (1 << 32) + np.concatenate(x) + (1 << 30))  # x may be below the hall's corner
    return both >> 32, (both & ((1 << 32) - 1)) - (1 << 30)


def _entrance(sheet: _Sheet, index: int, hall: Hall, level: LevelPlan, side: int, trunk_node: int, x: int, y: int) -> int:
    """The node where ducts leave a hall, joined to its trunk."""
    ex, ey = hall.entrance_mm or (x, hall.y_mm)
    node = int(sheet.add_nodes(index, np.array([ex]), np.array([ey]), level.z_mm)[0])
    length = max(1, abs(ex - x) + abs(ey - y))
    sheet.add_edges(
        np.array([trunk_node]),
        np.array([node]),
        np.array([length]),
        capacity=level.trunk_capacity,
        trays=level.trunk_trays,
        kind=np.array([TRUNK]),
        level=level.level,
        side=side,
        hall=index,
        row=np.array([-1]),
    )
    return node


def _ducts(sheet: _Sheet, campus: Campus, level: LevelPlan, side: int, gate: dict[int, int]) -> None:
    x, y = (np.concatenate([n[i] for n in sheet.nodes]) for i in (1, 2))
    for d in campus.ducts:
        a, b = gate[d.a_hall], gate[d.b_hall]
        length = max(1, int(abs(x[a] - x[b]) + abs(y[a] - y[b]))) if d.length_mm is None else d.length_mm
        one = np.array([-1])
        sheet.add_edges(
            np.array([a]),
            np.array([b]),
            np.array([length]),
            capacity=d.capacity,
            trays=d.trays,
            kind=np.array([DUCT]),
            level=level.level,
            side=side,
            hall=-1,
            row=one,
        )


def on_side(ways: Pathways, level: int, side: int) -> NDArray[np.bool_]:
    """Edges of a level that a cable of `side` may use: its own side's and those of none; ANY may use all."""
    own = ways.level == level
    return np.asarray(own if side == ANY else own & ((ways.side == side) | (ways.side == ANY)))


def taps(ways: Pathways, x: I32, y: I32, rack: I32, hall: I16, row: I16, level: int = DATA, side: int = ANY) -> Taps:
    """The nearest point of a row edge for risers at (x, y), arrays of one length.

    A riser attaches in its own hall, over its own row where the edges name rows (`row` -1: over any). Ties go to the lower edge.

    Raises:
        ValueError: a hall has no row edge on that level and side.
    """
    edge, offset, reach, z = (np.zeros(len(x), np.int32) for _ in range(4))
    usable = on_side(ways, level, side) & (ways.kind == ROW)
    for h in np.unique(hall):
        here, there = np.flatnonzero(hall == h), np.flatnonzero(usable & (ways.hall == h))
        if not len(there):
            raise ValueError(f"hall {int(h)} has no row pathway on level `{LEVELS[level]}`{f', side {chr(64 + side)}' if side else ''}")
        at = _nearest(ways, there, x[here], y[here], row[here])
        edge[here], offset[here], reach[here], z[here] = at
    return Taps(edge, offset, reach, z, x.astype(np.int32), y.astype(np.int32), rack.astype(np.int32))


def _nearest(ways: Pathways, edges: I64, x: I32, y: I32, row: I16) -> tuple[I64, I64, I64, I64]:
    """Edge, offset along it, sideways reach and tray height for each riser; (risers x edges) distances at once, a hall at a time."""
    a, b = ways.a[edges], ways.b[edges]
    ax, ay, az = (v[a].astype(np.float64) for v in (ways.x_mm, ways.y_mm, ways.z_mm))
    dx, dy, dz = ways.x_mm[b] - ax, ways.y_mm[b] - ay, ways.z_mm[b] - az
    run = np.maximum(dx * dx + dy * dy, 1e-9)
    t = np.clip(((x[:, None] - ax) * dx + (y[:, None] - ay) * dy) / run, 0, 1)
    away = np.abs(x[:, None] - ax - t * dx) + np.abs(y[:, None] - ay - t * dy)
    named = ways.row[edges]
    away[(named >= 0) & (row[:, None] >= 0) & (named != row[:, None])] = np.inf
    best = np.argmin(away, 1)
    part = t[np.arange(len(x)), best]
    offset = np.rint(part * ways.length_mm[edges][best]).astype(np.int64)
    reach = np.rint(np.abs(x - ax[best] - part * dx[best]) + np.abs(y - ay[best] - part * dy[best])).astype(np.int64)
    return edges[best], offset, reach, np.rint(az[best] + part * dz[best]).astype(np.int64)
