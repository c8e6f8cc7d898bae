"""Facts measured on built wiring, written without the generators: ports, shares, components, ratios, cable groups."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, maximum_flow

from rackwright.build.fabrics import topology
from rackwright.build.fabrics.fabric import Endpoints, FabricSpec, Problem, SwitchModel, Wiring
from rackwright.build.fabrics.plan import Plan
from rackwright.build.fabrics.shape import tally
from rackwright.schema.links import HOST, LEAF_SPINE, MESH, TORUS


def built(spec: FabricSpec, models: tuple[SwitchModel, ...], endpoints: Endpoints) -> Wiring:
    """The wiring; the test fails where there is none."""
    found = topology.wire(spec, models, endpoints)
    assert isinstance(found, Wiring), found
    return found


def planned(spec: FabricSpec, models: tuple[SwitchModel, ...], endpoints: Endpoints) -> Plan:
    """The plan; the test fails where there is none."""
    found = topology.plan(spec, models, tally(endpoints))
    assert isinstance(found, Plan), found
    return found


def refused(spec: FabricSpec, models: tuple[SwitchModel, ...], endpoints: Endpoints) -> Problem:
    """The problem; the test fails where there is none."""
    found = topology.plan(spec, models, tally(endpoints))
    assert isinstance(found, Problem), found
    return found


def check_ports(w: Wiring, models: tuple[SwitchModel, ...], endpoints: Endpoints) -> None:
    """Every endpoint has one link, no port has two, ports exist, a cage is broken out in one way, and no link is faster than its ports."""
    x = w.links
    far = x.tier == TORUS
    ends = [x.a[(x.tier == HOST) | far], x.b[far]]
    assert np.array_equal(np.sort(np.concatenate(ends)), np.arange(len(endpoints)))
    low = (x.tier != HOST) & ~far
    switch = np.concatenate([x.b[~far], x.a[low]])
    port = np.concatenate([x.b_port[~far], x.a_port[low]])
    legs = np.concatenate([x.b_legs[~far], x.a_legs[low]]).astype(np.int64)
    speed = np.concatenate([x.speed_gbps[~far], x.speed_gbps[low]])
    assert port.min() >= 0
    cage, leg = np.divmod(port, legs)
    assert len(np.unique(np.stack([switch, cage, leg]), axis=1).T) == len(switch), "a port is used twice"
    assert len(np.unique(np.stack([switch, cage, legs]), axis=1).T) == len(np.unique(np.stack([switch, cage]), axis=1).T)
    for tier in np.unique(w.switches.tier):
        model = models[min(int(tier), len(models) - 1)]
        own = w.switches.tier[switch] == tier
        plain = cage[own] < model.cages
        assert (cage[own] < model.cages + model.uplink_cages).all()
        assert np.isin(legs[own][plain], model.breakouts).all()
        assert (speed[own][plain] <= model.cage_gbps / legs[own][plain] + 1e-3).all()
        assert (speed[own][~plain] <= model.uplink_gbps + 1e-3).all()


def check_switches(w: Wiring) -> None:
    """The key of a switch is unique, index is dense in the rest of it, and every switch has links; no link crosses planes."""
    s, x = w.switches, w.links
    keys = np.stack([s.tier, s.pod, s.plane, s.rail, s.index]).astype(np.int64)
    assert len(np.unique(keys, axis=1).T) == len(s)
    low = (x.tier != HOST) & (x.tier != TORUS)
    touched = np.union1d(x.b[x.tier != TORUS], x.a[low])
    assert np.array_equal(touched, np.arange(len(s)))
    assert (s.plane[x.a[low]] == s.plane[x.b[low]]).all()
    assert (s.plane[x.b[x.tier != TORUS]] == x.plane[x.tier != TORUS]).all()


def shares(w: Wiring, tier: int) -> np.ndarray:
    """Links between each pair of switches that have any, of one tier."""
    own = w.links.tier == tier
    return np.unique(np.stack([w.links.a[own], w.links.b[own]]), axis=1, return_counts=True)[1]


def check_shares(w: Wiring, tier: int) -> None:
    """Every lower switch has equally many links to each of its upper ones."""
    own = w.links.tier == tier
    pairs, links = np.unique(np.stack([w.links.a[own], w.links.b[own]]), axis=1, return_counts=True)
    lowest, highest = (np.full(len(w.switches), v) for v in (10**6, 0))
    np.minimum.at(lowest, pairs[0], links)
    np.maximum.at(highest, pairs[0], links)
    assert (lowest[pairs[0]] == highest[pairs[0]]).all()


def components(w: Wiring, endpoints: Endpoints, plane: int, servers: bool = False) -> int:
    """Connected parts of one plane, as a breadth-first search finds them; `servers` joins the ports of a server."""
    n, x = len(endpoints), w.links
    own = x.plane == plane
    ends = np.isin(x.tier, (HOST, TORUS))
    a = np.where(ends, x.a, x.a + n)[own]
    b = np.where(x.tier == TORUS, x.b, x.b + n)[own]
    total = n + len(w.switches) + int(endpoints.server.max()) + 1
    present = np.union1d(a, b)
    if servers:
        a = np.concatenate([a, np.arange(n)])
        b = np.concatenate([b, n + len(w.switches) + endpoints.server])
    _, label = connected_components(coo_array((np.ones(len(a)), (a, b)), shape=(total, total)).tocsr(), directed=False)
    return len(np.unique(label[present]))


def ratios(w: Wiring) -> np.ndarray:
    """Oversubscription of every leaf: speed of its host links over speed of its links to other switches."""
    x, leaves = w.links, int((w.switches.tier == 0).sum())
    down = np.bincount(x.b[x.tier == HOST], x.speed_gbps[x.tier == HOST], minlength=leaves)[:leaves]
    up = np.bincount(x.a[x.tier == LEAF_SPINE], x.speed_gbps[x.tier == LEAF_SPINE], minlength=leaves)[:leaves]
    across = x.tier == MESH
    up = up + np.bincount(x.a[across], x.speed_gbps[across], minlength=leaves)[:leaves]
    up = up + np.bincount(x.b[across], x.speed_gbps[across], minlength=leaves)[:leaves]
    return down / up


def bisection(w: Wiring, endpoints: Endpoints, half: np.ndarray, plane: int = 0) -> float:
    """Greatest flow between two halves of the endpoints in one plane, Gb/s (each link once in each direction)."""
    n, x = len(endpoints), w.links
    own = x.plane == plane
    a = np.where(x.tier == HOST, x.a, x.a + n)[own]
    b = x.b[own] + n
    source, sink = n + len(w.switches), n + len(w.switches) + 1
    used = np.unique(x.a[own & (x.tier == HOST)])
    big = np.int32(10**8)
    rows = np.concatenate([a, b, np.full(int(half[used].sum()), source), used[~half[used]]])
    columns = np.concatenate([b, a, used[half[used]], np.full(int((~half[used]).sum()), sink)])
    speed = x.speed_gbps[own].astype(np.int32)
    capacity = np.concatenate([speed, speed, np.full(len(used), big)])
    graph = coo_array((capacity, (rows, columns)), shape=(sink + 1, sink + 1)).tocsr().astype(np.int32)
    return float(maximum_flow(graph, source, sink).flow_value)


def cages_of(w: Wiring, endpoints: Endpoints, planes: int) -> tuple[np.ndarray, np.ndarray]:
    """Number of the cage at either end of each link that is not in a mesh; a NIC's legs to several planes share one."""
    x = w.links
    own = x.tier <= 3
    e = endpoints
    far = (1 << 40) + x.b[own].astype(np.int64) * 4096 + x.b_port[own] // x.b_legs[own]
    host = x.tier[own] == HOST
    a = x.a[own].astype(np.int64)
    switch = (1 << 40) + a * 4096 + x.a_port[own] // x.a_legs[own]
    row = np.where(host, a, 0)
    nic = (e.server[row].astype(np.int64) * 64 + e.rail[row]) * 64 + e.subport[row] // planes
    return np.where(host, nic, switch), far


def check_groups(w: Wiring, endpoints: Endpoints, planes: int, smallest: bool) -> None:
    """Links that share a cage share a cable group; with `smallest`, a group is no more than the links so joined."""
    own = w.links.tier <= 3
    group = w.links.cable_group[own]
    cages, at = np.unique(np.concatenate(cages_of(w, endpoints, planes)), return_inverse=True)
    a, b = at[: len(group)], at[len(group) :]
    for side in (a, b):
        order = np.argsort(side, kind="stable")
        same = side[order][1:] == side[order][:-1]
        assert (group[order][1:][same] == group[order][:-1][same]).all(), "legs of a cage lie in two cable groups"
    parts, _ = connected_components(coo_array((np.ones(len(a)), (a, b)), shape=(len(cages), len(cages))).tocsr(), directed=False)
    assert len(np.unique(group)) <= parts
    if smallest:
        assert len(np.unique(group)) == parts
    others = w.links.cable_group[~own]
    assert not np.isin(others, group).any()
