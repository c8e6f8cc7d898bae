"""Settings by position, sets of modules as one device, closed ties: small halls from spec to tables."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest

from rackwright.flow.hall import compile_hall
from rackwright.rules.rule import all_rules, judge
from rackwright.rules.supply import HALL, RACK
from rackwright.schema.tables import Tables, frame
from rackwright.sim.power import supply_results, supply_study


@cache
def built(power: str) -> Tables:
    with TemporaryDirectory() as folder:
        spec = Path(folder) / "hall.yaml"
        spec.with_name("rack.yaml").write_text(RACK, encoding="utf-8")
        spec.write_text(f"{HALL}power: {power}\n", encoding="utf-8")
        return compile_hall(str(spec), as_of="2026-01-01").tables


def device(t: Tables, name: str) -> dict[str, float]:
    return t["supply_devices"].filter(name=name).row(0, named=True)


def test_breakers_that_wait_are_graded_by_position() -> None:
    """Feeder, bypass and main breaker take the first three short times of the dial; bypass and feeder are selective, and so are feeder and whips."""
    t = built("{redundancy: 2N, ups: generic/ups-module-250kw}")
    names = ("H01 run 1A feeder", "H01-1A bypass", "H01-1A main breaker")
    assert [device(t, n)["short_time_s"] for n in names] == [0.1, 0.2, 0.3]
    pairs = t["supply_device_pairs"].join(t["supply_devices"].select("device_id", up="name"), left_on="a_device_id", right_on="device_id")
    below = pairs.filter(pl.col("up").str.contains("bypass|feeder$") & ~pl.col("up").str.contains("medium"))
    assert below.height > 10
    assert below["is_selective"].all()
    bypass, feeder = device(t, names[1]), device(t, names[0])
    assert bypass["long_pickup_a"] >= 1.25 * feeder["long_pickup_a"]


def test_long_time_pickup_is_what_the_breaker_protects() -> None:
    """The main breaker at the rated current of its transformer, in steps of a hundredth of its own."""
    t = built("{redundancy: 2N, ups: generic/ups-module-250kw}")
    main = device(t, "H01-1A main breaker")
    amps = t["supply_branches"].filter(name="H01-1A main breaker")["current_rated_a"].item()
    assert amps <= main["long_pickup_a"] < amps + 0.01 * main["current_rated_a"] < main["current_rated_a"]


def test_generator_breaker_opens_on_what_its_generator_goes_on_giving() -> None:
    t = built("{redundancy: 2N, ups: generic/ups-module-250kw}")
    own = device(t, "H01-1A generator")
    assert own["fault_source"] == "generator"
    assert 1.1 * own["short_pickup_a"] < own["fault_min_a"]
    assert own["trip_s"] < 0.5


def test_modules_in_parallel_have_their_devices_once() -> None:
    """N+1: a set and the same set less one are one device, and pairs name it once. Of three main breakers one breaks two thirds."""
    t = built("{redundancy: N+1, modules: 3, generators: common}")
    names = t["supply_devices"]["name"]
    assert names.is_unique().all()
    sets = t["supply_branches"].filter(pl.col("name").str.contains(r", \d+ of \d+$"))
    assert sets.height > 0
    assert names.filter(names.str.contains(r", \d+ of \d+$")).str.contains("generator").all()
    pairs = t["supply_device_pairs"]
    assert pairs.select("a_device_id", "b_device_id").is_unique().all()
    main = device(t, "H01-1A main breaker")
    assert main["quantity"] == 3
    assert main["is_interrupting"] == (main["fault_max_a"] * 2 / 3 <= main["interrupting_a"])


def test_modules_are_no_ways_of_their_own() -> None:
    """The whole study of an N+1 chain with UPS, bypass and common generators: no module lost leaves a rack dark."""
    t = built("{redundancy: N+1, ups: generic/ups-module-250kw, generators: common}")
    found = t.put(supply_study.run(t))
    one = found["supply_outages"].join(found["supply_components"].filter(pl.col("quantity") > 1), on="component_id")
    assert one.height >= 4
    assert one["racks_dark"].to_list() == [0] * one.height


def test_closed_tie_joins_the_faults_of_both_boards() -> None:
    """Two alike boards, tied by what is short beside their transformers: twice the fault, to 3 %; the least one is that of a board alone."""
    closed, open_ = built("{redundancy: 2N, ties: closed}"), built("{redundancy: 2N, ties: open}")
    assert closed["supply_branches"].filter(kind="transformer")["part"].equals(open_["supply_branches"].filter(kind="transformer")["part"])
    board = closed["supply_nodes"].filter(name="H01-1A board")["node_id"].item()
    both, alone = (t["fault_levels"].filter(node_id=board) for t in (closed, open_))
    assert both["current_max_a"].item() == pytest.approx(2 * alone["current_max_a"].item(), rel=0.03)
    assert both["current_min_a"].item() == alone["current_min_a"].item()


def test_case_names_what_is_out() -> None:
    t = built("{redundancy: 2N, ties: open}")
    out = t["supply_components"].filter(pl.col("name").is_in(["H01-1A board", "H01-1A main breaker"]))["component_id"].to_list()
    answer = supply_study.run(t, out)["supply_results"].filter(question="out").row(0, named=True)
    assert answer["value"] == 2
    assert sorted(answer["note"].split(", ")) == ["H01-1A board", "H01-1A main breaker"]


def test_the_breaker_of_a_ups_module_carries_what_it_draws_all_day() -> None:
    """250 kW at full load: 250 kW / 0.967 / 0.99 / (sqrt3 415 V) = 363 A, of which NEC 215.3 asks 125 %, 454 A: the one of 400 A is too small. Its
    long-time pickup is above what it draws, not above the 348 A that it gives."""
    own = device(built("{redundancy: 2N, ups: generic/ups-module-250kw}"), "H01-1A UPS")
    drawn = 250e3 / 0.967 / 0.99 / (3**0.5 * 415)
    assert 1.25 * drawn <= own["current_rated_a"] <= 630
    assert own["long_pickup_a"] >= drawn


def test_a_broken_making_capacity_is_told_as_such() -> None:
    """IEC 60947-2 table 2: 2.2 times a breaking capacity above 50 kA, 2.1 times one of 20 to 50 kA."""
    t = built("{redundancy: 2N, ups: generic/ups-module-250kw}")
    low = t["supply_devices"].filter(pl.col("making_a").is_not_null())
    assert low["making_a"].to_list() == pytest.approx([x * (2.2 if x > 50e3 else 2.1) for x in low["interrupting_a"].to_list()])
    weak = pl.col("name") == "H01-1A main breaker"
    able = [
        pl.when(weak).then(pl.col("fault_peak_a") - 1000).otherwise("making_a").alias("making_a"),
        pl.when(weak).then(pl.lit("making")).alias("lacks"),
        (~weak).alias("is_interrupting"),
    ]
    found = judge(t.put({"supply_devices": t["supply_devices"].with_columns(able)}), [r for r in all_rules() if r.code == "PWR412"], "2026-01-01")
    (message,) = found["message"].to_list()
    assert "may close on to a peak of" in message
    assert "and make" in message
    assert message.endswith("the `H01-1A main breaker` the worst")


def test_with_a_service_lost_a_weak_one_leaves_ups_on_battery_and_then_racks_dark() -> None:
    """One service of 11 A at 13.8 kV carries half of the load at 86 %, in the window of the UPS; all of it does not fit in: V (1 - V) is twice 0.86 x
    0.14, for which V is about 0.6."""
    t = built("{redundancy: 2N, generators: none, ups: generic/ups-module-250kw, utility: {fault_current: 11 A}}")
    assert t["supply_branch_states"]["battery_s"].null_count() == t["supply_branch_states"].height
    lost = t["supply_components"].filter(name="service 1")["component_id"].to_list()
    answers = {r["question"]: r["value"] for r in supply_study.run(t, lost)["supply_results"].iter_rows(named=True)}
    assert answers["racks_dark"] == answers["racks_low"] == 10
    assert answers["low_after"] >= 300  # the UPS is loaded to a part of its rating


def test_racks_that_the_voltage_leaves_dark_count_until_it_is_mended() -> None:
    """10 of 20 racks, twice a year for half a thousandth of the time: once a year for a mean rack, and 8,760 h x 60 x 0.0005 / 2 = 131.4 min."""
    outage = {"component_id": 3, "racks_dark": 10, "load_dark_w": 1.0, "branches_over": 0, "racks_low": 10, "low_s": 300.0}
    failing = {"component_id": 3, "failures_per_year": 2.0, "repair_h": 2.19, "unavailability": 0.0005, "minutes_per_year": 0.0, "share": 0.0}
    t = Tables({"supply_outages": frame("supply_outages", [outage]), "supply_contributions": frame("supply_contributions", [failing])})
    assert supply_results._low(t, 20) == (pytest.approx(1.0), pytest.approx(131.4), 3)
