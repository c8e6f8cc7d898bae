"""Where the switches of a hall stand: packed into the switch racks of the hall of their pod."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.hall.wire import Wired
from rackwright.spec.hall import HallSpec

I32: TypeAlias = NDArray[np.int32]
Array: TypeAlias = NDArray[np.int64]
ALIGN = 4  # units; switch heights divide it, so that runs of falling heights never straddle two racks


@dataclass(frozen=True, slots=True, eq=False)
class Stand:
    """Where the switches of all fabrics stand, one element a switch, fabric by fabric: switch rack (counted from 0, hall by hall) and lowest
    unit. `per_hall` is the number of switch racks in each hall, `first` the first switch of each fabric and their number at the end.
    """

    fabric: I32
    ordinal: I32
    tier: I32
    rack: I32
    unit: I32
    first: I32
    per_hall: I32


def heights(wired: list[Wired]) -> Array:
    """Units of the switches of each fabric by tier, shape (fabrics, 3)."""
    tall = [[int(w.parts[min(t, len(w.parts) - 1)].number("height_units") or 1) for t in range(3)] for w in wired]
    return np.array(tall or [[1] * 3], np.int64)


def stood(spec: HallSpec, wired: list[Wired], pods_per_hall: int) -> Stand:
    """Switches packed into switch racks of the hall of their pod, pod by pod, then a share of those that serve all.

    In each pod tall ones come first, so that none straddles two racks.
    """
    sizes = [len(w.plan.switches) for w in wired]
    fabric, ordinal = np.repeat(np.arange(len(wired)), sizes), np.concatenate([np.arange(n) for n in [*sizes, 0]])
    tier, pod = (np.concatenate([*(getattr(w.plan.switches, c) for w in wired), np.empty(0, np.int32)]).astype(np.int64) for c in ("tier", "pod"))
    height = heights(wired)[fabric, np.minimum(tier, 2)]
    hall = pod // pods_per_hall
    common = np.flatnonzero(pod < 0)
    hall[common] = np.arange(len(common)) * spec.halls // max(len(common), 1)
    order = np.lexsort((ordinal, fabric, tier, -height, np.where(pod < 0, np.iinfo(np.int32).max, pod), hall))
    room = max(spec.network.units // ALIGN * ALIGN, ALIGN)
    place = _packed(height[order], hall[order], np.where(pod < 0, -1, pod)[order])
    racks = np.zeros(spec.halls, np.int64)
    np.maximum.at(racks, hall[order], place // room + 1)
    rack, unit = np.empty(len(order), np.int32), np.empty(len(order), np.int32)
    rack[order], unit[order] = (np.cumsum(racks) - racks)[hall[order]] + place // room, place % room + spec.network.first_unit
    first = np.concatenate([[0], np.cumsum(sizes)])
    return Stand(*(v.astype(np.int32) for v in (fabric, ordinal, tier, rack, unit, first, racks)))


def _packed(size: Array, hall: Array, pod: Array) -> Array:
    """First unit of each switch in its hall's racks, counted through: pods start at multiples of ALIGN, so no switch crosses a rack's end."""
    if not len(size):
        return size
    before = np.cumsum(size) - size
    heads = np.flatnonzero(np.r_[True, (hall[1:] != hall[:-1]) | (pod[1:] != pod[:-1])])
    length = np.diff(np.r_[heads, len(size)])
    padded = -(-np.add.reduceat(size, heads) // ALIGN) * ALIGN
    start = np.cumsum(padded) - padded
    opens = np.r_[True, hall[heads][1:] != hall[heads][:-1]]
    start -= start[np.flatnonzero(opens)][np.cumsum(opens) - 1]
    return np.asarray(np.repeat(start, length) + before - np.repeat(before[heads], length))
