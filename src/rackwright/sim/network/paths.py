"""One path for each flow, as hashing switches choose it: at every switch a seeded hash of flow and switch picks one of the equal-cost next hops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rackwright.sim.network.ecmp import CELLS
from rackwright.sim.network.graph import Bools, Floats, Graph, Ints, spread
from rackwright.sim.network.quotient import UNREACHED, Quotient, quotient


@dataclass(frozen=True, slots=True)
class Paths:
    """CSR of f flows: start (f + 1,) into links, in order from source to target; is_routed (f,) false (and no links) where there is no path.

    Directed links of the fabric are 0 to 2 m - 1 (see `Graph`), then h host ports sending, then h receiving. `capacity_gbps` has all of them.
    """

    start: Ints
    links: Ints
    is_routed: Bools
    capacity_gbps: Floats


def hashed(graph: Graph, source: Ints, target: Ints, seed: int, known: Quotient | None = None) -> Paths:
    """Paths of flows between hosts `source` and `target` (f,). Parallel links count one by one, whatever their speed."""
    q = quotient(graph) if known is None else known
    h = graph.host_leaf.size
    leaf, goal = graph.host_leaf[source].astype(np.int64), graph.host_leaf[target].astype(np.int64)
    there = (leaf >= 0) & (goal >= 0)
    order = np.argsort(np.where(there, q.label[goal], -1), kind="stable")
    order = order[there[order]]
    moves: list[tuple[Ints, Ints]] = []
    routed = there.copy()
    classes, first = np.unique(q.label[goal[order]], return_index=True)
    step = max(1, CELLS // max(1, q.q))
    for begin in range(0, classes.size, step):
        some = classes[begin : begin + step]
        end = first[begin + step] if begin + step < classes.size else order.size
        flow = order[first[begin] : end]
        moves += _walk(q, flow, leaf[flow], goal[flow], some, seed, routed)
    fabric = np.concatenate((graph.capacity_gbps, graph.capacity_gbps))
    capacity = np.concatenate((fabric, graph.host_gbps, graph.host_gbps)).astype(np.float64)
    on = np.flatnonzero(routed)
    return _collect(source.size, [(on, 2 * graph.m + source[on]), *moves, (on, 2 * graph.m + h + target[on])], routed, capacity)


def _collect(flows: int, moves: list[tuple[Ints, Ints]], routed: Bools, capacity: Floats) -> Paths:
    """Moves (flow, link), in order of travel for each flow, as CSR."""
    count = np.zeros(flows, np.int64)
    for flow, _ in moves:
        count[flow] += routed[flow]
    start = np.concatenate(([0], np.cumsum(count)))
    links = np.zeros(int(start[-1]), np.int64)
    at = start[:-1].copy()
    for flow, link in moves:
        kept = routed[flow]
        links[at[flow[kept]]] = link[kept]
        at[flow[kept]] += 1
    return Paths(start, links, routed, capacity)


def _walk(q: Quotient, flow: Ints, at: Ints, goal: Ints, classes: Ints, seed: int, routed: Bools) -> list[tuple[Ints, Ints]]:
    """All flows of a block of destinations, one hop after the other. Flows without a path are marked in `routed`."""
    dist = q.distances(classes)
    hops = q.next_hops(dist).astype(np.int64)
    before = np.cumsum(q.ports) - q.ports
    offset = before - before[np.minimum(q.edge_start[q.head], max(before.size - 1, 0))]
    column = np.searchsorted(classes, q.label[goal])
    moves: list[tuple[Ints, Ints]] = []
    while True:
        far = dist[q.label[at], column]
        lost = (far == UNREACHED) | ((far == 0) & (at != goal) & (q.row[at + 1] == q.row[at]))
        routed[flow[lost]] = False
        going = ~lost & (at != goal)
        flow, at, goal, column = flow[going], at[going], goal[going], column[going]
        if not flow.size:
            return moves
        draw = _hash(flow, at, seed)
        entry = _next(q, at, goal, column, dist, hops, offset, draw)
        moves.append((flow, q.entry[entry]))
        at = q.target[entry]


def _next(q: Quotient, at: Ints, goal: Ints, column: Ints, dist: NDArray[np.int16], hops: Ints, offset: Ints, draw: NDArray[np.uint64]) -> Ints:
    """The entry (see `Quotient`) each flow takes from switch `at` towards `goal`, chosen by `draw`."""
    here = q.label[at]
    far = dist[here, column]
    entry: Ints = q.row[at] + (draw % np.maximum(q.row[at + 1] - q.row[at], 1).astype(np.uint64)).astype(np.int64)
    # Between twins every link is a next hop, and that is chosen already.
    out = np.flatnonzero(far > 0)
    here, column, far = here[out], column[out], far[out]
    pick = (draw[out] % hops[here, column].astype(np.uint64)).astype(np.int64)
    # At the last switch only the links to the goal itself count, not those to its twins.
    last = np.flatnonzero(far == 1)
    each = hops[here[last], column[last]] // q.size[q.label[goal[out[last]]]]
    pick[last] = q.rank[goal[out[last]]] * each + pick[last] % each
    width = dist.shape[1]
    key = here * width + column
    used = np.zeros(q.q * width, np.bool_)
    used[key] = True
    pairs = np.flatnonzero(used)
    place = np.zeros(q.q * width, np.int64)
    place[pairs] = np.arange(pairs.size)
    head, col = pairs // width, pairs % width
    count = q.edge_start[head + 1] - q.edge_start[head]
    edges, col = spread(q.edge_start[head], count), np.repeat(col, count)
    good = dist[q.tail[edges], col] == dist[q.head[edges], col] - 1
    edges = edges[good]
    end = np.cumsum(q.ports[edges])
    total = hops[head, pairs % width]
    wanted = (np.cumsum(total) - total)[place[key]] + pick
    index = np.searchsorted(end, wanted, side="right")
    edge = edges[index]
    entry[out] = q.row[at[out]] + offset[edge] + wanted - (end[index] - q.ports[edge])
    return entry


def _hash(flow: Ints, at: Ints, seed: int) -> NDArray[np.uint64]:
    """64 well-mixed bits of flow, switch and seed (the finaliser of SplitMix64, Steele, Lea and Flood 2014)."""
    x: NDArray[np.uint64] = flow.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + at.astype(np.uint64) * np.uint64(0xD1B54A32D192ED03)
    x += np.uint64((seed * 0x8CB92BA72F3D8DD7 + 1) % 2**64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
