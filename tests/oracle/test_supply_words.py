"""One chain of each word of a hall's power, against pandapower, power-grid-model and what anyone can work out.

Peers: pandapower (Newton-Raphson, transformers as pi) and, for DC, power-grid-model in the emulation of the project's notes (power.md 2.3: voltage
pole to pole as rated voltage, loop resistance as r1, a source with a great rx_ratio), both given the same tables. Tolerance 1e-9 p.u. in voltage. The
peer has one source, so halls here have no generators but where they are what is asked for.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandapower as pp
import polars as pl
import pytest
from power_grid_model import CalculationMethod, ComponentType, DatasetType, PowerGridModel, initialize_array
from tests.sim.power.supply_peers import Pandapower, drawn, in_service
from tests.sim.power.supply_peers import one_case as ours

from rackwright.flow.hall import compile_hall
from rackwright.schema.tables import Tables
from rackwright.sim.power import supply_outages, supply_reach, supply_study
from rackwright.sim.power.supply import Floats, Supply, forest
from rackwright.sim.power.supply_paths import paths
from rackwright.sim.power.supply_tables import supply_of

pytestmark = pytest.mark.oracle

HALLS = Path(__file__).resolve().parents[2] / "examples" / "halls"
BOUNDS = {"N": 1.0, "N+1": 2 / 3, "2N": 1 / 2, "3-to-make-2": 2 / 3, "4-to-make-3": 3 / 4, "catcher": 1.0}


BARE = {
    None: "power={redundancy: 4-to-make-3, busway: generic/busway-1000a}",
    "dc-800v": "power={redundancy: 2N, busway: generic/busway-1600a, sidecar: ocp/diablo-400}",
}
"""Chains of the example without its UPS, which the peers do not have."""


@cache
def hall(*sets: str, variant: str | None = None, name: str = "gb200-superpod-2su") -> Tables:
    plain = [BARE[variant]] if name == "gb200-superpod-2su" else []
    return compile_hall(str(HALLS / f"{name}.yaml"), as_of="2026-01-01", sets=plain + [f"power.{s}" for s in sets], variant=variant).tables


def component(t: Tables, name: str) -> int:
    return t["supply_components"].filter(name=name)["component_id"].item()


@cache
def swept(*sets: str, name: str = "gb200-superpod-2su") -> tuple[Tables, pl.DataFrame]:
    """Every single outage of a hall: its components with racks dark and the greatest loading."""
    t = hall(*sets, name=name)
    s = supply_of(t)
    found = supply_reach.sweep_near(s, supply_outages.singles(s))
    return t, t["supply_components"].with_columns(
        dark=pl.Series(found.racks_dark), loading=pl.Series(found.loading), transfer_s=pl.Series(found.transfer_s)
    )


ALONE = ("generators=none",)
CASES = [
    (("redundancy=N+1",), "H01-1A transformer, one of 3"),
    (("redundancy=N", "ties=open"), "H01-1A transformer"),
    (("redundancy=2N", "ties=closed"), "H01-1A transformer"),
    (("redundancy=2N", "medium=ring", "transformer=generic/transformer-dry-1600kva", "busway=generic/busway-400a"), "H01-A ring section 1"),
    (("utility.voltage=138 kV", "substation.transformers=2", "substation.voltage=13.8 kV"), "substation transformer 1"),
    (("redundancy=N", "transfer=row"), "H01-1A board"),
    (("redundancy=N", "transfer=board"), "H01-1A transformer"),
    (("redundancy=catcher", "transfer=row"), "H01-1A board"),
    (("redundancy=2N", "ups=generic/bess-2500kw"), "service 2"),
]


@pytest.mark.parametrize(("sets", "out"), CASES, ids=[" ".join(s) for s, _ in CASES])
def test_word_equals_pandapower(sets: tuple[str, ...], out: str) -> None:
    """In service and with the component out that the word is about: voltages of every node, loading of every rated branch."""
    t = hall(*sets, *ALONE)
    s = supply_of(t)
    peer = Pandapower(s)
    for lost in ([], [component(t, out)]):
        flow, mine, states = ours(s, lost)
        used = in_service(s, flow.ways)
        peer.case(used, drawn(s, flow.ways.feed_live[:, 0]))
        peer.run()
        volts, loading = peer.voltages(), peer.loading()
        assert flow.ways.rack_live.all()
        assert np.abs(mine - volts).max() < 1e-9
        rated = np.flatnonzero(~np.isnan(loading) & ~np.isnan(s.current_rated_a) & used & ~np.isin(np.arange(used.size), peer.lossy))
        assert rated.size > 40
        own, ties = states.loading_i[:, 0].copy(), forest(s).closed  # what a tie carries is told of the branch that leads its way
        own[ties] = [np.nanmax(own[s.branch_component == s.branch_component[j]]) for j in ties]
        away, is_tie = np.abs(own[rated] - loading[rated]), np.isin(rated, ties)
        assert away[~is_tie].max() < 1e-8
        assert away[is_tie].max(initial=0.0) < 1e-5  # 1e-11 p.u. across the 1e-5 ohm of a breaker


def test_third_feed_changes_over_with_its_transfer_switch() -> None:
    """2N with racks of three feeds: board A out, the third busways of all racks come from B; against pandapower."""
    t = hall("redundancy=2N", "generators=none", "ups=generic/bess-2500kw", name="h100-superpod-1su")  # storage in line: its loss is a shunt
    s = supply_of(t)
    flow, mine, _ = ours(s, [component(t, "H01-1A board")])
    peer = Pandapower(s)
    peer.case(in_service(s, flow.ways), drawn(s, flow.ways.feed_live[:, 0]))
    peer.run()
    assert flow.ways.rack_live.all()
    path = t["supply_feeds"]["path"].to_numpy()
    assert not flow.ways.feed_live[path == "A", 0].any()
    assert flow.ways.feed_live[path != "A", 0].all()
    assert np.abs(mine - peer.voltages()).max() < 1e-9


def test_modules_in_parallel_are_one_branch() -> None:
    """Three of a transformer in pandapower, drawn one by one, give the board the voltage that our one branch of three gives it."""
    t = hall("redundancy=N+1", *ALONE)
    s = supply_of(t)
    _flow, mine, states = ours(s, [])
    way = t["supply_branches"].filter(name="H01-1A transformer").row(0, named=True)
    j, n = way["branch_id"], way["modules"]
    net = pp.create_empty_network()
    high, low = pp.create_bus(net, 13.8), pp.create_bus(net, 0.415)
    pp.create_ext_grid(net, high, vm_pu=mine[way["a_node_id"]])
    rated, base = s.power_rated_va[j] / n, 415.0**2 / (s.power_rated_va[j] / n)
    z = n * complex(s.resistance_ohm[j], s.reactance_ohm[j])
    for _ in range(n):
        pp.create_transformer_from_parameters(
            net, hv_bus=high, lv_bus=low, sn_mva=rated / 1e6, vn_hv_kv=13.8, vn_lv_kv=0.415, vk_percent=100 * abs(z) / base,
            vkr_percent=100 * z.real / base, pfe_kw=s.loss_no_load_w[j] / n / 1e3, i0_percent=100 * s.loss_no_load_w[j] / n / rated,
        )  # fmt: skip
    out = states.power_b_va[j, 0]
    pp.create_load(net, low, p_mw=out.real / 1e6, q_mvar=out.imag / 1e6)
    pp.runpp(net, trafo_model="pi", tolerance_mva=1e-10, numba=False)
    assert net.res_bus.vm_pu[low] == pytest.approx(mine[way["b_node_id"]], abs=1e-9)
    assert net.res_trafo.loading_percent[0] / 100 == pytest.approx(states.loading_i[j, 0], rel=1e-9)


@pytest.mark.parametrize("word", list(BOUNDS))
def test_built_chain_keeps_the_bound_of_its_redundancy(word: str) -> None:
    """Load over the rating of all transformers in service: 2N <= 1/2, r-make-(r-1) and n+1 <= (r-1)/r; and with anything out nothing is over."""
    t, found = swept(f"redundancy={word}", "busway=generic/busway-400a")
    units = t["supply_branches"].filter((pl.col("kind") == "transformer") & (pl.col("rank") == 0) & ~pl.col("name").str.contains("-R "))
    share = t["supply_branch_states"].join(units, on="branch_id")["power_w"].sum() / units["power_rated_va"].sum()
    assert 0.3 * BOUNDS[word] < share <= BOUNDS[word]
    assert found["loading"].drop_nans().max() <= 1  # NaN: nothing alive


def test_one_module_out_is_no_outage() -> None:
    """N+1: a transformer or UPS module out darkens nothing; the two left carry 3/2 of what they did, and a UPS a module more."""
    t, found = swept("redundancy=N+1", "ups=generic/ups-module-250kw", "generators=none")
    modules = found.filter(pl.col("quantity") > 1)
    assert modules["dark"].max() == 0
    assert modules["loading"].max() <= 1
    states = t["supply_branches"].join(t["supply_branch_states"], on="branch_id").filter(name="H01-1A transformer")
    s = supply_of(t)
    _, _, out = ours(s, [component(t, "H01-1A transformer, one of 3")])
    rest = t["supply_branches"].filter(name="H01-1A transformer, 2 of 3")["branch_id"].item()
    assert out.loading_s[rest, 0] / states["loading_power"].item() == pytest.approx(1.5, rel=0.01)


def test_ring_loses_a_section_and_no_rack() -> None:
    """Every section of every ring out in turn: nothing is dark, the wait is that of the switching, no cable is over."""
    t, found = swept("redundancy=2N", "medium=ring", "generators=none", "transformer=generic/transformer-dry-1600kva", "busway=generic/busway-400a")
    sections = found.filter(pl.col("name").str.contains("ring section"))
    loaded = sections.filter(~pl.col("name").str.contains("open"))
    assert loaded.height >= 4
    assert sections["dark"].max() == 0
    assert sections["loading"].max() <= 1
    assert set(loaded["transfer_s"].to_list()) == {30.0}
    assert t["supply_branches"].filter(kind="tie").height == 2 * 2  # an open point in each ring, both ways


def test_common_generators_carry_the_hall_with_one_out() -> None:
    """The utility out: all on the common sets after their start; and with one set out too."""
    t, found = swept("redundancy=2N", "generators=common")
    utility = found.filter(name="utility").row(0, named=True)
    assert (utility["dark"], utility["transfer_s"]) == (0, 10.0)
    s = supply_of(t)
    sets = t["supply_components"].filter(kind="generator")["component_id"].to_list()
    flow, _, states = ours(s, [component(t, "utility"), *sets])
    assert flow.ways.rack_live.all()
    assert np.nanmax(states.loading_i) <= 1


def test_substation_at_138_kv_ties_its_buses() -> None:
    """A transformer of it out: its bus goes over to the other after the tie's time, which is not over its rating."""
    t, found = swept("utility.voltage=138 kV", "substation.transformers=2", "generators=none")
    assert t["supply_nodes"].filter(kind="grid")["voltage_nominal_v"].item() == 138e3
    out = found.filter(name="substation transformer 1").row(0, named=True)
    assert (out["dark"], out["transfer_s"]) == (0, 0.3)
    assert out["loading"] <= 1


