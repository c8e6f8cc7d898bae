"""Tori against closed forms, networkx and a linear programme; dragonflies against the counts of their inventors.

Sources: Dally, Performance analysis of k-ary n-cube interconnection networks (IEEE Trans. Computers 1990), for distance and bisection of tori;
Jouppi et al., ISCA 2023, for 64 blocks; Kim et al., ISCA 2008 (dragonfly). Exact but for rounding (1e-9), the linear programme 1e-6.
"""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path

import networkx as nx
import numpy as np
import polars as pl
import pytest
from tests.sim.network import fabrics

from rackwright.flow.hall import compile_hall
from rackwright.schema.tables import Tables
from rackwright.sim.network import bounds, concurrent, ecmp, torus_loads, torus_study, traffic
from rackwright.sim.network.answers import Fabric, answers
from rackwright.sim.network.planes import planes
from rackwright.sim.network.torus import Lattice, Torus, coordinates, torus

pytestmark = pytest.mark.oracle

HALLS = Path(__file__).resolve().parents[2] / "examples" / "halls"
SIZES = [(4, 4, 4), (2, 2, 4), (5, 3, 1), (6, 4, 2), (3, 3, 5)]


@cache
def tables(name: str, *sets: str) -> Tables:
    return compile_hall(str(HALLS / f"{name}.yaml"), as_of="2026-01-01", sets=sets).tables


def lattice(sizes: tuple[int, int, int]) -> Lattice:
    """Neighbours by hand, x fastest."""
    n = int(np.prod(sizes))
    near = np.full((6, n), -1, np.int32)
    for node, (z, y, x) in enumerate(itertools.product(*(range(s) for s in reversed(sizes)))):
        for axis in range(3):
            for side, step in ((2 * axis, 1), (2 * axis + 1, -1)):
                if sizes[axis] > 1:
                    to = [x, y, z]
                    to[axis] = (to[axis] + step) % sizes[axis]
                    near[side, node] = to[0] + sizes[0] * (to[1] + sizes[1] * to[2])
    return Lattice(near, np.ones(n, np.bool_))


def loads_of_paths(net: Lattice, pairs: list[tuple[int, int, float]]) -> dict[tuple[int, int], float]:
    """Load between neighbours, both ways, of equal splits hop by hop, along distances found by networkx; parallel sides count each."""
    graph = nx.Graph([(v, int(u)) for side in range(6) for v, u in enumerate(net.near[side]) if u >= 0])
    far = dict(nx.all_pairs_shortest_path_length(graph))
    load: dict[tuple[int, int], float] = {}

    def send(at: int, goal: int, rate: float) -> None:
        if at == goal:
            return
        ways = [int(u) for u in net.near[:, at] if u >= 0 and far[int(u)][goal] == far[at][goal] - 1]
        for u in ways:
            load[at, u] = load.get((at, u), 0.0) + rate / len(ways)
            send(u, goal, rate / len(ways))

    for source, target, rate in pairs:
        send(source, target, rate)
    return load


