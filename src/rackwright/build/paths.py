"""Cable routes over a pathway graph: shortest paths once per pair of junctions, then a few gathers for each cable.

A tap sits on a row edge ("segment") and leaves it at one of its two ends, a junction. The way between two taps is the best of the four
choices of exits, or straight along a segment both sit on: exit of a, junction pair, exit of b. That triple packed into an int32 is the
path id: half-segment of a (2 * segment + exit), then half-segment of b, `bits` bits each; a set bit above them means straight along
`segment`. Ids belong to one `Paths`. The tap of lower number counts as a, so both directions are one path.

A *lane* is what a cable may use: the trays of a level, and of one side where there are two. Lanes of one `Paths` have copies of their own of
trays that serve both sides, so that no way changes sides there.
Everything is whole mm; equal ways go to the lower exit, then the lower node, whatever the order of cables or the version of SciPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.pathways import KINDS, LEVELS, Pathways, Taps, on_side

I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]

IN_RACK, NO_PATH = -1, -2  # path ids of cables that need no pathway, and of those that find none
CHUNK = 1 << 16  # rows that stay in cache together
MOST_SEGMENTS = 1 << 14  # that a path id holds
_FAR = 1 << 27  # mm; longer than any path, and 4 * (_FAR + two segments) stays inside int32
_SOURCES = 256  # shortest-path rows found at a time


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches of segments from tap to tap, one more a segment than it has taps, equal-length columns: the `segment` of each, and where it begins
    (mm from node a). Taps in order over all segments: the `first` of its segment, the one after its last (`end`), and how many are `before` it.
    """

    segment: I64
    at_mm: I64
    first: I64
    end: I64
    before: I64


@dataclass(frozen=True)
class Paths:
    """Shortest paths between the junctions of each lane. T taps (lane after lane), S segments, J junctions, N nodes, E edges of the sub-graph.

    `edge` (E,) and `node` (N,) are ids in `ways`, twice where two lanes share them; `junction` (J,) local nodes, `far_mm` (J, N) lengths
    (at least 2**27: unreachable), `via` (J, N) the directed edge by which the tree of a junction reaches a node (-1: the root, or
    unreachable), `tail` (2E,) the node such an edge comes from; directed edge d is undirected `edge[d // 2]`. `segment` (S,) are local
    edges, `exit_` (2S,) the junction of a half-segment. For each tap: `seg` (T,), and `off_mm` (2, T) along it to both ends.
    """

    ways: Pathways
    taps: Taps
    edge: I32
    node: I32
    junction: I32
    far_mm: I32
    via: I32
    tail: I32
    segment: I32
    exit_: I64
    seg: I64
    off_mm: I32
    four_far: I32

    @property
    def bits(self) -> int:
        """Bits of one half-segment in a path id."""
        return max(1, (2 * len(self.segment) - 1).bit_length())

    @cached_property
    def order(self) -> I64:
        """Taps by segment and offset."""
        return np.lexsort((np.arange(len(self.taps)), self.off_mm[0], self.seg))

    @cached_property
    def ends(self) -> tuple[I32, I64, I64, I32]:
        """For `route`: four times the way of each tap to both ends of its segment (2, T), the junction of both exits of each segment (2, S), by
        itself and as a row of `four_far`, and the segment of each tap.
        """
        exits = self.exit_.reshape(-1, 2).T.copy()
        return 4 * self.off_mm, exits, exits * len(self.junction), self.seg.astype(np.int32)

    @cached_property
    def stretches(self) -> Stretches:
        """The stretches between taps, along every segment."""
        count = np.bincount(self.seg, minlength=len(self.segment))
        first = np.cumsum(count) - count
        seg = np.concatenate([self.seg[self.order], np.arange(len(self.segment))])
        at = np.concatenate([self.off_mm[0][self.order].astype(np.int64), np.full(len(self.segment), -1)])
        by = np.lexsort((np.arange(len(seg)), at, seg))  # the stretch before the first tap starts at -1 and so comes first
        of = seg[by]
        return Stretches(of, np.maximum(at[by], 0), first[of], (first + count)[of], np.arange(len(of)) - of)

    @cached_property
    def rank(self) -> I64:
        """Place of each tap in that order."""
        rank = np.empty(len(self.taps), np.int64)
        rank[self.order] = np.arange(len(self.taps))
        return rank


