"""The power network of small hand-made racks: what hangs on what, with which ratings, and which cases are gone through."""

from __future__ import annotations

from math import sqrt
from typing import Any

import polars as pl
import pytest

from rackwright.build.feed import feed
from rackwright.schema.check import violations
from rackwright.schema.tables import Tables, frame
from rackwright.sim.power.load_flow import run
from rackwright.spec.rack import RackSpec

FACTS: dict[str, dict[str, float | str]] = {
    "t/frame": {"height": 2300},
    "t/shelf": {
        "psu_count": 6,
        "psu_rated": 5500,
        "psu_redundant": 1,
        "output_voltage": 50.5,
        "droop_voltage": 0.5,
        "efficiency": 0.975,
        "power_factor": 0.98,
        "clip_current_rated": 700,
        "input_breaker": 60,
    },
    "t/bar": {"voltage_nominal": 50, "voltage_min": 47.5, "current_rated": 1400, "resistance_per_m": 2e-5},
    "t/tray": {"clip_current_rated": 150, "supply_voltage_min": 48},
    "t/bbu": {"power_short": 33e3, "time_short": 90, "power_long": 24e3, "time_long": 240},
    "t/switch": {},
    "t/dgx": {"psu_count": 6, "psu_needed": 4, "psu_rated": 3300},
    "t/b200": {"psu_count": 6, "psu_needed": 5, "psu_rated": 3300},
    "t/two": {"psu_count": 2, "psu_rated": 1000, "psu_efficiency": 0.9},
    "t/pdu": {"voltage": 415, "breaker": 60, "power_rated": 34.5e3},
    "t/whip": {"resistance_per_m": 0.0013, "current_rated": 60},
    "t/cord": {"resistance_per_m": 0.005, "current_rated": 16, "lengths": "2 1"},
}
FACTS["t/twin"] = FACTS["t/shelf"] | {"input_count": 2}
FACTS["t/plain"] = FACTS["t/shelf"] | {"psu_redundant": 0}
Device = tuple[str, str, str, float, float, str | None]


def device(name: str, part: str, role: str, z_mm: float, watts: float = 0.0, feed_name: str | None = None) -> Device:
    return name, part, role, z_mm, watts, feed_name


def rack(devices: list[Device], redundancy: str = "N+1", feeds: tuple[str, ...] = ("A", "B"), **power: str) -> Tables:
    """`devices` through `feed` and the load flow; each 40 mm high, in units unless it is a PDU."""
    spec = RackSpec.model_validate(
        {
            "rack": "test",
            "frame": "t/frame",
            "trays": {"compute": {"part": "t/tray"}},
            "power": {"redundancy": redundancy, "feeds": list(feeds), "whip": "t/whip", "cord": "t/cord", **power},
        }
    )
    t = Tables(
        {
            "spans": frame(
                "spans", [{"src": i, "file": "r.yaml", "line": i + 1, "column": 1, "end_line": i + 1, "end_column": 2, "path": ""} for i in range(9)]
            ),
            "inputs": frame(
                "inputs",
                [{"path": f"power.{p}", "text": "", "origin": "written", "description": "", "src": 4} for p in ("busbar", "feeds")],
            ),
            "parts": frame("parts", [{"part": p, "kind": "x", "title": p, "maker": "test", "src": 0} for p in FACTS]),
            "part_facts": frame(
                "part_facts",
                [
                    {
                        "part": p,
                        "fact": f,
                        "value": v if isinstance(v, int | float) else None,
                        "text": str(v),
                        "source": "test",
                        "source_date": "2026-01-01",
                        "confidence": "read",
                    }
                    for p, facts in FACTS.items()
                    for f, v in facts.items()
                ],
            ),
            "racks": frame(
                "racks", [{"rack_id": 0, "name": "test", "part": "t/frame", "height_units": 44, "unit_mm": 48.0, "base_mm": 90.0, "src": 0}]
            ),
            "devices": frame(
                "devices",
                [
                    {
                        "device_id": i,
                        "name": n,
                        "group": role,
                        "rack_id": 0,
                        "part": p,
                        "kind": "x",
                        "role": role,
                        "feed": f,
                        "height_u": 0 if role == "pdu" else 1,
                        "is_rear": False,
                        "is_derived": False,
                        "z_mm": z,
                        "width_mm": 500.0,
                        "depth_mm": 800.0,
                        "height_mm": 40.0,
                        "mass_kg": 1.0,
                        "power_max_w": w,
                        "heat_liquid_w": 0.0,
                        "heat_air_w": 0.0,
                        "air_flow_m3_s": 0.0,
                        "src": 1,
                    }
                    for i, (n, p, role, z, w, f) in enumerate(devices)
                ],
            ),
        }
    )
    t = t.put(feed(spec, t))
    t = t.put(run(t))
    assert violations(t) == []
    return t


