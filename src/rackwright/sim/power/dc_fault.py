"""Faults of a DC system: discharge of a capacitor, a battery behind its resistance, a converter at its current limit.

Capacitor and battery are the circuits of IEC 61660-1 (series R, L and C; a voltage behind R and L), in closed form instead of the standard's
curves. Several sources on one fault are added as if each were alone: an upper bound where they share a stretch of busway. Line-fed diode bridges are
not covered: what feeds racks limits its current.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

_NEAR_CRITICAL = 1e-4


@dataclass(frozen=True, slots=True)
class Capacitors:
    """n capacitors, each with the loop resistance and inductance from it to the fault. Units V, F, ohm, H.

    Attributes:
        has_diode: a converter's diodes carry the current on once the capacitor is empty (R/L decay); else the circuit rings.
    """

    voltage_v: Floats
    capacitance_f: Floats
    resistance_ohm: Floats
    inductance_h: Floats
    has_diode: bool = True

    def __post_init__(self) -> None:
        for name in ("capacitance_f", "resistance_ohm", "inductance_h"):
            if not (np.asarray(getattr(self, name)) > 0).all():
                raise ValueError(f"`{name}` of a capacitor's loop must be above 0")

    def damping(self) -> tuple[Floats, Complexes]:
        """(n,) alpha = R/2L and beta = sqrt(alpha^2 - 1/LC), 1/s; beta is imaginary where the circuit rings."""
        alpha = self.resistance_ohm / (2 * self.inductance_h)
        return alpha, np.sqrt(alpha**2 - 1 / (self.inductance_h * self.capacitance_f) + 0j)

    def time_to_peak(self) -> Floats:
        """(n,) s: atanh(beta/alpha)/beta, which is atan(w/alpha)/w where the circuit rings and 1/alpha at critical damping."""
        alpha, beta = self.damping()
        x = beta / alpha
        near = np.abs(x) < _NEAR_CRITICAL
        safe = np.where(near, 0.5, x)
        return np.where(near, (1 + (x**2).real / 3) / alpha, (np.arctanh(safe) / (safe * alpha)).real)

    def peak(self) -> Floats:
        """(n,) greatest current, A."""
        return self.current(self.time_to_peak()[:, None])[:, 0]

    def current(self, time_s: Floats) -> Floats:
        """(n, t) A at `time_s` (t,) or (n, t) after the fault."""
        time = np.broadcast_to(time_s, np.broadcast_shapes(np.shape(time_s), (len(self.voltage_v), 1)))
        if not self.has_diode:
            return self._ringing(time)
        empty = self._empty()[:, None]
        tail = np.maximum(time - empty, 0.0) * (self.resistance_ohm / self.inductance_h)[:, None]
        return self._ringing(np.minimum(time, empty)) * np.exp(-tail)

    def i2t(self, time_s: Floats) -> Floats:
        """(n,) A2s let through from the fault to `time_s` (n,), inf for all of it: C V^2 / 2R. Within 1e-7 for times not far below L/R."""
        end = np.broadcast_to(np.asarray(time_s, dtype=np.float64), self.voltage_v.shape)
        if not self.has_diode:
            return self._let_through(end)
        empty = self._empty()
        last = self._ringing(np.minimum(empty, end)[:, None])[:, 0]
        tau = self.inductance_h / (2 * self.resistance_ohm)
        after = np.where(end > empty, end, 0.0) - np.where(end > empty, empty, 0.0)
        return self._let_through(np.minimum(end, empty)) - last**2 * tau * np.expm1(-after / tau)

    def _empty(self) -> Floats:
        """(n,) s when the capacitor is first without voltage; inf where the circuit does not ring."""
        alpha, beta = self.damping()
        rings = beta.imag > _NEAR_CRITICAL * alpha
        w = np.where(rings, beta.imag, 1.0)
        return np.where(rings, (np.pi - np.arctan(w / alpha)) / w, np.inf)

    def _ringing(self, time: Floats) -> Floats:
        alpha, beta = (v[:, None] for v in self.damping())
        with np.errstate(invalid="ignore"):
            x = np.where(np.isfinite(time), beta * time, 1.0)
            small = np.abs(x) < 1e-3
            whole = np.where(small, 1.0, beta)
            series = time * np.exp(-alpha * time) * (1 + x**2 / 6 + x**4 / 120)
            shape = np.where(small, series, (np.exp((whole - alpha) * time) - np.exp(-(whole + alpha) * time)) / (2 * whole))
        return np.where(np.isfinite(time), (self.voltage_v / self.inductance_h)[:, None] * shape.real, 0.0)

    def _let_through(self, end: Floats) -> Floats:
        alpha, beta = self.damping()
        near = np.abs(beta) < _NEAR_CRITICAL * alpha
        b = np.where(near, 0.5 * alpha, beta)
        pieces = [sign * _decayed(np.asarray(rate, dtype=np.complex128), end) for sign, rate in ((1, b - alpha), (-2, -alpha), (1, -b - alpha))]
        wide = np.sum(pieces, axis=0) / (4 * b**2)
        at = np.where(np.isfinite(end), end, 0.0)
        left = np.where(np.isfinite(end), np.exp(-2 * alpha * at), 0.0) * (at**2 / (2 * alpha) + at / (2 * alpha**2) + 1 / (4 * alpha**3))
        critical = 1 / (4 * alpha**3) - left
        return (self.voltage_v / self.inductance_h) ** 2 * np.where(near, critical, wide.real)


def _decayed(rate: Complexes, end: Floats) -> Complexes:
    """Integral of exp(2 rate t) from 0 to `end`, the real part of `rate` below 0."""
    finite = np.isfinite(end)
    total: Complexes = np.where(finite, np.expm1(2 * rate * np.where(finite, end, 0.0)), -1.0) / (2 * rate)
    return total


@dataclass(frozen=True, slots=True)
class Batteries:
    """n batteries: open-circuit voltage behind the resistance and inductance of the loop to the fault, V, ohm, H."""

    voltage_v: Floats
    resistance_ohm: Floats
    inductance_h: Floats

    def current(self, time_s: Floats) -> Floats:
        """(n, t) A at `time_s` (t,): E/R (1 - exp(-t R/L)); the decline of E under the fault is left out."""
        rate = (self.resistance_ohm / self.inductance_h)[:, None]
        return (self.voltage_v / self.resistance_ohm)[:, None] * -np.expm1(-np.asarray(time_s) * rate)

    def i2t(self, time_s: Floats) -> Floats:
        """(n,) A2s up to `time_s` (n,)."""
        tau = self.inductance_h / self.resistance_ohm
        x = np.asarray(time_s) / tau
        return np.asarray((self.voltage_v / self.resistance_ohm) ** 2 * tau * (x + 2 * np.expm1(-x) - np.expm1(-2 * x) / 2))


def converter_current(time_s: Floats, limit_a: Floats, stop_s: Floats) -> Floats:
    """(n, t) A of converters that hold their limit until they stop (`stop_s`; inf: never)."""
    return np.where(np.asarray(time_s) < stop_s[:, None], limit_a[:, None], 0.0)


def steady_current(limit_a: Floats, batteries: Batteries | None = None) -> float:
    """What still flows when capacitors are empty, A: the least current a device must clear."""
    return float(np.sum(limit_a)) + (float(np.sum(batteries.voltage_v / batteries.resistance_ohm)) if batteries else 0.0)


def let_through(time_s: Floats, current_a: Floats) -> Floats:
    """(n, t) A2s of sampled currents up to each of `time_s` (t,), trapezes."""
    steps = np.diff(time_s) * (current_a[:, 1:] ** 2 + current_a[:, :-1] ** 2) / 2
    return np.concatenate([np.zeros((len(current_a), 1)), np.cumsum(steps, axis=1)], axis=1)


def time_to_let_through(time_s: Floats, current_a: Floats, i2t_a2s: Floats) -> Floats:
    """(n,) s when sampled currents have let `i2t_a2s` (n,) through, as a fuse melts; inf where they never do."""
    grown = let_through(time_s, current_a)
    want = i2t_a2s[:, None]
    after = np.minimum((grown < want).sum(axis=1), len(time_s) - 1)
    before, row = np.maximum(after - 1, 0), np.arange(len(grown))
    step = grown[row, after] - grown[row, before]
    part = (i2t_a2s - grown[row, before]) / np.where(step > 0, step, 1.0)
    return np.where(grown[:, -1] >= i2t_a2s, time_s[before] + part * (time_s[after] - time_s[before]), np.inf)
