"""Faults, arcs and downtime of whole halls, spec to table, against pandapower, IEEE 1584's own examples by way of its kernel, and closed formulas.

Peer: pandapower (IEC 60909), given the same chain; initial currents to 1e-9, peaks to 1e-9, thermal equivalents to 1e-9.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.shortcircuit
import polars as pl
import pytest

from rackwright.flow.hall import compile_hall
from rackwright.schema.tables import Tables
from rackwright.sim.power import arc_flash, arc_flash_study, availability_study, fault_study, protection_study, supply_study
from rackwright.sim.power.availability import simulate
from rackwright.sim.power.fault_study import END_DEGC, XLPE_END_DEGC
from rackwright.sim.power.protection import from_points
from rackwright.sim.power.supply_paths import paths
from rackwright.sim.power.supply_tables import supply_of

pytestmark = pytest.mark.oracle

HALLS = Path(__file__).resolve().parents[2] / "examples" / "halls"


BARE = "power={redundancy: 4-to-make-3, busway: generic/busway-1000a}"
"""The chain of the example without its UPS, which the peer does not have."""


def compiled(name: str, *sets: str) -> Tables:
    plain = [BARE] if name == "gb200-superpod-2su" else []
    return compile_hall(str(HALLS / f"{name}.yaml"), as_of="2026-01-01", sets=plain + list(sets)).tables


@pytest.fixture(scope="module")
def alone() -> Tables:
    """Without generators, so that the utility alone feeds faults; the utility weaker at night."""
    return compiled("gb200-superpod-2su", "power.generators=none", "power.utility.fault_current_min=15 kA")


@pytest.fixture(scope="module")
def h100() -> Tables:
    return compiled("h100-superpod-1su")


def theirs(t: Tables, case: str, fault: str = "3ph") -> Any:
    """The chain's normal ways in pandapower, solved."""
    nodes, branches = t["supply_nodes"], t["supply_branches"].filter(rank=0)
    net = pp.create_empty_network(f_hz=50)
    for volts in nodes["voltage_nominal_v"]:
        pp.create_bus(net, volts / 1e3)
    volts, most, least = (t.input(f"power.utility.{x}") for x in ("voltage", "fault_current", "fault_current_min"))
    for r in branches.iter_rows(named=True):
        a, b, ohm = r["a_node_id"], r["b_node_id"], complex(r["resistance_ohm"], r["reactance_ohm"])
        if r["kind"] == "source":
            rx = 1 / t.input("power.utility.x_r")
            pp.create_ext_grid(net, b, s_sc_max_mva=sqrt(3) * volts * most / 1e6, s_sc_min_mva=sqrt(3) * volts * least / 1e6, rx_max=rx, rx_min=rx)
        elif r["kind"] == "transformer":
            low, rated = nodes["voltage_nominal_v"][b], r["power_rated_va"]
            base = low**2 / rated
            high = {"vn_hv_kv": nodes["voltage_nominal_v"][a] / 1e3, "vn_lv_kv": low / 1e3, "sn_mva": rated / 1e6}
            relative = {"vk_percent": 100 * abs(ohm) / base, "vkr_percent": 100 * ohm.real / base, "pfe_kw": 0.0, "i0_percent": 0.0}
            pp.create_transformer_from_parameters(net, a, b, **high, **relative)
        else:
            end = XLPE_END_DEGC if r["kind"] == "line" and nodes["voltage_nominal_v"][b] > 1000 else END_DEGC
            pp.create_line_from_parameters(net, a, b, 1.0, ohm.real, ohm.imag, 0.0, 1.0, endtemp_degree=end)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pandapower.shortcircuit.calc_sc(
            net, fault=fault, case=case, ip=fault == "3ph", ith=fault == "3ph", tk_s=1.0, lv_tol_percent=10, topology="radial"
        )
    return net.res_bus_sc


