"""Short-circuit currents at every node of a forest of feeders, by the equivalent voltage source of IEC 60909-0:2016.

All nodes of one depth are computed at once. Faults far from generators: breaking and steady-state currents equal the initial one. Impedances are
ohms at the node's own voltage level, currents A, voltages V between lines. The voltage factor c is that of the fault's node, not of the source's.

Weaker than the standard: motors, converters beside a grid, and two-phase faults to earth are not there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Complexes = NDArray[np.complex128]
Case = Literal["max", "min"]

LOW_VOLTAGE_V = 1000.0
ALPHA_PER_K = 0.004
_SLOW = 0.4  # equivalent frequency over nominal: 20 Hz of 50, 24 of 60


@dataclass(frozen=True, slots=True)
class Network:
    """n nodes, each with one branch from its parent (-1: a source's node, whose branch is ignored).

    Attributes:
        parent: (n,) index of the upstream node.
        voltage_v: (n,) nominal voltage between lines.
        resistance_ohm: (n,) of the branch, at this node's voltage; of conductors at 20 degC.
        reactance_ohm: (n,) likewise.
        transformer_x: (n,) relative reactance x_T on the transformer's own rating; NaN where the branch is none.
        ratio: (n,) no-load voltage of the parent over that of this node; None: as the nominal voltages.
        end_temperature_degc: (n,) of the conductor when the fault ends, for the least current; NaN where the branch is no conductor. None: 20 degC.
        resistance_zero_ohm: (n,) zero-sequence; with `reactance_zero_ohm` and `is_zero_start`. NaN: not known, so that ik1 is NaN downstream.
        reactance_zero_ohm: (n,) likewise.
        is_zero_start: (n,) the branch carries no zero sequence from upstream and earths this node itself (a Dyn transformer).
    """

    parent: Ints
    voltage_v: Floats
    resistance_ohm: Floats
    reactance_ohm: Floats
    transformer_x: Floats
    ratio: Floats | None = None
    end_temperature_degc: Floats | None = None
    resistance_zero_ohm: Floats | None = None
    reactance_zero_ohm: Floats | None = None
    is_zero_start: Bools | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """s sources: a grid has fault levels (VA), a UPS or inverter levels of inf and a `current_limit_a` (inf: none). Zero sequence NaN: not known."""

    node: Ints
    fault_level_max_va: Floats
    fault_level_min_va: Floats
    r_over_x: Floats
    current_limit_a: Floats
    x0_over_x: Floats
    r0_over_x0: Floats


@dataclass(frozen=True, slots=True)
class Ties:
    """t closed branches that make loops: from `a` to `b`, ohms at b's voltage, no-load voltage of a over b (1 for a coupler), x_T (NaN: none)."""

    a: Ints
    b: Ints
    resistance_ohm: Floats
    reactance_ohm: Floats
    ratio: Floats
    transformer_x: Floats


@dataclass(frozen=True, slots=True)
class Currents:
    """(n,) each, of one case. `ik3_a`, `ik2_a`, `ik1_a` initial rms; `ip_a` peak and `ith_a` thermal equivalent of the three-phase fault."""

    impedance_ohm: Complexes
    ik3_a: Floats
    ik2_a: Floats
    ik1_a: Floats
    kappa: Floats
    ip_a: Floats
    ith_a: Floats
    is_limited: Bools


def voltage_factor(voltage_v: Floats, case: Case, lv_tolerance: float = 0.10) -> Floats:
    """(n,) c of IEC 60909-0 table 1 for faults at these nominal voltages; `lv_tolerance` 0.06 or 0.10 is that of the low-voltage system.

    Raises:
        ValueError: another tolerance.
    """
    pairs = {0.06: (1.05, 0.95), 0.10: (1.10, 0.90)}
    if lv_tolerance not in pairs:
        raise ValueError(f"the voltage tolerance of a low-voltage system is 0.06 or 0.10, not {lv_tolerance:g}")
    low = pairs[lv_tolerance][case == "min"]
    return np.where(np.asarray(voltage_v) <= LOW_VOLTAGE_V, low, 1.10 if case == "max" else 1.00)


def transformer_correction(relative_x: Floats, c_max: Floats) -> Floats:
    """(n,) K_T of IEC 60909-0, 6.3.3: 0.95 c_max / (1 + 0.6 x_T), c_max of the low-voltage side."""
    return 0.95 * c_max / (1 + 0.6 * relative_x)


def generator_impedance(rated_va: Floats, rated_v: Floats, nominal_v: Floats, subtransient_x: Floats, power_factor: Floats) -> Complexes:
    """Corrected impedance K_G (R_Gf + j X''d) of generators that feed their bus without transformer, ohm (IEC 60909-0, 6.6.1).

    K_G = Un/UrG c_max/(1 + x''d sin phi). R_Gf is for the peak, with the decay of the first half period in it: 0.15 X''d up to 1 kV, 0.07 above,
    0.05 from 100 MVA.
    """
    x = subtransient_x * rated_v**2 / rated_va
    r = np.where(rated_v <= LOW_VOLTAGE_V, 0.15, np.where(rated_va >= 100e6, 0.05, 0.07)) * x
    c_max = voltage_factor(nominal_v, "max")
    return np.asarray((r + 1j * x) * (nominal_v / rated_v) * c_max / (1 + subtransient_x * np.sqrt(1 - power_factor**2)))


def peak_factor(r_over_x: Floats) -> Floats:
    """(n,) kappa = 1.02 + 0.98 exp(-3 R/X)."""
    return 1.02 + 0.98 * np.exp(-3 * r_over_x)


def thermal_factor(kappa: Floats, frequency_hz: float, duration_s: float) -> Floats:
    """(n,) m of the decaying direct current over `duration_s`; Ith = Ik'' sqrt(m + n), n = 1 far from generators.

    At kappa = 2 the direct current does not decay and m is 2 (pandapower says 0 above 1.99).
    """
    decay = 2 * frequency_hz * duration_s * np.log(kappa - 1)
    safe = np.where(decay > -1e-12, -1e-12, decay)
    return np.where(decay > -1e-12, 2.0, np.expm1(2 * safe) / safe)


def levels(parent: Ints) -> list[Ints]:
    """Node indices by depth, sources first.

    Raises:
        ValueError: a node is its own ancestor.
    """
    depth, at = np.zeros(len(parent), dtype=np.int64), parent
    for _ in range(len(parent) + 1):
        above = at >= 0
        if not above.any():
            order = np.argsort(depth, kind="stable")
            return np.split(order, np.cumsum(np.bincount(depth))[:-1]) if len(order) else []
        depth += above
        at = np.where(above, parent[at], -1)
    raise ValueError("the feeders are no forest: a node is its own ancestor")


def short_circuit(
    net: Network,
    sources: Sources,
    case: Case,
    *,
    lv_tolerance: float = 0.10,
    frequency_hz: float = 50.0,
    duration_s: float = 1.0,
    ties: Ties | None = None,
) -> Currents:
    """Fault currents at every node.

    Args:
        net: the feeders.
        sources: one at each node without parent; trees without one carry no current.
        case: `max` (c_max, K_T, conductors at 20 degC) or `min` (c_min, no K_T, conductors at their end temperature).
        lv_tolerance: 0.06 or 0.10.
        frequency_hz: of the grid.
        duration_s: for the thermal equivalent.
        ties: closed loops; in them the peak factor is that of method c: R/X at the equivalent frequency (20 Hz of 50).

    Raises:
        ValueError: the parents are no forest, a source is not at a tree's top or not alone there, or a tie reaches a tree without a stiff source.
    """
    steps = levels(net.parent)
    ratio = _ratios(net)
    c = voltage_factor(net.voltage_v, case, lv_tolerance)
    own, own_zero = _branches(net, sources, case, lv_tolerance)
    tree = _Forest(net.parent, ratio, steps, own, ties, _tie_impedance(net, ties, case, lv_tolerance), net.voltage_v)
    impedance = tree.diagonal()
    limit = _limits(net, sources, ratio, steps, ties)
    with np.errstate(divide="ignore", invalid="ignore"):
        drive = c * net.voltage_v / np.sqrt(3)
        free = np.where(np.isfinite(impedance), drive / np.abs(impedance), 0.0)
        kappa = _kappa(tree, impedance)
        single = np.sqrt(3) * c * net.voltage_v / np.abs(2 * impedance + _zero(net, tree, own_zero))
    limited = free > limit
    three = np.minimum(free, limit)
    kappa = np.where(limited | (free == 0), 1.0, kappa)
    m = np.where(kappa > 1, thermal_factor(np.maximum(kappa, 1.0 + 1e-9), frequency_hz, duration_s), 0.0)
    return Currents(
        impedance,
        three,
        np.minimum(np.sqrt(3) / 2 * free, limit),
        np.where(free == 0, 0.0, np.minimum(single, limit)),
        kappa,
        np.sqrt(2) * kappa * three,
        three * np.sqrt(1 + m),
        limited,
    )


def shares(net: Network, sources: Sources, case: Case, ties: Ties, node: Ints, at: Ints) -> tuple[Floats, Floats]:
    """Of the current into faults at nodes (k,): share (k,) that comes over the way into `at`, a node on the way there or the node itself, and
    shares (t, k) that come over each tie. Sides differ in angle, so magnitudes may add up to more than 1. Ratios are those of nominal voltages.
    """
    own, _ = _branches(net, sources, case, 0.10)
    ratio = np.where(net.parent >= 0, net.voltage_v[net.parent] / net.voltage_v, 1.0)
    own = np.where(np.isfinite(own), own, 0.0)
    return _Forest(net.parent, ratio, levels(net.parent), own, ties, _tie_impedance(net, ties, case, 0.10), net.voltage_v).shares(node, at)


@dataclass(frozen=True, slots=True)
class _Forest:
    """The node impedance matrix Z of a forest with its ties, never written out."""

    parent: Ints
    ratio: Floats
    steps: list[Ints]
    own: Complexes
    ties: Ties | None
    tie_ohm: Complexes
    voltage_v: Floats

    def diagonal(self) -> Complexes:
        total = self.own.copy()
        for at in self.steps[1:]:
            total[at] += total[self.parent[at]] / self.ratio[at] ** 2
        if self.ties is None or not len(self.ties.a):
            return total
        columns, inner = self._coupling(self.ties)
        found: Complexes = total - np.einsum("ik,kl,il->i", columns, np.linalg.inv(inner), columns)
        return found

    def shares(self, node: Ints, at: Ints) -> tuple[Floats, Floats]:
        """(k,) of the current into a fault at `node` what comes over the way into `at`, on its way from the source, and (t, k) what over each tie."""
        assert self.ties is not None
        columns, inner = self._coupling(self.ties)
        over = np.linalg.solve(inner, columns[node].T)
        taken = np.einsum("kt,tk->k", self._flow(self._ends(self.ties))[at], over)
        # Ratios multiply along the way; those of nominal voltages are the quotient of its ends.
        scale = self.voltage_v[at] / self.voltage_v[node]
        return np.abs(1 - taken * scale), np.abs(over * self.voltage_v[self.ties.b][:, None] / self.voltage_v[node])

    def _flow(self, injected: Complexes) -> Complexes:
        """(n, k) current in the way into each node."""
        flow = injected.astype(np.complex128)
        for at in reversed(self.steps[1:]):
            np.add.at(flow, self.parent[at], flow[at] / self.ratio[at, None])
        return flow

    def _radial(self, injected: Complexes) -> Complexes:
        volts = self.own[:, None] * self._flow(injected)
        for at in self.steps[1:]:
            volts[at] += volts[self.parent[at]] / self.ratio[at, None]
        return volts

    def _across(self, ties: Ties, volts: Complexes) -> Complexes:
        found: Complexes = volts[ties.a] / ties.ratio[:, None] - volts[ties.b]
        return found

    def _ends(self, ties: Ties) -> Complexes:
        """(n, t) what a unit of current in each tie, at the voltage of b, draws from the nodes."""
        count = len(ties.a)
        ends = np.zeros((len(self.parent), count), dtype=np.complex128)
        np.add.at(ends, (ties.a, np.arange(count)), 1 / ties.ratio)
        np.add.at(ends, (ties.b, np.arange(count)), -1.0)
        return ends

    def _coupling(self, ties: Ties) -> tuple[Complexes, Complexes]:
        columns = self._radial(self._ends(ties))
        return columns, np.diag(self.tie_ohm) + self._across(ties, columns)


def _ratios(net: Network) -> Floats:
    if net.ratio is not None:
        return net.ratio
    return np.where(net.parent >= 0, net.voltage_v[net.parent] / net.voltage_v, 1.0)


def _tie_impedance(net: Network, ties: Ties | None, case: Case, lv_tolerance: float) -> Complexes:
    if ties is None:
        return np.zeros(0, dtype=np.complex128)
    plain = ties.resistance_ohm + 1j * ties.reactance_ohm
    return np.asarray(_correction(ties.transformer_x, net.voltage_v[ties.b], case, lv_tolerance) * plain)


def _correction(transformer_x: Floats, voltage_v: Floats, case: Case, lv_tolerance: float) -> Floats:
    """K_T of the greatest currents; 1 where a branch is no transformer and for the least ones."""
    known = transformer_correction(transformer_x, voltage_factor(voltage_v, "max", lv_tolerance))
    return np.where(np.isnan(transformer_x) | (case == "min"), 1.0, known)


def _branches(net: Network, sources: Sources, case: Case, lv_tolerance: float) -> tuple[Complexes, Complexes]:
    """(n,) positive and zero-sequence impedance of each node's own branch or source, corrected for the case; NaN at a top without source."""
    if (net.parent[sources.node] >= 0).any():
        raise ValueError("a source must stand at the top of its tree")
    if len(np.unique(sources.node)) < len(sources.node):
        raise ValueError("a node has two sources; put what stands in parallel into one")
    warm = np.ones(len(net.parent))
    if case == "min" and net.end_temperature_degc is not None:
        warm = 1 + ALPHA_PER_K * (np.where(np.isnan(net.end_temperature_degc), 20.0, net.end_temperature_degc) - 20)
    scale = _correction(net.transformer_x, net.voltage_v, case, lv_tolerance)
    own = np.asarray(scale * (warm * net.resistance_ohm + 1j * net.reactance_ohm), dtype=np.complex128)
    blank = np.full(len(own), np.nan)
    r0 = blank if net.resistance_zero_ohm is None else net.resistance_zero_ohm
    x0 = blank if net.reactance_zero_ohm is None else net.reactance_zero_ohm
    zero = np.asarray(scale * (warm * r0 + 1j * x0), dtype=np.complex128)
    own[net.parent < 0] = complex(np.nan, np.nan)
    zero[net.parent < 0] = complex(np.nan, np.nan)
    volts = net.voltage_v[sources.node]
    level = sources.fault_level_max_va if case == "max" else sources.fault_level_min_va
    z = voltage_factor(volts, case, lv_tolerance) * volts**2 / level
    x = z / np.sqrt(1 + sources.r_over_x**2)
    own[sources.node] = sources.r_over_x * x + 1j * x
    zero[sources.node] = (sources.r0_over_x0 + 1j) * sources.x0_over_x * x
    return own, zero


def _zero(net: Network, tree: _Forest, own_zero: Complexes) -> Complexes:
    """(n,) zero-sequence impedance at the nodes; NaN with ties, whose zero-sequence data are not asked for."""
    total = own_zero.copy()
    if tree.ties is not None and len(tree.ties.a):
        total[:] = complex(np.nan, np.nan)
        return total
    start = np.zeros(len(total), dtype=bool) if net.is_zero_start is None else net.is_zero_start
    for at in tree.steps[1:]:
        total[at] += np.where(start[at], 0.0, total[net.parent[at]] / tree.ratio[at] ** 2)
    return total


def _limits(net: Network, sources: Sources, ratio: Floats, steps: list[Ints], ties: Ties | None) -> Floats:
    """(n,) greatest current the source of each node's tree gives, as seen at the node."""
    limit = np.where(net.parent < 0, 0.0, np.inf)
    limit[sources.node] = sources.current_limit_a
    for at in steps[1:]:
        limit[at] = limit[net.parent[at]] * ratio[at]
    if ties is not None and np.isfinite(limit[np.concatenate([ties.a, ties.b])]).any():
        raise ValueError("a tie reaches a tree without a stiff source: it has none, or one of limited current")
    return limit


def _kappa(tree: _Forest, impedance: Complexes) -> Floats:
    if tree.ties is None or not len(tree.ties.a):
        return peak_factor(impedance.real / impedance.imag)
    low = replace(tree, own=_slowed(tree.own), tie_ohm=_slowed(tree.tie_ohm)).diagonal()
    return peak_factor(low.real / low.imag * _SLOW)


def _slowed(impedance: Complexes) -> Complexes:
    return np.where(np.isfinite(impedance), impedance.real + 1j * _SLOW * impedance.imag, impedance)
