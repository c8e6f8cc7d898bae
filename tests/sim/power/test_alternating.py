"""Whips and cords against the circuit equations they must obey."""

from __future__ import annotations

from math import acos, sqrt, tan

import numpy as np
import pytest

from rackwright.sim.power.alternating import Branches, Flow, reached, sweep


def flow(ohm: float, groups: float, power_factor: float, watts: float, volts: float = 415.0) -> Flow:
    net = Branches(np.array([0]), np.array([1]), np.array([ohm]), np.array([groups]), np.array([power_factor]))
    nodes, alive = reached(net, np.array([[True, False]]), np.array([[True]]))
    return sweep(net, np.array([volts, volts]), np.array([[0.0, watts]]), nodes, alive)


@pytest.mark.parametrize("power_factor", [1.0, 0.98, 0.8])
def test_a_whip_obeys_the_phase_triangle(power_factor: float) -> None:
    found = flow(0.05, 3, power_factor, 30e3)
    amps, volts = found.current_a[0, 0], found.voltage_v[0, 1]
    assert amps == pytest.approx(30e3 / (sqrt(3) * volts * power_factor), rel=1e-12)
    assert found.power_a_w[0, 0] - 30e3 == pytest.approx(3 * 0.05 * amps**2, rel=1e-9)
    reactive = 30e3 * tan(acos(power_factor))
    assert sqrt(found.power_a_w[0, 0] ** 2 + reactive**2) == pytest.approx(sqrt(3) * 415 * amps, rel=1e-12)


def test_a_cord_is_single_phase() -> None:
    found = flow(0.02, 1, 1.0, 3000.0, 240.0)
    volts = (240 + sqrt(240**2 - 4 * 0.02 * 3000)) / 2
    assert found.voltage_v[0, 1] == pytest.approx(volts, rel=1e-12)
    assert found.current_a[0, 0] == pytest.approx(3000 / volts, rel=1e-12)


def test_without_resistance_or_load_nothing_is_lost() -> None:
    found = flow(0.0, 3, 0.9, 30e3)
    assert (found.voltage_v[0, 1], found.power_a_w[0, 0]) == (pytest.approx(415.0), 30e3)
    idle = flow(0.05, 3, 0.9, 0.0)
    assert (idle.voltage_v[0, 1], idle.current_a[0, 0]) == (pytest.approx(415.0, rel=1e-14), 0.0)


def test_beyond_the_greatest_power_there_is_no_solution() -> None:
    limit = 240**2 / 4 / 0.5
    assert flow(0.5, 1, 1.0, 0.999 * limit, 240.0).is_solved.tolist() == [True]
    assert flow(0.5, 1, 1.0, 1.001 * limit, 240.0).is_solved.tolist() == [False]


def test_two_cords_share_what_one_carries_alone() -> None:
    net = Branches(np.array([0, 1]), np.array([2, 2]), np.array([0.1, 0.1]), np.array([1.0, 1.0]), np.array([1.0, 1.0]))
    feeds = np.array([[True, True, False], [True, False, False]])
    nodes, alive = reached(net, feeds, np.ones((2, 2), dtype=bool))
    found = sweep(net, np.array([240.0] * 3), np.array([[0, 0, 2000.0]] * 2), nodes, alive)
    assert found.power_b_w.tolist() == [[1000.0, 1000.0], [2000.0, 0.0]]
    assert found.voltage_v[1, 2] < found.voltage_v[0, 2] < 240
