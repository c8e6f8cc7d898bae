"""Switches and links that look alike, and random failures of many links at once. What one loss costs stands in `outages`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rackwright.sim.network.clos import parts
from rackwright.sim.network.graph import Floats, Graph, Ints, sums


def pods(graph: Graph) -> Ints:
    """(n,) pod of each switch with hosts below: what tier-1 links join; -1 for switches above the pods."""
    first = graph.tier == graph.tier.min(initial=255)
    joined = parts(graph.n, graph.a[first], graph.b[first])
    with_hosts = np.zeros(graph.n, np.bool_)
    with_hosts[joined[graph.host_leaf[graph.host_leaf >= 0]]] = True
    name = np.cumsum(with_hosts) - 1
    return np.where(with_hosts[joined], name[joined], -1)


def kinds(graph: Graph) -> Ints:
    """(n,) kind of each switch by colour refinement: equal hosts, equal links to equal kinds, and so on until nothing splits.

    In Clos fabrics, tori and balanced dragonflies switches of a kind are interchangeable; in irregular regular graphs they only look so from nearby.
    """
    ends, speed, others = _ends(graph)
    colour = mixed(graph.switch_hosts().astype(np.uint64) * np.uint64(65_537) + np.round(graph.switch_gbps() * 1000).astype(np.uint64))
    weight = np.round(speed * 1000).astype(np.uint64)
    count = 0
    while True:
        kind, of = np.unique(colour, return_inverse=True)
        if kind.size == count:
            return of
        count = kind.size
        around = np.zeros(graph.n, np.uint64)
        np.add.at(around, ends, mixed(colour[others] ^ mixed(weight)))
        colour = mixed(colour + mixed(around))


def link_keys(graph: Graph, kind: Ints) -> Ints:
    """(m,) one number for each kind of link: kinds of its ends (as `kinds` has them), speed and tier."""
    low, high = np.minimum(kind[graph.a], kind[graph.b]), np.maximum(kind[graph.a], kind[graph.b])
    speeds = np.unique(graph.capacity_gbps)
    pair = low * (int(kind.max(initial=0)) + 1) + high
    return np.asarray((pair * max(speeds.size, 1) + np.searchsorted(speeds, graph.capacity_gbps)) * 256 + graph.tier, np.int64)


def mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """64 well-mixed bits of each number."""
    x = (x ^ (x >> np.uint64(31))) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x632BE59BD9B4E019)
    x = (x ^ (x >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return x ^ (x >> np.uint64(32))


def _ends(graph: Graph) -> tuple[Ints, Floats, Ints]:
    """(2 m,) ends of all links, capacity at each, and the other end."""
    a, b = graph.a.astype(np.int64), graph.b.astype(np.int64)
    return np.concatenate((a, b)), np.tile(graph.capacity_gbps.astype(np.float64), 2), np.concatenate((b, a))


def _pod_ends(graph: Graph) -> tuple[Ints, Ints, Floats]:
    """(pod, link) for every link that leaves a pod, and the capacity out of each pod."""
    pod = pods(graph)
    a, b = pod[graph.a], pod[graph.b]
    out = np.flatnonzero(a != b)
    link, of = np.concatenate((out, out)), np.concatenate((a[out], b[out]))
    link, of = link[of >= 0], of[of >= 0]
    return of, link, sums(of, graph.capacity_gbps[link].astype(np.float64), int(pod.max(initial=-1)) + 1)


@dataclass(frozen=True, slots=True)
class Draws:
    """One row per draw: least and mean share of its capacity upwards a leaf keeps, leaves without any, least share a pod keeps (1 without pods)."""

    leaf_least: Floats
    leaf_mean: Floats
    leaves_cut: Ints
    pod_least: Floats


def random_failures(graph: Graph, share: float, count: int, seed: int) -> Draws:
    """`count` draws of a random `share` (0 to 1) of all links failing together, rounded to whole links, but to one at least."""
    if not 0 <= share <= 1:
        raise ValueError(f"share of links that fail is {share}, it must be from 0 to 1")
    size = min(max(round(share * graph.m), int(share > 0)), graph.m)
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
