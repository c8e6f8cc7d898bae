"""Load flow of a supply: backward and forward sweeps over the levels of its forest, all cases at once, in per unit.

Loads draw constant power; a transformer is its series impedance with half of its no-load loss at either end (the pi of pandapower and
power-grid-model) and the ratio of its nominal voltages. A converter holds its output at nominal voltage and draws what its output takes plus its
loss, a line through the losses at its efficiency points. DC is the same without reactance. An alternative that reaches down to a level below its
own takes the current and voltage of the turn before; at the end all agree. A tie closed in service carries what closes the voltage across it
(`supply_loops`).

A case without an operating point is no error: where a voltage falls below 0.4 p.u. or nothing settles, the case has no result but the node that fell.
(Power through one impedance is greatest at no less than half the open voltage, so no operating point lies below.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rackwright.sim.power.supply import Bools, Complexes, Floats, Forest, Ints, Level, Supply, Ways, per_rack, summed, ways
from rackwright.sim.power.supply_loops import Loops

SETTLED = 1e-12
_TURNS = 2000
_LOWEST = 0.4
_CELLS = 200_000


@dataclass(frozen=True, slots=True)
class Lumps:
    """What hangs on nodes besides feeds and branches: VA at a voltage, and how it grows with the voltage (VA per p.u.)."""

    node: Ints
    power_va: Complexes
    slope_va: Complexes
    voltage: Floats


@dataclass(frozen=True, slots=True)
class Figures:
    """The supply in per unit of its whole load, by row (n,) and by alternative; `losses` (m, 5) of converters at 0 to 100 %, share of rating.

    `loaded`: rows with feeds or lumps; `lump`, `slope` and `lump_voltage` for them.
    """

    base_va: float
    z: Complexes
    g: Floats
    other_z: Complexes
    other_g: Floats
    losses: Floats
    rated: Floats
    tangent: Floats
    loaded: Ints
    base_a: Floats
    source: float
    lump: Complexes
    slope: Complexes
    lump_voltage: Floats


def figures(s: Supply, t: Forest, source: float = 1.0, lumps: Lumps | None = None) -> Figures:
    """Per-unit values of every branch and node; `source` is the voltage of the sources, p.u."""
    base = max(float(s.rack_power_w.sum()), 1.0)
    volts = s.voltage_nominal_v[s.b_node]
    z = np.where(s.is_converter, 0, (s.resistance_ohm + 1j * s.reactance_ohm) * base / volts**2)
    g = np.where(s.is_converter, 0.0, s.loss_no_load_w / 2 / base)
    z_row, g_row = np.zeros(s.node_count, dtype=complex), np.zeros(s.node_count)
    fed = t.way >= 0
    z_row[fed], g_row[fed] = z[t.way[fed]], g[t.way[fed]]
    nominal = s.voltage_nominal_v[t.node]
    base_a = base / nominal / np.where(s.is_ac[t.node], np.sqrt(3.0), 1.0)
    rated = np.where(np.isnan(s.power_rated_va), 1.0, s.power_rated_va / base)
    loaded = np.unique(t.row[s.feed_node if lumps is None else np.concatenate((s.feed_node, lumps.node))])
    lump, slope, at = np.zeros(loaded.size, dtype=complex), np.zeros(loaded.size, dtype=complex), np.ones(loaded.size)
    if lumps is not None:
        place = np.searchsorted(loaded, t.row[lumps.node])
        np.add.at(lump, place, lumps.power_va / base)
        np.add.at(slope, place, lumps.slope_va / base)
        at[place] = lumps.voltage
    tangent = np.sqrt(1 / s.power_factor[t.node] ** 2 - 1)
    return Figures(base, z_row, g_row, z[t.other], g[t.other], _losses(s), rated, tangent, loaded, base_a, source, lump, slope, at)


def _losses(s: Supply) -> Floats:
    """(m, 5) loss over rating at 0, 25, 50, 75 and 100 % load. A missing point has the efficiency of the next given one, else of the last."""
    points = s.efficiency.copy()
    for i in (2, 1, 0):
        points[:, i] = np.where(np.isnan(points[:, i]), points[:, i + 1], points[:, i])
    for i in (1, 2, 3):
        points[:, i] = np.where(np.isnan(points[:, i]), points[:, i - 1], points[:, i])
    points = np.where(np.isnan(points), 1.0, points)
    loss = np.array([0.25, 0.5, 0.75, 1.0]) * (1 / points - 1)
    idle = np.where(s.loss_no_load_w > 0, s.loss_no_load_w / s.power_rated_va, np.maximum(2 * loss[:, 0] - loss[:, 1], 0.0))
    return np.column_stack((idle, loss))


@dataclass(frozen=True, slots=True)
class Flow:
    """c cases solved, per unit, by row.

    Attributes:
        ways: what is alive.
        voltage: (n, c); 0: dark.
        current: (n, c) through the series impedance of the way in.
        into: (n, c) complex power into the way in, at its upstream end.
        load: (loaded rows, c) complex power drawn.
        tie: (ties closed in service, c) current from its a to its b.
        collapsed: (c,) the node whose voltage fell, -1: solved. Such a case has zeros everywhere.
        turns: sweeps made.
    """

    ways: Ways
    voltage: Complexes
    current: Complexes
    into: Complexes
    load: Complexes
    tie: Complexes
    collapsed: Ints
    turns: int


@dataclass(frozen=True, slots=True)
class States:
    """Every branch in c cases, (m, c), by branch id; nothing flows in one not used.

    Attributes:
        power_a_va: complex power into the branch at a.
        power_b_va: complex power out of it at b.
        current_a: the greater of the currents at its ends, both at the voltage of b (a converter's: at its output).
        current_in_a: at its upstream end, at the voltage there (a converter's: what it draws).
        loading_s: greater apparent power of the two ends over power_rated_va (a converter's: at its output); NaN without a rating.
        loading_i: current_a over current_rated_a; NaN without a rating.
    """

    power_a_va: Complexes
    power_b_va: Complexes
    current_a: Floats
    current_in_a: Floats
    loading_s: Floats
    loading_i: Floats


def solve(s: Supply, t: Forest, f: Figures, way: Ways, settled: float = SETTLED) -> Flow:
    """Solve the cases of `way`. Settled where no voltage changes by more than `settled` p.u. in a turn."""
    load = _loads(s, t, f, way)
    pairs, loops = _Pairs.of(s, t, f, way), Loops.of(s, t, f.z, f.other_z, way, f.base_va)
    dead = ~way.live
    dark = [(v, *_where(dead[v.low : v.high])) for v in t.levels]
    volts = np.where(way.live, f.source + 0j, 0)
    current, into = np.zeros_like(volts), np.zeros_like(volts)
    fallen = np.full(volts.shape[1], -1)
    asked, unlit = load, dead[f.loaded].astype(float)
    turn, past = 0, np.zeros(0)
    with np.errstate(all="ignore"):
        for turn in range(1, _TURNS + 1):
            before = volts.copy()
            at = before[f.loaded]
            square = at.real**2 + at.imag**2 + unlit
            current[:] = 0
            drawn = asked if not f.slope.any() else asked + (fallen < 0) * f.slope[:, None] * (np.sqrt(square) - f.lump_voltage[:, None])
            current[f.loaded] = np.conj(drawn) * at / square
            loops.draw(current)
            _backward(s, t, f, way, pairs, volts, current)
            _forward(t, f, pairs, dark, volts, current, before)
            loops.close(volts)
            low = _fallen(t, way, before, square, fallen, turn)
            change = np.subtract(volts, before, out=before).view(np.float64)
            past = np.abs(change, out=change).max(axis=0, initial=0.0).reshape(-1, 2).max(axis=1)
            if low.any():
                asked = np.where(fallen >= 0, 0, load)
                volts[:, low] = way.live[:, low]
                pairs.forget(low)
                loops.current[:, low] = 0
            elif not (past > settled).any():
                break
    slow = (past > settled) & (fallen < 0)
    fallen[slow] = t.node[np.where(way.live[:, slow], np.abs(volts[:, slow]), np.inf).argmin(axis=0)]
    gone = fallen >= 0
    volts[:, gone], current[:, gone] = 0, 0
    _enter(s, t, f, way, pairs, volts, current, into)
    into[:, gone], loops.current[:, gone] = 0, 0
    return Flow(way, volts, current, into, np.where(gone, 0, load), loops.current, fallen, turn)


def _where(x: Bools) -> tuple[Ints, Ints]:
    row, case = np.nonzero(x)
    return row, case


def _loads(s: Supply, t: Forest, f: Figures, way: Ways) -> Complexes:
    """(loaded rows, c) complex power of the feeds: a rack's power over its live feeds, nothing where it is dark."""
    alive = per_rack(s, way.feed_live)
    share = np.where(way.rack_live, (s.rack_power_w / f.base_va)[:, None] / np.maximum(alive, 1), 0.0)
    power = summed(np.searchsorted(f.loaded, t.row[s.feed_node]), share[s.feed_rack] * way.feed_live, f.loaded.size)
    return np.asarray(power * (1 + 1j * f.tangent[f.loaded])[:, None] + f.lump[:, None] * way.live[f.loaded])


@dataclass(slots=True)
class _Pairs:
    """Alternatives in use, by level of b. `late`: a lies no higher than b; `linked`: a is fed by another of the same level; `drawn`: current at a."""

    a: Ints
    b: Ints
    case: Ints
    z: Complexes
    g: Floats
    branch: Ints
    converts: Bools
    late: Bools
    linked: Bools
    bounds: Ints
    drawn: Complexes

    @staticmethod
    def of(s: Supply, t: Forest, f: Figures, way: Ways) -> _Pairs:
        order = np.argsort(t.depth[t.other_b[way.other]], kind="stable")
        other, case = way.other[order], way.case[order]
        a, b, branch = t.other_a[other], t.other_b[other], t.other[other]
        bounds = np.searchsorted(t.depth[b], np.arange(len(t.levels) + 1))
        drawn, cases = np.zeros(other.size, dtype=complex), way.live.shape[1]
        low, linked = t.depth[a] - t.depth[b], np.isin(a * cases + case, b * cases + case)
        return _Pairs(a, b, case, f.other_z[other], f.other_g[other], branch, s.is_converter[branch], low >= 0, linked & (low == 0), bounds, drawn)

    def at(self, depth: int) -> slice:
        """Those whose b is of this level."""
        return slice(int(self.bounds[depth]), int(self.bounds[depth + 1]))

    def forget(self, low: Bools) -> None:
        """Nothing drawn in these cases."""
        self.drawn[low[self.case]] = 0


def _converted(f: Figures, branch: Ints, out: Floats) -> Floats:
    """Power a converter draws for what it gives, p.u., any shape whose first axis is that of `branch`."""
    rated = f.rated[branch].reshape(-1, *[1] * (out.ndim - 1))
    share = out / rated * 4
    place = np.clip(share, 0, 3).astype(np.int64)
    table, index = f.losses[branch].reshape(-1, 5), place.reshape(branch.size, -1)
    low = np.take_along_axis(table, index, axis=1).reshape(out.shape)
    high = np.take_along_axis(table, index + 1, axis=1).reshape(out.shape)
    return out + rated * np.maximum(low + (share - place) * (high - low), 0.0)


def _backward(s: Supply, t: Forest, f: Figures, way: Ways, pairs: _Pairs, volts: Complexes, current: Complexes) -> None:
    """Currents from the leaves to the roots; a child's current in per unit is its parent's."""
    if pairs.late.any():
        np.add.at(current, (pairs.a[pairs.late], pairs.case[pairs.late]), pairs.drawn[pairs.late])
    for depth in range(len(t.levels) - 1, -1, -1):
        v, own = t.levels[depth], pairs.at(depth)
        here = current[v.low : v.high]
        if v.has_loss:
            here += f.g[v.low : v.high, None] * volts[v.low : v.high]
        if own.stop > own.start:
            _give(f, pairs, own, volts, current)
        if not depth:
            return
        up = here
        if v.has_loss or v.converters.size or own.stop > own.start:
            up = _up(t, f, way, v, volts, here)
            up[pairs.b[own] - v.low, pairs.case[own]] = 0
        current[v.above] += np.add.reduceat(up, v.start, axis=0) if v.start.size < up.shape[0] else up


def _up(t: Forest, f: Figures, way: Ways, v: Level, volts: Complexes, here: Complexes) -> Complexes:
    """Current into the normal ways of a level at their upstream ends."""
    up = here.copy()
    if v.has_loss:
        up += f.g[v.low : v.high, None] * way.live[v.low : v.high] * volts[t.parent[v.low : v.high]]
    if v.converters.size:
        rows = v.low + v.converters
        drawn = _converted(f, t.way[rows], (volts[rows] * np.conj(here[v.converters])).real) * way.live[rows]
        above = volts[t.parent[rows]]
        up[v.converters] = drawn * (1 - 1j * f.tangent[rows, None]) * above / np.maximum(np.abs(above) ** 2, 1e-9)
    return up


def _give(f: Figures, pairs: _Pairs, own: slice, volts: Complexes, current: Complexes) -> None:
    """What alternatives draw at their upstream ends, to rows above at once, to others in the next turn."""
    b, case, a = pairs.b[own], pairs.case[own], pairs.a[own]
    series = current[b, case] + (pairs.g[own] - f.g[b]) * volts[b, case]
    current[b, case] = series
    drawn = series + pairs.g[own] * volts[a, case]
    converts = pairs.converts[own]
    if converts.any():
        out = (volts[b, case] * np.conj(series)).real[converts]
        above = volts[a, case][converts]
        needs = _converted(f, pairs.branch[own][converts], out) * (1 - 1j * f.tangent[b[converts]])
        drawn[converts] = needs * above / np.maximum(np.abs(above) ** 2, 1e-9)
    pairs.drawn[own] = drawn
    now = ~pairs.late[own]
    np.add.at(current, (a[now], case[now]), drawn[now])


def _forward(
    t: Forest, f: Figures, pairs: _Pairs, dark: list[tuple[Level, Ints, Ints]], volts: Complexes, current: Complexes, before: Complexes
) -> None:
    """Voltages from the roots to the leaves; behind alternatives linked in one level from those of the turn `before`."""
    for depth, (v, row, case) in enumerate(dark):
        here = volts[v.low : v.high]
        if depth:
            np.take(volts, t.parent[v.low : v.high], axis=0, out=here, mode="clip")
            here -= f.z[v.low : v.high, None] * current[v.low : v.high]
            here[v.converters] = 1
        here[row, case] = 0
        own = pairs.at(depth)
        if own.stop > own.start:
            a, b, at = pairs.a[own], pairs.b[own], pairs.case[own]
            volts[b, at] = np.where(pairs.converts[own], 1, np.where(pairs.linked[own], before[a, at], volts[a, at]) - pairs.z[own] * current[b, at])


def _fallen(t: Forest, way: Ways, volts: Complexes, square: Floats, fallen: Ints, turn: int) -> Bools:
    """Cases whose voltage has just collapsed; `fallen` gets their lowest node. Loads are watched every turn, all nodes when it takes long."""
    low: Bools = ~(square.min(axis=0, initial=1.0) >= _LOWEST**2)
    if turn >= 30:
        low |= ~(np.where(way.live, np.abs(volts), 1.0).min(axis=0, initial=1.0) >= _LOWEST)
    low &= fallen < 0
    if low.any():
        size = np.where(way.live[:, low], np.abs(volts[:, low]), np.inf)
        fallen[low] = t.node[np.nan_to_num(size, nan=0.0, posinf=np.inf).argmin(axis=0)]
    return low


def _enter(s: Supply, t: Forest, f: Figures, way: Ways, pairs: _Pairs, volts: Complexes, current: Complexes, into: Complexes) -> None:
    """Complex power into every way in use at its upstream end."""
    for depth, v in enumerate(t.levels):
        if depth:
            up = _up(t, f, way, v, volts, current[v.low : v.high])
            into[v.low : v.high] = volts[t.parent[v.low : v.high]] * np.conj(up)
    into[pairs.b, pairs.case] = volts[pairs.a, pairs.case] * np.conj(pairs.drawn)


def states(s: Supply, t: Forest, f: Figures, flow: Flow) -> States:
    """Powers, currents and both loadings of every branch."""
    shape = (s.branch_count, flow.voltage.shape[1])
    power_a, power_b = np.zeros(shape, dtype=complex), np.zeros(shape, dtype=complex)
    amps, drawn = np.zeros(shape), np.zeros(shape)
    fed = np.flatnonzero(t.way >= 0)
    way = t.way[fed]
    volts, current = flow.voltage[fed], flow.current[fed]
    upper = np.where(s.is_converter[way, None], current, current + f.g[fed, None] * flow.voltage[t.parent[fed]] * flow.ways.live[fed])
    power_a[way] = flow.into[fed] * f.base_va
    power_b[way] = volts * np.conj(current - f.g[fed, None] * volts) * f.base_va
    amps[way] = np.maximum(np.abs(upper), np.abs(current - f.g[fed, None] * volts)) * f.base_a[fed, None]
    drawn[way] = _drawn(flow.into[fed], flow.voltage[t.parent[fed]]) * f.base_a[t.parent[fed], None]
    k, case = flow.ways.other, flow.ways.case
    if k.size:
        b, branch = t.other_b[k], t.other[k]
        normal = np.maximum(t.way[b], 0)
        kept = np.where(t.way[b] >= 0, 0.0, 1.0)
        for x in (power_a, power_b, amps, drawn):
            x[normal, case] *= kept
        v, i = flow.voltage[b, case], flow.current[b, case]
        lower = i - f.other_g[k] * v
        upper = np.where(s.is_converter[branch], i, i + f.other_g[k] * flow.voltage[t.other_a[k], case])
        power_a[branch, case] = flow.into[b, case] * f.base_va
        power_b[branch, case] = v * np.conj(lower) * f.base_va
        amps[branch, case] = np.maximum(np.abs(upper), np.abs(lower)) * f.base_a[b]
        a = t.other_a[k]
        drawn[branch, case] = _drawn(flow.into[b, case], flow.voltage[a, case]) * f.base_a[a]
    _ties(s, t, f, flow, (power_a, power_b, amps, drawn))
    ends = np.where(s.is_converter[:, None], np.abs(power_b), np.maximum(np.abs(power_a), np.abs(power_b)))
    return States(power_a, power_b, amps, drawn, ends / s.power_rated_va[:, None], amps / s.current_rated_a[:, None])


def _drawn(power: Complexes, volts: Complexes) -> Floats:
    """Current of a power at a voltage, p.u.; 0 where it is dark."""
    size = np.abs(volts)
    return np.divide(np.abs(power), size, out=np.zeros(size.shape), where=size > 0)


def _ties(s: Supply, t: Forest, f: Figures, flow: Flow, to: tuple[Complexes, Complexes, Floats, Floats]) -> None:
    """Add what ties closed in service exchange `to` powers at a and b and currents: to the branch of theirs that leads the way it flows."""
    power_a, power_b, amps, drawn = to
    for k, one in enumerate(t.closed.tolist()):
        same = t.other[t.closed_of == k]
        back = int(same[s.a_node[same] != s.a_node[one]][0])
        volts_a, volts_b, current = flow.voltage[t.closed_a[k]], flow.voltage[t.closed_b[k]], flow.tie[k]
        out, into = volts_a * np.conj(current) * f.base_va, volts_b * np.conj(current) * f.base_va
        on, forth = flow.ways.looped[k], out.real >= 0
        size = np.abs(current) * f.base_a[t.closed_b[k]]
        for branch, cases, head, tail in ((one, on & forth, out, into), (back, on & ~forth, -into, -out)):
            power_a[branch, cases], power_b[branch, cases], amps[branch, cases] = head[cases], tail[cases], size[cases]
            drawn[branch, cases] = size[cases]


def voltages(s: Supply, t: Forest, flow: Flow) -> Floats:
    """(n, c) magnitude in volt by node id; 0: dark."""
    return np.asarray(np.abs(flow.voltage[t.row]) * s.voltage_nominal_v[:, None])


def chunks(s: Supply, cases: int) -> Iterator[slice]:
    """Slices of cases small enough to stay in the cache."""
    size = max(1, _CELLS // max(s.node_count, 1))
    return (slice(i, min(i + size, cases)) for i in range(0, cases, size))


def flow(s: Supply, t: Forest, f: Figures, out: Ints, settled: float = SETTLED) -> Flow:
    """Load flow with components out: (c, any) ids, -1 none. `settled` as of `solve`."""
    return solve(s, t, f, ways(s, t, out), settled)
