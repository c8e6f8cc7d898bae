"""Settings and time-current bands of the breakers and fuses of a hall's supply, from the facts of their parts or by rule from their rating.

Where no part is given: up to 125 A the limits of a type C miniature breaker (IEC 60898-1), above it an electronic trip unit with its long time at 8 s
at six times the rating, a short time of 0.2 s at six times and an instantaneous part at twelve times the rating. Above 1,000 V an inverse relay
(very inverse, 1.2 times what it protects, multiplier 0.2). These are usual settings: a part gives its own. Devices of parts that
wait (no instantaneous part) are graded by position, as a coordination study would: the lowest takes the first short time of its dial, the next one up
the second; of n relays in a row the lowest takes an nth of the delivered multiplier, the top one all of it. Where the long-time pickup has a dial it
is set to what the breaker protects, and the short-time pickup of a generator's own breaker to half of what the generator goes on giving, at
most, so that it sees an arc on the board.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan

import numpy as np
import polars as pl

from rackwright.schema.tables import Tables
from rackwright.sim.power.protection import GREATEST_A, Band, ElectronicTrip, Floats, electronic, from_points, relay, with_instant

SMALL_A = 125.0
_BY_RULE = "rule from the rating"
_FROM_PART = "part, as delivered"
_GRADED = "part, time graded by position"
_ARC_SHARE = 0.5  # of a bolted fault: about the arcing current of a low-voltage board, less its variation (IEEE 1584)
_LEAST_SHARE = 0.25  # of the delivered time multiplier of a relay
_TYPE_C = (
    np.array([1.13, 2.55, 5, 5, 1000]),
    np.array([3600, 1, 0.1, 0.002, 0.002]),
    np.array([1.45, 2.55, 5, 10, 10, 1000]),
    np.array([3600, 60, 15, 15, 0.1, 0.1]),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One kind of device: `part` (None: by rule), how many share the current, their rating together, rated current of what they protect, voltage.

    `stage` of `stages`: how many devices that wait for others stand below it at its level of voltage, and how many there are in a row there.
    `sustained_a`: what a generator before it goes on giving; NaN: no generator's own device. `hold_s`: how long a converter gives `limit_a` before it
    shuts its output; NaN: no converter's own protection.
    """

    part: str | None
    quantity: int
    rating_a: float
    protected_a: float
    voltage_v: float
    stage: int = 0
    stages: int = 1
    sustained_a: float = nan
    hold_s: float = nan
    limit_a: float = nan


@dataclass(frozen=True, slots=True)
class Trip:
    """A device's settings, A and s of all that share the current; NaN: it has no such part. `breaking_a` is that of one."""

    band: Band
    rated_a: float
    long_pickup_a: float
    long_s: float
    short_pickup_a: float
    short_s: float
    instant_pickup_a: float
    breaking_a: float
    kind: str
    settings: str


class Facts:
    """Facts of the parts of devices."""

    def __init__(self, t: Tables, parts: list[str]) -> None:
        rows = t["part_facts"].filter(pl.col("part").is_in(parts)).select("part", "fact", "value", "text")
        self._facts = {(part, fact): (value, text) for part, fact, value, text in rows.iter_rows()}
        self._kinds = dict(t["parts"].filter(pl.col("part").is_in(parts)).select("part", "kind").iter_rows())

    def number(self, part: str, fact: str, otherwise: float = nan) -> float:
        """A number, or `otherwise`."""
        value = self._facts.get((part, fact), (None, ""))[0]
        return otherwise if value is None else float(value)

    def text(self, part: str, fact: str) -> str:
        """A text; empty: not known."""
        return str(self._facts.get((part, fact), (None, ""))[1])

    def numbers(self, part: str, fact: str) -> Floats:
        """A list of numbers; empty: not known."""
        return np.array([float(x) for x in self.text(part, fact).split()], dtype=np.float64)

    def waits(self, part: str) -> bool:
        """It has a time to be graded: a trip unit with a dial of short times and no instantaneous part, or a relay without one."""
        if self.text(part, "trip") == "relay":
            return not np.isfinite(self.number(part, "relay_instantaneous"))
        return self.numbers(part, "short_setting").size > 1 and not np.isfinite(self.number(part, "instantaneous"))

    def is_fuse(self, part: str) -> bool:
        """Its kind is `fuse`."""
        return self._kinds.get(part) == "fuse"


def rated(known: Facts, part: str | None) -> float:
    """Rated current of one device; NaN: no part, or none that says it."""
    return nan if part is None else known.number(part, "current_rated")


def trip(known: Facts, w: Wanted) -> Trip:
    """The settings and band of a device."""
    if np.isfinite(w.hold_s):
        return _shut(w)
    if w.part is None or not np.isfinite(known.number(w.part, "current_rated")):
        return _by_rule(w)
    if known.is_fuse(w.part):
        return _fuse(known, w, w.part)
    kind = known.text(w.part, "trip")
    if kind == "relay":
        return _relay(known, w, w.part)
    if kind == "thermal-magnetic":
        return _points(known, w, w.part)
    return _electronic(known, w, w.part)


def _by_rule(w: Wanted) -> Trip:
    a = w.rating_a
    if w.voltage_v > 1000:
        pickup = 1.2 * w.protected_a
        return Trip(relay(pickup, 0.2, "very", breaker_s=0.07), w.protected_a, pickup, nan, nan, nan, nan, nan, "breaker", _BY_RULE)
    if a <= SMALL_A:
        low, low_s, high, high_s = _TYPE_C
        return Trip(from_points(a * low, low_s, a * high, high_s), a, a, nan, nan, nan, 10 * a, nan, "breaker", _BY_RULE)
    unit = ElectronicTrip(a, 8.0, 6 * a, (0.14, 0.20), 12 * a, (0.01, 0.05))
    return Trip(electronic(unit), a, a, 8.0, 6 * a, 0.2, 12 * a, nan, "breaker", _BY_RULE)


