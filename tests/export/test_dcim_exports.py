"""Files for DCIM and graph tools hold what the tables hold, in the fields that their receivers have and under names that these can keep.

Field lists are NetBox's own: `Meta.fields` of netbox/dcim/forms/bulk_import.py (v4.6.8), and schema/devicetype.json with components.json of the
device type library, read 2026-11-23. GraphML is read back by NetworkX.
"""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import networkx
import openpyxl
import polars as pl
import pytest
import yaml
from wireviz import wireviz as reader

from rackwright.export import bom_xlsx, canu_paddle, graphml, netbox, netbox_wiring, redfish, wireviz, workbook
from rackwright.export.only import ChoiceError, Only
from rackwright.flow.composed import netbox as composed
from rackwright.flow.hall import compile_hall
from rackwright.flow.pipeline import compile_file
from rackwright.schema import ends
from rackwright.schema.tables import Tables

HALLS = Path(__file__).resolve().parents[2] / "examples" / "halls"
NASTY = ["=cmd|' /C calc'!A0", 'a,b"c\\', "x" * 200, "x" * 199 + "y", "Ünïcode-架 ", " lead", "tab\there", "line\r\nbreak", "<&>]]>", "+1"]
FIELDS = {  # (every field, required ones)
    "1-manufacturers": (
        "name slug description owner comments tags",
        "name slug",
    ),
    "2-device-roles": (
        "name slug parent color vm_role config_template description owner comments tags",
        "name slug",
    ),
    "4-sites": (
        "name slug status region group tenant facility time_zone description physical_address shipping_address latitude "
        "longitude owner comments tags",
        "name slug status",
    ),
    "5-locations": (
        "site name slug parent status tenant facility description owner comments tags",
        "site name slug status",
    ),
    "6-racks": (
        "site location group name facility_id tenant status role rack_type form_factor serial asset_tag width u_height "
        "desc_units outer_width outer_height outer_depth outer_unit mounting_depth airflow weight max_weight "
        "weight_unit description owner comments tags",
        "site name status width u_height",
    ),
    "7-devices": (
        "name role tenant manufacturer device_type platform serial asset_tag status site location rack position face "
        "latitude longitude parent device_bay airflow virtual_chassis vc_position vc_priority cluster description "
        "config_template owner comments tags",
        "role manufacturer device_type site status",
    ),
    "8-interfaces": (
        "device name label parent bridge lag type speed duplex enabled mark_connected wwn vdcs mtu mgmt_only "
        "description poe_mode poe_type mode vrf rf_role rf_channel rf_channel_frequency rf_channel_width tx_power owner "
        "tags",
        "device name type",
    ),
    "9-power-panels": (
        "site location name description owner comments tags",
        "site name",
    ),
    "10-power-feeds": (
        "site power_panel location rack name status type mark_connected supply phase voltage amperage max_utilization "
        "tenant description owner comments tags",
        "site power_panel name status type supply phase",
    ),
    "11-cables": (
        "side_a_site side_a_device side_a_power_panel side_a_type side_a_name side_b_site side_b_device "
        "side_b_power_panel side_b_type side_b_name type status profile tenant bundle label color length length_unit "
        "description owner comments tags",
        "side_a_type side_a_name side_b_type side_b_name",
    ),
}
FIELDS["13-rack-cables"] = FIELDS["11-cables"]
LIMITS = {"name": 100, "slug": 100, "label": 100, "description": 200, "side_a_name": 64, "side_b_name": 64, "device": 64}
DEVICE_TYPE = set(
    (
        "airflow comments console-ports console-server-ports description device-bays front-ports front_image interfaces "
        "inventory-items is_full_depth is_powered manufacturer model module-bays part_number power-outlets power-ports "
        "rear-ports rear_image slug subdevice_role u_height weight weight_unit"
    ).split()
)
CABLE_TYPES = {"", "cat6", "dac-active", "dac-passive", "mmf-om3", "mmf-om4", "mmf-om5", "smf-os1", "smf-os2", "aoc", "power"}
Document = list[dict[str, Any]]


@cache
def hall(name: str) -> tuple[Tables, dict[str, Tables]]:
    made = compile_hall(str(HALLS / f"{name}.yaml"), as_of="2026-01-01")
    return made.tables, dict(made.racks)


