"""What all cells of a hall share: where racks and switches stand, and the paths between them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.fabrics.fabric import LinkArrays
from rackwright.build.floor import Positions
from rackwright.build.hall.site import Site
from rackwright.build.hall.stand import Stand
from rackwright.build.hall.template import Template
from rackwright.build.hall.trays import drawn, lane_of, lanes
from rackwright.build.hall.wire import Wired
from rackwright.build.labels import rack_keys
from rackwright.build.paths import LengthRule, Paths, lane_paths
from rackwright.build.pathways import Pathways, Taps, taps
from rackwright.catalog.part import Part
from rackwright.schema.links import HOST
from rackwright.spec.hall import HallSpec

I32: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Templates one after the other: columns as there; the rows of a design begin at `first`."""

    first: I32
    device: I32
    port: I32
    riser: I32
    z_mm: I32
    run_mm: I32
    unit: I32


def _rows(templates: list[Template]) -> Rows:
    first = np.cumsum([0, *(len(x) for x in templates)], dtype=np.int32)
    columns = (np.concatenate([getattr(x, f.name) for x in templates]).astype(np.int32, copy=False) for f in fields(Rows)[1:])
    return Rows(first, *columns)


@dataclass(frozen=True, eq=False)
class Ground:
    """What all cells share: where racks and switches stand, devices by rack, and the paths between them.

    Taps are lane by lane, in each 4 * rack + riser (index as in `floor.RISERS`).
    """

    site: Site
    stand: Stand
    templates: list[list[Template]]
    device_first: I32
    switch_first: int
    paths: Paths
    lanes: tuple[tuple[int, int], ...]
    rule: LengthRule
    unit_mm: float
    base_mm: float
    keys: NDArray[np.uint64]

    @cached_property
    def rows(self) -> list[Rows]:
        """Of each fabric the rows of the templates of all designs."""
        return [_rows(of_fabric) for of_fabric in self.templates]

    @cached_property
    def rack_of(self) -> I32:
        """The rack of each device: those of rack designs rack by rack, then the switches."""
        count = np.diff(self.device_first, append=self.switch_first)
        switches = (self.stand.rack + self.site.compute).astype(np.int32)
        return np.concatenate([np.repeat(np.arange(len(count), dtype=np.int32), count), switches])


def laid(
    spec: HallSpec, site: Site, stand: Stand, templates: list[list[Template]], devices: list[int], frame: Part, paths: Paths | None = None
) -> Ground:
    """Where everything stands. `devices` of each design; `frame` of switch racks; `paths` are made unless given."""
    p = spec.pathways
    count = np.array(devices)
    per_rack = np.where(site.design < len(count), count[np.minimum(site.design, len(count) - 1)], 0)
    first = np.concatenate([[0], np.cumsum(per_rack)])
    return Ground(
        site,
        stand,
        templates,
        first[:-1].astype(np.int32),
        int(first[-1]),
        paths_of(spec, site, drawn(spec, site.campus)) if paths is None else paths,
        tuple(lanes(spec)),
        LengthRule(int(p.lead), round(1000 * p.slack), int(p.service_loop)),
        frame.number("unit_height") or 44.45,
        frame.number("base_height") or 0.0,
        rack_key(site),
    )


def paths_of(spec: HallSpec, site: Site, ways: Pathways) -> Paths:
    """Taps of every rack on the trays `ways`, and shortest paths between their junctions."""
    over = lanes(spec)
    return lane_paths(ways, [tapped(ways, site.positions, site.at, lane) for lane in over], over)


def tapped(ways: Pathways, where: Positions, at: I32, lane: tuple[int, int]) -> Taps:
    """The four risers of a rack at each of the positions `at`, on the trays of a lane. Raises ValueError where a hall has no tray for them."""
    x, y = where.risers()
    rack = np.repeat(np.arange(len(at), dtype=np.int32), 4)
    return taps(ways, x[at].ravel(), y[at].ravel(), rack, np.repeat(where.hall[at], 4), np.repeat(where.row[at], 4), *lane)


def lane_shift(ground: Ground, wired: Wired, made: LinkArrays) -> I32:
    """What to add to the taps of the first lane for those of the lane that each link takes, shape (n,) or ()."""
    lower = np.where(made.tier == HOST, made.b, made.a) if len(ground.lanes) > 1 else made.a
    lane = lane_of(ground.lanes, wired, made.plane, lower)
    return np.asarray(4 * ground.site.racks * np.asarray(lane, np.int64), np.int32)


def rack_key(site: Site) -> NDArray[np.uint64]:
    """A stable key of each rack from where it stands."""
    where = site.positions
    return rack_keys(where.hall[site.at], where.row[site.at], where.place[site.at])