def test_fault_levels_equal_pandapower(alone: Tables) -> None:
    """Every node of the hall that the utility feeds; the peer's own branch to the service is its grid."""
    mine = fault_study.fault_levels(alone)["fault_levels"]
    node = mine["node_id"].to_numpy()
    assert node.size > 70
    most, least = theirs(alone, "max"), theirs(alone, "min")
    for column, peer in (
        ("current_max_a", most.ikss_ka),
        ("current_peak_a", most.ip_ka),
        ("current_thermal_a", most.ith_ka),
        ("current_utility_a", least.ikss_ka),
        ("current_two_a", theirs(alone, "min", "2ph").ikss_ka),
    ):
        assert mine[column].to_numpy() == pytest.approx(1e3 * peer.to_numpy()[node], rel=1e-9), column
    assert (mine["current_min_a"] == mine["current_two_a"]).all()


def test_closed_ties_and_one_grid_behind_two_services_equal_pandapower() -> None:
    """Boards tied, services of one grid: its meshed network. What passes each main breaker and the tie on the way to a fault at a board."""
    t = compiled("gb200-superpod-2su", "power={redundancy: 2N, ties: closed, generators: none, utility: {fault_current: 3 kA}}")
    s = supply_of(t)
    faults = fault_study.currents(t, s)
    assert faults.tied is not None
    nodes, branches = t["supply_nodes"], t["supply_branches"]
    tie = branches[int(faults.tied.branch[0])].row(0, named=True)
    closed = pl.concat(
        [branches.filter(rank=0, kind=x) for x in ("source", "line", "transformer", "breaker")] + [branches.filter(branch_id=tie["branch_id"])]
    )
    net = pp.create_empty_network(f_hz=50)
    for volts in nodes["voltage_nominal_v"]:
        pp.create_bus(net, volts / 1e3)
    grid = int(branches.filter(kind="source")["a_node_id"][0])
    level = sqrt(3) * t.input("power.utility.voltage") * t.input("power.utility.fault_current") / (1 - fault_study.OWN_SHARE) / 1e6
    rx = 1 / t.input("power.utility.x_r")
    pp.create_ext_grid(net, grid, s_sc_max_mva=level, s_sc_min_mva=level, rx_max=rx, rx_min=rx)
    lines = {}
    for r in closed.iter_rows(named=True):
        a, b, ohm = r["a_node_id"], r["b_node_id"], complex(r["resistance_ohm"], r["reactance_ohm"])
        if r["kind"] == "transformer":
            low, rated = nodes["voltage_nominal_v"][b], r["power_rated_va"]
            high = {"vn_hv_kv": nodes["voltage_nominal_v"][a] / 1e3, "vn_lv_kv": low / 1e3, "sn_mva": rated / 1e6}
            relative = {
                "vk_percent": 100 * abs(ohm) * rated / low**2,
                "vkr_percent": 100 * ohm.real * rated / low**2,
                "pfe_kw": 0.0,
                "i0_percent": 0.0,
            }
            pp.create_transformer_from_parameters(net, a, b, **high, **relative)
        else:
            ohm *= 1.10 * fault_study.OWN_SHARE if r["kind"] == "source" else 1.0
            lines[r["branch_id"]] = pp.create_line_from_parameters(net, a, b, 1.0, ohm.real, ohm.imag, 0.0, 1.0, endtemp_degree=END_DEGC)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pandapower.shortcircuit.calc_sc(net, case="max", topology="meshed", ip=False, ith=False)
        seen = net.res_bus_sc.ikss_ka.to_numpy() * 1e3
        pandapower.shortcircuit.calc_sc(net, bus=tie["a_node_id"], case="max", topology="meshed", ip=False, ith=False, branch_results=True)
    fed = np.unique(closed["b_node_id"].to_numpy())
    assert faults.utility_max_a[fed] == pytest.approx(seen[fed], rel=1e-9)
    main = closed.filter(kind="breaker", b_node_id=tie["a_node_id"])["branch_id"].item()
    own, other = faults.tied.shares(np.array([tie["a_node_id"]]), np.array([tie["a_node_id"]]))
    through = net.res_line_sc.ikss_ka * 1e3 / seen[tie["a_node_id"]]
    assert [own[0], other[0, 0]] == pytest.approx([through[lines[main]], through[lines[tie["branch_id"]]]], rel=1e-6)
    assert own[0] < 0.6
    # The label of that board: its main breaker and the tie are each asked with their share.
    made = supply_study.protection(t)
    label = made["arc_flashes"].filter(node_id=tie["a_node_id"]).row(0, named=True)
    assert label["bolted_a"] == pytest.approx(seen[tie["a_node_id"]], rel=1e-9)
    curve = made["supply_devices"].filter(branch_id=main)["curve"].item()
    late = made["supply_curves"].filter(pl.col("is_late") & (pl.col("curve") == curve)).sort("point")
    at = [-np.log(label["arcing_a"] * x) for x in (own[0], 1.0)]
    opens = np.exp(np.interp(at, -np.log(late["current_a"].to_numpy())[::-1], np.log(late["time_s"].to_numpy())[::-1]))
    assert label["clearing_s"] >= opens[0] * (1 - 1e-9)
    assert opens[0] >= opens[1]
    # A tie that takes 0.5 s goes on feeding what it brings after the main breaker is open: the energies of both stretches add up.
    d = protection_study.devices(t, s, faults)
    slow = from_points(*[np.array(x) for x in ([100.0, 1e6], [0.4, 0.4], [100.0, 1e6], [0.5, 0.5])])
    at_tie = int(d.of[tie["branch_id"]])
    curve = np.where(np.arange(d.curve.size) == at_tie, len(d.trips), d.curve)
    waits = replace(d, curve=curve, trips=[*d.trips, replace(d.trips[d.curve[at_tie]], band=slow)])
    later = arc_flash_study.table(t, s, faults, waits).filter(node_id=tie["a_node_id"]).row(0, named=True)
    box = [np.array([x]) for x in (32.0, 609.6, 508.0, 508.0, 508.0)]
    equipment = arc_flash.Equipment(np.array([415.0]), np.array([arc_flash.CONFIGURATIONS.index(later["enclosure"])]), *box)
    amps = [arc_flash.arcing_currents(equipment, np.array([later["bolted_a"]]))[i][0] for i in (0, 1)]
    is_reduced = abs(amps[1] - later["arcing_a"]) < abs(amps[0] - later["arcing_a"])
    stretches = ((later["bolted_a"], label["clearing_s"]), (later["bolted_a"] * other[0, 0], 0.5 - label["clearing_s"]))
    energy = sum(arc_flash.flash(equipment, np.array([a]), np.array([x]), is_reduced=is_reduced).energy_j_cm2[0] for a, x in stretches)
    assert (later["clearing_s"], later["device_id"]) == (0.5, at_tie)
    assert later["energy_j_cm2"] == pytest.approx(energy, rel=1e-9)


