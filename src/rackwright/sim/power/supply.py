"""The supply of a hall as arrays: a forest of normal ways with alternatives, the racks on it, and which of it is alive when components are out.

Every node has at most one normal way in (rank 0) and any number of alternatives (rank 1, 2, ...: a tie, the second input of a transfer switch, a
static bypass, a generator). An alternative is taken where the normal way is dead, the topmost dead node first, so that a tie carries all below it;
a node once fed keeps its way, so the ways in use are a forest. A tie that works both ways is two branches with one component; one that takes no time
is closed in service, and where neither of its ends needs it a loop of its own (`closed`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Supply:
    """n nodes, m branches, f feeds, r racks, k components; all ids are positions. The names are those of the tables `supply_*`.

    Attributes:
        is_source: (n,) stiff at its nominal voltage: a grid or a generator. A source impedance is a branch.
        is_ac: (n,) three-phase with line voltage, else two-wire DC with pole-to-pole voltage.
        voltage_nominal_v: (n,) above 0.
        power_factor: (n,) lagging, of what the feeds of a node draw; at the output of a converter, what the converter draws at its input.
        a_node: (m,) upstream.
        b_node: (m,) downstream.
        rank: (m,) 0 normal way, 1 and up alternatives in order.
        resistance_ohm: (m,) at the voltage of b: per phase (AC) or both conductors (DC). May be 0.
        reactance_ohm: (m,) likewise; 0 for DC.
        power_rated_va: (m,) NaN: none.
        current_rated_a: (m,) at b; NaN: none.
        loss_no_load_w: (m,) half of it at either end, growing with V^2 (of a converter: its loss at no load; 0: from the curve).
        is_converter: (m,) regulates b to its nominal voltage and draws power over efficiency (double-conversion UPS, rectifier).
        efficiency: (m, 4) at 25, 50, 75 and 100 % of power_rated_va; NaN: none.
        window: (m, 2) least and greatest input voltage over nominal that a converter works from.
        transfer_s: (m,) time to take this alternative; NaN: none.
        feed_rack: (f,).
        feed_node: (f,).
        rack_power_w: (r,) shared equally by the live feeds of the rack.
        feeds_needed: (r,) with fewer live feeds the rack is dark.
        branch_component: (m,) -1: cannot fail.
        node_component: (n,) -1: cannot fail.
        component_count: k.
        store_s: (m,) how long what the branch stores carries its rating when nothing comes in; NaN: no store.
        store_kind: (m,) bit of `supply_carry.CARRIERS` that such a store is.
        rack_store_s: (r,) how long batteries of the rack carry it; 0: none.
        place: (p,) component that is a room, trench or riser, with member: (p,) a component that is out with it.
    """

    is_source: Bools
    is_ac: Bools
    voltage_nominal_v: Floats
    power_factor: Floats
    a_node: Ints
    b_node: Ints
    rank: Ints
    resistance_ohm: Floats
    reactance_ohm: Floats
    power_rated_va: Floats
    current_rated_a: Floats
    loss_no_load_w: Floats
    is_converter: Bools
    efficiency: Floats
    window: Floats
    transfer_s: Floats
    feed_rack: Ints
    feed_node: Ints
    rack_power_w: Floats
    feeds_needed: Ints
    branch_component: Ints
    node_component: Ints
    component_count: int
    store_s: Floats
    store_kind: Ints
    rack_store_s: Floats
    place: Ints
    member: Ints

    @property
    def node_count(self) -> int:
        """N."""
        return self.is_source.size

    @property
    def branch_count(self) -> int:
        """M."""
        return self.a_node.size


@dataclass(frozen=True, slots=True)
class Level:
    """Rows low to high: the nodes so many normal ways below their root. `start` and `above`: where the children of each parent begin, and its row."""

    low: int
    high: int
    start: Ints
    above: Ints
    converters: Ints
    has_loss: bool


@dataclass(frozen=True, slots=True)
class Forest:
    """The supply in rows: nodes by level, siblings together.

    `row` (n,) of a node, `node` (n,) of a row; by row: `parent` (row; roots their own), `way` (branch of the normal way, -1), `depth`.
    Alternatives, by rank: `branch`, upstream and downstream rows. Ties closed in service: `closed` (one branch of each), the rows of its ends, and
    (others,) which of them an alternative is, -1 none.
    """

    row: Ints
    node: Ints
    parent: Ints
    way: Ints
    depth: Ints
    levels: list[Level]
    other: Ints
    other_a: Ints
    other_b: Ints
    branches_of: list[Ints]
    rows_of: list[Ints]
    closed: Ints
    closed_a: Ints
    closed_b: Ints
    closed_of: Ints


def forest(s: Supply) -> Forest:
    """Put the nodes in order.

    Raises:
        ValueError: two normal ways into one node, a way into a source, or a loop of normal ways; with the nodes.
    """
    n = s.node_count
    first = np.flatnonzero(s.rank == 0)
    into = s.b_node[first]
    twice = np.flatnonzero(np.bincount(into, minlength=n) > 1)
    if twice.size:
        raise ValueError(f"node {twice[0]} has {np.count_nonzero(into == twice[0])} normal ways: one keeps rank 0, the others are alternatives")
    if s.is_source[s.b_node].any():
        raise ValueError(f"branch {np.flatnonzero(s.is_source[s.b_node])[0]} leads into a source")
    way = np.full(n, -1)
    way[into] = first
    up = np.where(way >= 0, s.a_node[way], np.arange(n))
    order, depth, steps = _by_level(up, way < 0)
    row = np.empty(n, dtype=np.int64)
    row[order] = np.arange(n)
    parent, way = row[up[order]], way[order]
    other = np.flatnonzero(s.rank > 0)
    other = other[np.argsort(s.rank[other], kind="stable")]
    levels = [_level(s, lo, hi, parent, way) for lo, hi in steps]
    on_branch = _members(s.branch_component, s.component_count)
    on_node = [row[x] for x in _members(s.node_component, s.component_count)]
    sorted_ = np.argsort(s.place, kind="stable")
    places, first = np.unique(s.place[sorted_], return_index=True)
    for place, within in zip(places.tolist(), np.split(s.member[sorted_], first[1:]), strict=False):
        on_branch[place], on_node[place] = (np.unique(np.concatenate([x[c] for c in within.tolist()])) for x in (on_branch, on_node))
    a, b = row[s.a_node[other]], row[s.b_node[other]]
    closed, closed_of = _closed(s, other)
    ends = row[s.a_node[closed]], row[s.b_node[closed]]
    return Forest(row, order, parent, way, depth, levels, other, a, b, on_branch, on_node, closed, *ends, closed_of)


def _closed(s: Supply, other: Ints) -> tuple[Ints, Ints]:
    """Ties closed in service, one branch of each: alternatives without delay both ways between two nodes. And which of them each alternative is."""
    ends = np.sort(np.column_stack((s.a_node[other], s.b_node[other])), axis=1)
    key = np.column_stack((ends, s.branch_component[other], s.transfer_s[other] != 0))
    _, first, which = np.unique(key, axis=0, return_index=True, return_inverse=True)
    which = which.ravel()
    forward = s.a_node[other] < s.b_node[other]
    both = (np.bincount(which, forward, first.size) > 0) & (np.bincount(which, ~forward, first.size) > 0) & (s.transfer_s[other[first]] == 0)
    place = np.where(both, np.cumsum(both) - 1, -1)
    return other[first[both]], place[which]


def _by_level(up: Ints, is_root: Bools) -> tuple[Ints, Ints, list[tuple[int, int]]]:
    """Order of the nodes by level with siblings together, the level by row, and the rows of each level."""
    children = np.argsort(np.where(is_root, -1, up), kind="stable")
    count = np.bincount(up[~is_root], minlength=up.size)
    begin = np.count_nonzero(is_root) + np.concatenate(([0], np.cumsum(count)[:-1]))
    now, found, steps, low = np.flatnonzero(is_root), [], [], 0
    while now.size:
        found.append(now)
        steps.append((low, low + now.size))
        low += now.size
        many = count[now]
        offset = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
        now = children[np.repeat(begin[now], many) + offset]
    if low < up.size:
        lost = np.setdiff1d(np.arange(up.size), np.concatenate(found) if found else [])
        raise ValueError(f"normal ways form a loop among nodes {', '.join(map(str, lost[:8].tolist()))}")
    depth = np.repeat(np.arange(len(steps)), [hi - lo for lo, hi in steps])
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64), depth, steps


def _level(s: Supply, low: int, high: int, parent: Ints, way: Ints) -> Level:
    above = parent[low:high]
    start = np.flatnonzero(np.concatenate(([True], above[1:] != above[:-1])))
    ways = way[low:high]
    converts = np.flatnonzero((ways >= 0) & s.is_converter[ways]) if s.branch_count else np.zeros(0, dtype=np.int64)
    has_loss = bool((s.loss_no_load_w[ways] * (ways >= 0) * ~s.is_converter[ways]).any()) if s.branch_count else False
    return Level(low, high, start, above[start], converts, has_loss)


def _members(component: Ints, count: int) -> list[Ints]:
    """Positions of each component's rows."""
    order = np.argsort(component, kind="stable")
    return np.split(order, np.searchsorted(component[order], np.arange(count + 1)))[1:][:count]


