"""Panel schedules of halls added up against the feeds, and what every export of a power chain says where there is none."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import polars as pl
import pytest

from rackwright.export import cells, chain, dps, pandapower_json, panel_schedules, power_grid_model
from rackwright.export.only import ChoiceError, Only, UnknownNameError
from rackwright.flow.hall import compile_hall
from rackwright.flow.pipeline import compile_file
from rackwright.schema.tables import Tables

RECEIVERS = {"dps": dps, "pandapower-json": pandapower_json, "panel-schedules": panel_schedules, "power-grid-model": power_grid_model}


@pytest.fixture(scope="module")
def dc(examples: Path) -> Tables:
    """AC busways for switches, DC for the rest."""
    return compile_hall(str(examples.parent / "halls" / "gb200-superpod-2su.yaml"), variant="dc-800v", as_of="2026-01-01").tables


@pytest.fixture(scope="module")
def modular(examples: Path) -> Tables:
    """A UPS of several modules, each with its own breaker."""
    return compile_hall(str(examples.parent / "halls" / "gb200-superpod-2su.yaml"), as_of="2026-01-01").tables


@pytest.fixture(scope="module")
def ups(examples: Path) -> Tables:
    sets = ["power.redundancy=2N", "power.ties=open"]
    return compile_hall(str(examples.parent / "halls" / "h100-superpod-1su.yaml"), as_of="2026-01-01", sets=sets).tables


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


@pytest.mark.parametrize("name", ["dc", "ups"])
def test_every_feed_is_one_circuit_of_a_busway_and_sums_are_those_of_the_feeds(name: str, request: pytest.FixtureRequest):
    t: Tables = request.getfixturevalue(name)
    made, panels = panel_schedules.circuits(t), panel_schedules.panels(t)
    whips = made.filter(pl.col("Rack").is_not_null())
    feeds = t["supply_feeds"].join(t["hall_racks"].select("rack_id", rack="name"), on="rack_id").sort("rack", "feed")
    assert whips.sort("Rack", "Feed").select("Rack", "Feed").rows() == feeds.select("rack", "feed").rows()
    assert whips["Connected, kW"].sum() == pytest.approx(feeds["power_w"].sum() / 1e3, abs=1e-3 * feeds.height)
    kinds = dict(panels.select("Panel", "Kind").iter_rows())
    assert {kinds[p] for p in whips["Panel"]} == {"busway"}
    for phase in ("L1", "L2", "L3"):
        drawn = feeds[f"power_{phase.lower()}_w"].fill_null(0).sum() / 1e3
        assert whips[f"{phase}, kW"].fill_null(0).sum() == pytest.approx(drawn, abs=1e-3 * feeds.height)
    assert panels.filter(pl.col("Kind") == "busway")["Connected, kW"].sum() == pytest.approx(feeds["power_w"].sum() / 1e3, abs=1e-2)
    of_panel = made.group_by("Panel").agg(pl.col("Connected, kW").sum().alias("sum"))
    both = panels.join(of_panel, on="Panel")
    assert both.height == panels.height
    assert both["sum"].to_list() == pytest.approx(both["Connected, kW"].to_list(), abs=2e-2)


def test_circuits_stand_in_the_order_in_which_one_walks_the_busway(dc: Tables):
    made = panel_schedules.circuits(dc)
    for (_, panel), own in made.group_by("Hall", "Panel", maintain_order=True):
        assert own["Circuit"].to_list() == list(range(1, own.height + 1)), panel
        taps = own["Tap at, m"].drop_nulls()
        assert taps.is_sorted(), panel
        ways = own["In service"].to_list()
        assert ways == sorted(ways), panel  # closed before standby
    kinds = [k for k, _ in panel_schedules.panels(dc).group_by("Kind", maintain_order=True)]
    assert [k for (k,) in kinds] == ["switchgear", "switchboard", "UPS output", "busway"]


def test_dc_has_two_poles_and_no_phases(dc: Tables):
    made = panel_schedules.circuits(dc)
    fused = made.filter(pl.col("Breaker or fuse").str.contains("fuse-dc"))
    assert fused.height == 32
    assert fused.select("Poles", "Phases").unique().rows() == [(2, "DC")]
    assert fused["L1, kW"].null_count() == 32
    assert set(made.filter(~pl.col("Breaker or fuse").str.contains("dc"))["Poles"]) == {3}


def test_currents_are_at_the_voltage_of_the_panel(ups: Tables, dc: Tables):
    """Of a transformer at its primary, of a UPS and a sidecar what they draw: by P = sqrt(3) U I cos phi at the voltage there, the same as in the
    table of states and as what the breaker before them carries."""
    for t in (ups, dc):
        made = panel_schedules.circuits(t)
        volts = dict(t["supply_node_states"].select("node_id", "voltage_v").iter_rows())
        kinds = {"transformer", "ups", "rectifier"}
        branches = t["supply_branches"].join(t["supply_branch_states"], on="branch_id").filter(pl.col("kind").is_in(kinds))
        assert branches.height >= 2
        for branch in branches.iter_rows(named=True):
            amps = branch["power_w"] / branch["power_factor"] / 3**0.5 / volts[branch["a_node_id"]]
            assert branch["current_in_a"] == pytest.approx(amps, rel=1e-9)
            for row in made.filter(Name=branch["name"]).iter_rows(named=True):
                assert row["Current, A"] == pytest.approx(amps, abs=0.06)
    states = dict(t["supply_branches"].join(t["supply_branch_states"], on="branch_id").select("name", "current_in_a").iter_rows())
    for upper, lower in (("H01-1A main breaker", "H01-1A UPS"), ("H01 run 2A feeder", "H01 run 2A sidecar")):
        assert states[upper] == pytest.approx(states[lower], rel=1e-9)
    rated = panel_schedules.circuits(ups).filter(Name="H01-1A transformer")
    assert rated["Rating of the circuit, A"].item() == pytest.approx(630e3 / 3**0.5 / 13800, abs=0.1)


def test_breakers_are_those_of_the_protection(dc: Tables, ups: Tables, modular: Tables):
    """One breaker over two cables in parallel is one; of a whip with two cords there are two, of a UPS of five modules five, each as rated."""
    for t in (dc, ups):
        made = panel_schedules.circuits(t).filter(pl.col("Breaker or fuse").is_not_null())
        devices = t["supply_devices"].join(t["supply_branches"].select("branch_id", branch="kind"), on="branch_id")
        assert made.height >= 30
        of_part = {p: t.fact(p, "current_rated") for p in devices["part"].drop_nulls().unique()}
        for row in made.filter(pl.col("Breaker or fuse").is_in(list(of_part))).iter_rows(named=True):
            assert row["Rating of one, A"] == pytest.approx(of_part[row["Breaker or fuse"]]), row["Name"]
        assert dict(devices.select("name", "quantity").iter_rows()).items() >= dict(made.select("Name", "In parallel").iter_rows()).items()
    modules = panel_schedules.circuits(modular).filter(pl.col("Breaker or fuse").is_not_null() & pl.col("Name").str.ends_with("UPS"))
    assert modules["In parallel"].max() > 1
    for part, amps in modules.select("Breaker or fuse", "Rating of one, A").iter_rows():
        assert amps == pytest.approx(modular.fact(part, "current_rated"))
    assert set(panel_schedules.circuits(dc).filter(pl.col("Name").str.contains("AA01 feed . whip"))["In parallel"]) == {2}


def test_a_rack_gets_its_own_way_from_the_utility(ups: Tables):
    chosen = {k: m() for k, m in panel_schedules.files_of(ups, Only(rack=("H01.AA02",)))}
    assert set(chosen) == {"panel-schedules-H01.AA02.csv", "panels-H01.AA02.csv", "panel-schedules-H01.AA02.xlsx"}
    made, whole = rows(chosen["panel-schedules-H01.AA02.csv"]), rows(cells.csv(panel_schedules.circuits(ups)))
    assert [r["Feed"] for r in made if r["Rack"]] == ["A", "B", "C"]
    assert {r["Rack"] for r in made} == {"H01.AA02", ""}
    assert all(r in whole for r in made)  # numbers and loads are those of the whole panel
    assert {r["Panel"] for r in made} == {r["Panel"] for r in rows(chosen["panels-H01.AA02.csv"])}
    with pytest.raises(UnknownNameError):
        dict(panel_schedules.files_of(ups, Only(rack=("H09.AA02",))))
    with pytest.raises(ChoiceError, match="rows or racks"):
        dict(panel_schedules.files_of(ups, Only(cable=("x",))))


def test_the_workbook_holds_what_the_texts_hold(ups: Tables):
    book = openpyxl.load_workbook(io.BytesIO(dict(panel_schedules.files_of(ups, Only()))["panel-schedules.xlsx"]()))
    for sheet, frame in (("Circuits", panel_schedules.circuits(ups)), ("Panels", panel_schedules.panels(ups))):
        values = list(book[sheet].iter_rows(values_only=True))
        assert list(values[0]) == frame.columns
        assert len(values) == frame.height + 1
        assert [v[1] for v in values[1:]] == frame["Panel"].to_list()


@pytest.mark.parametrize("name", ["=1+1", "+A1", "-2+3", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"])
def test_no_cell_is_a_formula(ups: Tables, name: str):
    nodes = ups["supply_nodes"].with_columns(name=pl.when(pl.col("kind") == "board").then(pl.lit(name)).otherwise("name"))
    t = ups.put({"supply_nodes": nodes, "supply_branches": ups["supply_branches"].with_columns(name=pl.lit(name))})
    texts = [m() for k, m in panel_schedules.files_of(t, Only()) if k.endswith(".csv")]
    texts += [m() for k, m in power_grid_model.files_of(t, Only()) if k.endswith(".csv")]
    cells_ = [c for x in texts for r in csv.reader(io.StringIO(x.decode())) for c in r]
    assert "'" + name in cells_
    assert not [c for c in cells_ if c[:1] in "=+-@\t\r" and c]


def test_a_collapsed_chain_still_has_its_panels(ups: Tables):
    """Without a solution there are no currents, and the build goes on."""
    t = ups.put({"supply_node_states": ups["supply_node_states"].with_columns(is_collapsed=pl.col("node_id") == 3)})
    made = panel_schedules.circuits(t)
    assert made["Current, A"].null_count() == made.height
    assert made["Connected, kW"].to_list() == panel_schedules.circuits(ups)["Connected, kW"].to_list()
    assert set(dict(panel_schedules.files(t))) == {"panel-schedules.csv", "panels.csv"}


@pytest.mark.parametrize("receiver", RECEIVERS)
def test_without_a_chain_it_says_why(receiver: str, examples: Path):
    room: Any = RECEIVERS[receiver]
    rack = compile_file(str(examples / "dgx-h100-x4.yaml"), as_of="2026-01-01").tables
    with pytest.raises(ChoiceError, match=f"`{receiver}` is made of the power chain of a hall, and this is a package of one rack"):
        dict(room.files_of(rack, Only()))
    hall = rack.put({"halls": pl.DataFrame({"hall_id": [0]})})
    with pytest.raises(ChoiceError, match=r"this hall has none: give its spec a section such as `power: \{redundancy: 2N\}`"):
        dict(room.files_of(hall, Only()))
    assert not dict(panel_schedules.files(hall))


@pytest.mark.parametrize("receiver", [x for x in RECEIVERS if x != "panel-schedules"])
def test_a_network_is_made_of_a_whole_hall(ups: Tables, receiver: str):
    room: Any = RECEIVERS[receiver]
    with pytest.raises(ChoiceError, match=f"`{receiver}` is made of a whole hall"):
        dict(room.files_of(ups, Only(rack=("H01.AA02",))))
    first, second = ({k: m() for k, m in room.files_of(ups, Only())} for _ in range(2))
    assert first == second


def test_a_rack_with_a_dead_feed_draws_from_the_others_or_not_at_all(ups: Tables):
    """By the rule of the load flow: shared by the live feeds, nothing where fewer live than the rack needs."""
    feeds = ups["supply_feeds"].sort("feed_id")
    rack = feeds.filter(pl.col("feeds_needed") == 2, pl.len().over("rack_id") == 3).row(0, named=True)["rack_id"]
    own = feeds.filter(rack_id=rack)
    for dead, expected in ((1, own["power_w"].sum() / 2), (2, 0.0)):
        lost = own["node_id"].to_list()[:dead]
        states = ups["supply_node_states"].with_columns(voltage_v=pl.when(pl.col("node_id").is_in(lost)).then(0.0).otherwise("voltage_v"))
        load = chain.in_service(ups.put({"supply_node_states": states})).load_va.real[own["node_id"].to_numpy()]
        assert load.tolist() == pytest.approx([0.0] * dead + [expected] * (3 - dead))
    assert np.isclose(chain.in_service(ups).load_va.real.sum(), feeds["power_w"].sum())
