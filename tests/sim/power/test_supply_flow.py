"""Load flow of a supply: balances, converters, direct current, and cases that do not disturb one another."""

from __future__ import annotations

import dataclasses
from math import sqrt

import numpy as np
import pytest
from tests.sim.power.supply_halls import LV, Builder, hall

from rackwright.sim.power import supply_flow
from rackwright.sim.power.supply import Supply, forest


def solved(s: Supply, out: np.ndarray) -> tuple[supply_flow.Flow, np.ndarray, supply_flow.States]:
    """Flow, voltages in V by node, branches."""
    t = forest(s)
    f = supply_flow.figures(s, t)
    flow = supply_flow.flow(s, t, f, out)
    return flow, supply_flow.voltages(s, t, flow), supply_flow.states(s, t, f, flow)


NORMAL = np.array([[-1]])


def unbalance(s: Supply, out: np.ndarray) -> float:
    """Greatest complex power that enters a node and neither leaves nor is drawn, over the whole load; sources aside."""
    t = forest(s)
    flow, _, states = solved(s, out)
    rest = np.zeros((s.node_count, len(out)), dtype=complex)
    np.add.at(rest, s.b_node, states.power_b_va)
    np.add.at(rest, s.a_node, -states.power_a_va)
    at = np.unique(t.row[s.feed_node])
    rest[t.node[at]] -= flow.load * s.rack_power_w.sum()
    return float(np.abs(rest[~s.is_source]).max() / s.rack_power_w.sum())


def test_energy_balances_at_every_node_in_every_single_outage() -> None:
    s = hall().supply
    assert unbalance(s, np.arange(s.component_count)[:, None]) < 1e-11


def test_what_enters_is_load_and_loss() -> None:
    s = hall().supply
    _, _, states = solved(s, NORMAL)
    loss = (states.power_a_va - states.power_b_va).real.sum()
    entered = states.power_a_va[s.is_source[s.a_node]].real.sum()
    assert entered == pytest.approx(s.rack_power_w.sum() + loss, rel=1e-12)
    assert 0.005 < loss / entered < 0.05


def chain(efficiency: tuple[float, float, float, float], load: float, idle: float = 0.0, bypass: bool = False) -> Supply:
    """Grid, line, UPS of 100 kVA (component 1; a bypass over it), line, rack."""
    b = Builder()
    grid, bus, out, end = b.node(LV, source=True), b.node(LV), b.node(LV, power_factor=0.99), b.node(LV, power_factor=0.95)
    b.branch(grid, bus, resistance_ohm=0.02, reactance_ohm=0.01)
    b.branch(bus, out, is_converter=True, power_rated_va=1e5, efficiency=efficiency, loss_no_load_w=idle)
    b.branch(out, end, resistance_ohm=0.03)
    if bypass:
        b.branch(bus, out, rank=1, transfer_s=0.004)
    b.rack(load, end)
    return b.build()


CURVE = (0.94, 0.96, 0.965, 0.96)


def test_a_converter_holds_its_output_and_draws_power_over_efficiency() -> None:
    _, volts, states = solved(chain(CURVE, 49_000.0), NORMAL)
    out, drawn = states.power_b_va[1, 0], states.power_a_va[1, 0]
    assert volts[2, 0] == pytest.approx(LV, rel=1e-14)
    assert volts[1, 0] < LV
    share = out.real / 1e5
    losses = [x * (1 / y - 1) for x, y in zip((0.25, 0.5, 0.75, 1.0), CURVE, strict=True)]
    expected = np.interp(share, (0.25, 0.5, 0.75, 1.0), losses) * 1e5
    assert 0.25 < share < 0.55
    assert drawn.real - out.real == pytest.approx(expected, rel=1e-9)
    assert drawn.imag / drawn.real == pytest.approx(sqrt(1 / 0.99**2 - 1), rel=1e-9)
    assert states.loading_s[1, 0] == pytest.approx(abs(out) / 1e5, rel=1e-12)


def test_a_grid_too_weak_for_a_converter_collapses_at_its_input() -> None:
    """The output is held, so only the input falls: 10 MW over 0.02 ohm at 415 V, where 2.2 MW is the most."""
    flow, volts, _ = solved(chain((np.nan, np.nan, np.nan, 0.95), 1.0, idle=1e7), NORMAL)
    assert flow.collapsed.tolist() == [1]
    assert not volts.any()


def test_a_converters_curve_below_above_and_missing() -> None:
    """One figure: proportional loss. At no load: what is given, else the line through the two lowest points. Above rating: the last line goes on."""
    one = solved(chain((np.nan, np.nan, np.nan, 0.95), 30_000.0), NORMAL)[2]
    assert one.power_b_va[1, 0].real / one.power_a_va[1, 0].real == pytest.approx(0.95, rel=1e-9)
    none = solved(chain((np.nan,) * 4, 30_000.0), NORMAL)[2]
    assert none.power_b_va[1, 0].real == pytest.approx(none.power_a_va[1, 0].real, rel=1e-9)
    idle = solved(chain(CURVE, 0.001, idle=800.0), NORMAL)[2]
    assert (idle.power_a_va - idle.power_b_va)[1, 0].real == pytest.approx(800.0, rel=1e-6)
    over = solved(chain(CURVE, 120_000.0), NORMAL)[2]
    losses = (0.75 * (1 / CURVE[2] - 1), 1 / CURVE[3] - 1)
    share = over.power_b_va[1, 0].real / 1e5
    assert share > 1.2
    assert (over.power_a_va - over.power_b_va)[1, 0].real == pytest.approx(1e5 * (losses[1] + (share - 1) * 4 * (losses[1] - losses[0])), rel=1e-9)