@dataclass(frozen=True, slots=True)
class Ways:
    """What is alive in c cases.

    `live` (n, c) by row; alternatives taken as `other` (place in Forest.other) and `case`, in the order they were taken; `feed_live` (f, c);
    `rack_live` (r, c); `looped` (ties of Forest.closed, c): closed between two nodes that live without it.
    """

    live: Bools
    other: Ints
    case: Ints
    feed_live: Bools
    rack_live: Bools
    looped: Bools


def ways(s: Supply, t: Forest, out: Ints) -> Ways:
    """What is alive when the components of each case are out: (c, any) ids, -1 none. What can be reached over any way is alive."""
    cases = len(out)
    row_ok, branch_ok = np.ones((s.node_count, cases), dtype=bool), np.ones((s.branch_count, cases), dtype=bool)
    case, column = np.nonzero(out >= 0)
    for ok, of in ((row_ok, t.rows_of), (branch_ok, t.branches_of)):
        lost = [of[c] for c in out[case, column].tolist()]
        if lost:
            ok[np.concatenate(lost), np.repeat(case, [x.size for x in lost])] = False
    through = row_ok & branch_ok[t.way] if s.branch_count else row_ok
    source = s.is_source[t.node]
    live = np.zeros((s.node_count, cases), dtype=bool)
    live[: t.levels[0].high] = row_ok[: t.levels[0].high] & source[: t.levels[0].high, None]
    for v in t.levels[1:]:
        live[v.low : v.high] = through[v.low : v.high] & live[t.parent[v.low : v.high]]
    taken = list(_transfers(t, live, through, row_ok[t.other_b] & branch_ok[t.other]))
    none = np.zeros(0, dtype=np.int64)
    other, at = (np.concatenate([x[i] for x in taken]) if taken else none for i in (0, 1))
    feed_live = live[t.row[s.feed_node]]
    looped = live[t.closed_a] & live[t.closed_b] & branch_ok[t.closed]
    tie = t.closed_of[other]
    looped[tie[tie >= 0], at[tie >= 0]] = False
    return Ways(live, other, at, feed_live, per_rack(s, feed_live) >= np.maximum(s.feeds_needed, 1)[:, None], looped)


