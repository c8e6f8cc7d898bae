"""Floors: rows, aisles, fronts, gaps, keep-outs and network positions."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from rackwright.build.floor import DOWN, LEFT, NETWORK, RIGHT, UP, Campus, Duct, FloorPlan, Hall, KeepOut, Line, positions


def one(**fields) -> Campus:
    return Campus((Hall(FloorPlan(**fields)),))


def test_rows_and_aisles():
    """1800 margin; rows 1200 deep; aisles cold 1200, hot 1800, cold 1200."""
    floor = FloorPlan(rows=4, racks=10)
    assert floor.row_y().tolist() == [1800, 4200, 7200, 9600]
    assert floor.place_x(0)[[0, 9]].tolist() == [1800, 7200]
    assert floor.extent() == (1800, 7800, 1800, 10800)
    assert floor.size() == (9600, 12600)
    assert FloorPlan(rows=3, racks=1, first_aisle="hot").row_y().tolist() == [1800, 4800, 7200]


@pytest.mark.parametrize("first", ["cold", "hot"])
def test_fronts_look_into_cold_aisles(first):
    floor = FloorPlan(rows=6, racks=2, cold_mm=1100, hot_mm=1700, first_aisle=first)
    y, faces = floor.row_y(), floor.row_faces()
    for r, (low, high) in enumerate(pairwise(y)):
        is_cold = high - low - floor.depth_mm == 1100
        assert (faces[r] == 1) == is_cold
        assert (faces[r + 1] == -1) == is_cold


def test_gaps_for_people():
    floor = FloorPlan(rows=1, racks=5, walk_every=2, walk_mm=1000)
    assert floor.place_x(0).tolist() == [1800, 2400, 4000, 4600, 6200]


def test_rows_of_other_pitch():
    pos = positions(one(rows=2, racks=2, row_pitch_mm=(600, 1200)))
    assert pos.x_mm.tolist() == [1800, 2400, 1800, 3000]
    assert pos.width_mm.tolist() == [600, 600, 1200, 1200]


def test_a_column_removes_what_it_touches_and_renumbers_nothing():
    """A 300 mm column from x 2500 to 2800 stands in place 1 (2400..3000) of row 0 only; one that ends at 2400 touches place 0 alone."""
    before = positions(one(rows=2, racks=4))
    after = positions(one(rows=2, racks=4, keep_outs=(KeepOut(2500, 2000, 300, 300),)))
    assert list(zip(after.row.tolist(), after.place.tolist(), strict=True)) == [(0, 0), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3)]
    assert set(zip(after.x_mm.tolist(), after.y_mm.tolist(), strict=True)) < set(zip(before.x_mm.tolist(), before.y_mm.tolist(), strict=True))
    edge = positions(one(rows=1, racks=3, keep_outs=(KeepOut(2100, 1800, 300, 300),)))
    assert edge.place.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("where", "count", "column", "places"),
    [
        ("end", 2, None, [6, 7]), ("start", 2, None, [0, 1]), ("middle", 2, None, [3, 4]),
        ("end", 2, 7, [5, 6]), ("middle", 3, 3, [2, 4, 5]), ("end", 0, None, []),
    ],
)  # fmt: skip
def test_network_racks(where, count, column, places):
    out = () if column is None else (KeepOut(1800 + 600 * column, 1800, 600, 100),)
    pos = positions(one(rows=1, racks=8, network=where, network_count=count, keep_outs=out))
    assert pos.place[pos.role == NETWORK].tolist() == places


def test_network_rows():
    pos = positions(one(rows=6, racks=3, network="rows", network_count=2))
    assert sorted(set(pos.row[pos.role == NETWORK].tolist())) == [2, 3]


def test_a_row_shorter_than_its_network_racks():
    """Three of four places are gone: the one left is the network's."""
    pos = positions(one(rows=1, racks=4, network="end", network_count=2, keep_outs=(KeepOut(1800, 1800, 1800, 1200),)))
    assert pos.role.tolist() == [NETWORK]


