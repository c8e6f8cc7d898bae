"""How full the trays get: cable cross-sections summed per segment without walking any cable along its path.

Flows are kept where paths meet: area per pair of junctions, area leaving each tap by either end of its segment, and area running
straight along a segment. They add up (cells, threads, old out and new in), all int64 in 0.01 mm2. Then `fill` pushes the pair flows
down the shortest-path trees and sweeps the segments.

Parallel trays: flows are kept in L = lcm(1..k) buckets of a stable hash of the cable, k the most trays anywhere. A segment uses the
fewest n of its trays that hold everything when bucket i goes to tray i mod n, and all of them where none do.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.paths import CHUNK, Paths

I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]


@dataclass(slots=True)
class Flows:
    """Area of cables in 0.01 mm2: `pair` (L, J * J), `out` (L, 2 * T) by tap and end, `span` (L, T + 1) steps along the sorted taps."""

    pair: I64
    out: I64
    span: I64

    def __iadd__(self, other: Flows) -> Flows:
        self.pair += other.pair
        self.out += other.out
        self.span += other.span
        return self

    def __isub__(self, other: Flows) -> Flows:
        self.pair -= other.pair
        self.out -= other.out
        self.span -= other.span
        return self


@dataclass(frozen=True, slots=True)
class Fill:
    """Fill of the edges of one set of paths, E of them, ids `edge` in the pathways.

    `total` is the largest area at any point of the edge, all trays together, and `peak_at_mm` where it first is so, from node a.
    `used` trays carry it, the fullest `fullest`; `tray` (E, k) is the largest area in each.
    """

    edge: I32
    total: I64
    peak_at_mm: I32
    used: NDArray[np.int8]
    fullest: I64
    tray: I64

    def over(self, paths: Paths) -> I64:
        """By how much the fullest tray of each edge is over its capacity, 0 where it is not; (E,)."""
        return np.asarray(np.maximum(self.fullest - paths.ways.capacity[self.edge], 0))


def buckets(paths: Paths) -> int:
    """L: how many buckets a hash of the cable is split into, 1 where no segment has parallel trays."""
    most = int(paths.ways.trays[paths.edge].max()) if len(paths.edge) else 1
    return lcm(*range(1, most + 1))


def no_flows(paths: Paths) -> Flows:
    """Empty trays."""
    n, taps = buckets(paths), len(paths.taps)
    return Flows(np.zeros((n, len(paths.junction) ** 2), np.int64), np.zeros((n, 2 * taps), np.int64), np.zeros((n, taps + 1), np.int64))


def add_flows(flows: Flows, paths: Paths, a_tap: I32, b_tap: I32, path: I32, area: I32, key: NDArray[np.uint64] | None = None) -> None:
    """Put cables into the trays. `path` is from `route`, `area` in 0.01 mm2; `key` (see `labels.cable_key`) is asked for where L > 1.

    Cables inside a rack and those without a path fill nothing.
    """
    n = len(flows.pair)
    if n > 1 and key is None:
        raise ValueError("parallel trays want a key of each cable to spread them by")
    bits = paths.bits
    mask = (1 << bits) - 1
    row = paths.exit_ * len(paths.junction)
    rank = _ranks(paths)
    pair, out, span = flows.pair.ravel(), flows.out.ravel(), flows.span.ravel()
    for k in range(0, len(path), CHUNK):
        part = slice(k, k + CHUNK)
        p, amount = path[part].astype(np.int64), area[part].astype(np.int64)
        a, b = np.minimum(a_tap[part], b_tap[part]).astype(np.int64), np.maximum(a_tap[part], b_tap[part]).astype(np.int64)
        box = (key[part] % np.uint64(n)).astype(np.int64) if n > 1 and key is not None else np.zeros(1, np.int64)
        box = np.broadcast_to(box, p.shape)
        line = np.flatnonzero(p >> 2 * bits == 1)
        if len(line):
            ra, rb, at = rank[a[line]], rank[b[line]], box[line] * flows.span.shape[1]
            np.add.at(span, at + np.minimum(ra, rb), amount[line])
            np.subtract.at(span, at + np.maximum(ra, rb), amount[line])
        if len(line) or (len(p) and int(p.min()) < 0):
            keep = np.flatnonzero((p >= 0) & (p >> 2 * bits == 0))
            p, amount, a, b, box = (v[keep] for v in (p, amount, a, b, box))
        first, last = p >> bits, p & mask
        across, along = row[first] + paths.exit_[last], 2 * a + (first & 1)
        back = 2 * b + (last & 1)
        if n > 1:
            across, along, back = across + box * flows.pair.shape[1], along + box * flows.out.shape[1], back + box * flows.out.shape[1]
        np.add.at(pair, across, amount)
        np.add.at(out, along, amount)
        np.add.at(out, back, amount)


def carried(paths: Paths, flows: Flows) -> I64:
    """Area on each edge from the flows between junctions, (L, E); of the sum of two flows it is the sum."""
    return np.stack([_through(paths, pair) for pair in flows.pair])


def fill(paths: Paths, flows: Flows, through: I64 | None = None) -> Fill:
    """Fill of every edge from the summed flows; `through` is what `carried` gives of them, where that is known."""
    n, edges = len(flows.pair), len(paths.edge)
    through = carried(paths, flows) if through is None else through
    points, at = _points(paths)
    profile = np.stack([_profile(paths, flows.out[i], flows.span[i]) for i in range(n)])
    profile += through[:, paths.segment[points]]
    total, peak_at = _peaks(paths, through.sum(0), profile.sum(0), points, at)
    trays, limit = paths.ways.trays[paths.edge], paths.ways.capacity[paths.edge]
    most = int(trays.max()) if edges else 1
    used, held = np.zeros(edges, np.int8), np.zeros((edges, most), np.int64)
    for count in range(1, most + 1):
        spread = np.zeros((edges, most), np.int64)
        for i in range(count):
            spread[:, i] = _peaks(paths, through[i::count].sum(0), profile[i::count].sum(0), points, at)[0]
        chosen = (used == 0) & (trays >= count) & ((spread.max(1) <= limit) | (trays == count))
        held[chosen], used[chosen] = spread[chosen], count
    return Fill(paths.edge, total, peak_at, used, held.max(1), held)


def tray_of(result: Fill, local_edge: I64, key: NDArray[np.uint64], paths: Paths) -> NDArray[np.int8]:
    """The tray (0, 1, ...) that cables of these keys take on these edges (positions in `result.edge`)."""
    return (key % np.uint64(buckets(paths)) % result.used[local_edge].astype(np.uint64)).astype(np.int8)


def _order(paths: Paths) -> I64:
    return np.lexsort((np.arange(len(paths.taps)), paths.off_mm[0], paths.seg))


def _ranks(paths: Paths) -> I64:
    """Place of each tap in the order of segment and offset."""
    rank = np.empty(len(paths.taps), np.int64)
    rank[_order(paths)] = np.arange(len(paths.taps))
    return rank


def _points(paths: Paths) -> tuple[I64, I64]:
    """Stretches of the segments between taps: the segment of each, and where it starts (mm from node a). One more a segment than taps."""
    order = _order(paths)
    seg = np.concatenate([paths.seg[order], np.arange(len(paths.segment))])
    at = np.concatenate([paths.off_mm[0][order].astype(np.int64), np.full(len(paths.segment), -1)])
    by = np.lexsort((np.arange(len(seg)), at, seg))  # the stretch before the first tap starts at -1 and so comes first
    return seg[by], np.maximum(at[by], 0)


def _profile(paths: Paths, out: I64, span: I64) -> I64:
    """Area on each stretch from cables that start or end on its segment: what leaves by node a from beyond, by b from before, or runs past."""
    order, count = _order(paths), np.bincount(paths.seg, minlength=len(paths.segment))
    first = np.cumsum(count) - count
    to_a, to_b, past = (np.concatenate([[0], np.cumsum(v)]) for v in (out[0::2][order], out[1::2][order], span[:-1]))
    index = np.repeat(np.arange(len(count)), count + 1)
    here = np.arange(len(index)) - index  # taps before this stretch, over all segments
    return np.asarray((to_a[(first + count)[index]] - to_a[here]) + (to_b[here] - to_b[first[index]]) + (past[here] - past[first[index]]))


def _peaks(paths: Paths, through: I64, profile: I64, points: I64, at: I64) -> tuple[I64, I32]:
    """Largest area on each edge, and where."""
    peak, where = through.copy(), np.zeros(len(through), np.int32)
    if len(points):
        start = np.flatnonzero(np.concatenate([[True], points[1:] != points[:-1]]))
        top = np.maximum.reduceat(profile, start)
        hit = np.flatnonzero(profile == top[points])
        first = hit[np.unique(points[hit], return_index=True)[1]]
        peak[paths.segment], where[paths.segment] = top, at[first]
    return peak, where


def _through(paths: Paths, pair: I64) -> I64:
    """Area on each edge from the flows between junctions: every tree is emptied from its farthest node to its root, all trees at once."""
    size = len(paths.junction)
    table = pair.reshape(size, size)
    source = np.flatnonzero(table.any(axis=1))
    n = len(paths.node)
    if not len(source):
        return np.zeros(len(paths.edge), np.int64)
    via = paths.via[source]
    # One more column takes what has arrived: roots have no edge to go on by.
    parent = np.where(via >= 0, paths.tail[via], n)
    area = np.zeros((len(source), n + 1), np.int64)
    area[:, paths.junction] = table[source]
    base = (np.arange(len(source)) * (n + 1))[:, None]
    far = np.argsort(-paths.far_mm[source], axis=1, kind="stable")
    here, there = (far + base).T.copy(), (np.take_along_axis(parent, far, 1) + base).T.copy()
    flat = area.ravel()
    for i in range(n):
        flat[there[i]] += flat[here[i]]
    carried = np.zeros(2 * len(paths.edge) + 1, np.int64)
    np.add.at(carried, via.ravel(), flat.reshape(len(source), n + 1)[:, :n].ravel())  # -1 is the last, which nobody reads
    return np.asarray(carried[:-1].reshape(-1, 2).sum(1))
