"""Link loads under equal-cost multipath routing: exact, per flow a fluid, on any fabric, broken or whole.

At each switch traffic splits equally over all links that lie on a shortest path to its destination: every parallel link is one next hop, whatever
its speed. The fabric is drawn together to its twins first, so a whole or slightly broken Clos costs a small part of a search per leaf; where nothing
is alike the same code does the full search. `clos.loads` is the closed form for symmetric Clos fabrics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from rackwright.sim.network.graph import Bools, Floats, Graph, Ints, spread, sums
from rackwright.sim.network.quotient import UNREACHED, Quotient, quotient
from rackwright.sim.network.traffic import Traffic

# Cells of the arrays (classes of switches x classes of destinations) handled at once, and of those over class edges: they bound memory, not results.
CELLS = 2**21
CHUNK = 2**17


@dataclass(frozen=True, slots=True)
class Loads:
    """Gb/s on every link: forward (m,) from a to b, backward (m,) from b to a; `unrouted_gbps`: demand without a path."""

    forward: Floats
    backward: Floats
    unrouted_gbps: float

    def worst_utilisation(self, graph: Graph) -> float:
        """Largest load over capacity; 1 / this is the share of the demand that fits everywhere at once."""
        return float((np.maximum(self.forward, self.backward) / graph.capacity_gbps).max(initial=0.0))


@dataclass(frozen=True, slots=True)
class TierLoads:
    """One row for each tier, both directions together: links, greatest and mean load, greatest over mean (1 is perfect), greatest utilisation."""

    tier: NDArray[np.uint8]
    links: Ints
    max_gbps: Floats
    mean_gbps: Floats
    imbalance: Floats
    utilisation: Floats


def by_tier(graph: Graph, loads: Loads) -> TierLoads:
    """Loads summed up by tier. An unused tier has imbalance 1."""
    tier, of = np.unique(graph.tier, return_inverse=True)
    links = np.bincount(of, minlength=tier.size)
    most, used = np.zeros(tier.size), np.zeros(tier.size)
    larger = np.maximum(loads.forward, loads.backward)
    np.maximum.at(most, of, larger)
    np.maximum.at(used, of, larger / graph.capacity_gbps)
    mean = np.bincount(of, loads.forward + loads.backward, tier.size) / (2 * links)
    return TierLoads(tier, links, most, mean, np.divide(most, mean, out=np.ones(tier.size), where=mean > 0), used)


def link_loads(graph: Graph, traffic: Traffic, known: Quotient | None = None) -> Loads:
    """Exact ECMP loads. `known`: the quotient of this graph, if it has been made before."""
    q = quotient(graph) if known is None else known
    work = _Work.of(graph, q, traffic)
    entry = np.zeros(2 * graph.m)
    unrouted = work.inside_classes(entry)
    classes = np.unique(q.label[work.receives])
    step = max(1, CELLS // max(1, q.q))
    for begin in range(0, classes.size, step):
        unrouted += work.towards(classes[begin : begin + step], entry)
    load = np.zeros(2 * graph.m)
    load[q.entry] = entry
    return Loads(load[: graph.m], load[graph.m :], unrouted)


@dataclass(frozen=True, slots=True)
class _Work:
    """What every block of destinations needs. lift (q, n) sums switches to classes; receives, sends (n,): who has demand.

    An `entry` array (2 m,) has the order of `Quotient.entry`.
    """

    q: Quotient
    traffic: Traffic
    lift: csr_array
    lifted_out: Floats
    lifted_into: Floats
    receives: Bools
    sends: Bools
    adjacency: csr_array

    @classmethod
    def of(cls, graph: Graph, q: Quotient, traffic: Traffic) -> _Work:
        lift = csr_array((np.ones(graph.n), (q.label, np.arange(graph.n))), shape=(q.q, graph.n))
        ones = np.ones(graph.n)
        receives = (ones @ traffic.pairs > 0) | (traffic.into.sum(axis=1) > 0)
        sends = (traffic.pairs @ ones > 0) | (traffic.out.sum(axis=1) > 0)
        return cls(q, traffic, lift, lift @ traffic.out, lift @ traffic.into, receives, sends, q.adjacency())

    def inside_classes(self, entry: Floats) -> float:
        """Demand between twins: up over all links of one, down over all links of the other. What twins without links cannot send."""
        q, t = self.q, self.traffic
        pairs = t.pairs.tocoo()
        i, j = pairs.coords
        same = q.label[i] == q.label[j]
        up, down = sums(i[same], pairs.data[same], q.label.size), sums(j[same], pairs.data[same], q.label.size)
        own = np.einsum("ij,ij->i", t.out, t.into)
        up += np.einsum("ij,ij->i", t.out, self.lifted_into[q.label]) - own
        down += np.einsum("ij,ij->i", t.into, self.lifted_out[q.label]) - own
        degree = np.diff(q.row)
        share = np.divide(1.0, degree, out=np.zeros(degree.size), where=degree > 0)
        entry += np.repeat(up * share, degree) + (down * share)[q.target]
        return float(up[degree == 0].sum())

    def towards(self, classes: Ints, entry: Floats) -> float:
        """Add the loads of all demand from other classes towards members of `classes`; the demand without a path."""
        q, t = self.q, self.traffic
        dist = q.distances(classes)
        hops = q.next_hops(dist)
        share = np.divide(1.0, hops, out=np.zeros_like(hops), where=hops > 0)
        to_class = t.pairs @ self.lift[classes].T
        demand = (self.lift @ to_class).toarray() + self.lifted_out @ self.lifted_into[classes].T
        unrouted = float(demand[dist == UNREACHED].sum())
        demand[dist <= 0] = 0.0
        flow = self._flow(demand, dist, share)
        # Of twins only the transit is alike; what they send themselves is added one by one.
        carried = np.where((q.size == 1)[:, None], flow, (flow - demand) / q.size[:, None])
        self._through(entry, dist, share, carried, to_class.toarray() + t.out @ self.lifted_into[classes].T)
        single = q.size[classes] == 1
        alone, many = np.flatnonzero(single), np.flatnonzero(~single)
        self._last_hop(entry, q.members[q.first[classes[alone]]], carried[:, alone])
        arrival = self._arrival(classes[many], dist[:, many], share[:, many])
        for index, c in enumerate(classes[many]):
            members = q.members[q.first[c] : q.first[c + 1]]
            self._last_hop(entry, members, self._carried(members, arrival[index]))
        return unrouted

    def _flow(self, demand: Floats, dist: NDArray[np.int16], share: Floats) -> Floats:
        """(q, C) all that leaves each class towards each destination: its own demand and what passes through.

        `adjacency` counts the links of one member and `flow` is of the whole class, so the sizes of the classes cancel.
        """
        flow = demand.copy()
        for level in range(int(dist.max(initial=0)), 1, -1):
            rows = np.flatnonzero((dist == level).any(axis=1))
            moved = self.adjacency[rows].T @ np.where(dist[rows] == level, flow[rows] * share[rows], 0.0)
            flow += np.where(dist == level - 1, moved, 0.0)
        return flow

    def _through(self, entry: Floats, dist: NDArray[np.int16], share: Floats, carried: Floats, own: Floats) -> None:
        """Loads of every hop but the last. own (n, C): demand of each switch."""
        q = self.q
        sent = carried * share
        load = np.zeros(q.head.size)
        step = max(1, CHUNK // dist.shape[1])
        for begin in range(0, load.size, step):
            edges = slice(begin, begin + step)
            gap = dist[q.tail[edges]]
            on_path = (dist[q.head[edges]] == gap + 1) & (gap > 0)
            load[edges] = np.einsum("ec,ec->e", on_path, sent[q.head[edges]])
        entry += load[q.edge]
        for c in np.unique(q.label[self.sends]):
            if q.size[c] > 1:
                v, edges = q.members[q.first[c] : q.first[c + 1]], slice(q.edge_start[c], q.edge_start[c + 1])
                gap = dist[q.tail[edges]]
                each = own[v] @ np.where((dist[c] == gap + 1) & (gap > 0), share[c], 0.0).T
                at = q.row[v][:, None] + np.arange(q.row[v[0] + 1] - q.row[v[0]])
                entry[at] += each[:, q.edge[at[0]] - edges.start]

    def _arrival(self, classes: Ints, dist: NDArray[np.int16], share: Floats) -> list[csr_array]:
        """For each class of twins (neighbour classes, q): the part of a flow of the column's class that reaches the twins through the row's."""
        q = self.q
        count = q.edge_start[classes + 1] - q.edge_start[classes]
        owner = np.repeat(np.arange(classes.size), count)
        near = q.tail[spread(q.edge_start[classes], count)]
        shape = (q.q, near.size)
        reach = csr_array((np.ones(near.size), (near, np.arange(near.size))), shape=shape)
        sending = np.bincount(q.label[self.sends], minlength=q.q) > 0
        whole = reach
        for level in range(2, int(dist.max(initial=0)) + 1):
            here = np.flatnonzero((dist == level).any(axis=1))
            step = self.adjacency[here] @ reach
            row, column = np.repeat(here, np.diff(step.indptr)), owner[step.indices]
            step.data *= np.where(dist[row, column] == level, share[row, column], 0.0)
            step.eliminate_zeros()
            length = np.zeros(q.q, np.int64)
            length[here] = np.diff(step.indptr)
            reach = csr_array((step.data, step.indices, np.concatenate(([0], np.cumsum(length)))), shape=shape)
            if sending[here].any():
                whole = whole + reach
        turned = whole.T.tocsr()
        at = np.concatenate(([0], np.cumsum(count)))
        return [turned[at[i] : at[i + 1]] for i in range(classes.size)]

    def _carried(self, members: Ints, arrival: csr_array) -> Floats:
        """(q, twins) like `carried` in `towards`, for single destinations `members`; right for their neighbours only."""
        q, t = self.q, self.traffic
        demand = (self.lift @ t.pairs[:, members]).toarray() + self.lifted_out @ t.into[members].T
        c = q.label[members[0]]
        demand[c] = 0.0
        near = q.tail[q.edge_start[c] : q.edge_start[c + 1]]
        passing = arrival @ demand - np.where((q.size[near] > 1)[:, None], demand[near], 0.0)
        carried: Floats = np.zeros(demand.shape)
        carried[near] = passing / q.size[near][:, None]
        return carried

    def _last_hop(self, entry: Floats, members: Ints, carried: Floats) -> None:
        """Loads of the links into destinations, by single links. carried (q, len(members)): what a neighbour passes on to each."""
        q = self.q
        degree = q.row[members + 1] - q.row[members]
        back = spread(q.row[members], degree)
        source, column = q.target[back], np.repeat(np.arange(members.size), degree)
        load = carried[q.label[source], column]
        extra = np.flatnonzero(self.sends[source] & (q.size[q.label[source]] > 1))
        load[extra] += self.traffic.at(source[extra], members[column[extra]])
        # An entry of a destination's row, turned round, is the link into it.
        entry[self.q.reverse[back]] += load / q.parallel[back]