def without_dc(s: Supply, input_va: dict[int, complex]) -> Supply:
    """The AC part of a supply: what converters draw as racks of one feed at their inputs."""
    nodes = np.flatnonzero(s.is_ac)
    place = np.full(s.node_count, -1)
    place[nodes] = np.arange(nodes.size)
    keep = np.flatnonzero(s.is_ac[s.b_node])
    own = [i for i, n in enumerate(s.feed_node.tolist()) if s.is_ac[n]]
    at = np.array([*s.feed_node[own].tolist(), *input_va])
    factor = s.power_factor.copy()
    for node, power in input_va.items():
        factor[node] = power.real / abs(power)
    alive = np.bincount(s.feed_rack, minlength=s.rack_power_w.size)
    power = np.array([*(s.rack_power_w / alive)[s.feed_rack[own]].tolist(), *(p.real for p in input_va.values())])
    branch = {f: getattr(s, f)[keep] for f in ("rank", "resistance_ohm", "reactance_ohm", "power_rated_va", "current_rated_a", "loss_no_load_w",
                                               "is_converter", "efficiency", "transfer_s", "branch_component")}  # fmt: skip
    node = {f: getattr(s, f)[nodes] for f in ("is_source", "is_ac", "voltage_nominal_v", "node_component")}
    return replace(s, a_node=place[s.a_node[keep]], b_node=place[s.b_node[keep]], power_factor=factor[nodes], feed_rack=np.arange(at.size),
                   feed_node=place[at], rack_power_w=power, feeds_needed=np.ones(at.size, np.int64), **branch, **node)  # fmt: skip


