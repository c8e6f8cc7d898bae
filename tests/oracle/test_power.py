"""Rack power against figures and tools we did not write. Each test names its source and tolerance.

Busbar, busway and the `rx_ratio` trap: sections 2.3 and "Inputs of the reference cases" of the project's reference notes (power.md), measured there
with power-grid-model against a numpy Newton. Here they run through the load flow and the tables that every rack goes through.
"""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from itertools import pairwise
from math import sqrt

import numpy as np
import pandapower as pp
import polars as pl
import pytest
from power_grid_model import CalculationMethod, ComponentType, DatasetType, PowerGridModel, initialize_array

from rackwright.build.feed import feed
from rackwright.build.sizing import shelves_needed
from rackwright.schema.check import violations
from rackwright.schema.tables import Tables, frame
from rackwright.sim.power.battery import ride_through
from rackwright.sim.power.load_flow import run
from rackwright.spec.rack import RackSpec

pytestmark = pytest.mark.oracle

SECTION_OHM, DROOP_OHM, OPEN_V = 2.0e-6, 0.5 / 660, 50.5
LOADS = dict.fromkeys([*range(2, 12), *range(30, 38)], 5600.0) | dict.fromkeys(range(20, 29), 1100.0)
SHELVES = (14, 16, 39, 41)
SHELF_AMPS = (565.8, 562.8, 542.6, 539.8)
SPAN = frame("spans", [{"src": 0, "file": "rack.yaml", "line": 1, "column": 1, "end_line": 1, "end_column": 2, "path": ""}])


def line(nodes: int, ohm: float, loads: dict[int, float], sources: dict[int, tuple[float, float]], nominal_v: float) -> Tables:
    """A line of `nodes` busbar nodes with loads on them and droop sources (V, ohm), each behind a lossless whip."""
    rows = [
        {"node_id": i, "name": f"busbar@{i}", "kind": "busbar", "is_ac": False, "voltage_nominal_v": nominal_v, "load_w": loads.get(i, 0.0), "src": 0}
        for i in range(nodes)
    ]
    rows += [{"node_id": nodes, "name": "feed-A", "kind": "feed", "feed": "A", "is_ac": True, "voltage_nominal_v": 415.0, "load_w": 0.0, "src": 0}]
    branches = [
        {"name": f"busbar {i}", "kind": "busbar", "a_node_id": i, "b_node_id": i + 1, "resistance_ohm": ohm, "efficiency": 1.0, "power_factor": 1.0}
        for i in range(nodes - 1)
    ]
    for at, (volts, droop) in sources.items():
        rows.append(
            {
                "node_id": len(rows),
                "name": f"shelf-{at}",
                "kind": "shelf",
                "feed": "A",
                "is_ac": True,
                "voltage_nominal_v": 415.0,
                "load_w": 0.0,
                "src": 0,
            }
        )
        own = {"feed": "A", "efficiency": 1.0, "power_factor": 1.0}
        branches.append({"name": f"whip {at}", "kind": "whip", "a_node_id": nodes, "b_node_id": len(rows) - 1, "resistance_ohm": 0.0, **own})
        branches.append(
            {
                "name": f"shelf {at}",
                "kind": "shelf",
                "a_node_id": len(rows) - 1,
                "b_node_id": at,
                "resistance_ohm": droop,
                "source_v": volts,
                "power_rated_w": 33_000.0,
                "psu_count": 6,
                **own,
            }
        )
    return Tables(
        {
            "spans": SPAN,
            "power_nodes": frame("power_nodes", rows),
            "power_branches": frame("power_branches", [{"branch_id": i, "src": 0, **b} for i, b in enumerate(branches)]),
            "power_cases": frame("power_cases", [{"case_id": 0, "name": "normal", "kind": "normal", "psu_lost": 0, "is_required": True}]),
        }
    )


def states(t: Tables) -> Tables:
    t = t.put(run(t))
    assert violations(t) == []
    return t


def bar_volts(t: Tables) -> np.ndarray:
    bar = t["power_nodes"].filter(pl.col("kind") == "busbar").select("node_id")
    return bar.join(t["power_node_states"], on="node_id").sort("node_id")["voltage_v"].to_numpy()


def of_kind(t: Tables, kind: str) -> pl.DataFrame:
    return t["power_branches"].filter(pl.col("kind") == kind).join(t["power_branch_states"], on="branch_id").sort("branch_id")


