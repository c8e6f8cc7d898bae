"""Addresses of one plan: unique, inside their pools, the two ends of a /31, unchanged by growth. `ipaddress` and networkx are the judges."""

from __future__ import annotations

import csv
import io
import ipaddress
import itertools
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.build.fabrics import measure

from rackwright.base.findings import DesignError
from rackwright.build.fabrics.fabric import Endpoints, FabricSpec, Switches, SwitchModel
from rackwright.build.hall.addressing import Fault, numbers
from rackwright.export import addresses
from rackwright.export.only import Only
from rackwright.flow.compile import compile_text
from rackwright.rules.halls import ETHERNET, RACK
from rackwright.schema.check import violations
from rackwright.schema.links import HOST
from rackwright.schema.tables import Tables
from rackwright.spec.addressing import PRIVATE_ASN, Addressing, Room

PLAN = Addressing()
WIDE = Addressing(room={"fabric": "1048576"})
MODEL = SwitchModel("single", 64, 400.0, (1,))
TWO = ETHERNET.replace("rows: 1", "rows: 2").replace("count: 4", "count: 6") + "unit: 3\n"


def numbered(s: Switches, plan: Addressing = WIDE) -> dict[tuple[int, ...], tuple[int, int]]:
    """Number, and number of the AS, of each switch by its name."""
    columns = [getattr(s, c).astype(np.int64) for c in ("tier", "pod", "plane", "rail", "index")]
    made = numbers(*columns, plan, "f")
    assert not isinstance(made, Fault), made
    return dict(zip(zip(*(c.tolist() for c in columns), strict=True), zip(made[0].tolist(), made[1].tolist(), strict=True), strict=True))


@st.composite
def switches(draw: st.DrawFn) -> Switches:
    """Every index up to a count for each tier, pod, plane and rail, as planners make them."""
    planes, rows = draw(st.integers(1, 3)), []
    for tier in range(draw(st.integers(1, 3))):
        pods = draw(st.sampled_from([[-1], list(range(draw(st.integers(1, 5))))]))
        rails = draw(st.sampled_from([[-1], list(range(draw(st.integers(1, 4))))]))
        count = draw(st.integers(1, 6))
        rows += [(tier, p, plane, r, i) for plane in range(planes) for p in pods for r in rails for i in range(count)]
    return Switches(*np.array(rows).T)


@settings(max_examples=60, deadline=None)
@given(switches())
def test_no_two_switches_have_one_number(s: Switches):
    made = numbered(s)
    values = [n for n, _ in made.values()]
    assert len(set(values)) == len(s)
    assert 0 <= min(values) <= max(values) < WIDE.room.fabric
    assert {first for _, first in made.values()} <= set(values), "an AS number is that of a switch that is there"


@settings(max_examples=60, deadline=None)
@given(switches(), st.integers(1, 3), st.integers(1, 3))
def test_pods_and_switches_more_renumber_nothing(s: Switches, more_pods: int, more: int):
    """Each tier gets more switches in every set, and as many pods more where it has pods."""
    rows = set(zip(*(getattr(s, c).tolist() for c in ("tier", "pod", "plane", "rail", "index")), strict=True))
    last = {t: max(p for u, p, *_ in rows if u == t) for t, *_ in rows}
    wide = {(t, p, plane, r, i + j) for t, p, plane, r, i in rows for j in range(more + 1)}
    wide |= {(t, p + k, plane, r, i) for t, p, plane, r, i in wide for k in range(more_pods + 1) if p >= 0 and last[t] >= 0}
    after = numbered(Switches(*np.array(sorted(wide)).T))
    before = numbered(s)
    assert {name: after[name][0] for name in before} == {name: n for name, (n, _) in before.items()}
    assert {name: after[name][1] for name in before} == {name: n for name, (_, n) in before.items()}


def test_numbers_of_a_unit_by_hand():
    """8 leaves of a rail each in pod 1, plane 1 of 2: (pod * planes + plane) * 64 + rail = 192 + rail; spines begin at half of 8,192."""
    e = Endpoints.uniform(2, 4, 4, 8, 2, 200.0)
    made = numbered(measure.planned(FabricSpec("f", "rail-optimized", planes=2), (MODEL,), e).switches, PLAN)
    assert [made[0, 1, 1, rail, 0][0] for rail in range(8)] == [192 + rail for rail in range(8)]
    assert made[1, -1, 0, -1, 0] == (4096, 4096)
    assert made[1, -1, 0, -1, 1] == (4097, 4096)
    assert made[1, -1, 1, -1, 0] == (4096 + 64, 4096 + 64)