@pytest.mark.parametrize("sizes", SIZES)
def test_closed_forms_are_the_searches(sizes: tuple[int, int, int]) -> None:
    net = lattice(sizes)
    x, y, z = (np.arange(net.n) // s % w for s, w in ((1, sizes[0]), (sizes[0], sizes[1]), (sizes[0] * sizes[1], sizes[2])))
    opposite = sum(((c + w // 2) % w) * s for c, w, s in ((x, sizes[0], 1), (y, sizes[1], sizes[0]), (z, sizes[2], sizes[0] * sizes[1])))
    found = torus_loads.searched(net, 1 / (net.n - 1), (np.asarray(opposite),))
    there = net.near >= 0
    for k, closed in enumerate((torus_loads.all_to_all(sizes), torus_loads.opposite(sizes))):
        assert found.load[k][there] == pytest.approx(np.broadcast_to(closed[:, None], there.shape)[there])
    graph = nx.grid_graph([s for s in sizes if s > 1], periodic=True)
    hops = np.bincount([d for _, far in nx.all_pairs_shortest_path_length(graph) for d in far.values()])
    assert found.pairs.tolist() == hops.tolist()
    assert len(hops) - 1 == sum(s // 2 for s in sizes) == nx.diameter(graph)
    assert torus_loads.all_to_all(sizes)[[2 * a for a in range(3) if sizes[a] > 1]].sum() * 2 == pytest.approx(nx.average_shortest_path_length(graph))


@pytest.mark.parametrize("lost", [(), ((0, 3),), ((0, 3), (4, 9), (2, 9))])
def test_searches_are_all_shortest_paths(lost: tuple[tuple[int, int], ...]) -> None:
    """4 x 4 x 2, links of some sides lost: every share followed hop by hop over distances of networkx."""
    ends = np.zeros((6, 32), np.bool_)
    for side, node in lost:
        ends[side, node] = True
    net = lattice((4, 4, 2)).without(ends)
    partner = (np.arange(32) * 7 + 5) % 32
    found = torus_loads.searched(net, 1.0, (partner,)).load
    everyone = [(i, j, 1.0) for i in range(32) for j in range(32) if i != j]
    for k, pairs in enumerate((everyone, [(i, int(j), 1.0) for i, j in enumerate(partner)])):
        wanted = loads_of_paths(net, pairs)
        made: dict[tuple[int, int], float] = {}
        for side, node in np.argwhere(net.near >= 0).tolist():
            key = (node, int(net.near[side, node]))
            made[key] = made.get(key, 0.0) + float(found[k, side, node])
        assert {k: v for k, v in made.items() if v} == pytest.approx({k: v for k, v in wanted.items() if v})


@pytest.mark.parametrize("sizes", [(4, 2, 2), (4, 4, 1)])
def test_no_routing_makes_more_of_all_to_all(sizes: tuple[int, int, int]) -> None:
    """Even sizes: shortest paths reach what the linear programme says the best routing does."""
    net = lattice(sizes)
    degree = int((net.near >= 0).sum(axis=0)[0])
    g = net.graph(1.0, float(degree))
    best = concurrent.concurrent_flow(g, traffic.all_to_all(g))
    assert best == pytest.approx(1 / (torus_loads.all_to_all(sizes).max() * degree), rel=1e-6)


@pytest.mark.parametrize(("sizes", "is_exact"), [((4, 2, 2), True), ((4, 3, 1), True), ((3, 3, 1), False)])
def test_bisection_by_trying_every_half(sizes: tuple[int, int, int], is_exact: bool) -> None:
    """2 n / longest links where that side is even; elsewhere no more than any half is told."""
    net = lattice(sizes)
    found, at = coordinates(net.near)
    assert found == sizes
    none = np.full(net.near.shape, -1, np.int64)
    whole = Torus(0, net, net, np.arange(net.n), np.zeros(net.n, np.int64), none, none, 1.0, sizes, at)
    told = {question: value for question, _, value, _, _ in torus_study.answers(torus_study.Judged(whole), lambda _: None)}["bisection_gbps"]
    low = np.concatenate([np.flatnonzero(side >= 0) for side in net.near[::2]])
    high = np.concatenate([side[side >= 0] for side in net.near[::2]])
    halves = itertools.combinations(range(net.n), net.n // 2)
    least = min(int(np.count_nonzero(np.isin(low, half) != np.isin(high, half))) for half in halves)
    assert told is not None
    assert told == pytest.approx(least) if is_exact else 0 < told <= least
    assert not is_exact or least == 2 * net.n // max(sizes)


def test_64_blocks_have_the_closed_forms() -> None:
    """16 x 16 x 16 of 400 Gb/s sides: diameter 24, mean 12 n / (n - 1), bisection 2 n / 16 links one way, all-to-all 1 / mean distance."""
    t = torus(tables("torus-4096"), 0)
    assert t.sizes == (16, 16, 16)
    judged = torus_study.Judged(t)
    value = {question: value for question, _, value, _, _ in torus_study.answers(judged, lambda _: None)}
    mean = 12 * 4096 / 4095
    assert (value["unreachable"], value["diameter"]) == (0, 24)
    assert value["mean_hops"] == pytest.approx(mean)
    assert value["bisection_gbps"] == pytest.approx(2 * 4096 / 16 * 400)
    assert value["all_to_all_share"] == pytest.approx(1 / mean)
    assert value["opposite_share"] == value["bound_share"] == pytest.approx(1 / 24)
    assert value["valiant_share"] == pytest.approx(1 / 24)
    lost = {loss.what: loss.count for loss in torus_study.losses(judged)}
    assert lost == {"accelerator": 4096, "server": 1024, "block": 64, "circuit switch": 48, "cable": 9216, "circuit cable": 6144}


def test_balanced_dragonfly() -> None:
    """64 ports: p = h = 16, a = 32 (Kim et al.); five groups: 160 switches, a (a - 1) / 2 local links a group, a h / 4 = 128 a pair of groups."""
    t = tables("dragonfly-2560")
    row = t["fabrics"].row(by_predicate=pl.col("fabric") == "compute", named=True)
    assert (row["leaves"], row["endpoints"], row["links_host"]) == (160, 2560, 2560)
    own = t["fabric_cables"].filter(pl.col("fabric_id") == row["fabric_id"])
    assert own.group_by("tier").len().sort("tier").rows() == [(0, 2560), (5, 5 * 32 * 31 // 2), (6, 160 * 16 // 2)]
    p = planes(t, row["fabric_id"])[0]
    far = p.graph.tier == 6
    group = np.sort(np.stack((p.graph.a[far] // 32, p.graph.b[far] // 32)), axis=0)
    pairs, each = np.unique(group, axis=1, return_counts=True)
    assert (pairs.shape[1], set(each.tolist())) == (10, {128})
    net = nx.Graph(fabrics.to_networkx(p.graph))
    assert (nx.is_connected(net), nx.diameter(net) <= 3) == (True, True)
    # a group of a rack row: its switches stand with the unit they serve
    unit = t["fabric_switches"].filter(pl.col("fabric_id") == row["fabric_id"]).sort("device_id")["pod"].to_numpy()
    assert unit.tolist() == np.repeat(np.arange(5), 32).tolist()


@pytest.mark.parametrize("net", [fabrics.dragonfly(5, 4, 2), fabrics.of_networkx(nx.complete_graph(6), hosts=4)], ids=["dragonfly", "leaf mesh"])
def test_by_way_of_anyone_every_traffic_gets_its_share(net: fabrics.Graph) -> None:
    """Valiant's two steps written out flow by flow, for the permutation that travels furthest and random ones: the busiest link is as told."""
    h = net.host_leaf.size
    told = {q: v for q, _, v, _, _ in answers(Fabric(net, np.zeros(h, np.int64), None))}
    share = told["valiant_share"]
    assert share is not None
    worst = bounds.throughput_bound(net)
    assert share <= worst.share + 1e-9
    speed = float(net.host_gbps[0])
    by_way = np.full(h * h, speed / h)
    source, middle = np.divmod(np.arange(h * h), h)
    for seed in range(3):
        to = np.random.default_rng(seed).permutation(h)
        first = ecmp.link_loads(net, traffic.flows(net, source, middle, by_way))
        second = ecmp.link_loads(net, traffic.flows(net, middle, to[source], by_way))
        both = np.maximum(first.forward + second.forward, first.backward + second.backward) / net.capacity_gbps
        assert float(both.max()) * share == pytest.approx(1)
