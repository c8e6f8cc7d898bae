"""Cable routes against a floor measured by hand, against networkx, and fill against cables laid one by one.

The hand-measured hall: 4 rows of 10 racks, 600 mm pitch, 1200 mm deep, 1800 mm of margin, cold aisles 1200, hot 1800. Rows start at
y = 1800, 4200, 7200, 9600, so ladders (over the middle of the rows) run at y = 2400, 4800, 7800, 10200, z = 2600. Racks stand from x = 1800
to 7800; cross trays 600 past them at x = 1200 (the trunk) and x = 8400. Rows 0 and 2 look up, 1 and 3 down. Rear-left riser, 25 mm in and
100 mm from the rear: x = 2375 + 600 p in rows 0 and 2, 1825 + 600 p in rows 1 and 3; 500 mm sideways from the ladder in every row.
"""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from rackwright.build.fill import add_flows, buckets, carried, fill, flows_of, joined, no_flows, tray_of
from rackwright.build.floor import Campus, Duct, FloorPlan, Hall, KeepOut, positions
from rackwright.build.layout import LevelPlan, PathwayPlan, lay_out
from rackwright.build.paths import IN_RACK, NO_PATH, LengthRule, Paths, cable_lengths, explain_path, find_paths, route
from rackwright.build.pathways import ANY, DATA, DUCT, ROW, Pathways, Taps, taps

pytestmark = pytest.mark.oracle

FLOOR = FloorPlan(rows=4, racks=10)
REAR_LEFT, REAR_RIGHT = 2, 3


def laid(campus: Campus, plan: PathwayPlan | None = None) -> Paths:
    """Paths with a tap for each of the four risers of every rack: tap 4 * rack + riser."""
    pos, ways = positions(campus), lay_out(campus, plan or PathwayPlan())
    x, y = pos.risers()
    rack = np.repeat(np.arange(len(pos), dtype=np.int32), 4)
    return find_paths(ways, taps(ways, x.ravel(), y.ravel(), rack, pos.hall[rack], pos.row[rack]), DATA, ANY)


CAMPUS = Campus((Hall(FLOOR), Hall(FLOOR, 20_000)), (Duct(0, 1, 10**6),))
BY_HAND = [
    # a (hall, row, place), b, mm in the trays
    ("same row", (0, 0, 0), (0, 0, 5), 3000),  # five places of 600
    ("facing rows", (0, 0, 0), (0, 1, 0), 4200),  # 2375 - 1200 to the trunk, 4800 - 2400 across, 1825 - 1200 back
    ("far end", (0, 0, 9), (0, 2, 8), 7250),  # 8400 - 7775 to the other cross tray, 7800 - 2400 across, 8400 - 7175 back
    ("corner to corner", (0, 0, 0), (0, 3, 9), 15000),  # either way 7200 along rows and 10200 - 2400 across
    ("next hall", (0, 0, 0), (1, 0, 0), 27150),  # 1175 to the trunk, 2400 to the entrance at y = 0, 20000 of duct, 2400, 1175
    ("next hall, far rows", (0, 2, 4), (1, 3, 9), 47600),  # 4775 - 1200, 7800 down, 20000, 10200 up, 7225 - 1200
]


@pytest.mark.parametrize(("a", "b", "expected"), [c[1:] for c in BY_HAND], ids=[c[0] for c in BY_HAND])
def test_tray_lengths_measured_by_hand(a, b, expected):
    paths = laid(CAMPUS)
    ends = [np.array([4 * (40 * h + 10 * r + p) + REAR_LEFT], np.int32) for h, r, p in (a, b)]
    for one, other in (ends, ends[::-1]):
        length, path = route(paths, one, other)
        assert length.tolist() == [expected]
        steps = explain_path(paths, int(path[0]), int(one[0]), int(other[0]))
        assert sum(s.length_mm for s in steps) == expected


def test_next_hall_goes_by_trunks_and_duct():
    paths = laid(CAMPUS)
    _, path = route(paths, np.array([REAR_LEFT], np.int32), np.array([160 + REAR_LEFT], np.int32))
    steps = explain_path(paths, int(path[0]))
    assert [s.kind for s in steps] == ["row", "trunk", "duct", "trunk", "row"]
    assert [s.to_mm for s in steps][1:4] == [(1200, 0, 2600), (21_200, 0, 2600), (21_200, 2400, 2600)]


