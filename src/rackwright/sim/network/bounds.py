"""How much a fabric can carry whatever the traffic: the throughput upper bound TUB of any fabric, and what a symmetric Clos guarantees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from rackwright.sim.network import clos
from rackwright.sim.network.graph import Floats, Graph, Ints, sums
from rackwright.sim.network.quotient import UNREACHED, quotient


@dataclass(frozen=True, slots=True)
class Throughput:
    """Upper bound `share` of line rate for all endpoints at once, and the traffic that gives it: `gbps[i]` from switch `source[i]` to `target[i]`."""

    share: float
    source: Ints
    target: Ints
    gbps: Floats


def throughput_bound(graph: Graph) -> Throughput:
    """TUB of Namyar et al. (SIGCOMM 2021): capacity both ways over demand x hops of the permutation of switches that travels furthest.

    Hosts of a pair of switches are matched as far as the smaller has them. Raises ValueError where two host switches have no path.
    """
    speed = graph.switch_gbps()
    host = np.flatnonzero(speed > 0)
    hops = _hops(graph, host)
    if np.any(hops == UNREACHED):
        i, j = np.argwhere(hops == UNREACHED)[0]
        raise ValueError(f"no path between switches {host[i]} and {host[j]}: ask each connected part for its own bound")
    weight = hops * np.minimum.outer(speed[host], speed[host])
    i, j = linear_sum_assignment(weight, maximize=True)
    far = hops[i, j] > 0
    i, j = i[far], j[far]
    work = float(weight[i, j].sum())
    share = 2 * float(graph.capacity_gbps.sum(dtype=np.float64)) / work if work else np.inf
    return Throughput(share, host[i], host[j], np.minimum(speed[host[i]], speed[host[j]]))


def _hops(graph: Graph, host: Ints) -> Ints:
    """(s, s) hops between these switches, by classes of twins: two twins are 2 hops apart."""
    q = quotient(graph)
    classes, of = np.unique(q.label[host], return_inverse=True)
    hops = q.distances(classes)[q.label[host]][:, of].astype(np.int64)
    twins = (hops == 0) & (host[:, None] != host[None, :])
    hops[twins] = np.where(np.diff(q.row)[host] > 0, 2, UNREACHED)[np.nonzero(twins)[0]]
    return hops


def clos_capacity(graph: Graph, c: clos.Clos) -> float:
    """Share of line rate that EVERY traffic respecting host speeds gets on a symmetric Clos: its worst permutation under ECMP, in closed form.

    The least, over leaves and pods that have something to talk to, of capacity upwards over speed of the hosts below; at most 1. Links of one
    switch or pod count by their slowest, as ECMP does. A pod that nothing else hangs on has nobody to talk to beyond its own.
    """
    speed = graph.switch_gbps()
    part = np.zeros(c.pods, np.int64)
    part[c.pod[c.pod >= 0]] = c.part[c.pod >= 0]
    beside = np.bincount(part, minlength=int(c.part.max(initial=-1)) + 1)[part] > 1
    down = np.where(c.level[graph.a] > c.level[graph.b], graph.b, graph.a)
    share = 1.0
    for owner, size, need, chosen in (
        (down, graph.n, speed, c.is_lower),
        (c.pod[down], c.pods, sums(c.pod[c.pod >= 0], speed[c.pod >= 0], c.pods) * beside, ~c.is_lower),
    ):
        links = np.bincount(owner[chosen], minlength=size)
        slowest = np.full(size, np.inf)
        np.minimum.at(slowest, owner[chosen], graph.capacity_gbps[chosen])
        busy = (need > 0) & (links > 0)
        share = min(share, float((links[busy] * slowest[busy] / need[busy]).min(initial=1.0)))
    return share
