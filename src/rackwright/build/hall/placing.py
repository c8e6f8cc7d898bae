"""Racks and switches set where their cables are cheapest, starting from the order of the spec: rack by rack, then switch by switch, in turns.

Whole racks change places in each hall, compute racks only if the spec leaves them free; then switches change slots between the switch racks. Both
are the exchange search of `placement.exchange`. Prices are those of the menus, with every jump between media, plus the price of power if one is
given. Moving racks are weighed by typical links where there are many sorts of them, moving switches by every link; what is kept is decided by the
exact price of all cables, so no layout is dearer than the one it started from. Capacity of switch racks, keep-outs and halls hold by construction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build import floor
from rackwright.build.floor import Positions
from rackwright.build.hall.demand import Demand, Ends, Layout, Price, Reach, price, settled, stands
from rackwright.build.placement.exchange import F64, Deal, settle

I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

MOST_SORTS = 64  # of links that are weighed one by one when racks are moved; of more, a number of each kind stands for all:
SAMPLES, MOST_CUTS = (16, 256), 2_000_000  # within these limits as many as so many lengths, looked up once, allow
ROUNDS = 4
WORK, MOST_STEPS = 100_000_000, 300  # of one tabu search: elements of its matrices touched, and exchanges
MOST_SLOTS = 400  # slots of the switch racks that exchange switches at a time; larger halls go window by window along the rows


@dataclass(frozen=True, slots=True, eq=False)
class Freedom:
    """What may move. `rack` and `switch` say which ones, `room` and `first_unit` describe a switch rack, `tall` (S,) units of each switch, `series`
    (S,) and `of_rack` (switch racks,) their series: a switch stands in a rack of its own, see `stand.stood`.
    """

    positions: Positions
    rack: Mask
    switch: Mask
    room: int
    first_unit: int
    tall: I64
    racks: int
    series: I64
    of_rack: I64

    @property
    def compute_moves(self) -> bool:
        """Whether compute racks may move; if so, switch racks may stand anywhere too."""
        return bool(self.rack[: self.racks].any())


def placed(d: Demand, reach: Reach, start: Layout, free: Freedom) -> tuple[Layout, Price]:
    """The cheapest layout found, and its price; `start` itself where nothing better is found.

    Where compute racks may move, the search sets out twice: from `start`, and from where it ends while they stand, so that freedom never costs.
    """
    if not free.compute_moves:
        best = _searched(d, reach, start, free)
    else:
        first = _searched(d, reach, start, replace(free, rack=free.rack & (np.arange(len(free.rack)) >= free.racks)))
        found = [in_order(d, _searched(d, reach, layout, free), free) for layout in (first, start)]
        best = min(found, key=lambda layout: price(d, reach, layout).weight_cents)
    return best, price(d, reach, best)


def _searched(d: Demand, reach: Reach, start: Layout, free: Freedom) -> Layout:
    """Racks and switches moved in turns until neither helps."""
    best, least = start, price(d, reach, start).weight_cents
    for _ in range(ROUNDS):
        before = least
        for step in (_racks_moved, _switches_moved):
            layout = best
            for hall in np.unique(free.positions.hall[start.at]).tolist():
                layout = step(d, reach, layout, free, hall)
            now = price(d, reach, layout).weight_cents
            if now < least:
                best, least = layout, now
        if least == before:
            break
    return best


def _steps(places: int, kinds: int) -> int:
    return int(np.clip(WORK // (places * places * max(kinds, 1)), 0, MOST_STEPS))


def _racks_moved(d: Demand, reach: Reach, layout: Layout, free: Freedom, hall: int) -> Layout:
    """Whole racks of a hall exchanged between its places, with the switches in them."""
    where = free.positions
    who = np.flatnonzero((where.hall[layout.at] == hall) & free.rack)
    held = np.zeros(len(where), bool)
    held[np.delete(layout.at, who)] = True
    usable = (where.hall == hall) & ~held
    if not free.compute_moves:
        usable &= where.role == floor.NETWORK
        usable[layout.at[who]] = True
    place = np.flatnonzero(usable)
    if len(who) < 1 or len(place) < 2:
        return layout
    deal = _rack_deal(d, reach, layout, free, who, place)
    at = np.searchsorted(place, layout.at[who])
    moved = layout.at.copy()
    moved[who] = place[settle(deal, at, _steps(len(place), len(deal.weights)))]
    return replace(layout, at=moved)


def _rack_deal(d: Demand, reach: Reach, layout: Layout, free: Freedom, who: I64, place: I64) -> Deal:
    """Racks `who` over positions `place`, everything else where it is. Links are sorted by what sets them apart wherever they run; where that makes
    too many sorts, a link costs what `_typical` ones of its kind do together.
    """
    entity = np.concatenate([np.arange(d.racks), d.racks + layout.rack])
    index = np.full(len(layout.at), -1)
    index[who] = np.arange(len(who))
    racks = entity[d.a.who], entity[d.b.who]
    mine = index[racks[0]], index[racks[1]]
    n, spots = len(who), len(place)
    unary = np.zeros((n, spots))
    weights, costs = [], []
    a, b = settled(d, reach, layout)
    moving = np.flatnonzero((mine[0] >= 0) | (mine[1] >= 0))
    for kind, own, few in _sorts(d, (a, b), moving, spots):
        some = a.pick(few), b.pick(few)
        ia, ib = mine[0][own], mine[1][own]
        both = (ia >= 0) & (ib >= 0) & (ia != ib)
        weight = np.bincount(ia[both] * n + ib[both], minlength=n * n).reshape(n, n).astype(np.float64)
        if weight.any():
            weights.append(weight)
            costs.append(_between(d, reach, kind, some, place, place))
        for me, other, is_a in ((ia, racks[1][own], True), (ib, racks[0][own], False)):
            half = (me >= 0) & (index[other] < 0)
            if half.any():
                fixed, to = np.unique(layout.at[other[half]], return_inverse=True)
                count = np.bincount(me[half] * len(fixed) + to, minlength=n * len(fixed)).reshape(n, -1)
                way = _between(d, reach, kind, some, place, fixed) if is_a else _between(d, reach, kind, some, fixed, place).T
                unary += count @ way.T
    same = free.positions.width_mm[layout.at[who]][:, None] == free.positions.width_mm[place][None, :]
    return Deal(unary, tuple(weights), tuple(costs), same)


def _sorts(d: Demand, ends: tuple[Ends, Ends], rows: I64, spots: int) -> list[tuple[int, I64, I64]]:
    """Links `rows` in sorts that cost the same between any two places: kind, links, and those that stand for each of them."""
    a, b = (e.pick(rows) for e in ends)
    apart, which = np.unique(np.stack([d.kind[rows], a.track, b.track, a.z_mm, b.z_mm, a.run_mm, b.run_mm], 1), axis=0, return_inverse=True)
    if len(apart) <= MOST_SORTS:
        groups = [rows[which.ravel() == i] for i in range(len(apart))]
        return [(int(d.kind[g[0]]), g, g[:1]) for g in groups]
    samples = int(np.clip(MOST_CUTS // spots**2, *SAMPLES))
    key = ends[0].z_mm + ends[1].z_mm - ends[0].run_mm - ends[1].run_mm
    groups = [rows[d.kind[rows] == k] for k in np.unique(d.kind[rows])]
    return [(int(d.kind[g[0]]), g, g[_typical(key[g], samples)]) for g in groups]


def _typical(key: I32, samples: int) -> I64:
    """So many rows, spread evenly over the rows as `key` orders them."""
    order = np.argsort(key, kind="stable")
    return np.asarray(order[(2 * np.arange(samples) + 1) * len(key) // (2 * samples)])


def _between(d: Demand, reach: Reach, kind: int, few: tuple[Ends, Ends], a_at: I64, b_at: I64) -> F64:
    """Weight of the cables `few` between positions, their sum, shape (len(a_at), len(b_at))."""
    made = np.zeros((len(a_at), len(b_at)))
    one = np.ones(made.size, np.int32)
    p, q = np.repeat(a_at, len(b_at)), np.tile(b_at, len(a_at))
    a, b = few
    rows, times = np.unique(np.stack([a.track, b.track, a.z_mm, b.z_mm, a.run_mm, b.run_mm], 1), axis=0, return_counts=True)
    for (ar, br, *ends), n in zip(rows.tolist(), times.tolist(), strict=True):
        made += n * d.weigh(kind, reach.cut(4 * p + ar, 4 * q + br, *(v * one for v in ends))).reshape(made.shape)
    return made


@dataclass(frozen=True, slots=True, eq=False)
class _Slots:
    """Room for one switch each: switch rack, lowest unit, units, position on the floor."""

    rack: I64
    unit: I64
    tall: I64
    at: I64


def _slots(layout: Layout, free: Freedom, here: I64) -> _Slots:
    """Slots of switch racks: those of the switches that may move, and the free units cut into slots of the tallest, then of one unit."""
    used = np.zeros((len(layout.at) - free.racks, free.room), bool)
    for step in range(int(free.tall.max(initial=1))):
        own = free.tall > step
        used[layout.rack[own], layout.unit[own] - free.first_unit + step] = True
    moving = np.flatnonzero(free.switch & np.isin(layout.rack, here))  # in the order of `_window_moved`, whose first slots they are
    tall = int(free.tall[moving].max(initial=1))
    found = [(layout.rack[moving].astype(np.int64), layout.unit[moving].astype(np.int64), free.tall[moving])]
    for size in dict.fromkeys((tall, 1)):
        for low in range(0, free.room - size + 1, size):
            open_ = here[~used[here, low : low + size].any(1)]
            used[open_, low : low + size] = True
            found.append((open_, np.full(len(open_), low + free.first_unit), np.full(len(open_), size)))
    rack, unit, size_ = (np.concatenate(c) for c in zip(*found, strict=True))
    return _Slots(rack, unit, size_, layout.at[free.racks + rack].astype(np.int64))


def _switches_moved(d: Demand, reach: Reach, layout: Layout, free: Freedom, hall: int) -> Layout:
    """Switches of a hall exchanged between the slots of its switch racks, as many racks at a time as `MOST_SLOTS` allows."""
    at = layout.at[free.racks :]
    racks = np.flatnonzero(free.positions.hall[at] == hall)
    racks = racks[np.argsort(at[racks], kind="stable")]
    if not len(racks):
        return layout
    slots = np.array([len(_slots(layout, free, racks[i : i + 1]).rack) for i in range(len(racks))])
    window = np.cumsum(slots) // MOST_SLOTS
    for w in np.unique(window):
        layout = _window_moved(d, reach, layout, free, racks[window == w])
    return layout


def _window_moved(d: Demand, reach: Reach, layout: Layout, free: Freedom, racks: I64) -> Layout:
    who = np.flatnonzero(free.switch & np.isin(layout.rack, racks))
    slots = _slots(layout, free, racks)
    if not len(who):
        return layout
    deal = _switch_deal(d, reach, layout, free, who, slots)
    won = settle(deal, np.arange(len(who)), _steps(len(slots.rack), len(deal.weights)))
    rack, unit = layout.rack.copy(), layout.unit.copy()
    rack[who], unit[who] = slots.rack[won], slots.unit[won]
    return replace(layout, rack=rack, unit=unit)


def _switch_deal(d: Demand, reach: Reach, layout: Layout, free: Freedom, who: I64, slots: _Slots) -> Deal:
    """Switches `who` over slots, everything else where it is: exact, cable by cable."""
    where, _ = stands(d, reach, layout)
    ends = settled(d, reach, layout)
    z = reach.z_mm(slots.unit)
    index = np.full(len(where), -1)
    index[d.racks + who] = np.arange(len(who))
    mine = index[d.a.who], index[d.b.who]
    n, spots = len(who), len(slots.rack)
    unary = np.zeros((n, spots))
    for side in (0, 1):
        own = np.flatnonzero((mine[side] >= 0) & (mine[1 - side] < 0))
        me, other = ends[side].pick(own), ends[1 - side].pick(own)
        kinds = [(k, np.flatnonzero(d.kind[own] == k)) for k in range(len(d.kinds))]
        far = 4 * where[other.who] + other.track
        for rack in np.unique(slots.at) if len(own) else ():
            inside = np.flatnonzero(slots.at == rack).tolist()
            heights = (np.full(len(own), z[slot]) for slot in inside)
            cuts = reach.cuts(4 * rack + me.track, far, heights, other.z_mm, me.run_mm, other.run_mm)
            for slot, cut in zip(inside, cuts, strict=True):
                cents = np.zeros(len(own), np.int64)
                for kind, rows in kinds:
                    cents[rows] = d.weigh(kind, cut[rows])
                unary[:, slot] += np.bincount(mine[side][own], weights=cents, minlength=n)
    own = np.flatnonzero((mine[0] >= 0) & (mine[1] >= 0))
    alike = np.stack([d.kind[own], d.a.track[own], d.b.track[own], d.a.run_mm[own], d.b.run_mm[own]], 1)
    sorts, which = np.unique(alike, axis=0, return_inverse=True)
    p, q = np.repeat(np.arange(spots), spots), np.tile(np.arange(spots), spots)
    one = np.ones(len(p), np.int32)
    weights, costs = [], []
    for i, (kind, ar, br, am, bm) in enumerate(sorts.tolist()):
        some = own[which.ravel() == i]
        weights.append(np.bincount(mine[0][some] * n + mine[1][some], minlength=n * n).reshape(n, n).astype(np.float64))
        cut = reach.cut(4 * slots.at[p] + ar, 4 * slots.at[q] + br, z[p], z[q], am * one, bm * one)
        costs.append(d.weigh(kind, cut).reshape(spots, spots).astype(np.float64))
    own = free.series[who][:, None] == free.of_rack[slots.rack][None, :]
    return Deal(unary, tuple(weights), tuple(costs), own & (free.tall[who][:, None] <= slots.tall[None, :]))


def in_order(d: Demand, layout: Layout, free: Freedom) -> Layout:
    """The same layout with racks that join the same ports of the same switches standing in their order: what is alike keeps its numbering."""
    if not free.compute_moves:
        return layout
    mark = np.zeros(d.racks, np.uint64)
    for me, other in ((d.a, d.b), (d.b, d.a)):
        own = np.flatnonzero(me.who < d.racks)
        row = np.zeros(len(own), np.uint64)
        for column in (d.kind, other.who, me.track, me.z_mm, me.run_mm, other.track):
            row = (row ^ column[own].astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
            row ^= row >> np.uint64(29)
        np.add.at(mark, me.who[own], row)
    at = layout.at.copy()
    racks = np.flatnonzero(free.rack[: d.racks])
    hall, width = free.positions.hall[at[racks]], free.positions.width_mm[at[racks]]
    by_number = racks[np.lexsort((racks, width, hall, mark[racks]))]
    by_place = racks[np.lexsort((at[racks], width, hall, mark[racks]))]
    at[by_number] = layout.at[by_place]
    return replace(layout, at=at)
