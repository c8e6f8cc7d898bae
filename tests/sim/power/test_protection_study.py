"""Settings by position, sets of modules as one device, closed ties: small halls from spec to tables."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest

from rackwright.flow.hall import compile_hall
from rackwright.rules.supply import HALL, RACK
from rackwright.schema.tables import Tables
from rackwright.sim.power import supply_study


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
