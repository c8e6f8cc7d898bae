"""Symmetric Clos fabrics: recognised on the graph as built, with loads, worst case and bisection in closed form.

A fabric is symmetric here when, in each connected part, every pod is leaves x aggregation switches with equally many links between each pair, the
aggregation switches of a pod have equally many links upwards, and every core has equally many links to every pod. Then ECMP loads depend only on
what each leaf and each pod sends and receives, and any traffic that respects leaf and pod totals fits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from rackwright.sim.network.ecmp import Loads
from rackwright.sim.network.graph import Bools, Floats, Graph, Ints, sums
from rackwright.sim.network.traffic import Traffic

LEAF, AGG, CORE, OUTSIDE = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Clos:
    """level (n,) LEAF, AGG, CORE or OUTSIDE (no link); pod (n,) of leaves and aggs, else -1; part (n,) connected one; is_lower (m,) leaf link."""

    level: NDArray[np.int8]
    pod: Ints
    part: Ints
    is_lower: Bools
    pods: int


def parts(n: int, a: NDArray[np.integer], b: NDArray[np.integer]) -> Ints:
    """(n,) connected component of each switch under links a-b."""
    net = csr_array((np.ones(a.size, np.int8), (a, b)), shape=(n, n))
    return np.asarray(connected_components(net, directed=False)[1], dtype=np.int64)


def recognise(graph: Graph) -> Clos | None:
    """The Clos structure of a graph, or None where it is anything else or no longer symmetric."""
    hosts = graph.switch_hosts()
    linked = np.bincount(np.concatenate((graph.a, graph.b)), minlength=graph.n) > 0
    level = np.where(hosts > 0, LEAF, OUTSIDE).astype(np.int8)
    for near in (LEAF, AGG):
        for x, y in ((graph.a, graph.b), (graph.b, graph.a)):
            next_to = np.zeros(graph.n, np.bool_)
            next_to[y[level[x] == near]] = True
            level[next_to & (level == OUTSIDE)] = near + 1
    low, high = np.minimum(level[graph.a], level[graph.b]), np.maximum(level[graph.a], level[graph.b])
    if np.any(linked & (level == OUTSIDE)) or np.any(high != low + 1):
        return None
    lower = low == LEAF
    part = parts(graph.n, graph.a, graph.b)
    raw = parts(graph.n, graph.a[lower], graph.b[lower])
    in_pod = level <= AGG
    pod = np.full(graph.n, -1, np.int64)
    pod[in_pod] = np.unique(raw[in_pod], return_inverse=True)[1]
    found = Clos(level, pod, part, lower, int(pod.max(initial=-1)) + 1)
    return found if _is_symmetric(graph, found) else None


def _is_symmetric(graph: Graph, c: Clos) -> bool:
    swap = c.level[graph.a] > c.level[graph.b]
    down, up = np.where(swap, graph.b, graph.a).astype(np.int64), np.where(swap, graph.a, graph.b).astype(np.int64)
    leaves = np.bincount(c.pod[c.level == LEAF], minlength=c.pods)
    aggs = np.bincount(c.pod[c.level == AGG], minlength=c.pods)
    # Leaf x agg: each pair of a pod there, with equally many links.
    if not _is_even(down[c.is_lower] * graph.n + up[c.is_lower], c.pod[down[c.is_lower]], leaves * aggs):
        return False
    upper = ~c.is_lower
    is_agg = c.level == AGG
    degree = np.bincount(down[upper], minlength=graph.n)
    most = np.zeros(c.pods, np.int64)
    np.maximum.at(most, c.pod[is_agg], degree[is_agg])
    if np.any(degree[is_agg] != most[c.pod[is_agg]]):
        return False
    # Core x pod: each pair of a connected part there, with equally many links.
    count = int(c.part.max(initial=-1)) + 1
    cores = np.bincount(c.part[c.level == CORE], minlength=count)
    first = np.unique(c.pod[is_agg], return_index=True)[1]
    pods = np.bincount(c.part[np.flatnonzero(is_agg)[first]], minlength=count)
    return _is_even(up[upper] * c.pods + c.pod[down[upper]], c.part[up[upper]], cores * pods)


def _is_even(key: Ints, owner: Ints, expected: Ints) -> bool:
    """Whether each owner has as many different keys as expected, each equally often."""
    kind, first, times = np.unique(key, return_index=True, return_counts=True)
    if not np.array_equal(np.bincount(owner[first], minlength=expected.size), expected):
        return False
    high, low = np.zeros(expected.size, np.int64), np.full(expected.size, kind.size + key.size)
    np.maximum.at(high, owner[first], times)
    np.minimum.at(low, owner[first], times)
    return bool(np.all((high == low) | (expected == 0)))


def loads(graph: Graph, c: Clos, traffic: Traffic) -> Loads:
    """ECMP loads in closed form; equal to `ecmp.link_loads` on the same graph."""
    leaf_out, leaf_in, pod_out, pod_in, unrouted = _totals(c, traffic)
    degree = np.bincount(np.concatenate((graph.a[c.is_lower], graph.b[c.is_lower])), minlength=graph.n)
    swap = c.level[graph.a] > c.level[graph.b]
    down = np.where(swap, graph.b, graph.a)
    uplinks = np.maximum(np.bincount(c.pod[down[~c.is_lower]], minlength=c.pods), 1)
    per = np.maximum(degree[down], 1)
    pod = c.pod[down]
    up = np.where(c.is_lower, leaf_out[down] / per, (pod_out / uplinks)[pod])
    back = np.where(c.is_lower, leaf_in[down] / per, (pod_in / uplinks)[pod])
    return Loads(np.where(swap, back, up), np.where(swap, up, back), unrouted)


def _totals(c: Clos, traffic: Traffic) -> tuple[Floats, Floats, Floats, Floats, float]:
    """What leaves and enters each switch (n,) and each pod; the demand between unconnected parts."""
    n = c.part.size
    pairs = traffic.pairs.tocoo()
    i, j = pairs.coords
    joined = c.part[i] == c.part[j]
    i, j, rate = i[joined], j[joined], pairs.data[joined]
    leaf_out, leaf_in = sums(i, rate, n), sums(j, rate, n)
    over = c.pod[i] != c.pod[j]
    pod_out, pod_in = sums(c.pod[i[over]], rate[over], c.pods), sums(c.pod[j[over]], rate[over], c.pods)
    if traffic.out.size:
        host = np.flatnonzero((traffic.out.sum(axis=1) > 0) | (traffic.into.sum(axis=1) > 0))
        out, into = traffic.out[host], traffic.into[host]
        count = int(c.part.max()) + 1
        of_part, of_pod = (_selector(c.part[host], count), _selector(c.pod[host], c.pods))
        part_of_pod = np.zeros(c.pods, np.int64)
        part_of_pod[c.pod[host]] = c.part[host]
        own = np.einsum("ij,ij->i", out, into)
        leaf_out[host] += np.einsum("ij,ij->i", out, (of_part @ into)[c.part[host]]) - own
        leaf_in[host] += np.einsum("ij,ij->i", into, (of_part @ out)[c.part[host]]) - own
        out_p, into_p = of_pod @ out, of_pod @ into
        pod_out += np.einsum("ij,ij->i", out_p, (of_part @ into)[part_of_pod] - into_p)
        pod_in += np.einsum("ij,ij->i", into_p, (of_part @ out)[part_of_pod] - out_p)
    return leaf_out, leaf_in, pod_out, pod_in, max(0.0, traffic.total_gbps() - float(leaf_out.sum()))


def _selector(owner: Ints, count: int) -> csr_array:
    return csr_array((np.ones(owner.size), (owner, np.arange(owner.size))), shape=(count, owner.size))
