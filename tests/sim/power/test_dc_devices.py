"""Fuses and breakers of DC against discharges, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from rackwright.sim.power.dc_devices import Discharge, against
from rackwright.sim.power.dc_fault import Capacitors

V, C, R, L = 800.0, 0.02, 1e-3, 0.65e-6


def discharge() -> Discharge:
    """Node 0 has capacitors before it, node 1 has none."""
    return Discharge(*(np.array([x, 0.0]) for x in (V, C, R, L)))


def test_the_whole_discharge_is_what_the_capacitor_stores_over_the_resistance() -> None:
    """I2t = C V^2 / 2R, of a circuit that rings and one that does not, against the sum of its currents."""
    bank = Capacitors(*(np.array(x) for x in ([V, V], [C, C], [R, 0.1], [L, L])))
    time = np.concatenate(([0.0], np.geomspace(1e-8, 1.0, 20_000)))
    own = np.trapezoid(bank.current(np.stack([time, time])) ** 2, time, axis=1)
    assert bank.i2t() == pytest.approx([C * V**2 / (2 * r) for r in (R, 0.1)])
    assert own == pytest.approx(bank.i2t(), rel=1e-3)


def test_melting_on_the_rise_is_that_of_a_current_that_rises_evenly() -> None:
    """Without much resistance i = V t / L at first, so I2t = (V/L)^2 t^3 / 3: a fuse of 100 A2s melts after 0.58 us."""
    bank = Capacitors(*(np.array([x]) for x in (V, C, 1e-6, L)))
    assert bank.melts(np.array([100.0])) == pytest.approx([(3 * 100 * (L / V) ** 2) ** (1 / 3)], rel=1e-3)
    assert bank.melts(bank.i2t() * 1.001)[0] == np.inf


def test_verdicts() -> None:
    """A fuse that limits, one that melts after the peak, one that stays whole, a breaker, and one where nothing discharges."""
    bank = Capacitors(*(np.array([x]) for x in (V, C, R, L)))
    peak, whole = float(bank.peak()[0]), float(bank.i2t()[0])
    i2t = np.array([3e4, 0.9 * whole, 1.1 * whole, np.nan, 3e4])
    found = against(discharge(), np.array([0, 0, 0, 0, 1]), i2t, np.full(5, 60e3))
    assert found.let_through_a[0] == pytest.approx(bank.current(found.melt_s[:1, None])[0, 0])
    assert found.let_through_a[0] < 60e3 < peak
    assert found.let_through_a[[1, 3]] == pytest.approx([peak, peak])
    assert found.melt_s[1] > bank.time_to_peak()[0] > found.melt_s[0]
    assert np.isnan(found.melt_s[[2, 3, 4]]).all()
    assert found.is_able.tolist() == [True, False, True, False, True]
    assert against(discharge(), np.array([0, 0]), i2t[[0, 3]], np.array([40e3, 1.01 * peak])).is_able.tolist() == [False, True]
