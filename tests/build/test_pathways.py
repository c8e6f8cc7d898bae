"""Pathways laid over floors, their taps, and path sets that keep to a side."""

from __future__ import annotations

import numpy as np
import pytest

from rackwright.build.fill import add_flows, fill, no_flows
from rackwright.build.floor import Campus, Duct, FloorPlan, Hall, KeepOut, positions
from rackwright.build.layout import LevelPlan, PathwayPlan, cross_lines, lay_out
from rackwright.build.paths import NO_PATH, explain_path, find_paths, route
from rackwright.build.pathways import (
    ANY,
    CROSS,
    DATA,
    DUCT,
    FIBRE,
    POWER,
    ROW,
    SIDE_A,
    SIDE_B,
    TRUNK,
    Pathways,
    Taps,
    taps,
    tray_capacity,
)

FLOOR = FloorPlan(rows=4, racks=10)
TWO = Campus((Hall(FLOOR), Hall(FLOOR, 20_000)), (Duct(0, 1, 10**6),))


def tapped(campus: Campus, ways: Pathways, level: int = DATA, side: int = ANY):
    pos = positions(campus)
    x, y = pos.risers()
    rack = np.arange(len(pos), dtype=np.int32)
    return taps(ways, x[:, 2], y[:, 2], rack, pos.hall, pos.row, level, side)


def test_one_hall_by_count():
    """Two cross trays: 4 row ladders of one edge, 3 edges in each cross tray; without ducts no entrance."""
    ways = lay_out(Campus((Hall(FLOOR),)), PathwayPlan())
    assert np.bincount(ways.kind, minlength=4).tolist() == [4, 3, 3, 0]
    assert len(ways.x_mm) == 8
    assert ways.length_mm[ways.kind == ROW].tolist() == [7200] * 4  # 8400 - 1200
    assert ways.length_mm[ways.kind == TRUNK].tolist() == [2400, 3000, 2400]
    assert set(ways.x_mm[ways.a[ways.kind == TRUNK]].tolist()) == {1200}


def test_cross_trays_where_they_are_asked_for():
    hall = Hall(FLOOR)
    assert cross_lines(hall, PathwayPlan(has_middle=True)).tolist() == [1200, 4800, 8400]
    assert cross_lines(hall, PathwayPlan(has_ends=False, every=4)).tolist() == [4200, 6600]
    with pytest.raises(ValueError, match="at least 1 cross tray"):
        lay_out(Campus((hall,)), PathwayPlan(has_ends=False))
    with pytest.raises(ValueError, match=r"at least 2 cross tray.*makes 1"):
        lay_out(Campus((hall,)), PathwayPlan(has_ends=False, has_middle=True, is_diverse=True))


def test_a_ladder_reaches_the_last_rack_beyond_its_cross_tray():
    ways = lay_out(Campus((Hall(FLOOR),)), PathwayPlan(has_ends=False, has_middle=True))
    x = ways.x_mm[np.stack([ways.a, ways.b])[:, ways.kind == ROW]]
    assert (x.min(), x.max()) == (1800, 7800)


def test_levels_and_ducts():
    plan = PathwayPlan((LevelPlan(DATA, 2600), LevelPlan(FIBRE, 2900), LevelPlan(POWER, 3200, has_ducts=False)))
    ways = lay_out(TWO, plan)
    for level, z, ducts in ((DATA, 2600, 1), (FIBRE, 2900, 1), (POWER, 3200, 0)):
        own = ways.level == level
        assert set(ways.z_mm[ways.a[own]].tolist()) == {z}
        assert np.count_nonzero(ways.kind[own] == DUCT) == ducts
        assert ways.hall[own & (ways.kind == DUCT)].tolist() == [-1] * ducts
    assert ways.length_mm[ways.kind == DUCT].tolist() == [20_000, 20_000]
    paths = find_paths(ways, tapped(TWO, ways, POWER), POWER, ANY)
    length, path = route(paths, np.array([0, 0], np.int32), np.array([1, 45], np.int32))
    assert length.tolist() == [600, -1]
    assert path[1] == NO_PATH
    assert explain_path(paths, NO_PATH) == []


