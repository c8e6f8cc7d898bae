"""Ways over the floor against ways worked out by hand, and tours against the best of all orders."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from tests.verify.conftest import Built

from rackwright.verify.designed import Designed
from rackwright.verify.walk import BESIDE, Floor, length, tour


@pytest.fixture(name="floor")
def _floor(pods: dict[str, Designed]) -> Floor:
    """Four rows of eight racks of 700 x 1,200 mm, fronts of the first two and of the last two facing each other over 1.2 m."""
    return Floor(pods["ethernet"].tables)


def rack(floor: Floor, name: str) -> int:
    return floor.racks["name"].to_list().index(name)


def test_along_an_aisle_across_it_and_round_the_end_of_rows(floor: Floor):
    at = [rack(floor, n) for n in ("H01.AA01", "H01.AA05", "H01.AB01", "H01.AC01")]
    made = floor.between(at)
    assert made[0, 1] == 4 * 700
    assert made[0, 2] == 1200 - 2 * BESIDE  # the width of the aisle between those who stand at either side
    assert (made == made.T).all()
    # round the end of the second row: to its end, past it, and back to the rack
    rows = floor.racks.select("x_mm", "y_mm").row(at[0])
    other = floor.racks.select("x_mm", "y_mm").row(at[3])
    half = 350
    assert made[0, 3] == 2 * (half + BESIDE) + (other[1] + BESIDE) - (rows[1] + BESIDE)
    assert made[1, 3] == min(made[0, 3] + 4 * 700, made[0, 3] + (8 - 2 * 4) * 700 + 2 * 3 * 700)  # round either end


def test_a_path_is_as_long_as_the_walk_and_turns_at_right_angles_outside_of_rows(floor: Floor):
    for a, b in (("H01.AA01", "H01.AB01"), ("H01.AA05", "H01.AC01"), ("H01.AA01", "H01.AA05")):
        one, two = rack(floor, a), rack(floor, b)
        points = floor.path(one, two)
        assert points[0] == (floor.x[one], floor.y[one])
        assert points[-1] == (floor.x[two], floor.y[two])
        legs = [(abs(p[0] - q[0]), abs(p[1] - q[1])) for p, q in pairwise(points)]
        assert all(0 in leg for leg in legs)
        assert sum(map(sum, legs)) == floor.between([one, two])[0, 1]


def test_a_tour_is_near_the_best_and_never_worse_than_the_nearest_next_one():
    """All orders of eight stops tried; the same stops in a plane. Tolerance: a tenth over the best."""
    chance = np.random.default_rng(7)
    for _ in range(20):
        at = chance.integers(0, 1000, (8, 2))
        between = np.abs(at[:, None] - at).sum(axis=2)
        made = tour(between)
        assert sorted(made) == list(range(8))
        assert made[0] == 0
        best = min(length([0, *way], between) for way in permutations(range(1, 8)))
        assert length(made, between) <= 1.1 * best


def test_of_a_thousand_stops_the_tour_is_far_shorter_than_the_order_given():
    chance = np.random.default_rng(11)
    at = chance.integers(0, 100_000, (1000, 2))
    between = np.abs(at[:, None] - at).sum(axis=2)
    assert length(tour(between), between) < length(np.arange(1000), between) / 10


def dark(pod: Built) -> str:
    """Thirty links of servers all over the floor that are down."""
    own = np.random.default_rng(3).permutation(pod.find(host=True))[:30]
    rows = [f"{device},{port},down" for device, port in (pod.links[i][0] for i in own)]
    return pod.file("state.csv", "\n".join(["device,port,state", *rows]) + "\n")


def test_the_work_list_is_walked_in_less_than_the_order_of_the_findings(pod: Built):
    made = pod.check(dark(pod)).work
    assert 0 < made.walk_mm < made.naive_mm
    assert [s.stop for s in made.steps] == sorted(s.stop for s in made.steps)
    racks = [s.rack for s in made.steps]
    assert len(dict.fromkeys(racks)) == made.stops
    walked = sum(s.walk_m or 0.0 for s in made.steps)
    assert walked == pytest.approx(made.walk_mm / 1000, abs=0.06 * made.stops)


def test_the_walk_starts_where_it_is_told_to(pod: Built):
    where = dark(pod)
    last = pod.check(where).work.steps[-1].rack
    made = pod.check(where, start=last).work
    assert made.steps[0].rack == last
    assert made.steps[0].walk_m == 0
