"""Loads of a torus under shortest paths: in closed form while it is whole, by searches from every accelerator when something is lost.

At each accelerator traffic splits equally over all sides that lie on a shortest path. The kernel does what `ecmp.link_loads` does and uses that no
two accelerators have the same neighbour at the same side: every step along a side is a plain indexed sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rackwright.sim.network.graph import Floats, Ints
from rackwright.sim.network.torus import SIDES, Lattice

GOALS = 64  # destinations searched at once: their cells fit a processor's cache


@dataclass(frozen=True, slots=True)
class Searched:
    """load (traffics, 6, n): what leaves each side, in units of the demands; pairs (hops + 1,): ordered pairs that are so many hops apart."""

    load: Floats
    pairs: Ints


def searched(net: Lattice, uniform: float, partners: Sequence[Ints] = ()) -> Searched:
    """`uniform` from everyone to everyone else (left out where 0), then for each (n,) of `partners` 1 from everyone to its partner (-1: to none).

    Who is out of service sends and receives nothing, and what has no path is left out.
    """
    alive = np.flatnonzero(net.alive)
    near = np.where(net.near >= 0, net.near, net.n).astype(np.int64)
    count = int(uniform > 0) + len(partners)
    load, pairs = np.zeros((count, SIDES, net.n)), np.zeros(1, np.int64)
    for begin in range(0, alive.size, GOALS):
        goals = alive[begin : begin + GOALS]
        dist, levels = _levels(near, net.n, goals)
        sizes = np.array([c.size for c in levels], np.int64)
        pairs = np.pad(pairs, (0, max(0, sizes.size - pairs.size)))
        pairs[: sizes.size] += sizes
        flow = np.zeros((count, (net.n + 1) * goals.size))
        if uniform > 0:
            flow[0].reshape(-1, goals.size)[alive] = uniform
        for k, partner in enumerate(partners):
            at = np.searchsorted(goals, partner)
            meant = np.flatnonzero(net.alive & (at < goals.size) & (goals[np.minimum(at, goals.size - 1)] == partner))
            flow[int(uniform > 0) + k, meant * goals.size + at[meant]] += 1
        _carry(near, goals.size, dist, levels, flow, load)
    return Searched(load, pairs)


def _levels(near: Ints, n: int, goals: Ints) -> tuple[NDArray[np.int16], list[Ints]]:
    """Hops of every cell (accelerator x destination) and the cells of every number of hops. Row n stands for no neighbour."""
    dist = np.full((n + 1) * goals.size, -1, np.int16)
    dist[n * goals.size :] = -2
    front = goals * goals.size + np.arange(goals.size)
    dist[front] = 0
    levels = []
    while front.size:
        levels.append(front)
        v, column = np.divmod(front, goals.size)
        found = []
        for side in range(SIDES):
            cell = near[side, v] * goals.size + column
            cell = cell[dist[cell] == -1]
            dist[cell] = len(levels)
            found.append(cell)
        front = np.concatenate(found)
    return dist, levels


def _carry(near: Ints, width: int, dist: NDArray[np.int16], levels: list[Ints], flow: Floats, load: Floats) -> None:
    """Move all flow to its destinations, from the farthest cells on, and add what leaves each side."""
    n = near.shape[1]
    for hops in range(len(levels) - 1, 0, -1):
        cells = levels[hops]
        v, column = np.divmod(cells, width)
        onward = [near[side, v] * width + column for side in range(SIDES)]
        chosen = [np.flatnonzero(dist[cell] == hops - 1) for cell in onward]
        ways = np.bincount(np.concatenate(chosen), minlength=cells.size)
        for k in range(flow.shape[0]):
            share = flow[k, cells] / ways
            for side in range(SIDES):
                some = share[chosen[side]]
                flow[k, onward[side][chosen[side]]] += some
                load[k, side] += np.bincount(v[chosen[side]], some, n)


def all_to_all(sizes: tuple[int, int, int]) -> Floats:
    """(6,) what leaves each side of a whole torus where everyone sends 1 / (n - 1) to everyone else: n / size x floor(size^2 / 4) / 2 hops a side."""
    n = float(np.prod(sizes))
    hops = [n / s * (s * s // 4) / 2 for s in sizes]
    return np.repeat(np.array(hops) / max(n - 1, 1), 2)


def opposite(sizes: tuple[int, int, int]) -> Floats:
    """(6,) what leaves each side where everyone sends 1 to the one half way round: both ways round in even rings, one way in odd ones."""
    return np.array([half for s in sizes for half in ((s / 4, s / 4) if s % 2 == 0 else (s // 2, 0))], np.float64)