def branch(t: Tables, name: str) -> dict[str, Any]:
    rows = t["power_branches"].filter(name=name)
    assert rows.height == 1, (name, t["power_branches"]["name"].to_list())
    return rows.row(0, named=True)


def state(t: Tables, case: str, name: str) -> dict[str, Any]:
    """State of a branch in a case."""
    rows = (
        t["power_cases"]
        .filter(name=case)
        .join(t["power_branch_states"], on="case_id")
        .join(t["power_branches"].filter(name=name).select("branch_id"), on="branch_id")
    )
    return rows.row(0, named=True)


def case(t: Tables, name: str) -> dict[str, Any]:
    return t["power_cases"].filter(name=name).join(t["power_case_states"], on="case_id").row(0, named=True)


def required(t: Tables) -> set[str]:
    return set(t["power_cases"].filter("is_required")["name"])


SHELVES = [device(f"power-shelf-{i + 1}", "t/shelf", "power", 1000.0 + 50 * i, feed_name="AB"[i % 2]) for i in range(4)]
TRAYS = [device(f"compute-{i + 1}", "t/tray", "compute", 200.0 + 50 * i, 6000.0) for i in range(6)]
DIRECT = {"shelf": "t/shelf", "busbar": "t/bar"}


def test_shelves_feed_trays_over_the_busbar() -> None:
    t = rack([*TRAYS, *SHELVES], **DIRECT)
    assert t["power_nodes"].group_by("kind").len().sort("kind").rows() == [("busbar", 10), ("feed", 2), ("load", 6), ("shelf", 8)]
    assert t["power_branches"].group_by("kind").len().sort("kind").rows() == [("busbar", 9), ("clip", 10), ("shelf", 4), ("whip", 4)]
    section = branch(t, "busbar 470-1020")
    assert (section["resistance_ohm"], section["current_rated_a"], section["src"]) == (pytest.approx(2e-5 * 0.55), 1400, 4)
    shelf = branch(t, "power-shelf-2")
    assert (shelf["power_rated_w"], shelf["source_v"], shelf["efficiency"], shelf["feed"]) == (33e3, 50.5, 0.975, "B")
    assert shelf["resistance_ohm"] == pytest.approx(0.5 / 660)
    whip = branch(t, "whip A power-shelf-1")
    assert (whip["breaker_a"], whip["current_rated_a"], whip["power_factor"]) == (60, 60, 0.98)
    assert whip["resistance_ohm"] == pytest.approx(0.0013 * (3.0 + (2300 - 1020) / 1000))
    assert branch(t, "clip compute-1")["current_rated_a"] == 150
    least = t["power_nodes"].filter(pl.col("voltage_min_v").is_not_null()).group_by("kind").agg(pl.col("voltage_min_v").first()).sort("kind").rows()
    assert least == [("busbar", 47.5), ("load", 48.0), ("shelf", 47.5)]


def test_currents_of_whip_shelf_and_tray() -> None:
    t = rack([*TRAYS, *SHELVES], **DIRECT)
    shelf, whip = state(t, "normal", "power-shelf-1"), state(t, "normal", "whip A power-shelf-1")
    assert whip["power_b_w"] == pytest.approx(shelf["power_b_w"] / 0.975, rel=1e-12)
    assert whip["loss_w"] == pytest.approx(3 * branch(t, "whip A power-shelf-1")["resistance_ohm"] * whip["current_a"] ** 2, rel=1e-9)
    volts = t["power_node_states"].filter(case_id=0).join(t["power_nodes"], on="node_id").filter(name="power-shelf-1")["voltage_v"][0]
    assert whip["current_a"] == pytest.approx(whip["power_b_w"] / (sqrt(3) * volts * 0.98), rel=1e-12)
    assert 414 < volts < 415
    assert state(t, "normal", "clip compute-1")["power_b_w"] == pytest.approx(6000)
    assert shelf["loading"] == pytest.approx(shelf["power_b_w"] / 33e3)


