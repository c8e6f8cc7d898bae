"""Ports that lead out of the hall: kept free by every topology, named as printed, counted in switches, modules, power and port maps."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl
import pytest

from rackwright.base.findings import DesignError
from rackwright.export import port_maps
from rackwright.flow.hall import compile_hall
from rackwright.rules.net.outside_port_taken import check
from rackwright.schema.tables import Tables

HALLS = Path(__file__).resolve().parents[3] / "examples" / "halls"
ONE = "h100-superpod-1su"


@cache
def tables(name: str, *sets: str) -> Tables:
    return compile_hall(str(HALLS / f"{name}.yaml"), as_of="2026-01-01", sets=sets).tables


def outside(fabric: str, text: str) -> str:
    return f"fabrics.{fabric}.outside={{far: {{{text}}}}}"


CASES = {
    "spines of two ports a cage": (ONE, outside("compute", "ports: 4"), "32/2"),
    "leaves": (ONE, outside("compute", "ports: 2, at: leaf"), "32/2"),
    "one leaf": (ONE, outside("compute", "ports: 1, at: leaf, switches: 1"), "32/1"),
    "legs of a cage": (ONE, outside("compute", "ports: 3, speed: 200 Gb/s, breakout: 4"), "32/2/1"),
    "uplink cages": ("h100-superpod-4su", outside("oob", "ports: 1, at: leaf"), "swp52"),
    "groups of a dragonfly": ("dragonfly-2560", outside("compute", "ports: 2, at: leaf"), ""),
    "planes": ("dual-plane-512", outside("backend", "ports: 2, at: leaf"), ""),
}


@pytest.mark.parametrize("case", CASES)
def test_links_keep_off_the_last_cages(case: str) -> None:
    name, wish, last = CASES[case]
    t = tables(name, wish)
    ports = t["outside_ports"].filter(leads_to="far")
    assert ports.height
    assert check(t).is_empty()
    assert t["fabrics"]["unreached"].sum() == 0
    of_part = t["part_facts"].filter(pl.col("fact").is_in(["cages", "uplink_cages"])).group_by("part").agg(pl.col("value").sum())
    cages = dict(t["fabric_switches"].join(of_part, on="part").select("device_id", "value").iter_rows())
    for device, own in ports.group_by("device_id"):
        assert own["cage"].max() == cages[device[0]] - 1
    assert not last or ports["name"].to_list()[-1] == last


def test_ports_outside_are_counted_as_ports() -> None:
    """Spines of a unit of 8 leaves x 32 uplinks are full with 64 links each: 4 of them; with 4 ports kept on each, 8 carry the links equally."""
    assert tables(ONE)["fabrics"]["spines"].to_list() == [4]
    t = tables(ONE, outside("compute", "ports: 4"))
    assert t["fabrics"]["spines"].to_list() == [8]
    assert t["outside_ports"].height == 8 * 4


def test_one_more_wish_moves_no_port() -> None:
    one = tables(ONE, "fabrics.compute.outside={far: {ports: 2}}")["outside_ports"]
    two = tables(ONE, "fabrics.compute.outside={far: {ports: 2}, near: {ports: 1}}")["outside_ports"]
    assert two.filter(leads_to="far")["port"].to_list() == one["port"].to_list()
    assert set(two.filter(leads_to="near")["name"]) == {"31/1"}


def test_a_module_fills_a_cage() -> None:
    """Three ports are two twin-port modules on each of two switches; they stand in the bill, in the cost and, of uncovered switches, in the power."""
    module = "ports: 3, switches: 2, module: nvidia/mma4z00-ns"
    bare = tables(ONE, outside("compute", "ports: 3, switches: 2"), "overrides.nvidia/qm9700={has_module_power: false}")
    t = tables(ONE, outside("compute", module), "overrides.nvidia/qm9700={has_module_power: false}")
    twin = [x["hall_parts"].filter(part="nvidia/mma4z00-ns").row(0, named=True) for x in (bare, t)]
    assert twin[1]["quantity"] - twin[0]["quantity"] == 2 * 2
    assert twin[1]["cost_usd"] - twin[0]["cost_usd"] == pytest.approx(2 * 2 * twin[0]["unit_cost_usd"])
    assert t["fabrics"]["cost_usd"].sum() - bare["fabrics"]["cost_usd"].sum() == pytest.approx(2 * 2 * twin[0]["unit_cost_usd"])
    watt = t["part_facts"].filter(part="nvidia/mma4z00-ns", fact="power_max")["value"][0]
    assert t["hall_racks"]["power_w"].sum() - bare["hall_racks"]["power_w"].sum() == pytest.approx(4 * watt)


def test_port_maps_name_them() -> None:
    t = tables("h100-superpod-4su")
    text = "".join(content().decode() for _, content in port_maps.files(t))
    rows = [line.split(",") for line in text.splitlines() if ",outside," in line]
    assert sorted((r[2], r[5], r[9]) for r in rows) == [(f"in-band-spine-{i}", f"swp{p}", "customer") for i in (1, 2) for p in (63, 64)]
    assert not [
        line for line in text.splitlines() if "in-band-spine-1" in line.split(",")[2:3] and line.split(",")[5:6] == ["swp64"] and ",free," in line
    ]


@pytest.mark.parametrize(
    ("wish", "message", "help"),
    [
        ("ports: 2, at: core", "1 core is to lead to `far`, and the fabric has none", "`at: spine`"),
        ("ports: 2, switches: 9", "9 spines are to lead to `far`, and the fabric has 8", "`switches: 8`"),
        ("ports: 64", "ports to `far` take 32 of the 32 cages of `nvidia/qm9700` and leave none for the fabric", "`ports: 62`"),
        ("ports: 1, speed: 800 Gb/s", "ports to `far` run at 800 Gb/s, those of `nvidia/qm9700` at 400 Gb/s at most", "`speed: 400 Gb/s`"),
        ("ports: 1, breakout: 1", "a cage of `nvidia/qm9700` gives 2 ports of 400 Gb/s to `far`, not 1", "`breakout: 2`"),
    ],
)
def test_what_cannot_be_is_told_with_a_cure(wish: str, message: str, help: str) -> None:
    with pytest.raises(DesignError) as caught:
        tables(ONE, outside("compute", wish))
    (finding,) = caught.value.findings
    assert finding.code == "NET301"
    assert message in finding.message
    assert help in finding.help


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("nvidia/qm9700", "`nvidia/qm9700` is a switch, and a module is wanted in the ports to `far`"),
        ("generic/qsfp28-100g-cwdm4", "`generic/qsfp28-100g-cwdm4` (qsfp28) does not drive 2 x 400 Gb/s from a cage of `nvidia/qm9700` (osfp)"),
    ],
)
def test_a_module_that_does_not_fit_is_refused(module: str, message: str) -> None:
    with pytest.raises(DesignError) as caught:
        tables(ONE, outside("compute", f"ports: 2, module: {module}"))
    assert [f.code for f in caught.value.findings] == ["SPC107"]
    assert message in caught.value.findings[0].message
