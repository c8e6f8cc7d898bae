"""Network analysis against networkx, SciPy, brute force and published figures. Each test names its source and tolerance."""

from __future__ import annotations

import itertools
from collections import defaultdict
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog
from tests.sim.network import fabrics

from rackwright.sim.network import (
    articulation,
    bisection,
    bounds,
    clos,
    collective,
    concurrent,
    connectivity,
    ecmp,
    failures,
    maxmin,
    outages,
    paths,
    traffic,
)
from rackwright.sim.network.graph import Graph
from rackwright.sim.network.outages import Outage
from rackwright.sim.network.traffic import Traffic

pytestmark = pytest.mark.oracle

FABRICS = {
    "fat tree": fabrics.fat_tree(4),
    "fat tree, 3 links lost": fabrics.broken(fabrics.fat_tree(4), 3, 0, 1),
    "fat tree, a link and 2 switches lost": fabrics.broken(fabrics.fat_tree(4), 1, 2, 2),
    "leaf and spine, parallel": fabrics.leaf_spine(4, 2, 3, 2),
    "leaf and spine, 5 links lost": fabrics.broken(fabrics.leaf_spine(4, 2, 3, 2), 5, 0, 3),
    "meshed spines": fabrics.meshed_spines(3, 2, 2, 3),
    "two planes": fabrics.planes(fabrics.leaf_spine(3, 2, 1, 2), 2),
    "two planes, broken": fabrics.broken(fabrics.planes(fabrics.fat_tree(4), 2), 6, 1, 4),
    "leaf mesh": fabrics.of_networkx(nx.complete_graph(5), hosts=2),
    "ring": fabrics.of_networkx(nx.cycle_graph(6)),
    "torus": fabrics.torus(3, 3, 4),
    "dragonfly": fabrics.dragonfly(5, 3, 2),
    "random regular": fabrics.of_networkx(nx.random_regular_graph(4, 16, seed=1)),
    "twins that host and pass": fabrics.of_networkx(nx.complete_bipartite_graph(3, 4), hosts=2),
    "no links": fabrics.graph(3, [], [0, 1, 2]),
}
each_fabric = pytest.mark.parametrize("g", FABRICS.values(), ids=FABRICS.keys())
TRAFFICS = {
    "permutation": lambda g: traffic.permutation(g, 5),
    "all to all": traffic.all_to_all,
    "ring": traffic.ring,
    "shift": traffic.shift,
    "rail-wise": lambda g: traffic.rail_wise(g, np.arange(g.host_leaf.size) % 2),
}


def demand_of(t: Traffic) -> np.ndarray:
    demand = np.asarray(t.pairs.todense()) + t.out @ t.into.T
    np.fill_diagonal(demand, 0.0)
    return demand


def enumerated(g: Graph, demand: np.ndarray) -> tuple[np.ndarray, float]:
    """(2 m,) loads from all shortest paths of networkx, each with the product of its equal splits; and the demand without a path."""
    net = fabrics.to_networkx(g)
    load, unrouted = np.zeros(2 * g.m), 0.0
    for s, t in np.argwhere(demand > 0):
        if not nx.has_path(net, s, t):
            unrouted += demand[s, t]
            continue
        ways = list(nx.all_shortest_paths(nx.Graph(net), s, t))
        following = defaultdict(set)
        for way in ways:
            for v, w in itertools.pairwise(way):
                following[v].add(w)
        for way in ways:
            part = demand[s, t]
            shares = []
            for v, w in itertools.pairwise(way):
                part *= net.number_of_edges(v, w) / sum(net.number_of_edges(v, x) for x in following[v])
                shares.append((v, w))
            for v, w in shares:
                for link in net[v][w]:
                    load[link + (0 if g.a[link] == v else g.m)] += part / net.number_of_edges(v, w)
    return load, unrouted