def test_cut_lengths_measured_by_hand():
    """Connectors at 500 and 1500 mm, 100 and 150 mm from their risers; a bend of 50 mm and a loop of 300 mm at each end; 2 % slack.

    Same rack, one riser: |1500 - 500| + 100 + 150 + 2 * 50 = 1350; slack 27; cut 1350 + 27 + 600 = 1977.
    Same rack, left to right riser: 550 mm more = 1900; slack 38; cut 2538.
    Same row, five places: 3000 + (2600 - 500) + (2600 - 1500) + 2 * 500 + 250 + 100 = 7550; slack 151; cut 8301.
    Facing rows: 4200 + 2100 + 1100 + 1000 + 250 + 100 = 8750; slack 175; cut 9525.
    Next hall: 27150 + 4550 = 31700; slack 634; cut 32934.
    Corner to corner: 15000 + 4550 = 19550; slack 391; cut 20541.
    """
    paths = laid(CAMPUS)
    a = np.full(6, REAR_LEFT, np.int32)
    b = np.array([REAR_LEFT, REAR_RIGHT, 4 * 5 + REAR_LEFT, 4 * 10 + REAR_LEFT, 160 + REAR_LEFT, 4 * 39 + REAR_LEFT], np.int32)
    tray, path = route(paths, a, b)
    assert tray.tolist() == [0, 0, 3000, 4200, 27150, 15000]
    assert path[:2].tolist() == [IN_RACK, IN_RACK]
    column = [np.full(6, v, np.int32) for v in (500, 1500, 100, 150)]
    made, cut = cable_lengths(paths, a, b, tray, path, *column, LengthRule(bend_mm=50, slack_permille=20, loop_mm=300))
    assert made.tolist() == [1350, 1900, 7550, 8750, 31700, 19550]
    assert cut.tolist() == [1977, 2538, 8301, 9525, 32934, 20541]


@pytest.mark.parametrize(("y", "depth", "length"), [(-100, 7000, 20_400), (1700, 1350, 4300), (1800, 1200, 3000)], ids=["cut", "around", "beside"])
def test_a_wall_in_a_row_is_gone_round(y: int, depth: int, length: int):
    """A wall in place 3 (x 3600 to 4200). Over rows 0 and 1, up to y = 6900, it cuts the ladder of row 0: 1175 to the trunk, 2400 to row 1, along it
    7200 and twice 2100 around the wall, 2400 back, 8400 - 5375. From 100 mm before row 0 to 50 mm behind it: the ladder goes 650 mm aside, there
    and back (5375 - 2375 along). Over row 0 alone: it hangs 600 mm aside all the way, over the edge of its racks.
    """
    wall = KeepOut(3600, y, 600, depth, is_full_height=True)
    paths = laid(Campus((Hall(FloorPlan(rows=4, racks=10, keep_outs=(wall,))),)))
    # Place 3 of row 0 is gone, so place 5 is rack 4.
    assert route(paths, np.array([REAR_LEFT], np.int32), np.array([4 * 4 + REAR_LEFT], np.int32))[0].tolist() == [length]