def test_two_inputs_share_a_shelf() -> None:
    t = rack([*TRAYS, device("power-shelf-1", "t/twin", "power", 1000.0, feed_name="A")], **DIRECT)
    one, two = (state(t, "normal", f"whip A power-shelf-1 input {i}") for i in (1, 2))
    assert one["current_a"] == two["current_a"] > 0
    assert one["power_b_w"] + two["power_b_w"] == pytest.approx(state(t, "normal", "power-shelf-1")["power_a_w"], rel=1e-12)


def test_lost_feeds_shelves_and_psus_are_gone() -> None:
    t = rack([*TRAYS, *SHELVES], **DIRECT)
    for lost, alive, gone in (("feed A lost", "power-shelf-2", "power-shelf-1"), ("shelf power-shelf-2 lost", "power-shelf-1", "power-shelf-2")):
        assert state(t, lost, gone) | {"loading": None} == state(t, lost, gone)
        assert state(t, lost, gone)["current_a"] == state(t, lost, f"clip {gone}")["current_a"] == 0
        assert state(t, lost, alive)["current_a"] > state(t, "normal", alive)["current_a"]
    assert (case(t, "normal")["capacity_w"], case(t, "feed A lost")["capacity_w"]) == (132e3, 66e3)
    psu = case(t, "one PSU per shelf lost")
    assert psu["capacity_w"] == pytest.approx(4 * 27.5e3)
    assert psu["loading_max"] == pytest.approx(
        max(state(t, "one PSU per shelf lost", f"power-shelf-{i}")["power_b_w"] for i in (1, 2, 3, 4)) / 27.5e3
    )
    assert psu["voltage_min_v"] < case(t, "normal")["voltage_min_v"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("N", {"normal"}),
        ("N+1", {"normal", *(f"shelf power-shelf-{i} lost" for i in (1, 2, 3, 4)), "one PSU per shelf lost"}),
        ("2N", {"normal", "feed A lost", "feed B lost", *(f"shelf power-shelf-{i} lost" for i in (1, 2, 3, 4)), "one PSU per shelf lost"}),
    ],
)
def test_the_redundancy_word_says_which_cases_must_be_survived(word: str, expected: set[str]) -> None:
    assert required(rack([*TRAYS, *SHELVES], word, **DIRECT)) == expected


def test_n_plus_2_goes_through_every_pair() -> None:
    t = rack([*TRAYS, *SHELVES], "N+2", **DIRECT)
    pairs = t["power_cases"].filter(pl.col("lost_also_id").is_not_null())
    assert (pairs.height, pairs["is_required"].all()) == (6, True)
    assert case(t, "shelves power-shelf-1 and power-shelf-3 lost")["capacity_w"] == 66e3
    assert state(t, "shelves power-shelf-1 and power-shelf-3 lost", "power-shelf-3")["current_a"] == 0


def test_one_psu_per_shelf_is_required_only_where_shelves_have_a_spare_one() -> None:
    t = rack([*TRAYS, device("power-shelf-1", "t/plain", "power", 1000.0, feed_name="A")], **DIRECT)
    assert "one PSU per shelf lost" not in required(t)


def test_2n_is_judged_by_the_feed_although_half_the_shelves_would_do_by_count() -> None:
    """Three shelves on feed A, one on B: 99 kW are left if B goes, 33 kW if A goes. Counting shelves would call that 2N for 60 kW."""
    lopsided = [(n, p, r, z, w, "B" if i == 3 else "A") for i, (n, p, r, z, w, _) in enumerate(SHELVES)]
    heavy = [(n, p, r, z, 10_000.0, f) for n, p, r, z, _, f in TRAYS]
    t = rack([*heavy, *lopsided], "2N", **DIRECT)
    assert case(t, "feed B lost")["loading_max"] < 1 < case(t, "feed A lost")["loading_max"]
    assert case(t, "feed A lost")["is_solved"]


