"""Every part that serves one kind of cable, in every length it is sold in: copper, active copper, active optical, or modules with fibre.

One kind of cable is a `Need`: links that leave together through common cages. A part serves it whole (a splitter, a shuffle) or link by link.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import floor, gcd, pi

from rackwright.catalog.part import Part

PLUGGED = ("dac", "acc", "aec", "aoc", "cat6")  # sold with their plugs on
FIBRES = ("om3", "om4", "om5", "os2")


@dataclass(frozen=True, slots=True)
class End:
    """The cage at one end: connector as in the part's ports, the module shape it takes (`finned`, `flat`; empty: any), how many links meet in
    it, what it speaks (`ethernet`, `infiniband`; empty: either), and how fast the whole cage is (0: not known). A plug fills its cage, so a cage
    of two links takes no cable that carries one of them.
    """

    connector: str
    shape: str = ""
    ports: int = 1
    protocol: str = ""
    cage_gbps: float = 0.0


@dataclass(frozen=True, slots=True)
class Need:
    """Links of `speed_gbps` that leave together: `links` of them between `a_cages` cages at a and `b_cages` at b, as many between any two.

    400G between cages of two ports is `links` 1 where each link goes its own way, 2 where both run between the same two cages, and 4 over two
    cages at each end where every cage is broken out over the two others.
    """

    speed_gbps: float
    a: End
    b: End
    links: int = 1
    b_cages: int = 1
    a_cages: int = 1

    @property
    def shares(self) -> tuple[int, int]:
        """Links of a cage at a and of one at b; more may meet there from elsewhere."""
        return self.links // self.a_cages, self.links // self.b_cages


@dataclass(frozen=True, slots=True)
class Plant:
    """Mated pairs on the way between the modules (0: one jumper; 2: a trunk between two panels) and the loss of each.

    0.35 dB a pair is low-loss MPO, 0.5 dB and up standard; the pairs at the modules are in the budget of the optics already.
    """

    connections: int = 0
    connection_loss_db: float = 0.35


@dataclass(frozen=True, slots=True)
class Sku:
    """One line of a menu: a cable part in one length, with the modules at both ends (empty: none).

    Everything is for all links of a `Need`: `pieces` of the part, `a_modules`, `b_modules` of each module (a half where the other port of a
    twin module serves another cable), cost in US cents (`cable_cents` of it without modules), power of both ends, cross section in 0.01 mm2;
    then channel loss and its budget (0 where the plugs are on). One cable carries `links` of them, `a_plug` in each plug at a and `b_plug` in
    each at b: (2, 2, 1) is a splitter with its trunk at a, (4, 2, 2) a shuffle. A link faster than one engine of a module takes several pieces
    (800G over 2 x DR4), which count as one cable.

    Where `ports` is not 0 the part is a trunk that so many links share: then `cable_cents` and the cross section are those of the whole trunk with
    `panels` of its `panel`, and every link has two of the `jumper`, `link_cents` together.
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
    cable_cents: int = 0
    links: int = 1
    a_plug: int = 1
    b_plug: int = 1
    ports: int = 0
    jumper: str = ""
    panel: str = ""
    panels: int = 0
    link_cents: int = 0


def loss_reach_mm(budget_db: float, loss_per_km_db: float, plant: Plant) -> int:
    """Longest fibre whose channel loss stays within a budget, in mm; -1 where the connections alone are over it."""
    left = round(budget_db - plant.connections * plant.connection_loss_db, 9)
    if left < 0:
        return -1
    return floor(round(left / loss_per_km_db * 1e6, 3)) if loss_per_km_db else 10**9


def channel_loss_db(length_mm: float, loss_per_km_db: float, plant: Plant) -> float:
    """Insertion loss of a fibre channel: the fibre and its connections."""
    return length_mm * 1e-6 * loss_per_km_db + plant.connections * plant.connection_loss_db


def offers(need: Need, parts: Iterable[Part], within_budget: bool = True) -> list[Sku]:
    """Every part of kinds `cable` and `transceiver` that serves a need, in every stock length; by name of part.

    `within_budget` False leaves the loss of fibre out, to tell by how much it is over.
    """
    known = sorted(parts, key=lambda p: p.name)
    cables, modules = ([p for p in known if p.kind == kind] for kind in ("cable", "transceiver"))
    made = [s for p in cables if p.text("medium") in PLUGGED for s in _plugged(need, p)]
    fibres = [p for p in cables if p.text("medium") == "fibre"]
    return made + _optical(need, fibres, modules, within_budget) + _through(need, fibres, modules)


@dataclass(frozen=True, slots=True)
class _Fan:
    """How a cable part fans out between the cages of a need: links of a plug at a and at b, and of the whole cable."""

    a: int
    b: int
    links: int


def _whole(part: Part, fact: str) -> int:
    return int(part.number(fact) or 1)