def test_sidecars_on_the_ac_side_equal_pandapower() -> None:
    """The AC chain with what the sidecars draw at their inputs; a sidecar's loss is on the straight line between its points."""
    t = hall("generators=none", variant="dc-800v")
    s = supply_of(t)
    _flow, mine, states = ours(s, [])
    cars = t["supply_branches"].filter(kind="rectifier")
    assert cars.height >= 4
    drawn_va = {a: states.power_a_va[j, 0] for a, j in cars.select("a_node_id", "branch_id").iter_rows()}
    ac = without_dc(s, drawn_va)
    peer = Pandapower(ac)
    peer.case(np.ones(ac.branch_count, np.bool_), drawn(ac, np.ones(ac.feed_node.size, np.bool_)))
    peer.run()
    assert np.abs(mine[s.is_ac] - peer.voltages()).max() < 1e-9
    for j, *points in cars.select("branch_id", *(f"efficiency_{i}" for i in (25, 50, 75, 100))).iter_rows():
        given, taken = states.power_b_va[j, 0].real, states.power_a_va[j, 0]
        shares = np.array([0.25, 0.5, 0.75, 1.0])
        loss = shares * (1 / np.array(points) - 1)
        idle = 2 * loss[0] - loss[1]  # carried on below the first point
        assert 0.1 < given / 1.1e6 < 1
        assert taken.real - given == pytest.approx(1.1e6 * np.interp(given / 1.1e6, [0, *shares], [max(idle, 0), *loss]), rel=1e-9)
        assert taken.real / abs(taken) == pytest.approx(0.99, rel=1e-12)


