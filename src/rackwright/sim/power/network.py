"""DC load flow of droop sources, resistive branches and constant-power loads: Newton on the load nodes, any connected or split network.

Loop analysis: a spanning tree gives every branch current from what the nodes take (Kirchhoff's current law holds to rounding, and a branch may
have no resistance); what remains unknown is one voltage per connected part, the source currents and the currents of the chords outside the tree,
linear in the load currents. So V = V_open - Z i at the load nodes, and Newton solves i = P/V. From the open-circuit voltage downwards these steps
fall monotonically to the upper, stable solution; a step upwards means that there is none (voltage collapse). Linearised constant-power methods
are off by 0.4 to 0.7 V of 800 V and are not used. The dense systems stay below the size at which BLAS starts threads, which cost more than they
give here.

Sources cannot run backwards: those that would be fed are blocked (active set).

Limits: a loop of branches that all have resistance 0 has no unique current and counts as unsolved; the path matrix is dense, so meant for up to
some thousand nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_NEWTON_MAX = 200
_RESIDUAL = 1e-13


@dataclass(frozen=True, slots=True)
class Network:
    """`node_count` nodes; m branches from `a` to `b` with loop resistance in ohm; k droop sources at `source_node` with open-circuit V."""

    node_count: int
    a: Ints
    b: Ints
    resistance_ohm: Floats
    source_node: Ints
    source_v: Floats


@dataclass(frozen=True, slots=True)
class Solution:
    """Per case (rows): node voltages (NaN: dark or unsolved), branch currents a to b, source currents, and whether it is solved."""

    voltage_v: Floats
    current_a: Floats
    source_a: Floats
    is_solved: Bools


@dataclass(frozen=True, slots=True)
class _Tree:
    """Spanning forest: nodes parents first; each node's parent (a root's is itself), branch to it (-1) and island; branches outside; and
    `shared` (n, n), the resistance that the paths of two nodes from their root have in common.
    """

    order: list[int]
    parent: list[int]
    branch: list[int]
    island: Ints
    chords: Ints
    shared: Floats


def solve(net: Network, load_w: Floats, source_ohm: Floats, is_alive: Bools) -> Solution:
    """Solve every case.

    Args:
        net: the network, the same in all cases.
        load_w: (n,) constant power taken at each node, W.
        source_ohm: (cases, k) droop resistance, ohm.
        is_alive: (cases, k) sources that are there.

    Returns:
        Nodes without a path to a live source are dark: voltage NaN, no current, their load unserved; that alone does not make a case unsolved.
        A case is unsolved where no operating point exists; its voltages are NaN and currents 0.
    """
    cases, n, tree = len(is_alive), net.node_count, _span(net)
    linear = _Linear.of(net, tree, np.flatnonzero(load_w > 0))
    lit, solved = np.zeros((cases, n), dtype=bool), np.ones(cases, dtype=bool)
    taken, root, chord = np.zeros((cases, n)), np.zeros((cases, n)), np.zeros((cases, len(tree.chords)))
    source = np.zeros(is_alive.shape)
    for c in range(cases):
        found = linear.case(load_w, source_ohm[c], is_alive[c])
        if found is None:
            solved[c] = False
            continue
        volts, source[c], chord[c], amps = found
        lit[c] = linear.is_lit(is_alive[c])[tree.island]
        root[c], taken[c, linear.at] = volts[tree.island], amps
    rows = np.arange(cases)[:, None]
    np.add.at(taken, (rows, net.source_node), -source)
    np.add.at(taken, (rows, net.a[tree.chords]), chord)
    np.add.at(taken, (rows, net.b[tree.chords]), -chord)
    voltage, current = _spread(net, tree, root, taken)
    current[:, tree.chords] = chord
    return Solution(np.where(lit, voltage, np.nan), current, source, solved)


def _span(net: Network) -> _Tree:
    """Breadth-first spanning forest."""
    n, ends = net.node_count, list(zip(net.a.tolist(), net.b.tolist(), strict=True))
    touching: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for j, (a, b) in enumerate(ends):
        touching[a].append((b, j))
        touching[b].append((a, j))
    parent, branch, island = list(range(n)), [-1] * n, np.full(n, -1, dtype=np.int64)
    order: list[int] = []
    shared, used = np.zeros((n, n)), np.zeros(len(ends), dtype=bool)
    for start in range(n):
        if island[start] >= 0:
            continue
        island[start] = island.max(initial=-1) + 1
        order.append(start)
        head = len(order) - 1
        while head < len(order):
            node, head = order[head], head + 1
            for other, j in touching[node]:
                if island[other] < 0:
                    island[other], parent[other], branch[other], used[j] = island[node], node, j, True
                    shared[other], shared[:, other] = shared[node], shared[node]
                    shared[other, other] = shared[node, node] + net.resistance_ohm[j]
                    order.append(other)
    return _Tree(order, parent, branch, island, np.flatnonzero(~used), shared)


def _spread(net: Network, tree: _Tree, root_v: Floats, taken_a: Floats) -> tuple[Floats, Floats]:
    """(cases, n) voltages and (cases, m) tree currents, from each island's root voltage and what every node takes in A."""
    voltage, carried, current = root_v.copy(), taken_a.copy(), np.zeros((len(root_v), len(net.a)))
    for node in reversed(tree.order):
        if tree.branch[node] >= 0:
            carried[:, tree.parent[node]] += carried[:, node]
    for node in tree.order:
        j = tree.branch[node]
        if j >= 0:
            current[:, j] = carried[:, node] if net.b[j] == node else -carried[:, node]
            voltage[:, node] = voltage[:, tree.parent[node]] - net.resistance_ohm[j] * carried[:, node]
    return voltage, current


