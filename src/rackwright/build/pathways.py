"""Overhead pathways of a campus as a graph on levels: nodes, edges with length and capacity, and where a rack's risers meet them.

`layout.lay_out` draws them over a floor, or a user does; `segments.joined` makes the graph of what is drawn. Nothing here asks which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

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