def test_batteries_carry_the_busbar() -> None:
    packs = [device(f"battery-{i}", "t/bbu", "battery", 1500.0 + 50 * i) for i in range(2)]
    t = rack([*TRAYS, *SHELVES, *packs], **DIRECT)
    dc = sum(state(t, "normal", f"power-shelf-{i}")["power_b_w"] for i in (1, 2, 3, 4))
    assert case(t, "normal")["ride_through_s"] == pytest.approx(240 * 48e3 / dc)
    assert case(rack([*TRAYS, *SHELVES], **DIRECT), "normal")["ride_through_s"] is None


def test_the_busbar_reaches_the_batteries_and_carries_nothing_there() -> None:
    low, high = device("battery-0", "t/bbu", "battery", 0.0), device("battery-1", "t/bbu", "battery", 1900.0)
    without, t = rack([*TRAYS, *SHELVES], **DIRECT), rack([low, *TRAYS, *SHELVES, high], **DIRECT)
    bar = t["power_nodes"].filter(pl.col("kind") == "busbar")["z_mm"]
    assert (bar.min(), bar.max()) == (20.0, 1920.0)
    ends = t["power_branches"].filter((pl.col("kind") == "busbar") & pl.col("name").str.contains(r" 20-|-1920$"))
    flows = ends.join(t["power_branch_states"].filter(pl.col("case_id") == 0), on="branch_id")["current_a"]
    assert flows.to_list() == pytest.approx([0, 0], abs=1e-6)
    assert case(t, "normal")["loss_w"] == pytest.approx(case(without, "normal")["loss_w"], rel=1e-9)


def test_a_lost_only_feed_leaves_everything_dark_and_batteries_running() -> None:
    t = rack(
        [*TRAYS[:5], device("power-shelf-1", "t/shelf", "power", 1000.0, feed_name="A"), device("battery-1", "t/bbu", "battery", 1500.0)],
        feeds=("A",),
        **DIRECT,
    )
    lost = case(t, "feed A lost")
    assert (lost["is_solved"], lost["load_dark_w"], lost["capacity_w"], lost["loading_max"], lost["voltage_min_v"]) == (False, 30e3, 0, None, None)
    assert 90 < lost["ride_through_s"] < 240


PDUS = [device(f"pdu-{f}", "t/pdu", "pdu", 100.0, feed_name=f) for f in "ABC"]
AC = {"pdu": "t/pdu"}


def test_six_power_supplies_are_dealt_over_three_pdus() -> None:
    boxes = [device(f"dgx-{i}", "t/dgx", "compute", 100.0 + 400 * i, 10_200.0) for i in range(4)]
    t = rack([*boxes, *PDUS], feeds=("A", "B", "C"), **AC)
    cords = t["power_branches"].filter(kind="cord").with_columns(pdu=pl.col("name").str.split(" ").list.get(1))
    assert cords.group_by("device_id", "pdu").len()["len"].to_list() == [2] * 12
    cord = state(t, "normal", "cord pdu-A dgx-0 psu 1")
    assert cord["power_b_w"] == pytest.approx(1700)
    assert cord["current_a"] == pytest.approx(1700 / (415 / sqrt(3)), rel=2e-3)
    assert branch(t, "cord pdu-A dgx-0 psu 1")["resistance_ohm"] == pytest.approx(2 * 0.005 * 1)
    assert state(t, "normal", "whip A pdu-A")["current_a"] == pytest.approx(13_600 / sqrt(3) / 415, rel=5e-3)
    assert branch(t, "whip A pdu-A")["power_rated_w"] == 34.5e3
    assert branch(t, "whip A pdu-A")["resistance_ohm"] == pytest.approx(0.0013 * 3.0)


@pytest.mark.parametrize(("part", "loading"), [("t/dgx", 1.0), ("t/b200", 1.25)])
def test_a_lost_feed_leaves_four_of_six_supplies(part: str, loading: float) -> None:
    """4+2 supplies carry on with four; 5+1 supplies do not, although every PDU and cord has room."""
    t = rack([device("box", part, "compute", 100.0, 10_000.0), *PDUS], "2N", feeds=("A", "B", "C"), **AC)
    assert required(t) >= {"feed A lost", "feed B lost", "feed C lost"}
    lost = case(t, "feed A lost")
    assert lost["loading_max"] == pytest.approx(loading)
    assert state(t, "feed A lost", "cord pdu-A box psu 1")["current_a"] == 0
    assert state(t, "feed A lost", "cord pdu-B box psu 2")["power_b_w"] == pytest.approx(2500)


