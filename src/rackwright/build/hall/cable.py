"""Every cable of a hall: links of a cell with both ends in space, routed, cut, given a medium; and what they sum to.

One cable a link; ports of a twin cage share a module. A cell is a pod with the links upwards of its switches.
"""

from __future__ import annotations

import numpy as np

from rackwright.build.fabrics.fabric import HOST, Array
from rackwright.build.fabrics.plan import links
from rackwright.build.fill import Flows, add_flows
from rackwright.build.hall.ends import host_side, joined, switch_side
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.medium import Sums, choose, fill_cages
from rackwright.build.hall.wire import Wired
from rackwright.build.labels import cable_key, end_key
from rackwright.build.paths import cable_lengths, route
from rackwright.catalog.part import Part


def cell_columns(ground: Ground, wired: Wired, which: int, cell: int, parts: list[Part], sums: Sums, flows: Flows) -> dict[str, Array]:
    """Columns of the links and cables of one cell; adds to `sums` and `flows`."""
    first = wired.plan.first
    made = links(wired.plan, cell, wired.ends.endpoints.pick(slice(int(first[cell]), int(first[cell + 1]))))
    if not len(made):
        return {}
    is_host = made.tier == HOST
    a = joined(is_host, host_side(ground, wired, which, made), switch_side(ground, wired, which, made.a, made.a_port, made.a_legs))
    b = switch_side(ground, wired, which, made.b, made.b_port, made.b_legs)
    tray, path = route(ground.paths, a.tap, b.tap)
    length, cut = cable_lengths(ground.paths, a.tap, b.tap, tray, path, a.z, b.z, a.run, b.run, ground.rule)
    sku = choose(ground, wired, which, made, cut, parts, sums)
    fill_cages(wired, made, sku, sums)
    tier = made.tier.astype(np.int64)
    sums.by_tier += np.bincount(tier, minlength=8)
    sums.lost += int((cut < 0).sum())
    sums.longest_mm = max(sums.longest_mm, int(cut.max()))
    stock, area = np.full(len(cut), -1, np.int32), np.zeros(len(cut), np.int32)
    for t, menu in sums.menus.items():
        own = np.flatnonzero((tier == t) & (sku >= 0))
        stock[own], area[own] = menu.stock_mm[sku[own]], menu.area_mm2_100[sku[own]]
    key = cable_key(end_key(ground.keys[a.rack], a.unit, a.port), end_key(ground.keys[b.rack], b.unit, b.port))
    add_flows(flows, ground.paths, a.tap, b.tap, path, area, key)
    return {
        "tier": made.tier, "plane": made.plane, "rail": made.rail, "a_device_id": a.device, "a_port": a.port, "b_device_id": b.device,
        "b_port": b.port, "leg": np.zeros(len(cut), np.uint8), "speed_gbps": made.speed_gbps, "sku": sku, "path_id": path, "length_route_mm": length, 
        "length_cut_mm": cut,
        "length_stock_mm": stock, "key": key,
    }  # fmt: skip
