"""Fault currents at every node of a hall's supply, by who feeds the fault: utility at its greatest and least, generator alone, inverter alone.

The utility reaches through a UPS over its bypass. Between a generator and a fault stands its corrected subtransient impedance, and for the least
current what it goes on giving. Conductors are at 20 degC for greatest and at their end temperature for least currents. What must be cleared
of the utility is the fault between two phases, sqrt(3)/2 of the three-phase one. Alternatives other than
generators (a reserve block, a tie) are not counted: they are as strong as what they stand in for. Behind a rectifier the fault is one of DC: it gets
what the converter's limit lets through, and first the discharge of its output capacitors where these are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.base.stage import stage
from rackwright.schema.tables import Tables, frame
from rackwright.sim.power import short_circuit
from rackwright.sim.power.dc_devices import Discharge
from rackwright.sim.power.short_circuit import Case
from rackwright.sim.power.supply import Bools, Complexes, Floats, Ints, Supply
from rackwright.sim.power.supply_tables import CHAIN, column, facts, known, normal_tree, supply_of

END_DEGC = 160.0
"""Conductors at low voltage when the least fault is cleared: the limit of PVC insulation (IEC 60364-4-43)."""

XLPE_END_DEGC = 250.0
"""The same of medium-voltage cables, whose insulation is XLPE (IEC 60364-4-43, IEC 60502-2)."""

GENERATOR_X = 0.15
"""Subtransient reactance of a generator whose part gives none, p.u.: within the usual 0.10 to 0.20 of low-voltage sets."""

GENERATOR_MULTIPLE = 3.0
"""What a generator with excitation support holds during a fault over its rated current, where its part gives none: NEMA MG 1 asks for 10 s of it."""

GENERATOR_FACTOR = 0.8
OWN_SHARE = 0.1
"""Of the impedance behind a service what is its own line; the rest all services of a utility have in common, for they come from one grid. Our
estimate: two services joined by a closed tie then have 1.05 times the fault current of one, any number of them less than 1.12 times."""

LOOP_H_PER_M = 0.5e-6
"""Inductance of a DC loop of parallel bars, H/m: our estimate; a smaller one gives a greater peak."""

OWN_LOOP_H = 0.5e-6
"""Inductance from the capacitors of a sidecar to its output where its part gives none: a metre of bars, our estimate."""
OWN_LOOP_S = 20e-6
"""Time constant of a capacitor bank with its bars, which over its capacitance is their resistance: our estimate, of film capacitors."""

CASES: tuple[Case, Case] = ("max", "min")
Names: TypeAlias = NDArray[Any]
_CONDUCTORS = ("line", "breaker", "busway", "whip", "tap", "tie")


@dataclass(frozen=True, slots=True)
class Tied:
    """The network of the greatest currents of the utility, with ties closed in service; `branch` (t,) of each."""

    net: short_circuit.Network
    sources: short_circuit.Sources
    ties: short_circuit.Ties
    branch: Ints

    def shares(self, node: Ints, at: Ints) -> tuple[Floats, Floats]:
        """As `short_circuit.shares`."""
        return short_circuit.shares(self.net, self.sources, "max", self.ties, node, at)


@dataclass(frozen=True, slots=True)
class Faults:
    """(n,) A each, initial three-phase but for `utility_two_a` (between two phases, least): 0 where nobody of that kind feeds the node.

    Attributes:
        parent: the normal tree with UPS as through connections, -1 at its tops.
        way: branch from the parent, -1 none.
        peak_a: of `most_a`, as `thermal_a` (1 s) and `single_a` (phase to earth, NaN: not known).
        peak_s: time to it of DC nodes, else NaN.
        utility_ohm: impedance behind `utility_min_a`.
        loop_ohm: resistance between a DC node and the converter before it, 0 of others.
        discharge: of the capacitors of that converter.
        tied: ties that are closed in service; None: there are none.
    """

    parent: Ints
    way: Ints
    utility_max_a: Floats
    utility_min_a: Floats
    utility_two_a: Floats
    generator_max_a: Floats
    generator_min_a: Floats
    inverter_a: Floats
    most_a: Floats
    peak_a: Floats
    thermal_a: Floats
    single_a: Floats
    peak_s: Floats
    utility_ohm: Complexes
    loop_ohm: Floats
    discharge: Discharge
    tied: Tied | None

    def least(self) -> Floats:
        """(n,) of the weakest that feeds the node alone; 0: nobody does."""
        all_ = np.stack([self.utility_two_a, self.generator_min_a, self.inverter_a])
        found = np.where(all_ > 0, all_, np.inf).min(axis=0)
        return np.where(np.isfinite(found), found, 0.0)


@dataclass(frozen=True, slots=True)
class _Tree:
    """The supply as `short_circuit` wants it. `roots` are tops by kind of source."""

    parent: Ints
    way: Ints
    resistance_ohm: Floats
    reactance_ohm: Floats
    transformer_x: Floats
    end_degc: Floats


def currents(t: Tables, s: Supply) -> Faults:
    """Faults at every node, everything in service."""
    kind = t["supply_branches"]["kind"].to_numpy()
    tree, is_grid = _tree(t, s, kind), t["supply_nodes"]["kind"].to_numpy() == "grid"
    grids = np.flatnonzero(is_grid)
    upper, lower = (_graded(t, s, tree, kind, case) for case in CASES)
    net, sources, found = _network(s, upper, tree.parent), _grid(t, s, kind, grids, "max"), _closed(s, tree, kind, grids)
    tied = Tied(net, sources, *found) if found else None
    high = short_circuit.short_circuit(net, sources, "max", ties=tied.ties if tied else None)
    low = _solve(s, lower, tree.parent, _grid(t, s, kind, grids, "min"), "min")
    generator, above = np.flatnonzero(kind == "generator"), tree.parent.copy()
    above[s.b_node[generator]] = s.a_node[generator]
    running = {case: _running(t, s, generator, case) for case in CASES}
    sets = {case: _solve(s, _fed_by(s, tree, own), above, _sets(t, s, own, case), case) for case, own in running.items()}
    reached = _below(above, np.isin(np.arange(s.node_count), s.a_node[generator]))
    inverter = _inverters(t, s, tree)
    own = {k: np.where(reached, v.ik3_a, 0.0) for k, v in sets.items()}
    is_set = own["max"] > high.ik3_a
    direct = _direct(t, s)
    most = np.where(is_grid, np.inf, np.where(is_set, own["max"], high.ik3_a))
    peak = np.where(is_grid, np.inf, np.where(is_set, sets["max"].ip_a, high.ip_a))
    return Faults(
        tree.parent,
        tree.way,
        high.ik3_a,
        low.ik3_a,
        low.ik2_a,
        own["max"],
        own["min"],
        np.where(direct.is_dc, direct.steady_a, inverter),
        np.where(direct.is_dc, direct.steady_a, most),
        np.where(direct.is_dc, direct.peak_a, peak),
        np.where(direct.is_dc, direct.steady_a, np.where(is_set, sets["max"].ith_a, high.ith_a)),
        np.where(direct.is_dc, np.nan, high.ik1_a),
        direct.peak_s,
        low.impedance_ohm,
        direct.loop_ohm,
        direct.discharge,
        tied,
    )


@stage(reads=("inputs", "part_facts", *CHAIN), writes=("fault_levels",))
def fault_levels(t: Tables) -> dict[str, pl.DataFrame]:
    """Table `fault_levels`: every node that something feeds."""
    s = supply_of(t)
    return table(t, currents(t, s))


def table(t: Tables, f: Faults) -> dict[str, pl.DataFrame]:
    """`f` as the table."""
    keep = np.flatnonzero((f.most_a > 0) & ~t["supply_nodes"]["kind"].is_in(["grid", "generator"]).to_numpy())
    columns = {
        "current_max_a": f.most_a,
        "current_min_a": f.least(),
        "current_peak_a": f.peak_a,
        "current_thermal_a": f.thermal_a,
        "current_utility_a": np.where(f.utility_min_a > 0, f.utility_min_a, np.nan),
        "current_two_a": np.where(f.utility_two_a > 0, f.utility_two_a, np.nan),
        "current_generator_a": np.where(f.generator_min_a > 0, f.generator_min_a, np.nan),
        "current_inverter_a": np.where(f.inverter_a > 0, f.inverter_a, np.nan),
        "current_single_a": f.single_a,
        "time_peak_s": f.peak_s,
    }
    return {"fault_levels": frame("fault_levels", {"node_id": keep, **{k: known(v[keep]) for k, v in columns.items()}})}


def _tree(t: Tables, s: Supply, kind: Names) -> _Tree:
    parent, way = normal_tree(s)
    cut = (way >= 0) & ((s.is_ac != s.is_ac[parent]) | ~s.is_ac)
    parent[cut] = -1
    fed = parent >= 0
    x = s.reactance_ohm * s.power_rated_va / s.voltage_nominal_v[s.b_node] ** 2
    relative = np.where(fed & (kind[way] == "transformer"), x[way], np.nan)
    through = np.where(s.is_converter, 0.0, 1.0)
    hot = np.where((kind == "line") & (s.voltage_nominal_v[s.b_node] > short_circuit.LOW_VOLTAGE_V), XLPE_END_DEGC, END_DEGC)
    end = np.where(fed & np.isin(kind[way], _CONDUCTORS), hot[way], np.nan)
    ohm = [np.where(fed, (v * through)[way], 0.0) for v in (s.resistance_ohm, s.reactance_ohm)]
    return _Tree(parent, way, ohm[0], ohm[1], relative, end)


def _graded(t: Tables, s: Supply, tree: _Tree, kind: Names, case: Case) -> _Tree:
    """The tree with each service's own part of the utility's impedance for the case. The table's holds for the greatest fault current without c;
    IEC 60909 has c in it.
    """
    c = np.where(kind == "source", OWN_SHARE * _weaker(t, case) * short_circuit.voltage_factor(s.voltage_nominal_v[s.b_node], case), 1.0)
    own = np.where(tree.parent >= 0, c[tree.way], 1.0)
    return _Tree(tree.parent, tree.way, tree.resistance_ohm * own, tree.reactance_ohm * own, tree.transformer_x, tree.end_degc)


def _weaker(t: Tables, case: Case) -> float:
    """The utility's impedance over that of its greatest fault current."""
    least = t.input("power.utility.fault_current_min")
    return t.input("power.utility.fault_current") / least if case == "min" and least == least else 1.0


