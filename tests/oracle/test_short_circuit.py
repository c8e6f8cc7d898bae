"""Short-circuit currents against pandapower 3.5 (IEC 60909), power-grid-model 1.12, and a calculation by hand.

The network is our own: a 20 kV grid, a cable, two 4 MVA transformers 20/0.415 kV, boards, cables. Nodes: 0 grid, 1 substation, 2 board A, 3 and 4
down a feeder of A, 5 board B, 6 down a feeder of B.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from math import exp, sqrt
from typing import Any, Literal

import numpy as np
import pandapower as pp
import pandapower.shortcircuit
import pytest
from power_grid_model import ComponentType, DatasetType, FaultPhase, FaultType, PowerGridModel, ShortCircuitVoltageScaling, initialize_array

from rackwright.sim.power.short_circuit import Network, Sources, Ties, generator_impedance, short_circuit

pytestmark = pytest.mark.oracle

VOLTS = np.array([20e3, 20e3, 415.0, 415.0, 415.0, 415.0, 415.0])
PARENT = np.array([-1, 0, 1, 2, 3, 1, 5])
IS_TRANSFORMER = np.array([0, 0, 1, 0, 0, 1, 0], dtype=bool)
LINES = {1: (0.8, 0.125, 0.11), 3: (0.04, 0.02, 0.05), 4: (0.012, 0.5, 0.08), 6: (0.025, 0.03, 0.06)}
RATED_VA, UK, UKR = 4e6, 0.065, 0.007
END_DEGC = 160.0
RELATIVE = 1e-9


def ours() -> Network:
    """The network as arrays; zero sequence of lines three times the positive one, of the Dyn transformers equal to it."""
    r, x = np.zeros(7), np.zeros(7)
    for node, (km, r_km, x_km) in LINES.items():
        r[node], x[node] = km * r_km, km * x_km
    relative_x, base = sqrt(UK**2 - UKR**2), 415.0**2 / RATED_VA
    r[IS_TRANSFORMER], x[IS_TRANSFORMER] = UKR * base, relative_x * base
    factor = np.where(IS_TRANSFORMER, 1.0, 3.0)
    warm = np.where(np.isin(np.arange(7), list(LINES)), END_DEGC, np.nan)
    return Network(PARENT, VOLTS, r, x, np.where(IS_TRANSFORMER, relative_x, np.nan), None, warm, r * factor, x * factor, IS_TRANSFORMER)


def grid(limit_a: float = np.inf) -> Sources:
    """The utility: 1,000 MVA at most, 600 MVA at least, R/X 0.1."""
    one = np.ones(1)
    return Sources(np.array([0]), 1e9 * one, 6e8 * one, 0.1 * one, limit_a * one, one, 0.1 * one)


def theirs(*, coupled: bool = False) -> Any:
    """The same network in pandapower."""
    net = pp.create_empty_network(f_hz=50)
    for volts in VOLTS:
        pp.create_bus(net, volts / 1e3)
    zero = {"x0x_max": 1.0, "r0x0_max": 0.1, "x0x_min": 1.0, "r0x0_min": 0.1}
    pp.create_ext_grid(net, 0, s_sc_max_mva=1000, s_sc_min_mva=600, rx_max=0.1, rx_min=0.1, **zero)
    cables = [(PARENT[node], node, *data) for node, data in LINES.items()] + ([(2, 5, 0.01, 0.03, 0.07)] if coupled else [])
    for a, b, km, r, x in cables:
        own = {"r0_ohm_per_km": 3 * r, "x0_ohm_per_km": 3 * x, "c0_nf_per_km": 0, "endtemp_degree": END_DEGC if (a, b) != (2, 5) else 20.0}
        pp.create_line_from_parameters(net, int(a), int(b), km, r, x, 0, 1, **own)
    for node in np.flatnonzero(IS_TRANSFORMER):
        kept = {"vector_group": "Dyn", "vk0_percent": 100 * UK, "vkr0_percent": 100 * UKR, "mag0_percent": 100, "mag0_rx": 0, "si0_hv_partial": 0.9}
        pp.create_transformer_from_parameters(net, 1, int(node), RATED_VA / 1e6, 20, 0.415, 100 * UKR, 100 * UK, 0, 0, shift_degree=150, **kept)
    return net


def coupler() -> Ties:
    """10 m of busway between the boards."""
    one = np.ones(1)
    return Ties(np.array([2]), np.array([5]), 3e-4 * one, 7e-4 * one, one, np.full(1, np.nan))


def results(net: Any, fault: str, case: str, tolerance: int = 10) -> Any:
    """pandapower's table of the buses; its warnings about branches and dtype are its own."""
    three = fault == "3ph"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        want = {"ip": three, "ith": three, "tk_s": 0.6, "kappa_method": "C", "topology": "auto"}
        pp.shortcircuit.calc_sc(net, fault=fault, case=case, lv_tol_percent=tolerance, **want)
    return net.res_bus_sc * 1e3