def peer(
    nodes: int, ohm: float, loads: dict[int, float], sources: dict[int, tuple[float, float]], volts: float, rx_ratio: float
) -> dict[str, np.ndarray]:
    """The same network in power-grid-model: pole-to-pole voltage as rated voltage, loop resistance as r1, source sk = U^2/R with its rx_ratio."""
    node = initialize_array(DatasetType.input, ComponentType.node, nodes)
    node["id"], node["u_rated"] = np.arange(nodes), volts
    section = initialize_array(DatasetType.input, ComponentType.line, nodes - 1)
    section["id"], section["from_node"], section["to_node"] = 1000 + np.arange(nodes - 1), np.arange(nodes - 1), np.arange(1, nodes)
    section["from_status"] = section["to_status"] = 1
    section["r1"], section["x1"], section["c1"], section["tan1"], section["i_n"] = ohm, 0, 0, 0, 1e4
    load = initialize_array(DatasetType.input, ComponentType.sym_load, len(loads))
    load["id"], load["node"], load["status"], load["type"] = 2000 + np.arange(len(loads)), list(loads), 1, 0
    load["p_specified"], load["q_specified"] = list(loads.values()), 0
    source = initialize_array(DatasetType.input, ComponentType.source, len(sources))
    source["id"], source["node"], source["status"] = 3000 + np.arange(len(sources)), list(sources), 1
    source["u_ref"] = [v / volts for v, _ in sources.values()]
    source["sk"], source["rx_ratio"] = [volts**2 / r for _, r in sources.values()], rx_ratio
    model = PowerGridModel({ComponentType.node: node, ComponentType.line: section, ComponentType.sym_load: load, ComponentType.source: source})
    return model.calculate_power_flow(symmetric=True, error_tolerance=1e-13, max_iterations=50, calculation_method=CalculationMethod.newton_raphson)


BUSBAR = (45, SECTION_OHM, LOADS, dict.fromkeys(SHELVES, (OPEN_V, DROOP_OHM)), 50.0)
BUSWAY = (60, 1.5e-5, dict.fromkeys(range(60), 120e3), {0: (800.0, 800 * 0.02 / 4500), 59: (800.0, 800 * 0.02 / 4500)}, 800.0)


def test_the_45_node_busbar_has_the_published_voltages_and_shelf_currents() -> None:
    """power.md: 50.0546..50.0911 V; 565.8 / 562.8 / 542.6 / 539.8 A, to the printed digits."""
    t = states(line(*BUSBAR))
    volts = bar_volts(t)
    assert (round(volts.min(), 4), round(volts.max(), 4)) == (50.0546, 50.0911)
    assert tuple(round(a, 1) for a in of_kind(t, "shelf")["current_a"]) == SHELF_AMPS


def test_the_45_node_busbar_comes_out_of_the_build_pass_the_same() -> None:
    """The same rack as trays and 33 kW shelves (50.5 V, 0.5 V droop) 100 mm apart on a busbar of 20 uohm/m; same figures, same digits."""
    spec = RackSpec.model_validate(
        {
            "rack": "oracle",
            "frame": "test/frame",
            "trays": {"compute": {"part": "test/tray"}},
            "power": {"shelf": "test/shelf", "busbar": "test/bar", "feeds": ["A"]},
        }
    )
    numbers = {
        ("test/shelf", "psu_count"): 6,
        ("test/shelf", "psu_rated"): 5500,
        ("test/shelf", "output_voltage"): 50.5,
        ("test/shelf", "droop_voltage"): 0.5,
        ("test/shelf", "efficiency"): 0.975,
        ("test/bar", "resistance_per_m"): SECTION_OHM * 10,
        ("test/bar", "voltage_nominal"): 50,
    }
    device = {
        "group": "g",
        "rack_id": 0,
        "height_u": 1,
        "is_rear": False,
        "is_derived": False,
        "width_mm": 500.0,
        "depth_mm": 800.0,
        "height_mm": 40.0,
        "mass_kg": 1.0,
        "heat_liquid_w": 0.0,
        "heat_air_w": 0.0,
        "air_flow_m3_s": 0.0,
        "src": 0,
    }
    rows = [(i, "test/shelf", "power-shelf", "power", 0.0) for i in SHELVES] + [
        (i, "test/tray", "compute-tray", "compute", w) for i, w in LOADS.items()
    ]
    t = Tables(
        {
            "spans": SPAN,
            "inputs": frame(
                "inputs",
                [{"path": f"power.{p}", "text": "", "origin": "written", "description": "", "src": 0} for p in ("busbar", "feeds")],
            ),
            "parts": frame(
                "parts",
                [{"part": p, "kind": "x", "title": p, "maker": "test", "src": 0} for p in ("test/frame", "test/shelf", "test/tray", "test/bar")],
            ),
            "part_facts": frame(
                "part_facts",
                [
                    {"part": p, "fact": f, "value": v, "text": f"{v}", "source": "test", "source_date": "2026-01-01", "confidence": "read"}
                    for (p, f), v in numbers.items()
                ],
            ),
            "racks": frame(
                "racks", [{"rack_id": 0, "name": "oracle", "part": "test/frame", "height_units": 48, "unit_mm": 100.0, "base_mm": 0.0, "src": 0}]
            ),
            "devices": frame(
                "devices",
                [
                    device
                    | {"device_id": n, "name": f"{role}-{at:02d}", "part": part, "kind": kind, "role": role, "power_max_w": watts, "z_mm": 100.0 * at}
                    for n, (at, part, kind, role, watts) in enumerate(rows)
                ],
            ),
        }
    )
    t = states(t.put(feed(spec, t)))
    normal = pl.col("case_id") == 0
    volts = t["power_nodes"].filter(kind="busbar").join(t["power_node_states"].filter(normal), on="node_id")["voltage_v"]
    assert (round(volts.min(), 4), round(volts.max(), 4)) == (50.0546, 50.0911)
    shelves = of_kind(t, "shelf").filter(normal)
    assert tuple(round(a, 1) for a in shelves["current_a"]) == SHELF_AMPS
    case = t["power_case_states"].row(0, named=True)
    assert case["input_w"] == pytest.approx(shelves["power_b_w"].sum() / 0.975, rel=1e-12)