def _grid(t: Tables, s: Supply, kind: Names, grids: Ints, case: Case) -> short_circuit.Sources:
    """Grids behind what their services have in common."""
    sources = np.flatnonzero(kind == "source")
    node, first = np.unique(s.a_node[sources], return_index=True)
    way = sources[first][np.searchsorted(node, grids)]
    ohm = (s.resistance_ohm + 1j * s.reactance_ohm)[way]
    level = s.voltage_nominal_v[s.b_node[way]] ** 2 / ((1 - OWN_SHARE) * _weaker(t, case) * np.abs(ohm))
    endless, nothing = np.full(len(grids), np.inf), np.full(len(grids), np.nan)
    return short_circuit.Sources(grids, level, level, ohm.real / ohm.imag, endless, nothing, nothing)


def _running(t: Tables, s: Supply, branch: Ints, case: Case) -> Ints:
    """Of the sets or UPS modules into each node the branch with most of them for the greatest current, with fewest (one is out) for the least."""
    modules = column(t, "modules")[branch] * (-1 if case == "max" else 1)
    order = np.lexsort((modules, s.b_node[branch]))
    return branch[order][np.unique(s.b_node[branch][order], return_index=True)[1]]


def _fed_by(s: Supply, tree: _Tree, branch: Ints) -> _Tree:
    """The tree with these branches as the ways into their nodes."""
    ohm, at = [tree.resistance_ohm.copy(), tree.reactance_ohm.copy()], s.b_node[branch]
    for own, of in zip(ohm, (s.resistance_ohm, s.reactance_ohm), strict=True):
        own[at] = of[branch]
    relative, end = tree.transformer_x.copy(), tree.end_degc.copy()
    relative[at], end[at] = np.nan, np.nan
    return _Tree(tree.parent, tree.way, ohm[0], ohm[1], relative, end)


