"""Steady flow of a liquid in any small network of pipes and equipment, by Newton's method on all pressures and flows at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from fluids.friction import Clamond
from numpy.typing import NDArray

Vector = NDArray[np.float64]
LAMINAR_END, TURBULENT_START = 2000.0, 3000.0
_TOLERANCE = 1e-10
_STEPS_MAX = 200


@dataclass(frozen=True, slots=True)
class Branches:
    """Branches as columns of equal length; flow counts positive from node `a` to node `b`.

    A branch drops `friction(L / D) + K` on the velocity in its bore and, on top, `quadratic` (Pa per (kg/s)^2). One without a
    bore carries NaN in `bore_m`; its length and K are not looked at.
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    bore_m: Vector
    length_m: Vector
    roughness_m: Vector
    loss: Vector
    quadratic: Vector

    @property
    def area_m2(self) -> Vector:
        """Cross section of the bore, NaN without one."""
        return np.pi / 4 * self.bore_m**2


@dataclass(frozen=True, slots=True)
class Liquid:
    """Density in kg/m3 and dynamic viscosity in Pa s, the same everywhere in the network."""

    density: float
    viscosity: float


def friction_factor(reynolds: float, roughness: float) -> float:
    """Darcy friction factor at relative `roughness`: 64/Re up to Re 2,000, Colebrook (Clamond's solution, `fluids`) from 3,000.

    Between the two no correlation holds; a straight line keeps the drop continuous, without which Newton would have no solution to find.
    """
    if reynolds <= LAMINAR_END:
        return 64 / reynolds
    if reynolds >= TURBULENT_START:
        return float(Clamond(reynolds, roughness))
    share = (reynolds - LAMINAR_END) / (TURBULENT_START - LAMINAR_END)
    return (1 - share) * 64 / LAMINAR_END + share * float(Clamond(TURBULENT_START, roughness))


def reynolds_numbers(branches: Branches, flow: Vector, liquid: Liquid) -> Vector:
    """Reynolds number in each bore at mass flow `flow` (kg/s); NaN without a bore."""
    return np.abs(flow) * branches.bore_m / (branches.area_m2 * liquid.viscosity)


def drops(branches: Branches, flow: Vector, liquid: Liquid) -> tuple[Vector, Vector]:
    """Pressure drop in Pa from a to b and its slope in Pa per kg/s, at mass flow `flow` in kg/s."""
    drop = branches.quadratic * flow * np.abs(flow)
    slope = 2 * branches.quadratic * np.abs(flow)
    own = np.flatnonzero(~np.isnan(branches.bore_m))
    bore, area, reynolds = branches.bore_m[own], branches.area_m2[own], reynolds_numbers(branches, flow, liquid)[own]
    rough, velocity = branches.roughness_m[own] / bore, flow[own] / (liquid.density * area)
    # f Re / 64 is 1 in laminar flow and has no pole at rest, where f itself has one
    ratio, step = np.ones(own.size), np.zeros(own.size)
    for i in np.flatnonzero(reynolds > LAMINAR_END).tolist():
        re, wall = float(reynolds[i]), float(rough[i])
        ratio[i] = friction_factor(re, wall) * re / 64
        step[i] = (friction_factor(re * (1 + 1e-6), wall) * re * (1 + 1e-6) / 64 - ratio[i]) / 1e-6
    shear = 32 * liquid.viscosity * branches.length_m[own] / bore**2
    local = branches.loss[own] * liquid.density * np.abs(velocity) / 2
    drop[own] += (shear * ratio + local) * velocity
    slope[own] += (shear * (ratio + step) + 2 * local) / (liquid.density * area)
    return drop, slope


def solve(branches: Branches, supply: Vector, reference: int, liquid: Liquid) -> tuple[Vector, Vector]:
    """Node pressures (Pa above node `reference`) and branch flows (kg/s) for the flow `supply` fed into each node (negative: drawn).

    Every node must hang together and `supply` must sum to zero; branches without any drop may not form a ring.

    Raises:
        RuntimeError: no solution found in 200 steps; for a network as described that is a fault of ours.
    """
    n, m = supply.size, branches.a.size
    incidence = np.zeros((n, m))
    incidence[branches.a, np.arange(m)] += 1
    incidence[branches.b, np.arange(m)] -= 1
    kept = np.delete(np.arange(n), reference)
    flow: Vector = np.linalg.lstsq(incidence, supply, rcond=None)[0].astype(np.float64)
    matrix, right = np.zeros((m + n - 1, m + n - 1)), np.zeros(m + n - 1)
    matrix[:m, m:], matrix[m:, :m] = -incidence[kept].T, incidence[kept]
    right[m:] = supply[kept]
    # a purely quadratic drop has no slope at rest; that of a millionth of the flow keeps the matrix regular
    least = drops(branches, np.full(m, 1e-6 * max(float(np.abs(supply).max()), 1e-6)), liquid)[1]
    scale = max(float(np.abs(drops(branches, flow, liquid)[0]).max(initial=0.0)), 1e-6)
    pressure = np.zeros(n)
    miss_before = np.inf
    for _ in range(_STEPS_MAX):
        drop, slope = drops(branches, flow, liquid)
        slope = np.maximum(slope, least)
        matrix[np.arange(m), np.arange(m)] = slope
        right[:m] = slope * flow - drop
        found = np.linalg.solve(matrix, right)
        pressure[kept] = found[m:]
        miss = float(np.abs(incidence.T @ pressure - drop).max(initial=0.0)) / scale
        if miss < _TOLERANCE:
            return pressure, flow
        flow = flow + (found[:m] - flow) * (0.5 if miss >= miss_before else 1.0)
        miss_before = miss
    raise RuntimeError(f"coolant network not solved: pressures still {miss_before * scale:.1e} Pa apart after {_STEPS_MAX} steps")


def temperatures(branches: Branches, flow: Vector, heat_w: Vector, feed: int, supply_degc: float, cp: float, nodes: int) -> Vector:
    """Mixed temperature of every node when `feed` is held at `supply_degc`, each branch takes up `heat_w` and nothing is lost.

    Nodes that no flow reaches from the feed have the temperature of the supply.
    """
    upstream, downstream = np.where(flow >= 0, branches.a, branches.b), np.where(flow >= 0, branches.b, branches.a)
    matrix, right = np.zeros((nodes, nodes)), np.zeros(nodes)
    np.add.at(matrix, (downstream, upstream), -np.abs(flow))
    np.add.at(matrix, (downstream, downstream), np.abs(flow))
    np.add.at(right, downstream, heat_w / cp)
    matrix[feed], right[feed] = 0, 0
    matrix[feed, feed] = 1
    # unknown is the rise above supply, of which least squares takes the smallest (none) where still water leaves it open
    return np.asarray(supply_degc + np.linalg.lstsq(matrix, right, rcond=None)[0], dtype=np.float64)
