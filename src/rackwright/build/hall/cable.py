"""Every cable of a hall: links of a cell with both ends in space, routed, cut, given a medium; and what they sum to.

A cell is a pod with the links upwards of its switches. Nothing is shared between cells but what is only read, and the flows in the trays.
"""

from __future__ import annotations

import numpy as np

from rackwright.build.fabrics.fabric import Array, LinkArrays
from rackwright.build.fabrics.plan import parts
from rackwright.build.fill import CellFlows, flows_of
from rackwright.build.hall.choice import Cages, chosen, named, trunked
from rackwright.build.hall.ends import both_sides
from rackwright.build.hall.ground import Ground, lane_shift
from rackwright.build.hall.medium import Media, kinds_of, neighbours
from rackwright.build.hall.sums import CellSums, summed
from rackwright.build.hall.wire import Wired
from rackwright.build.paths import cable_lengths, pairs, route
from rackwright.schema.links import HOST, TORUS


def cell_columns(ground: Ground, wired: Wired, which: int, cell: int, media: Media) -> tuple[dict[str, Array], CellSums, CellFlows] | None:
    """Columns of the links of one cell, their sums, and what they take of the trays. None for a cell without links."""
    first = wired.plan.first
    found = parts(wired.plan, cell, wired.ends.endpoints.pick(slice(int(first[cell]), int(first[cell + 1]))))
    own = sum(len(links) for _, links in found)
    if not own:
        return None
    found += neighbours(wired, media, cell, found)
    made = LinkArrays.join([links for _, links in found])
    a, b = both_sides(ground, wired, which, made)
    shift = lane_shift(ground, wired, made)
    a_tap, b_tap = a.tap + shift, b.tap + shift
    low, high, of = pairs(ground.paths, a_tap, b_tap)
    tray, way = route(ground.paths, low, high)
    path = way[of]
    length, cut = cable_lengths(ground.paths, a_tap, b_tap, tray[of], path, a.z, b.z, a.run, b.run, ground.rule)
    kind = kinds_of(media, wired.ends, found)
    cages = cages_of(wired, media, made)
    sku = chosen(media, kind, cut, cages)
    if own < len(made):  # links of other cells were there to choose modules by
        made, a, b, cages = made.pick(slice(own)), a.pick(slice(own)), b.pick(slice(own)), cages.pick(slice(own))
        a_tap, b_tap, path, length, cut = a_tap[:own], b_tap[:own], path[:own], length[:own], cut[:own]
        kind, sku, of = kind[:own], sku[:own], of[:own]
    trunks = trunked(media, kind, sku, cut, (a_tap, b_tap))
    name = named(media, sku, a, b, ground.keys, made.cable_group, trunks)
    area = media.area[sku]
    if trunks:
        area[trunks.port > 0] = 0  # a trunk lies there once
    flows = flows_of(ground.paths, (low, high), way, of, area, name.key)
    on_switch = ((cages.a, media.a_module, (made.tier != HOST) & (made.tier != TORUS)), (cages.b, media.b_module, made.tier != TORUS))
    held = [(cage[at], module[sku[at]]) for cage, module, at in on_switch]
    sums = summed(media, made.tier, kind, sku, cut, name.leg, held)
    return {
        "tier": made.tier, "plane": made.plane, "rail": made.rail, "a_device_id": a.device, "a_port": a.port, "b_device_id": b.device,
        "b_port": b.port, "leg": name.leg, "speed_gbps": made.speed_gbps, "sku": sku, "path_id": path, "length_route_mm": length,
        "length_cut_mm": cut, "length_stock_mm": media.stock_mm[sku], "key": name.key, "fabric_id": np.full(own, which, np.int32),
    }, sums, flows  # fmt: skip


def cages_of(wired: Wired, media: Media, made: LinkArrays) -> Cages:
    """Cages of both ends: of switches counted through the fabric, of endpoints below zero, rack by rack."""
    a = made.a * np.int32(media.span) + made.a_port // np.maximum(made.a_legs, 1)
    b = made.b * np.int32(media.span) + made.b_port // np.maximum(made.b_legs, 1)
    width = int(media.cage.max(initial=0)) + 1
    direct = made.tier == TORUS
    for is_endpoint, end, out in ((direct | (made.tier == HOST), made.a, a), (direct, made.b, b)):
        own = np.flatnonzero(is_endpoint)
        if len(own):
            out[own] = -1 - (wired.ends.rack[end[own]] * width + media.cage[media.rows(wired.ends, end[own])])
    return Cages(made.cable_group, a, b)
