"""A hall's power chain as tables: places that it stands in, batteries of racks, UPS before busways of switches, sets with one to spare."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from rackwright.base.findings import DesignError
from rackwright.build.hall import supply_cabinets
from rackwright.catalog.loader import Catalog
from rackwright.flow import pipeline
from rackwright.flow.compile import compile_text
from rackwright.flow.hall import compile_hall
from rackwright.rules.pwr import dc_shelves_too_small
from rackwright.schema.supply import PLACES, of_chain, reached
from rackwright.schema.tables import Tables
from rackwright.sim.power import availability_study, supply_study
from rackwright.sim.power.availability import importance, out_of_service, sets_as_one, simulate
from rackwright.sim.power.supply_paths import paths
from rackwright.sim.power.supply_tables import sets_as_one as one_component_each
from rackwright.sim.power.supply_tables import supply_of

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DC = "{redundancy: 2N, busway: generic/busway-1600a, sidecar: ocp/diablo-400"
UPS = "ups: generic/ups-module-250kw"
SHELVES = """\
rack: small
frame: nvidia/mgx-48u
trays: {compute: {part: nvidia/gb200-compute-tray, count: 4}}
power: {supply: 415 V, feeds: [A], redundancy: N+1, shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {coolant: coolant/pg25, supply: 40 degC, rise: 10 K, manifold: manifold/rack-45mm}
"""
SHELF_HALL = """\
hall: small
designs: {gpu: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks: {gpu: {design: gpu, count: 4}}
unit: 4
fabrics: {compute: {topology: rail-optimized, ports: [compute.nic], switch: nvidia/qm9700}}
power: {redundancy: N}
"""


SMALL = """\
hall: small
designs: {gpu: ../racks/gb200-nvl72.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks: {gpu: {design: gpu, count: 4}}
power: {redundancy: N, generators: common}
"""


@cache
def hall(power: str, name: str = "gb200-superpod-2su") -> Tables:
    return compile_hall(str(EXAMPLES / "halls" / f"{name}.yaml"), as_of="2026-01-01", sets=[f"power={power}"]).tables


def within(t: Tables) -> dict[str, set[str]]:
    """Names of what is in each place; tap-off units with their whips aside."""
    names = t["supply_components"].filter(pl.col("kind") != "tap").select("component_id", "name")
    both = t["supply_places"].join(names, on="component_id").join(names, left_on="place_id", right_on="component_id", suffix="_place")
    return {str(place): set(own["name"]) for (place,), own in both.group_by("name_place")}


def test_what_hangs_behind_a_lost_section_is_dark_and_a_tap_takes_its_whip() -> None:
    """One path, so that everything shows: of the racks in a row those from the lost section of busway on are dark."""
    t = hall("{redundancy: N, busway: generic/busway-2500a}")
    made = supply_study.run(t)["supply_outages"].join(t["supply_components"], on="component_id")
    sections = (
        made.filter(kind="busway").with_columns(pl.col("name").str.extract(r"^(.*) busway section (\d+)$", 1).alias("run")).sort("component_id")
    )
    nodes, taps = t["supply_nodes"], t["supply_nodes"].filter(kind="tap")
    assert sections.height > sections["run"].n_unique()
    for (run,), own in sections.group_by("run"):
        mine = t["supply_branches"].filter(kind="busway", component_id=pl.col("component_id")).join(own.select("component_id"), on="component_id")
        racks = taps.filter(pl.col("node_id").is_in(mine["b_node_id"].implode()))["position_mm"].to_numpy()
        first = [1 + 3048 * (int(n) - 1) for n in own["name"].str.extract(r"(\d+)$")]
        assert own["racks_dark"].to_list() == [int((racks >= (0 if x == 1 else x)).sum()) for x in first], run
    whips, tap = made.filter(kind="whip"), made.filter(kind="tap")
    assert whips.height == tap.height == t["supply_feeds"].height
    assert (tap["racks_dark"].to_list(), tap["load_dark_w"].to_list()) == (whips["racks_dark"].to_list(), whips["load_dark_w"].to_list())
    case = supply_study.run(t, [int(tap["component_id"][0])])["supply_results"]
    assert case.filter(question="racks_dark")["value"].item() == tap["racks_dark"][0]
    assert nodes.height == t["supply_node_states"].height


def test_shelves_and_psus_of_racks_are_tried_by_their_designs(tmp_path: Path) -> None:
    """N+1 shelves carry the rack without one, shelves without a spare do not; either is one component for all racks alike."""
    for redundancy, is_dark in (("N+1", False), ("N", True)):
        (tmp_path / "rack.yaml").write_text(SHELVES.replace("N+1", redundancy))
        t = compile_text(SHELF_HALL, "hall.yaml", tmp_path).tables
        own = t["supply_components"].filter(pl.col("kind").is_in(["shelf", "psu"]))
        design = pipeline.compile_file(str(tmp_path / "rack.yaml"), as_of="2026-01-01").tables
        shelves = design["devices"].filter(kind="power-shelf").height
        assert dict(own.select("kind", "quantity").iter_rows()) == {"shelf": 4 * shelves, "psu": 4 * 6 * shelves}
        made = supply_study.run(t)["supply_outages"].join(own, on="component_id")
        power = t["hall_racks"].filter(pl.col("design_id").is_not_null())["power_w"][0]
        shelf = made.filter(kind="shelf").row(0, named=True)
        assert (shelf["racks_dark"], shelf["is_maintainable"]) == ((1, False) if is_dark else (0, True))
        assert shelf["load_dark_w"] == pytest.approx(power if is_dark else 0.0, rel=1e-9)


def test_behind_sidecars_shelves_are_of_dc_and_sidecars_stand_on_free_places() -> None:
    """As many DC shelves as the design has of AC; each sidecar on a place of its own that no rack has; half of the places gone, some have none."""
    t = hall(DC + "}")
    racks = t["hall_racks"].filter(pl.col("design_id").is_not_null()).height
    shelf = t["supply_components"].filter(kind="shelf").row(0, named=True)
    assert (shelf["part"], shelf["quantity"], shelf["load_lost_w"]) == ("generic/dc-shelf-800v-33kw", 8 * racks, 0.0)
    stood = t["supply_cabinets"]
    assert stood.height == t["supply_branches"].filter(kind="rectifier").height
    at = ["hall_id", "row", "position"]
    assert stood.unique(at).height == stood.height
    assert stood.join(t["hall_racks"], on=at).height == 0
    few = pl.DataFrame({"hall_id": [0], "row": [3], "position": [0], "x_mm": [0], "y_mm": [0], "width_mm": [600], "depth_mm": [1200], "faces": [1]})
    asked = pl.DataFrame({"name": ["far", "near"], "node_id": [0, 1], "hall_id": [0, 0], "x_mm": [9e3, 1e3], "y_mm": [0.0, 0.0]})
    made = supply_cabinets.stood([asked], few.cast(pl.Int32), Catalog().part("ocp/diablo-400"), 0)
    assert dict(made.select("name", "row").iter_rows()) == {"far": None, "near": 3}


def test_rates_are_those_of_the_parts_and_of_a_bus_what_is_behind_them() -> None:
    """UPS before each busway: they fail as often as their modules together, what they feed as a bus does, once each."""
    t = hall("{redundancy: 2N, row_ups: generic/ups-module-250kw}")
    found = t["supply_components"].with_columns(rate=pl.Series(availability_study.rates(t)[0]))
    modules = t["supply_branches"].filter(kind="ups")["modules"].sum()
    of_one = t.fact("generic/ups-module-250kw", "failures_per_year") or availability_study.RATES["ups"][0]
    assert found.filter(pl.col("kind") == "ups", pl.col("node_id").is_null())["rate"].sum() == pytest.approx(modules * of_one, rel=1e-12)
    heads = t["supply_branches"].filter(kind="ups")["b_node_id"].unique()
    behind = found.filter(pl.col("node_id").is_in(heads.implode()))
    assert behind.height == len(heads) > 0
    assert behind["rate"].unique().to_list() == [availability_study.RATES["bus"][0]]


def component(t: Tables, name: str) -> int:
    return int(t["supply_components"].filter(name=name)["component_id"].item())


def test_each_path_has_a_room_a_trench_and_a_riser_unless_the_spec_says_other() -> None:
    found = within(hall("{redundancy: 2N, " + UPS + "}"))
    assert set(found) == {f"H01 {kind} {path}" for kind in ("room", "trench", "riser") for path in "AB"}
    assert {"H01-1A board", "H01-1A transformer", "H01-1A generator", "H01-1A UPS", "H01-1A bypass", "H01-A medium-voltage board"} <= found[
        "H01 room A"
    ]
    assert found["H01 trench A"] == {"H01-A medium-voltage feeder"}
    assert all(name.endswith("A feeder") for name in found["H01 riser A"])
    assert not found["H01 room A"] & found["H01 room B"]


def test_places_have_the_names_of_the_spec() -> None:
    """One room for both paths, a trench in two parts of which one is shared, a riser of the whole campus; generators in a yard."""
    t = hall("{redundancy: 2N, generators: common, rooms: {A: E1, B: E1, G: yard}, trenches: {A: [T1, T2], B: T2}, risers: {B: /shaft}}")
    found = within(t)
    assert set(found) == {"H01 room E1", "H01 room yard", "H01 trench T1", "H01 trench T2", "H01 riser A", "riser shaft"}
    assert found["H01 trench T1"] == {"H01-A medium-voltage feeder"}
    assert found["H01 trench T2"] == {"H01-A medium-voltage feeder", "H01-B medium-voltage feeder"}
    assert "H01 generator board" in found["H01 room yard"]
    live = reached(t, t["supply_places"].filter(place_id=component(t, "H01 room E1"))["component_id"].to_numpy())
    assert not live[t["supply_feeds"]["node_id"].to_numpy()].any()


def test_blocks_stand_apart_and_ties_in_both_rooms() -> None:
    found = within(hall("{redundancy: block, " + UPS + "}"))
    assert {"H01 room 1A", "H01 room R"} <= set(found)
    tied = within(hall("{redundancy: 2N, ties: open}"))
    assert "H01-1A tie H01-1B" in tied["H01 room A"] & tied["H01 room B"]


def test_a_path_that_the_redundancy_does_not_have_is_refused() -> None:
    with pytest.raises(DesignError, match="`rooms` names path `C`, and `2N` has `A`, `B`, `G`"):
        hall("{redundancy: 2N, rooms: {C: E3}}")


def test_fire_in_a_room_with_both_paths_takes_all_racks_and_in_one_path_none() -> None:
    shared = supply_study.run(hall("{redundancy: 2N, rooms: {A: E1, B: E1}}"))["supply_outages"]
    t = hall("{redundancy: 2N, rooms: {A: E1, B: E1}}")
    racks = t["supply_feeds"]["rack_id"].n_unique()
    assert shared.filter(component_id=component(t, "H01 room E1"))["racks_dark"].item() == racks
    apart = hall("{redundancy: 2N, rooms: {A: E1, B: E2}}")
    made = supply_study.run(apart)
    kinds = apart["supply_components"].filter(pl.col("kind").is_in(list(PLACES)))
    places = made["supply_outages"].join(kinds.select("component_id"), on="component_id")
    assert places["racks_dark"].to_list() == [0] * 6
    assert places["racks_dark_next"].null_count() == 6
    answers = dict(made["supply_results"].select("question", "value").iter_rows())
    assert answers["places"] == 6
    assert answers["outages"] + 6 == apart["supply_components"].height


def test_racks_bring_their_batteries_and_ride_alone() -> None:
    """Five BBU shelves of HPR in each rack: what the rack's own load flow says, told with every feed, and enough for the generators' 10 s."""
    spec = EXAMPLES / "halls" / "gb200-superpod-2su.yaml"
    sets = ["designs.gpu=../racks/custom-128.yaml", "power={redundancy: 2N}", "fabrics={}"]
    t = compile_hall(str(spec), as_of="2026-01-01", sets=sets).tables
    gpu = t["supply_feeds"].join(t["hall_racks"].select("rack_id", "design_id"), on="rack_id").filter(pl.col("design_id").is_not_null())
    ride = gpu["ride_through_s"].unique()
    assert ride.len() == 1
    assert ride.item() > 60
    made = supply_study.run(t)["supply_outages"].row(0, named=True)
    assert (made["transfer_s"], made["carried_by"], made["is_carried"]) == (10.0, "BBU", True)
    assert made["carry_s"] == pytest.approx(ride.item(), rel=1e-12)


def test_racks_of_switches_have_a_ups_where_the_others_have_sidecars() -> None:
    """`row_ups` stands before every AC busway and nowhere else, as many modules as the racks behind it draw with the other path lost."""
    t = hall(DC + ", row_ups: generic/ups-module-250kw}")
    bare, made = supply_study.run(hall(DC + "}")), supply_study.run(t)
    assert not bare["supply_outages"]["is_carried"].all()
    assert made["supply_outages"]["is_carried"].all()
    ups = t["supply_branches"].filter(kind="ups")
    heads = t["supply_nodes"].filter(pl.col("kind") == "busway", "is_ac")["node_id"]
    assert sorted(ups["b_node_id"].to_list()) == heads.sort().to_list()
    assert made["supply_branch_states"].filter(pl.col("branch_id").is_in(ups["branch_id"].implode()))["loading_worst"].max() <= 0.9


def test_second_module_out_is_in_the_downtime() -> None:
    """N+1: two transformers or main breakers out at once; failures thirtyfold, every rack within 3.3 standard errors of what is drawn module by
    module, and dark for longer by the time that either set is out.
    """
    t = hall("{redundancy: N+1, generators: none}")
    s, (modules, spare) = supply_of(t), availability_study.sets(t)
    assert set(t["supply_components"].filter(pl.col("spare") > 0)["kind"]) == {"transformer", "breaker"}
    failures, repair = availability_study.rates(t)
    often = np.minimum(failures * 30, 60.0)
    p = paths(one_component_each(t, s))
    exact = importance(p, *sets_as_one(often, repair, modules, spare))
    seen = simulate(p, often, repair, 40.0, 40, 7, modules, spare)
    assert (np.abs(seen.unavailability - exact.unavailability) < 3.3 * seen.standard_error).all()
    assert seen.interruptions_per_year.sum() == pytest.approx(exact.interruptions_per_year.sum(), rel=0.05)
    alone = importance(paths(s), often, repair).unavailability
    out = out_of_service(*sets_as_one(often, repair, modules, spare))
    of_set = [out[component(t, f"H01-1A {what}, one of 3")] for what in ("transformer", "main breaker")]
    assert 1 - exact.unavailability == pytest.approx((1 - alone) * (1 - of_set[0]) * (1 - of_set[1]), rel=1e-12)
    assert (exact.unavailability > alone + 1e-6).all()


def test_a_second_module_counts_as_the_next_failure() -> None:
    """N+1 without a bypass to fall back on: one transformer of a set out and one more of it takes the racks of the block."""
    t = hall("{redundancy: N+1, generators: none}")
    made = supply_study.run(t)["supply_outages"].filter(component_id=component(t, "H01-1A transformer, one of 3")).row(0, named=True)
    assert made["racks_dark"] == 0
    assert made["racks_dark_next"] > 0


def test_racks_of_other_voltages_cannot_share_a_chain(tmp_path: Path) -> None:
    """Racks of 415 and 480 V: both designs are named, at the line of the chain."""
    text = (EXAMPLES / "racks" / "gb200-nvl72.yaml").read_text(encoding="utf-8")
    assert "supply: 415 V" in text
    (tmp_path / "other.yaml").write_text(text.replace("supply: 415 V", "supply: 480 V"), encoding="utf-8")
    sets = [f"designs={{gpu: ../racks/gb200-nvl72.yaml, other: {tmp_path / 'other.yaml'}}}", "units={2: {design: other}}", "power={redundancy: 2N}"]
    with pytest.raises(DesignError) as told:
        compile_hall(str(EXAMPLES / "halls" / "campus-1gw.yaml"), as_of="2026-01-01", sets=["halls=1", "racks.gpu.count=114", "unit=38", *sets])
    found = told.value.findings[0]
    assert found.code == "SPC108"
    assert found.message == "one chain cannot feed design `gpu` of 415 V and design `other` of 480 V"


def test_a_set_without_a_spare_fails_as_often_as_its_modules_together() -> None:
    """Of 2N a path's UPS has no module to spare: any one out is the path's UPS out."""
    t = hall("{redundancy: 2N, " + UPS + "}")
    ups = t["supply_branches"].filter(kind="ups").join(t["supply_components"], on="component_id", suffix="_own")
    assert ups["quantity"].to_list() == ups["modules"].to_list()
    assert int(ups["modules"].min() or 0) > 1


def test_dc_whips_carry_their_load_within_continuous() -> None:
    """As many in parallel that the greatest load of a feed is at most `continuous` (0.8 unless given) of what they carry."""
    t = hall(DC + "}")
    whips = t["supply_branches"].filter(kind="whip").join(t["supply_feeds"], left_on="b_node_id", right_on="node_id", suffix="_feed")
    dc = whips.join(t["supply_nodes"].filter(is_ac=False), left_on="b_node_id", right_on="node_id", suffix="_node")
    assert dc.height
    share = dc["power_w"] * 2 / dc["feeds_needed"] / dc["voltage_nominal_v"] / dc["current_rated_a"]
    assert float(share.max() or 9) <= 0.8 + 1e-9  # type: ignore[arg-type]


def test_dc_shelves_say_how_many_feeds_a_rack_needs(tmp_path: Path) -> None:
    """Racks of 26.9 kW with a DC shelf on either feed: of 40 kW either carries them, of 14 kW both are needed, and the sweep agrees."""
    (tmp_path / "rack.yaml").write_text(dc_shelves_too_small.FILES["rack.yaml"])
    for rated, needed in ((40, 1), (14, 2)):
        spec = dc_shelves_too_small.GOOD.replace("40 kW", f"{rated} kW")
        t = compile_text(spec, "hall.yaml", tmp_path).tables
        assert t["supply_feeds"]["feeds_needed"].unique().to_list() == [needed]
        assert ("PWR439" in t["findings"]["code"].to_list()) == (needed > 1)
        out = supply_study.run(t)["supply_outages"].join(t["supply_components"].filter(kind="board"), on="component_id")
        assert out.height
        assert out["racks_dark"].to_list() == [10 if needed > 1 else 0] * out.height


def test_blocks_have_trenches_and_risers_of_their_own_unless_they_are_named() -> None:
    t = hall("{redundancy: block, transformer: generic/transformer-dry-1000kva, " + UPS + "}")
    kinds = t["supply_components"].filter(pl.col("kind").is_in(["riser", "trench"]))
    blocks = t["supply_nodes"].filter(kind="ups").height - 1  # and the reserve
    assert blocks > 1
    assert kinds.group_by("kind").len().sort("kind").rows() == [("riser", blocks + 1), ("trench", blocks + 1)]


def test_one_path_with_common_generators_promises_nothing_about_it() -> None:
    t = compile_text(SMALL, "hall.yaml", EXAMPLES / "halls").tables
    assert t["supply_nodes"].filter(kind="board")["path"].null_count()  # the generators' own
    assert "RED320" not in t["findings"]["code"].to_list()


def test_the_bill_holds_the_chain_once() -> None:
    """Machines by modules, breakers and fuses as devices, sidecars and DC shelves; no bypass for a UPS and no way back for a tie."""
    t = hall(DC + "}")
    bill = dict(t["hall_parts"].filter(of_chain()).group_by("kind").agg(pl.col("quantity").sum()).iter_rows())
    branches, devices = t["supply_branches"], t["supply_devices"].filter(pl.col("kind") != "converter")
    for kind, branch in (("transformer", "transformer"), ("generator", "generator"), ("sidecar", "rectifier"), ("whip", "whip")):
        own = branches.filter(pl.col("part").is_not_null(), kind=branch).unique("component_id")
        assert bill[kind] == own["modules"].sum() > 0
    assert bill["breaker"] + bill["fuse"] == devices["quantity"].sum()
    assert bill["dc-shelf"] == t["supply_components"].filter(kind="shelf", part="generic/dc-shelf-800v-33kw")["quantity"].sum()
    ups = hall("{redundancy: block, transformer: generic/transformer-dry-1000kva, " + UPS + "}")
    own = ups["hall_parts"].filter(kind="ups")["quantity"].sum()
    assert own == ups["supply_branches"].filter(kind="ups")["modules"].sum()
    cost = dict(t["summary"].filter(topic="Cost").select("key", "value").iter_rows())
    assert cost["cost_usd"] == pytest.approx(sum(cost[f"cost_{x}_usd"] for x in ("racks", "switches", "fabrics", "power")))
