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
ALIGN = 4  # units that runs of switches begin at multiples of; more where a switch is taller


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


def run_units(spec: HallSpec, tall: Array) -> int:
    """Units that runs of switches begin at multiples of; no switch is taller, and `network.units` are not fewer (`rack_faults.switch_rack_fault`)."""
    return max(int(tall.max(initial=1)), min(ALIGN, spec.network.units))


def room_units(spec: HallSpec, tall: Array) -> int:
    """Units of a switch rack that runs of switches fill; `tall` as `heights`."""
    run = run_units(spec, tall)
    return spec.network.units // run * run


def _taken(height: Array, run: int) -> Array:
    """Units that switches of these heights take in a run: the least of a chain of divisors of `run` that holds them. So each divides the next one
    up, and falling heights from the start of a run never straddle its multiples.
    """
    chain = [run]
    while chain[-1] > 1:
        chain.append(max(d for d in range(1, chain[-1]) if chain[-1] % d == 0))
    steps = np.array(chain[::-1], np.int64)
    return np.asarray(steps[np.searchsorted(steps, height)])


def stood(spec: HallSpec, wired: list[Wired], pod_first: I32) -> Stand:
    """Switches packed into switch racks of the hall of their pod, pod by pod, then a share of those that serve all; with `network.spread` into so
    many series of switch racks, to which planes or else switches of a tier are dealt in turn.

    In each pod tall ones come first, so that none straddles two racks. `pod_first` is the first pod of each hall, and their number at the end.
    """
    sizes = [len(w.plan.switches) for w in wired]
    fabric, ordinal = np.repeat(np.arange(len(wired)), sizes), np.concatenate([np.arange(n) for n in [*sizes, 0]])
    tier, pod = (np.concatenate([*(getattr(w.plan.switches, c) for w in wired), np.empty(0, np.int32)]).astype(np.int64) for c in ("tier", "pod"))
    tall = heights(wired)
    run, room = run_units(spec, tall), room_units(spec, tall)
    height = _taken(tall[fabric, np.minimum(tier, 2)], run)
    hall = np.searchsorted(pod_first, pod, side="right") - 1
    common = np.flatnonzero(pod < 0)
    hall[common] = np.arange(len(common)) * spec.halls // max(len(common), 1)
    series = hall * spec.network.spread + dealt(wired, tier, spec.network.spread)
    order = np.lexsort((ordinal, fabric, tier, -height, np.where(pod < 0, np.iinfo(np.int32).max, pod), series))
    place = _packed(height[order], series[order], np.where(pod < 0, -1, pod)[order], run)
    racks = np.zeros(spec.halls * spec.network.spread, np.int64)
    np.maximum.at(racks, series[order], place // room + 1)
    rack, unit = np.empty(len(order), np.int32), np.empty(len(order), np.int32)
    rack[order], unit[order] = (np.cumsum(racks) - racks)[series[order]] + place // room, place % room + spec.network.first_unit
    first = np.concatenate([[0], np.cumsum(sizes)])
    per_hall = racks.reshape(spec.halls, -1).sum(1)
    return Stand(*(v.astype(np.int32) for v in (fabric, ordinal, tier, rack, unit, first, per_hall)))


def dealt(wired: list[Wired], tier: Array, to: int) -> Array:
    """Which of `to` series each switch stands in: by plane where there are several, else by its number in its unit, rail and tier, one on for every
    rail and unit. So homes of a server, its rails and the spines of a set follow each other.
    """
    made, first = [np.empty(0, np.int64)], 0
    for w in wired:
        s, own = w.plan.switches, tier[first : first + len(w.plan.switches)]
        turn = s.plane.astype(np.int64)
        if w.wish.planes == 1:
            turn = s.index.astype(np.int64) + np.maximum(s.pod, 0)
            for each in np.unique(own).tolist():
                turn[own == each] += np.unique(s.rail[own == each], return_inverse=True)[1].ravel()
        made.append(turn % to)
        first += len(own)
    return np.concatenate(made)


def _packed(size: Array, hall: Array, pod: Array, run: int) -> Array:
    """First unit of each switch in its hall's racks, counted through: pods start at multiples of `run`, so no switch crosses a rack's end."""
    if not len(size):
        return size
    before = np.cumsum(size) - size
    heads = np.flatnonzero(np.r_[True, (hall[1:] != hall[:-1]) | (pod[1:] != pod[:-1])])
    length = np.diff(np.r_[heads, len(size)])
    padded = -(-np.add.reduceat(size, heads) // run) * run
    start = np.cumsum(padded) - padded
    opens = np.r_[True, hall[heads][1:] != hall[heads][:-1]]
    start -= start[np.flatnonzero(opens)][np.cumsum(opens) - 1]
    return np.asarray(np.repeat(start, length) + before - np.repeat(before[heads], length))