def test_a_full_field_is_told_with_the_room_that_fits():
    s = Switches(*np.array([(0, 0, 0, r, i) for r in range(8) for i in range(9)]).T)
    columns = [getattr(s, c).astype(np.int64) for c in ("tier", "pod", "plane", "rail", "index")]
    found = numbers(*columns, PLAN, "f")
    assert isinstance(found, Fault)
    assert (found.code, found.help.split(" is ")[0]) == ("NET322", "`addressing.room.pod: 128`")
    assert "numbers 72 leaves in one unit" in found.message
    assert not isinstance(numbers(*columns, PLAN.model_copy(update={"room": Room(pod="128")}), "f"), Fault)


FABRICS = [
    (FabricSpec("f", "rail-optimized"), (2, 4, 4, 4)),
    (FabricSpec("f", "rail-optimized", tiers=3), (3, 4, 4, 4)),
    (FabricSpec("f", "rail-optimized", tiers=3, spine_scope="rail"), (3, 4, 4, 4)),
    (FabricSpec("f", "node-local", tiers=2), (2, 4, 4, 4)),
    (FabricSpec("f", "tree", leaf_scope="rack"), (1, 100, 4, 1)),
    (FabricSpec("f", "leaf-mesh"), (2, 4, 2, 8)),
]


