"""What a hall spec says about its fabrics, as planned: classes, scale-up beyond the rack, dual homing, rails on a leaf, units, managed switches."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from tests.build.hall.planned import plans, rack, server, spec, switch, wired

from rackwright.base.findings import DesignError
from rackwright.build.fabrics import topology
from rackwright.build.fabrics.fabric import FabricSpec, LinkArrays
from rackwright.build.fabrics.names import plug_names, port_names
from rackwright.build.fabrics.plan import links
from rackwright.build.hall.wire import Wired, model
from rackwright.build.hall.wishes import PLANNER
from rackwright.catalog.loader import Catalog
from rackwright.schema.links import HOST, LEAF_SPINE, PEER
from rackwright.spec.fabric import Fabric

STORAGE = "  - {kind: frontend, count: 4, name: hca, speed: 200 Gb/s, lanes: 4, connector: qsfp56, face: rear, x: [200 mm], z: 22 mm}\n"
BMC = "  - {kind: management, count: 1, name: bmc, speed: 1 Gb/s, lanes: 1, connector: rj45, face: rear, x: [300 mm], z: 22 mm}\n"


def every_link(w: Wired) -> LinkArrays:
    first = w.plan.first
    return LinkArrays.join([links(w.plan, c, w.ends.endpoints.pick(slice(int(first[c]), int(first[c + 1])))) for c in range(w.plan.cells)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Boxes with eight NICs and a management port, storage with four ports of half the speed, and switches."""
    server(tmp_path, "box", 8, 400, BMC)
    server(tmp_path, "disk", 1, 400, STORAGE + BMC)
    switch(tmp_path, "s32", 32, 800, "2 4")
    switch(tmp_path, "oob", 16, 1, more="  uplink_cages: {value: 4, from: est}\n  uplink_speed: {value: 100 Gb/s, from: est}\n")
    switch(tmp_path, "s100", 32, 100)
    rack(tmp_path, {"box": 4})
    rack(tmp_path, {"disk": 4}, "disks")
    return tmp_path


BOTH = "rack: rack.yaml, disks: disks.yaml"


def test_a_class_has_leaves_of_its_own_with_its_ratio_and_reserve(folder: Path) -> None:
    """16 boxes on four leaves at 2:1 and 8 stores of four 200G ports on two leaves at 1:1, where four 400G uplinks carry eight of them."""
    wish = (
        "{topology: node-local, ports: [box.nic], switch: own/s32, leaf_scope: all, oversubscription: 2:1, leaves: 4, "
        "classes: {store: {ports: [disk.hca], oversubscription: 1:1, reserve: 8, leaves: 2}}}"
    )
    racks = "{gpu: {design: rack, count: 4}, store: {design: disks, count: 2, unit: 0}}"
    (w,) = wired(folder, spec(racks, {"f": wish}, designs=BOTH))
    made = every_link(w)
    host = made.tier == HOST
    kind = w.ends.endpoints.kind[made.a[host]]
    assert [np.unique(made.b[host][kind == k]).size for k in (0, 1)] == [4, 2]
    assert not set(made.b[host][kind == 0]) & set(made.b[host][kind == 1])
    up = np.bincount(made.a[made.tier == LEAF_SPINE])
    assert sorted(up.tolist()) == [12, 12, 16, 16, 16, 16]  # (16 + 8 kept free) x 200G over 400G; 32 x 400G at 2:1
    assert set(made.speed_gbps[host][kind == 1].tolist()) == {200.0}


@pytest.mark.parametrize(("gateways", "leaves"), [(4, 1), (8, 1), (12, 3)])
def test_servers_with_more_ports_cost_their_own_ports_alone(folder: Path, gateways: int, leaves: int) -> None:
    """16 servers of two ports and some of four, in units of one rack, on 64 ports: 16 x 2 + 8 x 4 fill one leaf, and every server has one."""
    server(folder, "wide", 4)
    server(folder, "slim", 2)
    rack(folder, {"slim": 4}, "slims")
    rack(folder, {"wide": 4}, "wides")
    switch(folder, "s64", 64, 400)
    racks = f"{{a: {{design: slim, count: 2}}, mid: {{design: wide, count: {gateways // 4}}}, b: {{design: slim, count: 2}}}}"
    wish = "{topology: node-local, ports: [slim.nic, wide.nic], switch: own/s64, leaf_scope: all}"
    (w,) = wired(folder, spec(racks, {"f": wish}, unit=1, designs="slim: slims.yaml, wide: wides.yaml"))
    assert w.plan.count(0) == leaves
    made = every_link(w)
    host = made.tier == HOST
    assert int(host.sum()) == 16 * 2 + gateways * 4
    pairs = set(zip(made.b[host].tolist(), made.b_port[host].tolist()))
    assert len(pairs) == int(host.sum())
    server_of = w.ends.endpoints.server[made.a[host]]
    assert len(set(zip(server_of.tolist(), made.b[host].tolist()))) == 16 + gateways