@each_fabric
@pytest.mark.parametrize("pattern", TRAFFICS)
def test_loads_are_those_of_all_shortest_paths(g: Graph, pattern: str):
    """networkx 3: all_shortest_paths. Tolerance 1e-9 of line rate."""
    t = TRAFFICS[pattern](g)
    loads = ecmp.link_loads(g, t)
    expected, unrouted = enumerated(g, demand_of(t))
    np.testing.assert_allclose(np.concatenate((loads.forward, loads.backward)), expected, atol=1e-9 * 400)
    assert loads.unrouted_gbps == pytest.approx(unrouted, abs=1e-9)


def test_loads_do_not_depend_on_block_size(monkeypatch: pytest.MonkeyPatch):
    g = FABRICS["two planes, broken"]
    t = traffic.all_to_all(g)
    whole = ecmp.link_loads(g, t)
    monkeypatch.setattr(ecmp, "CELLS", 1)
    monkeypatch.setattr(ecmp, "CHUNK", 7)
    parts = ecmp.link_loads(g, t)
    np.testing.assert_allclose(parts.forward, whole.forward, atol=1e-9)
    np.testing.assert_allclose(parts.backward, whole.backward, atol=1e-9)


@pytest.mark.parametrize("name", ["fat tree", "leaf and spine, parallel", "meshed spines", "two planes"])
@pytest.mark.parametrize("pattern", TRAFFICS)
def test_closed_form_is_the_kernel(name: str, pattern: str):
    g = FABRICS[name]
    shape = clos.recognise(g)
    assert shape is not None
    t = TRAFFICS[pattern](g)
    closed, kernel = clos.loads(g, shape, t), ecmp.link_loads(g, t)
    np.testing.assert_allclose(closed.forward, kernel.forward, atol=1e-9)
    np.testing.assert_allclose(closed.backward, kernel.backward, atol=1e-9)
    assert closed.unrouted_gbps == pytest.approx(kernel.unrouted_gbps, abs=1e-9)


def test_closed_form_is_the_kernel_at_8192_hosts():
    g = fabrics.fat_tree(32)
    shape = clos.recognise(g)
    assert shape is not None
    t = traffic.permutation(g, 3)
    closed, kernel = clos.loads(g, shape, t), ecmp.link_loads(g, t)
    np.testing.assert_allclose(closed.forward, kernel.forward, atol=1e-9)
    np.testing.assert_allclose(closed.backward, kernel.backward, atol=1e-9)


@pytest.mark.parametrize("name", ["fat tree, 3 links lost", "leaf and spine, 5 links lost", "leaf mesh", "ring", "torus", "dragonfly"])
def test_what_is_not_symmetric_has_no_closed_form(name: str):
    assert clos.recognise(FABRICS[name]) is None


@pytest.mark.parametrize("link", [0, 23])
def test_one_of_three_parallel_links_is_missed(link: int):
    assert clos.recognise(fabrics.leaf_spine(4, 2, 3, 2)) is not None
    assert clos.recognise(fabrics.leaf_spine(4, 2, 3, 2).without(links=np.array([link]))) is None


def slow_max_min(flows: list[list[int]], capacity: list[int]) -> list[Fraction]:
    """Progressive filling in exact fractions, one bottleneck link at a time (Bertsekas and Gallager, Data Networks, 6.5.2)."""
    rate: list[Fraction | None] = [None] * len(flows)
    left = [Fraction(c) for c in capacity]
    while None in rate:
        live = [sum(rate[f] is None and link in way for f, way in enumerate(flows)) for link in range(len(capacity))]
        level, link = min((left[x] / live[x], x) for x in range(len(capacity)) if live[x])
        for f, way in enumerate(flows):
            if rate[f] is None and link in way:
                rate[f] = level
                for x in way:
                    left[x] -= level
    return [r for r in rate if r is not None]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("few", [1, 20_000])
def test_max_min_is_progressive_filling(seed: int, few: int, monkeypatch: pytest.MonkeyPatch):
    """Against fractions, 1e-12. `few` 1 forces the water to rise in many steps."""
    monkeypatch.setattr(maxmin, "FEW", few)
    random = np.random.default_rng(seed)
    capacity = random.integers(1, 9, 12)
    flows = [sorted(random.choice(12, random.integers(1, 6), replace=False).tolist()) for _ in range(40)]
    start = np.cumsum([0, *map(len, flows)])
    got = maxmin.max_min(start, np.concatenate(flows), capacity.astype(float))
    np.testing.assert_allclose(got, [float(r) for r in slow_max_min(flows, capacity.tolist())], rtol=1e-12)


