"""Every single failure of a large supply: each case solved only where it reaches.

The forest is cut below its trunk (nodes that carry much of it) into units. A failure inside a unit changes that unit and those that feed the same
racks; all else only sees the voltage move a little. So a case is solved with the units it reaches, the way from them to the source and what their
alternatives come from; whatever else hangs there is the power it draws normally and how that grows with the voltage at its head (from a second load
flow at 1.001 p.u.), and is reported in its normal state. Units are small at first (about a busway), then large (about a hall); cases in the trunk of
both, rooms and trenches, and cases that move the voltage at the head of something left out by more than 0.01 p.u. (its currents by 1 %), go on to
the next cut and at last are solved whole. Where the normal case has no voltage that carries the load, only who is dark is told of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from rackwright.sim.power import supply_flow
from rackwright.sim.power.supply import Bools, Floats, Forest, Ints, Supply, forest, ways
from rackwright.sim.power.supply_carry import held
from rackwright.sim.power.supply_outages import OVER, Outages, Rest, Worst, sweep
from rackwright.sim.power.supply_paths import Paths, paths
from rackwright.sim.power.supply_window import Lost, settle

_SHIFT = 1e-2
_SETTLED = 1e-9  # p.u.; what is left out beside a case weighs a thousand times as much
_SMALL = 160
_WHOLE = 5000  # nodes up to which every case is solved whole where that must be
# Work of a batch beside its cases, in nodes times cases.
_OVERHEAD = 30_000
_BRANCH = (
    *("rank", "resistance_ohm", "reactance_ohm", "power_rated_va", "current_rated_a"),
    *("loss_no_load_w", "is_converter", "efficiency", "window", "transfer_s", "store_s", "store_kind"),
)


@dataclass(frozen=True, slots=True)
class _Units:
    """`of` (n,) unit of a node, -1 trunk; `reaches` (k, units) of components in units; `is_trunk` (k,)."""

    of: Ints
    count: int
    reaches: sp.csr_array
    is_trunk: Bools


@dataclass(frozen=True, slots=True)
class _Normal:
    """Nothing out: what each node draws from its parent (`lumps`, by row), and the states that other cases keep."""

    lumps: supply_flow.Lumps
    loading: Floats
    by_s: Floats
    by_i: Floats
    current_in: Floats
    feed_voltage: Floats


def sweep_near(s: Supply, out: Ints, progress: Callable[[int], None] = lambda _: None) -> Outages:
    """As `supply_outages.sweep`, for large supplies; where no case loads a branch more than normal, its `branch_case` is -1.

    Args:
        s: the supply.
        out: (c, any) components out in each case, -1 none.
        progress: told how many cases are done.
    """
    t = forest(s)
    f = supply_flow.figures(s, t)
    flow = supply_flow.flow(s, t, f, np.array([[-1]]))
    lost = settle(s, t, f, flow, held(s, supply_flow.states(s, t, f, flow)))
    if flow.collapsed[0] >= 0 or (lost.racks[0] and s.node_count > _WHOLE):
        return _only_dark(s, t, out, int(flow.collapsed[0]), lost)
    if lost.racks[0]:
        return sweep(s, out)
    if flow.ways.other.size or not flow.ways.feed_live.all():
        return sweep(s, out)
    reach = paths(s)
    normal = _normal(s, t, f, flow)
    whole, worst, large = np.ones(len(out), dtype=bool), Worst.of(s, len(out)), max(s.node_count // 40, 64)
    done = 0
    for size in (_SMALL, large) if large > _SMALL else (large,):
        units = _units(s, t, size, reach)
        near = np.flatnonzero(whole & ~np.asarray((units.is_trunk[out] & (out >= 0)).any(axis=1)))
        whole[near] = False
        for cases, chosen in _batches(s, units, t, out[near]):
            inside = _inside(t, units, chosen)
            moved = _solve(s, t, inside, normal, out, near[cases], worst) if inside.any() else np.ones(cases.size, dtype=bool)
            whole[near[cases][moved]] = True
            done += int(np.count_nonzero(~moved))
            progress(done)
    for part in supply_flow.chunks(s, int(whole.sum())):
        cases = np.flatnonzero(whole)[part]
        found = supply_flow.flow(s, t, f, out[cases], _SETTLED)
        progress(len(out) - int(whole.sum()) + part.stop)
        worst.take(s, t, f, cases, found)
    return _at_least(worst.outages(), normal)


def _only_dark(s: Supply, t: Forest, out: Ints, fell: int, lost: Lost) -> Outages:
    """Who is dark, of a supply that carries its load at no voltage even with everything in service, or whose converters have too little then."""
    worst = Worst.of(s, len(out))
    worst.case["collapsed"][:], worst.case["over"][:] = fell, 0
    worst.case["low_s"][:] = lost.least_s[0]
    worst.case["branch"][:], worst.case["node"][:] = -1, -1
    for part in supply_flow.chunks(s, len(out)):
        after = ways(s, t, out[part])
        dark = ~after.rack_live | ~lost.rack_live
        worst.case["racks_low"][part] = (dark & after.rack_live).sum(axis=0)
        worst.ride(s, t, np.arange(part.start, part.stop), after)
        worst.case["racks_dark"][part], worst.case["load_dark_w"][part] = dark.sum(axis=0), s.rack_power_w @ dark
        case, rack = np.nonzero(dark.T)
        worst.dark.append((case + part.start, rack))
    return worst.outages()


def _at_least(found: Outages, normal: _Normal) -> Outages:
    """Branches that no case reached, at their normal loading."""
    more = ~(found.branch_loading >= normal.loading) & ~np.isnan(normal.loading)
    return replace(
        found,
        branch_loading=np.fmax(found.branch_loading, normal.loading),
        branch_loading_s=np.fmax(found.branch_loading_s, normal.by_s),
        branch_loading_i=np.fmax(found.branch_loading_i, normal.by_i),
        branch_current_in=np.fmax(found.branch_current_in, normal.current_in),
        branch_case=np.where(more, -1, found.branch_case),
    )


def _inside(t: Forest, units: _Units, chosen: Bools) -> Bools:
    """(n,) nodes of the chosen units, those above them, and those that alternatives into any of these come from, with what is above them."""
    found = np.append(chosen, False)[units.of[t.node]]
    while True:
        for v in t.levels[:0:-1]:
            rows = np.arange(v.low, v.high)[found[v.low : v.high]]
            found[t.parent[rows]] = True
        more = found[t.other_b] & ~found[t.other_a]
        if not more.any():
            return np.asarray(found[t.row])
        found[t.other_a[more]] = True


def _units(s: Supply, t: Forest, largest: int, reach: Paths) -> _Units:
    size = np.ones(s.node_count, dtype=np.int64)
    for v in t.levels[:0:-1]:
        np.add.at(size, t.parent[v.low : v.high], size[v.low : v.high])
    trunk = (size > largest) | (t.depth == 0)
    unit = np.full(s.node_count, -1)
    for v in t.levels[1:]:
        rows, up = np.arange(v.low, v.high), t.parent[v.low : v.high]
        unit[rows] = np.where(trunk[rows], -1, np.where(trunk[up], rows, unit[up]))
    inside = (unit[t.other_a] >= 0) & (unit[t.other_b] >= 0)
    links = sp.coo_array((np.ones(inside.sum()), (unit[t.other_a[inside]], unit[t.other_b[inside]])), shape=(s.node_count,) * 2)
    group = connected_components(links, directed=False)[1]
    names, label = np.unique(group[unit[unit >= 0]], return_inverse=True)
    unit[unit >= 0] = label.ravel()
    of = unit[t.row]
    return _Units(of, names.size, *_reaches(s, of, names.size, reach))


def _reaches(s: Supply, of: Ints, count: int, p: Paths) -> tuple[sp.csr_array, Bools]:
    """Units that a component stands in or whose racks it stands before, and whether it stands in the trunk."""
    k, r = s.component_count, s.rack_power_w.size
    where, what = np.concatenate((of, of[s.b_node])), np.concatenate((s.node_component, s.branch_component))
    is_trunk = np.zeros(k + 1, dtype=bool)
    is_trunk[what[(where < 0) & (what >= 0)]] = True
    is_trunk[:k] |= np.bincount(what[what >= 0], minlength=k) == 0
    own = (where >= 0) & (what >= 0)
    component = np.concatenate(p.component) if p.component else what[:0]
    rack = np.concatenate([c.racks[x] for c, x in zip(p.classes, p.rack, strict=True)]) if p.rack else what[:0]
    fed = of[s.feed_node] >= 0
    before = sp.csr_array((np.ones(rack.size, np.int32), (component, rack)), shape=(k, r))[~is_trunk[:k]]
    racks = sp.csr_array((np.ones(int(fed.sum()), np.int32), (s.feed_rack[fed], of[s.feed_node[fed]])), shape=(r, count))
    place = np.cumsum(~is_trunk[:k]) - 1
    own &= ~is_trunk[what]
    stands = sp.csr_array((np.ones(int(own.sum()), np.int32), (place[what[own]], where[own])), shape=(before.shape[0], count))
    wide = sp.csr_array(before @ racks + stands)
    rows = np.flatnonzero(~is_trunk[:k])
    spread = sp.csr_array((np.ones(rows.size, np.int32), (rows, np.arange(rows.size))), shape=(k, rows.size))
    return sp.csr_array(spread @ wide), is_trunk


def _normal(s: Supply, t: Forest, f: supply_flow.Figures, flow: supply_flow.Flow) -> _Normal:
    states = supply_flow.states(s, t, f, flow)
    more = supply_flow.flow(s, t, supply_flow.figures(s, t, 1.001), np.array([[-1]]))
    volts, risen = np.abs(flow.voltage[t.parent, 0]), np.abs(more.voltage[t.parent, 0])
    drawn, then = flow.into[:, 0] * f.base_va, more.into[:, 0] * f.base_va
    moves = risen - volts > 1e-6
    slope = np.where(moves, (then - drawn) / np.where(moves, risen - volts, 1.0), 0)
    used = np.where(states.current_a[:, 0] > 0, 1.0, np.nan)
    by_s, by_i = states.loading_s[:, 0] * used, states.loading_i[:, 0] * used
    feed = np.abs(flow.voltage[t.row[s.feed_node], 0])
    lumps = supply_flow.Lumps(t.node[t.parent], drawn, slope, volts)
    drawn_a = states.current_in_a[:, 0] * used
    return _Normal(lumps, np.fmax(by_s, by_i), by_s, by_i, drawn_a, np.where(feed > 0, feed, np.inf))


def _batches(s: Supply, units: _Units, t: Forest, out: Ints) -> Iterator[tuple[Ints, Bools]]:
    """Cases with the units (bool) to solve them in: cases that reach alike units go together while that is less work than apart."""
    if not len(out):
        return
    case, column = np.nonzero(out >= 0)
    has = sp.csr_array((np.ones(case.size, np.int32), (case, out[case, column])), shape=(len(out), s.component_count))
    sets = np.packbits((has @ units.reaches).toarray() > 0, axis=1)
    kinds, which, many = np.unique(sets, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(which.ravel(), kind="stable")
    weight = np.bincount(units.of[units.of >= 0], minlength=units.count)
    above = min(s.node_count - int(weight.sum()), 2 * len(t.levels))
    begin = np.concatenate(([0], np.cumsum(many)))

    def cost(chosen: Bools, cases: int) -> int:
        return _OVERHEAD + cases * (above + int(weight[chosen].sum()))

    now, low = np.unpackbits(kinds[0])[: units.count].astype(bool), 0
    for i in range(1, len(kinds)):
        then = np.unpackbits(kinds[i])[: units.count].astype(bool)
        cases = int(begin[i] - begin[low])
        if cost(now | then, cases + int(many[i])) <= cost(now, cases) + cost(then, int(many[i])):
            now |= then
        else:
            yield order[begin[low] : begin[i]], now
            now, low = then, i
    yield order[begin[low] :], now


def _solve(s: Supply, whole: Forest, inside: Bools, normal: _Normal, out: Ints, cases: Ints, worst: Worst) -> Bools:
    """Solve cases in a part of the supply. Returns which have no result: they move the voltage at the head of something left out too far."""
    part, local, of_node, rest = _part(s, inside, normal, out[cases])
    here = inside[whole.node]
    other, heads = np.flatnonzero(~here & here[whole.parent]), normal.lumps
    lumps = supply_flow.Lumps(of_node[heads.node[other]], heads.power_va[other], heads.slope_va[other], heads.voltage[other])
    t = forest(part)
    f = supply_flow.figures(part, t, 1.0, lumps)
    moved = np.zeros(cases.size, dtype=bool)
    for at in supply_flow.chunks(part, cases.size):
        flow = supply_flow.flow(part, t, f, local[at], _SETTLED)
        shift = np.abs(np.abs(flow.voltage[t.row[lumps.node]]) - lumps.voltage[:, None]).max(axis=0, initial=0.0)
        moved[at] = (shift > _SHIFT) | (flow.collapsed >= 0)
        if not moved[at].any():
            worst.take(part, t, f, cases[at], flow, rest)
            continue
        keep = ~moved[at]
        flow = supply_flow.flow(part, t, f, local[at][keep], _SETTLED)
        worst.take(part, t, f, cases[at][keep], flow, rest)
    return moved


def _part(s: Supply, inside: Bools, normal: _Normal, out: Ints) -> tuple[Supply, Ints, Ints, Rest]:
    """The supply inside, its cases, the place in it of each node, and what stays outside. Feeds outside hang on a source of their own."""
    nodes = np.flatnonzero(inside)
    of_node = np.full(s.node_count, nodes.size)
    of_node[nodes] = np.arange(nodes.size)
    branches = np.flatnonzero(inside[s.a_node] & inside[s.b_node])
    racks = np.unique(s.feed_rack[inside[s.feed_node]])
    feeds = np.flatnonzero(np.isin(s.feed_rack, racks))
    used, local = np.unique(out, return_inverse=True)
    of_component = np.full(s.component_count + 1, -1)
    first = int(used[0] == -1)
    of_component[used[first:]] = np.arange(used.size - first)
    # A component not among the cases cannot fail here: -1 reads the last place, which is -1.
    at = {x: getattr(s, x)[nodes] for x in ("is_source", "is_ac", "voltage_nominal_v", "power_factor")}
    beyond = {"is_source": True, "is_ac": True, "voltage_nominal_v": 1.0, "power_factor": 1.0}
    columns = {x: np.append(y, beyond[x]) for x, y in at.items()}
    part = replace(
        s,
        **columns,
        **{x: getattr(s, x)[branches] for x in _BRANCH},
        a_node=of_node[s.a_node[branches]],
        b_node=of_node[s.b_node[branches]],
        feed_rack=np.searchsorted(racks, s.feed_rack[feeds]),
        feed_node=of_node[s.feed_node[feeds]],
        rack_power_w=s.rack_power_w[racks],
        feeds_needed=s.feeds_needed[racks],
        branch_component=of_component[s.branch_component[branches]],
        node_component=np.append(of_component[s.node_component[nodes]], -1),
        component_count=used.size - first,
        rack_store_s=s.rack_store_s[racks],
        place=used[:0],
        member=used[:0],
    )
    return part, local.reshape(out.shape) - first, of_node, _rest(s, inside, normal, branches, np.append(nodes, -1), racks)


def _rest(s: Supply, inside: Bools, normal: _Normal, branches: Ints, nodes: Ints, racks: Ints) -> Rest:
    outside = np.ones(s.branch_count, dtype=bool)
    outside[branches] = False
    size = np.where(outside & ~np.isnan(normal.loading), normal.loading, -1.0)
    worst = int(size.argmax())
    volts = np.where(inside[s.feed_node], np.inf, normal.feed_voltage)
    feed = int(volts.argmin())
    loading = float(size[worst]) if size[worst] >= 0 else np.nan
    return Rest(branches, nodes, racks, int((size > OVER).sum()), loading, worst, float(volts[feed]), int(s.feed_node[feed]))