def test_sets_in_parallel_all_give_the_greatest_and_all_but_one_the_least() -> None:
    """Two common sets at medium voltage: the greatest current at their board is that of both, the least and their own breakers' that of one."""
    t = compiled("gb200-superpod-2su", "power.generators=common", "power.redundancy=2N")
    s = supply_of(t)
    faults, sets = fault_study.currents(t, s), t["supply_branches"].filter(kind="generator")
    assert sorted(sets["modules"].to_list()) == [1, 2]
    one = sets.filter(modules=1).row(0, named=True)
    board, x, volts = one["b_node_id"], one["subtransient_ohm"], float(s.voltage_nominal_v[one["b_node_id"]])
    factor = t.fact(one["part"], "power_factor") or fault_study.GENERATOR_FACTOR
    k_g = 1.10 / (1 + x * one["power_rated_va"] / volts**2 * sqrt(1 - factor**2))
    own = k_g * complex(0.07 * x, x) + complex(one["resistance_ohm"], one["reactance_ohm"])
    assert faults.generator_max_a[board] == pytest.approx(2 * 1.10 * volts / sqrt(3) / abs(own), rel=1e-9)
    assert faults.generator_min_a[board] == pytest.approx(one["fault_multiple"] * one["current_rated_a"], rel=1e-9)


