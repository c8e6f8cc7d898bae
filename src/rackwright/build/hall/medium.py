"""Media of one fabric: the kinds of cable it has, found before any cell, and the menu of each. Read-only while cells are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.fabrics.fabric import Array, LinkArrays
from rackwright.build.fabrics.stage import ALONE, Bundle, Stage, Up
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.template import Template
from rackwright.build.hall.wire import Ends, Wired
from rackwright.build.media import End, Need
from rackwright.build.menu import Menu, make_menu
from rackwright.catalog.part import Part
from rackwright.schema.links import HOST, TORUS
from rackwright.spec.fabric import Fabric

I16: TypeAlias = NDArray[np.int16]
I32: TypeAlias = NDArray[np.int32]
_Number: TypeAlias = Callable[[int, Need], int]  # of a kind of cable, by tier; the same for equal ones


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of cable of a fabric: tier, what it needs and what serves that. Its skus begin at `first` in the fabric's list."""

    tier: int
    need: Need
    menu: Menu
    first: int

    @property
    def on_endpoints(self) -> tuple[bool, bool]:
        """Whether the end at a, and at b, is an endpoint; otherwise a switch."""
        return self.tier in (HOST, TORUS), self.tier == TORUS


@dataclass(frozen=True, slots=True, eq=False)
class Media:
    """Kinds of cable of one fabric, and columns of all their skus, kind after kind, with one more for -1 (nothing reaches).

    A link's kind is `of_row` at the template row of its endpoint (`rows`, rows of all designs one after the other; `first` of each rack), `of_torus`
    where both ends are endpoints, else `of_stage`. `cage` is the cage of each template row in its rack. Modules are places in `modules`, -1 for
    none; the further a module reaches, the higher its place. `area` is the share of one link in the cable's cross section, 0.01 mm2 (of a trunk
    all of it); `ports`, `links`, `a_plug`, `b_plug` as in `media.Sku`. A switch has `span` cages at most. `beside[stage]` (last, as stage -1, of
    links to endpoints) are the cells whose links share switch cages with those of a cell: what is in such a cage is chosen by the links of all.
    """

    kinds: tuple[Kind, ...]
    first: I32
    of_row: I16
    of_torus: I16
    of_stage: I16
    cage: Array
    modules: tuple[str, ...]
    stock_mm: I32
    area: I32
    ports: NDArray[np.uint8]
    links: NDArray[np.uint8]
    a_plug: NDArray[np.uint8]
    b_plug: NDArray[np.uint8]
    a_module: I16
    b_module: I16
    span: int
    switches: int
    beside: tuple[dict[int, list[int]], ...]

    def rows(self, ends: Ends, endpoint: I32) -> I32:
        """Template rows of some endpoints of the fabric, which has these `ends`."""
        return self.first[ends.rack[endpoint]] + ends.row[endpoint]

    @property
    def skus(self) -> int:
        """Length of the list."""
        return len(self.stock_mm) - 1


def media(ground: Ground, wired: Wired, which: int, parts: Iterable[Part], usd_per_w: float) -> Media:
    """What the cables of a fabric, `which` in the spec, may be made of. `parts`: every cable and transceiver on offer; `usd_per_w` is the price
    of power where the fabric gives none.
    """
    templates, price = ground.templates[which], usd_per_w if wired.wish.watt is None else wired.wish.watt
    offered, kinds = list(parts), dict[tuple[int, Need], int]()
    of_row, of_torus, of_stage = _kinds(wired, templates, kinds)
    made, first, by_need = [], 0, dict[Need, Menu]()
    for tier, need in kinds:
        if need not in by_need:
            by_need[need] = make_menu(need, offered, price, tuple(wired.wish.media), trunks(wired.wish))
        made.append(Kind(tier, need, by_need[need], first))
        first += len(by_need[need].skus)
    if first > np.iinfo(np.int16).max:
        raise ValueError(f"fabric `{wired.name}`: {first} combinations of part and length; give cables fewer stock lengths")
    cage = np.concatenate([np.empty(0, np.int32), *(x.cage for x in templates)])
    span = max(int((p.number("cages") or 0) + (p.number("uplink_cages") or 0)) for p in wired.parts)
    hosts, plan = wired.plan.hosts, wired.plan
    shared = hosts.beside(plan.first, wired.ends.endpoints) if hosts else set[tuple[int, int]]()
    beside = tuple(_by_cell(pairs) for pairs in (*(s.beside() if isinstance(s, Up) else () for s in plan.stages), shared))
    return Media(
        tuple(made),
        first_rows(ground, which),
        of_row,
        of_torus,
        of_stage,
        cage,
        span=span,
        switches=len(wired.plan.switches),
        beside=beside,
        **_columns(made),
    )


