"""Bisection: the least capacity, one way, between two halves of the endpoints. Exact on even symmetric Clos fabrics, two bounds elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from rackwright.sim.network import clos
from rackwright.sim.network.bounds import clos_capacity
from rackwright.sim.network.graph import Bools, Floats, Graph, Ints, sums

# Above this many switches the dense eigenvalue problem (cubic) is left out and the lower bound is 0.
SPECTRAL_SWITCHES = 3000


@dataclass(frozen=True, slots=True)
class Bisection:
    """Gb/s one way. It lies between `lower_gbps` (proved by `lower`) and `upper_gbps` (a cut that was found by `upper`)."""

    lower_gbps: float
    upper_gbps: float
    lower: str
    upper: str

    @property
    def is_exact(self) -> bool:
        """Whether the two bounds meet, within rounding."""
        return self.upper_gbps <= self.lower_gbps * (1 + 1e-9)


def bisection(graph: Graph) -> Bisection:
    """Bounds of the bisection of a fabric whose endpoints can all reach each other; ValueError for others.

    Symmetric Clos: every permutation gets `clos_capacity` of line rate, so matched halves of the hosts get at least that times half the speed;
    where pods (or leaves, in one pod) pair up evenly, the cut between half of them is no larger, and the figure is exact. Elsewhere: from below
    the second eigenvalue of the Laplacian, reduced to switches with hosts; from above the best of several orders of the switches, each cut at half
    the hosts and closed by an exact minimum cut. Endpoints count as equals: a half is half their number.
    """
    home = np.unique(clos.parts(graph.n, graph.a, graph.b)[graph.host_leaf[graph.host_leaf >= 0]])
    if home.size != 1:
        raise ValueError(f"hosts in {home.size} parts without a path between them: ask each for its own bisection")
    c = clos.recognise(graph)
    order = [np.argsort(c.pod, kind="stable")] if c else [np.arange(graph.n)]
    if c:
        speed = graph.host_gbps[graph.host_leaf >= 0].astype(np.float64)
        # Half the hosts, at worst the slow ones.
        lower, why = clos_capacity(graph, c) * float(np.sort(speed)[: speed.size // 2].sum()), "hose bound of a symmetric Clos"
    elif graph.n <= SPECTRAL_SWITCHES:
        lower, vectors = _spectral(graph)
        order += [np.argsort(v, kind="stable") for v in vectors.T]
        why = "second eigenvalue"
    else:
        lower, why = 0.0, "none: too many switches for eigenvalues"
    cuts = [cut(graph, o) for o in order]
    best = int(np.argmin(cuts))
    ordered = ("order of pods" if c else "order of ordinals", *(f"eigenvector {i + 2}" for i in range(len(order) - 1)))[best]
    return Bisection(min(lower, cuts[best]), cuts[best], why, f"minimum cut, halves by {ordered}")


def _laplacian(graph: Graph) -> Floats:
    cut = np.zeros((graph.n, graph.n))
    np.add.at(cut, (graph.a, graph.b), graph.capacity_gbps.astype(np.float64))
    cut += cut.T
    return np.diag(cut.sum(axis=1)) - cut


def _spectral(graph: Graph) -> tuple[float, Floats]:
    """Lower bound of fabric capacity between halves of the hosts, and up to three vectors (n, 3) to order the switches by.

    Switches without hosts may stand anywhere between the halves, which only lowers the quadratic form: they are eliminated (Schur complement).
    A cut may pass through host links too. With x the side of each host and z of its switch, speed |x - z|^2 + l |z|^2 is least at
    l speed / (l + speed) |x|^2, l the second eigenvalue of the form over hosts per switch.
    """
    hosts = graph.switch_hosts()
    own = np.flatnonzero(hosts > 0)
    whole = _laplacian(graph)
    rest = np.flatnonzero((hosts == 0) & (np.diag(whole) > 0))
    form = whole[np.ix_(own, own)]
    if rest.size:
        inner = whole[np.ix_(rest, rest)]
        across = whole[np.ix_(rest, own)]
        form = form - across.T @ np.linalg.lstsq(inner, across, rcond=None)[0]
    count = int(min(4, own.size)) - 1
    if count < 1:
        return 0.0, np.zeros((graph.n, 0))
    values, found = eigh(form, np.diag(hosts[own].astype(np.float64)), subset_by_index=[0, count])
    vectors = np.zeros((graph.n, count))
    vectors[own] = found[:, 1:]
    total, half = int(hosts.sum()), int(hosts.sum()) // 2
    speed = float(graph.host_gbps[graph.host_leaf >= 0].min())
    second = max(0.0, float(values[1]))
    return second * speed / (second + speed) * half * (total - half) / total, vectors


def cut(graph: Graph, order: Ints) -> float:
    """Least capacity between the first half of the hosts, in this order of their switches, and the rest: an exact minimum cut."""
    place = np.empty(graph.n, np.int64)
    place[order] = np.arange(graph.n)
    host = np.flatnonzero(graph.host_leaf >= 0)
    host = host[np.argsort(place[graph.host_leaf[host]], kind="stable")]
    first: Bools = np.zeros(graph.host_leaf.size, np.bool_)
    first[host[: host.size // 2]] = True
    n, source, sink = graph.n, graph.n, graph.n + 1
    left, right = _at(graph, first), _at(graph, ~first)
    switches = np.arange(n)
    row = np.concatenate((graph.a, graph.b, np.full(n, source), switches))
    column = np.concatenate((graph.b, graph.a, switches, np.full(n, sink)))
    speed: Floats = np.concatenate((graph.capacity_gbps, graph.capacity_gbps, left, right)).astype(np.float64)
    weight = np.round(speed * 1000).astype(np.int64)
    # 32-bit integers inside: count in the common divisor, and round up where even that is too fine, so that the cut stays an upper bound.
    unit = max(int(np.gcd.reduce(weight)), 1 + int(weight[-2 * n :].sum()) // 2**30)
    net = csr_array((-(-weight // unit).astype(np.int32), (row, column)), shape=(n + 2, n + 2))
    return float(maximum_flow(net, source, sink).flow_value) * unit / 1000


def _at(graph: Graph, hosts: Bools) -> Floats:
    chosen = hosts & (graph.host_leaf >= 0)
    return sums(graph.host_leaf[chosen], graph.host_gbps[chosen].astype(np.float64), graph.n)
