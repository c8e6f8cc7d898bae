"""What all cells of a hall share: where racks and switches stand, and the paths between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.hall.site import Site
from rackwright.build.hall.stand import Stand
from rackwright.build.hall.template import Template
from rackwright.build.labels import rack_keys
from rackwright.build.paths import LengthRule, Paths, find_paths
from rackwright.build.pathways import ANY, DATA, LevelPlan, PathwayPlan, lay_out, taps, tray_capacity
from rackwright.catalog.part import Part
from rackwright.spec.hall import HallSpec

I32: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What all cells share: where racks and switches stand, devices by rack, and the paths between them."""

    site: Site
    stand: Stand
    templates: list[list[Template]]
    device_first: I32
    switch_first: int
    paths: Paths
    rule: LengthRule
    unit_mm: float
    base_mm: float
    keys: NDArray[np.uint64]


def laid(spec: HallSpec, site: Site, stand: Stand, templates: list[list[Template]], devices: list[int], frame: Part) -> Ground:
    """Pathways over the floor, taps of every rack, shortest paths between their junctions. `devices` of each design; `frame` of switch racks."""
    p, where = spec.pathways, site.positions
    capacity = tray_capacity(int(p.width), int(p.depth), round(100 * p.fill_max))
    across = capacity * max(p.cross_trays, 1)
    level = LevelPlan(DATA, int(p.height), capacity, across, across)
    ways = lay_out(site.campus, PathwayPlan((level,), every=p.every))
    x, y = where.risers()
    at = site.at
    rack = np.repeat(np.arange(len(at), dtype=np.int32), 4)
    tap = taps(ways, x[at].ravel(), y[at].ravel(), rack, np.repeat(where.hall[at], 4), np.repeat(where.row[at], 4))
    count = np.array(devices)
    per_rack = np.where(site.design < len(count), count[np.minimum(site.design, len(count) - 1)], 0)
    first = np.concatenate([[0], np.cumsum(per_rack)])
    return Ground(
        site,
        stand,
        templates,
        first[:-1].astype(np.int32),
        int(first[-1]),
        find_paths(ways, tap, DATA, ANY),
        LengthRule(0, round(1000 * p.slack), int(p.service_loop)),
        frame.number("unit_height") or 44.45,
        frame.number("base_height") or 0.0,
        rack_key(site),
    )


def rack_key(site: Site) -> NDArray[np.uint64]:
    """A stable key of each rack from where it stands."""
    where = site.positions
    return rack_keys(where.hall[site.at], where.row[site.at], where.place[site.at])
