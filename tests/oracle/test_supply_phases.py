"""Currents of each phase against power-grid-model's asymmetric load flow and by hand.

power-grid-model (Newton-Raphson, asymmetric, Dyn11, 4-wire by zero sequence) lets the voltages of the phases differ, ours are those of the balanced
flow: currents agree to 1 % of the greatest where feeders are short. By hand: 415 V, 240 V to neutral, sums of phasors, exact.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from power_grid_model import ComponentType, DatasetType, LoadGenType, PowerGridModel, WindingType, initialize_array
from tests.sim.power.supply_halls import LV, MV, Builder

from rackwright.sim.power import supply_flow
from rackwright.sim.power.phase_study import currents
from rackwright.sim.power.supply import Supply, forest

pytestmark = pytest.mark.oracle

WATTS = np.array([[9e3, 2e3, 0.0], [4e3, 8e3, 1e3], [12e3, 5e3, 3e3], [6e3, 6e3, 6e3]])
FACTOR = 0.95


def row() -> tuple[Supply, np.ndarray]:
    """Grid, transformer of 100 kVA (components by number), board, a busway with four whips of 3 m; nodes of the feeds."""
    b = Builder()
    grid, board, head = b.node(MV, source=True), b.node(LV), b.node(LV)
    base = LV**2 / 1e5
    b.branch(grid, board, resistance_ohm=0.01 * base, reactance_ohm=0.04 * base, power_rated_va=1e5)
    b.branch(board, head, resistance_ohm=1e-3, reactance_ohm=5e-4)
    ends = []
    for watts in WATTS:
        ends.append(b.node(LV, power_factor=FACTOR))
        b.branch(head, ends[-1], resistance_ohm=4e-3, reactance_ohm=4e-4)
        b.rack(float(watts.sum()), ends[-1])
    return b.build(), np.array(ends)


def ours(s: Supply, ends: np.ndarray) -> np.ndarray:
    """(n, 3) complex currents into each node."""
    t = forest(s)
    flow = supply_flow.flow(s, t, supply_flow.figures(s, t), np.array([[-1]]))
    tangent = sqrt(1 / FACTOR**2 - 1)
    return currents(s, ends, WATTS * (1 + 1j * tangent), supply_flow.voltages(s, t, flow)[:, 0], np.zeros(s.branch_count, complex))


def peer(s: Supply, ends: np.ndarray) -> np.ndarray:
    """(m, 3) current of each phase at the downstream end of every branch, and of the transformer upstream in row 0 of a second array."""
    n = s.node_count
    node = initialize_array(DatasetType.input, ComponentType.node, n)
    node["id"], node["u_rated"] = np.arange(n), s.voltage_nominal_v
    line = initialize_array(DatasetType.input, ComponentType.line, s.branch_count - 1)
    line["id"], line["from_node"], line["to_node"] = 100 + np.arange(1, s.branch_count), s.a_node[1:], s.b_node[1:]
    line["from_status"] = line["to_status"] = 1
    for k in ("1", "0"):
        line[f"r{k}"], line[f"x{k}"], line[f"c{k}"], line[f"tan{k}"] = s.resistance_ohm[1:], s.reactance_ohm[1:], 0.0, 0.0
    line["i_n"] = 1e3
    unit = initialize_array(DatasetType.input, ComponentType.transformer, 1)
    values = {"id": 100, "from_node": s.a_node[0], "to_node": s.b_node[0], "from_status": 1, "to_status": 1, "u1": MV, "u2": LV, "sn": 1e5,
              "uk": np.hypot(0.01, 0.04), "pk": 0.01 * 1e5, "i0": 1e-9, "p0": 0.0, "winding_from": WindingType.delta, "winding_to": WindingType.wye_n,
              "clock": 11, "tap_side": 0, "tap_pos": 0, "tap_min": 0, "tap_max": 0, "tap_nom": 0, "tap_size": 0.0}  # fmt: skip
    for name, value in values.items():
        unit[name] = value
    source = initialize_array(DatasetType.input, ComponentType.source, 1)
    source["id"], source["node"], source["status"], source["u_ref"], source["sk"], source["rx_ratio"] = 200, 0, 1, 1.0, 1e15, 0.1
    load = initialize_array(DatasetType.input, ComponentType.asym_load, len(ends))
    load["id"], load["node"], load["status"], load["type"] = 300 + np.arange(len(ends)), ends, 1, LoadGenType.const_power
    load["p_specified"], load["q_specified"] = WATTS, WATTS * sqrt(1 / FACTOR**2 - 1)
    data = {ComponentType.node: node, ComponentType.line: line, ComponentType.transformer: unit, ComponentType.source: source,
            ComponentType.asym_load: load}  # fmt: skip
    found = PowerGridModel(data).calculate_power_flow(symmetric=False)
    return np.vstack((found["transformer"]["i_to"], found["line"]["i_to"], found["transformer"]["i_from"]))


def test_phase_currents_equal_an_asymmetric_load_flow() -> None:
    s, ends = row()
    into = np.abs(ours(s, ends))
    theirs = peer(s, ends)
    for k in range(s.branch_count):
        assert into[s.b_node[k]] == pytest.approx(theirs[k], abs=0.01 * theirs[k].max())
    assert into[0] == pytest.approx(theirs[-1], abs=0.01 * theirs[-1].max())
    assert into[1].max() / into[1].mean() > 1.3


def test_by_hand() -> None:
    """10 kW on one phase: 10 kW over 240 V in it and in the neutral. On two phases: as much in the neutral as in either. On three: none."""
    b = Builder()
    grid, end = b.node(LV, source=True), b.node(LV)
    b.branch(grid, end)
    b.rack(1e4, end)
    s, amps = b.build(), 1e4 / (LV / sqrt(3))
    none = np.zeros(1, complex)
    for watts, neutral in (([1e4, 0, 0], amps), ([1e4, 1e4, 0], amps), ([1e4, 1e4, 1e4], 0.0), ([1e4, 5e3, 0], amps * sqrt(0.75))):
        found = currents(s, np.array([1]), np.array([watts], dtype=complex), np.full(2, LV), none)[1]
        assert np.abs(found) == pytest.approx(np.array(watts) / 1e4 * amps, rel=1e-12)
        assert abs(found.sum()) == pytest.approx(neutral, abs=1e-9)


def test_above_a_delta_one_phase_is_two_lines_and_a_converter_is_even() -> None:
    """One phase loaded behind a Dyn transformer draws on two lines of three, 1/sqrt(3) over the ratio in each; behind a UPS a third on each."""
    b = Builder()
    grid, board, end = b.node(MV, source=True), b.node(LV), b.node(LV)
    b.branch(grid, board, power_rated_va=1e5)
    b.branch(board, end, is_converter=True, power_rated_va=1e5)
    b.rack(1e4, end)
    s, watts, amps = b.build(), np.array([[1e4 + 0j, 0, 0]]), 1e4 / (LV / sqrt(3))
    volts = s.voltage_nominal_v
    at_board = np.abs(currents(s, np.array([1]), watts, volts, np.zeros(2, complex)))
    assert at_board[0] == pytest.approx(np.array([1, 1, 0]) * amps / sqrt(3) / (MV / LV), abs=1e-9)
    behind = np.abs(currents(s, np.array([2]), watts, volts, np.array([0, 1.05e4 + 0j])))
    assert behind[2] == pytest.approx([amps, 0, 0], abs=1e-9)
    assert behind[1] == pytest.approx([1.05 * amps / 3] * 3, rel=1e-12)
