"""Every cable of a hall: links of a cell with both ends in space, routed, cut, given a medium; and what they sum to.

One cable a link; ports of a twin cage share a module. A cell is a pod with the links upwards of its switches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.fabrics.fabric import HOST, TORUS, Array, LinkArrays
from rackwright.build.fabrics.plan import links
from rackwright.build.fill import Flows, add_flows
from rackwright.build.hall.site import Site
from rackwright.build.hall.template import Template
from rackwright.build.hall.wire import Stand, Wired
from rackwright.build.labels import cable_key, end_key, rack_keys
from rackwright.build.media import End, Menu, Need, make_menu, module_ids
from rackwright.build.paths import LengthRule, Paths, cable_lengths, route
from rackwright.catalog.part import Part

I32: TypeAlias = NDArray[np.int32]
SWITCH_RUN_MM = 250  # from a port in the middle of a switch's face to the nearer side channel


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


@dataclass(slots=True)
class Sums:
    """What is added up over the cells of one fabric: cables by menu line, links by tier, and the module that sits in each switch cage.

    `held` is a place in `modules` (-1: none) for each cage, `span` cages a switch: ports of a twin cage share one module, and a cage with one
    port in use still needs it. Cages of endpoints are counted by their share, as all ports of one are always in the fabric.
    """

    menus: dict[int, Menu] = field(default_factory=dict)
    pieces: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)
    span: int = 0
    held: NDArray[np.int16] = field(default_factory=lambda: np.empty(0, np.int16))
    by_tier: NDArray[np.int64] = field(default_factory=lambda: np.zeros(8, np.int64))
    unreached: int = 0
    lost: int = 0
    longest_mm: int = 0
    too_long_mm: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One end of each link."""

    device: I32
    port: I32
    tap: I32
    z: I32
    run: I32
    unit: I32
    rack: I32


def cell_columns(ground: Ground, wired: Wired, which: int, cell: int, parts: list[Part], sums: Sums, flows: Flows) -> dict[str, Array]:
    """Columns of the links and cables of one cell; adds to `sums` and `flows`."""
    first = wired.plan.first
    made = links(wired.plan, cell, wired.ends.endpoints.pick(slice(int(first[cell]), int(first[cell + 1]))))
    if not len(made):
        return {}
    is_host = made.tier == HOST
    a = _join(is_host, _host(ground, wired, which, made), _switch(ground, wired, which, made.a, made.a_port, made.a_legs))
    b = _switch(ground, wired, which, made.b, made.b_port, made.b_legs)
    tray, path = route(ground.paths, a.tap, b.tap)
    length, cut = cable_lengths(ground.paths, a.tap, b.tap, tray, path, a.z, b.z, a.run, b.run, ground.rule)
    sku = _skus(ground, wired, which, made, cut, parts, sums)
    _cages(wired, made, sku, sums)
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
        "b_port": b.port, "speed_gbps": made.speed_gbps, "sku": sku, "path_id": path, "length_route_mm": length, "length_cut_mm": cut,
        "length_stock_mm": stock, "key": key,
    }  # fmt: skip


def _host(ground: Ground, wired: Wired, which: int, made: LinkArrays) -> _Side:
    """The endpoint of each link (rows of other tiers hold anything)."""
    at = np.where(made.tier == HOST, made.a, 0)
    rack, row = wired.ends.rack[at], wired.ends.row[at]
    design = ground.site.design[rack]
    per = [len(x) for x in ground.templates[which]]
    start = np.concatenate([[0], np.cumsum(per)])[design] + row
    column = {c: np.concatenate([getattr(x, c) for x in ground.templates[which]]) for c in ("device", "z_mm", "run_mm", "riser", "port")}
    device = ground.device_first[rack] + column["device"][start]
    port = column["port"][start] * wired.wish.planes + wired.ends.endpoints.subport[at]
    return _Side(
        device.astype(np.int32),
        port.astype(np.int32),
        (4 * rack + column["riser"][start]).astype(np.int32),
        column["z_mm"][start],
        column["run_mm"][start],
        (column["device"][start] % 256).astype(np.int32),
        rack,
    )


