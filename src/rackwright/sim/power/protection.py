"""Time-current bands of breakers, fuses and relays, and their verdicts: trips in time, breaks the fault, waits for the device below.

A band is two curves of straight lines in log-log axes (the form of IFC 4.3's tripping curve): the earliest and the latest moment the device opens the
circuit. Everything between two corners is exact; only inverse relay curves are sampled. Currents are rms A of the device's own voltage, times s.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

GREATEST_A = 1e6
"""Bands are drawn to here; above, the last time holds."""

IEC_INVERSE = {"standard": (0.14, 0.02), "very": (13.5, 1.0), "extremely": (80.0, 2.0), "long": (120.0, 1.0)}
"""k and alpha of IEC 60255-151 curves A, B, C and the long-time one."""

_MAKING_UP_TO_A = (4.5e3, 6e3, 10e3, 20e3, 50e3)
_MAKING_FACTORS = (1.41, 1.5, 1.7, 2.0, 2.1, 2.2)


@dataclass(frozen=True, slots=True)
class Band:
    """Corners of the earliest and the latest opening: rising currents (a step has its current twice, slower time first) and times."""

    early_a: Floats
    early_s: Floats
    late_a: Floats
    late_s: Floats

    def __post_init__(self) -> None:
        for amps, times in ((self.early_a, self.early_s), (self.late_a, self.late_s)):
            if len(amps) != len(times) or not len(amps) or not ((amps > 0).all() and (times > 0).all()):
                raise ValueError("a curve wants as many times as currents, all above 0")
            if (np.diff(amps) < 0).any():
                raise ValueError("the currents of a curve must not fall")

    def earliest(self, current_a: Floats) -> Floats:
        """(n,) s; inf where it never opens. At a step the faster time."""
        return _times(self.early_a, self.early_s, np.asarray(current_a, dtype=np.float64), "right")

    def latest(self, current_a: Floats) -> Floats:
        """(n,) s; inf where it may never open. At a step the slower time."""
        return _times(self.late_a, self.late_s, np.asarray(current_a, dtype=np.float64), "left")


@dataclass(frozen=True, slots=True)
class ElectronicTrip:
    """Settings and tolerances of an LSI trip unit. The tolerances' defaults are usual ones; a part gives its own.

    Attributes:
        long_pickup_a: Ir.
        long_s: tr, at `long_multiple` Ir; I2t at other currents.
        short_pickup_a: Isd; inf: off.
        short_s: tsd, earliest and latest opening of the setting.
        instant_pickup_a: Ii; inf: off.
        instant_s: earliest and latest opening; no part of the unit opens the breaker faster.
        is_short_i2t: the short time falls as I2t until `i2t_until` Ir.
        long_band: pickup below which it never and above which it always starts, times Ir (IEC 60947-2: 1.05 and at most 1.30).
        long_tolerance: the time is within these factors of the setting.
        pickup_tolerance: of Isd and Ii.
    """

    long_pickup_a: float
    long_s: float
    short_pickup_a: float
    short_s: tuple[float, float]
    instant_pickup_a: float
    instant_s: tuple[float, float]
    is_short_i2t: bool = False
    i2t_until: float = 10.0
    long_multiple: float = 6.0
    long_band: tuple[float, float] = (1.05, 1.20)
    long_tolerance: tuple[float, float] = (0.8, 1.0)
    pickup_tolerance: float = 0.10


@dataclass(frozen=True, slots=True)
class Selectivity:
    """Verdict on a pair: total, or below `limit_a` (A of the downstream device), from which on the upstream one may open first."""

    is_total: bool
    limit_a: float


@dataclass(frozen=True, slots=True)
class _Piece:
    """t = max(floor, at_s (at_a / I)^power) from `pickup_a` on."""

    pickup_a: float
    at_a: float
    at_s: float
    power: float
    floor_s: float = 0.0

    def time(self, current: Floats) -> Floats:
        return np.maximum(self.floor_s, self.at_s * (self.at_a / current) ** self.power)

    def bend(self) -> float:
        """Current at which the floor is reached; inf: never."""
        return self.at_a * (self.at_s / self.floor_s) ** (1 / self.power) if self.power and self.floor_s else np.inf


def electronic(unit: ElectronicTrip) -> Band:
    """The band of an LSI trip unit: at each current the fastest of its parts whose pickup is passed."""
    curves = []
    for side, sign in ((0, -1), (1, 1)):
        shift = 1 + sign * unit.pickup_tolerance
        at = unit.long_multiple * unit.long_pickup_a
        parts = [_Piece(unit.long_band[side] * unit.long_pickup_a, at, unit.long_s * unit.long_tolerance[side], 2.0, unit.instant_s[side])]
        if np.isfinite(unit.short_pickup_a):
            slope, floor = (2.0, unit.short_s[side]) if unit.is_short_i2t else (0.0, 0.0)
            parts.append(_Piece(unit.short_pickup_a * shift, unit.i2t_until * unit.long_pickup_a, unit.short_s[side], slope, floor))
        if np.isfinite(unit.instant_pickup_a):
            parts.append(_Piece(unit.instant_pickup_a * shift, 1.0, unit.instant_s[side], 0.0))
        curves.append(_fastest(parts))
    return Band(*curves[0], *curves[1])


def from_points(early_a: Floats, early_s: Floats, late_a: Floats, late_s: Floats, *, is_fuse: bool = False) -> Band:
    """A band given by points: a thermal-magnetic breaker's two limits, or a fuse's pre-arcing and total clearing curves.

    Args:
        early_a: rising currents of the earliest opening.
        early_s: their times.
        late_a: rising currents of the latest opening.
        late_s: their times.
        is_fuse: carry both curves on at constant I2t above the last point, as a fuse melts without losing heat; else the last time holds.

    Raises:
        ValueError: points that are no curve.
    """
    curves = [np.asarray(points, dtype=np.float64) for points in (early_a, early_s, late_a, late_s)]
    if is_fuse:
        for k in (0, 2):
            amps, times = curves[k], curves[k + 1]
            curves[k] = np.append(amps, GREATEST_A)
            curves[k + 1] = np.append(times, times[-1] * (amps[-1] / GREATEST_A) ** 2)
    return Band(*curves)


def inverse_time(current_a: Floats, pickup_a: float, multiplier: float, curve: str) -> Floats:
    """(n,) s of an IEC 60255-151 inverse curve: TMS k / ((I/Is)^alpha - 1); inf up to the pickup.

    Raises:
        KeyError: a curve that is not in IEC_INVERSE.
    """
    k, alpha = IEC_INVERSE[curve]
    grown = (np.asarray(current_a, dtype=np.float64) / pickup_a) ** alpha - 1
    return np.where(grown > 0, multiplier * k / np.where(grown > 0, grown, 1.0), np.inf)


def relay(pickup_a: float, multiplier: float, curve: str, *, breaker_s: float, error: float = 0.05, greatest: float = 20.0) -> Band:
    """The band of an inverse relay and its breaker from 1.05 to `greatest` times the pickup, flat above; sampled, within 0.2 % of the curve.

    `error` is the relay's own tolerance of time; the latest opening has `breaker_s` on top.
    """
    multiples = 1 + np.geomspace(0.05, greatest - 1, 64)
    times = inverse_time(multiples * pickup_a, pickup_a, multiplier, curve)
    return Band(multiples * pickup_a, times * (1 - error), multiples * pickup_a, times * (1 + error) + breaker_s)


def with_instant(band: Band, pickup_a: float, early_s: float, late_s: float, tolerance: float = 0.10) -> Band:
    """The band with an instantaneous part beside it, which picks up within `tolerance` of `pickup_a` and has opened between the two times."""
    curves = []
    for amps, times, pickup, least in (
        (band.early_a, band.early_s, pickup_a * (1 - tolerance), early_s),
        (band.late_a, band.late_s, pickup_a * (1 + tolerance), late_s),
    ):
        at = np.array([pickup])
        before = _times(amps, times, at, "left")
        below = amps < pickup
        top = np.concatenate([at, at, [GREATEST_A]]) if np.isfinite(before[0]) else np.concatenate([at, [GREATEST_A]])
        fast = np.full(2, min(least, float(before[0])))
        curves += [np.concatenate([amps[below], top]), np.concatenate([times[below], before[np.isfinite(before)], fast])]
    return Band(*curves)


def making_factor(breaking_a: Floats) -> Floats:
    """(n,) peak a breaker can close on, over its rated breaking current (IEC 60947-2 table 2)."""
    return np.array(_MAKING_FACTORS)[np.searchsorted(_MAKING_UP_TO_A, breaking_a, side="left")]


def interrupts(breaking_a: Floats, fault_a: Floats, peak_a: Floats | None = None) -> Bools:
    """(n,) whether the rated breaking current covers the greatest fault, and its making peak the fault's peak where that is given."""
    enough = np.asarray(breaking_a) >= fault_a
    return enough if peak_a is None else enough & (making_factor(breaking_a) * breaking_a >= peak_a)