def test_halls_stand_apart():
    floor = FloorPlan(rows=2, racks=3)
    pos = positions(Campus((Hall(floor), Hall(floor, 50_000, -7_000))))
    assert pos.hall.tolist() == [0] * 6 + [1] * 6
    assert np.array_equal(pos.x_mm[6:], pos.x_mm[:6] + 50_000)
    assert np.array_equal(pos.y_mm[6:], pos.y_mm[:6] - 7_000)


def test_left_is_seen_from_the_front():
    """Row 0 looks up: its left is at high x, its front at high y. Row 1 looks down: its left is at low x, its front at low y."""
    pos = positions(one(rows=2, racks=1))
    x, y = pos.front_left()
    assert list(zip(x.tolist(), y.tolist(), strict=True)) == [(2400, 3000), (1800, 4200)]
    rx, ry = pos.risers(inset_mm=25, depth_mm=100)
    assert rx.tolist() == [[2375, 1825, 2375, 1825], [1825, 2375, 1825, 2375]]
    assert ry.tolist() == [[2900, 2900, 1900, 1900], [4300, 4300, 5300, 5300]]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rows": 0, "racks": 4}, "at least 1 row"), ({"rows": 1, "racks": 4, "cold_mm": -1}, "not negative"),
        ({"rows": 2, "racks": 4, "row_pitch_mm": (600,)}, "1 values for 2 rows"),
        ({"rows": 2, "racks": 4, "network": "end", "network_count": 5}, "5 network racks a row do not fit into 4"),
    ],
)  # fmt: skip
def test_impossible_floors(fields, message):
    with pytest.raises(ValueError, match=message):
        FloorPlan(**fields)


def test_a_duct_to_nowhere():
    with pytest.raises(ValueError, match="halls 0 to 0"):
        Campus((Hall(FloorPlan(1, 1)),), (Duct(0, 1, 1),))


def test_rows_as_they_are_given():
    """A row along x with a gap, one along y with fronts left: a rack's width runs along its row, its depth across."""
    rows = (Line(1000, 2000, (0, 600, 2000), (600, 600, 800), 1100, DOWN, network=(2,)), Line(9000, 500, (0, 700), (700, 700), 1200, LEFT))
    pos = positions(Campus((Hall(FloorPlan(2, 3, given=rows), 50_000),)))
    assert pos.x_mm.tolist() == [51_000, 51_600, 53_000, 59_000, 59_000]
    assert pos.y_mm.tolist() == [2000, 2000, 2000, 500, 1200]
    assert (pos.width_mm.tolist(), pos.depth_mm.tolist()) == ([600, 600, 800, 700, 700], [1100, 1100, 1100, 1200, 1200])
    assert pos.role.tolist() == [0, 0, NETWORK, 0, 0]
    assert FloorPlan(2, 3, given=rows).extent() == (1000, 10_200, 500, 3100)
    x, y = pos.front_left()
    assert list(zip(x.tolist(), y.tolist(), strict=True))[-1] == (59_000, 1900)  # seen from its front, left is at high y


def test_a_keep_out_in_a_row_along_y():
    row = Line(0, 0, (0, 700, 1400), (700,) * 3, 1200, RIGHT)
    pos = positions(Campus((Hall(FloorPlan(1, 3, given=(row,), keep_outs=(KeepOut(1100, 800, 300, 100),))),)))
    assert pos.place.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("at", "width", "depth", "message"),
    [((0, 500), (600, 600), 1200, "places 1 and 2 overlap by 100 mm"), ((), (), 1200, "at least one place"), ((0,), (600,), 0, "must be positive")],
)
def test_rows_that_are_none(at, width, depth, message):
    with pytest.raises(ValueError, match=message):
        Line(0, 0, at, width, depth, UP)