@cache
def nasty() -> tuple[Tables, dict[str, Tables]]:
    """Racks, ports, the hall and the campus called what nobody should call them."""
    t, designs = hall("dual-plane-512")
    names = pl.Series([f"{NASTY[i % len(NASTY)]}{i // len(NASTY) or ''}" for i in range(t.height("hall_racks"))])
    return t.put({
        "hall_racks": t["hall_racks"].with_columns(name=names),
        "halls": t["halls"].with_columns(name=pl.lit(NASTY[1])),
        "switch_ports": t["switch_ports"].with_columns(pl.concat_str("name", pl.lit(NASTY[6])).alias("name")),
        "nic_ports": t["nic_ports"].with_columns(pl.concat_str(pl.lit(NASTY[0]), "name").alias("name")),
    }), designs  # fmt: skip


@cache
def files(which: str, only: Only = Only()) -> dict[str, bytes]:  # noqa: B008  frozen
    t, designs = nasty() if which == "nasty" else hall(which)
    return {p.removeprefix("netbox/"): make() for p, make in composed.files_of(t, only, None, designs)}


def rows(made: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made[f"{name}.csv"].decode(), newline="")))


EVERY = ["dual-plane-512", "h100-superpod-1su", "gb200-superpod-2su", "nasty"]


@pytest.mark.parametrize("which", EVERY)
def test_netbox_has_the_fields_of_the_import_forms_and_what_fits_into_them(which: str):
    made = files(which)
    for path in (p for p in made if p.endswith(".csv")):
        known, required = (x.split() for x in FIELDS[path.removesuffix(".csv")])
        own = rows(made, path.removesuffix(".csv"))
        assert own
        assert not set(own[0]) - set(known)
        for row in own:
            assert all(row[x] for x in required)
            for column, value in row.items():
                assert value == value.strip()  # forms strip, and look-ups by name would miss
                assert not any(ord(c) < 32 for c in value)
                assert len(value) <= LIMITS.get(column, 200) or column == "comments"
            if path == "7-devices.csv":
                assert len(row["name"]) <= 64
                assert bool(row["position"]) == bool(row["face"])


@pytest.mark.parametrize("which", EVERY)
def test_netbox_finds_whatever_a_row_names(which: str):
    made = files(which)
    keys = {n: [r["name"] for r in rows(made, n)] for n in ("1-manufacturers", "2-device-roles", "4-sites", "5-locations", "6-racks", "7-devices")}
    for names in keys.values():
        assert len(set(names)) == len(names)
    types = {(d["manufacturer"], d["model"]): d for p, x in made.items() if p.startswith("3-") for d in [yaml.safe_load(x)]}
    assert {m for m, _ in types} == set(keys["1-manufacturers"])
    heights = {r["name"]: int(r["u_height"]) for r in rows(made, "6-racks")}
    taken: set[tuple[str, str, int]] = set()
    for row in rows(made, "7-devices"):
        of = types[row["manufacturer"], row["device_type"]]
        assert row["role"] in keys["2-device-roles"]
        assert row["site"] in keys["4-sites"]
        assert row["location"] in keys["5-locations"]
        faces = ("front", "rear") if of["is_full_depth"] else (row["face"],)
        for unit in range(int(row["position"]), int(row["position"]) + of["u_height"]) if row["position"] else ():
            assert 1 <= unit <= heights[row["rack"]]
            for face in faces:
                assert (row["rack"], face, unit) not in taken  # NetBox refuses a second device there
                taken.add((row["rack"], face, unit))
    ports = {("dcim.interface", r["device"], r["name"]) for r in rows(made, "8-interfaces")}
    assert len(ports) == len(rows(made, "8-interfaces"))
    assert {d for _, d, _ in ports} <= set(keys["7-devices"])
    for row in rows(made, "7-devices"):
        of = types[row["manufacturer"], row["device_type"]]
        ports |= {("dcim.powerport", row["name"], p["name"]) for p in of.get("power-ports", [])}
        ports |= {("dcim.poweroutlet", row["name"], p["name"]) for p in of.get("power-outlets", [])}
    if "10-power-feeds.csv" in made:
        panels = {r["name"] for r in rows(made, "9-power-panels")}
        assert {r["power_panel"] for r in rows(made, "10-power-feeds")} == panels
        ports |= {("dcim.powerfeed", r["power_panel"], r["name"]) for r in rows(made, "10-power-feeds")}
    used = []
    for row in rows(made, "11-cables") + rows(made, "13-rack-cables"):
        assert row["type"] in CABLE_TYPES
        used += [(row[f"side_{s}_type"], row[f"side_{s}_device"] or row[f"side_{s}_power_panel"], row[f"side_{s}_name"]) for s in "ab"]
    for cable in json.loads(made["12-cables.json"]):
        for side in "ab":
            ended = cable[f"{side}_terminations"]
            # CableProfileChoices has no others of one position
            assert cable["profile"] == (f"trunk-{len(ended)}c1p" if cable["type"] != "power" and len(ended) in (2, 4) else "")
            used += [(x["object_type"], x["device"] or x["power_panel"], x["name"]) for x in ended]
    assert set(used) <= ports
    assert len(set(used)) == len(used)  # a termination has one cable