def test_on_bypass_the_load_sees_the_grid() -> None:
    flow, volts, states = solved(chain(CURVE, 49_000.0, bypass=True), np.array([[-1], [1]]))
    assert volts[2, 0] == pytest.approx(LV)
    assert volts[2, 1] == pytest.approx(volts[1, 1], rel=1e-12)
    assert states.power_a_va[1, 1] == 0
    assert states.power_a_va[3, 0] == 0
    assert states.power_a_va[3, 1] == pytest.approx(states.power_b_va[3, 1], rel=1e-12)
    assert (flow.collapsed < 0).all()


def test_a_converter_as_alternative() -> None:
    """The second input of a switch behind its own UPS: same power balance as if it were the normal way."""
    b = Builder()
    grid, bus, end = b.node(LV, source=True), b.node(LV), b.node(LV)
    normal = b.branch(bus, end, resistance_ohm=0.01)
    b.branch(grid, bus, -1, resistance_ohm=0.02)
    b.branch(bus, end, rank=1, is_converter=True, power_rated_va=1e5, efficiency=CURVE)
    b.rack(5e4, end)
    s = b.build()
    _, volts, states = solved(s, np.array([[normal]]))
    assert volts[end, 0] == pytest.approx(LV, rel=1e-14)
    assert states.power_b_va[2, 0].real / states.power_a_va[2, 0].real == pytest.approx(0.96, rel=1e-9)
    assert unbalance(s, np.array([[normal]])) < 1e-11


def test_direct_current_is_pole_to_pole() -> None:
    """A rectifier's 800 VDC and a line: I = P / V, loss = R I^2 with R of both conductors."""
    b = Builder()
    grid, out, end = b.node(LV, source=True), b.node(800.0, ac=False), b.node(800.0, ac=False)
    b.branch(grid, out, is_converter=True, power_rated_va=2e5, efficiency=(np.nan, np.nan, np.nan, 0.98), current_rated_a=250.0)
    b.branch(out, end, resistance_ohm=0.02, current_rated_a=200.0)
    b.rack(1.2e5, end)
    _, volts, states = solved(b.build(), NORMAL)
    v = (800 + sqrt(800**2 - 4 * 0.02 * 1.2e5)) / 2
    assert volts[end, 0] == pytest.approx(v, rel=1e-12)
    assert states.current_a[1, 0] == pytest.approx(1.2e5 / v, rel=1e-12)
    assert states.loading_i[1, 0] == pytest.approx(1.2e5 / v / 200, rel=1e-12)
    assert states.power_a_va[0, 0].real == pytest.approx((1.2e5 + 0.02 * (1.2e5 / v) ** 2) / 0.98, rel=1e-12)


def test_cases_do_not_disturb_one_another() -> None:
    """Each single outage alone equals the same outage among all others, one that collapses included."""
    s = hall(2, 2, utility_ohm=0.5 + 6j).supply
    heavy = s.rack_power_w.copy()
    heavy[0] *= 20
    s = dataclasses.replace(s, rack_power_w=heavy)
    out = np.arange(s.component_count)[:, None]
    flow, volts, states = solved(s, out)
    assert 0 < (flow.collapsed >= 0).sum() < len(out)
    for case in range(0, len(out), 3):
        one, v, state = solved(s, out[[case]])
        assert (one.collapsed[0] >= 0) == (flow.collapsed[case] >= 0)
        assert v[:, 0] == pytest.approx(volts[:, case], abs=1e-7)
        assert state.current_a[:, 0] == pytest.approx(states.current_a[:, case], abs=1e-5)


def test_chunks_cover_all_cases_once() -> None:
    s = hall(2, 2).supply
    found = [i for part in supply_flow.chunks(s, 70_001) for i in range(part.start, part.stop)]
    assert found == list(range(70_001))


def test_a_way_that_is_taken_behind_another_of_its_level_gets_what_that_one_gives() -> None:
    """Two switchgears of a ring that is open between them, the generator on the first alone: with the grid out the second hangs on the first."""
    b = Builder()
    grid, generator = b.node(LV, source=True, fails=True), b.node(LV, source=True)
    one, two, last = (b.node(LV) for _ in range(3))
    for gear in (one, two):
        b.branch(grid, gear, resistance_ohm=0.01)
    b.branch(generator, one, rank=8, resistance_ohm=0.02)
    tie = b.branch(one, two, rank=1, resistance_ohm=0.03)
    b.branch(two, one, tie, rank=1, resistance_ohm=0.03)
    b.branch(two, last, resistance_ohm=0.04)
    b.rack(3e4, one)
    b.rack(2e4, last)
    s = b.build()
    out = np.array([[0]])
    flow, volts, _ = solved(s, out)
    assert flow.collapsed.tolist() == [-1]
    assert unbalance(s, out) < 1e-11
    amps = {node: watts / (sqrt(3) * volts[node, 0]) for node, watts in ((one, 3e4), (last, 2e4))}
    drop = sqrt(3) * np.array([0.02 * sum(amps.values()), 0.03 * amps[last], 0.04 * amps[last]])
    assert volts[[one, two, last], 0] == pytest.approx(LV - np.cumsum(drop), rel=1e-9)