def test_generator_and_inverter_by_hand(h100: Tables) -> None:
    """At the board: c V / sqrt(3) over the corrected subtransient impedance, and three times rated going on; behind the UPS its multiple."""
    mine = fault_study.fault_levels(h100)["fault_levels"]
    s, faults = supply_of(h100), fault_study.currents(h100, supply_of(h100))
    own = h100["supply_branches"].filter(kind="generator").row(0, named=True)
    x = own["subtransient_ohm"]
    factor = h100.fact(own["part"], "power_factor") or fault_study.GENERATOR_FACTOR
    per_unit = x * own["power_rated_va"] / 415**2
    k_g = 1.10 / (1 + per_unit * sqrt(1 - factor**2))
    z = k_g * complex(0.15 * x, x) + complex(own["resistance_ohm"], own["reactance_ohm"])
    at = int(own["b_node_id"])
    assert faults.generator_max_a[at] == pytest.approx(1.10 * 415 / sqrt(3) / abs(z), rel=1e-9)
    assert mine.filter(node_id=at)["current_generator_a"].item() == pytest.approx(own["fault_multiple"] * own["current_rated_a"], rel=1e-9)
    ups = h100["supply_branches"].filter(kind="ups").row(0, named=True)
    below = mine.filter(node_id=int(ups["b_node_id"]))
    assert below["current_inverter_a"].item() == pytest.approx(ups["fault_multiple"] * ups["current_rated_a"], rel=1e-9)
    assert below["current_min_a"].item() == below["current_inverter_a"].item()
    assert s.is_ac.all()


def test_phase_to_earth_at_the_transformer_by_hand(alone: Tables) -> None:
    """Dyn transformer: zero sequence is its own impedance, so I1 = sqrt(3) c V / |2 Z1 + Z0| at its terminals; further down it is not known."""
    levels = fault_study.fault_levels(alone)["fault_levels"]
    unit = alone["supply_branches"].filter(kind="transformer").row(0, named=True)
    at = int(unit["b_node_id"])
    row = levels.filter(node_id=at).row(0, named=True)
    branches = alone["supply_branches"]
    line = branches.filter(b_node_id=int(unit["a_node_id"])).row(0, named=True)
    source = branches.filter(b_node_id=int(line["a_node_id"])).row(0, named=True)
    z = {k: complex(r["resistance_ohm"], r["reactance_ohm"]) for k, r in (("source", source), ("line", line), ("unit", unit))}
    k_t = 0.95 * 1.10 / (1 + 0.6 * unit["reactance_ohm"] * unit["power_rated_va"] / 415**2)
    first = (1.10 * z["source"] + z["line"]) * (415 / 13800) ** 2 + k_t * z["unit"]
    assert row["current_single_a"] == pytest.approx(sqrt(3) * 1.10 * 415 / abs(2 * first + k_t * z["unit"]), rel=1e-9)
    racks = alone["supply_nodes"].filter(kind="rack")["node_id"]
    assert levels.filter(pl.col("node_id").is_in(racks.implode()))["current_single_a"].null_count() == racks.len()


