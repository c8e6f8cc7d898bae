"""The topologies that are no fat trees, and breakout, names and refusals: on graphs small enough to measure whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import shortest_path
from tests.build.fabrics import measure

from rackwright.build.fabrics import topology
from rackwright.build.fabrics.fabric import ClassRule, Endpoints, FabricSpec, SwitchModel, Wiring
from rackwright.build.fabrics.names import port_names
from rackwright.build.fabrics.torus import circuits
from rackwright.schema.links import GLOBAL, HOST, LEAF_SPINE, MESH, PEER, SPINE_CORE, TORUS

S16 = (SwitchModel("s16", 16, 400.0),)
K64 = (SwitchModel("s64", 64, 400.0),)


def hops(w: Wiring) -> np.ndarray:
    """Least switch-to-switch links between all switches."""
    own = (w.links.tier != HOST) & (w.links.tier != TORUS)
    a, b, n = w.links.a[own], w.links.b[own], len(w.switches)
    return shortest_path(coo_array((np.ones(len(a)), (a, b)), shape=(n, n)).tocsr(), directed=False, unweighted=True)


def test_every_topology_is_found():
    expected = "collapsed-core dragonfly dragonfly-plus leaf-mesh node-local rail-only rail-optimized torus tree"
    assert sorted(topology.topologies()) == expected.split()


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 33), st.integers(1, 4), st.sampled_from([16, 12, 9]))
def test_dragonfly(groups: int, pods: int, ports: int):
    """Any number of groups up to a h + 1: groups all to all, local and global degree as planned, at most local-global-local."""
    p = (ports + 1) // 4
    a, h = 2 * p, p
    groups = min(groups, a * h + 1)
    e = Endpoints.uniform(1, 1, groups * a * p, 1)
    cut = np.linspace(0, len(e), pods + 1).astype(int)[1:-1]
    e = Endpoints(e.server, e.rack, np.searchsorted(cut, np.arange(len(e)), side="right").astype(np.int32), e.rail, e.subport, e.speed_gbps, e.kind)
    models = (SwitchModel("s", ports, 400.0),)
    w = measure.built(FabricSpec("df", "dragonfly"), models, e)
    measure.check_ports(w, models, e)
    measure.check_switches(w)
    plan = measure.planned(FabricSpec("df", "dragonfly"), models, e)
    assert len(w.switches) == groups * a
    assert int((w.links.tier == MESH).sum()) == plan.total(MESH) == groups * a * (a - 1) // 2
    far = w.links.tier == GLOBAL
    assert int(far.sum()) == plan.total(GLOBAL) == (groups * (a * h) // 2 if groups % 2 == 0 else groups * (a * h // 2)) * (groups > 1)
    if groups > 1:
        pairs, each = np.unique(np.sort(np.stack([w.links.a[far] // a, w.links.b[far] // a]), axis=0), axis=1, return_counts=True)
        assert len(pairs.T) == groups * (groups - 1) // 2
        assert each.max() - each.min() <= 1
    assert measure.components(w, e, 0) == 1
    assert hops(w).max() <= 3


def test_dragonfly_plus():
    """Balanced from 16 ports: 8 leaves x 8 hosts, 8 spines with 8 down and 8 global; up to 65 groups. Leaf to leaf in three links or fewer."""
    e = Endpoints.uniform(9, 8, 4, 2)
    w = measure.built(FabricSpec("df", "dragonfly-plus"), S16, e)
    measure.check_ports(w, S16, e)
    measure.check_switches(w)
    measure.check_shares(w, LEAF_SPINE)
    measure.check_groups(w, e, 1, smallest=True)
    assert [int((w.switches.tier == t).sum()) for t in (0, 1)] == [72, 72]
    far = w.links.tier == GLOBAL
    pairs = np.unique(np.sort(np.stack([w.switches.pod[w.links.a[far]], w.switches.pod[w.links.b[far]]]), axis=0), axis=1, return_counts=True)
    assert len(pairs[0].T) == 36
    assert set(pairs[1]) == {8}
    leaf = w.switches.tier == 0
    assert hops(w)[np.ix_(leaf, leaf)].max() <= 5
    problem = measure.refused(FabricSpec("df", "dragonfly-plus"), S16, Endpoints.uniform(66, 8, 4, 2))
    assert (problem.value, problem.limit) == (66, 65)


def test_leaf_mesh_of_a_base_pod():
    """DGX BasePOD (RA-11127-001): 4 nodes on two QM9700 are 16 host and 8 switch links, 8 nodes 32 and 16: the mesh carries what the leaf takes."""
    qm9700 = (SwitchModel("qm9700", 32, 800.0, (2, 4)),)
    for nodes in (4, 8):
        e = Endpoints.uniform(1, 1, nodes, 4)
        assert len(measure.planned(FabricSpec("pod", "leaf-mesh"), qm9700, e).switches) == 1
        w = measure.built(FabricSpec("pod", "leaf-mesh", leaves=2), qm9700, e)
        assert len(w.switches) == 2
        assert int((w.links.tier == MESH).sum()) == nodes * 2
        measure.check_ports(w, qm9700, e)


@pytest.mark.parametrize(("hosts", "ratio"), [(40, 1.0), (40, 2.0), (60, 4.0)])
def test_leaf_mesh(hosts: int, ratio: float):
    e = Endpoints.uniform(2, 1, hosts // 4, 2)
    w = measure.built(FabricSpec("m", "leaf-mesh", oversubscription=ratio), S16, e)
    measure.check_ports(w, S16, e)
    measure.check_switches(w)
    n = len(w.switches)
    assert len(measure.shares(w, MESH)) == n * (n - 1) // 2
    assert len(set(measure.shares(w, MESH))) == 1
    assert (measure.ratios(w) <= ratio).all()
    assert hops(w).max() == 1


def test_collapsed_core():
    e = Endpoints.uniform(1, 4, 6, 1, 2, 100.0)
    models = (SwitchModel("sn4600c", 64, 100.0),)
    w = measure.built(FabricSpec("in-band", "collapsed-core", peer_links=3), models, e)
    assert len(w.switches) == 2
    assert int((w.links.tier == PEER).sum()) == 3
    measure.check_ports(w, models, e)
    host = w.links.tier == HOST
    assert np.array_equal(w.links.b[host], e.subport)
    problem = measure.refused(FabricSpec("in-band", "collapsed-core", peer_links=3), models, Endpoints.uniform(1, 4, 16, 1, 2, 100.0))
    assert (problem.value, problem.limit) == (64, 61)


def test_out_of_band_tree():
    """SN2201 leaves (48 x 1G, 4 x 100G) per rack, two uplinks to two parents, up to one pair of roots."""
    models = (SwitchModel("sn2201", 48, 1.0, (1,), 4, 100.0), SwitchModel("sn4600c", 64, 100.0))
    e = Endpoints.uniform(20, 8, 27, 1, 1, 1.0)
    spec = FabricSpec("oob", "tree", leaf_scope="rack", uplinks=2, redundancy=2)
    w = measure.built(spec, models, e)
    measure.check_ports(w, models, e)
    measure.check_switches(w)
    assert [int((w.switches.tier == t).sum()) for t in range(4)] == [160, 6, 2, 0]
    assert (np.bincount(w.links.a[w.links.tier == LEAF_SPINE])[:160] == 2).all()
    assert set(measure.shares(w, LEAF_SPINE)) == {1}
    assert measure.components(w, e, 0) == 1
    host = w.links.tier == HOST
    assert len(np.unique(np.stack([e.rack[w.links.a[host]], w.links.b[host]]), axis=1).T) == 160
    # every leaf survives the loss of either parent
    for lost in range(160, 166):
        kept = (w.links.tier == LEAF_SPINE) & (w.links.b != lost)
        assert len(np.unique(w.links.a[kept])) == 160


def test_tree_of_one_switch_has_no_parents():
    e = Endpoints.uniform(1, 1, 30, 1, 1, 1.0)
    w = measure.built(FabricSpec("oob", "tree", leaf_scope="rack"), (SwitchModel("sn2201", 48, 1.0, (1,), 4, 100.0),), e)
    assert len(w.switches) == 1
    assert len(w.links) == 30


@pytest.mark.parametrize(("block", "blocks"), [((2, 2, 2), (2, 2, 3)), ((4, 2, 1), (1, 2, 3)), ((3, 3, 3), (1, 1, 1)), ((1, 1, 1), (4, 4, 4))])
@pytest.mark.parametrize("with_circuits", [True, False])
def test_torus(block: tuple[int, int, int], blocks: tuple[int, int, int], with_circuits: bool):
    """Distances in the built graph are those of the torus, with circuit switches and without; also where blocks or rings are one long."""
    shape = np.array(block) * np.array(blocks)
    units = int(shape.prod())
    e = Endpoints.uniform(2 if units % 2 == 0 else 1, 1, units // (2 if units % 2 == 0 else 1), 1, 6, 100.0)
    spec = FabricSpec("t", "torus", cube=block, cubes=blocks, circuits=with_circuits)
    models = (SwitchModel("ocs", 136, 100.0),)
    w = measure.built(spec, models, e)
    direct = w.links.tier == TORUS
    a, b = w.links.a[direct], w.links.b[direct]
    assert int(direct.sum()) == measure.planned(spec, models, e).total(TORUS)
    if with_circuits:
        measure.check_ports(w, models, e)
        at = np.full((len(w.switches), 136), -1)
        at[w.links.b[~direct], w.links.b_port[~direct]] = w.links.a[~direct]
        switch, port, far = circuits(measure.planned(spec, models, e))
        a, b = np.concatenate([a, at[switch, port]]), np.concatenate([b, at[switch, far]])
        assert np.array_equal(np.sort(np.concatenate([a, b])), np.arange(len(e)))
    assert (b % 6 == a % 6 + 1).all()
    found = shortest_path(coo_array((np.ones(len(a)), (a // 6, b // 6)), shape=(units, units)).tocsr(), directed=False, unweighted=True, indices=[0])
    rings = [np.minimum(np.arange(n), n - np.arange(n)) for n in shape]
    expected = (rings[0][:, None, None] + rings[1][None, :, None] + rings[2][None, None, :]).ravel()
    assert np.array_equal(np.sort(found[0]), np.sort(expected))


@pytest.mark.parametrize(("planes", "legs", "per_group"), [(1, 1, 1), (1, 2, 2), (1, 4, 4), (2, 1, 2), (2, 2, 4), (4, 4, 16), (8, 8, 64)])
def test_host_cables_of_broken_out_ports(planes: int, legs: int, per_group: int):
    """A breakout where one end is broken out; a shuffle of planes x legs where both are: 8 NICs of 8 planes share one with 64 legs."""
    e = Endpoints.uniform(2, 1, 16, 2, planes, 100.0)
    models = (SwitchModel("s", 64 // legs, 100.0 * legs, (legs,)),)
    w = measure.built(FabricSpec("f", "node-local", planes=planes, tiers=2), models, e)
    measure.check_ports(w, models, e)
    measure.check_groups(w, e, planes, smallest=True)
    host = w.links.tier == HOST
    assert set(np.unique(w.links.cable_group[host], return_counts=True)[1]) == {per_group}
    assert set(w.links.a_legs[host]) == {planes}
    assert set(w.links.b_legs[host]) == {legs}


@pytest.mark.parametrize(("servers", "spines", "per_group"), [(16, 4, 2), (16, 8, 2), (16, 16, 4)])
def test_cables_between_twin_ports(servers: int, spines: int, per_group: int):
    """16 uplinks from twin-port cages: 4 or 2 links to a spine fill whole cages, a straight pair each; single links make 2 x 2 shuffles."""
    e = Endpoints.uniform(8, 1, servers, 1)
    models = (SwitchModel("twin", 16, 800.0, (2,)),)
    w = measure.built(FabricSpec("f", "node-local", spines=spines), models, e)
    measure.check_ports(w, models, e)
    measure.check_groups(w, e, 1, smallest=True)
    up = w.links.tier == LEAF_SPINE
    assert set(np.unique(w.links.cable_group[up], return_counts=True)[1]) == {per_group}


@pytest.mark.parametrize("uplinks", [3, 5, 6, 7, 9])
def test_odd_shares_keep_cages_in_one_cable(uplinks: int):
    e = Endpoints.uniform(5, 1, 8, 1, 1, 200.0)
    models = (SwitchModel("quad", 8, 800.0, (1, 2, 4)), SwitchModel("eight", 8, 1600.0, (1, 2, 4, 8)))
    w = measure.built(FabricSpec("f", "node-local", uplinks=uplinks, tiers=2), models, e)
    measure.check_ports(w, models, e)
    measure.check_groups(w, e, 1, smallest=False)
    measure.check_shares(w, LEAF_SPINE)


def test_mixed_classes_share_leaves_with_a_reserve():
    """GPU servers, storage and a gateway without rails on the same leaves; two ports of every leaf stay free."""
    gpu = Endpoints.uniform(2, 2, 4, 4)
    other = Endpoints.uniform(1, 1, 5, 1, kind=1)
    other = Endpoints(other.server + 16, other.rack + 4, other.pod + 1, other.rail * 0 - 1, other.subport, other.speed_gbps, other.kind)
    e = Endpoints.join([gpu, other])
    w = measure.built(FabricSpec("f", "rail-optimized", reserve=2), (SwitchModel("s32", 32, 400.0),), e)
    host = w.links.tier == HOST
    own = e.kind[w.links.a[host]] == 1
    assert sorted(np.bincount(w.links.b[host][own])[-4:]) == [1, 1, 1, 2]
    leaves = int((w.switches.tier == 0).sum())
    used = np.bincount(np.concatenate([w.links.b[host], w.links.a[w.links.tier == LEAF_SPINE]]), minlength=leaves)[:leaves]
    assert (32 - used >= 2).all()
    up = np.bincount(w.links.a[w.links.tier == LEAF_SPINE], minlength=leaves)[:leaves]
    assert set(up) == {8 + 2 + 2}


def test_one_uplink_more_rather_than_a_spine_for_each():
    """31 hosts at 1:1 want 31 uplinks, a prime number: 32 over 4 spines, not 31 over 31."""
    plan = measure.planned(FabricSpec("f", "rail-optimized"), K64, Endpoints.uniform(1, 1, 31, 8))
    assert (plan.count(0), plan.count(1), plan.total(LEAF_SPINE)) == (8, 4, 256)


@pytest.mark.parametrize(
    ("pattern", "whole", "first", "expected"),
    [
        ("swp{cage}s{leg}", "swp{cage}", (1, 0), ["swp1s0", "swp1s1", "swp2s0", "swp3"]),
        ("E1/{cage}/{leg}", "E1/{cage}", (1, 1), ["E1/1/1", "E1/1/2", "E1/2/1", "E1/3"]),
        ("{cage}/{leg}", "{cage}", (1, 1), ["1/1", "1/2", "2/1", "3"]),
        ("P{cage:02d}.{leg}", "P{cage:02d}", (0, 0), ["P00.0", "P00.1", "P01.0", "P02"]),
    ],
)
def test_port_names_are_the_vendor_s(pattern: str, whole: str, first: tuple[int, int], expected: list[str]):
    model = SwitchModel("s", 4, 800.0, (1, 2), port_name=pattern, cage_name=whole, first_cage=first[0], first_leg=first[1])
    assert port_names(model, np.array([0, 1, 2, 2]), np.array([2, 2, 2, 1])).tolist() == expected


SIXTEEN_PODS = Endpoints.uniform(16, 8, 8, 1)
REFUSED = {
    "no topology": (FabricSpec("f", "ring"), S16, Endpoints.uniform(1, 1, 1, 1), None, "one of collapsed-core"),
    "too many leaves": (FabricSpec("f", "node-local", tiers=2), S16, Endpoints.uniform(17, 1, 8, 1), (17, 16), "`tiers: 3`"),
    "too many pods": (FabricSpec("f", "node-local"), S16, Endpoints.uniform(17, 8, 8, 1), (17, 16), "cores of 17 cages"),
    "server wider than a leaf": (FabricSpec("f", "node-local"), S16, Endpoints.uniform(2, 1, 8, 9), (9, 8), "`oversubscription: 1.5`"),
    "port faster than the switch": (
        FabricSpec("f", "node-local"),
        S16,
        Endpoints.uniform(1, 1, 4, 1, 1, 800.0),
        (800, 400),
        "",
    ),
    "reserve too large": (FabricSpec("f", "node-local", reserve=5, tiers=2), S16, Endpoints.uniform(2, 1, 2, 4), (4, 3), "`reserve: 4`"),
    "spines given do not carry": (FabricSpec("f", "node-local", spines=3, tiers=2), S16, Endpoints.uniform(8, 1, 8, 1), None, "`spines: 4`"),
    "cores of a position": (FabricSpec("f", "node-local", cores=5, tiers=3), S16, SIXTEEN_PODS, None, "`cores: 8` (64 in all)"),
    "cores of all positions": (FabricSpec("f", "node-local", cores=30), S16, SIXTEEN_PODS, (30, 8), "`cores: 8` (64 in all)"),
    "cores of all, near what was meant": (
        FabricSpec("f", "node-local", cores=28, spines=8),
        K64,
        Endpoints.uniform(8, 4, 64, 1),
        (56, 32),
        "`cores: 4` (32 in all)",
    ),
    "spines of all sets": (FabricSpec("f", "node-local", spines=80, tiers=3), S16, SIXTEEN_PODS, (80, 8), "`spines: 8` (128 in all)"),
    "legs missing": (FabricSpec("f", "node-local", planes=2), S16, Endpoints.uniform(1, 1, 4, 1), (4, 0), ""),
    "no endpoints": (FabricSpec("f", "node-local"), S16, Endpoints.uniform(0, 1, 4, 1), (1, 0), ""),
    "ratio of nothing": (FabricSpec("f", "node-local", oversubscription=0.0), S16, Endpoints.uniform(1, 1, 4, 1), (1, 0), "`oversubscription: 1`"),
    "class cut off": (
        FabricSpec("f", "leaf-mesh", classes=(ClassRule((1,)),)),
        S16,
        Endpoints.uniform(1, 1, 4, 1),
        None,
        "`topology: rail-optimized`",
    ),
    "mesh too large": (FabricSpec("f", "leaf-mesh"), S16, Endpoints.uniform(4, 4, 32, 1), None, "switches of "),
    "torus of four ports": (FabricSpec("f", "torus"), S16, Endpoints.uniform(1, 1, 64, 1, 4), (6, 4), ""),
    "torus not full": (FabricSpec("f", "torus"), S16, Endpoints.uniform(1, 1, 60, 1, 6), (64, 60), "4 accelerators more"),
    "circuit switch too small": (FabricSpec("f", "torus"), S16, Endpoints.uniform(12, 1, 64, 1, 6), (24, 16), "switches of 24 cages"),
    "uneven parents": (FabricSpec("f", "tree", uplinks=3, redundancy=2), S16, Endpoints.uniform(4, 1, 4, 1), None, "`uplinks: 4`"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_impossible_wishes_say_what_would_help(case: str):
    spec, models, e, numbers, change = REFUSED[case]
    problem = measure.refused(spec, models, e)
    assert problem.message
    assert problem.change.startswith(change), problem
    assert bool(problem.change) == bool(change), problem  # nothing is named that was not tried
    if numbers:
        assert (problem.value, problem.limit) == numbers, problem
    assert problem.short > 0


def test_a_number_per_set_is_told_in_all():
    problem = measure.refused(FabricSpec("f", "node-local", cores=30), S16, SIXTEEN_PODS)
    assert "30 cores per spine position, 240 in all, need 30 uplinks" in problem.message


def test_a_root_gives_every_port_to_leaves():
    """64 leaves with one uplink fill a root of 64 ports; 65 need a level between, whose switches keep a port for their own uplink."""
    models = (SwitchModel("edge", 48, 1.0, (1,), 4, 100.0), SwitchModel("s64", 64, 100.0))
    for racks, expected in ((64, [64, 1, 0]), (65, [65, 2, 1]), (126, [126, 2, 1]), (127, [127, 3, 1])):
        plan = measure.planned(FabricSpec("oob", "tree", leaf_scope="rack"), models, Endpoints.uniform(1, racks, 4, 1, 1, 1.0))
        assert [plan.count(t) for t in range(3)] == expected


@pytest.mark.parametrize("servers", [(7, 5), (9, 2), (3, 11), (20, 20)])
def test_fewest_leaves_for_mixed_servers(servers: tuple[int, int]):
    """Servers of 6 and of 2 ports on leaves of 16 hosts: no smaller number of leaves takes an equal share of both, by trying them all."""
    six = Endpoints.uniform(1, 1, servers[0], 6)
    two = Endpoints.uniform(1, 1, servers[1], 2, kind=1)
    two = Endpoints(two.server + servers[0], two.rack + 1, two.pod, two.rail, two.subport, two.speed_gbps, two.kind)
    plan = measure.planned(FabricSpec("f", "node-local", tiers=2), (SwitchModel("s32", 32, 400.0),), Endpoints.join([six, two]))
    assert plan.count(0) == next(n for n in range(1, 50) if -(-servers[0] // n) * 6 + -(-servers[1] // n) * 2 <= 16)


def test_core_links_are_dealt_to_the_pods_of_a_group():
    """Four pods share a set of spines: each owns a quarter of its links to the cores, and links of a cell are those of its own switches."""
    spec = FabricSpec("f", "node-local", tiers=3, pods_per_group=4, leaf_scope="pod")
    w = measure.built(spec, S16, Endpoints.uniform(16, 1, 8, 2))
    core = w.links.tier == SPINE_CORE
    assert set(np.bincount(w.links.cell[core], minlength=16)) == {int(core.sum()) // 16}
    assert np.array_equal(w.switches.pod[w.links.a[core]], w.links.cell[core] // 4 * 4)
    up = w.links.tier == LEAF_SPINE
    assert np.array_equal(w.switches.pod[w.links.a[up]], w.links.cell[up])
