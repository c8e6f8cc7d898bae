"""Files for what configures, emulates and checks the network: they say what the tables say, in the names and fields that their receivers have.

Fields, names and port maps written here are those of the receivers: YANG models and port_config.ini of SONiC, clab.schema.json of containerlab, the
wiring API of Hedgehog, lldpd, all read 2026-11-23. FRR and Graphviz themselves read the files in tests/peers.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import polars as pl
import pytest
import yaml

from rackwright.export import addresses, containerlab, expected_neighbours, frr, hedgehog, net, ptm_dot, sonic
from rackwright.export.only import ChoiceError, Only, UnknownNameError
from rackwright.flow.compile import compile_text
from rackwright.flow.hall import compile_hall
from rackwright.schema import ends
from rackwright.schema.tables import Tables
from rackwright.verify import reading
from rackwright.verify.check import check

HALLS = Path(__file__).resolve().parents[2] / "examples" / "halls"
EVERY = [containerlab, expected_neighbours, frr, hedgehog, ptm_dot, sonic]
NASTY = [
    "=cmd|' /C calc'!A0",
    'a,b"c\\',
    "+1 {x: [1]}",
    "line\nhostname evil\r\n!",
    "x" * 200,
    "Ünïcode-架 ",
    "- # none",
    "tab\there",
    "a/b",
    "a_2fb",
]
Wire = frozenset[tuple[str, str]]


@cache
def hall() -> Tables:
    """Two planes, legs of broken-out ports, twin cables, a tree that reaches switches, an address plan."""
    return compile_hall(str(HALLS / "dual-plane-512.yaml"), as_of="2026-01-01").tables


@cache
def small(links: str = "unnumbered", addressing: bool = True) -> Tables:
    """Two leaves and two spines with two cables between each."""
    plan = f"addressing: {{links: {links}, loopbacks: 'fd00:1::/48', hosts: {{front: 'fd00:2::/32'}}}}\n" if addressing else ""
    text = f"""\
hall: "small"
designs: {{dgx: ../racks/dgx-h100-x4.yaml@superpod}}
floor: {{rows: 1, places: 6, pitch: 700 mm}}
racks:
  dgx: {{design: dgx, count: 1}}
