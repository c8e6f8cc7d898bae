"""Small fabrics as graphs, and the same graphs for networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np

from rackwright.sim.network.graph import Graph


def graph(
    n: int, links: list[tuple[int, int, float, int]], host_leaf: list[int], speed: float = 400.0, planes: tuple[list[int], list[int]] | None = None
) -> Graph:
    """Links (a, b, Gb/s, tier), hosts of one speed; planes of links and of hosts, 0 where not given."""
    a, b, capacity, tier = (np.array(x) for x in zip(*links, strict=True)) if links else (np.zeros(0),) * 4
    of_link, of_host = planes or ([0] * len(links), [0] * len(host_leaf))
    return Graph(
        n, a.astype(np.int32), b.astype(np.int32), capacity.astype(np.float32), tier.astype(np.uint8), np.array(of_link, np.uint8),
        np.array(host_leaf, np.int32), np.full(len(host_leaf), speed, np.float32), np.array(of_host, np.uint8),
    )  # fmt: skip


def fat_tree(k: int, gbps: float = 400.0) -> Graph:
    """Three-tier fat tree of radix k (Al-Fares 2008): k^3/4 hosts, k^2/2 leaves, as many aggs, k^2/4 cores; ordinals in that order."""
    half, leaves = k // 2, k * k // 2
    switch, port = np.repeat(np.arange(leaves), half), np.tile(np.arange(half), leaves)
    a = np.concatenate((switch, leaves + switch))
    b = np.concatenate((leaves + switch // half * half + port, 2 * leaves + switch % half * half + port))
    m, hosts = a.size, leaves * half
    return Graph(
        2 * leaves + half * half, a.astype(np.int32), b.astype(np.int32), np.full(m, gbps, np.float32), np.repeat([1, 2], m // 2).astype(np.uint8),
        np.zeros(m, np.uint8), (np.arange(hosts) // half).astype(np.int32), np.full(hosts, gbps, np.float32), np.zeros(hosts, np.uint8),
    )  # fmt: skip


def leaf_spine(leaves: int, spines: int, parallel: int, hosts: int, gbps: float = 400.0) -> Graph:
    """Two tiers, `parallel` links between every leaf and spine, `hosts` on each leaf."""
    links = [(i, leaves + j, gbps, 1) for i in range(leaves) for j in range(spines) for _ in range(parallel)]
    return graph(leaves + spines, links, [i for i in range(leaves) for _ in range(hosts)], gbps)


def meshed_spines(pods: int, leaves: int, spines: int, cores: int) -> Graph:
    """Pods of leaf and spine, every spine linked to every core (not to one group of cores)."""
    first_spine, first_core = pods * leaves, pods * (leaves + spines)
    links = [(p * leaves + i, first_spine + p * spines + j, 400.0, 1) for p in range(pods) for i in range(leaves) for j in range(spines)]
    links += [(first_spine + s, first_core + c, 200.0, 2) for s in range(pods * spines) for c in range(cores)]
    return graph(first_core + cores, links, [i for i in range(pods * leaves) for _ in range(3)])


def planes(whole: Graph, count: int) -> Graph:
    """`count` copies of a graph, one plane each."""
    at = np.repeat(np.arange(count), whole.m)
    host = np.repeat(np.arange(count), whole.host_leaf.size)
    return Graph(
        whole.n * count, np.tile(whole.a, count) + (at * whole.n).astype(np.int32), np.tile(whole.b, count) + (at * whole.n).astype(np.int32),
        np.tile(whole.capacity_gbps, count), np.tile(whole.tier, count), at.astype(np.uint8),
        np.tile(whole.host_leaf, count) + (host * whole.n).astype(np.int32), np.tile(whole.host_gbps, count), host.astype(np.uint8),
    )  # fmt: skip


def of_networkx(net: nx.Graph, hosts: int = 1, gbps: float = 1.0, speed: float = 1.0) -> Graph:
    """Any networkx graph with nodes 0 to n - 1, `hosts` on each switch."""
    links = [(a, b, gbps, 1) for a, b in sorted(tuple(sorted(e[:2])) for e in net.edges())]
    n = net.number_of_nodes()
    return graph(n, links, [i for i in range(n) for _ in range(hosts)], speed)


def torus(x: int, y: int, z: int) -> Graph:
    """3-D torus, one host a node."""
    return of_networkx(nx.convert_node_labels_to_integers(nx.grid_graph((x, y, z), periodic=True), ordering="sorted"))


def dragonfly(groups: int, size: int, hosts: int) -> Graph:
    """`groups` full meshes of `size` switches; every pair of groups has one link, dealt round the switches of each."""
    links = [(g * size + i, g * size + j, 100.0, 1) for g in range(groups) for i in range(size) for j in range(i)]
    turn = [0] * groups
    for g in range(groups):
        for h in range(g):
            links.append((g * size + turn[g] % size, h * size + turn[h] % size, 100.0, 2))
            turn[g], turn[h] = turn[g] + 1, turn[h] + 1
    return graph(groups * size, links, [i for i in range(groups * size) for _ in range(hosts)], 100.0)


def broken(whole: Graph, links: int, switches: int, seed: int) -> Graph:
    """The graph after losing so many random links and switches."""
    random = np.random.default_rng(seed)
    return whole.without(random.choice(whole.m, links, replace=False), random.choice(whole.n, switches, replace=False))


def to_networkx(g: Graph) -> nx.MultiGraph:
    """The switches and links, each with its ordinal as key."""
    net = nx.MultiGraph()
    net.add_nodes_from(range(g.n))
    net.add_edges_from((int(a), int(b), i, {"capacity": float(c)}) for i, (a, b, c) in enumerate(zip(g.a, g.b, g.capacity_gbps, strict=True)))
    return net
