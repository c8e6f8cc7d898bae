"""Ride-through between, below and above the published points."""

from __future__ import annotations

from math import inf, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackwright.sim.power.battery import ride_through

POINTS = {"short_w": 33e3, "short_s": 90.0, "long_w": 24e3, "long_s": 240.0}


def test_between_the_points_time_is_straight_in_log_axes() -> None:
    assert ride_through(sqrt(33e3 * 24e3), **POINTS) == pytest.approx(sqrt(90 * 240))


def test_below_the_long_point_energy_is_constant() -> None:
    assert ride_through(12e3, **POINTS) == pytest.approx(480)
    assert ride_through(0.0, **POINTS) == inf


def test_above_the_short_point_nothing_is_promised() -> None:
    assert ride_through(33_001.0, **POINTS) == 0
    assert ride_through(33_001.0, **POINTS, count=2) > 240
    assert ride_through(1.0, **POINTS, count=0) == 0


def test_one_point_is_enough() -> None:
    assert ride_through(15e3, 15e3, 240.0, 15e3, 240.0) == 240
    assert ride_through(15_100.0, 15e3, 240.0, 15e3, 240.0) == 0


@given(st.floats(1e3, 40e3), st.floats(1e3, 40e3))
def test_more_load_never_lasts_longer(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert ride_through(high, **POINTS) <= ride_through(low, **POINTS) * (1 + 1e-12)
