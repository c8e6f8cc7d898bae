"""A weight of cables that no placement of racks and switches in a hall can undercut, see `placement.bound`."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build import floor
from rackwright.build.hall.demand import Demand, Ends, Layout, Reach, stands
from rackwright.build.hall.placing import Freedom
from rackwright.build.placement.bound import star_bound

I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]

MOST_CUTS = 20_000_000  # lengths looked up for one menu; above it all its cables count as its cheapest one


def least(d: Demand, reach: Reach, start: Layout, free: Freedom) -> int:
    """Weight in US cents of the star bound, menu by menu.

    Switches stand at the best height of any switch rack. Cables between halls, and menus that would take too long, count as the shortest there is.
    """
    shared = np.array([k.need.links > 1 for k in d.kinds], bool)
    rounding = int(shared[d.kind].sum())  # a share of a cable that links have in common is rounded, by less than a cent each
    return sum(_least_of(d, reach, start, free, kind) for kind in range(len(d.kinds))) - rounding


def _least_of(d: Demand, reach: Reach, start: Layout, free: Freedom, kind: int) -> int:
    own = np.flatnonzero(d.kind == kind)
    a, b = d.a.pick(own), d.b.pick(own)
    if (b.who < d.racks).any() or (free.positions.hall.max(initial=0) > 0 and (a.who >= d.racks).any()):
        return len(own) * int(d.cents[kind].min())
    return (_to_racks if (a.who < d.racks).all() else _to_switches)(d, reach, start, free, kind, a, b)


def _hub_places(start: Layout, free: Freedom) -> I64:
    """Positions that a switch rack may take."""
    where = free.positions
    taken = np.zeros(len(where), bool)
    taken[start.at[free.racks :]] = True
    return np.flatnonzero(free.compute_moves | taken | (where.role == floor.NETWORK))


def _best_z(reach: Reach, free: Freedom, tap: I64) -> I32:
    """Height nearest to the tray over each tap that a port of a switch can have."""
    low, high = reach.z_mm(np.array([free.first_unit, free.first_unit + free.room - 1]))
    return np.clip(reach.paths.taps.z_mm[tap], low, high).astype(np.int32)


def _to_racks(d: Demand, reach: Reach, start: Layout, free: Freedom, kind: int, a: Ends, b: Ends) -> int:
    """Cables from racks to switches: each switch with its racks around it, or at its best place if the racks stand still."""
    if not free.compute_moves:
        return _to_fixed(d, reach, start, free, kind, a, b)
    hall = int(free.positions.hall[start.at[0]])  # halls of a campus are alike
    place = np.flatnonzero(free.positions.hall == hall)
    sorts, sort = np.unique(_sorts(a, b, False), axis=0, return_inverse=True)
    if len(sorts) * len(place) ** 2 > MOST_CUTS:
        return len(a.who) * int(d.cents[kind].min())
    cost = np.stack([_open_cost(d, reach, free, kind, row, place) for row in sorts.tolist()])
    # The cables of one switch into one rack are a bundle; equal bundles cost the same wherever they run.
    pair, which = np.unique(b.who.astype(np.int64) * d.racks + a.who, return_inverse=True)
    count = np.zeros((len(pair), len(sorts)), np.int64)
    np.add.at(count, (which, sort.ravel()), 1)
    bundles, bundle = np.unique(count, axis=0, return_inverse=True)
    links, first = _by_hub(pair // d.racks, np.ones(len(pair), np.int64))
    low, high = (f.reduceat(bundle.ravel(), first) for f in (np.minimum, np.maximum))
    total = 0
    for i, each in enumerate(bundles):
        own = (low == i) & (high == i)
        if own.any():
            total += int(star_bound(np.tensordot(each, cost, 1), links[own], 0, 1).sum())
    mixed = low < high
    if mixed.any():
        total += int(star_bound(cost.min(0), _by_hub(pair // d.racks, count.sum(1))[0][mixed], 0, 1).sum())
    return total


def _to_fixed(d: Demand, reach: Reach, start: Layout, free: Freedom, kind: int, a: Ends, b: Ends) -> int:
    """Cables from racks that stand still: each switch where it would be best off with them."""
    hubs, hub = np.unique(b.who, return_inverse=True)
    hall = free.positions.hall[stands(d, reach, start)[0][hubs]]
    best = np.full(len(hubs), np.iinfo(np.int64).max)
    for p in _hub_places(start, free).tolist():
        tap = np.full(len(b.who), 4 * p, np.int64) + b.track
        cut = reach.cut(4 * start.at[a.who].astype(np.int64) + a.track, tap, a.z_mm, _best_z(reach, free, tap), a.run_mm, b.run_mm)
        cents = np.bincount(hub.ravel(), weights=d.weigh(kind, cut), minlength=len(hubs)).astype(np.int64)
        best = np.where(hall == free.positions.hall[p], np.minimum(best, cents), best)
    return int(best.sum())


def _to_switches(d: Demand, reach: Reach, start: Layout, free: Freedom, kind: int, a: Ends, b: Ends) -> int:
    """Cables between switches: the upper ones with the lower ones around them or the other way round, whichever says more."""
    place = _hub_places(start, free)
    sorts = np.unique(_sorts(a, b, True), axis=0)
    if len(sorts) * len(place) ** 2 > MOST_CUTS:
        return len(a.who) * int(d.cents[kind].min())
    cost = np.min([_open_cost(d, reach, free, kind, row, place) for row in sorts.tolist()], axis=0)
    totals = []
    for hub, other, way in ((b.who, a.who, cost.T), (a.who, b.who, cost)):
        pair, count = np.unique(hub.astype(np.int64) * (int(other.max()) + 1) + other, return_counts=True)
        links, _ = _by_hub(pair // (int(other.max()) + 1), count)
        own, low = (int(free.tall[w - d.racks].min()) for w in (hub, other))
        totals.append(int(star_bound(way, links, (free.room - own) // low, free.room // low).sum()))
    return max(totals)


def _sorts(a: Ends, b: Ends, is_switch: bool) -> I64:
    """What sets cables of one menu apart wherever they run. Switches take any height, so theirs does not count."""
    flag = np.full(len(a.who), is_switch)
    return np.stack([a.track, b.track, np.where(flag, 0, a.z_mm), a.run_mm, b.run_mm, flag], 1).astype(np.int64)


def _by_hub(hub: I64, links: I64) -> tuple[I64, I64]:
    """Links of each partner of each hub, a row a hub, zeros at the end; and the first element of each hub. `hub` is sorted."""
    _, first, count = np.unique(hub, return_index=True, return_counts=True)
    made = np.zeros((len(first), int(count.max())), np.int64)
    row = np.repeat(np.arange(len(first)), count)
    made[row, np.arange(len(hub)) - first[row]] = links
    return made, first


def _open_cost(d: Demand, reach: Reach, free: Freedom, kind: int, sort: list[int], place: I64) -> I64:
    """The least a cable of a sort weighs with its upper end (rows) and lower end (columns) at each place."""
    ar, br, az, am, bm, is_switch = sort
    p, q = np.repeat(place, len(place)), np.tile(place, len(place))
    upper, lower = 4 * p + br, 4 * q + ar
    one = np.ones(len(upper), np.int32)
    bz = _best_z(reach, free, upper)
    z = np.where(p == q, bz, _best_z(reach, free, lower)).astype(np.int32) if is_switch else az * one
    cut = reach.cut(lower, upper, z, bz, am * one, bm * one)
    return d.weigh(kind, cut).reshape(len(place), len(place))