@each_fabric
def test_hashed_paths_are_shortest_paths(g: Graph):
    """networkx: has_path and shortest_path_length, every flow of all to all."""
    net = fabrics.to_networkx(g)
    h = g.host_leaf.size
    source, target = (x.ravel() for x in np.meshgrid(np.arange(h), np.arange(h)))
    source, target = source[source != target], target[source != target]
    way = paths.hashed(g, source, target, seed=3)
    tail, head = np.concatenate((g.a, g.b)), np.concatenate((g.b, g.a))
    for f, (s, t) in enumerate(zip(source, target, strict=True)):
        links = way.links[way.start[f] : way.start[f + 1]]
        i, j = g.host_leaf[s], g.host_leaf[t]
        if i < 0 or j < 0 or not nx.has_path(net, i, j):
            assert not way.is_routed[f]
            assert not links.size
            continue
        assert way.is_routed[f]
        assert (links[0], links[-1]) == (2 * g.m + s, 2 * g.m + h + t)
        inner = links[1:-1]
        assert inner.size == nx.shortest_path_length(net, i, j)
        if inner.size:
            assert (tail[inner[0]], head[inner[-1]]) == (i, j)
            assert np.array_equal(head[inner[:-1]], tail[inner[1:]])


@pytest.mark.parametrize("name", ["fat tree", "fat tree, 3 links lost", "leaf and spine, parallel", "torus", "twins that host and pass"])
def test_hashed_paths_spread_like_the_fluid(name: str):
    """The mean of many placements is the ECMP load: within 5 standard deviations of a binomial count on every link."""
    g = FABRICS[name]
    t = traffic.permutation_pairs(g, 5)
    rounds = 400
    source, target = (np.tile(x, rounds) for x in t)
    way = paths.hashed(g, source, target, seed=11)
    count = np.bincount(way.links[way.links < 2 * g.m], minlength=2 * g.m)
    loads = ecmp.link_loads(g, traffic.flows(g, *t, np.ones(t[0].size)))
    mean = np.concatenate((loads.forward, loads.backward)) * rounds
    assert np.all(np.abs(count - mean) <= 5 * np.sqrt(mean) + 1e-9)


def test_hashed_permutation_on_65536_hosts():
    """Project reference notes (network.md, 2b): radix 64, most flows on a link about 7, mean max-min rate about 160 of 400 Gb/s = 40 %.

    Tolerance: 6 to 9 flows, 39 to 41 %, over 2 seeds. Shortest hop counts: 2 host links, and 2 or 4 between switches.
    """
    g = fabrics.fat_tree(64)
    for seed in (1, 2):
        source, target = traffic.permutation_pairs(g, seed)
        way = paths.hashed(g, source, target, seed)
        most = np.bincount(way.links[way.links < 2 * g.m]).max()
        rate = maxmin.max_min(way.start, way.links, way.capacity_gbps)
        assert 6 <= most <= 9
        assert 0.39 <= rate.mean() / 400 <= 0.41
        assert set(np.unique(np.diff(way.start))) <= {2, 4, 6}


REGULAR = {(32, 6): 2.67451, (64, 8): 3.68051}


@pytest.mark.parametrize(("size", "theta"), REGULAR.items())
def test_published_concurrent_flow_all_to_all(size: tuple[int, int], theta: float):
    """Project reference notes (network.md, 3): random regular graphs of networkx, seed 1; six solvers there agree to 5 digits."""
    g = fabrics.of_networkx(nx.random_regular_graph(size[1], size[0], seed=1))
    assert concurrent.concurrent_flow(g, traffic.all_to_all(g)) == pytest.approx(theta, rel=5e-6)