def first_rows(ground: Ground, which: int) -> I32:
    """`Media.first` of a fabric, all of it that depends on where designs stand."""
    return ground.rows[which].first[ground.site.design]


def _kinds(wired: Wired, templates: list[Template], kinds: dict[tuple[int, Need], int]) -> tuple[I16, I16, I16]:
    """Kinds of cable by template row (to a leaf, to another endpoint) and by stage, numbered into `kinds`."""

    def known(tier: int, need: Need) -> int:
        return kinds.setdefault((tier, need), len(kinds))

    of_row, of_torus = _of_rows(wired, templates, known)
    return of_row, of_torus, np.array([_of_stage(wired, s, known) for s in wired.plan.stages], np.int16)


def needs_of(wired: Wired, templates: list[Template]) -> list[tuple[int, Need]]:
    """Tier and need of every kind of cable of a fabric, without places or lengths."""
    kinds = dict[tuple[int, Need], int]()
    _kinds(wired, templates, kinds)
    return list(kinds)


def trunks(wish: Fabric) -> int:
    """Mated pairs of a channel over trunks, 0 where fibre is laid direct."""
    return wish.connections if wish.cabling == "trunks" else 0


def _columns(kinds: list[Kind]) -> dict[str, Any]:
    """Columns of all skus, and names of modules, as `Media` has them."""
    skus = [(s, k) for k in kinds for s in k.menu.skus]
    reach: dict[str, int] = {}
    for s, _ in skus:
        for name in (s.a_module, s.b_module):
            if name:
                reach[name] = max(reach.get(name, 0), s.stock_mm)
    names = tuple(sorted(reach, key=lambda n: (reach[n], n)))
    place = {n: i for i, n in enumerate(names)} | {"": -1}
    return {
        "modules": names,
        "stock_mm": np.array([*(s.stock_mm for s, _ in skus), -1], np.int32),
        "area": np.array([*(s.area_mm2_100 if s.ports else -(-s.area_mm2_100 // k.need.links) for s, k in skus), 0], np.int32),
        "ports": np.array([*(s.ports for s, _ in skus), 0], np.uint8),
        "links": np.array([*(s.links for s, _ in skus), 1], np.uint8),
        "a_plug": np.array([*(s.a_plug for s, _ in skus), 1], np.uint8),
        "b_plug": np.array([*(s.b_plug for s, _ in skus), 1], np.uint8),
        "a_module": np.array([*(place[s.a_module] for s, _ in skus), -1], np.int16),
        "b_module": np.array([*(place[s.b_module] for s, _ in skus), -1], np.int16),
    }


def _of_rows(wired: Wired, templates: list[Template], known: _Number) -> tuple[I16, I16]:
    """Kind of the links of each template row: to a leaf, and to another endpoint."""
    hosts, wish = wired.plan.hosts, wired.wish
    blocks = hosts.blocks if hosts else ()
    lattice = wired.plan.stages[0] if hosts is None and wired.plan.stages else None
    host, torus = [], []
    for t in templates:
        for i in range(len(t)):
            shape = "flat" if t.connector[i].startswith("osfp") else ""
            end = End(t.connector[i], shape, int(t.cage_ports[i]) * wish.planes)
            speed = float(wish.speed or t.speed_gbps[i] / wish.planes)
            kind = int(t.kind[i])
            block = next((b for b in blocks if kind in b.kinds), next((b for b in blocks if not b.kinds), None))
            legs = block.budget.down_legs if block else getattr(lattice, "legs", 1)
            bundle = hosts.bundle(block) if hosts and block else ALONE
            host.append(known(HOST, _need(speed, end, _cage(wired, 0, 0, legs), bundle)))
            if lattice is not None:
                torus.append(known(TORUS, Need(speed, end, end)))
    return np.array(host, np.int16), np.array(torus, np.int16)


def _of_stage(wired: Wired, stage: Stage, known: _Number) -> int:
    """Kind of the links between switches of a stage, from the first of them: all of a stage are alike."""
    for cell in range(wired.plan.cells):
        made = stage.links(0, cell)
        own = np.flatnonzero((made.tier != HOST) & (made.tier != TORUS))[:1]
        if len(own):
            i = int(own[0])
            ends = [
                _cage(wired, int(wired.plan.switches.tier[ordinal]), int(port), int(legs))
                for ordinal, port, legs in ((made.a[i], made.a_port[i], made.a_legs[i]), (made.b[i], made.b_port[i], made.b_legs[i]))
            ]
            return known(int(made.tier[i]), _need(float(made.speed_gbps[i]), ends[0], ends[1], stage.bundle()))
        if len(made):
            break
    return -1


def _by_cell(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for cell, other in sorted(pairs):
        found.setdefault(cell, []).append(other)
    return found


def neighbours(wired: Wired, media: Media, cell: int, parts: list[tuple[int, LinkArrays]]) -> list[tuple[int, LinkArrays]]:
    """Links of other cells that share switch cages with those of a cell, given stage by stage and plane by plane as `plan.parts` does."""
    found, plane = [], dict[int, int]()
    for stage, made in parts:
        plane[stage] = plane.get(stage, -1) + 1
        for other in media.beside[stage].get(cell, []) if len(made) else []:
            theirs = wired.plan.stages[stage].links(plane[stage], other) if stage >= 0 else _of_hosts(wired, other)
            low, high = int(made.cable_group.min()), int(made.cable_group.max())
            seen = np.zeros(high - low + 1, bool)
            seen[made.cable_group - low] = True
            near = np.flatnonzero((theirs.cable_group >= low) & (theirs.cable_group <= high))
            found.append((stage, theirs.pick(near[seen[theirs.cable_group[near] - low]])))
    return found


def _of_hosts(wired: Wired, cell: int) -> LinkArrays:
    """Links of the endpoints of a cell."""
    hosts, (begin, end) = wired.plan.hosts, wired.plan.first[cell : cell + 2].tolist()
    return hosts.links(cell, begin, wired.ends.endpoints.pick(slice(begin, end))) if hosts else LinkArrays.join([])


def _need(speed: float, a: End, b: End, bundle: Bundle) -> Need:
    return Need(speed, a, b, bundle.links, bundle.b_cages, bundle.a_cages)


def _cage(wired: Wired, tier: int, port: int, legs: int) -> End:
    """The cage of a switch that a port is in."""
    part, legs = wired.parts[min(tier, len(wired.parts) - 1)], max(legs, 1)
    if part.number("uplink_cages") and port // legs >= int(part.number("cages") or 0):
        return End(part.text("uplink_connector"), "", legs, part.text("protocol"), part.number("uplink_speed") or 0.0)
    connector = part.text("cage_connector")
    return End(connector, "finned" if connector.startswith("osfp") else "", legs, part.text("protocol"), part.number("cage_speed") or 0.0)


def kinds_of(media: Media, ends: Ends, parts: list[tuple[int, LinkArrays]]) -> I16:
    """Kind of every link of a cell, given stage by stage as `plan.parts` does."""
    found = [np.empty(0, np.int16)]
    for stage, made in parts:
        if stage < 0:
            found.append(media.of_row[media.rows(ends, made.a)])
        elif len(media.of_torus):
            row = media.rows(ends, made.a)
            found.append(np.where(made.tier == TORUS, media.of_torus[row], media.of_row[row]))
        else:
            found.append(np.full(len(made), media.of_stage[stage], np.int16))
    return np.concatenate(found)
