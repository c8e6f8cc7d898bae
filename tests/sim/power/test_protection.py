"""Bands of trip units, fuses and relays and their verdicts against closed forms worked out here."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackwright.catalog.facts import numbers
from rackwright.catalog.loader import Catalog
from rackwright.sim.power.protection import (
    Band,
    ElectronicTrip,
    electronic,
    from_points,
    interrupts,
    inverse_time,
    making_factor,
    relay,
    selectivity,
)

# Ir 1,000 A, tr 8 s at 6 Ir (K = 8 * 6,000^2 = 2.88e8 A2s), Isd 5,000 A for 0.2 s (opens after 140 to 200 ms), Ii 15 kA (20 to 80 ms).
FEEDER = ElectronicTrip(1000.0, 8.0, 5000.0, (0.14, 0.20), 15_000.0, (0.02, 0.08))
MAIN = ElectronicTrip(4000.0, 16.0, 20_000.0, (0.35, 0.50), inf, (0.02, 0.08))


def times(unit: ElectronicTrip, *amps: float) -> tuple[list[float], list[float]]:
    band, at = electronic(unit), np.array(amps)
    return band.earliest(at).tolist(), band.latest(at).tolist()


def test_long_time_is_i2t_within_its_tolerance() -> None:
    early, late = times(FEEDER, 1000.0, 1100.0, 2000.0, 4000.0)
    assert early == [inf, *(pytest.approx(0.8 * 2.88e8 / amps**2) for amps in (1100, 2000, 4000))]
    assert late == [inf, inf, *(pytest.approx(2.88e8 / amps**2) for amps in (2000, 4000))]


def test_pickups_have_their_tolerance() -> None:
    early, late = times(FEEDER, 4499.0, 4501.0, 5501.0, 13_499.0, 13_501.0, 16_499.0, 16_501.0)
    assert early == pytest.approx([0.8 * 2.88e8 / 4499**2, 0.14, 0.14, 0.14, 0.02, 0.02, 0.02])
    assert late == pytest.approx([2.88e8 / 4499**2, 2.88e8 / 4501**2, 0.20, 0.20, 0.20, 0.20, 0.08])


def test_at_a_step_the_band_is_the_wider_one() -> None:
    early, late = times(FEEDER, 4500.0, 5500.0)
    assert early[0] == pytest.approx(0.14)
    assert late[1] == pytest.approx(2.88e8 / 5500**2)


def test_short_time_with_i2t_falls_to_its_floor_at_ten_ir() -> None:
    unit = ElectronicTrip(1000.0, 8.0, 3000.0, (0.14, 0.20), inf, (0.02, 0.08), is_short_i2t=True)
    late = times(unit, 5000.0, 9999.0, 10_001.0, 30_000.0, 200_000.0)[1]
    assert late == pytest.approx([0.20 * 4, 0.20 * (10_000 / 9999) ** 2, 0.20, 0.20, 0.08])


def test_where_curves_cross_the_faster_part_opens() -> None:
    # The long time reaches 0.2 s at sqrt(2.88e8 / 0.2) = 37,947 A: with the short time picking up only at 30 kA it takes over above that.
    unit = ElectronicTrip(1000.0, 8.0, 30_000.0, (0.14, 0.20), inf, (0.02, 0.08))
    late = times(unit, 36_000.0, 40_000.0)[1]
    assert late == pytest.approx([0.20, 2.88e8 / 40_000**2])
    crossing = sqrt(2.88e8 / 0.2)
    assert times(unit, crossing)[1] == pytest.approx([0.20])


@given(st.floats(100.0, 3e5), st.floats(1.0, 3.0))
def test_a_greater_current_never_opens_later(amps: float, more: float) -> None:
    for unit in (FEEDER, MAIN):
        band, at = electronic(unit), np.array([amps, amps * more])
        early, late = band.earliest(at), band.latest(at)
        assert early[1] <= early[0] * (1 + 1e-9)
        assert late[1] <= late[0] * (1 + 1e-9)
        assert (early <= late).all()


def test_main_and_feeder_are_selective_in_full() -> None:
    verdict = selectivity(electronic(FEEDER), electronic(MAIN), 60_000.0)
    assert verdict.is_total
    assert verdict.limit_a == 60_000


def test_an_instantaneous_part_above_limits_selectivity_to_its_early_pickup() -> None:
    main = ElectronicTrip(4000.0, 16.0, 20_000.0, (0.35, 0.50), 40_000.0, (0.02, 0.08))
    verdict = selectivity(electronic(FEEDER), electronic(main), 60_000.0)
    assert not verdict.is_total
    assert verdict.limit_a == pytest.approx(36_000)
    assert selectivity(electronic(FEEDER), electronic(main), 35_000.0).is_total
    # Across a 20 kV / 415 V transformer the upstream device sees 415/20,000 of the current.
    assert selectivity(electronic(FEEDER), electronic(main), 60_000.0, ratio=415 / 20e3).is_total


def test_crossing_lines_give_the_exact_limit() -> None:
    # Downstream latest: flat 0.3 s; upstream earliest: 100 s at 1 kA, I2t: 0.3 s at 1000 sqrt(100/0.3) = 18,257 A.
    down = from_points(np.array([100.0, 1e6]), np.array([0.2, 0.2]), np.array([100.0, 1e6]), np.array([0.3, 0.3]))
    up = from_points(np.array([1e3, 1e5]), np.array([100.0, 0.01]), np.array([1e3, 1e5]), np.array([200.0, 0.02]))
    assert selectivity(down, up, 50_000.0).limit_a == pytest.approx(1e3 * sqrt(100 / 0.3))


def test_equal_devices_are_not_selective_anywhere() -> None:
    assert selectivity(electronic(FEEDER), electronic(FEEDER), 60_000.0).limit_a == pytest.approx(1050)


@given(st.floats(1.1e3, 2e5))
def test_selectivity_agrees_with_sampling(fault_a: float) -> None:
    main = ElectronicTrip(2500.0, 4.0, 10_000.0, (0.14, 0.20), 30_000.0, (0.02, 0.08))
    down, up = electronic(FEEDER), electronic(main)
    at = np.geomspace(500.0, fault_a, 4001)
    with np.errstate(invalid="ignore"):
        overlap = np.isfinite(up.earliest(at)) & (down.latest(at) >= up.earliest(at))
    sampled = at[overlap][0] if overlap.any() else inf
    verdict = selectivity(down, up, fault_a)
    assert verdict.limit_a == pytest.approx(min(sampled, fault_a), rel=2e-3)


def test_trips_on_the_least_fault() -> None:
    assert (electronic(FEEDER).latest(np.array([1100.0, 3000.0, 5400.0, 5600.0])) <= 5.0).tolist() == [False, False, False, True]
    assert (electronic(FEEDER).latest(np.array([5400.0])) <= 10.0).tolist() == [True]


def test_breaking_and_making() -> None:
    assert making_factor(np.array([4e3, 6e3, 10e3, 20e3, 50e3, 100e3])).tolist() == [1.41, 1.5, 1.7, 2.0, 2.1, 2.2]
    assert interrupts(np.array([50e3, 50e3]), np.array([50e3, 50.1e3])).tolist() == [True, False]
    assert interrupts(np.array([50e3, 50e3]), np.array([48e3, 48e3]), np.array([105e3, 106e3])).tolist() == [True, False]


def test_a_fuse_melts_at_constant_i2t_above_its_points() -> None:
    fuse = from_points(np.array([200.0, 5000.0]), np.array([4800.0, 0.004]), np.array([220.0, 5500.0]), np.array([4800.0, 0.004]), is_fuse=True)
    assert fuse.earliest(np.array([50_000.0])) == pytest.approx(5000.0**2 * 0.004 / 50_000**2)
    assert fuse.latest(np.array([210.0, 219.9])).tolist() == [inf, inf]


def test_inverse_relay() -> None:
    # IEC 60255-151: very inverse, TMS 0.3, five times the pickup: 0.3 * 13.5 / 4 = 1.0125 s.
    assert inverse_time(np.array([100.0, 500.0]), 100.0, 0.3, "very").tolist() == [inf, pytest.approx(1.0125)]
    band, at = relay(100.0, 0.3, "extremely", breaker_s=0.06), np.geomspace(105.5, 1990.0, 999)
    want = inverse_time(at, 100.0, 0.3, "extremely")
    assert band.earliest(at) == pytest.approx(0.95 * want, rel=2e-3)
    assert band.latest(at) == pytest.approx(1.05 * want + 0.06, rel=2e-3)


def test_published_times_of_the_iec_curves() -> None:
    # Times at ten times the pickup and TMS 1, as relay makers print them.
    got = [float(inverse_time(np.array([1000.0]), 100.0, 1.0, name)[0]) for name in ("standard", "very", "extremely", "long")]
    assert [f"{time:.3g}" for time in got] == ["2.97", "1.5", "0.808", "13.3"]


def shipped(name: str, setting: float = 0.2) -> Band:
    """The band of a catalogue part at its rating; electronic units at 8 s, 8 Ir and `setting` s, no instantaneous part."""
    part = Catalog().part(name)
    rated = part.number("current_rated")
    assert rated is not None
    lists = {fact.name: np.array(numbers(fact.text)) for fact in part.facts.values() if fact.value is None and fact.text[0].isdigit()}
    if part.kind == "fuse":
        away, amps = part.number("current_tolerance") or 0.0, lists["melt_current"]
        return from_points(amps * (1 - away), lists["melt_time"], amps * (1 + away), lists["melt_time"], is_fuse=True)
    if "early_multiple" in lists:
        return from_points(rated * lists["early_multiple"], lists["early_time"], rated * lists["late_multiple"], lists["late_time"])
    at = lists["short_setting"].tolist().index(setting)
    low, high = lists["long_band"].tolist()
    least, greatest = lists["long_tolerance"].tolist()
    waits = (float(lists["short_early"][at]), float(lists["short_late"][at]))
    instant = (part.number("instant_early") or 0.0, part.number("instant_late") or 0.0)
    away, multiple = part.number("pickup_tolerance"), part.number("long_multiple")
    assert away is not None
    assert multiple is not None
    return electronic(ElectronicTrip(rated, 8.0, 8 * rated, waits, inf, instant, False, 10.0, multiple, (low, high), (least, greatest), away))


def test_a_chain_of_catalogue_parts() -> None:
    main, feeder, rack = shipped("generic/acb-4000a", 0.4), shipped("generic/mccb-400a", 0.1), shipped("generic/mcb-c32")
    assert selectivity(feeder, main, 50e3).is_total
    # The standard's 0.1 s of a miniature breaker is longer than the 80 ms that a short time of 0.1 s surely waits, from its early pickup
    # (0.85 * 3,200 A) on; 0.2 s waits 140 ms.
    assert selectivity(rack, feeder, 10e3).limit_a == pytest.approx(2720)
    assert selectivity(rack, shipped("generic/mccb-400a", 0.2), 10e3).is_total
    # A 32 A type C surely opens at once from 320 A on; below that 15 s are all that is promised.
    assert (rack.latest(np.array([319.0, 321.0])) <= 0.4).tolist() == [False, True]
    # gG 160 A: IEC 60269-1 wants it to melt not before 10 s at 460 A, and within 0.1 s at 2,590 A.
    fuse = shipped("generic/fuse-nh1-160a")
    assert fuse.earliest(np.array([460.0]))[0] > 10
    assert fuse.latest(np.array([2590.0]))[0] < 0.1


def test_points_that_are_no_curve_are_refused() -> None:
    line = np.array([1.0, 2.0])
    with pytest.raises(ValueError, match="must not fall"):
        from_points(line[::-1], line, line, line)
    with pytest.raises(ValueError, match="as many times"):
        from_points(line, line[:1], line, line)