def _switch(ground: Ground, wired: Wired, which: int, ordinal: I32, port: I32, legs: Array) -> _Side:
    """The switch at one end of each link: its ports face the front; cables leave to the side their port stands on."""
    own = slice(int(ground.stand.first[which]), int(ground.stand.first[which + 1]))
    rack, unit = (ground.site.compute + ground.stand.rack[own]).astype(np.int32), ground.stand.unit[own]
    z = np.rint(ground.base_mm + (unit - 0.5) * ground.unit_mm).astype(np.int32)
    half = np.array([-(-int(p.number("cages") or 1) // 2) for p in wired.parts], np.int32)[np.minimum(ground.stand.tier[own], len(wired.parts) - 1)]
    at = np.minimum(ordinal, len(rack) - 1)
    right = port >= half[at] * np.maximum(legs, 1).astype(np.int32)
    run = np.full(len(at), SWITCH_RUN_MM, np.int32)
    return _Side(np.int32(ground.switch_first + own.start) + at, port, (4 * rack)[at] + right, z[at], run, unit[at], rack[at])


def _join(choose: NDArray[np.bool_], yes: _Side, no: _Side) -> _Side:
    return _Side(*(np.where(choose, getattr(yes, n), getattr(no, n)).astype(np.int32) for n in _Side.__slots__))


def _skus(ground: Ground, wired: Wired, which: int, made: LinkArrays, cut: I32, parts: list[Part], sums: Sums) -> NDArray[np.int16]:
    """Menu line of each cable, -1 where nothing reaches; one menu for each tier."""
    sku = np.full(len(cut), -1, np.int16)
    for tier in np.unique(made.tier).tolist():
        own = np.flatnonzero(made.tier == tier)
        if tier not in sums.menus:
            sums.menus[tier] = make_menu(_need(ground, wired, which, made, int(own[0])), parts)
            sums.pieces[tier] = np.zeros(len(sums.menus[tier].skus), np.int64)
        menu = sums.menus[tier]
        sku[own] = menu.choose(cut[own])
        sums.pieces[tier] += np.bincount(sku[own][sku[own] >= 0], minlength=len(menu.skus))
        missed = (sku[own] < 0) & (cut[own] >= 0)
        sums.unreached += int(missed.sum())
        sums.too_long_mm = max(sums.too_long_mm, int(cut[own][missed].max(initial=0)))
    return sku


def _cages(wired: Wired, made: LinkArrays, sku: NDArray[np.int16], sums: Sums) -> None:
    """Puts the modules of the cables of a cell into the switch cages they end in."""
    if not sums.span:
        sums.span = max(int((p.number("cages") or 0) + (p.number("uplink_cages") or 0)) for p in wired.parts)
        sums.held = np.full(len(wired.plan.switches) * sums.span, -1, np.int16)
    for tier, menu in sums.menus.items():
        if tier == TORUS:
            continue
        own = np.flatnonzero((made.tier == tier) & (sku >= 0))
        ends = [(made.b, made.b_port, made.b_legs, 1), (made.a, made.a_port, made.a_legs, 0)]
        for switch, port, legs, side in ends[: 1 if tier == HOST else 2]:
            module = module_ids(menu, sums.modules)[side]
            cage = switch[own].astype(np.int64) * sums.span + port[own] // np.maximum(legs[own], 1)
            sums.held[cage] = np.maximum(sums.held[cage], module[sku[own]])


def _need(ground: Ground, wired: Wired, which: int, made: LinkArrays, i: int) -> Need:
    """What the cables of a tier have to carry, from its first link: all of a tier are alike."""
    switch = [
        _cage(wired, int(t), int(p), int(legs))
        for t, p, legs in (
            (wired.plan.switches.tier[made.b[i]], made.b_port[i], made.b_legs[i]),
            (wired.plan.switches.tier[made.a[i]] if made.tier[i] != HOST else 0, made.a_port[i], made.a_legs[i]),
        )
    ]
    if made.tier[i] != HOST:
        return Need(float(made.speed_gbps[i]), switch[1], switch[0])
    rack, row = int(wired.ends.rack[made.a[i]]), int(wired.ends.row[made.a[i]])
    t = ground.templates[which][int(ground.site.design[rack])]
    shape = "flat" if t.connector[row].startswith("osfp") else ""
    return Need(float(made.speed_gbps[i]), End(t.connector[row], shape, int(t.cage_ports[row]) * wired.wish.planes), switch[0])


def _cage(wired: Wired, tier: int, port: int, legs: int) -> End:
    part = wired.parts[min(tier, len(wired.parts) - 1)]
    cages = int(part.number("cages") or 0)
    if part.number("uplink_cages") and port // max(legs, 1) >= cages:
        return End(part.text("uplink_connector"), "", max(legs, 1))
    connector = part.text("cage_connector")
    return End(connector, "finned" if connector.startswith("osfp") else "", max(legs, 1))


def bill(wired: Wired, sums: Sums) -> list[dict[str, Any]]:
    """Parts of a fabric's cables: (part, kind, quantity) of cables, and of the modules at their ends."""
    rows: dict[tuple[str, str], float] = {}

    def add(kind: str, part: str, quantity: float) -> None:
        if part and quantity:
            rows[kind, part] = rows.get((kind, part), 0.0) + quantity

    for tier, menu in sums.menus.items():
        for i in np.flatnonzero(sums.pieces[tier]).tolist():
            sku, n = menu.skus[i], int(sums.pieces[tier][i])
            add("cable", sku.part, n * sku.pieces)
            if tier in (HOST, TORUS):
                add("transceiver", sku.a_module, n * sku.a_modules)
            if tier == TORUS:
                add("transceiver", sku.b_module, n * sku.b_modules)
    for part, n in zip(sums.modules, np.bincount(sums.held[sums.held >= 0], minlength=len(sums.modules)).tolist(), strict=True):
        add("transceiver", part, n)
    return [{"kind": k, "part": p, "quantity": q} for (k, p), q in sorted(rows.items())]


def rack_key(site: Site) -> NDArray[np.uint64]:
    """A stable key of each rack from where it stands."""
    where = site.positions
    return rack_keys(where.hall[site.at], where.row[site.at], where.place[site.at])
