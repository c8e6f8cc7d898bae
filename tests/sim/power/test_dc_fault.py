"""DC faults against numerical integration of the circuits (scipy, relative tolerance 1e-10) and against energy."""

from __future__ import annotations

from math import inf, sqrt
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from rackwright.sim.power.dc_fault import Batteries, Capacitors, converter_current, let_through, steady_current, time_to_let_through

# V, F, ohm, H: an 800 V busway close by (overdamped) and far away (rings), a 50 V busbar, critical damping and just beside it.
CIRCUITS = [
    (800.0, 0.02, 0.01, 2e-6),
    (800.0, 0.02, 0.002, 10e-6),
    (50.0, 0.1, 0.001, 1e-7),
    (800.0, 0.01, 0.02, 1e-6),
    (800.0, 0.01, 0.02 * 1.000001, 1e-6),
    (800.0, 0.01, 0.02 * 0.999, 1e-6),
]


def capacitors(has_diode: bool) -> Capacitors:
    """All circuits at once."""
    return Capacitors(*np.array(CIRCUITS).T, has_diode=has_diode)


def integrated(circuit: tuple[float, float, float, float], time: np.ndarray[Any, Any], has_diode: bool) -> np.ndarray[Any, Any]:
    """Current and I2t of one circuit by solve_ivp, in two parts where the diode takes over."""
    volts, farad, ohm, henry = circuit

    def ring(_: float, y: np.ndarray[Any, Any]) -> list[float]:
        return [(y[1] - ohm * y[0]) / henry, -y[0] / farad, y[0] ** 2]

    def empty(_: float, y: np.ndarray[Any, Any]) -> float:
        return float(y[1])

    empty.terminal, empty.direction = has_diode, -1  # type: ignore[attr-defined]
    exact = {"rtol": 1e-10, "atol": 1e-9}
    first = solve_ivp(ring, (0, time[-1]), [0, volts, 0], t_eval=time, events=empty, **exact)
    if not has_diode or not len(first.t_events[0]):
        return first.y[[0, 2]]
    at, state = first.t_events[0][0], first.y_events[0][0]
    later = time[time > at]
    rest = solve_ivp(lambda _, y: [-ohm * y[0] / henry, y[0] ** 2], (at, time[-1]), state[[0, 2]], t_eval=later, **exact)
    return np.concatenate([first.y[[0, 2]][:, : len(time) - len(later)], rest.y], axis=1)


@pytest.mark.parametrize("has_diode", [True, False])
def test_discharge_equals_integration(has_diode: bool) -> None:
    bank = capacitors(has_diode)
    for k, circuit in enumerate(CIRCUITS):
        time = np.linspace(0, 6 * bank.time_to_peak()[k], 61)
        current, through = integrated(circuit, time, has_diode)
        assert bank.current(time[None, :])[k] == pytest.approx(current, abs=1e-7 * current.max())
        assert bank.i2t(np.full(len(CIRCUITS), time[-1]))[k] == pytest.approx(through[-1], rel=1e-6)


def test_the_peak_is_the_greatest_current() -> None:
    bank = capacitors(has_diode=False)
    at, peak = bank.time_to_peak(), bank.peak()
    for shift in (0.999, 1.001):
        assert (bank.current((at * shift)[:, None])[:, 0] < peak).all()
    # Critical damping: t = 1/alpha = 2L/R, i = V/L t / e.
    assert at[3] == pytest.approx(2 * 1e-6 / 0.02)
    assert peak[3] == pytest.approx(800 / 1e-6 * 1e-4 / np.e)


@pytest.mark.parametrize("has_diode", [True, False])
def test_all_the_energy_goes_into_the_resistance(has_diode: bool) -> None:
    volts, farad, ohm, _ = np.array(CIRCUITS).T
    assert capacitors(has_diode).i2t(np.full(len(CIRCUITS), inf)) == pytest.approx(farad * volts**2 / (2 * ohm), rel=1e-6)


def test_with_a_diode_the_current_never_turns() -> None:
    time = np.linspace(0, 0.01, 5000)[None, :]
    assert (capacitors(has_diode=True).current(time) >= 0).all()
    assert (capacitors(has_diode=False).current(time)[1] < 0).any()


def test_almost_no_resistance_rings_at_the_surge_impedance() -> None:
    bank = Capacitors(np.array([800.0]), np.array([0.02]), np.array([1e-9]), np.array([10e-6]))
    assert bank.peak()[0] == pytest.approx(800 * sqrt(0.02 / 10e-6), rel=1e-6)
    assert bank.time_to_peak()[0] == pytest.approx(np.pi / 2 * sqrt(0.02 * 10e-6), rel=1e-6)


def test_a_loop_without_resistance_is_refused() -> None:
    with pytest.raises(ValueError, match="resistance_ohm"):
        Capacitors(np.array([800.0]), np.array([0.02]), np.array([0.0]), np.array([10e-6]))


def test_battery_and_converter() -> None:
    battery = Batteries(np.array([480.0]), np.array([0.02]), np.array([20e-6]))
    time = np.linspace(0, 0.02, 20_001)
    assert battery.current(np.array([1e-3]))[0, 0] == pytest.approx(24_000 * (1 - 1 / np.e))
    assert battery.i2t(np.array([0.02]))[0] == pytest.approx(np.trapezoid(battery.current(time)[0] ** 2, time), rel=1e-6)
    assert converter_current(np.array([0.0, 0.01, 0.02]), np.array([300.0]), np.array([0.02])).tolist() == [[300.0, 300.0, 0.0]]
    assert steady_current(np.array([300.0, 200.0]), battery) == 24_500
    assert steady_current(np.array([300.0])) == 300


def test_when_a_fuse_has_had_its_i2t() -> None:
    time = np.linspace(0, 1, 1001)
    current = np.array([np.full(1001, 100.0), np.full(1001, 10.0)])
    assert let_through(time, current)[:, -1] == pytest.approx([1e4, 100])
    assert time_to_let_through(time, current, np.array([2505.0, 101.0])).tolist() == [pytest.approx(0.2505), inf]
    bank = capacitors(has_diode=True)
    grid = np.linspace(0, 0.002, 200_001)
    want = bank.i2t(np.full(len(CIRCUITS), 3e-4))
    assert time_to_let_through(grid, bank.current(grid[None, :]), want) == pytest.approx(np.full(len(CIRCUITS), 3e-4), rel=1e-4)