def test_devices_by_hand(h100: Tables) -> None:
    """A whip's breaker, from its part's facts to its times at the least and greatest fault; its pair with the feeder above."""
    made = protection_study.protection(h100)
    devices, levels = made["supply_devices"], fault_study.fault_levels(h100)["fault_levels"]
    whip = (
        devices.join(h100["supply_branches"].select("branch_id", "b_node_id", branch="kind"), on="branch_id").filter(branch="whip").row(0, named=True)
    )
    fact = {
        f: h100.fact(whip["part"], f)
        for f in ("current_rated", "short_pickup", "instantaneous", "instant_late", "pickup_tolerance", "breaking_current")
    }
    number = {k: v for k, v in fact.items() if v is not None}
    assert number.keys() == fact.keys()
    rated = number["current_rated"]
    assert (whip["current_rated_a"], whip["interrupting_a"]) == (rated, number["breaking_current"])
    assert whip["instant_pickup_a"] == pytest.approx(number["instantaneous"] * rated)
    assert whip["short_pickup_a"] == pytest.approx(number["short_pickup"] * rated)
    tap, end = (levels.filter(node_id=whip[k]).row(0, named=True) for k in ("node_id", "b_node_id"))
    assert whip["fault_max_a"] == tap["current_max_a"]
    assert whip["fault_min_a"] == min(end["current_two_a"], end["current_generator_a"])
    assert whip["fault_min_a"] > number["instantaneous"] * rated * (1 + number["pickup_tolerance"])
    assert (whip["trip_s"], whip["trip_max_s"]) == pytest.approx((number["instant_late"], number["instant_late"]), rel=1e-12)
    assert whip["is_interrupting"]
    above = made["supply_device_pairs"].filter(b_device_id=whip["device_id"])
    assert devices.filter(device_id=above["a_device_id"].item())["name"].item().endswith("feeder")
    assert above["is_normal"].item()


def test_pairs_follow_the_chain(h100: Tables) -> None:
    """Every device but the first in the chain has one above it on its normal way, and the generator's breaker stands above the board's feeders."""
    made = protection_study.protection(h100)
    devices = made["supply_devices"].join(h100["supply_branches"].select("branch_id", branch="kind"), on="branch_id")
    above = made["supply_device_pairs"].filter("is_normal").group_by("b_device_id").len()
    assert above["len"].max() == 1
    first = devices.join(above, left_on="device_id", right_on="b_device_id", how="anti")
    assert set(first["branch"]) == {"source", "generator"}
    others = made["supply_device_pairs"].filter(~pl.col("is_normal")).join(devices, left_on="a_device_id", right_on="device_id")
    assert set(others["branch"]) == {"generator"}


def test_the_table_of_curves_gives_the_times_of_the_table_of_devices(h100: Tables) -> None:
    """Straight lines in log-log axes through the points of the table give the times of the devices table."""
    made = protection_study.protection(h100)
    for row in made["supply_devices"].unique("curve").iter_rows(named=True):
        late = made["supply_curves"].filter(pl.col("is_late") & (pl.col("curve") == row["curve"])).sort("point")
        amps, times = np.log(late["current_a"].to_numpy()), np.log(late["time_s"].to_numpy())
        own = np.exp(np.interp(-np.log(row["fault_max_a"]), -amps[::-1], times[::-1]))
        assert row["trip_max_s"] == pytest.approx(own, rel=1e-9)


def test_arc_flash_of_a_board_by_its_kernel(h100: Tables) -> None:
    """The label's energy is that of IEEE 1584 for the fault of its source and the time its device takes, which are those of the other tables."""
    made = supply_study.protection(h100)
    levels = made["fault_levels"]
    arcs = made["arc_flashes"].join(h100["supply_nodes"].select("node_id", "kind", "voltage_nominal_v"), on="node_id")
    row = arcs.filter((pl.col("kind") == "board") & (pl.col("voltage_nominal_v") < 1000)).row(0, named=True)
    box = [np.array([x]) for x in (32.0, 609.6, 508.0, 508.0, 508.0)]
    assert (row["gap_mm"], row["working_distance_mm"]) == (32.0, 609.6)
    worst = {}
    for name in ("VCB", "VCBB", "HCB"):
        kind = np.array([arc_flash.CONFIGURATIONS.index(name)])
        equipment = arc_flash.Equipment(np.array([415.0]), kind, *box)
        bolted = np.array([row["bolted_a"]])
        arcing = [float(x[0]) for x in arc_flash.arcing_currents(equipment, bolted)]
        reduced = abs(arcing[1] - row["arcing_a"]) < abs(arcing[0] - row["arcing_a"])
        worst[name] = float(arc_flash.flash(equipment, bolted, np.array([row["clearing_s"]]), is_reduced=reduced).energy_j_cm2[0])
    assert row["energy_j_cm2"] == pytest.approx(worst[row["enclosure"]], rel=1e-12)
    assert row["energy_j_cm2"] >= max(worst.values()) * (1 - 1e-12)
    level = levels.filter(node_id=row["node_id"]).row(0, named=True)
    assert row["bolted_a"] in [level[f"current_{x}_a"] for x in ("max", "utility", "generator", "inverter")]
    device = made["supply_devices"].filter(device_id=row["device_id"]).row(0, named=True)
    late = made["supply_curves"].filter(pl.col("is_late") & (pl.col("curve") == device["curve"])).sort("point")
    volts = h100["supply_nodes"]["voltage_nominal_v"]
    amps = row["arcing_a"] * 415.0 / volts[device["node_id"]]
    opens = float(np.exp(np.interp(-np.log(amps), -np.log(late["current_a"].to_numpy())[::-1], np.log(late["time_s"].to_numpy())[::-1])))
    assert row["clearing_s"] == pytest.approx(min(opens, arc_flash.LONGEST_S), rel=1e-9)
    assert row["category"] == int(arc_flash.ppe_category(np.array([row["energy_j_cm2"]]))[0])


