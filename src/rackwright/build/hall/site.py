"""Racks on the floor: which design stands at which place, in which scalable unit, with which devices. Arrays over racks and devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build import floor
from rackwright.build.floor import Campus, Duct, FloorPlan, Hall, KeepOut, Positions
from rackwright.build.pathways import tray_capacity
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


def floor_plan(spec: HallSpec, network_racks: int) -> FloorPlan:
    """The floor of one hall with room for so many switch racks."""
    f = spec.floor
    per = f.network_racks
    if per is None:
        per = -(-network_racks // (f.places if f.network == "rows" else f.rows))
    return FloorPlan(
        rows=f.rows,
        racks=f.places,
        pitch_mm=int(f.pitch),
        depth_mm=int(f.depth),
        cold_mm=int(f.cold),
        hot_mm=int(f.hot),
        margin_x_mm=int(f.margin),
        margin_y_mm=int(f.margin),
        network=f.network if per else "none",
        network_count=min(per, f.rows if f.network == "rows" else f.places),
        keep_outs=tuple(KeepOut(int(k.x), int(k.y), int(k.width), int(k.depth), k.full_height, k.because) for k in f.keep_out),
    )


def campus(spec: HallSpec, network_racks: int) -> Campus:
    """Equal halls side by side along x, each joined to the next by a duct."""
    plan = floor_plan(spec, network_racks)
    width, _ = plan.size()
    p = spec.pathways
    duct = tray_capacity(int(p.width), int(p.depth), round(100 * p.fill_max))
    halls = tuple(Hall(plan, x_mm=i * (width + int(spec.gap))) for i in range(spec.halls))
    return Campus(halls, tuple(Duct(i, i + 1, duct * max(p.cross_trays, 1)) for i in range(spec.halls - 1)))


def pods_per_hall(spec: HallSpec) -> int:
    """Scalable units of one hall; the last may be smaller."""
    racks = sum(g.count for g in spec.racks.values())
    return -(-racks // (spec.unit or max(racks, 1)))


def free_places(spec: HallSpec, network_racks: int) -> tuple[int, int]:
    """(places for compute racks, places for switch racks) of the whole campus."""
    made = floor.positions(campus(spec, network_racks))
    switch = int((made.role == floor.NETWORK).sum())
    return len(made) - switch, switch


def site(spec: HallSpec, switch_racks: I32) -> Site:
    """Every rack at its place; the caller has checked that they fit (`free_places`). `switch_racks` counts those of each hall.

    Groups are placed hall by hall in their order. Scalable units are runs of `unit` racks inside a hall.
    """
    made = campus(spec, int(switch_racks.max(initial=0)))
    where = floor.positions(made)
    per_hall = np.repeat(np.arange(len(spec.racks)), [g.count for g in spec.racks.values()])
    names = list(spec.designs)
    of_group = np.array([names.index(g.design) for g in spec.racks.values()])
    unit = spec.unit or len(per_hall)
    pods = pods_per_hall(spec)
    at, pod = [], []
    for h in range(spec.halls):
        free = np.flatnonzero((where.hall == h) & (where.role == floor.COMPUTE))[: len(per_hall)]
        at.append(free)
        pod.append(h * pods + np.arange(len(per_hall)) // unit)
    switch = np.concatenate([np.flatnonzero((where.hall == h) & (where.role == floor.NETWORK))[:n] for h, n in enumerate(switch_racks)])
    compute = np.concatenate(at)
    return Site(
        made,
        where,
        np.concatenate([compute, switch]).astype(np.int32),
        np.concatenate([np.tile(of_group[per_hall], spec.halls), np.full(len(switch), len(names))]).astype(np.int32),
        np.concatenate([*pod, np.full(len(switch), -1)]).astype(np.int32),
        len(compute),
    )
