"""How full the trays get: cable cross-sections summed per segment without walking any cable along its path.

Flows are kept where paths meet: area per pair of junctions, area leaving each tap by either end of its segment, and area running
straight along a segment. They add up (cells, threads, old out and new in), all int64 in 0.01 mm2. Then `fill` pushes the pair flows
down the shortest-path trees and sweeps the segments.

Parallel trays: flows are kept in L = lcm(1..k) buckets of a stable hash of the cable, k the most trays anywhere. A segment uses the
fewest n of its trays that hold everything when bucket i goes to tray i mod n, and all of them where none do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.paths import Paths

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

    def add(self, some: CellFlows, sign: int = 1) -> None:
        """Put some cables into the trays, or with a `sign` of -1 take them out."""
        for whole, at, amount in ((self.pair, some.pair_at, some.pair), (self.out, some.out_at, some.out), (self.span, some.span_at, some.span)):
            whole.ravel()[at] += sign * amount


@dataclass(frozen=True, slots=True)
class CellFlows:
    """Flows of some cables: where in the flattened arrays of `Flows` there is any, each place once and in order, and how much."""

    pair_at: I64
    pair: I64
    out_at: I64
    out: I64
    span_at: I64
    span: I64


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
    """Put cables into the trays, each by its taps and path; see `flows_of`."""
    flows.add(flows_of(paths, (a_tap, b_tap), path, np.arange(len(path)), area, key))


def flows_of(paths: Paths, taps: tuple[I32 | I64, I32 | I64], path: I32, of: I64, area: I32, key: NDArray[np.uint64] | None = None) -> CellFlows:
    """Flows of cables. `taps` at both ends and `path` (from `route`) of some ways, `of` the way of each cable, its `area` in 0.01 mm2; `key` (see
    `labels.cable_key`) is asked for where L > 1. Ways inside a rack and those without a path are filled by nothing.
    """
    n, count, junctions = buckets(paths), len(paths.taps), len(paths.junction)
    bits = paths.bits
    mask = (1 << bits) - 1
    if n > 1:
        if key is None:
            raise ValueError("parallel trays want a key of each cable to spread them by")
        of = (key % np.uint64(n)).astype(np.int64) * len(path) + of
    total = np.bincount(of, area, n * len(path))  # whole numbers far below 2**53
    at = np.flatnonzero(total)
    box, way = np.divmod(at, max(len(path), 1))
    p, amount = path[way].astype(np.int64), total[at].astype(np.int64)
    own = np.flatnonzero(p >= 0)
    p, amount, box, way = p[own], amount[own], box[own], way[own]
    a, b = (pick(*taps)[way].astype(np.int64) for pick in (np.minimum, np.maximum))
    line = np.flatnonzero(p >> 2 * bits)
    at, ends = box[line] * (count + 1), (paths.rank[a[line]], paths.rank[b[line]])
    span = _summed(np.concatenate([at + np.minimum(*ends), at + np.maximum(*ends)]), np.concatenate([amount[line], -amount[line]]))
    if len(line):
        over = np.flatnonzero(p >> 2 * bits == 0)
        p, amount, a, b, box = (v[over] for v in (p, amount, a, b, box))
    first, last = p >> bits, p & mask
    pair = _summed((box * junctions + paths.exit_[first]) * junctions + paths.exit_[last], amount)
    out = _summed(np.concatenate([2 * (box * count + a) + (first & 1), 2 * (box * count + b) + (last & 1)]), np.tile(amount, 2))
    return CellFlows(*pair, *out, *span)


def joined(cells: Sequence[tuple[CellFlows, int]]) -> CellFlows:
    """Flows of some cells, each times a number, as one."""
    made = list[I64]()
    for where, amount in (("pair_at", "pair"), ("out_at", "out"), ("span_at", "span")):
        at, values = ([getattr(flows, name) for flows, _ in cells] for name in (where, amount))
        values = [times * v for v, (_, times) in zip(values, cells, strict=True)]
        made += _summed(*(np.concatenate([np.zeros(0, np.int64), *some]) for some in (at, values)))
    return CellFlows(*made)


def _summed(at: I64, amount: I64) -> tuple[I64, I64]:
    """Places that some amount falls on, in order, and how much comes together there; none where that is nothing."""
    place, of = np.unique(at, return_inverse=True)
    total = np.zeros(len(place), np.int64)
    np.add.at(total, of, amount)
    told = np.flatnonzero(total)
    return place[told], total[told]


def carried(paths: Paths, flows: Flows | CellFlows) -> I64:
    """Area on each edge from the flows between junctions, (L, E); of the sum of two flows it is the sum."""
    if isinstance(flows, Flows):
        at = np.flatnonzero(flows.pair)
        return _through(paths, at, flows.pair.ravel()[at])
    return _through(paths, flows.pair_at, flows.pair)


def fill(paths: Paths, flows: Flows, through: I64 | None = None) -> Fill:
    """Fill of every edge from the summed flows; `through` is what `carried` gives of them, where that is known."""
    n, edges = len(flows.pair), len(paths.edge)
    through = carried(paths, flows) if through is None else through
    points, at = paths.stretches.segment, paths.stretches.at_mm
    profile = np.stack([_profile(paths, flows.out[i], flows.span[i]) for i in range(n)])
    profile += through[:, paths.segment[points]]
    total, peak_at = _peaks(paths, through.sum(0), profile.sum(0), points, at)
    trays, limit = paths.ways.trays[paths.edge], paths.ways.capacity[paths.edge]
    most = int(trays.max()) if edges else 1
    used, held = np.zeros(edges, np.int8), np.zeros((edges, most), np.int64)
    for count in range(1, most + 1):
        spread = np.zeros((edges, most), np.int64)
        spread[:, 0] = total
        for i in range(count if count > 1 else 0):
            spread[:, i] = _peaks(paths, through[i::count].sum(0), profile[i::count].sum(0), points, at)[0]
        chosen = (used == 0) & (trays >= count) & ((spread.max(1) <= limit) | (trays == count))
        held[chosen], used[chosen] = spread[chosen], count
    return Fill(paths.edge, total, peak_at, used, held.max(1), held)


def tray_of(result: Fill, local_edge: I64, key: NDArray[np.uint64], paths: Paths) -> NDArray[np.int8]:
    """The tray (0, 1, ...) that cables of these keys take on these edges (positions in `result.edge`)."""
    return (key % np.uint64(buckets(paths)) % result.used[local_edge].astype(np.uint64)).astype(np.int8)


def _profile(paths: Paths, out: I64, span: I64) -> I64:
    """Area on each stretch from cables that start or end on its segment: what leaves by node a from beyond, by b from before, or runs past."""
    order, s = paths.order, paths.stretches
    to_a, to_b, past = (np.concatenate([[0], np.cumsum(v)]) for v in (out[0::2][order], out[1::2][order], span[:-1]))
    return np.asarray((to_a[s.end] - to_a[s.before]) + (to_b[s.before] - to_b[s.first]) + (past[s.before] - past[s.first]))


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


def _through(paths: Paths, at: I64, area: I64) -> I64:
    """Area on each edge, (L, E), from flows at these places of `Flows.pair`: all walk to the roots of their trees at once, an edge at a time."""
    junctions, edges = len(paths.junction), len(paths.edge)
    box, at = np.divmod(at, max(junctions**2, 1))
    source, end = np.divmod(at, max(junctions, 1))
    tree, node, via, first = source * len(paths.node), paths.junction[end], paths.via.ravel(), box * edges
    through = np.zeros(buckets(paths) * edges, np.int64)
    while len(tree):
        edge = via[tree + node]
        on = np.flatnonzero(edge >= 0)  # a root has none to go on by
        tree, area, first, edge = tree[on], area[on], first[on], edge[on]
        np.add.at(through, first + (edge >> 1), area)
        node = paths.tail[edge]
    return through.reshape(buckets(paths), edges)