def dc_peer(s: Supply, nodes: np.ndarray, lines: np.ndarray, load: Floats) -> Floats:
    """Voltages of a DC tree in power-grid-model; the first node is stiff."""
    node = initialize_array(DatasetType.input, ComponentType.node, nodes.size)
    node["id"], node["u_rated"] = nodes, 800.0
    line = initialize_array(DatasetType.input, ComponentType.line, lines.size)
    line["id"], line["from_node"], line["to_node"] = 100_000 + lines, s.a_node[lines], s.b_node[lines]
    line["from_status"] = line["to_status"] = 1
    line["r1"], line["x1"], line["c1"], line["tan1"], line["i_n"] = s.resistance_ohm[lines], 0, 0, 0, 1e4
    loads = initialize_array(DatasetType.input, ComponentType.sym_load, nodes.size)
    loads["id"], loads["node"], loads["status"], loads["type"], loads["p_specified"], loads["q_specified"] = (
        200_000 + nodes,
        nodes,
        1,
        0,
        load[nodes],
        0,
    )
    source = initialize_array(DatasetType.input, ComponentType.source, 1)
    source["id"], source["node"], source["status"], source["u_ref"], source["sk"], source["rx_ratio"] = 300_000, nodes[0], 1, 1.0, 1e20, 1e6
    model = PowerGridModel({ComponentType.node: node, ComponentType.line: line, ComponentType.sym_load: loads, ComponentType.source: source})
    found = model.calculate_power_flow(symmetric=True, error_tolerance=1e-13, max_iterations=50, calculation_method=CalculationMethod.newton_raphson)
    return np.asarray(found[ComponentType.node]["u_pu"])


def test_dc_busway_equals_power_grid_model() -> None:
    """Every run behind a sidecar: head, taps and racks at 800 V."""
    t = hall("generators=none", variant="dc-800v")
    s = supply_of(t)
    flow, mine, _ = ours(s, [])
    load = drawn(s, flow.ways.feed_live[:, 0]).real
    heads = t["supply_branches"].filter(kind="rectifier")["b_node_id"].to_list()
    tree = np.flatnonzero(~s.is_ac[s.a_node])
    for head in heads:
        found, size = {head}, 0
        while len(found) > size:
            size = len(found)
            found |= {b for a, b in zip(s.a_node[tree].tolist(), s.b_node[tree].tolist(), strict=True) if a in found}
        nodes = np.array([head, *sorted(found - {head})])
        lines = tree[np.isin(s.b_node[tree], nodes)]
        assert nodes.size >= 5
        assert np.abs(mine[nodes] - dc_peer(s, nodes, lines, load)).max() < 1e-9


def test_energy_of_a_dc_hall_balances() -> None:
    """What the utility gives is what the racks take and the branches lose; through each sidecar too."""
    t = hall(variant="dc-800v")
    states = t["supply_branches"].join(t["supply_branch_states"], on="branch_id")
    grid, racks = states.filter(kind="source")["power_w"].sum(), t["supply_feeds"]["power_w"].sum()
    assert grid == pytest.approx(racks + states["loss_w"].sum(), rel=1e-9)


def test_conversion_moves_to_the_sidecar() -> None:
    """A rack takes at 800 V what its busbar needs through DC shelves of 98 %: its AC input times 0.975 over 0.98."""
    t = hall(variant="dc-800v")
    dc = t["supply_feeds"].join(t["supply_nodes"], on="node_id").filter(~pl.col("is_ac"))
    assert dc.height == 2 * 16
    assert (dc["power_w"] / dc["power_design_w"]).to_list() == pytest.approx([0.975 / 0.98] * dc.height, rel=1e-12)