def per_rack(s: Supply, feeds: Bools) -> Ints:
    """(r, c) how many feeds of each rack are so, of (f, c)."""
    return np.asarray(summed(s.feed_rack, feeds, s.rack_power_w.size, np.int64))


def summed(index: Ints, values: NDArray[Any], count: int, dtype: Any = None) -> NDArray[Any]:
    """(count, c) sums of the rows of `values` (f, c) that have each `index` (f,); as `np.add.at`, many times as fast."""
    found = np.zeros((count, *values.shape[1:]), dtype=dtype or values.dtype)
    if index.size:
        order = np.argsort(index, kind="stable")
        ends = index[order]
        first = np.flatnonzero(np.concatenate(([True], ends[1:] != ends[:-1])))
        found[ends[first]] = np.add.reduceat(values[order], first, axis=0, dtype=found.dtype)
    return found


def _transfers(t: Forest, live: Bools, through: Bools, usable: Bools) -> Iterator[tuple[Ints, Ints]]:
    """Take alternatives until nothing more comes alive: (places in Forest.other, cases); `live` changes. Downwards, so the topmost comes first."""
    order = np.argsort(t.depth[t.other_b], kind="stable")
    bounds = np.searchsorted(t.depth[t.other_b][order], np.arange(len(t.levels) + 1))
    while True:
        open_ = (usable & ~live[t.other_b] & live[t.other_a]).any(axis=0)
        if not open_.any():
            return
        columns = np.flatnonzero(open_)
        some, can, may = live[:, columns], usable[:, columns], through[:, columns]
        for depth, v in enumerate(t.levels):
            if depth:
                some[v.low : v.high] |= may[v.low : v.high] & some[t.parent[v.low : v.high]]
            here = order[bounds[depth] : bounds[depth + 1]]
            want = can[here] & ~some[t.other_b[here]] & some[t.other_a[here]]
            place, at = np.nonzero(want)
            # Several alternatives of one node: nonzero lists them by rank, the first of a node and case counts.
            keep = np.unique(t.other_b[here][place] * columns.size + at, return_index=True)[1]
            place, at = here[place[keep]], at[keep]
            some[t.other_b[place], at] = True
            yield place, columns[at]
        live[:, columns] = some