@pytest.mark.parametrize("tolerance", [6, 10])
@pytest.mark.parametrize("case", ["max", "min"])
def test_radial_currents_equal_pandapower(case: Literal["max", "min"], tolerance: int) -> None:
    got, net = short_circuit(ours(), grid(), case, lv_tolerance=tolerance / 100, duration_s=0.6), theirs()
    three = results(net, "3ph", case, tolerance)
    assert got.ik3_a == pytest.approx(three.ikss_ka.to_numpy(), rel=RELATIVE)
    assert got.ip_a == pytest.approx(three.ip_ka.to_numpy(), rel=RELATIVE)
    assert got.ith_a == pytest.approx(three.ith_ka.to_numpy(), rel=RELATIVE)
    assert got.ik2_a == pytest.approx(results(net, "2ph", case, tolerance).ikss_ka.to_numpy(), rel=RELATIVE)
    assert got.ik1_a == pytest.approx(results(net, "1ph", case, tolerance).ikss_ka.to_numpy(), rel=RELATIVE)


@pytest.mark.parametrize("case", ["max", "min"])
def test_closed_ties_equal_pandapower(case: Literal["max", "min"]) -> None:
    got = short_circuit(ours(), grid(), case, ties=coupler(), duration_s=0.6)
    want = results(theirs(coupled=True), "3ph", case)
    assert got.ik3_a == pytest.approx(want.ikss_ka.to_numpy(), rel=RELATIVE)
    assert got.ip_a == pytest.approx(want.ip_ka.to_numpy(), rel=RELATIVE)
    assert got.ith_a == pytest.approx(want.ith_ka.to_numpy(), rel=RELATIVE)
    radial = short_circuit(ours(), grid(), case, duration_s=0.6)
    assert (got.ik3_a[2:] > 1.05 * radial.ik3_a[2:]).all()


def test_two_sources_at_one_node_are_refused() -> None:
    one = grid()
    twice = Sources(*(np.concatenate([getattr(one, f)] * 2) for f in Sources.__dataclass_fields__))
    with pytest.raises(ValueError, match="two sources"):
        short_circuit(ours(), twice, "max")


def test_parallel_transformers_equal_pandapower() -> None:
    net = ours()
    ties = Ties(np.array([1]), np.array([2]), net.resistance_ohm[2:3], net.reactance_ohm[2:3], np.array([20e3 / 415]), net.transformer_x[2:3])
    other = theirs()
    other.trafo.loc[0, "parallel"] = 2
    for case in ("max", "min"):
        got = short_circuit(net, grid(), case, ties=ties)
        assert got.ik3_a == pytest.approx(results(other, "3ph", case).ikss_ka.to_numpy(), rel=RELATIVE)


def test_rated_voltages_beside_the_nominal_ones_equal_pandapower() -> None:
    # 20/0.433 kV transformers on 415 V boards: impedances on 433 V, crossed by the rated ratio.
    net, other = ours(), theirs()
    other.trafo["vn_lv_kv"] = 0.433
    up = (433 / 415) ** 2
    factor, ratio = np.where(IS_TRANSFORMER, up, 1.0), np.where(IS_TRANSFORMER, 20e3 / 433, 1.0)
    net = replace(net, resistance_ohm=net.resistance_ohm * factor, reactance_ohm=net.reactance_ohm * factor, ratio=ratio)
    for case in ("max", "min"):
        assert short_circuit(net, grid(), case).ik3_a == pytest.approx(results(other, "3ph", case).ikss_ka.to_numpy(), rel=RELATIVE)


def test_first_board_by_hand() -> None:
    # Grid:        Z = 1.1 (20 kV)^2 / 1,000 MVA = 0.44 ohm; X = 0.44/sqrt(1.01) = 0.437817, R = 0.0437817
    # Cable:       0.8 km (0.125 + j 0.11) = 0.1 + j 0.088 ohm
    # To 415 V:    x (415/20,000)^2 = 4.305625e-4: R = 0.1437817 -> 6.19070e-5, X = 0.525817 -> 2.263973e-4 ohm
    # Transformer: 415^2/4 MVA = 0.04305625 ohm; R = 0.007 -> 3.013938e-4, x_T = sqrt(0.065^2 - 0.007^2) = 0.06462198 -> X = 2.782380e-3
    #              K_T = 0.95 * 1.1/(1 + 0.6 * 0.06462198) = 1.005994 -> R = 3.032003e-4, X = 2.799058e-3
    # Sum:         R = 3.651073e-4, X = 3.025455e-3, |Z| = 3.047406e-3; I = 1.1 * 415/(sqrt(3) 3.047406e-3) = 86.487 kA
    # Without K_T: R = 3.633008e-4, X = 3.008777e-3, |Z| = 3.030632e-3; I = 86.965 kA, 0.55 % more
    got = short_circuit(ours(), grid(), "max")
    assert got.ik3_a[2] == pytest.approx(86_487, abs=1)
    assert got.kappa[2] == pytest.approx(1.02 + 0.98 * exp(-3 * 3.651073 / 30.25455), rel=1e-6)
    plain = short_circuit(replace(ours(), transformer_x=np.full(7, np.nan)), grid(), "max")
    assert plain.ik3_a[2] == pytest.approx(86_965, abs=1)