@pytest.mark.parametrize(("spec", "size"), FABRICS, ids=lambda v: v.topology if isinstance(v, FabricSpec) else "")
def test_no_shortest_path_has_an_as_number_twice(spec: FabricSpec, size: tuple[int, ...]):
    """BGP drops a route with its own AS number in the path (RFC 4271, 9.1.2), so shared numbers must not meet twice on any shortest path."""
    e = Endpoints.uniform(*size)
    built = measure.built(spec, (MODEL,), e)
    plan = PLAN.model_copy(update={"room": Room(pod="256", fabric="65536")})
    number = np.array([first for _, first in numbered(built.switches, plan).values()])
    x = built.links
    graph = nx.Graph()
    graph.add_nodes_from(range(len(built.switches)))
    graph.add_edges_from(zip(x.a[x.tier != HOST].tolist(), x.b[x.tier != HOST].tolist(), strict=True))
    leaves = np.flatnonzero(built.switches.tier == 0).tolist()
    for source in leaves[:: max(len(leaves) // 4, 1)]:
        for target in leaves:
            if target != source:
                for path in nx.all_shortest_paths(graph, source, target):
                    assert len({int(number[s]) for s in path}) == len(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hall")
    (made / "rack.yaml").write_text(RACK, encoding="utf-8")
    return made


def sheets(t: Tables) -> dict[str, list[dict[str, str]]]:
    return {path: list(csv.DictReader(io.StringIO(make().decode()))) for path, make in addresses.files(t)}


POOLS = {
    "v4": "addressing:\n  hosts: {compute: 10.0.0.0/12}\n",
    "v6": "addressing:\n  loopbacks: fd00:1::/112\n  links: fd00:2::/96\n  hosts: {compute: fd00:3::/48}\n",
}


@pytest.mark.parametrize("pools", POOLS)
def test_every_address_of_a_hall(pools: str, folder: Path):
    t = compile_text(TWO + POOLS[pools], "hall.yaml", folder).tables
    assert violations(t) == []
    made = sheets(t)
    links, hosts, subnets = made["addresses/links-compute.csv"], made["addresses/hosts-compute.csv"], made["addresses/subnets.csv"]
    loopbacks = [ipaddress.ip_address(r["loopback"]) for r in made["addresses/switches.csv"]]
    length = 31 if pools == "v4" else 127
    for r in links:
        a, b = ipaddress.ip_interface(r["a_address"]), ipaddress.ip_interface(r["b_address"])
        assert a.network == b.network
        assert a.network.prefixlen == length
        assert [a.ip, b.ip] == list(a.network)
        assert r["a_asn"] != r["b_asn"]
    nets = {r["leaf"]: ipaddress.ip_network(r["prefix"]) for r in subnets}
    for r in hosts:
        host, net = ipaddress.ip_interface(r["address"]), nets[r["leaf"]]
        assert host.network == net
        assert r["gateway"] == str(net[1])
        assert host.ip not in (net[0], net[1], net[-1])
    whole = [*nets.values(), *{ipaddress.ip_interface(r["a_address"]).network for r in links}, *map(ipaddress.ip_network, loopbacks)]
    ordered = sorted(whole, key=lambda n: (int(n[0]), n.prefixlen))
    assert not any(one.overlaps(two) for one, two in itertools.pairwise(ordered))
    every = [*loopbacks, *(ipaddress.ip_interface(r[k]).ip for r in links for k in ("a_address", "b_address"))]
    every += [ipaddress.ip_interface(r["address"]).ip for r in hosts]
    assert len(set(every)) == len(every)
    host_links = t["fabric_cables"].filter(t["fabric_cables"]["tier"] == 0).height
    assert (len(hosts), len(links)) == (host_links, t["fabric_cables"].height - host_links)
    low, high = PRIVATE_ASN[1]
    assert all(low <= int(r["asn"]) <= high for r in made["addresses/switches.csv"])


def test_a_choice_of_racks_has_the_same_addresses(folder: Path):
    t = compile_text(TWO + POOLS["v4"], "hall.yaml", folder).tables
    rack = t["hall_racks"]["name"][1]
    made = {p: list(csv.DictReader(io.StringIO(m().decode()))) for p, m in addresses.files_of(t, Only(rack=(rack,)))}
    hosts = made[f"addresses/hosts-compute-{rack}.csv"]
    assert hosts == [r for r in sheets(t)["addresses/hosts-compute.csv"] if r["rack"] == rack]
    assert len(hosts) == 8
    assert made[f"addresses/links-compute-{rack}.csv"] == []


def test_unnumbered_links_take_no_pool(folder: Path):
    t = compile_text(TWO + "addressing: {links: unnumbered}\n", "hall.yaml", folder).tables
    assert t["address_pools"]["use"].to_list() == ["asn", "loopbacks"]
    assert list(sheets(t)) == ["addresses/switches.csv"]


def test_infiniband_has_a_subnet_a_rail_and_no_routing(folder: Path):
    text = TWO.replace("nvidia/sn5600", "nvidia/qm9700")
    assert compile_text(text + "addressing: {}\n", "hall.yaml", folder).tables["switch_addresses"].is_empty()
    t = compile_text(text + "addressing:\n  hosts: {compute: 10.0.0.0/8}\n", "hall.yaml", folder).tables
    assert t["subnets"]["rail"].to_list() == list(range(8))
    assert t["switch_addresses"]["asn"].null_count() == t["switch_addresses"].height
    hosts = sheets(t)["addresses/hosts-compute.csv"]
    by_rail: dict[str, set[str]] = {}
    for r in hosts:
        by_rail.setdefault(r["port"].split("/")[0], set()).add(str(ipaddress.ip_interface(r["address"]).network))
    assert {len(v) for v in by_rail.values()} == {1}
    assert len({r["address"] for r in hosts}) == len(hosts) == 48


def test_a_hall_without_a_plan_has_no_addresses(folder: Path):
    t = compile_text(TWO, "hall.yaml", folder).tables
    assert t["address_pools"].is_empty()
    assert sheets(t) == {}


BAD = [
    ("asn: 65000", ""),
    ("asn: 64000", "`64000` is no private AS number"),
    ("loopbacks: 10.255.0.1/16", "`10.255.0.1/16` has bits set beyond its length; the prefix is `10.255.0.0/16`"),
    ("loopbacks: 10.255.0.0", "`10.255.0.0` has no length; write `10.255.0.0/16`, say"),
    ("loopbacks: ten", "`ten` is no prefix"),
    ("links: 10.256.0.0/9", "`10.256.0.0/9` is no prefix"),
    ("hosts: {storage: 10.0.0.0/12}", "there is no fabric `storage`"),
    ("room: {links: 0}", "a whole number from 1 to"),
    ("loopbacks: 10.127.0.0/29", "pool `10.127.0.0/29` of loopbacks has 8 numbers, 4,097 are needed"),
    ("links: 10.112.0.0/12", "pool `10.112.0.0/12` and pool `10.127.0.0/16` share 65,536 addresses"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_bad_plans_are_told(text: str, message: str, folder: Path):
    if not message:
        assert compile_text(ETHERNET + f"addressing: {{{text}, room: {{fabric: 256}}}}\n", "hall.yaml", folder)
        return
    with pytest.raises(DesignError) as caught:
        compile_text(ETHERNET + f"addressing:\n  {text}\n", "hall.yaml", folder)
    found = caught.value.findings
    assert [f.span.line for f in found] == [len(ETHERNET.splitlines()) + 2]
    assert message in found[0].message


def test_pools_that_overlap_point_at_both(folder: Path):
    with pytest.raises(DesignError) as caught:
        compile_text(ETHERNET + "addressing:\n  links: 10.128.0.0/9\n  hosts:\n    compute: 10.192.0.0/12\n", "hall.yaml", folder)
    (found,) = caught.value.findings
    line = len(ETHERNET.splitlines())
    assert (found.code, found.span.line, found.notes[0].span.line) == ("NET321", line + 4, line + 2)
    assert "1,048,576 addresses" in found.message