def selectivity(down: Band, up: Band, fault_a: float, *, ratio: float = 1.0) -> Selectivity:
    """Whether the downstream device has opened before the upstream one can, at every current up to `fault_a`.

    Args:
        down: band of the device near the load.
        up: band of the device above it.
        fault_a: greatest fault right after the downstream device, its A.
        ratio: upstream over downstream current (below 1 across a step-down transformer).
    """
    edges = np.unique(np.concatenate([down.early_a, down.late_a, up.early_a / ratio, up.late_a / ratio, [fault_a]]))
    edges = edges[edges <= fault_a]
    left, right = edges[:-1], edges[1:]
    start = _gap(down, up, ratio, left, "right")
    end = _gap(down, up, ratio, right, "left")
    begins, crosses = start > 1e-9, end > 1e-9  # published bands of neighbouring steps touch
    hit = np.flatnonzero(begins | crosses)
    limit = np.inf
    if len(hit):
        k = hit[0]
        part = 0.0 if begins[k] else -start[k] / (end[k] - start[k])
        limit = float(left[k] * (right[k] / left[k]) ** part)
    return Selectivity(limit >= fault_a, min(limit, fault_a))


def _fastest(parts: list[_Piece]) -> tuple[Floats, Floats]:
    """Corners of the fastest of the parts at each current, a step as two points."""
    edges = [edge for part in parts for edge in (part.pickup_a, part.bend())]
    for one, other in combinations(parts, 2):
        slope, flat = (one, other) if one.power else (other, one)
        level = flat.floor_s if flat.power else flat.at_s
        if slope.power and level:
            edges.append(slope.at_a * (slope.at_s / level) ** (1 / slope.power))
    first = min(part.pickup_a for part in parts)
    kept = np.unique([edge for edge in edges if first <= edge < GREATEST_A] + [GREATEST_A])
    amps = np.repeat(kept, 2)[1:]
    times = np.array([_fastest_time(parts, edge, strict=k % 2 == 1) for k, edge in enumerate(amps)])
    return amps, times