@dataclass(frozen=True, slots=True)
class LengthRule:
    """What is added to the way through the pathways: a bend at each end, then slack in thousandths of the route and a loop at each end."""

    bend_mm: int = 0
    slack_permille: int = 0
    loop_mm: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One segment of a path as people read it. `length_mm` is what the cable uses of it."""

    edge: int
    kind: str
    level: str
    from_mm: tuple[int, int, int]
    to_mm: tuple[int, int, int]
    length_mm: int


def find_paths(ways: Pathways, taps: Taps, level: int, side: int) -> Paths:
    """Paths of one lane, see `lane_paths`."""
    return lane_paths(ways, [taps], [(level, side)])


def lane_paths(ways: Pathways, tapped: list[Taps], lanes: list[tuple[int, int]]) -> Paths:
    """Paths between all junctions next to a tap, for the taps of each lane (level, side).

    Raises:
        ValueError: a tap on an edge of another level or side, too many segments for the path id, or a path over 134 km.
    """
    size = len(ways.x_mm)
    own = [np.flatnonzero(on_side(ways, *lane)).astype(np.int32) for lane in lanes]
    start = np.cumsum([0, *(len(e) for e in own)])
    edge = np.concatenate(own)
    lane = np.repeat(np.arange(len(lanes)), np.diff(start)) * size
    node, ends = np.unique(np.concatenate([ways.a[edge] + lane, ways.b[edge] + lane]), return_inverse=True)
    a, b = ends.reshape(2, -1)
    taps = Taps(*(np.concatenate([getattr(t, name) for t in tapped]) for name in Taps.__slots__))
    on_edge = np.concatenate([start[i] + np.searchsorted(own[i], t.edge) for i, t in enumerate(tapped)])
    segment, seg = np.unique(on_edge, return_inverse=True)
    if len(taps) and (int(segment[-1]) >= len(edge) or not np.array_equal(edge[segment[seg]], taps.edge)):
        raise ValueError("taps and paths must be of the same level and side")
    if len(segment) > MOST_SEGMENTS:
        raise ValueError(f"{len(segment)} row segments are more than a path id holds ({MOST_SEGMENTS}); cut the campus into several sets of paths")
    junction, exits = np.unique(np.stack([a[segment], b[segment]], 1), return_inverse=True)
    w = ways.length_mm[edge].astype(np.int64)
    far, via = _trees(np.stack([a, b], 1).ravel(), np.stack([b, a], 1).ravel(), np.repeat(w, 2), junction, len(node))
    off = taps.offset_mm
    between = far[:, junction]
    return Paths(
        ways,
        taps,
        edge,
        (node % size).astype(np.int32),
        junction.astype(np.int32),
        far,
        via,
        np.stack([a, b], 1).ravel().astype(np.int32),
        segment.astype(np.int32),
        exits.ravel().astype(np.int64),
        seg.astype(np.int64),
        np.stack([off, ways.length_mm[taps.edge] - off]).astype(np.int32),
        (4 * np.minimum(between, _FAR)).ravel().astype(np.int32),
    )


def _trees(tail: I64, head: I64, w: I64, sources: I64, n: int) -> tuple[I32, I32]:
    """Lengths and directed tree edges from each source, shapes (sources, n)."""
    import scipy.sparse.csgraph  # noqa: PLC0415  0.2 s, and a rack on its own needs none of it

    # Of parallel edges the shortest, lowest one counts; rows by head, then tail, so that the first hit below is the lowest tail.
    order = np.lexsort((np.arange(len(w)), w, tail, head))
    t, h = tail[order], head[order]
    order = order[np.concatenate([[True], (t[1:] != t[:-1]) | (h[1:] != h[:-1])])] if len(order) else order
    t, h, lengths = tail[order], head[order], w[order]
    graph = scipy.sparse.csr_array((lengths.astype(np.float64), (t, h)), shape=(n, n))
    into, starts = np.unique(h, return_index=True)
    far, via = np.full((len(sources), n), _FAR, np.int32), np.full((len(sources), n), -1, np.int32)
    none = len(order)
    for k in range(0, len(sources), _SOURCES):
        length = scipy.sparse.csgraph.dijkstra(graph, indices=sources[k : k + _SOURCES])
        if (np.isfinite(length) & (length >= _FAR)).any():
            raise ValueError("a pathway runs over 134 km; give lengths in mm")
        d = np.where(np.isfinite(length), length, _FAR).astype(np.int32)
        tight = d[:, t] + lengths.astype(np.int32) == d[:, h]
        first = np.minimum.reduceat(np.where(tight, np.arange(none, dtype=np.int32), none), starts, axis=1) if none else np.empty((len(d), 0), int)
        far[k : k + _SOURCES] = d
        via[k : k + _SOURCES, into] = np.where(first < none, np.append(order, -1)[first], -1)
    return far, via


def pairs(paths: Paths, a_tap: I32, b_tap: I32) -> tuple[I64, I64, I64]:
    """Cables between the same two taps go the same way: both taps of every such pair, the lower first, and the pair of each cable."""
    low, high = np.minimum(a_tap, b_tap), np.maximum(a_tap, b_tap)
    # With an index NumPy sorts by runs, in which cables stand: several times as fast.
    pair, _, of = np.unique(low * np.int64(len(paths.taps)) + high, return_index=True, return_inverse=True)
    return *np.divmod(pair, max(len(paths.taps), 1)), of


def route(paths: Paths, a_tap: I32 | I64, b_tap: I32 | I64) -> tuple[I32, I32]:
    """Length in the trays (mm, from tap to tap) and path id of cables between taps, shape (n,) each.

    Inside one rack: 0 and IN_RACK. No way through the pathways: -1 and NO_PATH.
    """
    length, path = np.empty(len(a_tap), np.int32), np.empty(len(a_tap), np.int32)
    four_off, exit_b, exit_a, seg = paths.ends
    rack, bits = paths.taps.rack, paths.bits
    for k in range(0, len(a_tap), CHUNK):
        a = np.minimum(a_tap[k : k + CHUNK], b_tap[k : k + CHUNK]).astype(np.int64)
        b = np.maximum(a_tap[k : k + CHUNK], b_tap[k : k + CHUNK]).astype(np.int64)
        a_seg, b_seg = seg[a], seg[b]
        a_exit, b_exit = (exit_a[0][a_seg], exit_a[1][a_seg]), (exit_b[0][b_seg], exit_b[1][b_seg])
        a_off, b_off = (four_off[0][a], four_off[1][a]), (four_off[0][b], four_off[1][b])
        # Four times the length plus the choice of exits: the least of them is the shortest way, and on a tie the lower choice.
        best = np.full(len(a), np.iinfo(np.int32).max, np.int32)
        for i in (0, 1):
            for j in (0, 1):
                way = np.take(paths.four_far, a_exit[i] + b_exit[j])
                way += a_off[i]
                way += b_off[j]
                way += 2 * i + j
                np.minimum(best, way, out=best)
        mm = best >> 2
        name = ((2 * a_seg + (best >> 1 & 1)) << bits) + 2 * b_seg + (best & 1)
        same = np.flatnonzero(a_seg == b_seg)
        straight = np.abs(paths.off_mm[0][a[same]] - paths.off_mm[0][b[same]])
        along = same[straight <= mm[same]]
        mm[along] = straight[straight <= mm[same]]
        name[along] = (1 << (2 * bits)) + a_seg[along]
        lost = np.flatnonzero(mm >= _FAR)
        mm[lost], name[lost] = -1, NO_PATH
        inside = np.flatnonzero(rack[a] == rack[b])
        mm[inside], name[inside] = 0, IN_RACK
        length[k : k + CHUNK], path[k : k + CHUNK] = mm, name
    return length, path


def cable_lengths(
    paths: Paths, a_tap: I32, b_tap: I32, tray_mm: I32, path: I32, a_z: I32, b_z: I32, a_run: I32, b_run: I32, rule: LengthRule
) -> tuple[I32, I32]:
    """Route (connector to connector) and cut length in mm, shape (n,) each; -1 where there is no path.

    `tray_mm`, `path` are from `route`; `a_z`, `b_z` are connector heights above the floor, `a_run`, `b_run` the way inside the rack from
    connector to riser. Over pathways: run, up or down to the tray, sideways onto it, along it, and the same again; in one rack: run,
    height between the connectors, sideways between the risers where they differ, run.
    """
    t = paths.taps
    made, cut = np.empty(len(a_tap), np.int32), np.empty(len(a_tap), np.int32)
    for k in range(0, len(a_tap), CHUNK):
        part = slice(k, k + CHUNK)
        a, b, az, bz = a_tap[part].astype(np.int64), b_tap[part].astype(np.int64), a_z[part], b_z[part]
        mm = tray_mm[part] + np.abs(t.z_mm[a] - az) + np.abs(t.z_mm[b] - bz) + t.reach_mm[a] + t.reach_mm[b]
        inside = np.flatnonzero(path[part] == IN_RACK)
        ia, ib = a[inside], b[inside]
        mm[inside] = np.abs(az[inside] - bz[inside]) + np.abs(t.x_mm[ia] - t.x_mm[ib]) + np.abs(t.y_mm[ia] - t.y_mm[ib])
        mm += a_run[part] + b_run[part] + 2 * rule.bend_mm
        # Rounded up: a cable may be a millimetre long, never one short. Slack below 100 % keeps the product inside int64.
        slack = (mm.astype(np.int64) * rule.slack_permille + 999) // 1000 if rule.slack_permille else 0
        lost = path[part] == NO_PATH
        made[part] = np.where(lost, -1, mm)
        cut[part] = np.where(lost, -1, mm + slack + 2 * rule.loop_mm)
    return made, cut


def expand_paths(paths: Paths, ids: NDArray[np.int32]) -> tuple[I32, I32, NDArray[np.bool_]]:
    """The segments of these paths, path by path from the tap of lower number: (number of the path in `ids`, edge in `ways`, whether it is gone
    along from node b to a). First and last are whole. Ids that are no path of trays have none.
    """
    bits, mask = paths.bits, (1 << paths.bits) - 1
    ids = ids.astype(np.int64)
    is_line = (ids >= 0) & (ids >> 2 * bits == 1)
    at = np.flatnonzero((ids >= 0) & ~is_line)
    first, last = ids[at] >> bits & mask, ids[at] & mask
    # A half-segment is left at its node a (0) or b (1): towards a is the reverse of the edge, and b's half is entered there.
    line = np.flatnonzero(is_line)
    whose = [line, at]
    turn = [np.zeros(len(line), np.int64), np.full(len(at), np.iinfo(np.int64).max)]
    directed = [2 * paths.segment[ids[line] & mask].astype(np.int64), 2 * paths.segment[last >> 1].astype(np.int64) + (last & 1)]
    whose.append(at)
    turn.append(np.full(len(at), -(1 << 40)))
    directed.append(2 * paths.segment[first >> 1].astype(np.int64) + 1 - (first & 1))
    source, here = paths.exit_[first], paths.junction[paths.exit_[last]].astype(np.int64)
    step = 0
    while len(at):
        via = paths.via[source, here].astype(np.int64)
        go = np.flatnonzero(via >= 0)
        at, source, via = at[go], source[go], via[go]
        here = paths.tail[via].astype(np.int64)
        step -= 1  # trees are climbed from the far end
        whose.append(at)
        turn.append(np.full(len(at), step))
        directed.append(via)
    path, order, way = (np.concatenate(v) for v in (whose, turn, directed))
    by = np.lexsort((order, path))
    return path[by].astype(np.int32), paths.edge[way[by] >> 1], (way[by] & 1).astype(bool)


def explain_path(paths: Paths, path: int, a_tap: int | None = None, b_tap: int | None = None) -> list[Step]:
    """The segments of a path, from the tap of lower number to the other. With the taps the first and last are cut to what is used.

    Raises:
        ValueError: an id that `route` of these paths cannot have made.
    """
    if path in (IN_RACK, NO_PATH):
        return []
    bits = paths.bits
    first, last = path >> bits & (1 << bits) - 1, path & (1 << bits) - 1
    straight = path >> 2 * bits == 1
    if not 0 <= path < 2 << 2 * bits or max(first, last) >= 2 * len(paths.segment) or (straight and last >= len(paths.segment)):
        raise ValueError(f"{path} is not the id of a path here")
    known = a_tap is not None and b_tap is not None
    lo, hi = (min(a_tap, b_tap), max(a_tap, b_tap)) if a_tap is not None and b_tap is not None else (0, 0)
    off = paths.off_mm
    if straight:
        used = abs(int(off[0][lo]) - int(off[0][hi])) if known else None
        return [_step(paths, 2 * int(paths.segment[last]), used)]
    source, at = int(paths.exit_[first]), int(paths.junction[paths.exit_[last]])
    steps: list[Step] = []
    while (d := int(paths.via[source, at])) >= 0:
        steps.append(_step(paths, d, None))
        at = int(paths.tail[d])
    # A half-segment is left at its node a (0) or b (1): towards a is the reverse of the edge, and b's half is entered there.
    head = _step(paths, 2 * int(paths.segment[first >> 1]) + 1 - (first & 1), int(off[first & 1][lo]) if known else None)
    tail = _step(paths, 2 * int(paths.segment[last >> 1]) + (last & 1), int(off[last & 1][hi]) if known else None)
    return [head, *reversed(steps), tail]


def _step(paths: Paths, directed: int, used: int | None) -> Step:
    w, local = paths.ways, directed >> 1
    edge = int(paths.edge[local])
    ends = [(int(w.x_mm[n]), int(w.y_mm[n]), int(w.z_mm[n])) for n in (int(w.a[edge]), int(w.b[edge]))]
    start, end = ends[:: -1 if directed & 1 else 1]
    return Step(edge, KINDS[w.kind[edge]], LEVELS[w.level[edge]], start, end, int(w.length_mm[edge]) if used is None else used)