def _shut(w: Wanted) -> Trip:
    """A converter at its limit of current: once over its rating it waits, then gives nothing."""
    early, late = min(w.rating_a, 0.95 * w.limit_a), min(1.05 * w.rating_a, 0.98 * w.limit_a)
    curves = (np.array([a, GREATEST_A]) for a in (early, late))
    times = (np.full(2, w.hold_s * x) for x in (0.9, 1.0))
    (early_a, late_a), (early_s, late_s) = curves, times
    band = Band(early_a, early_s, late_a, late_s)
    return Trip(band, w.rating_a, nan, nan, late, w.hold_s, nan, nan, "converter", "part, shuts its output at its limit of current")


def _fuse(known: Facts, w: Wanted, part: str) -> Trip:
    away, one = known.number(part, "current_tolerance", 0.0), known.number(part, "current_rated") * w.quantity
    amps, times = known.numbers(part, "melt_current") * w.quantity, known.numbers(part, "melt_time")
    band = from_points(amps * (1 - away), times, amps * (1 + away), times, is_fuse=True)
    return Trip(band, one, nan, nan, nan, nan, nan, known.number(part, "breaking_current"), "fuse", "part, mean curve with its tolerance")


def _points(known: Facts, w: Wanted, part: str) -> Trip:
    a = known.number(part, "current_rated") * w.quantity
    low, high = known.numbers(part, "early_multiple"), known.numbers(part, "late_multiple")
    band = from_points(a * low, known.numbers(part, "early_time"), a * high, known.numbers(part, "late_time"))
    # Where the latest opening steps down is where the magnetic part surely works.
    step = np.flatnonzero(np.diff(high) == 0)
    instant = a * float(high[step[-1]]) if step.size else nan
    return Trip(band, a, a, nan, nan, nan, instant, known.number(part, "breaking_current"), "breaker", "part, limits of its type")


def _relay(known: Facts, w: Wanted, part: str) -> Trip:
    own = w.protected_a if np.isfinite(w.protected_a) else known.number(part, "current_rated") * w.quantity
    pickup, opening = known.number(part, "relay_pickup", 1.2) * own, known.number(part, "opening_time", 0.07)
    share = max((1 + w.stage) / w.stages, _LEAST_SHARE) if known.waits(part) else 1.0
    band = relay(pickup, share * known.number(part, "relay_multiplier", 0.2), known.text(part, "relay_curve") or "very", breaker_s=opening)
    instant = known.number(part, "relay_instantaneous") * own
    if np.isfinite(instant):
        band = with_instant(band, instant, opening / 2, opening)
    rating = known.number(part, "current_rated") * w.quantity
    settings = _FROM_PART if share == 1.0 else _GRADED
    return Trip(band, rating, pickup, nan, nan, nan, instant, known.number(part, "breaking_current"), "breaker", settings)


def _long_pickup(known: Facts, w: Wanted, part: str) -> float:
    """Ir over In: as delivered, or less where the dial goes down to what the breaker protects. In steps of 0.01."""
    most, least = known.number(part, "long_pickup", 1.0), known.number(part, "long_pickup_least")
    share = w.protected_a / (known.number(part, "current_rated") * w.quantity)
    return most if not np.isfinite(least + share) else float(np.clip(np.ceil(share * 100 - 1e-6) / 100, min(least, most), most))


def _electronic(known: Facts, w: Wanted, part: str) -> Trip:
    a = known.number(part, "current_rated") * w.quantity
    ir = _long_pickup(known, w, part) * a
    long_s, short = known.number(part, "long_delay", 8.0), known.number(part, "short_pickup")
    if np.isfinite(w.sustained_a):
        short = min(short, max(_ARC_SHARE * w.sustained_a / ir, 1.5))
    instant = known.number(part, "instantaneous") * a
    delays = [known.numbers(part, f) for f in ("short_setting", "short_early", "short_late")]
    delay, waits = known.number(part, "short_delay"), (0.08, 0.14)
    if np.isfinite(short) and delays[0].size:
        at = int(np.abs(delays[0] - (delay if np.isfinite(delay) else delays[0][0])).argmin())
        if known.waits(part):
            at = min(w.stage, delays[0].size - 1)
        delay, waits = float(delays[0][at]), (float(delays[1][at]), float(delays[2][at]))
    band, tolerance = known.numbers(part, "long_band"), known.numbers(part, "long_tolerance")
    unit = ElectronicTrip(
        ir,
        long_s,
        short * ir if np.isfinite(short) else inf,
        waits,
        instant if np.isfinite(instant) else inf,
        (known.number(part, "instant_early", 0.01), known.number(part, "instant_late", 0.05)),
        long_multiple=known.number(part, "long_multiple", 6.0),
        long_band=(float(band[0]), float(band[1])) if band.size == 2 else (1.05, 1.20),
        long_tolerance=(float(tolerance[0]), float(tolerance[1])) if tolerance.size == 2 else (0.8, 1.0),
        pickup_tolerance=known.number(part, "pickup_tolerance", 0.10),
    )
    breaking = known.number(part, "breaking_current")
    settings = _GRADED if known.waits(part) else _FROM_PART
    return Trip(electronic(unit), a, ir, long_s, short * ir, delay, instant, breaking, "breaker", settings)
