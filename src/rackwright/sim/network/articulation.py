"""Single points of failure: switches and links whose loss cuts endpoints off, found in one pass over the fabric.

Tarjan and Vishkin's biconnected components (SIAM J. Comput. 1985), level by level over a breadth-first tree, so all steps are array operations:
two tree edges belong together where some other link closes a ring over both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from rackwright.sim.network.clos import parts
from rackwright.sim.network.graph import Bools, Graph, Ints, run_starts


@dataclass(frozen=True, slots=True)
class SinglePoints:
    """is_articulation (n,): its loss parts the fabric; cut_by_switch (n,) hosts that lose the others, its own included; is_bridge, cut_by_link (m,).

    Cut off are the hosts outside the part with most hosts, counted in the connected part the switch or link belongs to.
    """

    is_articulation: Bools
    cut_by_switch: Ints
    is_bridge: Bools
    cut_by_link: Ints


@dataclass(frozen=True, slots=True)
class _Tree:
    """Breadth-first forest. parent (n,), -1 at roots; number (n,) preorder; below, hosts (n,) switches and hosts of the subtree; roots first."""

    parent: Ints
    number: Ints
    below: Ints
    hosts: Ints
    levels: list[Ints]
    root: Ints


def single_points(graph: Graph) -> SinglePoints:
    """All of them, for any fabric."""
    hosts = graph.switch_hosts()
    low, high = np.minimum(graph.a, graph.b).astype(np.int64), np.maximum(graph.a, graph.b).astype(np.int64)
    pair, of, times = np.unique(low * graph.n + high, return_inverse=True, return_counts=True)
    u, v = pair // max(graph.n, 1), pair % max(graph.n, 1)
    tree = _forest(graph.n, u, v, hosts)
    is_tree = (tree.parent[u] == v) | (tree.parent[v] == u)
    first, last = _reach(tree, u[~is_tree], v[~is_tree])
    label = _blocks(tree, u[~is_tree], v[~is_tree], first, last)
    is_articulation, cut = _switches(tree, label, hosts)
    child = np.where(tree.parent[u] == v, u, v)
    alone = is_tree & (times == 1) & (first[child] >= tree.number[child]) & (last[child] < tree.number[child] + tree.below[child])
    lost = np.minimum(tree.hosts[child], tree.hosts[tree.root[child]] - tree.hosts[child])
    return SinglePoints(is_articulation, cut, alone[of], np.where(alone, lost, 0)[of])


def _forest(n: int, u: Ints, v: Ints, hosts: Ints) -> _Tree:
    """Breadth-first tree of every connected part, joined under one root beyond the last switch while searching."""
    part = parts(n, u, v)
    _, seed = np.unique(part, return_index=True)
    net = csr_array((np.ones(u.size + seed.size), (np.append(u, np.full(seed.size, n)), np.append(v, seed))), shape=(n + 1, n + 1))
    order, above = breadth_first_order(net, n, directed=False)
    parent = np.where(above[:n] == n, -1, above[:n]).astype(np.int64)
    levels, start = [], 1
    # Breadth-first order lists a level after the other: a level ends where a parent is of the same level.
    place = np.empty(n + 1, np.int64)
    place[order] = np.arange(n + 1)
    up = place[above[order[1:]]] if n else np.zeros(0, np.int64)
    while start <= n:
        end = 1 + int(np.searchsorted(up, start))
        levels.append(order[start:end].astype(np.int64))
        start = end
    below, held = np.ones(n, np.int64), hosts.copy()
    for level in reversed(levels[1:]):
        np.add.at(below, parent[level], below[level])
        np.add.at(held, parent[level], held[level])
    number = np.zeros(n, np.int64)
    root = np.arange(n)
    for i, level in enumerate(levels):
        # Siblings stand side by side: each begins after the subtrees of those before it.
        before = np.cumsum(below[level]) - below[level]
        if i:
            first = np.repeat(starts := run_starts(parent[level]), np.diff(np.append(starts, level.size)))
            number[level] = number[parent[level]] + 1 + before - before[first]
            root[level] = root[parent[level]]
        else:
            number[level] = before
    return _Tree(parent, number, below, held, levels, root)


def _reach(tree: _Tree, u: Ints, v: Ints) -> tuple[Ints, Ints]:
    """(n,) least and greatest preorder number that a subtree touches, by itself or over links u-v outside the tree."""
    first, last = tree.number.copy(), tree.number.copy()
    for x, y in ((u, v), (v, u)):
        np.minimum.at(first, x, tree.number[y])
        np.maximum.at(last, x, tree.number[y])
    for level in reversed(tree.levels[1:]):
        np.minimum.at(first, tree.parent[level], first[level])
        np.maximum.at(last, tree.parent[level], last[level])
    return first, last


def _blocks(tree: _Tree, u: Ints, v: Ints, first: Ints, last: Ints) -> Ints:
    """(n,) block of the tree edge above each switch (roots: of their own)."""
    n, number, below = tree.parent.size, tree.number, tree.below
    related = ((number[u] <= number[v]) & (number[v] < number[u] + below[u])) | ((number[v] <= number[u]) & (number[u] < number[v] + below[v]))
    x, y = u[~related], v[~related]
    child = np.flatnonzero(tree.parent >= 0)
    above = tree.parent[child]
    inner = tree.parent[above] >= 0
    child, above = child[inner], above[inner]
    out = (first[child] < number[above]) | (last[child] >= number[above] + below[above])
    return parts(n, np.append(x, child[out]), np.append(y, above[out]))


def _switches(tree: _Tree, label: Ints, hosts: Ints) -> tuple[Bools, Ints]:
    """Articulation switches and what each switch cuts off, its own hosts included."""
    n = tree.parent.size
    child = np.flatnonzero(tree.parent >= 0)
    above = tree.parent[child]
    # Children whose edge is in the block of the edge above stay with the rest; the others fall off block by block.
    falls = (tree.parent[above] < 0) | (label[child] != label[above])
    key = above[falls] * n + label[child[falls]]
    group, of = np.unique(key, return_inverse=True)
    size = np.bincount(of, tree.hosts[child[falls]], group.size).astype(np.int64)
    owner = group // max(n, 1)
    fallen, largest, groups = np.zeros(n, np.int64), np.zeros(n, np.int64), np.bincount(owner, minlength=n)
    np.add.at(fallen, owner, size)
    np.maximum.at(largest, owner, size)
    rest = tree.hosts[tree.root] - hosts - fallen
    is_root = tree.parent < 0
    return groups > np.where(is_root, 1, 0), tree.hosts[tree.root] - np.maximum(largest, rest)