@pytest.mark.parametrize("case", [BUSBAR, BUSWAY], ids=["busbar 50 V", "busway 800 V"])
def test_power_grid_model_finds_the_same_voltages(case: tuple[int, float, dict[int, float], dict[int, tuple[float, float]], float]) -> None:
    """power-grid-model, Newton-Raphson, rx_ratio 1e6: every node within 1e-6 V, every source within 1e-3 A."""
    found = peer(*case, rx_ratio=1e6)
    t = states(line(*case))
    assert np.abs(found[ComponentType.node]["u"] - bar_volts(t)).max() < 1e-6
    amps = found[ComponentType.source]["i"] * sqrt(3)
    assert np.abs(amps - of_kind(t, "shelf")["current_a"].to_numpy()).max() < 1e-3


def test_power_grid_models_default_rx_ratio_is_wrong_for_dc() -> None:
    """The trap of power.md: with the default rx_ratio 0.1 the droop turns into reactance and the peer is 14.6 V of 800 V off (to 0.1 V)."""
    wrong = peer(*BUSWAY, rx_ratio=0.1)
    assert np.abs(wrong[ComponentType.node]["u"] - bar_volts(states(line(*BUSWAY)))).max() == pytest.approx(14.6, abs=0.1)


@pytest.mark.parametrize(("rx_ratio", "off_v"), [(10.0, 0.08), (1e3, 8e-6)])
def test_power_grid_model_errs_by_what_is_left_of_the_reactance(rx_ratio: float, off_v: float) -> None:
    """The other rows of that trap in power.md, to 10 % of the figures it prints with one digit."""
    off = np.abs(peer(*BUSWAY, rx_ratio=rx_ratio)[ComponentType.node]["u"] - bar_volts(states(line(*BUSWAY)))).max()
    assert off == pytest.approx(off_v, rel=0.1)


