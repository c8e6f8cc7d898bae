"""Walking over the floor: how far it is from rack to rack along aisles and round the ends of rows, and a short way past all that are to be visited.

A person stands before the front of a rack, walks in aisles, and passes from one to another at the ends of rows. Between halls the way is told as the
straight one along both axes, as no table knows the doors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from rackwright.schema.tables import Tables

Array: TypeAlias = NDArray[Any]
BESIDE = 400  # mm from the front of a rack or the end of a row at which one walks
MOST_OPT = 1500  # stops of a hall up to which a way is improved by 2-opt; the nearest next one after that


class Floor:
    """Where one stands before each rack, and the junctions of the aisles of each hall."""

    def __init__(self, t: Tables) -> None:
        self.racks = t["hall_racks"].sort("rack_id").select("rack_id", "hall_id", "name", "x_mm", "y_mm", "width_mm", "depth_mm", "faces")
        at = {n: self.racks[n].to_numpy().astype(np.int64) for n in ("x_mm", "y_mm", "width_mm", "faces", "hall_id")}
        half, faces = at["width_mm"] // 2, at["faces"]
        # the corner is the left one as seen from the front: at higher x of a rack that looks to higher y
        x = np.select([faces == 1, faces == -1, faces == 2], [at["x_mm"] - half, at["x_mm"] + half, at["x_mm"] + BESIDE], at["x_mm"] - BESIDE)
        y = np.select([faces == 1, faces == -1, faces == 2], [at["y_mm"] + BESIDE, at["y_mm"] - BESIDE, at["y_mm"] + half], at["y_mm"] - half)
        self.x, self.y, self.hall, self.faces = x, y, at["hall_id"], faces
        rows = t["hall_rows"].select("hall_id", "x_mm", "y_mm", "width_mm", "depth_mm")
        self._rows = {h: rows.filter(pl.col("hall_id") == h).drop("hall_id").to_numpy().astype(np.int64) for h in rows["hall_id"].unique().sort()}

    def straight(self, a: int, b: int) -> int:
        """Way between two racks along both axes, mm, through whatever stands there."""
        return int(abs(self.x[a] - self.x[b]) + abs(self.y[a] - self.y[b]))

    def between(self, racks: Sequence[int]) -> Array:
        """Walk from each of some racks (positions in `racks`) to each other, mm."""
        at = np.asarray(racks, np.int64)
        made = np.abs(self.x[at][:, None] - self.x[at]) + np.abs(self.y[at][:, None] - self.y[at])
        for hall in np.unique(self.hall[at]):
            own = np.flatnonzero(self.hall[at] == hall)
            made[np.ix_(own, own)] = self._inside(int(hall), at[own])
        np.fill_diagonal(made, 0)
        return np.asarray(made, np.int64)

    def path(self, a: int, b: int) -> list[tuple[int, int]]:
        """Corners of the walk between two racks of one hall, from the front of one to that of the other, mm of the campus."""
        at = np.array([a, b])
        xs, ys, ways, (first, last) = self._grid(int(self.hall[a]), at)
        _, before = dijkstra(ways, directed=False, indices=first, return_predecessors=True)
        made = [int(last)]
        while made[-1] != first and before[made[-1]] >= 0:
            made.append(int(before[made[-1]]))
        if made[-1] != first:
            return [(int(x), int(y)) for x, y in zip(self.x[at], self.y[at], strict=True)]
        points = [(int(xs[n // len(ys)]), int(ys[n % len(ys)])) for n in made[::-1]]
        is_corner = [p[0] != q[0] and p[1] != q[1] for p, q in zip(points, points[2:], strict=False)]
        return [points[0], *(p for p, corner in zip(points[1:], is_corner, strict=False) if corner), *points[1:][-1:]]

    def _inside(self, hall: int, at: Array) -> Array:
        """Walk inside a hall: on the lines beside rows, whose crossings are the junctions."""
        x, y = self.x[at], self.y[at]
        _, _, ways, nodes = self._grid(hall, at)
        unique, back = np.unique(nodes, return_inverse=True)
        found = dijkstra(ways, directed=False, indices=unique)[:, unique][np.ix_(back, back)]
        straight = np.abs(x[:, None] - x) + np.abs(y[:, None] - y)
        return np.asarray(np.where(np.isfinite(found), found, straight), np.int64)

    def _grid(self, hall: int, at: Array) -> tuple[Array, Array, coo_array, Array]:
        """Lines on which one walks past some racks (x of those that run along y, and y of the others), their free pieces, and the crossing before
        each rack. A crossing is its x times the number of y, plus its y.
        """
        boxes = self._rows.get(hall, np.zeros((0, 4), np.int64))
        x, y = self.x[at], self.y[at]
        xs = np.unique(np.r_[boxes[:, 0] - BESIDE, boxes[:, 0] + boxes[:, 2] + BESIDE, x])
        ys = np.unique(np.r_[boxes[:, 1] - BESIDE, boxes[:, 1] + boxes[:, 3] + BESIDE, y])
        return xs, ys, _lines(xs, ys, boxes), np.searchsorted(xs, x) * len(ys) + np.searchsorted(ys, y)


def _lines(xs: Array, ys: Array, boxes: Array) -> coo_array:
    """The grid of lines with every piece that does not pass through a row."""
    node = np.arange(len(xs) * len(ys)).reshape(len(xs), len(ys))
    mid_x, mid_y = (xs[:-1] + xs[1:]) / 2, (ys[:-1] + ys[1:]) / 2
    free_x, free_y = np.ones((len(xs) - 1, len(ys)), np.bool_), np.ones((len(xs), len(ys) - 1), np.bool_)
    for x, y, wide, deep in boxes:
        free_x &= ~(((mid_x > x) & (mid_x < x + wide))[:, None] & ((ys > y) & (ys < y + deep)))
        free_y &= ~(((xs > x) & (xs < x + wide))[:, None] & ((mid_y > y) & (mid_y < y + deep)))
    one = np.r_[node[:-1][free_x], node[:, :-1][free_y]]
    two = np.r_[node[1:][free_x], node[:, 1:][free_y]]
    far = np.r_[np.broadcast_to(np.diff(xs)[:, None], free_x.shape)[free_x], np.broadcast_to(np.diff(ys), free_y.shape)[free_y]]
    return coo_array((far.astype(np.float64), (one, two)), shape=(node.size, node.size)).tocsr()


def tour(between: Array, start: int = 0) -> Array:
    """A short open way from `start` past every stop, by nearest neighbour and 2-opt; positions in the order of the visit. `between` is n x n, mm."""
    n = len(between)
    left, made = np.ones(n, np.bool_), [start]
    left[start] = False
    for _ in range(n - 1):
        away = np.where(left, between[made[-1]], np.iinfo(np.int64).max)
        made.append(int(away.argmin()))
        left[made[-1]] = False
    way = np.array(made)
    return _opted(way, between) if 3 < n <= MOST_OPT else way


def _opted(way: Array, between: Array) -> Array:
    """Turns pieces of the way round while one makes it shorter."""
    n = len(way)
    is_better = True
    while is_better:
        is_better = False
        for i in range(n - 2):
            a, b = way[i], way[i + 1]
            one, two = way[i + 2 :], np.r_[way[i + 3 :], -1]
            # the piece from i + 1 to j is turned round: edges (a, b) and (way[j], way[j + 1]) become (a, way[j]) and (b, way[j + 1])
            after = np.where(two >= 0, between[b, two] - between[one, two], 0)
            gain = between[a, b] - between[a, one] - after
            best = int(gain.argmax())
            if gain[best] > 0:
                j = i + 2 + best
                way[i + 1 : j + 1] = way[i + 1 : j + 1][::-1]
                is_better = True
    return way


def length(way: Sequence[int] | Array, between: Array) -> int:
    """Length of a way in mm."""
    at = np.asarray(way, np.int64)
    return int(between[at[:-1], at[1:]].sum())
