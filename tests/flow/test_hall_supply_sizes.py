"""Devices of a hall's power chain by voltage and by what they may carry after a loss; services that feed something; a reserve of its own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl
import pytest

from rackwright.base.findings import DesignError
from rackwright.flow.compile import compile_text
from rackwright.rules.pwr import (
    device_cannot_break_fault,
    no_breaker_fits,
    over_rating_after_loss,
    supply_breaker_over_continuous,
    supply_over_rating,
    withstand_below_fault,
)
from rackwright.rules.supply import HALL, RACK
from rackwright.schema.tables import Tables
from rackwright.sim.power import supply_study

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "racks"
SHELVES = (FOLDER / "gb200-nvl72.yaml").read_text(encoding="utf-8")


@cache
def made(power: str, more: str = "", racks: int = 10, volts: int = 0) -> Tables:
    """A hall of small racks of servers; with `volts` of racks of shelves at that supply."""
    import tempfile  # noqa: PLC0415  cached results need a folder of their own, not a test's

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "rack.yaml").write_text(SHELVES.replace("supply: 415 V", f"supply: {volts} V", 1) if volts else RACK, encoding="utf-8")
        hall = HALL.replace("count: 10", f"count: {racks}").replace("places: 12", "places: 70")
        return compile_text(f"{hall}power: {power}\n{more}", "hall.yaml", Path(folder)).tables


def device(t: Tables, name: str) -> dict[str, object]:
    return t["supply_branches"].filter(pl.col("name") == name).row(0, named=True)


def test_breakers_at_480_volts_are_rated_for_it() -> None:
    t = made("{redundancy: 2N, busway: generic/busway-1600a}", racks=4, volts=480)
    assert set(t["supply_nodes"].filter(kind="rack")["voltage_nominal_v"]) == {480.0}
    own = t["supply_branches"].join(t["supply_nodes"].select(a_node_id="node_id", volts="voltage_nominal_v"), on="a_node_id")
    parts = own.filter(pl.col("volts") < 1000)["device_part"].drop_nulls().unique().to_list()
    assert parts
    assert all(t.fact(p, "voltage") == 480 for p in parts)
    assert no_breaker_fits.check(t).height == 0


def test_a_breaker_below_its_voltage_is_told_of_each_kind() -> None:
    t = made("{redundancy: 2N}")
    old = t["supply_branches"].with_columns(device_part=pl.col("device_part").str.replace("generic/vcb-24kv-1250a", "generic/acb-1000a"))
    parts = t["part_facts"].filter(part="generic/acb-1000a", fact="voltage").height
    assert parts, "the low-voltage breaker is one of this hall's parts"
    found = no_breaker_fits.check(t.put({"supply_branches": old}))
    assert found.height == 2  # services and feeders
    assert found["has"].to_list() == ["`generic/acb-1000a` is for 440 V"] * 2


def test_medium_voltage_breakers_carry_a_loss() -> None:
    """A breaker overridden to 4 A, less than one service carries when the other is lost (6.3 A), is passed over for the next."""
    t = made("{redundancy: 2N}", "overrides:\n  generic/vcb-24kv-1250a: {current_rated: 4 A}\n")
    for name in ("service 1", "H01-A medium-voltage feeder"):
        assert device(t, name)["device_part"] == "generic/vcb-24kv-3150a"
    whole = made("{redundancy: 2N}")
    assert device(whole, "service 1")["current_rated_a"] == whole.fact("generic/vcb-24kv-1250a", "current_rated")
    lines = whole["supply_devices"].filter(pl.col("name").str.contains("medium-voltage"))
    assert lines["quantity"].to_list() == [1] * lines.height


@pytest.mark.parametrize("rule", [supply_over_rating, over_rating_after_loss])
def test_a_service_over_its_breaker_is_told(rule: object) -> None:
    """The same 4 A where tables say so: over it in the loss of the other service, and in service at 2 A."""
    t = made("{redundancy: 2N}")
    amps = 4.0 if rule is over_rating_after_loss else 2.0
    less = pl.when(pl.col("kind") == "source").then(amps).otherwise(pl.col("current_rated_a")).alias("current_rated_a")
    t = t.put({"supply_branches": t["supply_branches"].with_columns(less)})
    t = t.put(supply_study.run(t) if rule is over_rating_after_loss else supply_study.built(t))
    assert rule.check(t).height == 1  # type: ignore[attr-defined]


def test_cables_in_parallel_have_one_breaker() -> None:
    t = made("{redundancy: 2N}", "overrides:\n  generic/mv-feeder-240mm2: {current_rated: 2 A}\n")
    line = t["supply_branches"].filter(pl.col("name") == "H01-A medium-voltage feeder").row(0, named=True)
    own = t["supply_devices"].filter(branch_id=line["branch_id"]).row(0, named=True)
    assert (line["modules"] > 1, own["quantity"]) == (True, 1)


def test_a_single_path_carries_its_load_all_day_behind_its_main_breaker() -> None:
    """The transformer is loaded to over 80 % of its current, so the breaker is larger, by no more than the 125 % of NEC 450.3(B)."""
    t = made("{redundancy: N, busway: generic/busway-1600a}", racks=16, volts=480)
    both = t["supply_branches"].join(t["supply_branch_states"], on="branch_id").filter(pl.col("name").str.contains("H01-1A (main|transformer)"))
    transformer, main = both.sort("branch_id").select("current_rated_a", "breaker_a", "current_a").iter_rows()
    assert main[2] > 0.8 * transformer[0]
    assert main[2] <= 0.8 * main[1] <= 0.8 * 1.25 * transformer[0]
    assert supply_breaker_over_continuous.check(t).height == 0


@pytest.mark.parametrize("medium", ["radial", "ring"])
def test_a_reserve_carries_a_block_that_lost_its_feeder(medium: str) -> None:
    t = made(f"{{redundancy: block, medium: {medium}, generators: none, ups: generic/ups-module-250kw}}")
    out = supply_study.run(t)["supply_outages"].join(t["supply_components"].select("component_id", "name", "kind", "node_id"), on="component_id")
    high = t["supply_nodes"].filter(pl.col("voltage_nominal_v") > 1000).select("node_id")
    above = out.filter(pl.col("kind").is_in(["source", "line", "transformer"]) | (pl.col("node_id").is_in(high["node_id"].implode())))
    above = above.filter(pl.col("kind") != "grid")
    assert above.height >= 6
    assert above["racks_dark"].to_list() == [0] * above.height


@pytest.mark.parametrize(
    ("power", "used"), [("{redundancy: N, utility: {services: 2}}", "1 of 2"), ("{redundancy: 2N, utility: {services: 3}}", "2 of 3")]
)
def test_services_that_feed_nothing_are_refused(power: str, used: str) -> None:
    with pytest.raises(DesignError) as wrong:
        made(power)
    found = wrong.value.findings[0]
    assert (found.code, found.message.startswith(f"{used} services feed something")) == ("SPC108", True)


def test_transformers_in_parallel_make_no_fault_that_their_devices_do_not_bear() -> None:
    """24 racks of 132 kW at 480 V, N+1: three of 2 MVA would make 110 kA behind breakers of 100 kA; two blocks of three of 1 MVA make 60 kA.

    Of generating sets there is one to spare too, which comes as late as the others.
    """
    t = made("{redundancy: N+1, ups: generic/ups-module-250kw}", racks=24, volts=480)
    assert device_cannot_break_fault.check(t).is_empty()
    assert withstand_below_fault.check(t).is_empty()
    units = t["supply_branches"].filter(kind="transformer", rank=0)
    assert units["part"].to_list() == ["generic/transformer-dry-1000kva"] * 2
    sets = t["supply_branches"].filter(kind="generator").sort("rank")
    assert sets["modules"].to_list() == [2, 2, 1, 1]
    assert sets["transfer_s"].to_list() == [10.0] * 4
    assert t["supply_components"].filter(kind="generator")["spare"].to_list() == [1, 1]
    given = made("{redundancy: N+1, transformer: generic/transformer-dry-2000kva}", racks=24, volts=480)
    assert given["supply_branches"].filter(kind="transformer")["part"].unique().to_list() == ["generic/transformer-dry-2000kva"]
    assert device_cannot_break_fault.check(given).height > 0


@pytest.mark.parametrize(("word", "services"), [("2N", 2), ("3-to-make-2", 3), ("4-to-make-3", 4), ("block", 2)])
def test_transformers_and_ups_end_within_load_max_with_any_one_lost(word: str, services: int) -> None:
    """Solved with all losses, over every single outage, 90 % unless given; each path has a service of its own."""
    t = made(
        f"{{redundancy: {word}, utility: {{services: {services}}}, ups: generic/ups-module-250kw, busway: generic/busway-1600a}}", racks=17, volts=415
    )
    found = supply_study.run(t)["supply_branch_states"].join(t["supply_branches"].select("branch_id", "kind"), on="branch_id")
    worst = dict(found.filter(pl.col("kind").is_in(["transformer", "ups"])).group_by("kind").agg(pl.col("loading_worst").max()).iter_rows())
    assert 0.5 < worst["transformer"] <= 0.9
    assert 0.5 < worst["ups"] <= 0.9
