"""Drawn pathway segments as a graph: joined where they cross, where an end meets another, and where ends meet.

Segments join on one level, inside one hall, where their sides are equal or one has none. Ducts, which belong to no hall, join by their ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.pathways import ANY, DATA, Pathways

I64: TypeAlias = NDArray[np.int64]
F64: TypeAlias = NDArray[np.float64]
JOIN_MM = 50  # ends nearer than this to a segment are meant to meet it: drawings are that exact


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight run of trays from (x0, y0) to (x1, y1), campus mm, `z_mm` above the floor; hall and row -1 where it belongs to none.

    One that `is_link` meets others with its ends alone. `length_mm` is given where it is not as straight as it is drawn.
    """

    x0: int
    y0: int
    x1: int
    y1: int
    kind: int
    capacity: int
    z_mm: int
    hall: int = 0
    row: int = -1
    level: int = DATA
    side: int = ANY
    trays: int = 1
    length_mm: int | None = None
    is_link: bool = False


def joined(drawn: Sequence[Segment], tolerance_mm: int = JOIN_MM) -> Pathways:
    """The graph of these segments; its edges are in their order, each from its first end to its second.

    Raises:
        ValueError: a segment has no length, by its number.
    """
    ends = np.array([[s.x0, s.y0, s.x1, s.y1] for s in drawn], np.int64).reshape(-1, 4)
    size = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    if (size == 0).any():
        raise ValueError(f"pathway segment {int(np.flatnonzero(size == 0)[0])} ends where it starts")
    level, side, hall = (np.array([getattr(s, n) for s in drawn], np.int64) for n in ("level", "side", "hall"))
    links = np.array([s.is_link for s in drawn], bool)
    n = len(drawn)
    # A point of a segment is (segment, share of its length); records of points that meet are tied and become one node.
    seg, share = [np.repeat(np.arange(n), 2)], [np.tile([0.0, 1.0], n)]
    ties: list[tuple[I64, I64]] = []
    count = 2 * n
    for h, lv in sorted(set(zip(hall.tolist(), level.tolist(), strict=True))):
        own = np.flatnonzero((hall == h) & (level == lv))
        i, t, j, u = _meetings(ends[own], size[own], side[own], links[own], tolerance_mm)
        seg += [own[i], own[j]]
        share += [t, u]
        ties.append((count + np.arange(len(i)), count + len(i) + np.arange(len(i))))
        count += 2 * len(i)
    place = np.stack([level.repeat(2), side.repeat(2), ends[:, [0, 2]].ravel(), ends[:, [1, 3]].ravel()])
    _, first, same = np.unique(place, axis=1, return_index=True, return_inverse=True)
    ties.append((np.arange(2 * n), first[same.ravel()]))
    return _graph(drawn, ends, size, np.concatenate(seg), np.concatenate(share), ties, tolerance_mm)


def _meetings(ends: I64, size: F64, side: I64, links: NDArray[np.bool_], tolerance: int) -> tuple[I64, F64, I64, F64]:
    """Pairs of segments that meet, and where on each: (i, share of i, j, share of j), i < j for crossings."""
    x0, y0, x1, y1 = ends.T.astype(np.float64)
    dx, dy = x1 - x0, y1 - y0
    may = (side[:, None] == side) | (side[:, None] == ANY) | (side == ANY)
    np.fill_diagonal(may, False)
    slack = tolerance / size
    # Crossings.
    cross = dx[:, None] * dy - dy[:, None] * dx
    is_skew = np.abs(cross) > 1e-9 * size[:, None] * size
    safe = np.where(is_skew, cross, 1.0)
    ox, oy = x0[None, :] - x0[:, None], y0[None, :] - y0[:, None]
    t, u = (ox * dy - oy * dx) / safe, (ox * dy[:, None] - oy * dx[:, None]) / safe
    hit = may & is_skew & (t >= -slack[:, None]) & (t <= 1 + slack[:, None]) & (u >= -slack) & (u <= 1 + slack)
    t, u = np.clip(t, 0, 1), np.clip(u, 0, 1)
    inner_t, inner_u = (t > slack[:, None]) & (t < 1 - slack[:, None]), (u > slack) & (u < 1 - slack)
    hit &= ~(links[:, None] & inner_t) & ~(links & inner_u)
    i, j = np.nonzero(np.triu(hit))
    found = [(i, t[i, j], j, u[i, j])]
    # Ends that meet a parallel segment: one that goes on, or runs along it.
    for end, ex, ey in ((0.0, x0, y0), (1.0, x1, y1)):
        along = ((ex[None, :] - x0[:, None]) * dx[:, None] + (ey[None, :] - y0[:, None]) * dy[:, None]) / (size * size)[:, None]
        away = np.abs((ex[None, :] - x0[:, None]) * dy[:, None] - (ey[None, :] - y0[:, None]) * dx[:, None]) / size[:, None]
        hit = may & ~is_skew & (away <= tolerance) & (along >= -slack[:, None]) & (along <= 1 + slack[:, None])
        along = np.clip(along, 0, 1)
        hit &= ~(links[:, None] & (along > slack[:, None]) & (along < 1 - slack[:, None]))
        i, j = np.nonzero(hit)
        found.append((i, along[i, j], j, np.full(len(j), end)))
    one, t_all, other, u_all = (np.concatenate(c) for c in zip(*found, strict=True))
    return one.astype(np.int64), t_all.astype(np.float64), other.astype(np.int64), u_all.astype(np.float64)