def _closed(s: Supply, tree: _Tree, kind: Names, grids: Ints) -> tuple[short_circuit.Ties, Ints] | None:
    """Ties, and their branches, that are closed in service, between nodes that the utility reaches."""
    reached = _below(tree.parent, np.isin(np.arange(s.node_count), grids))
    found = np.flatnonzero((kind == "tie") & (s.rank > 0) & (s.transfer_s == 0) & reached[s.a_node] & reached[s.b_node])
    found = found[np.unique(s.branch_component[found], return_index=True)[1]]
    if not found.size:
        return None
    a, b = s.a_node[found], s.b_node[found]
    ratio, nothing = s.voltage_nominal_v[a] / s.voltage_nominal_v[b], np.full(found.size, np.nan)
    return short_circuit.Ties(a, b, s.resistance_ohm[found], s.reactance_ohm[found], ratio, nothing), found


def _solve(s: Supply, tree: _Tree, parent: Ints, sources: short_circuit.Sources, case: Case) -> short_circuit.Currents:
    """Currents of these sources; trees of others carry none."""
    return short_circuit.short_circuit(_network(s, tree, parent), sources, case)


def _network(s: Supply, tree: _Tree, parent: Ints) -> short_circuit.Network:
    """Zero sequence: a Dyn transformer has its impedance; of conductors it is not known."""
    start = ~np.isnan(tree.transformer_x)
    zero = [np.where(start, v, np.nan) for v in (tree.resistance_ohm, tree.reactance_ohm)]
    ohm = (tree.resistance_ohm, tree.reactance_ohm)
    return short_circuit.Network(parent, s.voltage_nominal_v, *ohm, tree.transformer_x, None, tree.end_degc, zero[0], zero[1], start)


