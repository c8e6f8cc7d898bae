"""Media of a hall's cables: the menu of each kind of link, the modules that sit in the cages, and the bill of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.fabrics.fabric import HOST, TORUS, LinkArrays
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.wire import Wired
from rackwright.build.media import End, Menu, Need, make_menu, module_ids
from rackwright.catalog.part import Part

I32: TypeAlias = NDArray[np.int32]


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


def choose(ground: Ground, wired: Wired, which: int, made: LinkArrays, cut: I32, parts: list[Part], sums: Sums) -> NDArray[np.int16]:
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


def fill_cages(wired: Wired, made: LinkArrays, sku: NDArray[np.int16], sums: Sums) -> None:
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