def test_a_dc_label_takes_the_voltage_at_the_limit_of_its_sidecar() -> None:
    """At the head of a busway there is no loop: 800 V times what the sidecar gives, three times that over a sphere, for the label's time."""
    t = compile_hall(str(HALLS / "gb200-superpod-2su.yaml"), variant="dc-800v", as_of="2026-01-01").tables
    head = t["supply_nodes"].filter(~pl.col("is_ac") & pl.col("name").str.ends_with("head"))
    made = supply_study.protection(t)["arc_flashes"].join(head.select("node_id"), on="node_id")
    ways = t["supply_branches"].filter(kind="rectifier")
    limit = ways["fault_multiple"] * ways["current_rated_a"]
    assert made.height == head.height > 0
    assert made["arcing_a"].to_list() == pytest.approx([limit[0]] * made.height)
    energy = 3 * 800 * limit[0] * made["clearing_s"] / (4 * np.pi * (made["working_distance_mm"] / 10) ** 2)
    assert made["energy_j_cm2"].to_list() == pytest.approx(energy.to_list(), rel=1e-9)
    assert set(made["clearing_s"]) == {t.fact("ocp/diablo-400", "fault_hold")}
    # Of two fuses to a rack each sees half of a fault there; 3 s at 625 A and 0.1 s at 1,250 A, currents 10 % up.
    fuse = t["supply_devices"].filter(kind="fuse").row(0, named=True)
    assert (fuse["quantity"], fuse["fault_min_a"], fuse["fault_max_a"]) == (2, pytest.approx(limit[0] / 2), pytest.approx(limit[0]))
    assert fuse["trip_s"] == pytest.approx(3 * (625 / (limit[0] / 2 / 1.1)) ** np.log2(30), rel=1e-9)
    pair = t["supply_device_pairs"].filter(b_device_id=fuse["device_id"]).row(0, named=True)
    assert pair["is_selective"] == (fuse["trip_s"] < 0.9 * made["clearing_s"][0])


def test_arcs_outside_the_model_have_no_figure() -> None:
    """A utility of 34.5 kV is beyond 15 kV: the places there say so and give no number."""
    t = compiled("gb200-superpod-2su", "power.utility.voltage=34.5 kV")
    arcs = supply_study.protection(t)["arc_flashes"].join(t["supply_nodes"].select("node_id", "voltage_nominal_v"), on="node_id")
    high = arcs.filter(pl.col("voltage_nominal_v") > 15e3)
    assert high.height > 0
    assert high["energy_j_cm2"].null_count() == high["category"].null_count() == high.height
    assert high["note"].str.contains("15 kV").all()
    assert arcs.filter(pl.col("voltage_nominal_v") <= 15e3)["energy_j_cm2"].null_count() == 0