def pgm(case: Literal["max", "min"]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Three-phase fault at each node by power-grid-model, sources and lines (at 20 degC) as ours, no shunts that matter."""
    node = initialize_array(DatasetType.input, ComponentType.node, 7)
    node["id"], node["u_rated"] = np.arange(7), VOLTS
    line = initialize_array(DatasetType.input, ComponentType.line, len(LINES))
    line["id"], line["to_node"] = 10 + np.arange(len(LINES)), list(LINES)
    line["from_node"], line["from_status"], line["to_status"], line["i_n"] = PARENT[list(LINES)], 1, 1, 1e4
    line["r1"], line["x1"] = ([km * data[k] for km, *data in LINES.values()] for k in (0, 1))
    line["r0"], line["x0"], line["c1"], line["tan1"], line["c0"], line["tan0"] = line["r1"], line["x1"], 0, 0, 0, 0
    trafo = initialize_array(DatasetType.input, ComponentType.transformer, 2)
    for name, value in {
        "id": [20, 21], "from_node": 1, "to_node": [2, 5], "from_status": 1, "to_status": 1, "u1": 20e3, "u2": 415.0, "sn": RATED_VA, "uk": UK,
        "pk": UKR * RATED_VA, "i0": 1e-9, "p0": 0.0, "winding_from": 2, "winding_to": 1, "clock": 5, "tap_side": 0, "tap_pos": 0, "tap_min": 0,
        "tap_max": 0, "tap_nom": 0, "tap_size": 0.0,
    }.items():  # fmt: skip
        trafo[name] = value
    source = initialize_array(DatasetType.input, ComponentType.source, 1)
    source["id"], source["node"], source["status"], source["u_ref"] = 30, 0, 1, 1.0
    # PGM takes z = u^2/sk without c; the same impedance as IEC 60909's c u^2/S.
    source["sk"], source["rx_ratio"] = (1e9 / 1.1 if case == "max" else 6e8), 0.1
    fault = initialize_array(DatasetType.input, ComponentType.fault, 1)
    fault["id"], fault["status"], fault["fault_object"], fault["fault_type"], fault["fault_phase"] = 40, 1, 0, FaultType.three_phase, FaultPhase.abc
    parts = {ComponentType.node: node, ComponentType.line: line, ComponentType.transformer: trafo, ComponentType.source: source}
    model = PowerGridModel({**parts, ComponentType.fault: fault})
    update = initialize_array(DatasetType.update, ComponentType.fault, (7, 1))
    update["id"], update["fault_object"] = 40, np.arange(7)[:, None]
    scaling = {"max": "maximum", "min": "minimum"}[case]
    found = model.calculate_short_circuit(
        update_data={ComponentType.fault: update}, short_circuit_voltage_scaling=ShortCircuitVoltageScaling[scaling]
    )
    return np.asarray(found[ComponentType.fault]["i_f"][:, 0, 0])


def test_power_grid_model_takes_c_from_the_source() -> None:
    # Silent-wrong 2: with the source at 20 kV its c_min is 1.00; a fault at 415 V (10 % tolerance) wants 0.90, so PGM's least current is 1/0.9 of
    # ours, on the unsafe side for "does the breaker trip".
    cold = replace(ours(), end_temperature_degc=None)
    got = short_circuit(cold, grid(), "min", lv_tolerance=0.10)
    ratio = pgm("min") / got.ik3_a
    assert ratio[:2] == pytest.approx(1.0, rel=1e-6)
    assert ratio[2:] == pytest.approx(1 / 0.9, rel=1e-6)


def test_power_grid_model_has_no_transformer_correction() -> None:
    # Silent-wrong 3: PGM equals ours without K_T; with it our first board is 0.55 % lower.
    plain = short_circuit(replace(ours(), transformer_x=np.full(7, np.nan)), grid(), "max")
    assert pgm("max") == pytest.approx(plain.ik3_a, rel=1e-6)
    with_correction = short_circuit(ours(), grid(), "max")
    assert pgm("max")[2] / with_correction.ik3_a[2] == pytest.approx(1.0055, abs=1e-4)
    assert pgm("max")[1] == pytest.approx(with_correction.ik3_a[1], rel=1e-6)


def test_generator_impedance_gives_the_current_of_pandapower() -> None:
    net = pp.create_empty_network(f_hz=50)
    pp.create_bus(net, 0.415)
    rated = {"vn_kv": 0.415, "sn_mva": 3.0, "xdss_pu": 0.14, "cos_phi": 0.8}
    z = generator_impedance(np.array([3e6]), np.array([415.0]), np.array([415.0]), np.array([0.14]), np.array([0.8]))
    x = 0.14 * 0.415**2 / 3.0
    pp.create_gen(net, 0, p_mw=2.0, rdss_ohm=0.15 * x, power_station_trafo=np.nan, pg_percent=np.nan, slack=True, **rated)
    want = results(net, "3ph", "max").ikss_ka.to_numpy()
    assert 1.1 * 415 / (sqrt(3) * np.abs(z)) == pytest.approx(want, rel=RELATIVE)
