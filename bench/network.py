"""Times of the network analysis on fat trees, next to networkx and plain Python doing the same work in the same run.

Every figure runs in its own process, so that its peak memory is its own; there the best of several rounds counts, with the processor time of that
round. Imports and the making of the fabric are not timed. Where a peer would take minutes it does a stated part of the same work, which its time
grows with exactly (destinations are independent), and its name says so. Peer and kernel must agree to 1e-9 of line rate or there is no figure. Exit
1 where a limit is missed. The peers search destination by destination; drawing twins together is a difference of algorithm, and most of the ratio on
large fabrics.
"""

from __future__ import annotations

import heapq
import sys
import time
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np

from figures import Figure, best_of, main
from rackwright.sim.network import clos, ecmp, failures, maxmin, outages, paths, traffic
from rackwright.sim.network.graph import Graph, Ints
from rackwright.sim.network.quotient import quotient

SAMPLE = 4


def fat_tree(k: int) -> Graph:
    """Three tiers of radix-k switches, 400 Gb/s: k^3/4 hosts."""
    half, leaves = k // 2, k * k // 2
    switch, port = np.repeat(np.arange(leaves), half), np.tile(np.arange(half), leaves)
    a = np.concatenate((switch, leaves + switch)).astype(np.int32)
    b = np.concatenate((leaves + switch // half * half + port, 2 * leaves + switch % half * half + port)).astype(np.int32)
    m, h = a.size, leaves * half
    tier, plane = np.repeat([1, 2], m // 2).astype(np.uint8), np.zeros(m, np.uint8)
    leaf = (np.arange(h) // half).astype(np.int32)
    return Graph(2 * leaves + half * half, a, b, np.full(m, 400, np.float32), tier, plane, leaf, np.full(h, 400, np.float32), np.zeros(h, np.uint8))


def broken(k: int, links: int, switches: int) -> Graph:
    """A fat tree after losing so many random links and switches above the leaves."""
    whole, random = fat_tree(k), np.random.default_rng(5)
    lost = random.choice(np.arange(k * k // 2, whole.n), switches, replace=False)
    return whole.without(random.choice(whole.m, links, replace=False), lost)


def by_networkx(net: nx.MultiGraph, demand: dict[int, dict[int, float]], m: int, ends: list[int]) -> list[float]:
    """ECMP loads (2 m) with networkx distances and one dict per destination: the plain way."""
    load = [0.0] * (2 * m)
    for goal, sources in demand.items():
        far = nx.single_source_shortest_path_length(net, goal)
        flow = dict.fromkeys(far, 0.0)
        flow.update({s: x for s, x in sources.items() if s in far})
        for v in sorted(far, key=far.__getitem__, reverse=True):
            if flow[v] and v != goal:
                on = [(w, link) for w, links in net[v].items() if far[w] == far[v] - 1 for link in links]
                for w, link in on:
                    load[link + (0 if ends[link] == v else m)] += flow[v] / len(on)
                    flow[w] += flow[v] / len(on)
    return load


def by_heap(start: Ints, links: Ints, capacity: list[float]) -> list[float]:
    """Max-min rates in plain Python: one bottleneck link at a time from a heap of fair shares, refreshed when taken."""
    ways = [links[start[f] : start[f + 1]].tolist() for f in range(start.size - 1)]
    on: dict[int, set[int]] = {}
    for f, way in enumerate(ways):
        for link in way:
            on.setdefault(link, set()).add(f)
    left, rate = list(capacity), [0.0] * len(ways)
    heap = [(left[x] / len(flows), x) for x, flows in on.items()]
    heapq.heapify(heap)
    while heap:
        level, link = heapq.heappop(heap)
        if not on[link]:
            continue
        now = left[link] / len(on[link])
        if now > level:
            heapq.heappush(heap, (now, link))
            continue
        for f in list(on[link]):
            rate[f] = now
            for x in ways[f]:
                left[x] -= now
                on[x].discard(f)
    return rate


def to_networkx(g: Graph) -> nx.MultiGraph:
    """The same fabric for the peer."""
    net = nx.MultiGraph()
    net.add_nodes_from(range(g.n))
    net.add_edges_from((a, b, i) for i, (a, b) in enumerate(zip(g.a.tolist(), g.b.tolist(), strict=True)))
    return net


def peer_loads(g: Graph, sample: int | None) -> tuple[float, int]:
    """Seconds of the peer for a permutation towards `sample` leaves (all: None), checked against the kernel; leaves in all."""
    source, target = traffic.permutation_pairs(g, 1)
    leaves = int(g.host_leaf.max()) + 1
    if sample is not None:
        chosen = np.isin(g.host_leaf[target], np.random.default_rng(2).choice(leaves, sample, replace=False))
        source, target = source[chosen], target[chosen]
    t = traffic.flows(g, source, target)
    demand: dict[int, dict[int, float]] = {}
    pairs = t.pairs.tocoo()
    for i, j, x in zip(*(c.tolist() for c in pairs.coords), pairs.data.tolist(), strict=True):
        demand.setdefault(j, {})[i] = x
    net, ends = to_networkx(g), g.a.tolist()
    start = time.perf_counter()
    theirs = by_networkx(net, demand, g.m, ends)
    seconds = time.perf_counter() - start
    ours = ecmp.link_loads(g, t)
    if not np.allclose(np.concatenate((ours.forward, ours.backward)), theirs, rtol=0, atol=4e-7):
        sys.exit("loads differ from those by networkx")
    return seconds, leaves


def closed(k: int) -> Figure:
    """A permutation on a whole fabric: recognised beforehand, then in closed form."""
    g = fat_tree(k)
    shape, t = clos.recognise(g), traffic.permutation(g, 1)
    if shape is None:
        sys.exit("a fat tree is not recognised")
    wall, cpu = best_of(lambda: clos.loads(g, shape, t))
    return Figure("", wall, "s", None, None, cpu, 0)


def kernel(g: Graph, sample: int | None, has_peer: bool = True) -> Figure:
    """A permutation on a fabric as it is: twins found and loads spread."""
    t = traffic.permutation(g, 1)
    wall, cpu = best_of(lambda: ecmp.link_loads(g, t))
    if not has_peer:
        return Figure("", wall, "s", None, None, cpu, 0)
    theirs, leaves = peer_loads(g, sample)
    name = "networkx" if sample is None else f"networkx, {sample} of {leaves} destinations, scaled"
    return Figure("", wall, "s", name, theirs * (1 if sample is None else leaves / sample) / wall, cpu, 0)


def random_flows(k: int, flows: int) -> paths.Paths:
    """Hashed paths of flows between random hosts."""
    g = fat_tree(k)
    source, target = np.random.default_rng(3).integers(0, g.host_leaf.size, (2, flows))
    return paths.hashed(g, source, target, 1)


def rates(k: int, flows: int, has_peer: bool) -> Figure:
    """Max-min rates of random hashed flows."""
    way = random_flows(k, flows)
    wall, cpu = best_of(lambda: maxmin.max_min(way.start, way.links, way.capacity_gbps))
    if not has_peer:
        return Figure("", wall, "s", None, None, cpu, 0)
    capacity = way.capacity_gbps.tolist()
    start = time.perf_counter()
    theirs = by_heap(way.start, way.links, capacity)
    seconds = time.perf_counter() - start
    if not np.allclose(maxmin.max_min(way.start, way.links, way.capacity_gbps), theirs, rtol=1e-9):
        sys.exit("rates differ from those of the heap")
    return Figure("", wall, "s", "plain Python, heap of links", seconds / wall, cpu, 0)


def timed(work: Callable[[], object]) -> Figure:
    """A figure without a peer."""
    wall, cpu = best_of(work)
    return Figure("", wall, "s", None, None, cpu, 0)


def placement() -> Figure:
    """Hashed paths of a permutation of 65,536 hosts."""
    g = fat_tree(64)
    q, (source, target) = quotient(g), traffic.permutation_pairs(g, 1)
    return timed(lambda: paths.hashed(g, source, target, 1, q))


def lost(g: Graph) -> list[outages.Outage]:
    """Every switch and every link of a fat tree, alike ones once."""
    level = np.where(g.switch_hosts() > 0, 0, 1)
    return [*outages.switches(g, level), *outages.groups(g, "cable", np.arange(g.m), np.full(g.host_leaf.size, -1))]


def losses(k: int, has_peer: bool) -> Figure:
    """What any one switch or link costs: the classes found, and one of each routed anew. Peer: networkx on the same members, all-to-all left out."""
    g = fat_tree(k)
    wall, cpu = best_of(lambda: outages.costs(g, lost(g), 1, None))
    if not has_peer:
        return Figure("", wall, "s", None, None, cpu, 0)
    seconds = 0.0
    for cost in outages.costs(g, lost(g), 1, None):
        left = outages.lose(g, cost.outage)
        start = time.perf_counter()
        worst = max(_worst_by_networkx(left, *pairs) for pairs in (traffic.shift_pairs(g), traffic.permutation_pairs(g, 1)))
        seconds += time.perf_counter() - start
        if not np.isclose(cost.permutation, 1 / max(1.0, worst), rtol=1e-9):
            sys.exit("what a loss costs differs from networkx")
    return Figure("", wall, "s", "networkx, one of each kind", seconds / wall, cpu, 0)


def _worst_by_networkx(g: Graph, source: Ints, target: Ints) -> float:
    """Largest load over speed of a permutation, loads by networkx distances."""
    pairs = traffic.flows(g, source, target).pairs.tocoo()
    demand: dict[int, dict[int, float]] = {}
    for i, j, x in zip(*(c.tolist() for c in pairs.coords), pairs.data.tolist(), strict=True):
        demand.setdefault(j, {})[i] = x
    loads = by_networkx(to_networkx(g), demand, g.m, g.a.tolist())
    return float((np.array(loads) / np.tile(g.capacity_gbps, 2)).max())


def draws() -> Figure:
    """1,000 draws of 1 % of links lost, 65,536 hosts."""
    g = fat_tree(64)
    return timed(lambda: failures.random_failures(g, 0.01, 1000, 1))


# What is measured, and the most it may take where something was promised.
WORK: dict[str, tuple[Callable[[], Figure], float | None]] = {
    "loads-whole.1024": (lambda: kernel(fat_tree(16), None), None),
    "loads-broken-1-percent.1024": (lambda: kernel(broken(16, 20, 0), None), None),
    "loads-whole-closed.65536": (lambda: closed(64), 0.05),
    "loads-whole.65536": (lambda: kernel(fat_tree(64), SAMPLE), None),
    "loads-broken-link-and-switch.65536": (lambda: kernel(broken(64, 1, 1), SAMPLE), 0.5),
    "loads-broken-1-percent.65536": (lambda: kernel(broken(64, 1311, 0), SAMPLE), 3.0),
    "loads-whole-closed.524288": (lambda: closed(128), 0.3),
    "loads-broken-link-and-switch.524288": (lambda: kernel(broken(128, 1, 1), None, has_peer=False), 6.0),
    "rates-10k-flows.65536": (lambda: rates(64, 10_000, has_peer=True), None),
    "rates-1M-flows.65536": (lambda: rates(64, 1_000_000, has_peer=False), 3.0),
    "hashed-paths-permutation.65536": (placement, None),
    "losses-every-switch-and-link.1024": (lambda: losses(16, has_peer=True), None),
    "losses-every-switch-and-link.65536": (lambda: losses(64, has_peer=False), None),
    "losses-every-switch-and-link.524288": (lambda: losses(128, has_peer=False), 5.0),
    "losses-1000-draws.65536": (draws, None),
}


if __name__ == "__main__":
    sys.exit(main(__doc__, str(Path(__file__).resolve()), WORK, {}))