def test_downtime_of_a_two_path_hall_by_hand() -> None:
    """2N without generators or UPS: a rack is dark when the utility is, or both of its paths are: U = Uc + (1 - Uc) Ua Ub."""
    t = compiled("gb200-superpod-2su", "power.redundancy=2N", "power.generators=none")
    made = availability_study.availability(t)
    out = dict(made["supply_contributions"].join(t["supply_components"], on="component_id").select("component_id", "unavailability").iter_rows())
    branches, nodes = t["supply_branches"].filter(rank=0), t["supply_components"].filter(pl.col("node_id").is_not_null())
    into = {r["b_node_id"]: r for r in branches.iter_rows(named=True)}
    on_node = dict(nodes.select("node_id", "component_id").iter_rows())
    taps = t["supply_places"].filter(pl.col("place_id").is_in(t["supply_components"].filter(kind="tap")["component_id"].implode()))
    tap = dict(taps.select("component_id", "place_id").iter_rows())
    feeds, dark = t["supply_feeds"].sort("rack_id"), []
    for (_,), own in feeds.group_by(["rack_id"], maintain_order=True):
        chains = []
        for at in own["node_id"].to_list():
            chain, node = set(), at
            while True:
                chain |= {on_node[node]} if node in on_node else set()
                if node not in into:
                    break
                chain |= {into[node]["component_id"], tap.get(into[node]["component_id"], into[node]["component_id"])}
                node = into[node]["a_node_id"]
            chains.append(chain)
        assert own["feeds_needed"][0] == 1
        common = set.intersection(*chains)
        uc, *paths_out = (1 - np.prod([1 - out[c] for c in sorted(x)]) for x in (common, *(x - common for x in chains)))
        dark.append(uc + (1 - uc) * np.prod(paths_out) if len(chains) == 2 else np.nan)
    assert not np.isnan(dark).any()
    hall = made["supply_availabilities"].filter(subject="hall").row(0, named=True)
    assert hall["unavailability"] == pytest.approx(np.mean(dark), rel=1e-9)
    assert hall["unavailability_worst"] == pytest.approx(np.max(dark), rel=1e-9)
    assert hall["minutes_per_year"] == pytest.approx(525_600 * np.mean(dark), rel=1e-9)
    # The utility is in all of it but where both paths are out.
    utility = made["supply_contributions"].filter(component_id=0)
    assert utility["share"].item() == pytest.approx(out[0] / np.mean(dark), rel=1e-3)
    # Every failure of the utility is an interruption.
    assert hall["interruptions_per_year"] == pytest.approx(utility["failures_per_year"].item() * (1 - out[0]), rel=1e-3)
    error = hall["unavailability_simulated"] - hall["unavailability"]
    assert abs(error) < 2.58 * hall["unavailability_error"]


def test_a_collapsed_supply_says_so_of_every_outage(h100: Tables) -> None:
    """A supply that carries its load at no voltage: of every outage only who is dark is told, with the node that fell."""
    feeds = h100["supply_feeds"].with_columns(power_w=pl.col("power_w") * 1000)
    made = supply_study.run(h100.put({"supply_feeds": feeds}))
    assert made["supply_node_states"]["is_collapsed"].sum() == 1
    fell = made["supply_node_states"].filter("is_collapsed")["node_id"].item()
    assert (made["supply_outages"]["collapsed_id"] == fell).all()
    assert made["supply_outages"]["loading_worst"].null_count() == made["supply_outages"].height


def test_simulation_agrees_with_the_closed_form(h100: Tables) -> None:
    """3-to-make-2 with UPS and generators, failures a hundredfold so that there is much to count: within 3.3 standard errors for every rack."""
    s, (failures, repair) = supply_of(h100), availability_study.rates(h100)
    often = np.minimum(failures * 100, 60.0)
    p = paths(s)
    exact = availability_study.importance(p, often, repair)
    seen = simulate(p, often, repair, 40.0, 40, seed=7)
    assert (seen.unavailability > 0).all()
    assert (np.abs(seen.unavailability - exact.unavailability) < 3.3 * seen.standard_error).all()
    assert seen.interruptions_per_year.sum() == pytest.approx(exact.interruptions_per_year.sum(), rel=0.05)