def test_pandapower_serves_dc_without_a_converter_from_nowhere() -> None:
    """The trap of power.md: source_dc without a VSC `converges` flat and moves nothing, where the busway drops 17 V; no DC peer of ours is
    made that way."""
    nodes, ohm, loads, _, volts = BUSWAY
    net = pp.create_empty_network()
    pp.create_ext_grid(net, pp.create_bus(net, 0.415))
    bus = [pp.create_bus_dc(net, volts / 1e3) for _ in range(nodes)]
    for end in (0, nodes - 1):
        pp.create_source_dc(net, bus[end])
    for a, b in pairwise(bus):
        pp.create_line_dc_from_parameters(net, a, b, 1.0, ohm, 5.0)
    for node, watts in loads.items():
        pp.create_load_dc(net, bus[node], watts / 1e6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pp.runpp(net, numba=False)
    assert net.converged
    assert (net.res_bus_dc["vm_pu"] == 1).all()
    assert np.abs(net.res_line_dc["p_from_mw"]).max() < 1e-3 < sum(loads.values()) / 1e6
    assert bar_volts(states(line(*BUSWAY))).min() < 0.98 * volts


def test_pandapower_finds_the_same_voltages_behind_converters() -> None:
    """With a VSC before each droop resistance: every node within 1e-5 V (power.md: 4.5e-6 V)."""
    nodes, ohm, loads, sources, volts = BUSWAY
    net = pp.create_empty_network()
    grid = pp.create_bus(net, 0.415)
    pp.create_ext_grid(net, grid)
    bus = [pp.create_bus_dc(net, volts / 1e3) for _ in range(nodes)]
    for a, b in pairwise(bus):
        pp.create_line_dc_from_parameters(net, a, b, 1.0, ohm, 50.0)
    for node, (held, droop) in sources.items():
        head, behind = pp.create_bus_dc(net, volts / 1e3), pp.create_bus(net, 0.415)
        pp.create_line_from_parameters(net, grid, behind, 1.0, 1e-6, 1e-6, 0.0, 50.0)
        pp.create_line_dc_from_parameters(net, head, bus[node], 1.0, droop, 50.0)
        own = {"control_mode_ac": "q_mvar", "control_value_ac": 0.0, "control_mode_dc": "vm_pu", "control_value_dc": held / volts}
        pp.create_vsc(net, behind, head, 1e-6, 1e-6, 1e-9, **own)
    for node, watts in loads.items():
        pp.create_load_dc(net, bus[node], watts / 1e6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pp.runpp(net, numba=False, tolerance_mva=1e-9)
    found = net.res_bus_dc["vm_pu"].to_numpy()[:nodes] * volts
    assert np.abs(found - bar_volts(states(line(*BUSWAY)))).max() < 1e-5


def test_peers_are_asked_for_their_own_solver() -> None:
    """The trap of power.md: pandapower falls back in silence where lightsim2grid does not fit. It is not installed, so no peer ever used it."""
    assert find_spec("lightsim2grid") is None


def test_the_60_node_busway() -> None:
    """power.md: V_min 782.6523 V, loss 6,030.379 W in the busway, largest current 4,445 A, to the printed digits."""
    t = states(line(*BUSWAY))
    assert round(bar_volts(t).min(), 4) == 782.6523
    assert round(of_kind(t, "busbar")["loss_w"].sum(), 3) == 6030.379
    assert round(of_kind(t, "busbar")["current_a"].abs().max()) == 4445


def _behind(ohm: float, load_w: float, volts: float = 800.0) -> Tables:
    return line(2, ohm / 2, {1: load_w}, {0: (volts, ohm / 2)}, volts)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999, 0.9999])
def test_one_load_behind_one_resistance_has_its_closed_form(share: float) -> None:
    """V1 = (V + sqrt(V^2 - 4RP))/2 up to P_max = V^2/4R (circuit theory); 1e-9 V of 800 V, 1e-7 V within 0.01 % of the nose."""
    ohm = 0.02
    watts = share * 800.0**2 / 4 / ohm
    volts = states(_behind(ohm, watts))["power_node_states"]["voltage_v"][1]
    assert volts == pytest.approx((800 + sqrt(800**2 - 4 * ohm * watts)) / 2, abs=1e-9 if share < 0.99 else 1e-7)


@pytest.mark.parametrize("share", [1.000001, 1.001, 1.5, 100.0])
def test_beyond_the_greatest_power_the_case_is_unsolved(share: float) -> None:
    """No operating point above P_max = V^2/4R: reported as a case state, all of the load dark, never an exception."""
    t = states(_behind(0.02, share * 800.0**2 / 4 / 0.02))
    case = t["power_case_states"].row(0, named=True)
    assert (case["is_solved"], case["input_w"], case["loading_max"]) == (False, 0.0, None)
    assert case["load_dark_w"] == case["load_w"]
    assert t["power_node_states"]["voltage_v"].null_count() == t["power_nodes"].height


@pytest.mark.parametrize(
    ("load_w", "modules", "seconds"),
    [(20e3, "5+0", 240.0), (27.5e3, "5+0", 90.0), (24e3, "6+0", 240.0), (33e3, "6+0", 90.0)],
)
def test_battery_shelves_last_as_their_makers_publish(load_w: float, modules: str, seconds: float) -> None:
    """OCP HPR battery shelf (hardware.md 5.2): 5+0 20 kW 240 s / 27.5 kW 90 s; 6+0 24 kW 240 s / 33 kW 90 s."""
    short_w, long_w = {"5+0": (27.5e3, 20e3), "6+0": (33e3, 24e3)}[modules]
    assert ride_through(load_w, short_w, 90.0, long_w, 240.0) == pytest.approx(seconds, rel=1e-12)
    assert ride_through(8 * load_w, short_w, 90.0, long_w, 240.0, count=8) == pytest.approx(seconds, rel=1e-12)


def test_a_gb200_rack_has_eight_shelves() -> None:
    """132 kW on 33 kW shelves: 8 redundant over two feeds (BCM power-shelf manual; Lenovo LP2357); 264 kW installed."""
    assert shelves_needed(132e3, 33e3, 2, "2N") == 8