def test_ducts_as_they_are_given():
    """Entrances of the user's own, and a length that a survey gave."""
    halls = (Hall(FLOOR, entrance_mm=(1200, -500)), Hall(FLOOR, 20_000, entrance_mm=(20_000, 100)))
    ways = lay_out(Campus(halls, (Duct(0, 1, 7, length_mm=33_333, trays=2),)), PathwayPlan())
    duct = np.flatnonzero(ways.kind == DUCT)
    assert (ways.length_mm[duct], ways.capacity[duct], ways.trays[duct]) == ([33_333], [7], [2])
    assert sorted(ways.y_mm[np.stack([ways.a, ways.b])[:, duct]].ravel().tolist()) == [-500, 100]
    lead = np.flatnonzero((ways.kind == TRUNK) & (ways.length_mm != 2400) & (ways.length_mm != 3000))
    assert sorted(ways.length_mm[lead].tolist()) == [2900, 3500]  # 2400 + 500; 1200 + 2300


def corners(ways: Pathways, chosen: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Ends of the edges chosen."""
    return [(int(ways.x_mm[a]), int(ways.y_mm[a]), int(ways.x_mm[b]), int(ways.y_mm[b])) for a, b in zip(ways.a[chosen], ways.b[chosen], strict=True)]


def test_trays_go_around_walls():
    """A wall over all of row 1 and beyond (y 4100 to 5500, its ladder at 4800): there and back along its lower side, 100 mm off the racks. One under
    the middle cross tray (x 4700 to 4900): the whole tray runs along its lower side.
    """
    walls = (KeepOut(3600, 4100, 600, 1400, True), KeepOut(4700, 8500, 200, 1000, True), KeepOut(5000, 1800, 300, 300))
    campus = Campus((Hall(FloorPlan(rows=4, racks=10, keep_outs=walls)),))
    ways = lay_out(campus, PathwayPlan(has_middle=True))
    around = [(1200, 4800, 3600, 4800), (3600, 4800, 3600, 4100), (3600, 4100, 4200, 4100), (4200, 4100, 4200, 4800)]
    assert corners(ways, (ways.kind == ROW) & (ways.row == 1)) == [*around, (4200, 4800, 4700, 4800), (4700, 4800, 8400, 4800)]
    middle = corners(ways, (ways.kind == CROSS) & (ways.x_mm[ways.a] == 4700))
    assert middle == [(4700, 2400, 4700, 4800), (4700, 4800, 4700, 7800), (4700, 7800, 4700, 10200)]


@pytest.mark.parametrize(("width", "is_moved"), [(598, False), (600, False), (602, True)])
def test_a_tray_is_in_the_way_of_a_column_with_its_whole_width(width, is_moved):
    """Columns 300 mm beside the middle of row 0's ladder (y = 2400) and of the first cross tray (x = 1200): a tray of 600 mm just passes, one of 602
    is moved by 1 mm.
    """
    walls = (KeepOut(3600, 2700, 400, 400, True), KeepOut(1500, 3500, 300, 300, True))
    ways = lay_out(Campus((Hall(FloorPlan(rows=2, racks=10, keep_outs=walls)),)), PathwayPlan((LevelPlan(width_mm=width),)))
    x, y = (1199, 2399) if is_moved else (1200, 2400)
    assert corners(ways, (ways.kind == ROW) & (ways.row == 0)) == [(x, y, 8400, y)]
    assert corners(ways, ways.kind == TRUNK) == [(x, y, x, 4800)]


@pytest.mark.parametrize("is_diverse", [False, True])
def test_no_tray_hangs_in_a_column_and_none_is_lost_to_it(is_diverse):
    """Columns of 500 mm anywhere in the hall, one at a time and six; trays are 400 mm wide. One parts nothing; no tray shares floor with any."""
    random = np.random.default_rng(7)
    for n in (1, 6) * 40:
        walls = tuple(KeepOut(int(x), int(y), 500, 500, True) for x, y in random.integers((600, 600), (9_000, 11_500), (n, 2)))
        campus = Campus((Hall(FloorPlan(rows=4, racks=10, keep_outs=walls)),))
        ways = lay_out(campus, PathwayPlan((LevelPlan(width_mm=400),), is_diverse=is_diverse, has_middle=True))
        for x0, y0, x1, y1 in corners(ways, np.ones(len(ways.a), bool)):
            low_x, high_x, low_y, high_y = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
            wide = (0, 200) if low_y == high_y else (200, 0)  # half a width to both sides of the run
            for k in walls:
                assert low_x - wide[0] >= k.x_mm + 500 or high_x + wide[0] <= k.x_mm or low_y - wide[1] >= k.y_mm + 500 or high_y + wide[1] <= k.y_mm
        for side in (SIDE_A, SIDE_B) if is_diverse and n == 1 else (ANY,) if n == 1 else ():
            at = tapped(campus, ways, DATA, side)
            length, _ = route(find_paths(ways, at, DATA, side), np.zeros(len(at), np.int32), np.arange(len(at), dtype=np.int32))
            assert (length >= 0).all()


@pytest.mark.parametrize("plan", [PathwayPlan(is_diverse=True), PathwayPlan(is_diverse=True, has_middle=True, every=3)], ids=["ends", "many"])
def test_sides_share_no_segment(plan):
    ways = lay_out(TWO, plan)
    made = {}
    a, b = (v.ravel().astype(np.int32) for v in np.meshgrid(np.arange(80), np.arange(80)))
    for side in (SIDE_A, SIDE_B):
        paths = find_paths(ways, tapped(TWO, ways, DATA, side), DATA, side)
        length, path = route(paths, a, b)
        assert length.min() == 0
        assert (length[a != b] > 0).all()
        flows = no_flows(paths)
        add_flows(flows, paths, a, b, path, np.ones(len(a), np.int32))
        result = fill(paths, flows)
        made[side] = set(result.edge[result.total > 0].tolist())
    assert made[SIDE_A]
    assert made[SIDE_B]
    assert not made[SIDE_A] & made[SIDE_B]


def test_taps_keep_to_hall_row_and_side():
    ways = lay_out(TWO, PathwayPlan(is_diverse=True))
    pos = positions(TWO)
    for side, ladder in ((SIDE_A, -200), (SIDE_B, 200)):
        at = tapped(TWO, ways, DATA, side)
        assert np.array_equal(ways.hall[at.edge], pos.hall)
        assert np.array_equal(ways.row[at.edge], pos.row)
        assert set(ways.side[at.edge].tolist()) == {side}
        _, y = pos.risers()
        middle = pos.y_mm + pos.depth_mm // 2 + ladder
        assert np.array_equal(at.reach_mm, np.abs(y[:, 2] - middle))
        assert np.array_equal(ways.x_mm[ways.a[at.edge]] + at.offset_mm, at.x_mm)


def test_taps_without_a_ladder():
    ways = lay_out(TWO, PathwayPlan())
    with pytest.raises(ValueError, match="hall 0 has no row pathway on level `fibre`"):
        tapped(TWO, ways, FIBRE)
    with pytest.raises(ValueError, match="same level and side"):
        find_paths(lay_out(TWO, PathwayPlan((LevelPlan(DATA), LevelPlan(FIBRE)))), tapped(TWO, ways), FIBRE, ANY)


def test_capacity_of_a_tray():
    """300 x 100 mm at TIA-569's 50 %: 15,000 mm2."""
    assert tray_capacity(300, 100) == 1_500_000


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("b", 9, "ends at node 9; there are nodes 0 to 1"),
        ("b", 0, "ends where it starts"),
        ("length_mm", 0, "edge 0 has no length"),
        ("trays", 0, "edge 0 has no tray"),
    ],
)
def test_pathways_of_the_users_own(field, value, message):
    edge = {"a": 0, "b": 1, "length_mm": 5, "capacity": 1, "trays": 1, "kind": 0, "level": 0, "side": 0, "hall": 0, "row": 0} | {field: value}
    nodes = [np.zeros(2, np.int32)] * 4
    with pytest.raises(ValueError, match=message):
        Pathways(*nodes, *(np.array([v]) for v in edge.values()))


def test_more_segments_than_a_path_id_holds():
    """16,385 ladders in a line, each with a tap."""
    n = 16_385
    i = np.arange(n, dtype=np.int32)
    zero = np.zeros(n + 1, np.int32)
    ways = Pathways(zero, np.arange(n + 1, dtype=np.int32) * 10, zero, zero, i, i + 1, zero[1:] + 10, zero[1:], zero[1:] + 1, *[zero[1:]] * 5)
    every = Taps(i, zero[1:], zero[1:], zero[1:], zero[1:], zero[1:], i)
    with pytest.raises(ValueError, match="16385 row segments are more than a path id holds"):
        find_paths(ways, every, DATA, ANY)


def test_ids_that_are_none():
    ways = lay_out(TWO, PathwayPlan())
    paths = find_paths(ways, tapped(TWO, ways), DATA, ANY)
    for bad in (-3, 1 << 30, 2 << 2 * paths.bits, (1 << 2 * paths.bits) + len(paths.segment)):
        with pytest.raises(ValueError, match="not the id of a path"):
            explain_path(paths, bad)
