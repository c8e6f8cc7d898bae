"""Entities dealt to places at least cost: the quadratic assignment problem by exchanges of two, then a short tabu search.

The cost of a dealing `at` is sum_i unary[i, at_i] + sum over kinds c and pairs (i, k) of weight_c[i, k] * cost_c[at_i, at_k]. All numbers are whole
and stay below 2**53, so that sums are exact in float64 and the answer does not depend on threads or on the order of additions. The tabu part follows
the robust taboo search of Taillard (Parallel Computing 17, 1991): an entity may not go back to a place it left for a random number of steps, unless
that beats the best dealing seen. Seeded, and bounded by steps, never by a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

F64: TypeAlias = NDArray[np.float64]
I64: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

_NEVER = 1 << 60  # more than any cost; marks exchanges that are not allowed


@dataclass(frozen=True, slots=True, eq=False)
class Deal:
    """What is dealt. n entities, P >= n places; places left over are filled with entities that join nothing.

    `unary` (n, P) and the cost matrices (P, P) hold whole numbers, `weights` (n, n) how many links of each kind run from i to k (zero
    diagonals: what an entity has with itself is unary), `allowed` (n, P) where an entity may stand.
    """

    unary: F64
    weights: tuple[F64, ...]
    costs: tuple[F64, ...]
    allowed: Mask

    def total(self, at: I64) -> int:
        """Cost of a dealing."""
        made = self.unary[np.arange(len(at)), at].sum()
        made += sum((w * c[np.ix_(at, at)]).sum() for w, c in zip(self.weights, self.costs, strict=True))
        return int(made)


class _State:
    """A dealing with the cost of every exchange, kept up to date. `at` deals all P entities, those of no links last."""

    def __init__(self, deal: Deal, at: I64) -> None:
        n, places = deal.unary.shape
        self.at = np.concatenate([at, np.setdiff1d(np.arange(places), at)])
        self.w = [_padded(w, (places, places)) for w in deal.weights]
        self.c = [c.astype(np.float64) for c in deal.costs]
        self.free = np.ones((places, places), bool)
        self.free[:n] = deal.allowed
        self.is_free = bool(deal.allowed.all())
        self.h = _padded(deal.unary, (places, places))
        for w, c in zip(self.w, self.c, strict=True):
            self.h += w @ c[:, self.at].T + w.T @ c[self.at, :]
        self.both = [w + w.T for w in self.w]
        self.x = [c[np.ix_(self.at, self.at)] for c in self.c]
        self.own = np.zeros((places, places))
        for s, x in zip(self.both, self.x, strict=True):
            d = np.diag(x)
            self.own += s * (x + x.T - d[:, None] - d[None, :])
        self.cost = deal.total(at)

    def deltas(self) -> F64:
        """What each exchange of entities i and j adds to the cost, shape (P, P)."""
        there = self.h[:, self.at]
        here = np.diag(there)
        made = there + there.T - here[:, None] - here[None, :] + self.own
        if not self.is_free:
            able = self.free[:, self.at]
            made[~(able & able.T)] = _NEVER
        np.fill_diagonal(made, _NEVER)
        return np.asarray(made)

    def swap(self, i: int, j: int, delta: float) -> None:
        """Entities i and j change places."""
        p, q = int(self.at[i]), int(self.at[j])
        for w, c in zip(self.w, self.c, strict=True):
            for link, step in ((w[:, i] - w[:, j], c[:, q] - c[:, p]), (w[i] - w[j], c[q] - c[p])):
                rows = np.flatnonzero(link)
                self.h[rows] += link[rows, None] * step
        self.at[i], self.at[j] = q, p
        self.cost += int(delta)
        two = [i, j]
        self.own[two] = 0
        self.own[:, two] = 0
        for s, x in zip(self.both, self.x, strict=True):
            x[two] = x[[j, i]]
            x[:, two] = x[:, [j, i]]
            d = np.diag(x)
            rows = s[two] * (x[two] + x[:, two].T - d[two, None] - d[None, :])
            self.own[two] += rows
        self.own[:, two] = self.own[two].T


def _padded(m: F64, shape: tuple[int, int]) -> F64:
    made = np.zeros(shape)
    made[: m.shape[0], : m.shape[1]] = m
    return made


def _descend(state: _State) -> None:
    """Takes the best exchange until none helps; ties go to the lowest pair."""
    while True:
        deltas = state.deltas()
        i, j = divmod(int(np.argmin(deltas)), len(deltas))
        if deltas[i, j] >= 0:
            return
        state.swap(i, j, deltas[i, j])


def settle(deal: Deal, at: I64, steps: int, seed: int = 1) -> I64:
    """A dealing that no exchange of two improves, never dearer than `at`. `steps` exchanges are tried after the first such dealing is found.

    Raises:
        ValueError: `at` uses a place twice or one that is not allowed.
    """
    n, places = deal.unary.shape
    if len(np.unique(at)) != n or not deal.allowed[np.arange(n), at].all():
        raise ValueError("the first dealing must give each entity an allowed place of its own")
    state = _State(deal, at)
    _descend(state)
    best, cost = state.at[:n].copy(), state.cost
    random = np.random.Generator(np.random.PCG64(seed))
    until = np.zeros((places, places), np.int64)  # entity i may stand at place p again from this step on
    low, high = max(1, 9 * n // 10), max(2, 11 * n // 10)
    for step in range(1, steps + 1):
        deltas = state.deltas()
        barred = until[:, state.at] > step
        deltas[barred & barred.T & (state.cost + deltas >= cost)] = _NEVER
        i, j = divmod(int(np.argmin(deltas)), places)
        if deltas[i, j] >= _NEVER:
            break
        until[i, state.at[i]], until[j, state.at[j]] = step + random.integers(low, high + 1, 2)
        state.swap(i, j, deltas[i, j])
        if state.cost < cost:
            best, cost = state.at[:n].copy(), state.cost
    state = _State(deal, best)
    _descend(state)
    return np.asarray(state.at[:n])