def test_published_longest_matching():
    """network.md, 3: 64 switches of degree 8, bound 2.667 (8/3), linear programme 2.46788."""
    g = fabrics.of_networkx(nx.random_regular_graph(8, 64, seed=1))
    bound = bounds.throughput_bound(g)
    theta = concurrent.concurrent_flow(g, traffic.flows(g, bound.source, bound.target))
    assert bound.share == pytest.approx(8 / 3)
    assert theta == pytest.approx(2.46788, rel=5e-6)


@pytest.mark.parametrize("seed", range(4))
def test_throughput_bound_is_the_formula(seed: int):
    """Namyar et al. 2021: 2 E over the longest matching, distances by networkx; never below the linear programme on that traffic."""
    net = nx.random_regular_graph(3, 12, seed=seed)
    g = fabrics.of_networkx(net)
    hops = np.array([[nx.shortest_path_length(net, i, j) for j in range(12)] for i in range(12)])
    longest = hops[linear_sum_assignment(hops, maximize=True)].sum()
    bound = bounds.throughput_bound(g)
    assert bound.share == pytest.approx(2 * 18 / longest)
    assert hops[bound.source, bound.target].sum() == longest
    assert concurrent.concurrent_flow(g, traffic.flows(g, bound.source, bound.target)) <= bound.share * (1 + 1e-7)


def test_throughput_bound_of_a_clos_with_twins():
    """Distances by networkx: leaves of a pod are twins, two hops apart. All leaves can pair up across pods: 64 links one way over 8 x 2 x 4."""
    g = fabrics.fat_tree(4)
    assert bounds.throughput_bound(g).share == pytest.approx(2 * 32 / (8 * 2 * 4))


@pytest.mark.parametrize("seed", range(4))
def test_concurrent_flow_is_linprog(seed: int):
    """SciPy linprog (simplex) on the node-arc form with one flow per pair, not per source; 1e-6."""
    random = np.random.default_rng(seed)
    g = fabrics.of_networkx(nx.random_regular_graph(3, 8, seed=seed))
    pairs = [(int(s), int(t)) for s, t in (random.choice(8, 2, replace=False) for _ in range(6))]
    t = traffic.flows(g, *np.array(pairs).T)
    tail, head = np.concatenate((g.a, g.b)), np.concatenate((g.b, g.a))
    e, p = 2 * g.m, len(pairs)
    balance, limit = np.zeros((p * 8, p * e + 1)), np.zeros((e, p * e + 1))
    for i, (s, d) in enumerate(pairs):
        balance[i * 8 + tail, i * e + np.arange(e)] += 1
        balance[i * 8 + head, i * e + np.arange(e)] -= 1
        balance[i * 8 + s, -1], balance[i * 8 + d, -1] = -1, 1
        limit[np.arange(e), i * e + np.arange(e)] = 1
    best = linprog(-np.eye(p * e + 1)[-1], A_ub=limit, b_ub=np.tile(g.capacity_gbps, 2), A_eq=balance, b_eq=np.zeros(p * 8), method="highs-ds")
    assert concurrent.concurrent_flow(g, t) == pytest.approx(-best.fun, rel=1e-6)


def one_way(g: Graph) -> nx.DiGraph:
    """Both directions of every link, parallel ones added up, for the flow algorithms of networkx."""
    net = nx.DiGraph()
    net.add_nodes_from(range(g.n))
    for a, b, c in zip(g.a.tolist(), g.b.tolist(), g.capacity_gbps.tolist(), strict=True):
        for x, y in ((a, b), (b, a)):
            net.add_edge(x, y, capacity=c + net.get_edge_data(x, y, {"capacity": 0.0})["capacity"])
    return net


@pytest.mark.parametrize("name", ["fat tree", "fat tree, 3 links lost", "leaf and spine, 5 links lost", "dragonfly", "torus"])
def test_concurrent_flow_of_one_pair_is_maximum_flow(name: str):
    """networkx maximum_flow, 1e-6."""
    g = FABRICS[name]
    s, t = 0, int(g.host_leaf.max())
    net = one_way(g)
    pair = traffic.flows(g, np.array([np.argmax(g.host_leaf == s)]), np.array([np.argmax(g.host_leaf == t)]), np.ones(1))
    assert concurrent.concurrent_flow(g, pair) == pytest.approx(nx.maximum_flow_value(net, s, t), rel=1e-6, abs=1e-6)