def test_phases_are_balanced_along_a_busway() -> None:
    """Cords of PDUs dealt in turn, the next rack where the last one stopped: no phase of a busway carries more than a cord above another."""
    t = hall(name="h100-superpod-3su")
    into = t["supply_branches"].filter(kind="busway").select(tap_id="b_node_id", way="component_id")
    feeds = t["supply_feeds"].join(into, on="tap_id")
    phases = feeds.group_by("way").agg(pl.col("^power_l._w$").sum(), cord=(pl.col("power_w") / 8).max())
    spread = phases.select(pl.max_horizontal("power_l1_w", "power_l2_w", "power_l3_w") - pl.min_horizontal("power_l1_w", "power_l2_w", "power_l3_w"))
    assert (spread.to_series() <= phases["cord"] * 1.5).all()
    whole = feeds.select(pl.col("power_l1_w") + pl.col("power_l2_w") + pl.col("power_l3_w") - pl.col("power_w"))
    assert whole.to_series().abs().max() < 1e-6


def test_taps_stand_in_order_along_their_busway() -> None:
    """Positions rise by the distance from rack to rack, and begin half a rack from the end."""
    t = hall()
    into = t["supply_branches"].filter(kind="busway").select(node_id="b_node_id", way="component_id")
    taps = t["supply_nodes"].filter(kind="tap").join(into, on="node_id").sort("way", "position_mm")
    steps = taps.with_columns(d=pl.col("position_mm").diff().over("way"), dx=pl.col("x_mm").diff().over("way").abs()).drop_nulls("d")
    assert steps.height > 20
    assert (steps["d"] == steps["dx"]).all()
    assert taps.group_by("way").agg(pl.col("position_mm").min())["position_mm"].unique().to_list() == [300]


def test_supply_study_runs_on_every_word() -> None:
    """The whole study on a hall with a ring, a substation, ties, sidecars and common sets at once."""
    t = hall(
        "redundancy=2N", "utility.voltage=138 kV", "substation.transformers=2", "medium=ring", "ties=open", "generators=common", variant="dc-800v"
    )
    made = supply_study.run(t)
    assert made["supply_outages"]["racks_dark"].max() == 0
    assert made["supply_outages"]["branches_over"].max() == 0
    assert made["supply_outages"]["collapsed_id"].null_count() == made["supply_outages"].height
    assert set(made["supply_devices"]["branch_id"]) <= set(t["supply_branches"]["branch_id"])
    assert made["supply_devices"]["is_interrupting"].all()
    labelled = made["arc_flashes"].filter(pl.col("energy_j_cm2").is_not_null())
    assert (labelled["energy_j_cm2"] > 0).all()
    assert made["supply_availabilities"]["unavailability"].max() < 1e-3


def test_more_ways_than_a_word_has_bits() -> None:
    """A ring, a substation, ties and transfer switches give each rack 80 ways: single outages, pairs and time without power, this by Monte Carlo."""
    t = hall("redundancy=2N", "utility.voltage=138 kV", "substation.transformers=2", "medium=ring", "ties=open", "transfer=board",
             "ups=generic/ups-module-250kw", "generators=common")  # fmt: skip
    assert max(x.feeds.shape[1] for x in paths(supply_of(t)).classes) == 2
    made = supply_study.run(t)
    assert made["supply_outages"].height == t["supply_components"].height
    assert made["supply_outages"]["racks_dark"].max() == 0
    assert made["supply_outages"]["loading_worst"].null_count() == 0
    found = made["supply_outages"].select("component_id", "racks_dark_next", "next_id").drop_nulls().sort("racks_dark_next", "component_id")
    for one, dark, other in (found.row(0), found.row(-1)):  # the least and the most that a second outage does, by the load flow of the pair
        pair = supply_study.run(t, [one, other])["supply_results"]
        assert pair.filter(question="racks_dark")["value"].item() == dark
    told = dict(made["supply_results"].select("question", "note").iter_rows())
    assert made["supply_availabilities"]["is_exact"].any() != ("simulated alone" in told["downtime"])


def test_trays_get_from_dc_shelves_what_ac_shelves_give_them() -> None:
    """Efficiency inside racks is trays over what DC shelves draw: by the facts of the two shelves that of the design times 98.0 over 97.5 %."""
    t = hall(variant="dc-800v")
    made = supply_study.run(t)["supply_results"]
    inside = made.filter(question="efficiency_in_racks")["value"].item()
    own = t["designs"].filter(pl.col("efficiency").is_not_null() & (pl.col("racks") > 0))
    assert inside == pytest.approx(own["efficiency"].item() * 0.980 / 0.975, rel=1e-6)
    both = {q: made.filter(question=q)["value"].item() for q in ("efficiency_grid_to_racks", "efficiency_grid_to_chip")}
    assert both["efficiency_grid_to_chip"] == pytest.approx(both["efficiency_grid_to_racks"] * inside)