def test_ports_of_unequal_speed_want_a_class_or_a_speed(folder: Path) -> None:
    racks = "{gpu: {design: rack, count: 4}, store: {design: disks, count: 1}}"
    wish = "{topology: node-local, ports: [box.nic, disk.hca], switch: own/s32, leaf_scope: allMORE}"
    with pytest.raises(DesignError) as caught:
        wired(folder, spec(racks, {"f": wish.replace("MORE", "")}, designs=BOTH))
    (found,) = caught.value.findings
    assert found.code == "NET307"
    assert "200 and 400 Gb/s" in found.message
    (w,) = wired(folder, spec(racks, {"f": wish.replace("MORE", ", speed: 200 Gb/s")}, designs=BOTH))
    assert set(every_link(w).speed_gbps.tolist()) == {200.0}


def test_scale_up_of_several_racks_meets_in_the_hall(tmp_path: Path) -> None:
    """Four racks of 8 accelerators with 8 scale-up ports each: rail i of all 32 on its own switch, so any two are one switch apart."""
    server(tmp_path, "box", 8, 800, kind="scale-up")
    switch(tmp_path, "up", 32, 800)
    (plan,) = plans(
        tmp_path, racks=4, servers=8, fabrics={"up": "{topology: rail-only, ports: [box.nic], switch: own/up, tiers: 1, leaf_scope: all}"}
    )
    assert (plan.count(0), plan.count(1), int(plan.first[-1])) == (8, 0, 256)


def test_an_example_rack_carries_its_scale_up_into_the_hall(tmp_path: Path, examples: Path) -> None:
    """Eight racks of custom-128 with 8 switch chips of 32 uplinks of 1.6T each: 2,048 ports on 32 switches of 64, two uplinks of a chip pair each."""
    switch(tmp_path, "th6", 64, 1600)
    text = spec("{r: {design: rack, count: 8}}", {"up": "{topology: rail-only, ports: [switch.chip], switch: own/th6, rails_per_leaf: 2}"})
    (w,) = wired(tmp_path, text.replace("rack.yaml", str(examples / "custom-128.yaml")))
    assert (w.plan.count(0), int(w.plan.first[-1])) == (32, 2048)
    assert np.bincount(every_link(w).b).tolist() == [64] * 32


