"""Ties closed in service: the current that each carries between two nodes that both have a way of their own.

The forest is solved with each tie cut and its current drawn at one end and given at the other; the voltage that is left across the cut, over the
impedance of the loop, is by how much the current changes for the next turn (compensation after Shirmohammadi and others, 1988). Loops that share
impedance above are solved together. Cases with the same loops share one matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackwright.sim.power.supply import Complexes, Forest, Ints, Supply, Ways


@dataclass(slots=True)
class Loops:
    """Rows `a`, `b` and impedance `z` of k ties, per unit; `current` (k, c) from a to b; groups of cases, their ties, and the inverse of the
    impedance of their loops.
    """

    a: Ints
    b: Ints
    z: Complexes
    current: Complexes
    groups: list[tuple[Ints, Ints, Complexes]]

    @staticmethod
    def of(s: Supply, t: Forest, z: Complexes, other_z: Complexes, way: Ways, base_va: float) -> Loops:
        """Nothing flows yet. `z` of the way into each row and `other_z` of alternatives, per unit of `base_va`."""
        ohm = s.resistance_ohm[t.closed] + 1j * s.reactance_ohm[t.closed]
        own: Complexes = np.asarray(ohm * base_va / s.voltage_nominal_v[s.b_node[t.closed]] ** 2, dtype=np.complex128)
        made = Loops(t.closed_a, t.closed_b, own, np.zeros(way.looped.shape, dtype=complex), [])
        if not way.looped.any():
            return made
        # What tells cases apart: which ties are loops, and which alternatives are taken.
        taken = np.zeros((t.other.size, way.looped.shape[1]), dtype=bool)
        taken[way.other, way.case] = True
        kinds, which = np.unique(np.vstack((way.looped, taken)), axis=1, return_inverse=True)
        for i in range(kinds.shape[1]):
            ties, others = np.flatnonzero(kinds[: t.closed.size, i]), np.flatnonzero(kinds[t.closed.size :, i])
            if ties.size:
                matrix = _impedance(s, t, z, other_z, others, t.closed_a[ties], t.closed_b[ties]) + np.diag(own[ties])
                inverse = np.linalg.inv(matrix).astype(np.complex128)
                made.groups.append((np.flatnonzero(which.ravel() == i), ties, inverse))
        return made

    def draw(self, current: Complexes) -> None:
        """Add the ties to the currents (n, c) drawn at rows."""
        if self.groups:
            np.add.at(current, self.a, self.current)
            np.add.at(current, self.b, -self.current)

    def close(self, volts: Complexes) -> None:
        """Change the currents by what is left of voltage (n, c) across each tie."""
        for cases, ties, inverse in self.groups:
            at = np.ix_(ties, cases)
            across = volts[np.ix_(self.a[ties], cases)] - volts[np.ix_(self.b[ties], cases)] - self.z[ties, None] * self.current[at]
            self.current[at] += inverse @ across


def _impedance(s: Supply, t: Forest, z: Complexes, other_z: Complexes, others: Ints, a: Ints, b: Ints) -> Complexes:
    """(k, k) voltage across each pair of rows a, b by current from a to b of each, through the ways in use: up to the source, or to a converter."""
    parent, own, stops = t.parent.copy(), z.copy(), np.zeros(t.parent.size, dtype=bool)
    fed = t.way >= 0
    stops[fed] = s.is_converter[t.way[fed]]
    into = t.other_b[others]
    parent[into], own[into], stops[into] = t.other_a[others], other_z[others], s.is_converter[t.other[others]]
    rows, ties, signs = [], [], []
    for sign, at in ((1.0, a.copy()), (-1.0, b.copy())):
        tie = np.arange(a.size)
        while (going := (parent[at] != at) & ~stops[at]).any():
            tie, at = tie[going], at[going]
            rows.append(at)
            ties.append(tie)
            signs.append(np.full(at.size, sign))
            at = parent[at]
    if not rows:
        return np.zeros((a.size, a.size), dtype=complex)
    used, place = np.unique(np.concatenate(rows), return_inverse=True)
    passes = np.zeros((a.size, used.size))
    np.add.at(passes, (np.concatenate(ties), place.ravel()), np.concatenate(signs))
    return np.asarray((passes * own[used]) @ passes.T)