@dataclass(frozen=True, slots=True)
class _Linear:
    """Node voltage = `by_unknown` @ y - `by_load` @ i, with y the root voltages, source currents and chord currents; `at`: load nodes, at which
    the two are `unknown_here` and `load_here`.
    """

    net: Network
    tree: _Tree
    at: Ints
    by_unknown: Floats
    by_load: Floats
    unknown_here: Floats
    load_here: Floats

    @staticmethod
    def of(net: Network, tree: _Tree, at: Ints) -> _Linear:
        shared, chords = tree.shared, tree.chords
        roots = (tree.island[:, None] == np.arange(tree.island.max(initial=-1) + 1)).astype(np.float64)
        loops = shared[:, net.b[chords]] - shared[:, net.a[chords]]
        by_unknown = np.hstack([roots, shared[:, net.source_node], loops])
        return _Linear(net, tree, at, by_unknown, shared[:, at], by_unknown[at], shared[np.ix_(at, at)])

    @property
    def islands(self) -> int:
        """Number of connected parts."""
        return int(self.tree.island.max(initial=-1)) + 1

    def is_lit(self, alive: Bools) -> Bools:
        """(islands,) whether a live source stands in it."""
        lit = np.zeros(self.islands, np.bool_)
        lit[self.tree.island[self.net.source_node[alive]]] = True
        return lit

    def case(self, load_w: Floats, ohm: Floats, alive: Bools) -> tuple[Floats, Floats, Floats, Floats] | None:
        """Root voltages, source, chord and load currents of one case, or None where there is no operating point.

        Starts with every live source and takes out those that would be fed backwards. That raises the voltage at every node, so none of
        them is wanted back and the loop ends after at most one turn per source.
        """
        on = alive.copy()
        power = np.where(self.is_lit(alive)[self.tree.island[self.at]], load_w[self.at], 0.0)
        scale = 1e-9 * (1.0 + float(power.sum()) / max(float(self.net.source_v.max(initial=1.0)), 1.0))
        k, first = len(on), self.islands
        while True:
            found = self._point(power, ohm, on)
            if found is None:
                return None
            y, amps = found
            source = y[first : first + k]
            backward = on & (source < -scale)
            if not backward.any():
                return y[:first], source, y[first + k :], amps
            on &= ~backward

    def _point(self, power_w: Floats, ohm: Floats, on: Bools) -> tuple[Floats, Floats] | None:
        """Unknowns and load currents with the sources `on` and the rest blocked."""
        matrix, rhs = self._equations(ohm, on)
        try:
            basis: Floats = np.linalg.solve(matrix, rhs).astype(np.float64)
        except np.linalg.LinAlgError:
            return None
        live = power_w > 0
        transfer = (self.unknown_here @ basis[:, 1:] - self.load_here)[live][:, live]
        amps = np.zeros(len(self.at))
        found = _load_currents((self.unknown_here @ basis[:, 0])[live], transfer, power_w[live])
        if found is None:
            return None
        amps[live] = found
        return basis[:, 0] + basis[:, 1:] @ amps, amps

    def _equations(self, ohm: Floats, on: Bools) -> tuple[Floats, Floats]:
        """Balance of every lit island, terminal of every source, loop of every chord; right sides: constants, then one column per load."""
        net, chords, q, k = self.net, self.tree.chords, self.islands, len(on)
        size = self.by_unknown.shape[1]
        matrix, rhs = np.zeros((size, size)), np.zeros((size, 1 + len(self.at)))
        lit = self.is_lit(on)
        own = np.arange(q)
        matrix[own[~lit], own[~lit]] = 1.0
        matrix[:q, q : q + k] = (own[:, None] == self.tree.island[net.source_node]) & lit[:, None]
        rhs[:q, 1:] = (own[:, None] == self.tree.island[self.at]) & lit[:, None]
        source = q + np.arange(k)
        matrix[q : q + k] = np.where(on[:, None], self.by_unknown[net.source_node], 0.0)
        matrix[source, source] += np.where(on, ohm, 1.0)
        rhs[q : q + k, 0] = np.where(on, net.source_v, 0.0)
        rhs[q : q + k, 1:] = np.where(on[:, None], self.by_load[net.source_node], 0.0)
        loop = q + k + np.arange(len(chords))
        matrix[q + k :] = self.by_unknown[net.a[chords]] - self.by_unknown[net.b[chords]]
        matrix[loop, loop] -= net.resistance_ohm[chords]
        rhs[q + k :, 1:] = self.by_load[net.a[chords]] - self.by_load[net.b[chords]]
        return matrix, rhs


def _load_currents(open_v: Floats, transfer: Floats, load_w: Floats) -> Floats | None:
    """Currents i with V = open_v + transfer @ i and i = P/V on the upper branch, or None where the voltage collapses."""
    if not len(load_w):
        return np.zeros(0)
    volts, top = open_v.copy(), float(open_v.max())
    for _ in range(_NEWTON_MAX):
        if not np.isfinite(volts).all() or (volts <= 0).any():
            return None
        miss = volts - open_v - transfer @ (load_w / volts)
        if np.abs(miss).max() <= _RESIDUAL * top:
            return np.asarray(load_w / volts)
        try:
            step = np.linalg.solve(np.eye(len(volts)) + transfer * (load_w / volts**2), miss)
        except np.linalg.LinAlgError:
            return None
        if (step < -1e-6 * top).any():
            return None
        volts = volts - step
    return None
