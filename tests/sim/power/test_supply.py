"""Which nodes, feeds and racks are alive, over which ways."""

from __future__ import annotations

import numpy as np
import pytest
from tests.sim.power.supply_halls import LV, Builder, hall

from rackwright.sim.power import supply
from rackwright.sim.power.supply_paths import paths


def alive(b: Builder, *out: int) -> tuple[list[bool], list[int]]:
    """Racks alive, and branches of the alternatives taken, with these components out."""
    s = b.build()
    t = supply.forest(s)
    found = supply.ways(s, t, np.array([out or (-1,)]))
    return found.rack_live[:, 0].tolist(), sorted(t.other[found.other].tolist())


def two_boards() -> tuple[Builder, list[int], list[int], int]:
    """Two boards each with a line, a rack below a second board, and a tie that works both ways (branches 4 and 5)."""
    b = Builder()
    grid, boards = b.node(LV, source=True), [b.node(LV), b.node(LV)]
    lines = [b.branch(grid, x) for x in boards]
    ends = [b.node(LV), b.node(LV)]
    for x, y in zip(boards, ends, strict=True):
        b.branch(x, y)
        b.rack(1e4, y)
    tie = b.branch(boards[0], boards[1], rank=1)
    b.branch(boards[1], boards[0], tie, rank=1)
    return b, lines, ends, tie


def test_a_tie_carries_a_subtree_either_way() -> None:
    b, lines, _, tie = two_boards()
    assert alive(b) == ([True, True], [])
    assert alive(b, lines[1]) == ([True, True], [4])
    assert alive(b, lines[0]) == ([True, True], [5])
    assert alive(b, lines[0], lines[1]) == ([False, False], [])
    assert alive(b, lines[0], tie) == ([False, True], [])


def test_the_topmost_dead_node_transfers_and_those_below_keep_their_way() -> None:
    b, lines, ends, tie = two_boards()
    b.branch(ends[1], ends[0], rank=1)
    assert alive(b, lines[0]) == ([True, True], [5])
    assert alive(b, lines[0], tie) == ([True, True], [6])


def test_alternatives_are_taken_by_rank_and_in_turn() -> None:
    """A bus with a second line (rank 1) and a generator (rank 2); a bypass below, whose source is the bus's own transfer."""
    b = Builder()
    grid, spare, engine, bus, load = b.node(LV, source=True), b.node(LV, source=True), b.node(LV, source=True), b.node(LV), b.node(LV)
    one, ups = b.branch(grid, bus), b.branch(bus, load, is_converter=True)
    three = b.branch(engine, bus, rank=2)
    two = b.branch(spare, bus, rank=1)
    b.branch(bus, load, -1, rank=1)
    b.rack(1e3, load)
    assert alive(b, one) == ([True], [3])
    assert alive(b, one, two) == ([True], [2])
    assert alive(b, one, two, ups) == ([True], [2, 4])
    assert alive(b, one, two, three) == ([False], [])


def test_no_loop_arises_where_each_board_could_feed_the_other() -> None:
    """A feeds B below it and B may feed A: with the grid lost and a spare at B, A hangs on B and B on the spare; without it both are dark."""
    b = Builder()
    grid, spare, one, two = b.node(LV, source=True), b.node(LV, source=True, fails=True), b.node(LV), b.node(LV)
    line = b.branch(grid, one)
    b.branch(one, two)
    b.branch(spare, two, rank=1)
    b.branch(two, one, rank=1)
    b.rack(1e3, one)
    b.rack(1e3, two)
    assert alive(b, line) == ([True, True], [2, 3])
    assert alive(b, line, 0) == ([False, False], [])


def test_a_rack_is_dark_with_fewer_live_feeds_than_it_needs() -> None:
    b = Builder()
    grid = b.node(LV, source=True)
    ends = [b.node(LV) for _ in range(3)]
    lines = [b.branch(grid, x) for x in ends]
    b.rack(1e4, *ends, needed=2)
    assert alive(b, lines[0])[0] == [True]
    assert alive(b, lines[0], lines[1])[0] == [False]


def test_a_node_without_any_way_is_dead() -> None:
    b = Builder()
    b.node(LV, source=True)
    b.rack(1e4, b.node(LV))
    b.branch(0, b.node(LV))
    assert alive(b)[0] == [False]


def test_bad_forests_are_named() -> None:
    b = Builder()
    grid, one, two = b.node(LV, source=True), b.node(LV), b.node(LV)
    b.branch(one, two)
    b.rack(1e3, two)
    b.branch(two, one)
    with pytest.raises(ValueError, match="loop among nodes 1, 2"):
        supply.forest(b.build())
    b.branches.pop()
    b.branch(grid, one)
    b.branch(grid, two)
    with pytest.raises(ValueError, match="node 2 has 2 normal ways"):
        supply.forest(b.build())
    b.branches[-1]["b_node"], b.branches[-1]["a_node"] = grid, two
    with pytest.raises(ValueError, match="branch 2 leads into a source"):
        supply.forest(b.build())


def test_ways_and_paths_agree_on_random_outages() -> None:
    """What the transfers leave dark is what the masks of all ways say, for 400 draws of one to six components out of a hall with tie and bypasses."""
    s = hall(2, 2).supply
    t, p = supply.forest(s), paths(s)
    random = np.random.default_rng(4)
    out = np.where(random.random((400, 6)) < random.random((400, 1)), random.integers(0, s.component_count, (400, 6)), -1)
    found = supply.ways(s, t, out).rack_live
    assert 0 < (~found).sum() < found.size
    for case in range(len(out)):
        dark = np.zeros(s.rack_power_w.size, dtype=bool)
        for kind, rack, component, mask in zip(p.classes, p.rack, p.component, p.mask, strict=True):
            hit = np.zeros((kind.racks.size, mask.shape[1]), dtype=np.uint64)
            here = np.isin(component, out[case])
            np.bitwise_or.at(hit, rack[here], mask[here])
            dark[kind.racks] = kind.is_dark(hit)
        assert np.array_equal(dark, ~found[:, case])
