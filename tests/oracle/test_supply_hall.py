"""Whole halls from spec to load flow against pandapower, and against bounds anyone can work out.

Peer: pandapower (Newton-Raphson, transformers as pi), given the same tables. Tolerance 1e-9 p.u. in voltage, 1e-9 in loading by current.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.sim.power.supply_peers import Pandapower, drawn, in_service
from tests.sim.power.supply_peers import one_case as ours

from rackwright.catalog.loader import Catalog
from rackwright.flow.hall import compile_hall
from rackwright.rules.red import racks_dark_after_loss
from rackwright.schema.tables import Tables
from rackwright.sim.power import supply_study
from rackwright.sim.power.availability_study import RATES
from rackwright.sim.power.supply_carry import HOLD_UP_S

pytestmark = pytest.mark.oracle

HALLS = Path(__file__).resolve().parents[2] / "examples" / "halls"
BARE = "power={redundancy: 4-to-make-3, busway: generic/busway-1000a}"
"""The chain of the example without its UPS, which the peer does not have."""


@pytest.fixture(scope="module")
def gb200() -> Tables:
    return compile_hall(str(HALLS / "gb200-superpod-2su.yaml"), as_of="2026-01-01", sets=[BARE]).tables


@pytest.fixture(scope="module")
def alone() -> Tables:
    """Without generators: the peer has one source."""
    return compile_hall(str(HALLS / "gb200-superpod-2su.yaml"), as_of="2026-01-01", sets=[BARE, "power.generators=none"]).tables


@pytest.fixture(scope="module")
def h100() -> Tables:
    return compile_hall(str(HALLS / "h100-superpod-1su.yaml"), as_of="2026-01-01").tables


def component(t: Tables, name: str) -> int:
    return t["supply_components"].filter(name=name)["component_id"].item()


@pytest.mark.parametrize("out", [None, "H01-1A transformer", "H01 run 1B busway section 1", "service 2"])
def test_hall_equals_pandapower(alone: Tables, out: str | None) -> None:
    """Voltages of every node and loading of every rated branch, in service and with components out."""
    s = supply_study.supply_of(alone)
    lost = [component(alone, out)] if out else []
    flow, mine, states = ours(s, lost)
    peer = Pandapower(s)
    peer.case(in_service(s, flow.ways), drawn(s, flow.ways.feed_live[:, 0]))
    peer.run()
    volts, loading = peer.voltages(), peer.loading()
    assert np.abs(mine - volts).max() < 1e-9
    rated = np.flatnonzero(~np.isnan(loading) & ~np.isnan(s.current_rated_a) & in_service(s, flow.ways))
    assert rated.size >= (50 if out == "service 2" else 70)  # half of the racks' feeds are dead without a service
    assert np.abs(states.loading_i[rated, 0] - loading[rated]).max() < 1e-9


def test_every_watt_is_accounted_for(h100: Tables) -> None:
    """With UPS: what the utility gives is what the racks take and the branches lose, to 1e-9; what goes into a node comes out of it."""
    states = h100["supply_branches"].join(h100["supply_branch_states"], on="branch_id")
    grid, racks = states.filter(kind="source")["power_w"].sum(), h100["supply_feeds"]["power_w"].sum()
    assert grid == pytest.approx(racks + states["loss_w"].sum(), rel=1e-9)
    into = states.group_by("b_node_id").agg(given=(pl.col("power_w") - pl.col("loss_w")).sum())
    out = states.group_by("a_node_id").agg(taken=pl.col("power_w").sum())
    both = into.join(out, left_on="b_node_id", right_on="a_node_id")
    assert both.height > 30
    assert (both["given"] - both["taken"]).abs().max() < 1e-6 * grid


def test_ups_loses_what_its_curve_says(h100: Tables) -> None:
    """Between the points of 25 and 50 % the loss is on the straight line between theirs."""
    ups = h100["supply_branches"].filter(kind="ups").join(h100["supply_branch_states"], on="branch_id").row(0, named=True)
    rated, out = ups["power_rated_va"], ups["power_w"] - ups["loss_w"]
    assert 0.25 < out / rated < 0.5
    loss = np.interp(out / rated, [0.25, 0.5], [0.25 * (1 / 0.955 - 1), 0.5 * (1 / 0.968 - 1)]) * rated
    assert ups["loss_w"] == pytest.approx(loss, rel=1e-9)


@pytest.mark.parametrize("name", ["gb200", "h100"])
def test_nothing_goes_dark_and_nothing_is_over(name: str, request: pytest.FixtureRequest) -> None:
    """One out: sized for it, so no rack is dark, no rating passed; two boards of one distributed group: some racks are."""
    t: Tables = request.getfixturevalue(name)
    made = supply_study.run(t)
    outages = made["supply_outages"]
    assert outages["racks_dark"].max() == 0
    assert outages["branches_over"].max() == 0
    board = outages.filter(pl.col("component_id") == component(t, "H01-1A board"))
    assert board["racks_dark_next"].item() > 0
    assert board["loading_worst"].item() > made["supply_branch_states"]["loading_power"].max()


def test_utility_lost_and_no_generators(alone: Tables, gb200: Tables) -> None:
    """Everything is dark without the utility; with generators nothing is, after their start."""
    utility = supply_study.run(alone)["supply_outages"].row(component(alone, "utility"), named=True)
    assert utility["racks_dark"] == alone["hall_racks"].height
    utility = supply_study.run(gb200)["supply_outages"].row(component(gb200, "utility"), named=True)
    assert (utility["racks_dark"], utility["transfer_s"]) == (0, 10.0)


def test_reserve_takes_over_a_block() -> None:
    """Block redundant: a lost transformer's block is fed by the reserve; what hangs on one busway is dark when that is lost."""
    sets = [BARE, "power.redundancy=block", "power.generators=none"]
    t = compile_hall(str(HALLS / "gb200-superpod-2su.yaml"), as_of="2026-01-01", sets=sets).tables
    found = supply_study.run(t)
    made = found["supply_outages"]
    assert racks_dark_after_loss.check(t.put(found)).is_empty()
    bad = made.with_columns(racks_dark=pl.when(pl.col("component_id") == component(t, "H01-1A board")).then(8).otherwise("racks_dark"))
    assert racks_dark_after_loss.check(t.put(found | {"supply_outages": bad}))["subject"].to_list() == ["H01-1A board"]
    for name in ("H01-1A transformer", "H01-1A board", "H01-1A output", "H01 room 1A"):
        lost = made.row(component(t, name), named=True)
        assert (lost["racks_dark"], lost["transfer_s"]) == (0, 0.004), name
    assert made.row(component(t, "H01-1A load board"), named=True)["racks_dark"] > 0
    assert made.row(component(t, "H01 run 1A busway section 1"), named=True)["racks_dark"] > 0