def _fastest_time(parts: list[_Piece], current: float, *, strict: bool) -> float:
    """Fastest time just above a current, or just below it (`strict`: a part that picks up there does not count yet)."""
    live = [part for part in parts if (part.pickup_a < current if strict else part.pickup_a <= current)]
    return min(float(part.time(np.array(current))) for part in live)


def _times(amps: Floats, times: Floats, current: Floats, side: Literal["left", "right"]) -> Floats:
    """Time at each current by straight lines in log-log axes; at a doubled corner the one on `side`."""
    with np.errstate(divide="ignore"):
        at = np.log(current)
    if side == "right":
        found, started = np.interp(at, np.log(amps), np.log(times)), current >= amps[0]
    else:
        found, started = np.interp(-at, -np.log(amps[::-1]), np.log(times[::-1])), current > amps[0]
    return np.where(started, np.exp(found), np.inf)


def _gap(down: Band, up: Band, ratio: float, at: Floats, side: Literal["left", "right"]) -> Floats:
    """Log of (latest downstream / earliest upstream) just right or left of currents: from 0 on the upstream one may win; -1e9: it does not trip."""
    late = _times(down.late_a, down.late_s, at, side)
    early = _times(up.early_a, up.early_s, at * ratio, side)
    safe = np.where(np.isinf(early), 1.0, early)
    return np.where(np.isinf(early), -1e9, np.log(late) - np.log(safe))