@pytest.mark.parametrize("which", ["dual-plane-512", "h100-superpod-1su"])
def test_netbox_has_every_link_with_its_length(which: str):
    t, _ = hall(which)
    made = files(which)
    at = ends.devices(t)
    named = ends.named(t, at, pl.select(pl.int_range(t.height("fabric_cables"), dtype=pl.UInt32)).to_series())
    long = named.select(pl.when(pl.col("length_stock_mm") >= 0).then("length_stock_mm").otherwise("length_cut_mm")).to_series()
    wires = zip(at["end"][named["a_device_id"]], named["a_port"], at["end"][named["b_device_id"]], named["b_port"], named["label"], long, strict=True)
    expected = {(a, p, b, q): (label, mm) for a, p, b, q, label, mm in wires}
    seen = {}
    for r in rows(made, "11-cables"):
        if r["side_a_type"] == "dcim.interface":
            assert r["length_unit"] == "cm"
            seen[r["side_a_device"], r["side_a_name"], r["side_b_device"], r["side_b_name"]] = (r["label"], round(float(r["length"]) * 10))
    for cable in json.loads(made["12-cables.json"]):
        for a, b in zip(cable["a_terminations"], cable["b_terminations"], strict=True) if cable["type"] != "power" else ():
            seen[a["device"], a["name"], b["device"], b["name"]] = (cable["label"], round(cable["length"] * 10))
    assert seen == expected


@pytest.mark.parametrize("which", EVERY)
def test_device_types_have_fields_of_the_library_and_no_interfaces(which: str):
    slugs = set()
    for path, data in files(which).items():
        if path.startswith("3-device-types/"):
            document = yaml.safe_load(data)
            assert {"manufacturer", "model", "slug", "u_height", "is_full_depth"} <= set(document) <= DEVICE_TYPE
            assert ("weight" in document) == ("weight_unit" in document)
            assert all(set(p) == {"name", "type"} for p in document.get("power-ports", []))
            inlets = {p["name"] for p in document.get("power-ports", [])}
            for outlet in document.get("power-outlets", []):
                assert {"name", "type"} <= set(outlet) <= {"name", "type", "power_port"}
                assert outlet.get("power_port", next(iter(inlets), None)) in {*inlets, None}
            assert document["u_height"] * 2 == int(document["u_height"] * 2) >= 0
            assert "interfaces" not in document  # they are imported for each device
            slugs.add(document["slug"])
    assert len(slugs) == sum(p.startswith("3-") for p in files(which))


def test_netbox_feeds_are_those_of_the_chain_and_go_to_inlets():
    t, _ = hall("h100-superpod-1su")
    made = files("h100-superpod-1su")
    assert len(rows(made, "10-power-feeds")) == t.height("supply_feeds")
    fed = [r for r in rows(made, "11-cables") if r["side_a_type"] == "dcim.powerfeed"]
    whole = [x for x in json.loads(made["12-cables.json"]) if x["type"] == "power"]
    of_designs = t["supply_feeds"].join(
        t["hall_racks"].drop_nulls("design_id"), on="rack_id", how="semi"
    )  # racks of switches have no PDU in the tables
    assert len(fed) + len(whole) == of_designs.height > 0
    (rack,) = hall("h100-superpod-1su")[1].values()
    ordered = rack["cables"].filter(pl.col("kind") == "power-whip")["length_stock_mm"]
    assert {round(float(r["length"]) * 10) for r in fed} == set(ordered)
    assert {int(r["amperage"]) for r in rows(made, "10-power-feeds")} == {60}
    assert {r["voltage"] for r in rows(made, "10-power-feeds")} == {"415"}


