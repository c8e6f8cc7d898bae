"""Switches with the same neighbours drawn together, exactly.

Two switches with the same multiset of neighbours (twins: the leaves of a pod, the cores of one group) are never neighbours of each other, have the
same distance from everywhere else, and carry the same share of whatever passes through. One node for each set of twins gives the same shortest
paths and splits as the whole fabric with far fewer links: 4,096 instead of 131,072 for a three-tier fat tree of radix 64. A broken link
only takes its two ends out of their sets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from rackwright.sim.network.graph import Floats, Graph, Ints, run_starts

UNREACHED = -1


@dataclass(frozen=True, slots=True)
class Quotient:
    """q classes of twins and e directed edges between them; rows of the 2 m directed links.

    label (n,) class of a switch; rank (n,) its place in the class; size (q,); members (n,) switches by class, then ordinal; first (q + 1,) into it.
    edge_start (q + 1,), head (e,), tail (e,): class edges head -> tail, by head; ports (e,) links of ONE member of `head` to all of `tail`.
    row (n + 1,), entry (2 m,): directed links by switch of origin, then place of the target in `members`, then ordinal; target (2 m,) of each;
    edge (2 m,) its class edge; parallel (2 m,) links between the same two switches; reverse (2 m,) place of the same link the other way.
    """

    label: Ints
    rank: Ints
    size: Ints
    members: Ints
    first: Ints
    edge_start: Ints
    head: Ints
    tail: Ints
    ports: Ints
    row: Ints
    entry: Ints
    target: Ints
    edge: Ints
    parallel: Ints
    reverse: Ints

    @property
    def q(self) -> int:
        """Number of classes."""
        return self.size.size

    def adjacency(self) -> csr_array:
        """(q, q): links of one member of the row's class to all of the column's."""
        return csr_array((self.ports.astype(np.float64), self.tail, self.edge_start), shape=(self.q, self.q))

    def distances(self, classes: Ints) -> NDArray[np.int16]:
        """(q, len(classes)) hops from any member of a row's class to the nearest member of a column's class; UNREACHED where there is no path."""
        step = csr_array((np.ones(self.tail.size, np.float32), self.tail, self.edge_start), shape=(self.q, self.q))
        columns = np.arange(classes.size)
        dist = np.full((self.q, classes.size), UNREACHED, np.int16)
        dist[classes, columns] = 0
        front = np.zeros((self.q, classes.size), np.float32)
        front[classes, columns] = 1
        for level in range(1, self.q + 1):
            rows = np.flatnonzero(front.any(axis=1))
            if not rows.size:
                break
            new = ((step[rows].T @ front[rows]) > 0) & (dist == UNREACHED)
            dist[new] = level
            front = new.astype(np.float32)
        return dist

    def next_hops(self, dist: NDArray[np.int16]) -> Floats:
        """(q, columns of dist) links of one member on a shortest path to the column's class: its equal-cost next hops; 0 at and off the class."""
        hops: Floats = np.zeros(dist.shape)
        adjacency = self.adjacency()
        for level in range(1, int(dist.max(initial=0)) + 1):
            here = dist == level
            rows = np.flatnonzero(here.any(axis=1))
            hops[rows] += np.where(here[rows], adjacency[rows] @ (dist == level - 1).astype(np.float64), 0.0)
        return hops


def quotient(graph: Graph) -> Quotient:
    """Twins of a graph. Found by a 64-bit sum over neighbours and then compared one by one, so no collision can join what differs."""
    n, m2 = graph.n, 2 * graph.m
    source = np.concatenate((graph.a, graph.b)).astype(np.int64)
    goal = np.concatenate((graph.b, graph.a)).astype(np.int64)
    degree = np.bincount(source, minlength=n)
    row = np.concatenate(([0], np.cumsum(degree)))
    label = _twins(source, goal, row)
    members = np.argsort(label, kind="stable")
    place = np.empty(n, np.int64)
    place[members] = np.arange(n)
    size = np.bincount(label)
    first = np.concatenate(([0], np.cumsum(size)))
    # The ordinal of the link makes keys unique: the order of parallel links must not depend on the sort.
    entry = np.sort((source * n + place[goal]) * m2 + np.arange(m2)) % m2 if m2 else np.zeros(0, np.int64)
    target = goal[entry]
    origin = np.repeat(np.arange(n), degree)
    pair = run_starts(origin * n + target)
    run = np.diff(np.append(pair, m2))
    head, tail, ports, edge_start, edge = _class_edges(label, members[first[:-1]], row, target, origin)
    at = np.empty(m2, np.int64)
    at[entry] = np.arange(m2)
    reverse = at[(entry + graph.m) % max(m2, 1)]
    rank = place - first[label]
    return Quotient(label, rank, size, members, first, edge_start, head, tail, ports, row, entry, target, edge, np.repeat(run, run), reverse)


def _twins(source: Ints, goal: Ints, row: Ints) -> Ints:
    """(n,) class of each switch, numbered by first member. Switches without links are classes of their own."""
    n, m2 = row.size - 1, source.size
    order = np.sort((source * n + goal) * m2 + np.arange(m2)) % m2 if m2 else np.zeros(0, np.int64)
    near = goal[order]
    draw = np.random.default_rng(0x7177).integers(0, 2**64, n, dtype=np.uint64)
    total = np.concatenate((np.zeros(1, np.uint64), np.cumsum(draw[near], dtype=np.uint64)))
    key = total[row[1:]] - total[row[:-1]]
    degree = np.diff(row)
    lone = np.flatnonzero(degree == 0)
    key[lone] = draw[lone]
    _, first, label = np.unique(key, return_index=True, return_inverse=True)
    model = first[label]
    same = degree == degree[model]
    if same.all():
        partner = near[np.repeat(row[model] - row[:-1], degree) + np.arange(m2)]
        same = np.append(same, partner == near)
    if not same.all():
        return np.arange(n)
    rank = np.empty(first.size, np.int64)
    rank[np.argsort(first)] = np.arange(first.size)
    return rank[label]


def _class_edges(label: Ints, model: Ints, row: Ints, target: Ints, origin: Ints) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Class edges read from one member of each class (`model`), and the class edge of every directed link. Rows are sorted by class of target."""
    q = model.size
    start, end = row[model], row[model + 1]
    count = end - start
    offset = np.cumsum(count) - count
    inside = np.arange(int(count.sum())) - np.repeat(offset - start, count)
    head_of = np.repeat(np.arange(q), count)
    tail_of = label[target[inside]]
    begin = run_starts(head_of * q + tail_of)
    head, tail = head_of[begin], tail_of[begin]
    ports = np.diff(np.append(begin, inside.size))
    edge_start = np.searchsorted(head, np.arange(q + 1))
    edge_of_model_entry = np.repeat(np.arange(begin.size), ports)
    position = np.arange(target.size) - row[origin]
    edge = edge_of_model_entry[offset[label[origin]] + position] if target.size else np.zeros(0, np.int64)
    return head, tail, ports, edge_start, edge
