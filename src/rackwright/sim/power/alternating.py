"""AC side of a rack: whips (three-phase, balanced) and cords (one outlet's two conductors), a tree of resistances from the feeds.

Per phase conductor group: V_a^2 I^2 = (P + R I^2)^2 + Q^2, P the power that arrives per group; its smaller root is the operating point.
Each branch carries its power at its own power factor. Several branches into one node share its power equally.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_TURNS = 60


@dataclass(frozen=True, slots=True)
class Branches:
    """m AC branches from `a` to `b`: resistance of one conductor group (ohm), groups (3 for a whip, 1 for a cord), power factor."""

    a: Ints
    b: Ints
    resistance_ohm: Floats
    groups: Floats
    power_factor: Floats


@dataclass(frozen=True, slots=True)
class Flow:
    """Per case (rows): node voltages (NaN: dark), branch currents per conductor, powers at both ends, live branches, and whether it is solved."""

    voltage_v: Floats
    current_a: Floats
    power_a_w: Floats
    power_b_w: Floats
    is_alive: Bools
    is_solved: Bools


def reached(net: Branches, node_alive: Bools, branch_there: Bools) -> tuple[Bools, Bools]:
    """Which nodes and branches have power: (cases, n) sources that stand, (cases, m) branches that are there. Branches only feed forward."""
    nodes = node_alive.copy()
    while True:
        before = nodes.copy()
        alive = branch_there & nodes[:, net.a]
        case, branch = np.nonzero(alive)
        nodes[case, net.b[branch]] = True
        if np.array_equal(before, nodes):
            return nodes, alive


def sweep(net: Branches, nominal_v: Floats, demand_w: Floats, node_alive: Bools, alive: Bools) -> Flow:
    """Backward and forward sweeps over all cases at once, to rounding.

    Args:
        net: the branches.
        nominal_v: (n,) nominal voltage of each node; nodes without a branch into them (feeds) are held there.
        demand_w: (cases, n) power taken at each node besides what its branches carry on, W.
        node_alive: (cases, n) as `reached` says.
        alive: (cases, m) as `reached` says.
    """
    cases, n = demand_w.shape
    scale_a = np.where(net.groups == 3, 1 / np.sqrt(3.0), nominal_v[net.b] / nominal_v[net.a])
    scale_b = np.where(net.groups == 3, np.sqrt(3.0), 1.0)
    row = np.arange(cases)[:, None]
    ways = np.zeros((cases, n))
    np.add.at(ways, (row, net.b), alive)
    share = np.where(alive, 1 / np.maximum(ways[:, net.b], 1), 0.0)
    fixed = ways == 0
    volts = np.where(node_alive, nominal_v, 0.0)
    power_a = power_b = current = np.zeros(alive.shape)
    solved = np.ones(cases, dtype=bool)
    tangent = np.sqrt(1 / net.power_factor**2 - 1)
    for _ in range(_TURNS):
        before = power_a
        carried = np.where(node_alive, demand_w, 0.0)
        np.add.at(carried, (row, net.a), power_a)
        power_b = carried[:, net.b] * share
        v, p = volts[:, net.a] * scale_a, power_b / net.groups
        linear, apparent = 2 * net.resistance_ohm * p - v**2, (p * p) * (1 + tangent**2)
        root = linear**2 - 4 * net.resistance_ohm**2 * apparent
        solved &= ~(alive & ((root < 0) | (linear >= 0))).any(axis=1)
        square = np.where(alive, 2 * apparent / np.maximum(-linear + np.sqrt(np.maximum(root, 0.0)), 1e-300), 0.0)
        current = np.sqrt(square)
        loss = net.groups * net.resistance_ohm * square
        power_a = power_b + loss
        arrives = scale_b * np.sqrt(np.maximum(v**2 - 2 * net.resistance_ohm * p - net.resistance_ohm**2 * square, 0.0))
        lowest = np.full((cases, n), np.inf)
        np.minimum.at(lowest, (row, net.b), np.where(alive, arrives, np.inf))
        volts = np.where(fixed, volts, lowest)
        if np.abs(power_a - before).max(initial=0.0) <= 1e-13 * power_a.max(initial=0.0):
            break
    return Flow(np.where(node_alive, volts, np.nan), current, power_a, power_b, alive, solved)