def test_netbox_weighs_empty_racks_and_knows_free_and_management_ports():
    """NetBox adds what devices weigh to a rack's own weight; a QM9700 has 64 ports of NDR, an SN2201 48 of 1 Gb/s, with a cable in them or not."""
    made = files("h100-superpod-1su")
    assert {r["weight"] for r in rows(made, "6-racks") if r["description"] == "dgx"} == {"165.0"}
    switches = {r["name"] for r in rows(made, "7-devices") if r["device_type"] == "qm9700"}
    assert {r["type"] for r in rows(made, "8-interfaces") if r["device"] in switches} == {"infiniband-ndr"}
    ports = rows(files("dual-plane-512"), "8-interfaces")
    assert {(r["type"], r["mgmt_only"]) for r in ports if r["name"] == "bmc0"} == {("1000base-t", "true")}
    assert not any(r["type"] == "10gbase-t" for r in ports)


@pytest.mark.parametrize("which", ["dual-plane-512", "h100-superpod-1su", "gb200-superpod-2su"])
def test_netbox_has_what_racks_have_inside(which: str):
    """Every loose cable of every rack but its whips, which begin at feeds; every port of every device; every inlet of every switch."""
    t, designs = hall(which)
    made = files(which)
    many = dict(t["hall_racks"].join(t["designs"], on="design_id").group_by("design").len().iter_rows())
    loose = {n: d["cables"].filter(pl.col("assembly").is_null() & ~pl.col("b_end").str.starts_with("feed-")) for n, d in designs.items()}
    inside = rows(made, "13-rack-cables")
    assert len(inside) == sum(many[n] * c.height for n, c in loose.items()) > 0
    assert {r["comments"] for r in inside} == {x for c in loose.values() for x in c["label"]}
    ordered = {round(float(r["length"]) * 10) for r in inside}
    assert ordered == {x for c in loose.values() for x in c.select(pl.coalesce("length_stock_mm", "length_cut_mm")).to_series()}
    where = {r["name"]: (r["rack"], r["device_type"]) for r in rows(made, "7-devices")}
    assert all(where[r["side_a_device"]][0] == where[r["side_b_device"]][0] for r in inside)
    ports = {(r["device"], r["name"]): r for r in rows(made, "8-interfaces")}
    ended = [(r[f"side_{s}_device"], r[f"side_{s}_name"]) for r in inside for s in "ab" if r[f"side_{s}_type"] == "dcim.interface"]
    assert {ports[e]["type"] for e in ended} <= {"1000base-t"}
    managing = sum(many[n] * d["ports"].filter(pl.col("kind") == "management").height for n, d in designs.items())
    of_designs = {n for n, (_, kind) in where.items() if kind in {netbox.model(p) for d in designs.values() for p in d["devices"]["part"]}}
    assert sum(r["mgmt_only"] == "true" and d in of_designs for (d, _), r in ports.items()) >= managing
    types = {d["model"]: d for p, x in made.items() if p.startswith("3-") for d in [yaml.safe_load(x)]}
    inlets = {netbox.model(p): int(v) for p, v in t["part_facts"].filter(pl.col("fact") == "psu_count").select("part", "value").iter_rows()}
    for kind in {netbox.model(p) for p in t["fabric_switches"]["part"]}:
        assert [p["name"] for p in types[kind]["power-ports"]] == [f"psu{n}" for n in range(inlets[kind])]


def test_a_device_alone_has_its_cords_and_their_far_ends():
    made = files("h100-superpod-1su", Only(device=("H01.AA01-03",)))
    inside = rows(made, "13-rack-cables")
    assert len(inside) == 7  # six cords and its BMC
    assert all("H01.AA01-03" in (r["side_a_device"], r["side_b_device"]) for r in inside)
    devices = {r["name"] for r in rows(made, "7-devices")}
    assert {r[f"side_{s}_device"] for r in inside for s in "ab"} <= devices
    assert {r["side_b_device"] for r in rows(made, "11-cables") if r["side_a_type"] == "dcim.powerfeed"} <= devices
    assert "13-rack-cables.csv" not in files("h100-superpod-1su", Only(fabric=("compute",)))


