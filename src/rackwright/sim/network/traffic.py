"""Who sends how much to whom, between switches; traffic under one switch never enters the fabric.

Demands of the patterns are at line rate: what the hosts would send if the fabric were perfect. `group` (h,) says which hosts talk to each other
(a plane, a rail, a job); None is one group for each plane.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from rackwright.sim.network.graph import Floats, Graph, Ints, sums

Group = NDArray[np.integer] | None


@dataclass(frozen=True, slots=True)
class Traffic:
    """Gb/s from switch i to switch j: `pairs`[i, j] + `out`[i] . `into`[j], and 0 on the diagonal.

    pairs (n, n) sparse, diagonal empty; out, into (n, g): uniform traffic inside each of g groups, never written out. `lost_gbps`: demand of hosts
    that hang on no switch.
    """

    pairs: csc_array
    out: Floats
    into: Floats
    lost_gbps: float = 0.0

    def total_gbps(self) -> float:
        """All demand between switches."""
        uniform = float(self.out.sum(axis=0) @ self.into.sum(axis=0)) - float(np.einsum("ij,ij->", self.out, self.into))
        return float(self.pairs.sum()) + uniform

    def at(self, i: Ints, j: Ints) -> Floats:
        """Demand of single pairs, i != j."""
        if not i.size:
            return np.zeros(0)
        single: Floats = np.asarray(self.pairs[i, j], dtype=np.float64).ravel()
        return single + np.asarray(np.einsum("ij,ij->i", self.out[i], self.into[j]), dtype=np.float64)


def flows(graph: Graph, source: Ints, target: Ints, gbps: Floats | None = None) -> Traffic:
    """Traffic of single flows between hosts. Without `gbps` each runs at the slower of its two ends."""
    rate = np.minimum(graph.host_gbps[source], graph.host_gbps[target]).astype(np.float64) if gbps is None else gbps
    i, j = graph.host_leaf[source], graph.host_leaf[target]
    there = (i >= 0) & (j >= 0)
    across = there & (i != j)
    pairs = csc_array((rate[across], (i[across], j[across])), shape=(graph.n, graph.n))
    nothing: Floats = np.zeros((graph.n, 0))
    return Traffic(pairs, nothing, nothing, float(rate[~there].sum()))


def permutation_pairs(graph: Graph, seed: int, group: Group = None) -> tuple[Ints, Ints]:
    """(source, target) hosts of a random permutation in each group: one cycle, so nobody sends to himself. A group of one host sends nothing."""
    shuffled = np.random.default_rng(seed).permutation(graph.host_leaf.size)
    return _around(shuffled, _groups(graph, group), 1)


def ring_pairs(graph: Graph, group: Group = None) -> tuple[Ints, Ints]:
    """(source, target): every host sends to the next one of its group, in order of ordinals, and the last to the first."""
    return _around(np.arange(graph.host_leaf.size), _groups(graph, group), 1)


def shift_pairs(graph: Graph, group: Group = None) -> tuple[Ints, Ints]:
    """(source, target): every host sends half its group further, counted along the switches. Where switches of a pod have consecutive ordinals
    nothing stays at home: the hard permutation.
    """
    return _around(np.argsort(graph.host_leaf, kind="stable"), _groups(graph, group), 2)


def permutation(graph: Graph, seed: int, group: Group = None) -> Traffic:
    """A random permutation in each group, at line rate."""
    return flows(graph, *permutation_pairs(graph, seed, group))


def ring(graph: Graph, group: Group = None) -> Traffic:
    """A ring in each group, at line rate."""
    return flows(graph, *ring_pairs(graph, group))


def shift(graph: Graph, group: Group = None) -> Traffic:
    """The half-way shift in each group, at line rate."""
    return flows(graph, *shift_pairs(graph, group))


def all_to_all(graph: Graph, group: Group = None) -> Traffic:
    """Every host to every other of its group: speed_i speed_j / (sum - least speed). Equal speeds fill each host exactly, others never overfill."""
    of = _groups(graph, group)
    g = int(of.max(initial=-1)) + 1
    speed = graph.host_gbps.astype(np.float64)
    least = np.full(g, np.inf)
    np.minimum.at(least, of, speed)
    rest = sums(of, speed, g) - least
    there = graph.host_leaf >= 0
    cell = graph.host_leaf[there].astype(np.int64) * g + of[there]
    into = sums(cell, speed[there], graph.n * g).reshape(graph.n, g)
    lost = sums(of[~there], speed[~there], g)
    weight = np.divide(1.0, rest, out=np.zeros(g), where=rest > 0)
    return Traffic(csc_array((graph.n, graph.n)), into * weight, into, float((lost * (2 * into.sum(axis=0) + lost) * weight).sum()))


def rail_wise(graph: Graph, rail: NDArray[np.integer]) -> Traffic:
    """All-to-all between NICs of the same plane and rail (h,): what rail-optimised collectives send after the scale-up step."""
    return all_to_all(graph, graph.host_plane.astype(np.int64) * (int(rail.max(initial=0)) + 1) + rail)


def _groups(graph: Graph, group: Group) -> Ints:
    return (graph.host_plane if group is None else group).astype(np.int64)


def _around(order: Ints, group: Ints, part: int) -> tuple[Ints, Ints]:
    """Each host of `order` with the one a `part`-th of its group further (part 1: the next one)."""
    by_group = order[np.argsort(group[order], kind="stable")]
    count = np.bincount(group, minlength=1)
    start = (np.cumsum(count) - count)[group[by_group]]
    length = count[group[by_group]]
    step = np.ones_like(length) if part == 1 else length // part
    follower = by_group[start + (np.arange(order.size) - start + step) % length] if order.size else by_group
    real = follower != by_group
    return by_group[real], follower[real]