def test_fault_level_at_a_transformer_by_hand(gb200: Tables) -> None:
    """Grid with c, feeder, transformer with K_T, all in series by hand at 415 V: to 1e-9."""
    made = supply_study.run(gb200)["fault_levels"]
    at = gb200["supply_nodes"].filter(name="H01-1A terminals")["node_id"].item()
    by = {k: gb200["supply_branches"].filter(pl.col("name").str.contains(n)).row(0, named=True) for k, n in
          (("source", "service 1"), ("line", "H01-A medium"), ("unit", "H01-1A transformer"))}  # fmt: skip
    z = {k: complex(r["resistance_ohm"], r["reactance_ohm"]) for k, r in by.items()}
    ratio = (415 / 13800) ** 2
    unit = by["unit"]
    k_t = 0.95 * 1.10 / (1 + 0.6 * unit["reactance_ohm"] * unit["power_rated_va"] / 415**2)
    total = (1.10 * z["source"] + z["line"]) * ratio + k_t * z["unit"]
    assert made.filter(node_id=at)["current_max_a"].item() == pytest.approx(1.10 * 415 / np.sqrt(3) / abs(total), rel=1e-9)


def test_a_power_supply_of_orv3_holds_up_for_60_j() -> None:
    """OCP deck of Delta and Advanced Energy (power.md section 5): 3 kW for 20 ms are 60 J; and 20 ms is what racks without batteries ride through."""
    part = Catalog().part("ocp/orv3-psu-3kw")
    power, hold_up = part.number("power_rated"), part.number("hold_up")
    assert power is not None
    assert hold_up is not None
    assert power * hold_up == pytest.approx(60.0, rel=1e-12)
    assert hold_up == HOLD_UP_S


def test_who_carries_until_generators_start(h100: Tables) -> None:
    """Utility lost: a UPS of 300 s at its rating, longer below it, carries the racks through the 10 s to the generators; without UPS only their
    20 ms do, which is too short."""
    with_ups = supply_study.run(h100)
    utility = with_ups["supply_outages"].row(0, named=True)
    ups = h100["supply_branches"].filter(kind="ups", rank=0).join(with_ups["supply_branch_states"], on="branch_id")
    out, full = pl.col("power_w") - pl.col("loss_w"), pl.col("power_rated_va") / pl.col("efficiency_100")
    lasts = ups.select(pl.col("ride_through_s") * full / (out + pl.col("loss_w")))["ride_through_s"].min()
    assert (utility["transfer_s"], utility["is_carried"]) == (10.0, True)
    assert ups["ride_through_s"].max() < utility["carry_s"] == pytest.approx(lasts, rel=2e-3)  # a rack's power factor is 0.98 or better
    answers = dict(with_ups["supply_results"].select("question", "value").iter_rows())
    assert answers["outages_not_carried"] == 0
    assert answers["loss_annual"] == pytest.approx(8.76 * answers["loss"], rel=1e-12)
    bare = h100.put({"supply_branches": h100["supply_branches"].with_columns(ride_through_s=pl.lit(None, pl.Float64))})
    without = supply_study.run(bare)
    utility = without["supply_outages"].row(0, named=True)
    assert (utility["carry_s"], utility["is_carried"]) == (0.02, False)
    # Losses of the utility, 2 a year, and of the service on which two of three paths hang stop racks for 10 s; with the UPS none does.
    assert utility["racks_stopped"] == h100["supply_feeds"]["rack_id"].n_unique()
    assert (without["supply_outages"]["racks_stopped"] > 0).to_list() == (~without["supply_outages"]["is_carried"]).to_list()
    bare_answers = dict(without["supply_results"].select("question", "value").iter_rows())
    stops = without["supply_outages"].join(h100["supply_components"], on="component_id").filter(pl.col("racks_stopped") > 0)
    assert stops["kind"].to_list() == ["grid", "source"]
    often = 2 + RATES["source"][0] * stops["racks_stopped"][1] / stops["racks_stopped"][0]
    assert bare_answers["downtime_transfers"] == pytest.approx(often * 10 / 60, rel=1e-9)
    assert bare_answers["interruptions"] == pytest.approx(often + answers["interruptions"], rel=1e-3)
    assert answers["downtime_transfers"] == 0
    lost = (bare_answers["downtime"] + bare_answers["downtime_transfers"]) / 525600
    assert bare_answers["availability"] == pytest.approx(1 - lost, rel=1e-12)
