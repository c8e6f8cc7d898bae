"""Placement against optima found another way: a library of assignment problems, every layout of a small hall, every layout of small problems.

Source of the first: QAPLIB (Burkard, Karisch, Rendl, Journal of Global Optimization 10, 1997), instance nug12 of Nugent, Vollmann and Ruml
(Operations Research 16, 1968): 12 facilities on a 3 x 4 grid, optimum 578. A heuristic need not find it; ours does, and may not get worse.
"""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from rackwright.build.hall import cheapest, demand, placing
from rackwright.build.hall.least import least
from rackwright.build.placement.bound import star_bound
from rackwright.build.placement.exchange import Deal, settle
from rackwright.flow.hall import compile_hall

DAY = "2026-01-01"
NUG12 = """
0 5 2 4 1 0 0 6 2 1 1 1
5 0 3 0 2 2 2 0 4 5 0 0
2 3 0 0 0 0 0 5 5 2 2 2
4 0 0 0 5 2 2 10 0 0 5 5
1 2 0 5 0 10 0 0 0 5 1 1
0 2 0 2 10 0 5 1 1 5 4 0
0 2 0 2 0 5 0 10 5 2 3 3
6 0 5 10 0 1 10 0 0 0 5 0
2 4 5 0 0 1 5 0 0 0 10 10
1 5 2 0 5 5 2 0 0 0 5 0
1 0 2 5 1 4 3 5 10 5 0 2
1 0 2 5 1 0 3 0 10 0 2 0
"""


def grid(rows: int, columns: int) -> np.ndarray:
    y, x = np.divmod(np.arange(rows * columns), columns)
    return (np.abs(x[:, None] - x) + np.abs(y[:, None] - y)).astype(float)


def test_the_optimum_of_nug12():
    flow = np.array([line.split() for line in NUG12.strip().splitlines()], float)
    deal = Deal(np.zeros((12, 12)), (flow,), (grid(3, 4),), np.ones((12, 12), bool))
    at = settle(deal, np.arange(12), placing.MOST_STEPS)
    assert deal.total(at) == 578
    stars = star_bound(grid(3, 4).astype(np.int64), flow.astype(np.int64), 0, 1)
    assert 578 * 0.7 < stars.sum() <= 578  # each flow is counted at both of its ends, as in the optimum


@pytest.mark.parametrize("seed", range(6))
def test_small_problems_by_every_permutation(seed):
    """6 entities on 7 places of a grid with two staircases of cost, 5,040 dealings each: found here to the cent."""
    random = np.random.default_rng(seed)
    far = grid(1, 7) if seed % 2 else grid(2, 4)[:7, :7]
    weights = tuple(random.integers(0, 4, (6, 6)) * (1 - np.eye(6)) for _ in range(2))
    costs = tuple(np.searchsorted(random.integers(1, 5, 3).cumsum(), far) * 100.0 for _ in range(2))
    deal = Deal(np.zeros((6, 7)), weights, costs, np.ones((6, 7), bool))
    least = min(deal.total(np.array(p)) for p in permutations(range(7), 6))
    assert deal.total(settle(deal, np.arange(6), placing.MOST_STEPS)) == least


@pytest.fixture(scope="module")
def small(tmp_path_factory, examples):
    """A hall of two racks and one switch on two rows of three places, with all that its placement was made from."""
    folder = tmp_path_factory.mktemp("hall")
    rack = os.path.relpath(examples / "dgx-h100-x4.yaml", folder)
    path = folder / "small.yaml"
    path.write_text(f"""
hall: small
designs: {{dgx: {rack}}}
floor: {{rows: 2, places: 3, pitch: 700 mm, network: start, network_racks: 1}}
racks: {{dgx: {{design: dgx, count: 2}}}}
fabrics: {{compute: {{topology: node-local, ports: [dgx.nic], switch: nvidia/qm9700, homing: 1, leaf_scope: all}}}}
placement: {{switches: cost, racks: cost}}
""")
    seen = {}
    with pytest.MonkeyPatch.context() as patch:

        def spy(d, reach, start, free):
            seen["given"] = d, reach, start, free
            return placing.placed(d, reach, start, free)

        patch.setattr(cheapest, "placed", spy)
        seen["hall"] = compile_hall(str(path), as_of=DAY)
    return seen


def test_a_small_hall_by_every_layout(small):
    """Two racks and a switch rack on six places, 120 layouts, times three units that the switch may stand in, each priced cable by cable."""
    d, reach, start, free = small["given"]
    _, price = placing.placed(d, reach, start, free)
    racks = len(start.at)
    assert len(start.unit) == 1
    best = min(
        demand.price(d, reach, replace(start, at=np.array(p, np.int32), unit=np.array([unit], np.int32))).weight_cents
        for p in permutations(range(len(free.positions)), racks)
        for unit in (free.first_unit, free.first_unit + free.room // 2, free.first_unit + free.room - 1)
    )
    assert price.weight_cents == best
    assert least(d, reach, start, free) <= best
