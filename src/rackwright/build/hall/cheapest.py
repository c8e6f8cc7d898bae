"""A hall placed by the cost of its cables: the search of `placing` over a whole spec, with the order of the spec and a bound beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rackwright.build.hall.demand import Layout, Price, demand, everywhere, price
from rackwright.build.hall.ground import Ground, tapped
from rackwright.build.hall.least import least
from rackwright.build.hall.placing import Freedom, placed
from rackwright.build.hall.site import Site
from rackwright.build.hall.stand import Stand, dealt, heights, room_units
from rackwright.build.hall.wire import Wired
from rackwright.build.paths import lane_paths
from rackwright.catalog.part import Part
from rackwright.spec.hall import HallSpec


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A hall placed by cost: racks and switches where they stand now, what their cables come to, what they came to in the order of the spec, and the
    weight in US cents that no placement can undercut.
    """

    site: Site
    stand: Stand
    by_cost: Price
    by_order: Price
    bound_cents: int


def cheapest(spec: HallSpec, ground: Ground, wired: list[Wired], offers: list[Part]) -> Placed:
    """The hall of `ground` with its racks and switches moved as `spec.placement` allows; equal layouts keep the order of the spec."""
    site, stand, wish, ways = ground.site, ground.stand, spec.placement, ground.paths.ways
    everyone = np.arange(len(site.positions), dtype=np.int32)
    taps = [tapped(ways, site.positions, everyone, lane) for lane in ground.lanes]
    reach = everywhere(ground, lane_paths(ways, taps, list(ground.lanes)))
    wanted = demand(ground, wired, offers, wish.watt)
    start = Layout(site.at, stand.rack, stand.unit)
    series = dealt(wired, stand.tier.astype(np.int64), spec.network.spread)
    of_rack = np.zeros(site.racks - site.compute, np.int64)
    of_rack[stand.rack] = series
    free = Freedom(
        site.positions,
        (np.arange(site.racks) >= site.compute) | (wish.racks == "cost"),
        np.full(len(stand.rack), wish.switches == "cost"),
        room_units(spec, heights(wired)),
        spec.network.first_unit,
        heights(wired)[stand.fabric, np.minimum(stand.tier, 2)],
        site.compute,
        series,
        of_rack,
    )
    layout, now = placed(wanted, reach, start, free)
    return Placed(
        replace(site, at=layout.at),
        replace(stand, rack=layout.rack, unit=layout.unit),
        now,
        price(wanted, reach, start),
        least(wanted, reach, start, free),
    )