def some_graph(seed: int, trays: int = 1) -> tuple[Pathways, Taps]:
    """A random pathway graph of 24 nodes in two parts, with parallel edges, of which half carry 36 taps of 18 racks."""
    rng = np.random.default_rng(seed)
    n, m = 24, 46
    x, y = rng.integers(0, 30, (2, n)).astype(np.int32) * 500
    a = rng.integers(0, n, m)
    b = (a + rng.integers(1, 10, m)) % 12 + a // 12 * 12  # stays in its half
    b = np.where(a == b, a // 12 * 12 + (a + 1) % 12, b)
    length = np.abs(x[a] - x[b]) + np.abs(y[a] - y[b]) + rng.integers(1, 4, m) * 500
    kind = np.where(np.arange(m) < m // 2, ROW, 1)
    ways = Pathways(
        np.zeros(n, np.int16), x, y, np.full(n, 2600, np.int32), a.astype(np.int32), b.astype(np.int32), length.astype(np.int32),
        np.full(m, 20_000, np.int64), np.full(m, trays, np.int8), kind.astype(np.int8), *np.zeros((2, m), np.int8), *np.zeros((2, m), np.int16),
    )  # fmt: skip
    edge = rng.integers(0, m // 2, 36)
    offset = (rng.random(36) * (length[edge] + 1)).astype(np.int32)
    zero = np.zeros(36, np.int32)
    return ways, Taps(edge.astype(np.int32), offset, zero, zero + 2600, zero, zero, np.arange(36, dtype=np.int32) // 2)


def split(ways: Pathways, at: Taps) -> nx.Graph:
    """The same pathways with a node at each tap, for networkx. Parallel edges: the shortest counts."""
    g = nx.Graph()

    def edge(u, v, w: int) -> None:
        if not g.has_edge(u, v) or g[u][v]["weight"] > w:
            g.add_edge(u, v, weight=w)

    for e in range(len(ways.a)):
        on = sorted((int(at.offset_mm[t]), int(t)) for t in np.flatnonzero(at.edge == e))
        stops = [(0, ("node", int(ways.a[e]))), *((o, ("tap", t)) for o, t in on), (int(ways.length_mm[e]), ("node", int(ways.b[e])))]
        for (o, u), (p, v) in pairwise(stops):
            edge(u, v, p - o)
    return g


@pytest.mark.parametrize("seed", range(8))
def test_all_pairs_equal_networkx(seed):
    ways, at = some_graph(seed)
    paths = find_paths(ways, at, DATA, ANY)
    a, b = (v.ravel().astype(np.int32) for v in np.meshgrid(np.arange(36), np.arange(36), indexing="ij"))
    length, path = route(paths, a, b)
    far = dict(nx.all_pairs_dijkstra_path_length(split(ways, at)))
    apart = a // 2 != b // 2
    expected = np.array([far[("tap", int(i))].get(("tap", int(j)), -1) for i, j in zip(a, b, strict=True)])
    assert np.array_equal(length[apart], expected[apart])
    assert np.array_equal(path == NO_PATH, apart & (expected < 0))
    assert (expected[apart] < 0).any()  # the graph has two parts
    assert np.array_equal(length.reshape(36, 36), length.reshape(36, 36).T)
    assert np.array_equal(path.reshape(36, 36), path.reshape(36, 36).T)


def walk(paths: Paths, a: int, b: int, path: int) -> list[tuple[int, int, int]]:
    """The stretches (edge, from, to along it) of one cable, by its explained path; checks that they join end to end."""
    w, at = paths.ways, paths.taps
    steps = explain_path(paths, path, a, b)
    lo, hi = min(a, b), max(a, b)
    if len(steps) == 1:
        return [(steps[0].edge, *sorted((int(at.offset_mm[lo]), int(at.offset_mm[hi]))))]
    for one, other in pairwise(steps):
        assert one.to_mm == other.from_mm
    made = []
    for i, s in enumerate(steps):
        size = int(w.length_mm[s.edge])
        start, end = 0, size
        if i in (0, len(steps) - 1):
            tap = lo if i == 0 else hi
            used = s.length_mm
            offset = int(at.offset_mm[tap])
            start, end = (0, offset) if used == offset else (offset, size)
            assert end - start == used
        made.append((s.edge, start, end))
    return made


def brute(paths: Paths, a, b, path, area) -> dict[int, int]:
    """Largest area anywhere on each edge, cable by cable and stretch by stretch."""
    laid_on: dict[int, list[tuple[int, int, int]]] = {}
    for i in range(len(a)):
        if path[i] >= 0:
            for e, start, end in walk(paths, int(a[i]), int(b[i]), int(path[i])):
                laid_on.setdefault(e, []).append((start, end, int(area[i])))
    most = {}
    for e, cables in laid_on.items():
        points = sorted({p for start, end, _ in cables for p in (start, end)})
        middles = [(p + q) / 2 for p, q in pairwise(points)]
        most[e] = max((sum(w for start, end, w in cables if start < m < end) for m in middles), default=0)
    return most


def cables(seed: int, taps: int, n: int):
    rng = np.random.default_rng(100 + seed)
    a, b = rng.integers(0, taps, (2, n)).astype(np.int32)
    return a, b, rng.integers(500, 8000, n).astype(np.int32), rng.integers(0, 1 << 60, n).astype(np.uint64)


@pytest.mark.parametrize("seed", range(6))
def test_fill_equals_cables_laid_one_by_one(seed):
    """Offsets that coincide with an end of their segment make a stretch of no length: no cable is on it, so they are left out."""
    ways, at = some_graph(seed)
    inside = np.clip(at.offset_mm, 1, ways.length_mm[at.edge] - 1)
    inside += (2 * inside == ways.length_mm[at.edge]).astype(np.int32)  # both exits of one length could not be told apart below
    at = Taps(at.edge, inside.astype(np.int32), at.reach_mm, at.z_mm, at.x_mm, at.y_mm, at.rack)
    paths = find_paths(ways, at, DATA, ANY)
    a, b, area, _ = cables(seed, 36, 500)
    _, path = route(paths, a, b)
    flows = no_flows(paths)
    add_flows(flows, paths, a, b, path, area)
    result, expected = fill(paths, flows), brute(paths, a, b, path, area)
    assert {int(e): int(v) for e, v in zip(result.edge, result.total, strict=True) if v} == {e: v for e, v in expected.items() if v}


@pytest.mark.parametrize("seed", range(3))
def test_parallel_trays_hold_what_their_cables_weigh(seed):
    """Three parallel trays: each cable takes the tray its key says, and every tray holds exactly those."""
    ways, at = some_graph(seed, trays=3)
    inside = np.clip(at.offset_mm, 1, ways.length_mm[at.edge] - 1)
    inside += (2 * inside == ways.length_mm[at.edge]).astype(np.int32)
    at = Taps(at.edge, inside.astype(np.int32), at.reach_mm, at.z_mm, at.x_mm, at.y_mm, at.rack)
    paths = find_paths(ways, at, DATA, ANY)
    assert buckets(paths) == 6
    a, b, area, key = cables(seed, 36, 300)
    _, path = route(paths, a, b)
    flows = no_flows(paths)
    add_flows(flows, paths, a, b, path, area, key)
    result = fill(paths, flows)
    for i, e in enumerate(result.edge.tolist()):
        tray = tray_of(result, np.full(300, i), key, paths)
        for t in range(3):
            own = tray == t
            assert brute(paths, a[own], b[own], path[own], area[own]).get(e, 0) == result.tray[i, t]
    single = result.used == 1
    assert (result.total[single] <= 20_000).all()
    assert ((result.used == 3) | (result.fullest <= 20_000)).all()
    assert set(result.used.tolist()) == {1, 2, 3}


def test_what_goes_between_halls_is_in_the_duct():
    """Conservation: the duct holds every cable between the halls and nothing else; taking them out again leaves empty trays."""
    paths = laid(CAMPUS)
    a, b, area, _ = cables(0, len(paths.taps), 4000)
    _, path = route(paths, a, b)
    flows, other = no_flows(paths), no_flows(paths)
    add_flows(flows, paths, a[:1500], b[:1500], path[:1500], area[:1500])
    add_flows(other, paths, a[1500:], b[1500:], path[1500:], area[1500:])
    flows += other
    result = fill(paths, flows)
    duct = np.flatnonzero(paths.ways.kind[result.edge] == DUCT)
    between = a // 160 != b // 160
    assert result.total[duct].tolist() == [int(area[between].sum())]
    over = max(0, int(area[between].sum()) - 10**6)
    assert result.over(paths)[duct].tolist() == [over]
    assert over > 0
    first, rest = (flows_of(paths, (a[own], b[own]), path[own], np.arange(len(a[own])), area[own]) for own in (slice(1500), slice(1500, None)))
    swapped = joined([(first, -1), (rest, 1)])
    alone = no_flows(paths)
    alone.add(first)
    through = carried(paths, alone) + carried(paths, swapped)
    alone.add(swapped)
    assert all(np.array_equal(getattr(other, name), getattr(alone, name)) for name in ("pair", "out", "span"))
    assert np.array_equal(through, carried(paths, other))


def test_the_order_of_cables_does_not_matter():
    paths = laid(CAMPUS, PathwayPlan((LevelPlan(row_trays=2),), has_middle=True))
    a, b, area, key = cables(1, len(paths.taps), 5000)
    shuffled = np.random.default_rng(0).permutation(5000)
    made = []
    for order, flip in ((np.arange(5000), False), (shuffled, True)):
        one, other = (b[order], a[order]) if flip else (a[order], b[order])
        length, path = route(paths, one, other)
        flows = no_flows(paths)
        add_flows(flows, paths, one, other, path, area[order], key[order])
        back = np.argsort(order)
        made.append((length[back], path[back], fill(paths, flows).tray))
    assert all(np.array_equal(x, y) for x, y in zip(*made, strict=True))