def _graph(drawn: Sequence[Segment], ends: I64, size: F64, seg: I64, share: F64, ties: list[tuple[I64, I64]], tolerance: int) -> Pathways:
    """Nodes from tied records, edges between neighbours on a segment."""
    import scipy.sparse.csgraph  # noqa: PLC0415  0.2 s, and a rack on its own needs none of it

    order = np.lexsort((share, seg))
    near = np.flatnonzero((seg[order][1:] == seg[order][:-1]) & (np.diff(share[order]) * size[seg[order][1:]] <= tolerance))
    a, b = np.concatenate([*(t[0] for t in ties), order[near]]), np.concatenate([*(t[1] for t in ties), order[near + 1]])
    n = len(seg)
    tied = scipy.sparse.csr_array((np.ones(len(a), np.int8), (a, b)), shape=(n, n))
    _, node = scipy.sparse.csgraph.connected_components(tied, directed=False)
    x = np.rint(ends[seg, 0] + share * (ends[seg, 2] - ends[seg, 0])).astype(np.int64)
    y = np.rint(ends[seg, 1] + share * (ends[seg, 3] - ends[seg, 1])).astype(np.int64)
    _, head = np.unique(node, return_index=True)  # records of ends come first, so a node stands where the first end in it was drawn
    key = np.lexsort((x[head], y[head], np.array([drawn[s].hall for s in seg[head]]), np.array([drawn[s].side for s in seg[head]]),
                      np.array([drawn[s].level for s in seg[head]])))  # fmt: skip
    head, rank = head[key], np.empty(len(key), np.int64)
    rank[key] = np.arange(len(key))
    node = rank[node]
    step = np.flatnonzero((seg[order][1:] == seg[order][:-1]) & (node[order][1:] != node[order][:-1]))
    a, b, own = node[order[step]], node[order[step + 1]], seg[order[step]]
    part = share[order[step + 1]] - share[order[step]]
    nx, ny = x[head], y[head]
    straight = np.rint(np.hypot(nx[a] - nx[b], ny[a] - ny[b])).astype(np.int64)
    given = np.array([-1 if s.length_mm is None else s.length_mm for s in drawn], np.int64)[own]
    length = np.maximum(np.where(given >= 0, np.rint(part * given).astype(np.int64), straight), 1)
    column = {
        name: np.array([getattr(s, name) for s in drawn], np.int64)[own] for name in ("capacity", "trays", "kind", "level", "side", "hall", "row")
    }
    of_node = [drawn[s] for s in seg[head].tolist()]
    return Pathways(
        np.array([s.hall for s in of_node], np.int16),
        nx.astype(np.int32),
        ny.astype(np.int32),
        np.array([s.z_mm for s in of_node], np.int32),
        a.astype(np.int32),
        b.astype(np.int32),
        length.astype(np.int32),
        column["capacity"],
        column["trays"].astype(np.int8),
        column["kind"].astype(np.int8),
        column["level"].astype(np.int8),
        column["side"].astype(np.int8),
        column["hall"].astype(np.int16),
        column["row"].astype(np.int16),
    )
