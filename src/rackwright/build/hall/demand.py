"""Every link of a hall as what it asks of a placement: which rack or switch each end is at, and what a length of it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.fabrics.fabric import LinkArrays
from rackwright.build.fabrics.plan import parts
from rackwright.build.hall.cable import cages_of
from rackwright.build.hall.choice import Cages, chosen
from rackwright.build.hall.ends import Side, both_sides
from rackwright.build.hall.ground import Ground, lane_shift
from rackwright.build.hall.medium import Kind, Media, kinds_of, media
from rackwright.build.hall.sums import in_cages, total
from rackwright.build.hall.wire import Wired
from rackwright.build.paths import LengthRule, Paths, cable_lengths, route
from rackwright.catalog.part import Part
from rackwright.schema.links import HOST, TORUS

I16: TypeAlias = NDArray[np.int16]
I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]

FAR_FACTOR = 4  # a link that nothing on the menu serves counts as so many times the dearest one, so that a search avoids it first


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """One end of each link, equal-length arrays. `who` is a compute rack, or the number of compute racks plus a switch; at position p the link takes
    tap 4 p + `track` (lane and riser); `run_mm` is the way inside the rack, `z_mm` the height of a port of a compute rack (of a switch: nothing yet).
    """

    who: I32
    track: I32
    run_mm: I32
    z_mm: I32

    def pick(self, rows: I64 | NDArray[np.bool_]) -> Ends:
        """Those rows."""
        return Ends(self.who[rows], self.track[rows], self.run_mm[rows], self.z_mm[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Fabric:
    """Links `first` to `last` are those of one fabric. Of them: tier, kind among those of `media`, and which meet in a cage or a cable."""

    first: int
    last: int
    media: Media
    tier: NDArray[np.uint8]
    kind: I16
    cages: Cages
    usd_per_w: float


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Links between racks and switches: both ends, and the kind of cable of each (index in `kinds`, fabric by fabric).

    `racks` is the number of compute racks. `cents` holds for each kind the staircase of weights: what a link counts by length, with the price of its
    power, and one step more for what nothing reaches. `prices` are those of modules, US cents.
    """

    kind: I32
    a: Ends
    b: Ends
    fabrics: tuple[Fabric, ...]
    kinds: tuple[Kind, ...]
    cents: tuple[I64, ...]
    racks: int
    prices: dict[str, int]

    def __len__(self) -> int:
        return len(self.kind)

    def weigh(self, kind: int, cut_mm: I32) -> I64:
        """What links of a kind count, US cents, by cut length; negative lengths have no path. Shape as `cut_mm`."""
        upto = self.kinds[kind].menu.upto_mm
        at = np.searchsorted(upto, cut_mm.ravel())
        at[cut_mm.ravel() < 0] = len(upto)
        return self.cents[kind][at].reshape(cut_mm.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where racks and switches stand: position of each rack (compute racks, then switch racks), switch rack and lowest unit of each switch."""

    at: I32
    rack: I32
    unit: I32


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Ways between all positions of the floor, see `Ends.track`. `z_mm` gives the height of a switch by its lowest unit."""

    paths: Paths
    rule: LengthRule
    z_mm: Callable[[I64], I32]

    def cut(self, a_tap: I64, b_tap: I64, a_z: I32, b_z: I32, a_run: I32, b_run: I32) -> I32:
        """Cut length of cables between taps, mm; -1 without a path. Arrays of one length."""
        return next(self.cuts(a_tap, b_tap, [a_z], b_z, a_run, b_run))

    def cuts(self, a_tap: I64, b_tap: I64, a_z: Iterable[I32], b_z: I32, a_run: I32, b_run: I32) -> Iterator[I32]:
        """The same for several heights of the ends at a."""
        a, b = a_tap.astype(np.int32), b_tap.astype(np.int32)
        tray, path = route(self.paths, a, b)
        for z in a_z:
            yield cable_lengths(self.paths, a, b, tray, path, z, b_z, a_run, b_run, self.rule)[1]


@dataclass(frozen=True, slots=True)
class Price:
    """What the cables of a layout come to. `weight_cents` is what a search makes small: cost, power at its price, and links out of reach."""

    weight_cents: int
    cost_cents: int
    length_mm: int
    power_w: float
    unreached: int


def demand(ground: Ground, wired: list[Wired], offers: list[Part], usd_per_w: float) -> Demand:
    """Every link of every fabric. `usd_per_w` is the price of power of fabrics that have none of their own."""
    fabrics: list[Fabric] = []
    ends: list[tuple[Ends, Ends]] = []
    numbers: list[I32] = []
    kinds: list[Kind] = []
    total = 0
    for which, each in enumerate(wired):
        offered = media(ground, each, which, offers, usd_per_w)
        cells = list(_cells(ground, each, which, offered))
        made, kind = LinkArrays.join([m for m, _, _ in cells]), np.concatenate([np.empty(0, np.int16), *(k for _, k, _ in cells)])
        numbers.append(kind.astype(np.int32) + len(kinds))
        kinds += offered.kinds
        ends += [e for _, _, e in cells]
        watt = usd_per_w if each.wish.watt is None else each.wish.watt
        fabrics.append(Fabric(total, total + len(made), offered, made.tier, kind, cages_of(each, offered, made), watt))
        total += len(made)
    sides = [Ends(*(np.concatenate([np.empty(0, np.int32), *(getattr(e[i], n) for e in ends)]) for n in Ends.__slots__)) for i in (0, 1)]
    cents = tuple(_stairs(k, f.usd_per_w) for f in fabrics for k in f.media.kinds)
    prices = {p.name: round(100 * (p.number("price") or 0.0)) for p in offers}
    number = np.concatenate([np.empty(0, np.int32), *numbers])
    return Demand(number, sides[0], sides[1], tuple(fabrics), tuple(kinds), cents, ground.site.compute, prices)


def _cells(ground: Ground, each: Wired, which: int, offered: Media) -> Iterator[tuple[LinkArrays, I16, tuple[Ends, Ends]]]:
    """Links, their kinds and their ends, cell by cell."""
    first, positions = each.plan.first, len(ground.site.positions)
    for cell in range(each.plan.cells):
        found = parts(each.plan, cell, each.ends.endpoints.pick(slice(int(first[cell]), int(first[cell + 1]))))
        made = LinkArrays.join([links for _, links in found])
        if len(made):
            lane = np.broadcast_to(lane_shift(ground, each, made) // (4 * ground.site.racks), len(made))
            a, b = (_end(ground, s, (lane * 4 * positions).astype(np.int32)) for s in both_sides(ground, each, which, made))
            yield made, kinds_of(offered, each.ends, found), (a, b)


def _end(ground: Ground, side: Side, lane_tap: I32) -> Ends:
    is_switch = side.device >= ground.switch_first
    who = np.where(is_switch, ground.site.compute + side.device - ground.switch_first, side.rack)
    return Ends(who.astype(np.int32), (lane_tap + side.tap % 4).astype(np.int32), side.run, side.z)


def _stairs(kind: Kind, usd_per_w: float) -> I64:
    """Weight of one link of a kind by the steps of its menu, US cents."""
    weight = _weight(kind, usd_per_w)[kind.menu.best] if len(kind.menu.skus) else np.empty(0, np.int64)
    return np.append(weight, FAR_FACTOR * max(int(weight.max(initial=0)), 10**6)).astype(np.int64)


def _weight(kind: Kind, usd_per_w: float) -> I64:
    """Of one link by sku, US cents rounded down."""
    m = kind.menu
    return np.asarray((m.cost_cents + np.rint(100 * usd_per_w * m.power_w).astype(np.int64)) // kind.need.links, np.int64)


def everywhere(ground: Ground, paths: Paths) -> Reach:
    """Ways between all positions; `paths` has the taps of all of them, in order."""
    return Reach(paths, ground.rule, lambda unit: np.rint(ground.base_mm + (unit - 0.5) * ground.unit_mm).astype(np.int32))


def stands(d: Demand, reach: Reach, layout: Layout) -> tuple[I64, I32]:
    """Position of every rack and switch that links end at, and the height of the switches there (0 for racks)."""
    where = np.concatenate([layout.at[: d.racks], layout.at[d.racks + layout.rack]]).astype(np.int64)
    return where, np.concatenate([np.zeros(d.racks, np.int32), reach.z_mm(layout.unit.astype(np.int64))])


def settled(d: Demand, reach: Reach, layout: Layout) -> tuple[Ends, Ends]:
    """Both ends with the heights of their switches filled in."""
    _, z = stands(d, reach, layout)
    a, b = (replace(e, z_mm=np.where(e.who < d.racks, e.z_mm, z[e.who]).astype(np.int32)) for e in (d.a, d.b))
    return a, b


def price(d: Demand, reach: Reach, layout: Layout) -> Price:
    """What the cables of a layout come to, cut by cut, with the modules that their cages take."""
    where, _ = stands(d, reach, layout)
    a, b = settled(d, reach, layout)
    cut = reach.cut(4 * where[a.who] + a.track, 4 * where[b.who] + b.track, a.z_mm, b.z_mm, a.run_mm, b.run_mm)
    made = [_fabric_price(d, f, cut[f.first : f.last], kind) for f, kind in zip(d.fabrics, _first_kinds(d), strict=True)]
    return Price(*(sum(getattr(p, n) for p in made) for n in Price.__slots__))


def _first_kinds(d: Demand) -> list[int]:
    return [int(n) for n in np.cumsum([0, *(len(f.media.kinds) for f in d.fabrics)])[:-1]]


def _fabric_price(d: Demand, f: Fabric, cut: I32, first_kind: int) -> Price:
    offered = f.media
    sku = chosen(offered, f.kind, cut, f.cages)
    links = np.bincount(sku[sku >= 0], minlength=offered.skus)
    lower = (f.tier != HOST) & (f.tier != TORUS)
    ends = ((f.cages.a, offered.a_module, lower), (f.cages.b, offered.b_module, f.tier != TORUS))
    plugged = [(cage[at][own], module[sku[at]][own]) for cage, module, at in ends for own in (module[sku[at]] >= 0,)]
    held = in_cages(len(offered.modules), offered.switches, offered.span, [c for c, _ in plugged], [m for _, m in plugged])
    sums = replace(total(offered, [], held), links=links, cables=-(-links // offered.links[:-1]))
    cost = sums.cable_cents() + sum(int(np.ceil(n)) * d.prices[part] for part, n in sums.modules.items())
    power, far = 0.0, 0
    for i, k in enumerate(offered.kinds):
        power += float(sums.links[k.first : k.first + len(k.menu.skus)] @ k.menu.power_w.astype(np.float64)) / k.need.links
        far += int(((f.kind == i) & (sku < 0)).sum()) * int(d.cents[first_kind + i][-1])
    return Price(cost + round(100 * f.usd_per_w * power) + far, cost, sums.length_mm(), power, int((sku < 0).sum()))
