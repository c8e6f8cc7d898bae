"""The network solver on networks it has never seen: whatever their shape, flow is conserved and pressures close."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from rackwright.sim.thermal import network
from rackwright.sim.thermal.network import Branches, Liquid

WATER = Liquid(992.3, 0.6528e-3)


def pipes(ends: list[tuple[int, int]], bore_mm: list[float], length_m: list[float], loss: list[float], quadratic: list[float]) -> Branches:
    """Branches from lists; a bore of 0 stands for equipment without one."""
    bore = np.array([b / 1000 if b else np.nan for b in bore_mm])
    return Branches(
        np.array([a for a, _ in ends]),
        np.array([b for _, b in ends]),
        bore,
        np.array(length_m),
        np.full(len(ends), 1.5e-6),
        np.array(loss),
        np.array(quadratic),
    )


@st.composite
def networks(draw: DrawFn) -> tuple[Branches, np.ndarray]:
    """A connected network with rings, dead ends and pipes of no length between 2 and 12 nodes, and what is fed in and drawn."""
    n = draw(st.integers(2, 12))
    tree = [(draw(st.integers(0, i - 1)), i) for i in range(1, n)]
    extra = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] != e[1]), max_size=12))
    m, size = len(tree) + len(extra), len(tree)

    def each(values: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(values, min_size=m, max_size=m))

    bore = each(st.sampled_from([0.0, 15.0, 31.8, 45.0]))
    length = each(st.floats(0.05, 3.0))
    # a pipe of no length may not close a ring, so only branches of the tree may have none
    length = [0.0 if i < size and draw(st.booleans()) and bore[i] else v for i, v in enumerate(length)]
    loss = [0.0 if i < size and not length[i] else v for i, v in enumerate(each(st.floats(0, 5)))]
    quadratic = [v if not b else 0.0 for v, b in zip(each(st.floats(1e3, 1e7)), bore)]
    fed = np.array(draw(st.lists(st.floats(-2, 2), min_size=n, max_size=n)))
    return pipes([*tree, *extra], bore, length, loss, quadratic), fed - fed.mean()


@given(networks())
@settings(max_examples=150, deadline=None)
def test_mass_and_pressure_balance_in_any_network(case: tuple[Branches, np.ndarray]) -> None:
    branches, fed = case
    pressure, flow = network.solve(branches, fed, 0, WATER)
    out = np.zeros(fed.size)
    np.add.at(out, branches.a, flow)
    np.add.at(out, branches.b, -flow)
    assert out == pytest.approx(fed, abs=1e-9)
    drop, _ = network.drops(branches, flow, WATER)
    most, _ = network.drops(branches, np.full(branches.a.size, np.abs(fed).sum()), WATER)  # as if all flow went through one branch
    assert pressure[branches.a] - pressure[branches.b] == pytest.approx(drop, abs=1e-6 + 1e-10 * most.max())
    assert pressure[0] == 0


@given(networks(), st.floats(1e2, 1e5))
@settings(max_examples=60, deadline=None)
def test_heat_put_in_comes_out(case: tuple[Branches, np.ndarray], watts: float) -> None:
    """One feed, one draw: the outlet is warmer by all heat over flow and heat capacity, whatever lies between. Flow driven by pressure alone
    never returns to the feed, whose temperature is held.
    """
    branches, fed = case
    supply = np.zeros(fed.size)
    supply[0], supply[-1] = 1.0, -1.0
    _, flow = network.solve(branches, supply, 0, WATER)
    heat = np.where(np.abs(flow) > 1e-3, watts, 0.0)
    degc = network.temperatures(branches, flow, heat, 0, 30.0, 4180.0, fed.size)
    assert degc[-1] == pytest.approx(30 + heat.sum() / 4180, rel=1e-6)


def test_two_equal_pipes_share_the_flow() -> None:
    branches = pipes([(0, 1), (0, 1)], [31.8, 31.8], [3.0, 3.0], [0.5, 0.5], [0.0, 0.0])
    _, flow = network.solve(branches, np.array([3.0, -3.0]), 1, WATER)
    assert flow == pytest.approx([1.5, 1.5])


def test_equipment_shares_by_the_root_of_its_drop() -> None:
    """Quadratic drops in parallel: flows as 1 / sqrt(coefficient), a closed form."""
    branches = pipes([(0, 1), (0, 1)], [0, 0], [0, 0], [0, 0], [1e5, 4e5])
    pressure, flow = network.solve(branches, np.array([3.0, -3.0]), 1, WATER)
    assert flow == pytest.approx([2.0, 1.0])
    assert pressure[0] == pytest.approx(4e5)


def test_flow_against_the_arrow_counts_negative() -> None:
    branches = pipes([(1, 0)], [31.8], [3.0], [0.5], [0.0])
    pressure, flow = network.solve(branches, np.array([1.0, -1.0]), 1, WATER)
    assert flow == pytest.approx([-1.0])
    assert pressure[0] > 0


@pytest.mark.parametrize("reynolds", [network.LAMINAR_END, network.TURBULENT_START])
def test_friction_has_no_step_where_the_regimes_meet(reynolds: float) -> None:
    below, above = network.friction_factor(reynolds * (1 - 1e-9), 1e-4), network.friction_factor(reynolds * (1 + 1e-9), 1e-4)
    assert below == pytest.approx(above, rel=1e-6)


@given(st.floats(1e-4, 5.0), st.sampled_from([15.0, 31.8, 45.0]))
@settings(max_examples=100, deadline=None)
def test_slope_is_the_derivative_of_the_drop(flow: float, bore: float) -> None:
    branches = pipes([(0, 1)], [bore], [3.0], [0.7], [1e4])
    reynolds = network.reynolds_numbers(branches, np.array([flow]), WATER)[0]
    if min(abs(reynolds - network.LAMINAR_END), abs(reynolds - network.TURBULENT_START)) < 10:
        return  # the drop has a kink there
    step = 1e-5 * flow
    low, high = (network.drops(branches, np.array([flow + d]), WATER)[0][0] for d in (-step, step))
    assert network.drops(branches, np.array([flow]), WATER)[1][0] == pytest.approx((high - low) / (2 * step), rel=1e-3)
