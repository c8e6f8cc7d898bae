"""How long battery shelves carry a load, from the two points their makers publish."""

from __future__ import annotations

from math import log


def ride_through(load_w: float, short_w: float, short_s: float, long_w: float, long_s: float, count: int = 1) -> float:
    """Seconds that `count` equal batteries carry `load_w`, shared equally.

    Between the published points (`short_w` for `short_s`, `long_w` for `long_s`) time falls along a straight line in log-log axes; below
    `long_w` the energy of the long point is taken as constant, which is on the safe side; above `short_w` the answer is 0. Without load the
    answer is infinite.
    """
    if load_w <= 0:
        return float("inf")
    if count < 1 or load_w / count > max(short_w, long_w) * (1 + 1e-12):
        return 0.0
    each = load_w / count
    if each <= long_w:
        return long_s * long_w / each
    if min(long_w, long_s, short_s) <= 0:
        return short_s
    slope = log(short_s / long_s) / log(short_w / long_w)
    return float(long_s * (each / long_w) ** slope)
