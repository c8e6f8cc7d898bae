"""What any failed switch or cable costs: endpoints cut off, capacity that leaves and pods keep, the worst permutation; and random link failures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rackwright.sim.network import ecmp, traffic
from rackwright.sim.network.articulation import single_points
from rackwright.sim.network.clos import parts
from rackwright.sim.network.graph import Floats, Graph, Ints, sums
from rackwright.sim.network.quotient import quotient
from rackwright.sim.network.traffic import Group, Traffic

# Kinds of switch or link tried in the ECMP kernel; those with most members first.
KINDS = 32


@dataclass(frozen=True, slots=True)
class Losses:
    """One row per switch (n,) or link (m,), each lost alone.

    endpoints: hosts cut off. leaf_left, pod_left: least share of its capacity upwards that any (other) leaf or pod keeps. kind: rows with one kind
    look alike from everywhere. permutation_left: throughput of the hardest of the permutations tried, after over before, for the hosts that still
    reach each other; exact ECMP on one member of the kind, NaN for kinds beyond the `KINDS` largest.
    """

    endpoints: Ints
    leaf_left: Floats
    pod_left: Floats
    kind: Ints
    permutation_left: Floats


def pods(graph: Graph) -> Ints:
    """(n,) pod of each switch with hosts below: what tier-1 links join; -1 for switches above the pods."""
    first = graph.tier == graph.tier.min(initial=255)
    joined = parts(graph.n, graph.a[first], graph.b[first])
    with_hosts = np.zeros(graph.n, np.bool_)
    with_hosts[joined[graph.host_leaf[graph.host_leaf >= 0]]] = True
    name = np.cumsum(with_hosts) - 1
    return np.where(with_hosts[joined], name[joined], -1)


def switch_losses(graph: Graph, seed: int, group: Group = None) -> Losses:
    """Every switch lost alone. `seed` draws the permutations; `group` as in `traffic`."""
    kind = kinds(graph)
    points = single_points(graph)
    left = _permutations(graph, kind, seed, group, lambda i: graph.without(switches=np.array([i])))
    return Losses(points.cut_by_switch, _leaf_left_by_switch(graph), _pod_left_by_switch(graph), kind, left)


def link_losses(graph: Graph, seed: int, group: Group = None) -> Losses:
    """Every link lost alone."""
    colour = kinds(graph).astype(np.int64)
    low, high = np.minimum(colour[graph.a], colour[graph.b]), np.maximum(colour[graph.a], colour[graph.b])
    _, speed = np.unique(graph.capacity_gbps, return_inverse=True)
    key = np.stack((low, high, speed, graph.tier), axis=1)
    _, kind = np.unique(key, axis=0, return_inverse=True)
    kind = kind.ravel()
    left = _permutations(graph, kind, seed, group, lambda i: graph.without(links=np.array([i])))
    ends, speed_of, _ = _ends(graph)
    leaf_left, pod_left = np.ones(graph.m), np.ones(graph.m)
    total = sums(ends, speed_of, graph.n)
    is_leaf = graph.switch_hosts() > 0
    for end in (graph.a, graph.b):
        share = 1 - graph.capacity_gbps / total[end]
        leaf_left = np.where(is_leaf[end], np.minimum(leaf_left, share), leaf_left)
    pod, link, whole = _pod_ends(graph)
    np.minimum.at(pod_left, link, 1 - graph.capacity_gbps[link] / whole[pod])
    return Losses(single_points(graph).cut_by_link, leaf_left, pod_left, kind, left)


def kinds(graph: Graph) -> Ints:
    """(n,) kind of each switch by colour refinement: equal hosts, equal links to equal kinds, and so on until nothing splits.

    In Clos fabrics, tori and balanced dragonflies switches of a kind are interchangeable; in irregular regular graphs they only look so from nearby.
    """
    ends, speed, others = _ends(graph)
    colour = _mixed(graph.switch_hosts().astype(np.uint64) * np.uint64(65_537) + np.round(graph.switch_gbps() * 1000).astype(np.uint64))
    weight = np.round(speed * 1000).astype(np.uint64)
    count = 0
    while True:
        kind, of = np.unique(colour, return_inverse=True)
        if kind.size == count:
            return of
        count = kind.size
        around = np.zeros(graph.n, np.uint64)
        np.add.at(around, ends, _mixed(colour[others] ^ _mixed(weight)))
        colour = _mixed(colour + _mixed(around))


def _mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(31))) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x632BE59BD9B4E019)
    x = (x ^ (x >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return x ^ (x >> np.uint64(32))


def _ends(graph: Graph) -> tuple[Ints, Floats, Ints]:
    """(2 m,) ends of all links, capacity at each, and the other end."""
    a, b = graph.a.astype(np.int64), graph.b.astype(np.int64)
    return np.concatenate((a, b)), np.tile(graph.capacity_gbps.astype(np.float64), 2), np.concatenate((b, a))


def _least_by(owner: Ints, part: Ints, lost: Floats, whole: Floats, size: int) -> Floats:
    """(size,) for each owner the least of 1 - (what its parts lose) / whole[part], over parts; 1 without any."""
    left = np.ones(size)
    if owner.size:
        key, of = np.unique(owner * whole.size + part, return_inverse=True)
        np.minimum.at(left, key // whole.size, 1 - sums(of, lost, key.size) / whole[key % whole.size])
    return left


def _leaf_left_by_switch(graph: Graph) -> Floats:
    ends, speed, others = _ends(graph)
    total = sums(ends, speed, graph.n)
    at_leaf = graph.switch_hosts()[ends] > 0
    return _least_by(others[at_leaf], ends[at_leaf], speed[at_leaf], total, graph.n)


def _pod_ends(graph: Graph) -> tuple[Ints, Ints, Floats]:
    """(pod, link) for every link that leaves a pod, and the capacity out of each pod."""
    pod = pods(graph)
    a, b = pod[graph.a], pod[graph.b]
    out = np.flatnonzero(a != b)
    link, of = np.concatenate((out, out)), np.concatenate((a[out], b[out]))
    link, of = link[of >= 0], of[of >= 0]
    return of, link, sums(of, graph.capacity_gbps[link].astype(np.float64), int(pod.max(initial=-1)) + 1)


def _pod_left_by_switch(graph: Graph) -> Floats:
    pod, link, whole = _pod_ends(graph)
    owner = np.concatenate((graph.a[link], graph.b[link])).astype(np.int64)
    return _least_by(owner, np.tile(pod, 2), np.tile(graph.capacity_gbps[link].astype(np.float64), 2), whole, graph.n)


def _hard(graph: Graph, seed: int, group: Group) -> list[Traffic]:
    """Permutations tried: half a group further (all of it crosses the top of a Clos with ordinals by pod), and a random one."""
    return [traffic.shift(graph, group), traffic.permutation(graph, seed, group)]


def _throughput(graph: Graph, loads: list[Traffic]) -> Floats:
    """Share of line rate that each traffic gets under ECMP; at most 1."""
    q = quotient(graph)
    return np.array([1 / max(1.0, ecmp.link_loads(graph, load, q).worst_utilisation(graph)) for load in loads])


def _permutations(graph: Graph, kind: Ints, seed: int, group: Group, lose: Callable[[int], Graph]) -> Floats:
    """`permutation_left` of every row, from one member of each kind. After carries what before does, less what lost hosts sent and received."""
    left = np.full(int(kind.max(initial=-1)) + 1, np.nan)
    size = np.bincount(kind)
    _, first = np.unique(kind, return_index=True)
    before = _throughput(graph, _hard(graph, seed, group))
    for k in np.argsort(-size, kind="stable")[:KINDS]:
        lost = lose(int(first[k]))
        after = _throughput(lost, _hard(lost, seed, group))
        left[k] = float(np.minimum(1.0, after / before).min(initial=1.0))
    return left[kind]


@dataclass(frozen=True, slots=True)
class Draws:
    """One row per draw: least and mean share of its capacity upwards a leaf keeps, leaves without any, least share a pod keeps (1 without pods)."""

    leaf_least: Floats
    leaf_mean: Floats
    leaves_cut: Ints
    pod_least: Floats


def random_failures(graph: Graph, share: float, count: int, seed: int) -> Draws:
    """`count` draws of a random `share` (0 to 1) of all links failing together, rounded to whole links."""
    if not 0 <= share <= 1:
        raise ValueError(f"share of links that fail is {share}, it must be from 0 to 1")
    size = round(share * graph.m)
    ends, speed, _ = _ends(graph)
    leaf = np.flatnonzero((graph.switch_hosts() > 0) & (np.bincount(ends, minlength=graph.n) > 0))
    total = sums(ends, speed, graph.n)[leaf]
    pod = pods(graph)
    outside = pod[graph.a] != pod[graph.b]
    # Both ends' pods of every link that leaves a pod; -1 for none.
    pod_of = np.where(outside, pod[np.stack((graph.a, graph.b))], -1)
    whole = _pod_ends(graph)[2]
    generator = np.random.default_rng(seed)
    rows = np.ones((4, count))
    capacity = graph.capacity_gbps.astype(np.float64)
    for row in range(count):
        gone = generator.choice(graph.m, size, replace=False, shuffle=False)
        lost = sums(np.concatenate((graph.a[gone], graph.b[gone])), np.tile(capacity[gone], 2), graph.n)[leaf]
        kept = 1 - lost / total
        rows[:3, row] = kept.min(initial=1.0), kept.mean() if leaf.size else 1.0, np.count_nonzero(kept < 1e-9)
        if whole.size:
            lost_here = sums(pod_of[:, gone].ravel() + 1, np.tile(capacity[gone], 2), whole.size + 1)[1:]
            rows[3, row] = float(np.divide(whole - lost_here, whole, out=np.ones(whole.size), where=whole > 0).min())
    return Draws(rows[0], rows[1], rows[2].astype(np.int64), rows[3])
