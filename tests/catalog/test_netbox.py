"""NetBox device types as parts: three written for the purpose, in the shapes the device-type library uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.base.findings import DesignError
from rackwright.catalog import netbox
from rackwright.catalog.loader import Catalog
from rackwright.catalog.part import Part

FOLDER = Path(__file__).parent / "netbox"
MINIMAL = "manufacturer: Me\nmodel: Box\nslug: me-box\nu_height: 1\n"


def imported(file: str, tmp_path: Path) -> Part:
    """The part as a user gets it: converted, stored in a folder of their own, loaded."""
    name, text = netbox.convert(FOLDER / file, file, "2026-11-22")
    target = tmp_path / f"{name}.yaml"
    target.parent.mkdir()
    target.write_text(text, encoding="utf-8")
    return Catalog([tmp_path]).part(name)


def test_switch(tmp_path: Path) -> None:
    part = imported("leaf-16x400g.yaml", tmp_path)
    assert (part.name, part.kind, part.maker) == ("example-networks/en-9764d", "switch", "Example Networks")
    assert (part.number("height_units"), part.number("psu_count"), part.number("psu_needed")) == (2, 2, 1)
    assert part.number("mass") == pytest.approx(48.5 * 0.45359237, abs=1e-3)
    power = part.facts["power_max"]
    assert (power.value, power.low, power.high, power.confidence) == (2400.0, 2400.0, 4800.0, "estimated")
    assert [(g.kind, g.name, g.count, g.speed_gbps, g.lanes, g.connector) for g in part.ports] == [
        ("management", "mgmt", 1, 1.0, 1, "rj45"),
        ("scale-out", "ethernet", 16, 400.0, 8, "qsfp-dd"),
        ("frontend", "ethernet-b", 2, 10.0, 1, "sfp+"),
        ("power", "psu", 2, 0.0, 0, "c20"),
    ]


@pytest.mark.parametrize(
    ("file", "facts"),
    [
        ("leaf-16x400g.yaml", {"cages": "16", "cage_speed": "400 Gb/s", "cage_connector": "qsfp-dd", "breakouts": "1", "protocol": "ethernet"}),
        ("oob-24-dc.yaml", {"cages": "24", "cage_speed": "1 Gb/s", "cage_connector": "rj45", "uplink_cages": "1", "uplink_connector": "sfp+"}),
        ("gpu-server-8u.yaml", {"cages": "", "cage_speed": ""}),
    ],
)
def test_cages_follow_from_interfaces(file: str, facts: dict[str, str], tmp_path: Path) -> None:
    part = imported(file, tmp_path)
    assert {name: part.text(name) for name in facts} == facts


def test_cages_of_infiniband_are_not_guessed(tmp_path: Path) -> None:
    """Two interfaces may share a cage there."""
    path = tmp_path / "box.yaml"
    ports = "".join(f"  - {{name: p{i}, type: infiniband-ndr}}\n" for i in range(64))
    path.write_text(MINIMAL + f"interfaces:\n{ports}", encoding="utf-8")
    assert "cages" not in netbox.convert(path, "box.yaml", "2026-11-22")[1]


@pytest.mark.parametrize("file", ["leaf-16x400g.yaml", "gpu-server-8u.yaml"])
def test_every_port_has_its_own_place(file: str, tmp_path: Path) -> None:
    groups = [g for g in imported(file, tmp_path).ports if g.kind != "power"]
    places = [x for g in groups for x in g.x_mm]
    assert [len(g.x_mm) for g in groups] == [g.count for g in groups]
    assert len(places) == len(set(places))


def test_server(tmp_path: Path) -> None:
    part = imported("gpu-server-8u.yaml", tmp_path)
    assert (part.name, part.kind, part.title) == ("example-systems/xe-8210", "server", "Example Systems XE 8210: eight GPUs")
    assert (part.number("power_max"), part.number("psu_count"), part.number("psu_needed")) == (9000.0, 6, 3)
    assert [(g.kind, g.count, g.speed_gbps) for g in part.ports] == [
        ("management", 1, 1.0),
        ("scale-out", 4, 400.0),
        ("frontend", 2, 100.0),
        ("power", 6, 0.0),
    ]


def test_dc_management_switch(tmp_path: Path) -> None:
    """Half a unit becomes a whole one; a DC inlet becomes a busbar clip; its own management port would pass for one it offers."""
    part = imported("oob-24-dc.yaml", tmp_path)
    assert (part.kind, part.number("height_units"), part.number("mass")) == ("switch", 1, 3.2)
    assert part.facts["power_max"].confidence == "estimated"
    assert part.number("clip_current_rated") == 5
    assert [(g.kind, g.name, g.count) for g in part.ports] == [("management", "ge", 24), ("frontend", "xe", 1), ("power", "psu", 1)]


def test_what_netbox_does_not_know_is_an_estimate(tmp_path: Path) -> None:
    part = imported("gpu-server-8u.yaml", tmp_path)
    for fact in ("depth", "width", "liquid_fraction", "psu_needed"):
        assert part.facts[fact].confidence == "estimated"
        assert part.facts[fact].note
    assert part.number("price") is None


def test_the_day_of_the_file_dates_the_facts(tmp_path: Path) -> None:
    path = tmp_path / "box.yaml"
    path.write_text(MINIMAL, encoding="utf-8")
    name, text = netbox.convert(path, "box.yaml")
    assert name == "me/box"
    assert text == netbox.convert(path, "box.yaml")[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("model: Box\nslug: me-box\nu_height: 1\n", "1:1 a NetBox device type has `manufacturer`, this file has none"),
        (MINIMAL.replace("u_height: 1", "u_height: 1.3"), "4:11 `u_height` must be a number from 0, a multiple of 0.5, not `1.3`"),
        (MINIMAL.replace("u_height: 1", "u_height: tall"), "4:11 `u_height` must be a number from 0, a multiple of 0.5, not `tall`"),
        (MINIMAL + "weight: 3\n", "5:9 `weight_unit` must be one of kg, g, lb, oz, not ``"),
        (MINIMAL + "weight: 3\nweight_unit: stone\n", "6:14 `weight_unit` must be one of kg, g, lb, oz, not `stone`"),
        (MINIMAL + "interfaces: many\n", "5:13 `interfaces` must be a list, not a value"),
        (MINIMAL + "interfaces:\n  - {name: eth0}\n", "6:5 an entry of `interfaces` lacks `type`"),
        (MINIMAL + "interfaces:\n  - eth0\n", "6:5 an entry of `interfaces` must be a mapping, not a value"),
        (
            MINIMAL + "power-ports:\n  - {name: A, type: iec-60320-c14, maximum_draw: 0}\n",
            "6:50 `maximum_draw` must be a number from 1, a multiple of 1, not `0`",
        ),
        (MINIMAL.replace("me-box", "---"), "3:7 `slug` leaves no name for the part"),
        (MINIMAL.replace("manufacturer: Me", "manufacturer: [Me]"), "1:15 `manufacturer` must be a text, not a list"),
        ("- a\n", "1:1 a NetBox device type is one YAML mapping"),
        (MINIMAL + "slug: again\n", "5:1 `slug` is given twice"),
        (MINIMAL + "  bad\n: [", ""),
    ],
)
def test_broken_device_types(text: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "box.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DesignError) as caught:
        netbox.convert(path, "box.yaml", "2026-11-22")
    found = [f"{f.span.line}:{f.span.column} {f.message}" for f in caught.value.findings]
    assert any(f.startswith(expected) for f in found), found
    assert {f.code for f in caught.value.findings} == {"BOM001"}
