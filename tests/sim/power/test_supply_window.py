"""Converters outside their input window and voltages that collapse: who is carried for how long, and who is dark then."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from tests.sim.power.supply_halls import LV, Builder

from rackwright.sim.power.supply import Supply
from rackwright.sim.power.supply_outages import sweep
from rackwright.sim.power.supply_reach import sweep_near

WATTS = 1e5
UPS = {"is_converter": True, "power_rated_va": 2 * WATTS, "efficiency": (1.0, 1.0, 1.0, 1.0), "store_s": 300.0, "store_kind": 1}


def behind(volts: float, watts: float = WATTS) -> float:
    """Resistance that leaves so much voltage (p.u.) for a constant power: V = (1 + sqrt(1 - 4 R P / U^2)) / 2."""
    return volts * (1 - volts) * LV**2 / watts


def chain(b: Builder, grid: int, ohm: float, **ups: object) -> tuple[int, int]:
    """A line of so many ohms and a UPS with its bypass: the line's component, and the output."""
    board, out = b.node(LV), b.node(LV)
    line = b.branch(grid, board, resistance_ohm=ohm)
    b.branch(board, out, **(UPS | ups))
    b.branch(board, out, rank=3, transfer_s=0.004)
    return line, out


def single(volts: float, **ups: object) -> Supply:
    b = Builder()
    _, out = chain(b, b.node(LV, source=True), behind(volts), **ups)
    b.rack(WATTS, out)
    return b.build()


def test_below_its_window_a_ups_carries_its_load_for_its_time_and_then_it_is_dark() -> None:
    """80 % at the input is under 85 %: 300 s at a rating of which half is drawn are 600 s. 86 % is within."""
    low, fine = (sweep(single(v), np.array([[-1]])) for v in (0.80, 0.86))
    assert low.racks_dark.tolist() == low.racks_low.tolist() == [1]
    assert low.load_dark_w.tolist() == [WATTS]
    assert low.low_s == pytest.approx([600.0])
    assert fine.racks_dark.tolist() == fine.racks_low.tolist() == [0]
    assert np.isnan(fine.low_s).all()


def test_the_window_is_that_of_the_part() -> None:
    assert sweep(single(0.80, window=(0.75, 1.1)), np.array([[-1]])).racks_dark.tolist() == [0]
    assert sweep(single(0.86, window=(0.90, 1.1)), np.array([[-1]])).racks_dark.tolist() == [1]


def test_without_a_store_the_load_is_dark_at_once() -> None:
    found = sweep(single(0.80, store_s=float("nan")), np.array([[-1]]))
    assert (found.racks_low.tolist(), found.low_s.tolist()) == ([1], [0.0])


def test_what_is_left_takes_all_and_may_drop_out_too() -> None:
    """Half of the load on each of two UPS at 87 % (A) and 92 % (B). With a third on a strong feed lost from outside nothing changes; with A's line
    twice as long A is at 80 %, leaves, and B with all of it is below its own window as well, so that nobody is left."""
    b = Builder()
    grid = b.node(LV, source=True)
    half = [chain(b, grid, behind(v, WATTS / 2)) for v in (0.80, 0.92)]
    b.rack(WATTS, *(out for _, out in half))
    alone = (1 + sqrt(1 - 4 * behind(0.92, WATTS / 2) * WATTS / LV**2)) / 2
    assert alone < 0.85
    found = sweep(b.build(), np.array([[-1]]))
    assert found.racks_low.tolist() == [1]
    strong = Builder()
    grid = strong.node(LV, source=True)
    outs = [chain(strong, grid, behind(v, WATTS / 2))[1] for v in (0.80, 0.97)]
    strong.rack(WATTS, *outs)
    assert sweep(strong.build(), np.array([[-1]])).racks_dark.tolist() == [0]


def test_a_collapse_takes_what_hangs_together_and_batteries_carry_on() -> None:
    """Two racks on one line that carries neither: the one behind a UPS lasts 300 s, at its rating; one on another line goes on."""
    b = Builder()
    grid, board, other = b.node(LV, source=True), b.node(LV), b.node(LV)
    b.branch(grid, board, resistance_ohm=LV**2 / (4 * WATTS))
    b.branch(grid, other, resistance_ohm=1e-3)
    out = b.node(LV)
    b.branch(board, out, **UPS)
    for node in (board, out, other):
        b.rack(WATTS, node)
    for solved in (sweep, sweep_near):
        found = solved(b.build(), np.array([[-1]]))
        assert found.collapsed[0] in (board, out)
        assert found.racks_dark.tolist() == found.racks_low.tolist() == [2]
        assert found.low_s.tolist() == [0.0]
    alone = Builder()
    grid, board, out = (alone.node(LV, source=i == 0) for i in range(3))
    alone.branch(grid, board, resistance_ohm=LV**2 / (2 * WATTS))
    alone.branch(board, out, **UPS)
    alone.rack(WATTS, out, store_s=60.0)
    assert sweep(alone.build(), np.array([[-1]])).low_s == pytest.approx([360.0])