def _fans(need: Need, part: Part, plugs: tuple[str, str], links: int) -> list[_Fan]:
    """Ways to lay a cable of `links` links between plugs of these connectors; none where it does not cover the need without rest."""
    trunks, legs = _whole(part, "trunks"), _whole(part, "legs")
    if links % trunks or links % legs or need.links % links:
        return []
    near, far = part.text("connector_a"), part.text("connector_b")
    ways = [(near, far, trunks, legs), (far, near, legs, trunks)]
    found = {
        _Fan(links // t, links // n, links) for first, second, t, n in ways if (first, second) == plugs and _covers(need, t, n, links)
    }  # fmt: skip
    return sorted(found, key=lambda f: (f.a, f.b))


def _covers(need: Need, trunks: int, legs: int, links: int) -> bool:
    """Whether copies of a cable with those plugs at a and at b make up the need."""
    share_a, share_b = need.shares
    between = need.links // (need.a_cages * need.b_cages)  # links between any two cages
    plug_a, plug_b = links // trunks, links // legs
    if share_a % plug_a or share_b % plug_b:
        return False
    if trunks == legs == 1:
        return between % links == 0
    if trunks == 1:
        return between % plug_b == 0 and (share_a // plug_b) % legs == 0
    if legs == 1:
        return between % plug_a == 0 and (share_b // plug_a) % trunks == 0
    return (trunks, legs, links) == (need.a_cages, need.b_cages, need.links)


def _plugged(need: Need, part: Part) -> list[Sku]:
    """Stock lengths of a cable with plugs on, if it fits the cages, fills them and carries the links."""
    if need.shares != (need.a.ports, need.b.ports) or need.links > _whole(part, "links") or part.number("speed") != need.links * need.speed_gbps:
        return []
    fans = [f for f in _fans(need, part, (need.a.connector, need.b.connector), need.links) if (f.a, f.b) == need.shares]
    power = (part.number("power_end") or 0.0) * (need.a_cages + need.b_cages)
    section, medium = area(part), part.text("medium")
    return [
        Sku(part.name, medium, mm, 1, "", "", 0.0, 0.0, cost, power, section, 0.0, 0.0, cost, f.links, f.a, f.b)
        for f in fans[:1]
        for mm in stock(part, part.number("reach_max"))
        for cost in (cents(part, mm),)
    ]


@dataclass(frozen=True, slots=True)
class Seat:
    """A module in the cages at one end: how many of its fibre connectors a link takes (`engines`, 1 or more), or how many links one
    connector is split into (`split`), and what such a link looks like on the fibre.
    """

    module: Part
    engines: int
    split: int
    optics: str


def seats(end: End, need: Need, modules: list[Part]) -> list[Seat]:
    """Modules that go into a cage and drive the links that meet there at their speed."""
    found = []
    for m in modules:
        links, speed = _whole(m, "links"), m.number("speed") or 1e-9
        engine = speed / links
        if m.text("connector") != end.connector or (end.shape and m.text("shape") not in ("", end.shape)):
            continue
        if end.protocol and m.text("protocol") not in ("", end.protocol):
            continue
        if end.cage_gbps and speed > end.cage_gbps:
            continue
        if need.speed_gbps % engine == 0 and end.ports * (need.speed_gbps // engine) <= links:
            found.append(Seat(m, int(need.speed_gbps // engine), 1, m.text("optics")))
        split = engine / need.speed_gbps
        if split > 1 and split % 1 == 0 and _whole(m, "split") % split == 0 and end.ports <= links * split:
            found.append(Seat(m, 1, int(split), _leg_optics(m, int(split))))
    return found


def _leg_optics(module: Part, split: int) -> str:
    named = dict(word.split(":", 1) for word in module.text("optics_leg").split())
    return named.get(str(split), module.text("optics"))


def _optical(need: Need, fibres: list[Part], modules: list[Part], within_budget: bool) -> list[Sku]:
    """Every pair of modules of one kind of optics, with every fibre between them that keeps to reach and loss."""
    by_plugs = defaultdict[frozenset[str], list[Part]](list)
    for f in fibres:
        by_plugs[frozenset((f.text("connector_a"), f.text("connector_b")))].append(f)
    made, far = [], seats(need.b, need, modules)
    for a in seats(need.a, need, modules):
        for b in far:
            if a.optics == b.optics and a.engines == b.engines:
                for f in by_plugs[frozenset((a.module.text("fibre_connector"), b.module.text("fibre_connector")))]:
                    made += _lit(need, (a, b), f, within_budget)
    return made


def _through(need: Need, fibres: list[Part], modules: list[Part]) -> list[Sku]:
    """Fibre from a module into a device at b that only passes the light on (a circuit switch whose ports are fibre connectors): no module there,
    and half of the reach and of the loss budget, as the way goes on to another such end.
    """
    made = []
    for a in seats(need.a, need, modules):
        if a.module.text("fibre_connector") == need.b.connector and need.links == 1:
            share = 1 / need.a.ports
            price, power = (share * (a.module.number(n) or 0.0) for n in ("price", "power_max"))
            for s in (s for f in fibres for s in _lit(need, (a, a), f, within_budget=True)):
                half = s.budget_db / 2
                if 2 * s.stock_mm <= (a.module.number(f"reach_{_glass(s, fibres)}") or 0.0) and s.loss_db <= half:
                    cost = s.cable_cents + round(100 * price)
                    made.append(replace(s, b_module="", b_modules=0.0, cost_cents=cost, power_w=power, budget_db=half))
    return made


def _glass(sku: Sku, fibres: list[Part]) -> str:
    return next(f.text("fibre") for f in fibres if f.name == sku.part)


def _lit(need: Need, ends: tuple[Seat, Seat], fibre: Part, within_budget: bool) -> list[Sku]:
    """Stock lengths of a fibre between two modules."""
    loss = fibre.number("attenuation_per_km") or 0.0
    a, b = (s.module for s in ends)
    reach = fibre_reach_mm(ends, fibre)
    if reach is None:
        return []
    plugs = (a.text("fibre_connector"), b.text("fibre_connector"))
    is_jumper = _whole(fibre, "trunks") == _whole(fibre, "legs") == 1
    carried = sorted({1, gcd(ends[0].split, ends[1].split)}, reverse=True) if is_jumper else [_whole(fibre, "links")]
    # A plug in a connector that can be split carries its legs, or a single link (the far end of a splitter).
    fans = [f for n in carried for f in _fans(need, fibre, plugs, n) if f.a in (1, ends[0].split) and f.b in (1, ends[1].split)]
    fans = [f for f in fans if _has_connectors(f, need, ends)]
    budget = min(a.number("loss_budget") or 0.0, b.number("loss_budget") or 0.0)
    if within_budget:
        reach = min(reach, loss_reach_mm(budget, loss, Plant()))
    share = [need.links / end.ports for end in (need.a, need.b)]
    made = []
    for f in fans[:1]:
        pieces = need.links // f.links * ends[0].engines
        price = sum(s * (m.number("price") or 0.0) for s, m in zip(share, (a, b), strict=True))
        power = sum(s * (m.number("power_max") or 0.0) for s, m in zip(share, (a, b), strict=True))
        section = pieces * area(fibre)
        for mm in stock(fibre, reach):
            cable = pieces * cents(fibre, mm)
            made.append(
                Sku(
                    fibre.name, "fibre", mm, pieces, a.name, b.name, share[0], share[1], cable + round(100 * price), power, section,
                    round(channel_loss_db(mm, loss, Plant()), 4), budget, cable, f.links, f.a, f.b,
                )
            )  # fmt: skip
    return made


def _has_connectors(fan: _Fan, need: Need, ends: tuple[Seat, Seat]) -> bool:
    """Whether every plug finds a connector: one that carries less than its module could still takes a connector of its own."""
    plugs = [end.ports / carried for end, carried in zip((need.a, need.b), (fan.a, fan.b), strict=True)]
    return all(p * s.engines <= _whole(s.module, "links") for p, s in zip(plugs, ends, strict=True))


def fibre_reach_mm(ends: tuple[Seat, Seat], fibre: Part) -> float | None:
    """How far both modules reach over a fibre that is sold that long, whatever it loses; None where one does not light it."""
    kind = fibre.text("fibre")
    found = [s.module.number(f"reach_{kind}") if kind in FIBRES else None for s in ends]
    return None if None in found else min(*(r for r in found if r is not None), fibre.number("reach_max") or 1e9)


def stock(part: Part, reach_mm: float | None) -> list[int]:
    """Lengths a part is sold in, up to its reach; one cut to order comes in steps (of a metre unless it says otherwise)."""
    far = 10**7 if reach_mm is None else reach_mm
    listed = part.text("lengths").split()
    if listed:
        return [mm for mm in sorted({round(1000 * float(v)) for v in listed}) if mm <= far]
    step = max(1, round(part.number("cut_step") or 1000))
    return list(range(step, floor(far) + 1, step)) if reach_mm is not None else []


def cents(part: Part, mm: int) -> int:
    """Price of a length in US cents."""
    return round(100 * ((part.number("price") or 0.0) + (part.number("price_per_m") or 0.0) * mm / 1000))


def area(part: Part) -> int:
    """Cross section of a cable in 0.01 mm2: of its legs where they are known, which is what lies in the tray, else of its jacket."""
    leg = part.number("diameter_leg")
    tails = max(_whole(part, "trunks"), _whole(part, "legs"))
    jackets = (leg, tails) if leg and tails > 1 else (part.number("diameter") or 0.0, 1)
    return round(100 * pi / 4 * jackets[0] ** 2 * jackets[1])