def test_the_bill_has_the_order_codes_of_the_makers():
    """NVIDIA DGX SuperPOD RA-11333-001 V11, table 8: fibre MFP7E10-N030 and the twin-port module MMA4Z00-NS."""
    for made in (bom_xlsx.hall_cables(hall("dual-plane-512")[0]), bom_xlsx.hall_lines(hall("dual-plane-512")[0])):
        codes = dict(made.select("Part", "Order code").unique().iter_rows())
        assert codes["cable/mfp7e10"] == "980-9I570-00N030"
    assert codes["nvidia/mma4z00-ns"] == "980-9I510-00NS00"
    assert codes["box"] is None


def test_a_choice_loads_by_itself_with_the_far_ends():
    rack = hall("dual-plane-512")[0]["hall_racks"]["name"][0]
    made = files("dual-plane-512", Only(rack=(rack,)))
    devices = {r["name"]: r["rack"] for r in rows(made, "7-devices")}
    assert {r["device"] for r in rows(made, "8-interfaces")} <= set(devices)
    ended = [[r[f"side_{s}_device"] for s in "ab"] for r in rows(made, "11-cables")]
    ended += [[x["device"] for s in "ab" for x in c[f"{s}_terminations"]] for c in json.loads(made["12-cables.json"])]
    assert {d for ends in ended for d in ends} <= set(devices)
    assert any(devices[d] == rack for ends in ended for d in ends)
    with pytest.raises(ChoiceError, match="not for a cable"):
        files("dual-plane-512", Only(cable=("1",)))


@pytest.mark.parametrize(
    ("connector", "speed", "is_infiniband", "expected"),
    [
        ("osfp", 800.0, False, "800gbase-x-osfp"),
        ("osfp", None, False, "800gbase-x-osfp"),
        ("osfp", 400.0, True, "infiniband-ndr"),
        ("osfp1600", 1600.0, False, "1.6tbase-x-osfp1600"),
        ("rj45", 1.0, False, "1000base-t"),
        ("qsfp112", 800.0, False, "other"),
        (None, 100.0, False, "other"),
    ],
)
def test_interface_types_are_slugs_of_netbox(connector: str | None, speed: float | None, is_infiniband: bool, expected: str):
    assert netbox_wiring.interface_type(connector, speed, is_infiniband) == expected


def test_names_that_are_cut_stay_apart():
    made = netbox.fit(pl.Series(NASTY), 64)
    assert made.n_unique() == len(NASTY)
    assert made.str.len_chars().max() <= 64  # type: ignore[operator]
    assert made[1] == NASTY[1]
    slugs = netbox.slugs([*NASTY, "A B", "a b", "架"])
    assert len(set(slugs.values())) == len(slugs)
    assert all(s and len(s) <= 100 and s.isascii() for s in slugs.values())


@pytest.mark.parametrize("which", ["dual-plane-512", "nasty"])
def test_networkx_reads_every_device_and_link_with_its_length(which: str):
    t, _ = nasty() if which == "nasty" else hall(which)
    ((path, make),) = graphml.files_of(t, Only())
    assert path == "network.graphml"
    graph = networkx.read_graphml(io.BytesIO(make()), force_multigraph=True)
    assert not graph.is_directed()
    at = ends.devices(t)
    clean = at["end"].str.replace_all("[\x00-\x08\x0b\x0c\x0e-\x1f]", " ")
    assert [graph.nodes[f"n{i}"]["name"] for i in range(at.height)] == clean.to_list()
    assert [graph.nodes[f"n{i}"].get("unit") for i in range(at.height)] == at["u"].to_list()
    cables = t["fabric_cables"]
    expected = zip(*(cables[c] for c in ("link_id", "a_device_id", "b_device_id", "length_cut_mm", "speed_gbps", "tier")), strict=True)
    seen = {k: (frozenset([a, b]), d["cut_mm"], d["speed_gbps"], d["tier"]) for a, b, k, d in graph.edges(keys=True, data=True)}
    assert seen == {f"e{i}": (frozenset([f"n{a}", f"n{b}"]), mm, speed, tier) for i, a, b, mm, speed, tier in expected}


def test_a_graph_of_a_rack_has_what_touches_it():
    t, _ = hall("dual-plane-512")
    rack = t["hall_racks"]["name"][0]
    ((_, make),) = graphml.files_of(t, Only(rack=(rack,)))
    graph = networkx.read_graphml(io.BytesIO(make()), force_multigraph=True)
    assert 0 < graph.number_of_edges() < t.height("fabric_cables")
    assert all(rack in (graph.nodes[a]["rack"], graph.nodes[b]["rack"]) for a, b in graph.edges())


