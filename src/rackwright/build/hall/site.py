"""Racks on the floor: which design stands at which place, in which scalable unit, with which devices. Arrays over racks and devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build import floor
from rackwright.build.floor import Campus, Positions
from rackwright.build.hall.floorplan import campus
from rackwright.build.hall.unlike import across, units_by_hall
from rackwright.spec.hall import HallSpec

I32: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """Racks of a campus. `at` is the position of each rack, `design` counts in the spec's order (switch racks: the number of designs),
    `pod` is dense over compute racks and -1 for switch racks. Compute racks come first, in the order of their pods.
    """

    campus: Campus
    positions: Positions
    at: I32
    design: I32
    pod: I32
    compute: int

    @property
    def racks(self) -> int:
        """Number of racks."""
        return len(self.at)


def floor_of(spec: HallSpec, switch_racks: I32) -> tuple[Campus, Positions]:
    """The campus and its places. `switch_racks` counts those of each hall."""
    made = campus(spec, switch_racks if spec.unlike else int(switch_racks.max(initial=0)))
    return made, floor.positions(made)


def site(spec: HallSpec, switch_racks: I32, places: tuple[Campus, Positions] | None = None) -> Site:
    """Every rack at its place; the caller has checked that they fit (`rack_faults.room_faults`). `switch_racks` counts those of each hall, `places`
    are those of `floor_of`.

    Groups are placed hall by hall in their order, and racks are counted by their scalable units, see `units`.
    """
    made, where = places or floor_of(spec, switch_racks)
    design, pod = across(spec)
    at = [np.flatnonzero((where.hall == h) & (where.role == floor.COMPUTE))[u.slot] for h, u in enumerate(units_by_hall(spec))]
    switch = np.concatenate([np.flatnonzero((where.hall == h) & (where.role == floor.NETWORK))[:n] for h, n in enumerate(switch_racks)])
    compute = np.concatenate(at)
    return Site(
        made,
        where,
        np.concatenate([compute, switch]).astype(np.int32),
        np.concatenate([design, np.full(len(switch), len(spec.designs))]).astype(np.int32),
        np.concatenate([pod, np.full(len(switch), -1)]).astype(np.int32),
        len(compute),
    )