def _sets(t: Tables, s: Supply, branch: Ints, case: Case) -> short_circuit.Sources:
    """Generators behind their subtransient impedance, for least currents limited to what they go on giving."""
    node, volts, rated = s.a_node[branch], s.voltage_nominal_v[s.b_node[branch]], s.power_rated_va[branch]
    parts = t["supply_branches"]["part"].gather(branch).to_list()
    own = column(t, "subtransient_ohm")[branch] * rated / volts**2
    z = short_circuit.generator_impedance(
        rated, volts, volts, np.where(np.isnan(own), GENERATOR_X, own), facts(t, parts, "power_factor", GENERATOR_FACTOR)
    )
    level = short_circuit.voltage_factor(volts, case) * volts**2 / np.abs(z)
    multiple = column(t, "fault_multiple")[branch]
    limit = np.where(np.isnan(multiple), GENERATOR_MULTIPLE, multiple) * s.current_rated_a[branch]
    nothing = np.full(len(node), np.nan)
    return short_circuit.Sources(node, level, level, z.real / z.imag, limit if case == "min" else np.full(len(node), np.inf), nothing, nothing)


def _inverters(t: Tables, s: Supply, tree: _Tree) -> Floats:
    """(n,) what the inverter before each node gives, of modules in parallel with the spare one out."""
    ups = np.flatnonzero(s.is_converter & s.is_ac[s.b_node])
    if not ups.size:
        return np.zeros(s.node_count)
    ups = _running(t, s, ups, "min")
    above = tree.parent.copy()
    above[s.b_node[ups]] = -1
    limit = column(t, "fault_multiple")[ups] * s.current_rated_a[ups]
    endless, nothing = np.full(len(ups), np.inf), np.full(len(ups), np.nan)
    sources = short_circuit.Sources(s.b_node[ups], endless, endless, np.full(len(ups), 0.1), limit, nothing, nothing)
    return _solve(s, tree, above, sources, "min").ik3_a


def _below(parent: Ints, roots: Bools) -> Bools:
    """(n,) nodes of trees with these tops."""
    found = roots.copy()
    for step in short_circuit.levels(parent)[1:]:
        found[step] |= found[parent[step]]
    return found


@dataclass(frozen=True, slots=True)
class _Direct:
    is_dc: Bools
    steady_a: Floats
    peak_a: Floats
    peak_s: Floats
    loop_ohm: Floats
    discharge: Discharge


def _direct(t: Tables, s: Supply) -> _Direct:
    """DC nodes: the converter's limit, or what the loop's resistance leaves of it; peak of its capacitors where these are known."""
    is_dc, nothing = ~s.is_ac, np.full(s.node_count, np.nan)
    if not is_dc.any():
        zero = np.zeros(s.node_count)
        return _Direct(is_dc, zero, nothing, nothing, zero, Discharge(s.voltage_nominal_v, zero, zero, zero))
    parent, way = normal_tree(s)
    head = is_dc & (way >= 0) & s.is_ac[parent]
    modules, parts = column(t, "modules"), t["supply_branches"]["part"].to_list()
    farad = facts(t, parts, "capacitance") * modules
    own_ohm, own_h = (facts(t, parts, f"capacitance_{x}") / modules for x in ("resistance", "inductance"))
    own_ohm, own_h = np.where(own_ohm > 0, own_ohm, OWN_LOOP_S / farad), np.where(own_h > 0, own_h, OWN_LOOP_H / modules)
    limit = np.where(head, (column(t, "fault_multiple") * s.current_rated_a)[way], 0.0)
    store, ohm, metres = np.where(head, farad[way], np.nan), np.zeros(s.node_count), np.zeros(s.node_count)
    r, h = (np.where(head, x[way], np.nan) for x in (own_ohm, own_h))
    for step in short_circuit.levels(np.where(is_dc & ~head, parent, -1))[1:]:
        up, own = parent[step], way[step]
        limit[step], store[step], r[step], h[step] = limit[up], store[up], r[up], h[up]
        ohm[step] = ohm[up] + s.resistance_ohm[own]
        metres[step] = metres[up] + np.nan_to_num(column(t, "length_mm")[own]) / 1000
    with np.errstate(divide="ignore"):
        steady = np.where(is_dc, np.minimum(np.nan_to_num(limit), np.where(ohm > 0, s.voltage_nominal_v / ohm, np.inf)), 0.0)
    peak, when = nothing.copy(), nothing.copy()
    has = is_dc & (store > 0)
    discharge = Discharge(s.voltage_nominal_v, np.where(has, store, 0.0), r + ohm, h + LOOP_H_PER_M * metres)
    if has.any():
        loops = discharge.loops(has)
        when[has], peak[has] = loops.time_to_peak(), loops.peak() + steady[has]
    return _Direct(is_dc, steady, peak, when, ohm, discharge)
