"""The DC solver on networks small enough to reason about: islands, diodes, zero resistance, collapse."""

from __future__ import annotations

import numpy as np
import pytest

from rackwright.sim.power.network import Network, Solution, solve


def network(nodes: int, branches: list[tuple[int, int, float]], sources: list[tuple[int, float]]) -> Network:
    a, b, ohm = zip(*branches, strict=True) if branches else ((), (), ())
    at, volts = zip(*sources, strict=True) if sources else ((), ())
    return Network(
        nodes,
        np.array(a, dtype=np.int64),
        np.array(b, dtype=np.int64),
        np.array(ohm, dtype=float),
        np.array(at, dtype=np.int64),
        np.array(volts, dtype=float),
    )


def one(net: Network, load_w: list[float], ohm: list[float], alive: list[bool] | None = None) -> Solution:
    return solve(net, np.array(load_w), np.array([ohm], dtype=float), np.array([[True] * len(ohm) if alive is None else alive], dtype=bool))


def test_branches_without_resistance_carry_what_the_balance_asks() -> None:
    found = one(network(4, [(0, 1, 0.0), (1, 2, 0.0), (1, 3, 0.0)], [(0, 50.0)]), [0, 0, 500.0, 250.0], [0.0])
    assert found.voltage_v[0] == pytest.approx([50.0] * 4)
    assert found.current_a[0] == pytest.approx([15.0, 10.0, 5.0])


def test_an_island_without_a_source_is_dark_and_the_rest_goes_on() -> None:
    found = one(network(4, [(0, 1, 0.01), (2, 3, 0.01)], [(0, 50.0), (2, 50.0)]), [0, 100.0, 0, 100.0], [0.0, 0.0], [True, False])
    assert found.is_solved.tolist() == [True]
    assert np.isnan(found.voltage_v[0]).tolist() == [False, False, True, True]
    assert found.current_a[0, 1] == 0


def test_without_any_source_everything_is_dark() -> None:
    found = one(network(2, [(0, 1, 0.01)], []), [0, 100.0], [])
    assert np.isnan(found.voltage_v).all()
    assert found.is_solved.tolist() == [True]


def test_a_source_is_not_fed_backwards() -> None:
    """A 48 V source beside a 50 V one blocks; without its diode it would swallow hundreds of amperes."""
    net = network(3, [(0, 1, 1e-3), (1, 2, 1e-3)], [(0, 50.0), (2, 48.0)])
    found = one(net, [0, 1000.0, 0], [1e-3, 1e-3])
    assert found.source_a[0, 1] == 0
    assert found.source_a[0, 0] * found.voltage_v[0, 1] == pytest.approx(1000.0)
    assert found.voltage_v[0, 2] > 48


def test_the_same_source_helps_when_the_load_pulls_the_voltage_below_its_own() -> None:
    net = network(3, [(0, 1, 1e-3), (1, 2, 1e-3)], [(0, 50.0), (2, 48.0)])
    found = one(net, [0, 60e3, 0], [1e-3, 1e-3])
    assert (found.source_a[0] > 0).all()


def test_many_unequal_sources_all_end_forward_or_blocked() -> None:
    rng = np.random.default_rng(5)
    for _ in range(30):
        volts = 50 + rng.normal(0, 0.5, 12)
        net = network(12, [(i, i + 1, 1e-4) for i in range(11)], [(i, float(volts[i])) for i in range(12)])
        found = one(net, list(rng.uniform(0, 3000, 12)), [1e-3] * 12)
        assert found.is_solved[0]
        assert (found.source_a[0] > -1e-6).all()
        blocked = found.source_a[0] < 1e-9
        assert (found.voltage_v[0][blocked] >= volts[blocked] * (1 - 1e-8)).all()


def test_a_ring_shares_by_resistance() -> None:
    found = one(network(3, [(0, 1, 1e-3), (0, 2, 1e-3), (2, 1, 2e-3)], [(0, 50.0)]), [0, 4000.0, 0], [0.0])
    assert found.current_a[0, 0] == pytest.approx(3 * found.current_a[0, 1])


def test_cases_stand_alone() -> None:
    """A collapsing case among good ones is marked and leaves them as they are without it."""
    net = network(2, [(0, 1, 0.1)], [(0, 50.0), (0, 50.0)])
    alive = np.array([[True, True], [True, False], [False, False]])
    found = solve(net, np.array([0.0, 5500.0]), np.array([[0.02, 0.02]] * 3), alive)
    assert found.is_solved.tolist() == [True, False, True]
    assert found.voltage_v[0, 1] == pytest.approx((50 + np.sqrt(2500 - 4 * 0.11 * 5500)) / 2)
    assert np.isnan(found.voltage_v[1]).all()
    assert not found.current_a[1].any()


def test_a_loop_without_resistance_counts_as_unsolved() -> None:
    found = one(network(2, [(0, 1, 0.0), (0, 1, 0.0)], [(0, 50.0)]), [0, 100.0], [0.0])
    assert found.is_solved.tolist() == [False]
