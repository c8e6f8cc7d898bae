"""Ports that lead out of the hall: kept free by every topology, named as printed, counted in switches, modules, power and port maps."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from rackwright.base.findings import DesignError
from rackwright.build.hall.ends import SWITCH_RUN_MM
from rackwright.export import label_sheets, labels, port_maps
from rackwright.flow.compile import compile_text
from rackwright.flow.hall import compile_hall
from rackwright.rules.halls import RACK
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
        ("ports: 64", "ports to `far` take 32 of the 32 cages of `nvidia/qm9700` and leave none for the fabric", "`ports: 56`"),
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


def test_the_most_ports_that_are_told_can_be_had() -> None:
    """All but what the leaves below ask of a spine."""
    assert tables(ONE, outside("compute", "ports: 56"))["outside_ports"].height == 56 * 8 * 4
    with pytest.raises(DesignError):
        tables(ONE, outside("compute", "ports: 57"))


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


SMALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm, network: end}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute:
    topology: rail-optimized
    ports: [dgx.nic]
    switch: nvidia/qm9700
    tiers: 2
    outside: {far: {at: spine, ports: 2, module: MODULE, to: mmr}}
meet_me_rooms: {mmr: {x: 0 m, y: 2 m}}
"""


def small(folder: Path, module: str, *sets: str) -> Tables:
    (folder / "rack.yaml").write_text(RACK, encoding="utf-8")
    return compile_text(SMALL.replace("MODULE", module), folder=folder, sets=list(sets)).tables


def test_a_cable_to_a_room_by_hand(tmp_path: Path) -> None:
    """One row at x 1.8 to 6 m, its ladder at y = 2.4 m and 2.7 m up, from 1.2 to 6.6 m; switches in place 6 (x 5.3 to 6 m), fronts up. Port 63 is in
    the right half of its switch, seen from the front, and leaves at the side of lower x: 4.1 to 4.2 m along the ladder to its end, from where the
    room at (0, 2) is 1.2 + 0.4 m aside.
    """
    t = small(tmp_path, "nvidia/mma4z00-ns")
    ports = t["outside_ports"]
    taps = t["hall_racks"].filter(pl.col("design_id").is_null()).row(0, named=True)
    unit = t["fabric_switches"].filter(pl.col("tier") == 1)["position_u"][0]
    base, pitch = (t["part_facts"].filter(part="eia/310-48u-600", fact=f)["value"].to_list() for f in ("base_height", "unit_height"))
    height = round((base[0] if base else 0.0) + (unit - 0.5) * (pitch[0] if pitch else 44.45))
    assert ports.height == 2
    assert ports["length_route_mm"].n_unique() == 1
    along = ports["length_route_mm"][0] - (2700 - height) - taps["length_reach_mm"] - 5000 - SWITCH_RUN_MM
    assert 4100 <= along - (1200 + 400) <= 4200
    slack = -(-ports["length_route_mm"][0] * 3 // 100)
    assert ports["length_cut_mm"].to_list() == [ports["length_route_mm"][0] + slack + 1000] * 2
    assert ports["trays"].n_unique() == 1


def test_cables_to_a_room_stand_in_the_bill(tmp_path: Path) -> None:
    """Two fibres of the length ordered, in the bill and in the cost of the fabric; a port with a module of the customer's has a length alone."""
    t, bare = small(tmp_path, "nvidia/mma4z00-ns"), small(tmp_path, "nvidia/mma4z00-ns", "fabrics.compute.outside.far={at: spine, ports: 2}")
    ports, part = t["outside_ports"], t["outside_ports"]["cable"][0]
    assert (ports["length_stock_mm"] >= ports["length_cut_mm"]).all()
    of = [x["hall_parts"].filter(pl.col("part") == part).select("quantity", "cost_usd").sum().row(0) for x in (t, bare)]
    assert of[0][0] - of[1][0] == 2
    assert of[0][1] - of[1][1] == pytest.approx(ports["cost_usd"].sum())
    module = t["hall_parts"].filter(part="nvidia/mma4z00-ns")["unit_cost_usd"][0]
    assert t["fabrics"]["cost_usd"][0] - bare["fabrics"]["cost_usd"][0] == pytest.approx(ports["cost_usd"].sum() + module)
    theirs = small(tmp_path, "nvidia/mma4z00-ns", "fabrics.compute.outside.far={at: spine, ports: 2, to: mmr}")["outside_ports"]
    area = 2 * round(100 * np.pi / 4 * t["part_facts"].filter(part=part, fact="diameter")["value"][0] ** 2)
    more = (t["trays"]["fill_total"] - bare["trays"]["fill_total"]).to_list()
    within = {int(x) for x in ports["trays"][0].split()}
    assert more == [area if tray in within else 0 for tray in t["trays"]["tray_id"]]
    assert (t["trays"]["fill"] - bare["trays"]["fill"]).to_list() == [-(-x // n) for x, n in zip(more, t["trays"]["trays"], strict=True)]
    (file,) = (make() for _, make in labels.files(t))
    led = pl.read_csv(file).filter(pl.col("near").eq("mmr") | pl.col("far").eq("mmr"))
    both = [(name, end) for name in sorted(ports["label"]) for end in "ab"]
    assert led.select("label", "end").rows() == both
    assert set(led.select("part", "stock_mm", "rack").filter(pl.col("rack").is_not_null()).rows()) == {
        (part, ports["length_stock_mm"][0], ports["label"][0].split("-")[0])
    }
    assert label_sheets.page(led, "x").count('class="near"') == led.height
    assert theirs["length_cut_mm"].to_list() == ports["length_cut_mm"].to_list()
    assert theirs["cable"].null_count() == 2


def test_a_room_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DesignError) as caught:
        small(tmp_path, "nvidia/mma4z00-ns", "fabrics.compute.outside.far.to=mmz")
    assert [(f.code, f.message) for f in caught.value.findings] == [("SPC105", "there is no room `mmz`")]
    with pytest.raises(DesignError) as caught:
        small(tmp_path, "nvidia/mma4z00-ns", "meet_me_rooms.mmr.hall=3")
    assert [f.message for f in caught.value.findings] == ["there is no hall 3; there is one"]