PORT = ["port", "speed", "slot", "destination_node_id", "destination_port", "destination_slot"]
WORD = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
PADDLE = {  # network_modeling/schema/paddle-schema.json of CANU, whose `items` by mistake never applies to an object
    "type": "object",
    "required": ["canu_version", "architecture", "shcd_file", "topology"],
    "properties": {
        "topology": {
            "type": "array",
            "items": {
                "type": "object",
                "minProperties": 8,
                "additionalProperties": False,
                "properties": {
                    **dict.fromkeys(("common_name", "rack_number", "rack_elevation", "architecture", "model", "type", "vendor"), WORD),
                    "id": COUNT,
                    "ports": {
                        "type": "array",
                        "items": {
                            "minProperties": 6,
                            "additionalProperties": False,
                            "properties": {
                                **{k: {"type": ["string", "null"]} if "slot" in k else COUNT for k in PORT},
                                "speed": {"type": "integer", "minimum": 1},
                            },
                        },
                    },
                    "location": {
                        "minProperties": 2,
                        "additionalProperties": False,
                        "properties": dict.fromkeys(("rack", "elevation", "sub_location", "parent"), WORD),
                    },
                },
            },
        },
    },
}


@pytest.mark.parametrize("which", ["dual-plane-512", "nasty"])
def test_a_paddle_fits_its_schema_and_has_every_link_from_both_ends(which: str):
    t, _ = nasty() if which == "nasty" else hall(which)
    ((_, make),) = canu_paddle.files_of(t, Only())
    document = json.loads(make())
    jsonschema.validate(document, PADDLE)
    nodes = {n["id"]: n for n in document["topology"]}
    assert sorted(nodes) == list(range(len(nodes)))
    seen = {
        (i, p["slot"], p["destination_node_id"], p["destination_slot"], p["port"], p["destination_port"])
        for i, n in nodes.items()
        for p in n["ports"]
    }
    assert {(b, q, a, p, y, x) for a, p, b, q, x, y in seen} == seen
    at = ends.devices(t)
    named = ends.named(t, at, pl.select(pl.int_range(t.height("fabric_cables"), dtype=pl.UInt32)).to_series())
    expected = set(zip(at["end"][named["a_device_id"]], named["a_port"], at["end"][named["b_device_id"]], named["b_port"], strict=True))
    name = {i: n["common_name"] for i, n in nodes.items()}
    assert {(name[a], p, name[b], q) for a, p, b, q, *_ in seen} == expected | {(b, q, a, p) for a, p, b, q in expected}
    assert len(seen) == 2 * len(expected)


@pytest.mark.parametrize("which", ["dual-plane-512", "nasty", "gb200-superpod-2su"])
def test_redfish_has_every_cable_between_chassis_that_stand_in_racks(which: str):
    t, designs = nasty() if which == "nasty" else hall(which)
    made = {p: json.loads(make()) for p, make in redfish.files_of(t, Only())}
    chassis = {m["@odata.id"]: m for m in made["redfish/Chassis.json"]["Members"]}
    assert len(chassis) == made["redfish/Chassis.json"]["Members@odata.count"] == ends.devices(t).height + t.height("hall_racks")
    for member in chassis.values():
        place = member["Location"]["Placement"]
        if member["ChassisType"] == "Rack":
            assert "Links" not in member  # a reference is never null
            continue
        assert chassis[member["Links"]["ContainedBy"]["@odata.id"]]["Name"] == place["Rack"]
        assert (place["RackOffset"] is None) == (place["RackOffsetUnits"] is None)
        assert place["RackOffsetUnits"] in {None, "EIA_310"}  # no frame of these designs has OU
    units = {round(float(d["racks"]["unit_mm"][0]), 2) for d in designs.values()}
    assert units == {44.45}
    cables = made["redfish/Cables.json"]["Members"]
    keys = t["fabric_cables"].unique("key")
    assert {m["Id"] for m in cables} == {str(k) for k in keys["key"]}
    assert len(cables) == keys.height
    for member in cables:
        assert member["CableClass"] in {"Network", "Fabric"}
        assert set(member["UpstreamConnectorTypes"] + member["DownstreamConnectorTypes"]) <= {"OSFP", "QSFP", "SFP", "RJ45"}
        for side in ("Upstream", "Downstream"):
            ended = [chassis[x["@odata.id"]]["Name"] for x in member["Links"][f"{side}Chassis"]]
            assert all(any(part.startswith(f"{name}:") or f" {name}:" in part for part in [member[f"{side}Name"]]) for name in ended)
    long = (
        t["fabric_cables"].select("key", mm=pl.when(pl.col("length_stock_mm") >= 0).then("length_stock_mm").otherwise("length_cut_mm")).unique("key")
    )
    assert {m["Id"]: round(m["LengthMeters"] * 1000) for m in cables} == {str(k): mm for k, mm in long.iter_rows()}