fabrics:
  front: {{topology: node-local, ports: [dgx.net], switch: nvidia/sn5600, homing: 2, tiers: 2, leaves: 2, spines: 2, uplinks: 4, leaf_scope: all}}
{plan}"""
    return compile_text(text, folder=HALLS).tables


@cache
def nasty() -> Tables:
    """The same with racks, ports and switches called what nobody should call them."""
    t = small(addressing=True)
    names = pl.Series([f"{NASTY[i % len(NASTY)]}{i // len(NASTY)}" for i in range(t.height("hall_racks"))])
    ports = [pl.col(c) + pl.lit(NASTY[3]) for c in ("name", "plug")]
    return t.put({
        "hall_racks": t["hall_racks"].with_columns(name=names),
        "switch_ports": t["switch_ports"].with_columns(ports),
        "nic_ports": t["nic_ports"].with_columns(pl.concat_str(pl.lit(NASTY[0]), "name").alias("name")),
    })  # fmt: skip


def texts(of: ModuleType, t: Tables, only: Only | None = None) -> dict[str, str]:
    return {path: make().decode() for path, make in of.files_of(t, only or Only())}


def wires(t: Tables) -> dict[Wire, str]:
    """Every link of Ethernet fabrics by its two ends as on labels, with the label of its cable; from the tables, not from what exporters share."""
    speaks = dict(t["part_facts"].filter(pl.col("fact") == "protocol").select("part", "text").iter_rows())
    of = {f for f, p in t["fabric_switches"].select("fabric_id", "part").iter_rows() if speaks[p] == "ethernet"}
    made = ends.named(t, ends.devices(t), t["fabric_cables"].select(pl.arg_where(pl.col("fabric_id").is_in(list(of)))).to_series())
    at = ends.devices(t)["end"]
    rows = zip(at[made["a_device_id"]], made["a_port"], at[made["b_device_id"]], made["b_port"], made["label"], strict=True)
    return {frozenset([(a, p), (b, q)]): label for a, p, b, q, label in rows}


@pytest.mark.parametrize("which", [hall, nasty])
def test_neighbours_are_lldp_as_lldpd_writes_it_with_every_link_at_both_ends(which: Any):
    t = which()
    seen: Counter[Wire] = Counter()
    files = texts(expected_neighbours, t)
    names = net.safe(ends.devices(t)["end"])
    back = dict(zip(names, ends.devices(t)["end"], strict=True))
    labels = wires(t)
    for path, text in files.items():
        document = json.loads(text)
        (lldp,) = document["lldp"]
        for found in lldp["interface"]:
            assert set(found) == {"name", "via", "chassis", "port", "cable"}
            (chassis,), (port,) = found["chassis"], found["port"]
            assert port["id"] == [{"type": "ifname", "value": port["descr"][0]["value"]}]
            assert chassis["id"] == [{"type": "local", "value": chassis["name"][0]["value"]}]
            host = document["local-chassis"][0]["chassis"][0]["name"][0]["value"]
            assert host == back[path.removeprefix("neighbours/").removesuffix(".json")]
            wire = frozenset([(host, found["name"]), (chassis["name"][0]["value"], port["id"][0]["value"])])
            assert found["cable"] == labels[wire]
            seen[wire] += 1
    assert set(seen) == set(labels)
    assert set(seen.values()) == {2}


@pytest.mark.parametrize("which", [hall, nasty])
def test_verify_reads_expected_neighbours_and_has_nothing_to_say(which: Any, tmp_path: Path):
    t = which()
    for path, text in texts(expected_neighbours, t).items():
        (tmp_path / Path(path).name).write_text(text, encoding="utf-8")
    made = check(t, reading.read([str(tmp_path)]))
    assert made.findings == []
    assert made.coverage[0].links["right"] == len(wires(t))
    assert made.coverage[0].ends_seen == made.coverage[0].ends == 2 * len(wires(t))


CLAB = {
    "type": "object",
    "required": ["name", "topology"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": "^[a-zA-Z0-9][a-zA-Z0-9-._]*$"},
        "topology": {
            "type": "object",
            "required": ["nodes"],
            "additionalProperties": False,
            "properties": {
                "kinds": {"type": "object", "additionalProperties": {"$ref": "#/definitions/node"}},
                "groups": {"type": "object", "additionalProperties": {"$ref": "#/definitions/node"}},
                "nodes": {
                    "type": "object",
                    "patternProperties": {"^[a-zA-Z0-9][a-zA-Z0-9-._|]*$": {"$ref": "#/definitions/node"}},
                    "additionalProperties": False,
                },
                "links": {"type": "array", "items": {"$ref": "#/definitions/link"}},
            },
        },
    },
    "definitions": {
        "node": {
            "type": "object",
            "additionalProperties": False,
            "properties": {k: {"type": "string"} for k in ("image", "kind", "group")} | {"labels": {"additionalProperties": {"type": "string"}}},
        },
        "link": {
            "type": "object",
            "required": ["endpoints"],
            "additionalProperties": False,
            "properties": {
                "endpoints": {"type": "array", "minItems": 2, "maxItems": 2, "uniqueItems": True, "items": {"pattern": "^\\S+:\\S{1,15}$"}},
                "vars": {"type": "object", "required": ["cable", "a", "b"], "properties": {"length_mm": {"type": "integer", "minimum": 1}}},
            },
        },
    },
}


@pytest.mark.parametrize("which", [hall, nasty])
def test_containerlab_topology_keeps_its_schema_and_leads_back_to_labels(which: Any):
    t = which()
    ((path, text),) = texts(containerlab, t).items()
    assert path.endswith(".clab.yml")
    made = yaml.load(text, Loader=yaml.CSafeLoader)
    jsonschema.validate(made, CLAB)
    nodes, links = made["topology"]["nodes"], made["topology"]["links"]
    used = Counter(end for link in links for end in link["endpoints"])
    assert set(used.values()) == {1}
    assert {end.split(":")[0] for end in used} == set(nodes)
    named = {"H01.AA01-03:nic0/p0/1": "H01.AA01-03:nic0_2fp0_2f1"} if which is hall else {}
    found: dict[Wire, str] = {}
    for link in links:
        told, both = link["vars"], []
        for side, end in zip("ab", link["endpoints"], strict=True):
            host = nodes[end.split(":")[0]]["labels"]["name"]
            assert told[side].startswith(f"{host}:")
            assert named.get(told[side], end) == end
            both.append((host, told[side][len(host) + 1 :]))
        found[frozenset(both)] = told["cable"]
    assert found == wires(t)
    assert sum(link["vars"]["length_mm"] for link in links) == t["fabric_cables"]["length_cut_mm"].sum()


@pytest.mark.parametrize("which", [hall, nasty])
def test_dot_has_every_link_once_and_names_that_cannot_break_out(which: Any):
    t = which()
    ((_, text),) = texts(ptm_dot, t).items()
    head, *lines, last = text.splitlines()
    assert (head, last) == ("graph G {", "}")
    name = r'"((?:[^"\\]|\\.)*)"'
    edges = [m for line in lines if (m := re.fullmatch(rf"  {name}:{name} -- {name}:{name}", line))]
    nodes = [m for line in lines if (m := re.fullmatch(rf'  {name} \[label={name} role="(?:leaf|spine|core|host)"\]', line))]
    rest = [line for line in lines if " -- " not in line and "[label=" not in line]
    assert rest == ['  hostnametype="fqdn"', '  LLDP="match_hostname=fqdn"']  # names have dots, and are no domains
    assert len(edges) + len(nodes) == len(lines) - 2

    def plain(x: str) -> str:
        return x.replace('\\"', '"')  # the one escape of DOT: two backslashes are two

    def line(x: str) -> str:
        return re.sub(r"[\x00-\x1f]", " ", x)

    found = {frozenset([(plain(m[1]), plain(m[2])), (plain(m[3]), plain(m[4]))]) for m in edges}
    assert found == {frozenset((line(h), line(p)) for h, p in wire) for wire in wires(t)}


def test_sonic_counts_ports_as_the_port_map_of_the_switch_does():
    """port_config.ini of Mellanox-SN5600-O128 (sonic-buildimage): 64 cages of two 400G legs; `Ethernet4` has lanes 4,5,6,7, index 1."""
    t = hall()
    spine = net.safe(ends.devices(t)["end"])[t["fabric_switches"].filter((pl.col("fabric_id") == 0) & (pl.col("tier") == 1))["device_id"][0]]
    made = json.loads(texts(sonic, t, Only(device=(spine,)))[f"sonic/{spine}/config_db.json"])
    assert len(made["PORT"]) == 128
    for i, (name, port) in enumerate(made["PORT"].items()):
        assert name == f"Ethernet{4 * i}"
        assert port["lanes"] == ",".join(str(4 * i + n) for n in range(4))
        assert (port["index"], port["speed"], port["fec"]) == (str(i // 2 + 1), "400000", "rs")
        assert port["alias"] == f"swp{i // 2 + 1}s{i % 2}"
    assert made["BREAKOUT_CFG"] == {f"Ethernet{8 * i}": {"brkout_mode": "2x400G"} for i in range(64)}


FIELDS = {
    "PORT": {"admin_status", "alias", "autoneg", "description", "fec", "index", "lanes", "mtu", "speed"},
    "BREAKOUT_CFG": {"brkout_mode"},
    "DEVICE_METADATA": {"bgp_asn", "bgp_router_id", "hostname", "type"},
    "DEVICE_NEIGHBOR": {"local_port", "name", "port"},
    "DEVICE_NEIGHBOR_METADATA": {"hwsku", "lo_addr", "lo_addr_v6", "type"},
    "LOOPBACK_INTERFACE": set(),
    "INTERFACE": {"ipv6_use_link_local_only"},
    "BGP_NEIGHBOR": {"asn", "holdtime", "keepalive", "local_addr", "name"},
    "MGMT_INTERFACE": {"gwaddr"},
    "MGMT_PORT": {"admin_status", "alias"},
    "VLAN": {"vlanid"},
    "VLAN_INTERFACE": set(),
    "VLAN_MEMBER": {"tagging_mode"},
}


@pytest.mark.parametrize("which", [hall, nasty])
def test_sonic_has_the_fields_of_its_models_and_every_neighbour_in_either_shape(which: Any):
    t = which()
    switches = ends.devices(t)[t["fabric_switches"]["device_id"]]["end"]
    named = dict(zip(net.safe(ends.devices(t)["end"]), ends.devices(t)["end"], strict=True))
    seen: Counter[tuple[str, str, str, str]] = Counter()
    for path, text in texts(sonic, t).items():
        made, host = json.loads(text), path.split("/")[1]
        for table, rows in made.items():
            for row in rows.values():
                assert set(row) <= FIELDS[table], (table, row)
                assert all(isinstance(v, str) and len(v) <= 255 for v in row.values())
        assert made["DEVICE_METADATA"]["localhost"]["hostname"] == host
        assert re.fullmatch(r"ToRRouter|LeafRouter|SpineRouter", made["DEVICE_METADATA"]["localhost"]["type"])
        of_cage = Counter(port["index"] for port in made["PORT"].values())
        index = {port["lanes"].split(",")[0]: port["index"] for port in made["PORT"].values()}
        for name, row in made["BREAKOUT_CFG"].items():  # every leg of a cage is there, whether it is used or not
            assert of_cage[index[name.removeprefix("Ethernet")]] == int(row["brkout_mode"].split("x")[0])
        lanes = [lane for port in made["PORT"].values() for lane in port["lanes"].split(",")]
        assert len(lanes) == len(set(lanes))
        for key, row in made["DEVICE_NEIGHBOR"].items():
            assert key == row["local_port"]
            seen[named[host], made["PORT"][key]["alias"], named[row["name"]], row["port"]] += 1
        assert {key.split("|")[0] for key in made.get("MGMT_INTERFACE", {})} <= set(made.get("MGMT_PORT", {}))  # leafref
        for row in made["DEVICE_NEIGHBOR_METADATA"].values():
            assert all(ipaddress.ip_address(row[x]).version == v for x, v in (("lo_addr", 4), ("lo_addr_v6", 6)) if x in row)
        if any(":" in key for key in made.get("LOOPBACK_INTERFACE", {})):  # bgpcfgd waits for an IPv4 loopback or this
            assert ipaddress.IPv4Address(made["DEVICE_METADATA"]["localhost"]["bgp_router_id"])
        for table in ("INTERFACE", "VLAN_MEMBER"):
            assert {key.split("|")[table == "VLAN_MEMBER"] for key in made.get(table, {})} <= set(made["PORT"])
    mine = set(switches)
    both = [(*a, *b) for wire in wires(t) for a in wire for b in wire if a != b and a[0] in mine and a[1] != "mgmt"]
    assert seen == Counter((h, p[:128], f, q) for h, p, f, q in both)
    assert max(seen.values()) == 1


def test_sonic_and_frr_have_the_addresses_and_as_numbers_of_the_plan():
    t = hall()
    end = dict(zip(ends.devices(t)["device"], ends.devices(t)["end"], strict=True))
    confs, dbs = texts(frr, t), {p: json.loads(x) for p, x in texts(sonic, t).items()}
    plan = pl.concat([addresses.links(t, f) for f in t["address_pools"].filter((pl.col("use") == "links") & (pl.col("used") > 0))["fabric_id"]])
    sessions: Counter[str] = Counter()
    for row in plan.iter_rows(named=True):
        for near, far in ("ab", "ba"):
            host, peer = end[row[f"{near}_device"]], row[f"{far}_address"].split("/")[0]
            conf, made = confs[f"frr/{host}/frr.conf"], dbs[f"sonic/{host}/config_db.json"]
            stanza = conf.split(f"interface {row[f'{near}_port']}\n", 1)[1].split("exit\n", 1)[0]
            assert stanza.endswith(f" ip address {row[f'{near}_address']}\n")
            assert f" neighbor {peer} remote-as {row[f'{far}_asn']}\n neighbor {peer} peer-group fabric\n" in conf
            assert made["BGP_NEIGHBOR"][peer]["asn"] == str(row[f"{far}_asn"])
            name = next(n for n, p in made["PORT"].items() if p["alias"] == row[f"{near}_port"])
            assert f"{name}|{row[f'{near}_address']}" in made["INTERFACE"]
            sessions[host] += 1
    for row in addresses.switches(t).iter_rows(named=True):
        host = end[row["name"]]
        conf = confs[f"frr/{host}/frr.conf"]
        assert f"router bgp {row['asn']}\n bgp router-id {row['loopback']}\n" in conf
        assert f"  network {row['loopback']}/32\n" in conf
        assert conf.count(" remote-as ") == sessions[host] == len(dbs[f"sonic/{host}/config_db.json"].get("BGP_NEIGHBOR", {}))
    leaves = dict(addresses.subnets(t).select("leaf", "prefix").iter_rows())
    for leaf, prefix in leaves.items():
        assert f"  network {prefix}\n" in confs[f"frr/{end[leaf]}/frr.conf"]
        ports = confs[f"frr/{end[leaf]}/interfaces"].split("bridge-ports ")[1].split()
        members = dbs[f"sonic/{end[leaf]}/config_db.json"]["VLAN_MEMBER"]
        assert len(ports) == len(set(ports)) == len(members) == t["subnets"].filter(pl.col("prefix") == prefix)["ports"][0]


OBJECT = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"


@pytest.mark.parametrize("which", [hall, nasty])
def test_hedgehog_wiring_is_what_its_api_takes(which: Any):
    """Kinds and fields of wiring.githedgehog.com/v1beta1; names of objects by RFC 1123; each port once and among those the breakouts leave; no
    address, as hhfab refuses wiring that is hydrated in part.
    """
    t, cables = which(), 0
    cut: set[tuple[str, str]] = set()
    for text in texts(hedgehog, t).values():
        objects = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
        assert all(o["apiVersion"] == "wiring.githedgehog.com/v1beta1" for o in objects)
        named = Counter((o["kind"], o["metadata"]["name"]) for o in objects)
        assert set(named.values()) == {1}
        assert all(re.fullmatch(OBJECT, n) and len(n) <= 63 for _, n in named)
        of = {kind: {o["metadata"]["name"]: o["spec"] for o in objects if o["kind"] == kind} for kind, _ in named}
        assert set(of) == {"Connection", "Server", "Switch", "VLANNamespace"}
        told_of = {o["metadata"]["name"]: o["metadata"].get("annotations", {}) for o in objects if o["kind"] == "Connection"}
        allowed: set[str] = set()
        for name, spec in of["Switch"].items():
            assert set(spec) <= {"role", "description", "profile", "portBreakouts"}
            assert spec["role"] in ("spine", "server-leaf")
            split = {cage: int(mode.split("x")[0]) for cage, mode in spec.get("portBreakouts", {}).items()}
            every = [f"E1/{i}" for i in range(1, 65)]
            allowed |= {f"{name}/{c}/{leg + 1}" if c in split else f"{name}/{c}" for c in every for leg in range(split.get(c, 1))}
        used: list[str] = []
        for name, spec in of["Connection"].items():
            ((kind, told),), notes = spec.items(), told_of[name]
            if kind == "unbundled":
                assert told["link"]["server"]["port"].split("/", 1)[0] in of["Server"]
                links = [(told["link"]["server"]["port"], told["link"]["switch"]["port"])]
            else:
                assert kind == "fabric"
                cut |= set(zip(*(notes[f"rackwright/{x}"].split() for x in ("cables", "cut-mm")), strict=True)) if which is hall else set()
                links = [(x["leaf"]["port"], x["spine"]["port"]) for x in told["links"]]
                assert len({(a.split("/")[0], b.split("/")[0]) for a, b in links}) == 1
                assert {p for p, _ in links} <= allowed
            assert {q for _, q in links} <= allowed
            used += [p for link in links for p in link]
            cables += len(links)
        assert len(used) == len(set(used))
    trees = t["fabrics"].filter(pl.col("topology") == "tree")["fabric_id"]
    assert cables == t["fabric_cables"].filter(~pl.col("fabric_id").is_in(trees.implode())).height
    rows = t["fabric_cables"].select(pl.arg_where(~pl.col("fabric_id").is_in(trees.implode()) & (pl.col("tier") > 0))).to_series()
    made = ends.named(t, ends.devices(t), rows).select("label", pl.col("length_cut_mm").cast(pl.String))
    assert cut == (set(made.rows()) if which is hall else set())


@pytest.mark.parametrize("of", EVERY, ids=lambda m: m.__name__.rsplit(".", 1)[1])
def test_a_choice_of_devices_is_their_files_alone_and_unknown_ones_are_told(of: ModuleType, monkeypatch: pytest.MonkeyPatch):
    t = hall()
    rack = t["hall_racks"]["name"][t["fabric_switches"]["rack_id"][0]]
    whole, part = texts(of, t), texts(of, t, Only(rack=(rack,)))
    assert part
    if of in (frr, sonic, expected_neighbours):
        assert part.items() < whole.items()
        assert all(path.split("/")[1].startswith(rack) for path in part)
    else:
        assert sum(map(len, part.values())) < sum(map(len, whole.values()))
    with pytest.raises(UnknownNameError):
        texts(of, t, Only(rack=("H09.ZZ99",)))
    monkeypatch.setattr(net, "MOST", 10)
    with pytest.raises(ChoiceError, match=r"of [\d,]+ links are more than the 10 of one call"):
        texts(of, t)
    if "CHOICES" in vars(of):
        with pytest.raises(ChoiceError, match="not for a cable"):
            texts(of, t, Only(cable=("H01.AA01-03:nic0/p0",)))


def test_what_cannot_be_configured_is_said():
    with pytest.raises(ChoiceError, match="`frr` is made of an address plan"):
        texts(frr, small(addressing=False))
    with pytest.raises(ChoiceError, match="links of fabric `front` have IPv4 addresses, over which FRR carries no IPv6 prefixes"):
        list(frr.files_of(small(links="10.128.0.0/9"), Only()))
    bare = json.loads(next(iter(texts(sonic, small(addressing=False)).values())))
    assert {"PORT", "DEVICE_NEIGHBOR"} <= set(bare)
    assert not {"BGP_NEIGHBOR", "INTERFACE", "LOOPBACK_INTERFACE"} & set(bare)


def test_infiniband_has_no_part_in_it():
    t = compile_hall(str(HALLS / "h100-superpod-1su.yaml"), as_of="2026-01-01").tables
    assert t.height("fabric_cables") > 0
    assert net.ethernet(t) == []
    assert not [path for of in EVERY for path in texts(of, t)]
