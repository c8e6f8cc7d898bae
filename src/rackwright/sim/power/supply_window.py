"""Converters whose input voltage is outside the window that they work from, and what is left where the voltage has collapsed.

A double-conversion UPS below its window runs on its battery as if nothing came in; then its load is dark. Its bypass passes the same voltage on and
is no way out, and that something else takes over is not counted on: nothing in front of it is dead. A sidecar does the same, at once where it has no
battery. Where the voltage has collapsed everything between there and the next converters or sources is without power, and what converters behind it
store carries on. What is left takes more, so the load flow is solved again without these until nothing more drops out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rackwright.sim.power.supply import Bools, Floats, Forest, Ints, Supply, Ways, per_rack
from rackwright.sim.power.supply_flow import Figures, Flow, solve

_ROUNDS = 12
_EXACT = 1e-9
_SETTLED = 1e-9  # p.u.


@dataclass(frozen=True, slots=True)
class Lost:
    """What is so in the end in c cases: `rack_live` (r, c); `racks` (c,) that live at first and not in the end; `least_s` (c,) how long stores carry
    the first of these, NaN: there are none."""

    rack_live: Bools
    racks: Ints
    least_s: Floats


@dataclass(frozen=True, slots=True)
class _Ways:
    """(n, c) by row: the row that feeds it, itself at a source, and the branch between, -1."""

    above: Ints
    branch: Ints


def outside(s: Supply, t: Forest, flow: Flow) -> tuple[Ints, Ints]:
    """Rows fed by a converter whose input is outside its window, and their cases."""
    way, ends = flow.ways, np.unique(t.row[s.b_node[s.is_converter]])
    above, branch = (np.repeat(x[ends, None], way.live.shape[1], axis=1) for x in (t.parent, t.way))
    place = np.full(s.node_count, -1)
    place[ends] = np.arange(ends.size)
    taken = np.flatnonzero(place[t.other_b[way.other]] >= 0)
    at, case = place[t.other_b[way.other[taken]]], way.case[taken]
    above[at, case], branch[at, case] = t.other_a[way.other[taken]], t.other[way.other[taken]]
    converts = (branch >= 0) & s.is_converter[branch] & way.live[ends] & (flow.collapsed < 0)
    at, case = np.nonzero(converts)
    volts, window = np.abs(flow.voltage[above[at, case], case]), s.window[branch[at, case]]
    wrong = (volts < window[:, 0] - _EXACT) | (volts > window[:, 1] + _EXACT)
    return ends[at[wrong]], case[wrong]


def settle(s: Supply, t: Forest, f: Figures, flow: Flow, hold: Floats) -> Lost:
    """Who is dark in the end in the cases of `flow`; `hold` (m, c) of `supply_carry.held`."""
    first = flow.ways.rack_live
    none = Lost(first, np.zeros(first.shape[1], dtype=np.int64), np.full(first.shape[1], np.nan))
    row, case = _cut(s, t, flow)
    cases = np.unique(case)
    if not cases.size:
        return none
    way, now = of(flow.ways, cases), flow
    hold, last = hold[:, cases], np.where(way.feed_live, np.inf, -np.inf)
    at = np.searchsorted(cases, case)
    for _ in range(_ROUNDS):
        fed = _fed(t, way)
        dark, carry = _below(t, fed, way.live, (row, at), hold)
        rows = t.row[s.feed_node]
        last = np.where(dark[rows] & np.isinf(last) & (last > 0), carry[rows] + s.rack_store_s[s.feed_rack][:, None], last)
        way = _without(s, t, way, dark)
        now = solve(s, t, f, way, _SETTLED)
        row, at = _cut(s, t, now)
        if not row.size:
            break
    live, ends = first.copy(), _ends(s, last)
    live[:, cases] = way.rack_live
    low = first[:, cases] & ~way.rack_live
    least = np.where(low, ends, np.inf).min(axis=0)
    none.racks[cases], none.least_s[cases] = low.sum(axis=0), np.where(low.any(axis=0), least, np.nan)
    return replace(none, rack_live=live)


def of(after: Ways, cases: Ints) -> Ways:
    """These cases alone."""
    place = np.full(after.live.shape[1], -1)
    place[cases] = np.arange(cases.size)
    keep = place[after.case] >= 0
    return Ways(
        after.live[:, cases], after.other[keep], place[after.case[keep]], after.feed_live[:, cases], after.rack_live[:, cases], after.looped[:, cases]
    )


def _fed(t: Forest, way: Ways) -> _Ways:
    shape = way.live.shape
    above, branch = (np.repeat(x[:, None], shape[1], axis=1) for x in (t.parent, t.way))
    row = t.other_b[way.other]
    above[row, way.case], branch[row, way.case] = t.other_a[way.other], t.other[way.other]
    return _Ways(above, branch)


def _cut(s: Supply, t: Forest, flow: Flow) -> tuple[Ints, Ints]:
    """Rows, and their cases, from which on nothing comes: converters outside their window, and the top of what hangs together where it collapsed."""
    row, case = outside(s, t, flow)
    fell = np.flatnonzero(flow.collapsed >= 0)
    if not fell.size:
        return row, case
    fed, top = _fed(t, flow.ways), t.row[flow.collapsed[fell]]
    source = s.is_source[t.node]
    for _ in range(len(t.levels) + 1):
        above, branch = fed.above[top, fell], fed.branch[top, fell]
        goes = (branch >= 0) & ~source[above] & ~(s.is_converter[branch] & (branch >= 0))
        if not goes.any():
            break
        top = np.where(goes, above, top)
    return np.concatenate((row, top)), np.concatenate((case, fell))


def _below(t: Forest, fed: _Ways, live: Bools, cut: tuple[Ints, Ints], hold: Floats) -> tuple[Bools, Floats]:
    """(n, c) what is dark when nothing comes through the ways into the cut rows, and how long what is stored from there on carries it."""
    dark, carry = np.zeros(live.shape, dtype=bool), np.zeros(live.shape)
    own = np.where(fed.branch >= 0, np.take_along_axis(hold, np.maximum(fed.branch, 0), axis=0), 0.0)
    dark[cut], carry[cut] = True, own[cut]
    column = np.arange(live.shape[1])[None, :]
    for _ in range(2):  # an alternative may come from a row further down
        for v in t.levels[1:]:
            here = slice(v.low, v.high)
            up = fed.above[here]
            comes = dark[up, column] & live[here]
            carry[here] = np.where(comes, np.maximum(np.maximum(carry[up, column], own[here]), carry[here]), carry[here])
            dark[here] |= comes
    return dark & live, carry


def _without(s: Supply, t: Forest, way: Ways, dark: Bools) -> Ways:
    """The ways that are left."""
    live = way.live & ~dark
    keep = live[t.other_b[way.other], way.case]
    feeds = live[t.row[s.feed_node]]
    racks = per_rack(s, feeds) >= np.maximum(s.feeds_needed, 1)[:, None]
    return Ways(live, way.other[keep], way.case[keep], feeds, racks, way.looped & live[t.closed_a] & live[t.closed_b])


def _ends(s: Supply, last: Floats) -> Floats:
    """(r, c) when a rack has fewer feeds than it needs, of the times (f, c) that each feed ends."""
    order = np.argsort(s.feed_rack, kind="stable")
    count = np.bincount(s.feed_rack, minlength=s.rack_power_w.size)
    place = np.arange(order.size) - np.repeat(np.cumsum(count) - count, count)
    times = np.full((s.rack_power_w.size, int(count.max(initial=1)), last.shape[1]), -np.inf)
    times[s.feed_rack[order], place] = last[order]
    times.sort(axis=1)
    which = np.maximum(times.shape[1] - np.maximum(s.feeds_needed, 1), 0)
    return np.asarray(np.maximum(times[np.arange(len(times)), which], 0.0))