@pytest.mark.parametrize("rack", ["gb200-nvl72", "dgx-h100-x4"])
def test_wireviz_harnesses_are_the_power_cables_conductor_by_conductor(rack: str):
    t = compile_file(str(HALLS.parent / "racks" / f"{rack}.yaml"), as_of="2026-01-01").tables
    first = pl.col("cable_id") == t["cables"].filter(pl.col("medium") == "power")["cable_id"].min()
    t = t.put({"cables": t["cables"].with_columns(a_end=pl.when(first).then(pl.lit("".join(NASTY))).otherwise("a_end"))})
    ((_, make),) = wireviz.files_of(t, Only())
    document = yaml.safe_load(make())
    own = t["cables"].filter(pl.col("medium") == "power").sort("cable_id")
    assert len(document["cables"]) == len(document["connections"]) == own.height
    used = set()
    for connection, cable in zip(document["connections"], own.iter_rows(named=True), strict=True):
        (x, pins), (w, wires), (y, others) = [*(next(iter(d.items())) for d in connection)]
        made, supply, device = document["cables"][w], document["connectors"][x], document["connectors"][y]
        assert pins == wires == others == [f"1-{made['wirecount']}"]
        assert made["wirecount"] == len(made["wirelabels"]) == supply["pincount"] == device["pincount"] == len(device["pinlabels"])
        assert (supply["notes"], device["notes"]) == (cable["b_end"], cable["a_end"])
        long = cable["length_cut_mm"] if cable["length_stock_mm"] is None else cable["length_stock_mm"]
        assert made["length"] == f"{long / 1000:g} m"
        assert (made["wirecount"], supply["type"]) in {(5, "iec60309-60a-5w"), (3, "c20"), (3, "c14")}
        used |= {w, x, y}
    assert used == set(document["cables"]) | set(document["connectors"])
    harness = reader.parse(make().decode(), return_types="harness")  # WireViz itself
    assert harness.metadata["title"] == t["racks"]["name"][0]
    assert set(harness.connectors) | set(harness.cables) == used
    bought = sum(line["qty"] for line in harness.bom() if line.get("unit") == "m")
    assert bought == pytest.approx(sum(float(c["length"].split()[0]) for c in document["cables"].values()), abs=0.1)


def test_conductors_follow_from_the_plug_at_the_supply():
    assert wireviz.conductors("iec60309-32a-3w") == ("L", "N", "PE")
    assert wireviz.conductors("c14") == ("L", "N", "PE")
    assert wireviz.conductors("dc-800v-125a") == ("+", "-")


def test_the_workbook_has_its_sheets_with_filters_and_frozen_heads_and_no_formula():
    t, _ = nasty()
    row = t["hall_racks"].filter(pl.col("design_id").is_null())["name"][0]
    only = Only(rack=(row,))
    ((_, make),) = workbook.files_of(t, only)
    book = openpyxl.load_workbook(io.BytesIO(make()))
    assert book.sheetnames == ["Cables", "BOM", "Ports"]
    for page, sheet in zip(book, workbook.sheets(t, ends.devices(t), only), strict=True):
        assert page.freeze_panes == "A2"
        assert page.auto_filter.ref.startswith("A1:")
        cells = [[c.value for c in r] for r in page.iter_rows()]
        assert cells[0] == list(sheet.heads or sheet.frame.columns)
        assert not any("_" in head for head in cells[0])
        assert len(cells) - 1 == sheet.frame.height > 0
        assert not any(c.data_type == "f" for r in page.iter_rows() for c in r)
    with pytest.raises(ChoiceError, match="not for a cable"):
        list(workbook.files_of(t, Only(cable=("1",))))
