"""Drawn runs of trays as a graph: where they join, and where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from rackwright.build.pathways import CROSS, DATA, FIBRE, ROW, SIDE_A, SIDE_B
from rackwright.build.segments import Segment, joined


def run(x0: int, y0: int, x1: int, y1: int, kind: int = ROW, **more) -> Segment:
    return Segment(x0, y0, x1, y1, kind, 1000, 2700, **more)


def ends(ways) -> list[tuple[int, int, int, int]]:
    """Both ends of every edge."""
    return list(zip(*(v.tolist() for v in (ways.x_mm[ways.a], ways.y_mm[ways.a], ways.x_mm[ways.b], ways.y_mm[ways.b])), strict=True))


def test_a_crossing_cuts_both():
    ways = joined([run(0, 0, 1000, 0), run(400, -300, 400, 500, CROSS)])
    assert ends(ways) == [(0, 0, 400, 0), (400, 0, 1000, 0), (400, -300, 400, 0), (400, 0, 400, 500)]
    assert ways.length_mm.tolist() == [400, 600, 300, 500]
    assert len(ways.x_mm) == 5


@pytest.mark.parametrize(("gap", "edges"), [(0, 3), (50, 3), (51, 2)])
def test_an_end_near_another_run_meets_it(gap: int, edges: int):
    """A run that ends 50 mm before another one meets it, 51 mm is a gap; the node stands where the end was drawn."""
    ways = joined([run(0, 0, 1000, 0), run(400, gap, 400, 500, CROSS)], 50)
    assert len(ways.a) == edges
    if edges == 3:
        assert (400, gap, 400, 500) in ends(ways)


def test_ends_that_meet_and_runs_that_go_on():
    ways = joined([run(0, 0, 1000, 0), run(1010, 0, 2000, 0), run(2000, 0, 2000, 700)], 50)
    assert ends(ways) == [(0, 0, 1000, 0), (1000, 0, 2000, 0), (2000, 0, 2000, 700)]
    assert ways.length_mm.tolist() == [1000, 1000, 700]


def test_a_slanting_run_is_as_long_as_it_is():
    ways = joined([run(0, 0, 3000, 4000), run(0, 2000, 3000, 2000)])
    assert ends(ways) == [(0, 0, 1500, 2000), (1500, 2000, 3000, 4000), (0, 2000, 1500, 2000), (1500, 2000, 3000, 2000)]
    assert ways.length_mm.tolist() == [2500, 2500, 1500, 1500]


@pytest.mark.parametrize(
    ("a", "b", "meet"),
    [
        ({}, {}, True), ({"level": FIBRE}, {"level": DATA}, False), ({"side": SIDE_A}, {"side": SIDE_B}, False),
        ({"side": SIDE_A}, {}, True), ({"hall": 0}, {"hall": 1}, False), ({"is_link": True}, {}, False),
    ],
)  # fmt: skip
def test_what_may_join(a: dict[str, int], b: dict[str, int], meet: bool):
    ways = joined([run(0, 0, 1000, 0, **a), run(400, -300, 400, 500, **b)])
    assert len(ways.a) == (4 if meet else 2)


def test_a_link_meets_with_its_ends_and_has_the_length_it_is_given():
    ways = joined([run(0, 0, 1000, 0), run(500, 0, 900, 800, CROSS, is_link=True, length_mm=1200), run(600, -100, 600, 900)])
    assert (500, 0, 900, 800) in ends(ways)
    assert ways.length_mm[ways.kind == CROSS].tolist() == [1200]


def test_a_run_without_length():
    with pytest.raises(ValueError, match="segment 1 ends where it starts"):
        joined([run(0, 0, 1, 0), run(5, 5, 5, 5)])


def test_order_changes_no_node():
    """Nodes are numbered by where they are, so ties between equal ways do not hang on the order in which runs are given."""
    runs = [run(0, 0, 1000, 0), run(0, 500, 1000, 500), run(200, 0, 200, 500, CROSS), run(800, 0, 800, 500, CROSS)]
    one, other = joined(runs), joined(runs[::-1])
    assert np.array_equal(one.x_mm, other.x_mm)
    assert np.array_equal(one.y_mm, other.y_mm)
    assert set(ends(one)) == set(ends(other))