def test_two_supplies_never_share_a_feed_and_single_ones_spread() -> None:
    pdus = [device(f"pdu-{i}", "t/pdu", "pdu", 100.0, feed_name="AB"[i % 2]) for i in range(3)]
    loads = [device(f"box-{i}", "t/two", "host", 100.0 + 50 * i, 800.0) for i in range(3)]
    loads += [device(f"switch-{i}", "t/switch", "management", 400.0 + 50 * i, 100.0) for i in range(3)]
    t = rack([*loads, *pdus], **AC)
    cords = t["power_branches"].filter(kind="cord").join(t["devices"].select("device_id", load="name", part="part"), on="device_id")
    two = cords.filter(part="t/two").group_by("load").agg(pl.col("feed").n_unique())
    assert two["feed"].to_list() == [2, 2, 2]
    assert cords.filter(part="t/two")["power_rated_w"].unique().to_list() == [pytest.approx(1000 / 0.9)]
    assert case(t, "feed A lost")["load_dark_w"] in (100.0, 200.0)
    assert case(t, "feed A lost")["is_solved"]
    assert t["power_branch_states"].filter(case_id=0).join(t["power_branches"].filter(kind="whip"), on="branch_id")["power_b_w"].min() > 0


def test_outlets_of_a_208_v_rack_are_line_to_line() -> None:
    t = rack([device("box", "t/dgx", "compute", 100.0, 10_200.0), *PDUS], feeds=("A", "B", "C"), supply="208 V", **AC)
    assert t["power_nodes"].filter(name="box")["voltage_nominal_v"][0] == 208
    assert state(t, "normal", "cord pdu-A box psu 1")["current_a"] == pytest.approx(1700 / 208, rel=2e-3)


def test_a_device_without_clip_takes_a_pdu_where_there_is_one_and_the_busbar_where_not() -> None:
    switch = device("switch-1", "t/switch", "management", 600.0, 100.0)
    mixed = rack([*TRAYS, switch, *SHELVES, *PDUS[:2]], **DIRECT, **AC)
    assert mixed["power_branches"].filter(pl.col("name").str.ends_with("switch-1"))["kind"].to_list() == ["cord"]
    assert case(mixed, "normal")["load_dark_w"] == 0
    alone = rack([*TRAYS, switch, *SHELVES], **DIRECT)
    clip = branch(alone, "clip switch-1")
    assert (clip["kind"], clip["current_rated_a"]) == ("clip", None)
    assert case(alone, "normal")["load_w"] == 36_100


def test_without_any_supply_the_load_is_dark() -> None:
    for more in ({}, {"busbar": "t/bar"}):
        t = rack(TRAYS, **more)
        state_of = case(t, "normal")
        assert (state_of["is_solved"], state_of["load_dark_w"], state_of["input_w"]) == (False, 36e3, 0)


def test_an_empty_rack_has_a_normal_case_and_nothing_else() -> None:
    t = rack([])
    assert t["power_cases"]["name"].to_list() == ["normal"]
    assert case(t, "normal")["is_solved"]


def test_an_unplaced_tray_still_counts() -> None:
    t = rack([*TRAYS, *SHELVES], **DIRECT)
    lifted = t.put({"devices": t["devices"].with_columns(z_mm=pl.when(pl.col("device_id") == 0).then(None).otherwise(pl.col("z_mm")))})
    spec = RackSpec.model_validate({"rack": "test", "frame": "t/frame", "trays": {"compute": {"part": "t/tray"}}, "power": dict(DIRECT)})
    again = lifted.put(feed(spec, lifted))
    assert run(again)["power_case_states"]["load_w"][0] == 36e3


def test_device_order_changes_no_voltage() -> None:
    def volts(t: Tables) -> list[tuple[str, float]]:
        return (
            t["power_node_states"]
            .filter(case_id=0)
            .join(t["power_nodes"], on="node_id")
            .select("name", pl.col("voltage_v").round(9))
            .sort("name")
            .rows()
        )

    assert volts(rack([*TRAYS, *SHELVES], **DIRECT)) == volts(rack([*SHELVES[::-1], *TRAYS[::-1]], **DIRECT))