def test_clos_capacity_is_the_worst_permutation():
    """3 hosts of 400 over 2 x 400 up; the linear programme on the shift cannot do better, and ECMP reaches it."""
    g = fabrics.meshed_spines(4, 2, 2, 2)
    shape = clos.recognise(g)
    assert shape is not None
    # Leaf: 800 / 1,200. Pod: 2 spines x 2 x 200 / (6 x 400).
    assert bounds.clos_capacity(g, shape) == pytest.approx(1 / 3)
    assert concurrent.concurrent_flow(g, traffic.shift(g)) == pytest.approx(1 / 3, rel=1e-6)
    assert 1 / ecmp.link_loads(g, traffic.shift(g)).worst_utilisation(g) == pytest.approx(1 / 3)


def brute_bisection(g: Graph) -> float:
    """Every half of the hosts, minimum cut by networkx."""
    hosts, best = range(g.host_leaf.size), np.inf
    net = one_way(g)
    for half in itertools.combinations(hosts, len(hosts) // 2):
        cut = net.copy()
        for h in hosts:
            end = ("s", ("h", h)) if h in half else (("h", h), "t")
            cut.add_edge(*end)
            cut.add_edge(("h", h), int(g.host_leaf[h]), capacity=float(g.host_gbps[h]))
            cut.add_edge(int(g.host_leaf[h]), ("h", h), capacity=float(g.host_gbps[h]))
        best = min(best, nx.maximum_flow_value(cut, "s", "t"))
    return best


@pytest.mark.parametrize(
    ("g", "is_exact"),
    [
        (fabrics.leaf_spine(4, 2, 1, 2), True),
        (fabrics.leaf_spine(2, 2, 1, 4), True),
        (fabrics.leaf_spine(3, 2, 1, 2), True),
        (
            fabrics.graph(6, [(0, 2, 400, 1), (1, 3, 400, 1), (2, 4, 100, 2), (3, 4, 100, 2), (2, 5, 100, 2), (3, 5, 100, 2)], [0, 0, 0, 1, 1, 1]),
            True,
        ),
        (fabrics.of_networkx(nx.cycle_graph(6), speed=9.0), False),
        (fabrics.of_networkx(nx.random_regular_graph(3, 8, seed=2), speed=2.0), False),
        (fabrics.of_networkx(nx.complete_graph(4), hosts=2, speed=1.5), False),
        (fabrics.broken(fabrics.leaf_spine(4, 2, 1, 2), 1, 0, 1), False),
    ],
    ids=["4 leaves", "2 leaves", "3 leaves", "2 pods", "ring", "regular", "mesh", "broken"],
)
def test_bisection_against_every_half(g: Graph, is_exact: bool):
    """networkx minimum cut over all halves; exact figures to 1e-9, bounds on the right sides."""
    found, truth = bisection.bisection(g), brute_bisection(g)
    assert found.lower_gbps <= truth * (1 + 1e-9)
    assert found.upper_gbps >= truth * (1 - 1e-9)
    assert found.lower_gbps > 0.2 * truth
    if is_exact:
        assert found.is_exact
        assert found.lower_gbps == pytest.approx(truth)


@pytest.mark.parametrize("seed", range(30))
def test_single_points_are_those_of_networkx(seed: int):
    """networkx articulation_points and bridges on sparse random graphs of several parts; what is cut off by removing each in turn."""
    random = np.random.default_rng(seed)
    links = [(int(a), int(b), 1.0, 1) for a, b in random.integers(0, 24, (26, 2)) if a != b]
    g = fabrics.graph(24, links, random.integers(0, 24, 30).tolist())
    points, net = articulation.single_points(g), fabrics.to_networkx(g)
    assert set(np.flatnonzero(points.is_articulation)) == set(nx.articulation_points(nx.Graph(net)))
    bridges = {frozenset(e) for e in nx.bridges(nx.Graph(net)) if net.number_of_edges(*e) == 1}
    assert {frozenset((int(g.a[i]), int(g.b[i]))) for i in np.flatnonzero(points.is_bridge)} == bridges
    hosts = g.switch_hosts()
    whole = {v: part for part in nx.connected_components(net) for v in part}

    def cut(changed: nx.MultiGraph, v: int) -> int:
        kept = max((sum(hosts[list(p)]) for p in nx.connected_components(changed) if p <= whole[v]), default=0)
        return int(sum(hosts[list(whole[v])]) - kept)

    for v in range(24):
        changed = net.copy()
        changed.remove_node(v)
        assert points.cut_by_switch[v] == cut(changed, v)
    for i in range(g.m):
        changed = net.copy()
        changed.remove_edge(int(g.a[i]), int(g.b[i]), i)
        assert points.cut_by_link[i] == cut(changed, int(g.a[i]))


def worst_permutation(g: Graph, hosts: Graph) -> float:
    """Largest utilisation any permutation of hosts can cause under ECMP: per link the assignment that loads it most (SciPy). `hosts`: before."""
    leaves = np.unique(hosts.host_leaf[g.host_leaf >= 0])
    share = np.zeros((2 * g.m, g.n, g.n))
    for s, t in itertools.permutations(leaves, 2):
        unit = ecmp.link_loads(g, traffic.flows(g, np.array([np.argmax(g.host_leaf == s)]), np.array([np.argmax(g.host_leaf == t)]), np.ones(1)))
        share[:, s, t] = np.concatenate((unit.forward, unit.backward))
    leaf = g.host_leaf[g.host_leaf >= 0]
    worst = 0.0
    for link in range(2 * g.m):
        gain = share[link][np.ix_(leaf, leaf)] * float(g.host_gbps[0]) / float(g.capacity_gbps[link % g.m])
        worst = max(worst, gain[linear_sum_assignment(gain, maximize=True)].sum())
    return worst


NOTHING = np.zeros(0, np.int64)


def one_switch(v: int) -> Outage:
    return Outage("switch", 1, np.array([v]), NOTHING, NOTHING)


def some_links(*links: int) -> Outage:
    return Outage("cable", 1, NOTHING, np.array(links), NOTHING)


def levels(g: Graph) -> np.ndarray:
    return np.where(g.switch_hosts() > 0, 0, 1)


def test_permutation_loss_on_a_fat_tree_is_the_worst_of_all():
    """Against the assignment problem of every link, on one switch and one link of each kind of a fat tree of radix 4; 1e-9."""
    g = fabrics.fat_tree(4)
    assert worst_permutation(g, g) == pytest.approx(1.0)
    found = [*outages.switches(g, levels(g)), *outages.groups(g, "cable", np.arange(g.m), np.full(g.host_leaf.size, -1))]
    assert sorted(o.count for o in found) == [4, 8, 8, 16, 16]
    for cost in outages.costs(g, found, 1, None):
        left = outages.lose(g, cost.outage)
        assert cost.permutation == pytest.approx(1 / max(1.0, worst_permutation(left, g)))


@pytest.mark.parametrize("name", ["fat tree", "fat tree, 3 links lost", "leaf and spine, 5 links lost", "meshed spines", "dragonfly"])
def test_losses_are_those_of_the_fabric_that_is_left(name: str):
    """Every switch, every link and pairs of links lost in turn: ports cut off by networkx components, ECMP loads by its shortest paths; 1e-9."""
    g = FABRICS[name]
    random = np.random.default_rng(3)
    lost = [*map(one_switch, range(g.n)), *map(some_links, range(g.m)), *(some_links(*random.choice(g.m, 2, replace=False)) for _ in range(5))]
    lost = [lost[i] for i in sorted(random.choice(len(lost), 12, replace=False))]
    hosts = g.switch_hosts()

    def cut(x: Graph) -> int:
        own = x.switch_hosts()
        return int(hosts.sum() - max(int(own[list(p)].sum()) for p in nx.connected_components(fabrics.to_networkx(x))))

    def share(x: Graph, asked: Traffic) -> float:
        load, _ = enumerated(x, demand_of(asked))
        return 1 / max(1.0, float((load / np.tile(x.capacity_gbps, 2)).max(initial=0.0)))

    pairs = (traffic.shift_pairs(g), traffic.permutation_pairs(g, 1))
    before = min(share(g, traffic.flows(g, *p)) for p in pairs), share(g, traffic.all_to_all(g))
    for cost in outages.costs(g, lost, 1, None):
        x = outages.lose(g, cost.outage)
        assert cost.endpoints == cut(x) - cut(g)
        assert cost.permutation == pytest.approx(min(1.0, min(share(x, traffic.flows(x, *p)) for p in pairs) / before[0]))
        assert cost.all_to_all == pytest.approx(min(1.0, share(x, traffic.all_to_all(x)) / before[1]))
        assert cost.uplinks == pytest.approx(uplinks_kept(g, x, cost.outage))


def uplinks_kept(g: Graph, x: Graph, lost: Outage) -> float:
    """Least share of its links' speed that a leaf keeps, counted link by link."""
    before, after = np.zeros(g.n), np.zeros(g.n)
    for total, graph in ((before, g), (after, x)):
        for a, b, c in zip(graph.a, graph.b, graph.capacity_gbps, strict=True):
            total[a] += c
            total[b] += c
    leaves = [v for v in np.flatnonzero((g.switch_hosts() > 0) & (before > 0)) if v not in lost.switches]
    return min((after[v] / before[v] for v in leaves), default=1.0)


@pytest.mark.parametrize("name", ["fat tree", "leaf and spine, parallel", "meshed spines", "dragonfly", "torus"])
def test_members_of_a_class_cost_alike(name: str):
    """A class is told by its first member: every other one, lost alone, cuts off as many ports and leaves as much of
    all-to-all; 1e-9. Members of all classes are all switches and links.
    """
    g = FABRICS[name]
    for found, singles in (
        (list(outages.switches(g, levels(g))), [one_switch(v) for v in range(g.n)]),
        (list(outages.groups(g, "cable", np.arange(g.m), np.full(g.host_leaf.size, -1))), [some_links(i) for i in range(g.m)]),
    ):
        told = sorted((c.endpoints, round(c.all_to_all, 9)) for c in outages.costs(g, found, 1, None) for _ in range(c.outage.count))
        assert told == sorted((c.endpoints, round(c.all_to_all, 9)) for c in outages.costs(g, singles, 1, None))


@pytest.mark.parametrize("g", [fabrics.fat_tree(8), fabrics.meshed_spines(6, 3, 2, 4)], ids=["fat tree", "meshed spines"])
def test_four_pods_cost_what_all_pods_do(g: Graph, monkeypatch: pytest.MonkeyPatch):
    """Large symmetric fabrics lose a member on a few of their pods: ports and permutation as on the whole; 1e-9."""
    near = [np.array(pair) for pair in ((0, 1), (0, g.m - 1), (g.m - 2, g.m - 1))]
    pairs = [Outage("module", 1, NOTHING, pair, NOTHING) for pair in near]
    found = [*outages.switches(g, levels(g)), *outages.groups(g, "cable", np.arange(g.m), np.full(g.host_leaf.size, -1)), *pairs]
    whole = outages.costs(g, found, 1, None)
    monkeypatch.setattr(outages, "WHOLE", 0)
    for one, other in zip(whole, outages.costs(g, found, 1, None), strict=True):
        assert (one.endpoints, one.uplinks) == (other.endpoints, other.uplinks)
        assert other.permutation == pytest.approx(one.permutation)
        assert np.isnan(other.all_to_all)


def test_what_is_not_routed_is_told_by_connectivity(monkeypatch: pytest.MonkeyPatch):
    """Of a random graph only the largest class is routed: the others know what they cut off all the same, as many ports as when routed."""
    g = fabrics.of_networkx(nx.gnm_random_graph(14, 20, seed=4), hosts=2)
    found = [*map(one_switch, range(g.n)), *map(some_links, range(g.m))]
    whole = outages.costs(g, found, 1, None)
    monkeypatch.setattr(outages, "LINKS_ROUTED", 0)
    monkeypatch.setattr(outages, "LEAST_ROUTED", 1)
    some = outages.costs(g, found, 1, None)
    assert sum(np.isnan(c.permutation) for c in some) == len(found) - 1
    in_largest = max(nx.connected_components(fabrics.to_networkx(g)), key=len)
    for one, other in zip(whole, some, strict=True):
        ends = [*one.outage.switches, *g.a[one.outage.links]]
        if ends[0] in in_largest:
            assert one.endpoints == other.endpoints


def test_random_failures_are_recounted():
    """Each draw again as a graph, with the same generator; the mean share left is 1 - share within 5 standard errors."""
    g = fabrics.fat_tree(8)
    draws = failures.random_failures(g, 0.1, 50, seed=9)
    random = np.random.default_rng(9)
    degree = np.bincount(g.a[g.tier == 1], minlength=g.n)[:32]
    for i in range(50):
        after = g.without(links=random.choice(g.m, round(0.1 * g.m), replace=False, shuffle=False))
        kept = np.bincount(after.a[after.tier == 1], minlength=g.n)[:32] / degree
        pods = np.bincount((after.a[after.tier == 2] - 32) // 4, minlength=8) / 16
        assert (draws.leaf_least[i], draws.leaf_mean[i], draws.pod_least[i]) == pytest.approx((kept.min(), kept.mean(), pods.min()))
        assert draws.leaves_cut[i] == np.count_nonzero(kept == 0)
    assert abs(draws.leaf_mean.mean() - 0.9) < 5 * draws.leaf_mean.std() / np.sqrt(50)


@each_fabric
def test_unreachable_hosts_are_those_outside_the_largest_component(g: Graph):
    """networkx connected_components, plane by plane."""
    found = connectivity.reach(g)
    for row, plane in enumerate(found.group):
        net = fabrics.to_networkx(g.keep(g.plane == plane))
        mine = g.host_leaf[g.host_plane == plane]
        sizes = [int(np.isin(mine, list(part)).sum()) for part in nx.connected_components(net)]
        assert found.hosts[row] == mine.size
        assert found.parts[row] == sum(s > 0 for s in sizes)
        assert found.unreachable[row] == mine.size - max(sizes)
    assert found.is_cut_off.sum() == found.unreachable.sum()


# Measured all-reduce (dated fixture, network.md, 5): coreweave/nccl-tests PR 43 (GB200 NVL72, 72 ranks, 900 GB/s), nccl-tests issues 212
# (8 x H100 ring, 450 GB/s line) and 283 (1,984 H200, 400G rails). busbw in GB/s; start-up times from NCCL 2.30.7 tuning.cc (Simple: 3.4 and 14 us).
MEASURED = [
    ("GB200 NVL72, 512 MiB", 1, 72, 7200.0, 512 * 2**20, 512 * 2**20 / 1806.7e-6 * 2 * 71 / 72 / 1e9, 0.90),
    ("GB200 NVL72, 4 GiB", 1, 72, 7200.0, 4 * 2**30, 839.0, 0.90),
    ("8 x H100, ring", 1, 8, 3600.0, 8 * 2**30, 370.0, 0.80),
    ("1,984 x H200", 248, 8, 3600.0, 16 * 2**30, 350.0, 0.75),
]


@pytest.mark.parametrize(("name", "servers", "each", "up", "size", "busbw", "least"), MEASURED, ids=[m[0] for m in MEASURED])
def test_all_reduce_against_measurements(name: str, servers: int, each: int, up: float, size: int, busbw: float, least: float):
    """The model is an upper bound that reality reaches by `least` or more, and never by more than 2 % over."""
    ranks = collective.Ranks(servers, each, 400.0, up, 14e-6, 3.4e-6)
    seconds = collective.all_reduce(np.array([float(size)]), ranks)
    model = collective.bus_bandwidth(np.array([float(size)]), seconds, ranks.n, 2)[0] / 1e9
    assert least <= busbw / model <= 1.02, name