def test_dual_homed_servers_and_the_links_between_their_leaves(folder: Path) -> None:
    racks = "{gpu: {design: rack, count: 4}}"
    wish = "{topology: node-local, ports: [box.nic], switch: own/s32, homing: 2, peer_links: 2, uplinks: 8, leaf_scope: pod}"
    (w,) = wired(folder, spec(racks, {"f": wish}, unit=2))
    made = every_link(w)
    host = made.tier == HOST
    pairs = np.unique(np.stack([w.ends.endpoints.server[made.a[host]], made.b[host] // 2], 1), axis=0)
    homes = np.unique(np.stack([w.ends.endpoints.server[made.a[host]], made.b[host]], 1), axis=0)
    assert np.bincount(pairs[:, 0]).tolist() == [1] * 16  # one pair of leaves a server
    assert np.bincount(homes[:, 0]).tolist() == [2] * 16  # and both of its leaves
    assert int((made.tier == PEER).sum()) == 2 * w.plan.count(0) // 2


@pytest.mark.parametrize(("rails", "leaves"), [(1, 8), (2, 4), (4, 2), (8, 1), (0, 1)])
def test_several_rails_share_a_leaf_where_leaves_are_few(folder: Path, rails: int, leaves: int) -> None:
    """Four boxes: 32 ports. A leaf serves `rails` neighbouring rails of all of them, 0: as many as fit, which is all of them."""
    wish = f"{{topology: rail-optimized, ports: [box.nic], switch: own/s32, rails_per_leaf: {rails}, uplinks: 8}}"
    (w,) = wired(folder, spec("{gpu: {design: rack, count: 1}}", {"f": wish}))
    made = every_link(w)
    host = made.tier == HOST
    assert w.plan.count(0) == leaves
    assert set(made.b[host].tolist()) == set(range(leaves))
    assert set(zip((made.rail[host] // (rails or 8)).tolist(), made.b[host].tolist(), strict=True)) == {(i, i) for i in range(leaves)}


def test_racks_outside_the_runs_of_units(folder: Path) -> None:
    """Four racks in units of two; managers belong to the second, stores are a unit of their own; endpoints stay sorted by unit."""
    racks = "{store: {design: disks, count: 1, unit: 0}, managers: {design: disks, count: 1, unit: 2}, gpu: {design: rack, count: 4}}"
    wish = "{topology: node-local, ports: [box.nic, disk.nic], switch: own/s32}"
    (w,) = wired(folder, spec(racks, {"f": wish}, unit=2, designs=BOTH))
    assert np.diff(w.plan.first).tolist() == [64, 64 + 4, 4]
    assert (np.diff(w.ends.endpoints.pod) >= 0).all()


def test_switches_are_endpoints_of_the_management_network(folder: Path) -> None:
    """Every switch of the other fabric has one port there, once, and boxes theirs."""
    fabrics = {
        "oob": "{topology: tree, ports: [box.bmc, fabrics.*], switch: own/oob, spine: own/s100, leaf_scope: all}",
        "compute": "{topology: rail-optimized, ports: [box.nic], switch: own/s32}",
    }
    oob, compute = wired(folder, spec("{gpu: {design: rack, count: 8}}", fabrics, unit=4))
    switches = len(compute.plan.switches)
    assert len(oob.ends.endpoints) == 32 + switches
    assert sorted(oob.ends.managed.ordinal.tolist()) == list(range(switches))
    assert set(oob.ends.managed.fabric.tolist()) == {1}
    assert np.unique(oob.ends.endpoints.server).size == 32 + switches
    assert int((every_link(oob).tier == HOST).sum()) == 32 + switches


def test_a_network_that_manages_the_switches_its_uplinks_end_in(folder: Path) -> None:
    """The sizes depend on each other: 32 boxes and the switches of `band` on the leaves of `oob`, and two uplinks of each of those in `band`."""
    fabrics = {
        "oob": "{topology: tree, ports: [box.bmc, fabrics.*], switch: own/oob, leaf_scope: all, leaves: 5, uplinks: 2}",
        "band": "{topology: node-local, ports: [box.nic, fabrics.oob/uplink], switch: own/s100, speed: 100 Gb/s, leaf_scope: all}",
    }
    oob, band = wired(folder, spec("{gpu: {design: rack, count: 8}}", fabrics, unit=4))
    leaves = len(oob.plan.switches)
    assert (oob.plan.count(0), oob.plan.stages) == (leaves, ())
    assert len(oob.ends.endpoints) == 32 + len(band.plan.switches)
    m = band.ends.managed
    assert (len(m), set(m.fabric.tolist())) == (2 * leaves, {0})
    assert np.unique(np.stack([m.ordinal, m.number]), axis=1).shape == (2, 2 * leaves)
    taken = every_link(oob)
    last = int(taken.b_port.max())
    assert int(m.number.min()) > last
    assert int((every_link(band).tier == HOST).sum()) == 32 * 8 + 2 * leaves


def test_a_network_of_nothing_but_uplinks(folder: Path) -> None:
    """`top` has no ports before `oob` is planned, which comes with it."""
    fabrics = {
        "oob": "{topology: tree, ports: [box.bmc, fabrics.top], switch: own/oob, leaf_scope: rack}",
        "top": "{topology: collapsed-core, homing: 1, ports: [fabrics.oob/uplink], switch: own/s100}",
    }
    oob, top = wired(folder, spec("{gpu: {design: rack, count: 8}}", fabrics, unit=4))
    assert len(top.ends.endpoints) == len(oob.plan.switches)
    assert len(oob.ends.endpoints) == 32 + len(top.plan.switches)


def test_management_networks_do_not_wait_for_each_other(folder: Path) -> None:
    wish = "{topology: tree, ports: [fabrics.OTHER], switch: own/oob}"
    fabrics = {"one": wish.replace("OTHER", "two"), "two": wish.replace("OTHER", "one")}
    with pytest.raises(DesignError) as caught:
        wired(folder, spec("{gpu: {design: rack, count: 1}}", fabrics))
    assert [f.code for f in caught.value.findings] == ["SPC122", "SPC122"]


KNOWN = frozenset().union(*topology.wishes().values())
OTHER = {
    "oversubscription": "2:1", "spine_oversubscription": "2:1", "tiers": 3, "planes": 2, "rails_per_leaf": 2, "leaf_scope": "all",
    "spine_scope": "rail",
    "pods_per_group": 2, "core_ready": "true", "homing": 2, "peer_links": 2, "reserve": 3, "uplinks": 4, "uplink_speed": "800 Gb/s",
    "core_speed": "800 Gb/s", "leaves": 5, "breakout": 2, "spines": 2, "cores": 2, "classes": "{c: {ports: [box.bmc]}}", "redundancy": 2, "groups": 3,
    "routers": 2, "hosts": 4, "global_links": 2, "cube": "[2, 2, 2]", "cubes": "[1, 1, 2]", "circuits": "false",
    "spine": "own/s100", "core": "own/s100",
}  # fmt: skip


def test_every_wish_of_the_planner_can_be_said() -> None:
    asked = {f.name for f in fields(FabricSpec)} - {"name", "topology", "ends_at_leaves"}  # the last is said by the fabric that takes the uplinks
    assert asked <= KNOWN
    assert KNOWN - {"spine", "core"} <= asked
    said = {PLANNER.get(n, n) for n in Fabric.model_fields}
    assert said >= KNOWN
    assert {PLANNER.get(n, n) for n in OTHER} == KNOWN


@pytest.mark.parametrize("name", sorted(topology.topologies()))
def test_a_wish_that_a_topology_has_no_use_for_is_told(folder: Path, name: str) -> None:
    """One finding for each such field, at once, and none for the others."""
    wish = ", ".join(f"{k}: {v}" for k, v in OTHER.items())
    with pytest.raises(DesignError) as caught:
        wired(folder, spec("{gpu: {design: rack, count: 1}}", {"f": f"{{topology: {name}, ports: [box.nic], switch: own/s32, {wish}}}"}))
    told = {f.message.split("`")[1] for f in caught.value.findings if f.code == "NET306"}
    assert {PLANNER.get(t, t) for t in told} == KNOWN - topology.wishes()[name]


@pytest.mark.parametrize(
    ("part", "legs", "first", "last", "plug"),
    [
        ("nvidia/sn5600", 2, "swp1s0", "swp64s1", "swp1"),
        ("nvidia/sn5610", 8, "swp1s0", "swp64s7", "swp1"),
        ("nvidia/sn5600", 1, "swp1", "swp64", "swp1"),
        ("nvidia/sn4600c", 1, "swp1", "swp64", "swp1"),
        ("nvidia/sn2201", 1, "swp1", "swp52", "swp1"),
        ("nvidia/qm9700", 2, "1/1", "32/2", "1"),
        ("nvidia/qm9700", 4, "1/1/1", "32/2/2", "1"),
        ("nvidia/q3400", 2, "sw1p1", "sw72p2", "sw1"),
        ("nvidia/q3400", 4, "sw1p1s1", "sw72p2s2", "sw1"),
        ("generic/ocs-136", 1, "1", "136", "1"),
    ],
)
def test_ports_are_named_as_their_makers_print_them(part: str, legs: int, first: str, last: str, plug: str):
    """Cumulus Linux counts split ports from s0; Quantum-2 has ports in cages, NVOS `swXpY` (sources in the part files)."""
    found = model(Catalog().part(part))
    port = np.arange((found.cages + found.uplink_cages) * legs)
    names = port_names(found, port, np.full(len(port), legs)).tolist()
    assert (names[0], names[-1], len(set(names))) == (first, last, len(port))
    assert set(plug_names(found, port, np.full(len(port), legs)).tolist()[:legs]) == {plug}
