"""DC faults against numerical integration of the circuits (scipy, relative tolerance 1e-10)."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from rackwright.sim.power.dc_fault import Capacitors

# V, F, ohm, H: an 800 V busway close by (overdamped) and far away (rings), a 50 V busbar, critical damping and just beside it.
CIRCUITS = [
    (800.0, 0.02, 0.01, 2e-6),
    (800.0, 0.02, 0.002, 10e-6),
    (50.0, 0.1, 0.001, 1e-7),
    (800.0, 0.01, 0.02, 1e-6),
    (800.0, 0.01, 0.02 * 1.000001, 1e-6),
    (800.0, 0.01, 0.02 * 0.999, 1e-6),
]


def capacitors() -> Capacitors:
    """All circuits at once."""
    return Capacitors(*np.array(CIRCUITS).T)


def integrated(circuit: tuple[float, float, float, float], time: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Current of one circuit by solve_ivp, in two parts where the diode takes over."""
    volts, farad, ohm, henry = circuit

    def ring(_: float, y: np.ndarray[Any, Any]) -> list[float]:
        return [(y[1] - ohm * y[0]) / henry, -y[0] / farad]

    def empty(_: float, y: np.ndarray[Any, Any]) -> float:
        return float(y[1])

    empty.terminal, empty.direction = True, -1  # type: ignore[attr-defined]
    exact = {"rtol": 1e-10, "atol": 1e-9}
    first = solve_ivp(ring, (0, time[-1]), [0, volts], t_eval=time, events=empty, **exact)
    if not len(first.t_events[0]):
        return np.asarray(first.y[0])
    at, state = first.t_events[0][0], first.y_events[0][0]
    later = time[time > at]
    rest = solve_ivp(lambda _, y: [-ohm * y[0] / henry], (at, time[-1]), state[:1], t_eval=later, **exact)
    return np.concatenate([first.y[0, : len(time) - len(later)], rest.y[0]])


def test_discharge_equals_integration() -> None:
    bank = capacitors()
    for k, circuit in enumerate(CIRCUITS):
        time = np.linspace(0, 6 * bank.time_to_peak()[k], 61)
        current = integrated(circuit, time)
        assert bank.current(time[None, :])[k] == pytest.approx(current, abs=1e-7 * current.max())


def test_the_peak_is_the_greatest_current() -> None:
    bank = capacitors()
    at, peak = bank.time_to_peak(), bank.peak()
    for shift in (0.999, 1.001):
        assert (bank.current((at * shift)[:, None])[:, 0] < peak).all()
    # Critical damping: t = 1/alpha = 2L/R, i = V/L t / e.
    assert at[3] == pytest.approx(2 * 1e-6 / 0.02)
    assert peak[3] == pytest.approx(800 / 1e-6 * 1e-4 / np.e)


def test_with_a_diode_the_current_never_turns() -> None:
    time = np.linspace(0, 0.01, 5000)[None, :]
    assert (capacitors().current(time) >= 0).all()


def test_almost_no_resistance_rings_at_the_surge_impedance() -> None:
    bank = Capacitors(np.array([800.0]), np.array([0.02]), np.array([1e-9]), np.array([10e-6]))
    assert bank.peak()[0] == pytest.approx(800 * sqrt(0.02 / 10e-6), rel=1e-6)
    assert bank.time_to_peak()[0] == pytest.approx(np.pi / 2 * sqrt(0.02 * 10e-6), rel=1e-6)


def test_a_loop_without_resistance_is_refused() -> None:
    with pytest.raises(ValueError, match="resistance_ohm"):
        Capacitors(np.array([800.0]), np.array([0.02]), np.array([0.0]), np.array([10e-6]))
