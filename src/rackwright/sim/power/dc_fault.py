"""Faults of a DC system: discharge of the output capacitors of converters.

The circuit of IEC 61660-1 (series R, L and C) in closed form instead of the standard's curves. Line-fed diode bridges are not covered: what feeds
racks limits its current.
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

    A converter's diodes carry the current on once the capacitor is empty (R/L decay).
    """

    voltage_v: Floats
    capacitance_f: Floats
    resistance_ohm: Floats
    inductance_h: Floats

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

    def i2t(self) -> Floats:
        """(n,) A2s until it is over: what the capacitor stores is lost in the loop, C V^2 / 2R, whether it rings or not."""
        return np.asarray(self.capacitance_f * self.voltage_v**2 / (2 * self.resistance_ohm))

    def melts(self, i2t: Floats) -> Floats:
        """(n,) s until so many A2s (n,) have flowed, within 0.1 %; inf where it never comes to that."""
        times = self.time_to_peak()[:, None] * np.geomspace(1e-4, 1e5, 2400)
        square = self.current(times) ** 2
        # Over logarithms of time; before the first point the current rises evenly.
        steps = (square[:, 1:] * times[:, 1:] + square[:, :-1] * times[:, :-1]) / 2 * np.diff(np.log(times), axis=1)
        sums = np.cumsum(np.column_stack((square[:, 0] * times[:, 0] / 3, steps)), axis=1)
        found = [np.exp(np.interp(np.log(x), np.log(own), np.log(at))) for x, own, at in zip(i2t, sums, times, strict=True)]
        return np.where(i2t < self.i2t(), np.array(found), np.inf)

    def current(self, time_s: Floats) -> Floats:
        """(n, t) A at `time_s` (t,) or (n, t) after the fault."""
        time = np.broadcast_to(time_s, np.broadcast_shapes(np.shape(time_s), (len(self.voltage_v), 1)))
        empty = self._empty()[:, None]
        tail = np.maximum(time - empty, 0.0) * (self.resistance_ohm / self.inductance_h)[:, None]
        return self._ringing(np.minimum(time, empty)) * np.exp(-tail)

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
