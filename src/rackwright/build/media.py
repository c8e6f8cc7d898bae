"""The cheapest medium of every cable: copper, active copper, active optical, or modules with fibre, in the lengths they are sold in.

For one kind of link (`Need`) the parts of a catalogue make a short `Menu`: every part in every stock length that works, and for each length
asked for the cheapest of them. Cost against length is a staircase, so a million cables are one binary search.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, pi
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.catalog.part import Part

I16: TypeAlias = NDArray[np.int16]
I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]

PLUGGED = ("dac", "acc", "aec", "aoc", "cat6")  # sold with their plugs on
FIBRES = ("om3", "om4", "om5", "os2")
UNREACHED = -1  # sku of a cable longer than anything on the menu


@dataclass(frozen=True, slots=True)
class End:
    """The cage at one end: connector as in the part's ports, the module shape it takes (`finned`, `flat`; empty: any), and how many
    links meet in it. A plug fills its cage, so a cage of two links takes no cable that carries one of them.
    """

    connector: str
    shape: str = ""
    ports: int = 1


@dataclass(frozen=True, slots=True)
class Need:
    """What one cable has to carry: `links` links of `speed_gbps` from one cage at a to `b_cages` cages at b (1, or one for each link).

    400G between cages of two ports is `links` 1 where each link goes its own way, and 2 where both run between the same two cages.
    """

    speed_gbps: float
    a: End
    b: End
    links: int = 1
    b_cages: int = 1


@dataclass(frozen=True, slots=True)
class Plant:
    """Fibre between the modules: mated pairs on the way (0: one jumper; 2: a trunk between two panels), their loss, cost of it all a fibre cable.

    0.35 dB a pair is low-loss MPO, 0.5 dB and up standard; the pairs at the modules are in the budget of the optics already.
    """

    connections: int = 0
    connection_loss_db: float = 0.35
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Sku:
    """One line of a menu: a cable part in one length, with the modules at both ends (empty: none).

    Everything is for one cable as `Need` describes it: `pieces` of the part, `a_modules`, `b_modules` of each module (a half where the
    other port of a twin module serves another cable), cost in US cents, power of both ends, cross section in 0.01 mm2, channel loss and
    its budget (0 where the plugs are on). A link faster than one engine of a module takes several, and as many fibres (800G over 2 x DR4).
    """

    part: str
    medium: str
    stock_mm: int
    pieces: int
    a_module: str
    b_module: str
    a_modules: float
    b_modules: float
    cost_cents: int
    power_w: float
    area_mm2_100: int
    loss_db: float
    budget_db: float


@dataclass(frozen=True, slots=True)
class Menu:
    """Skus of one need; for lengths up to `upto_mm[i]` (rising), `best[i]` is the cheapest. The columns hold what skus cost, by sku."""

    skus: tuple[Sku, ...]
    upto_mm: I32
    best: I16
    stock_mm: I32
    cost_cents: I64
    power_w: NDArray[np.float32]
    area_mm2_100: I32

    def choose(self, length_mm: I32) -> I16:
        """The sku for each cut length, UNREACHED where the length is negative (no path) or nothing on the menu is long enough."""
        at = np.searchsorted(self.upto_mm, length_mm)
        sku = np.append(self.best, np.int16(UNREACHED))[at]
        sku[length_mm < 0] = UNREACHED
        return sku

    @property
    def reach_mm(self) -> int:
        """The longest length anything on the menu serves; 0 for an empty menu."""
        return int(self.upto_mm[-1]) if len(self.upto_mm) else 0


def loss_reach_mm(budget_db: float, loss_per_km_db: float, plant: Plant) -> int:
    """Longest fibre whose channel loss stays within a budget, in mm; -1 where the connections alone are over it."""
    left = round(budget_db - plant.connections * plant.connection_loss_db, 9)
    if left < 0:
        return -1
    return floor(round(left / loss_per_km_db * 1e6, 3)) if loss_per_km_db else 10**9


def channel_loss_db(length_mm: float, loss_per_km_db: float, plant: Plant) -> float:
    """Insertion loss of a fibre channel: the fibre and its connections."""
    return length_mm * 1e-6 * loss_per_km_db + plant.connections * plant.connection_loss_db


def make_menu(need: Need, parts: Iterable[Part], plant: Plant | None = None, usd_per_w: float = 0.0, media: tuple[str, ...] = ()) -> Menu:
    """What serves a need, from parts of kinds `cable` and `transceiver`.

    `usd_per_w` is what a watt costs over the life of the link; it sways the choice and stays out of `cost_cents`. `media` limits the
    choice (empty: all). Equal offers go to the shorter stock, then the part of lower name, so that the order of parts means nothing.
    """
    known = sorted(parts, key=lambda p: p.name)
    cables, modules = ([p for p in known if p.kind == kind] for kind in ("cable", "transceiver"))
    made = [s for p in cables if p.text("medium") in PLUGGED for s in _plugged(need, p)]
    made += _optical(need, [p for p in cables if p.text("medium") == "fibre"], modules, plant or Plant())
    skus = [s for s in made if not media or s.medium in media]
    return _menu(skus, usd_per_w)


def _menu(skus: list[Sku], usd_per_w: float) -> Menu:
    skus = sorted(skus, key=lambda s: (s.stock_mm, s.part, s.a_module, s.b_module))
    if len(skus) > np.iinfo(np.int16).max:
        raise ValueError(f"{len(skus)} combinations of part and length; give cables fewer stock lengths or a longer cutting step")
    stock = np.array([s.stock_mm for s in skus], np.int32)
    weight = np.array([s.cost_cents + 100 * usd_per_w * s.power_w for s in skus])
    upto = np.unique(stock)
    # From the longest down: the cheapest sku of this length or more; a tie goes to the shorter.
    best = np.empty(len(upto), np.int16)
    chosen = -1
    for i in range(len(upto) - 1, -1, -1):
        for j in np.flatnonzero(stock == upto[i])[::-1]:
            if chosen < 0 or weight[j] <= weight[chosen]:
                chosen = int(j)
        best[i] = chosen
    return Menu(
        tuple(skus),
        upto,
        best,
        stock,
        np.array([s.cost_cents for s in skus], np.int64),
        np.array([s.power_w for s in skus], np.float32),
        np.array([s.area_mm2_100 for s in skus], np.int32),
    )


def _plugged(need: Need, part: Part) -> list[Sku]:
    """Stock lengths of a cable with plugs on, if it fits both cages and carries the links."""
    legs, links = int(part.number("legs") or 1), int(part.number("links") or 1)
    plugs = (part.text("connector_a"), part.text("connector_b"))
    wanted = (need.a.connector, need.b.connector)
    fits = plugs == wanted or (legs == 1 and plugs[::-1] == wanted)
    full = need.links == need.a.ports == need.b.ports * need.b_cages
    if not (fits and full) or legs != need.b_cages or need.links > links or part.number("speed") != need.links * need.speed_gbps:
        return []
    power = (part.number("power_end") or 0.0) * (1 + legs)
    return [
        Sku(part.name, part.text("medium"), mm, 1, "", "", 0.0, 0.0, _cents(part, mm), power, _area(part), 0.0, 0.0)
        for mm in _stock(part, part.number("reach_max"))
    ]


def _optical(need: Need, fibres: list[Part], modules: list[Part], plant: Plant) -> list[Sku]:
    """Every pair of modules of one kind of optics, with every fibre between them that keeps to reach and loss."""
    made = []
    ends = [[m for m in modules if _sits(m, end, need)] for end in (need.a, need.b)]
    for a in ends[0]:
        for b in ends[1]:
            if all(a.text(fact) == b.text(fact) for fact in ("optics", "fibre_connector")) and _engines(a, need) == _engines(b, need):
                for f in fibres:
                    made += _lit(need, a, b, f, plant)
    return made


def _engines(module: Part, need: Need) -> float:
    """Engines of a module that one link takes."""
    return need.speed_gbps * (module.number("links") or 1) / (module.number("speed") or 1e-9)


def _sits(module: Part, end: End, need: Need) -> bool:
    """Whether a module goes into a cage and drives the links that meet there at their speed."""
    engines, shape = _engines(module, need), not end.shape or module.text("shape") in ("", end.shape)
    return (
        module.text("connector") == end.connector
        and shape
        and engines >= 1
        and engines % 1 == 0
        and end.ports * engines <= (module.number("links") or 1)
    )


def _lit(need: Need, a: Part, b: Part, fibre: Part, plant: Plant) -> list[Sku]:
    kind, loss = fibre.text("fibre"), fibre.number("attenuation_per_km") or 0.0
    plug = a.text("fibre_connector")
    reaches = [m.number(f"reach_{kind}") if kind in FIBRES else None for m in (a, b)]
    if None in reaches or (fibre.text("connector_a"), fibre.text("connector_b")) != (plug, plug):
        return []
    budget = min(a.number("loss_budget") or 0.0, b.number("loss_budget") or 0.0)
    reach = min(*(r for r in reaches if r is not None), fibre.number("reach_max") or 1e9, loss_reach_mm(budget, loss, plant))
    share = [need.links / end.ports for end in (need.a, need.b)]
    fibres = round(need.links * _engines(a, need))
    price = sum(s * (m.number("price") or 0.0) for s, m in zip(share, (a, b), strict=True)) + fibres * plant.cost_usd
    power = sum(s * (m.number("power_max") or 0.0) for s, m in zip(share, (a, b), strict=True))
    return [
        Sku(
            fibre.name,
            "fibre",
            mm,
            fibres,
            a.name,
            b.name,
            share[0],
            share[1],
            fibres * _cents(fibre, mm) + round(100 * price),
            power,
            fibres * _area(fibre),
            round(channel_loss_db(mm, loss, plant), 4),
            budget,
        )
        for mm in _stock(fibre, reach)
    ]


def _stock(part: Part, reach_mm: float | None) -> list[int]:
    """Lengths a part is sold in, up to its reach; one cut to order comes in steps (of a metre unless it says otherwise)."""
    far = 10**7 if reach_mm is None else reach_mm
    listed = part.text("lengths").split()
    if listed:
        return [mm for mm in sorted({round(1000 * float(v)) for v in listed}) if mm <= far]
    step = max(1, round(part.number("cut_step") or 1000))
    return list(range(step, floor(far) + 1, step)) if reach_mm is not None else []


def _cents(part: Part, mm: int) -> int:
    return round(100 * ((part.number("price") or 0.0) + (part.number("price_per_m") or 0.0) * mm / 1000))


def _area(part: Part) -> int:
    return round(100 * pi / 4 * (part.number("diameter") or 0.0) ** 2)


def module_ids(menu: Menu, names: list[str]) -> tuple[I16, I16]:
    """Modules of each sku at a and b as places in `names`, which grows by those it lacks; -1 for none."""

    def place(name: str) -> int:
        if name and name not in names:
            names.append(name)
        return names.index(name) if name else -1

    both = [(place(s.a_module), place(s.b_module)) for s in menu.skus]
    a, b = np.array(both, np.int16).reshape(-1, 2).T
    return a, b


def count_modules(cage: I64, module: I16, modules: int) -> tuple[I64, I64]:
    """Modules to buy, by id, and the cages that two different ones are wanted for.

    One element of `cage` (dense ids over all devices) and `module` (-1: plugged cable) for each cable end: ports of a twin cage share one
    module, and a cage with one port in use still needs it.
    """
    held = np.full(int(cage.max()) + 1 if len(cage) else 0, -1, np.int16)
    lit = module >= 0
    held[cage[lit]] = module[lit]
    clash = np.unique(cage[held[cage] != module])
    return np.bincount(held[held >= 0], minlength=modules).astype(np.int64), clash
