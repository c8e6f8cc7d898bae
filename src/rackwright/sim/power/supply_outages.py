"""What every failure does to a supply: load moved to what survives, then load flow; and what pairs of failures leave dark.

Connectivity alone is no verdict: a hall may keep every rack fed and load its transformers by half too much. So every case has a load flow, and its
loading is the greater of that by apparent power and that by current (which differ where the voltage is not nominal).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from rackwright.sim.power import supply_flow
from rackwright.sim.power.supply import Bools, Floats, Forest, Ints, Supply, Ways, forest
from rackwright.sim.power.supply_carry import carried, held
from rackwright.sim.power.supply_paths import Paths, distinct
from rackwright.sim.power.supply_window import settle

# A branch at its rating to rounding is not over it.
OVER = 1 + 1e-9


@dataclass(frozen=True, slots=True)
class Outages:
    """What c cases do.

    Attributes:
        racks_dark: (c,) racks, in the end.
        racks_low: (c,) of them those that are dark as their converters get too little voltage, or as it has collapsed.
        low_s: (c,) how long stores carry the first of these; NaN: none.
        load_dark_w: (c,).
        over: (c,) branches over a rating.
        loading: (c,) greatest loading of any branch; NaN: collapsed, or nothing rated.
        branch: (c,) where that is; -1 none.
        voltage: (c,) lowest voltage of a live feed over nominal; NaN: collapsed, or none alive.
        node: (c,) where that is; -1 none.
        transfer_s: (c,) longest transfer that a live rack must ride through; NaN: none.
        carry_s: (c,) least time that anything carries a feed that waits; NaN: none waits.
        carried_by: (c,) who does, bits of `supply_carry.CARRIERS`.
        stopped: (c,) racks that do not live through the transfers.
        collapsed: (c,) the node whose voltage fell, -1: solved.
        dark_case: (d,) with dark_rack: every rack dark in every case.
        dark_rack: (d,).
        branch_loading: (m,) greatest loading of each branch over the cases; NaN: never loaded, or not rated.
        branch_loading_s: (m,) by apparent power alone.
        branch_loading_i: (m,) by current alone.
        branch_current_in: (m,) greatest current at its upstream end, at the voltage there; NaN: never used.
        branch_case: (m,) the case of `branch_loading`; -1 none.
    """

    racks_dark: Ints
    racks_low: Ints
    low_s: Floats
    load_dark_w: Floats
    over: Ints
    loading: Floats
    branch: Ints
    voltage: Floats
    node: Ints
    transfer_s: Floats
    carry_s: Floats
    carried_by: Ints
    stopped: Ints
    collapsed: Ints
    dark_case: Ints
    dark_rack: Ints
    branch_loading: Floats
    branch_loading_s: Floats
    branch_loading_i: Floats
    branch_current_in: Floats
    branch_case: Ints

    @property
    def is_carried(self) -> Bools:
        """(c,) all racks live through the transfers."""
        return np.asarray(self.stopped == 0)


def singles(s: Supply) -> Ints:
    """(k, 1) cases: every component out alone."""
    return np.arange(s.component_count)[:, None]


def sweep(s: Supply, out: Ints) -> Outages:
    """Load flow of every case.

    Args:
        s: the supply.
        out: (c, any) components out in each case, -1 none.
    """
    t = forest(s)
    f = supply_flow.figures(s, t)
    worst = Worst.of(s, len(out))
    for part in supply_flow.chunks(s, len(out)):
        found = supply_flow.flow(s, t, f, out[part])
        worst.take(s, t, f, np.arange(part.start, part.stop), found)
    return worst.outages()


@dataclass(frozen=True, slots=True)
class Rest:
    """A part of a supply: ids in the whole of its branches, nodes and racks; and the worst of all outside it, which stays as it is.

    `over` branches over a rating; greatest `loading` (NaN none) and its `branch`; lowest `voltage` of a feed (inf none) and its `node`.
    """

    branches: Ints
    nodes: Ints
    racks: Ints
    over: int
    loading: float
    branch: int
    voltage: float
    node: int


@dataclass(slots=True)
class Worst:
    """What is kept of the cases as they pass."""

    case: dict[str, Floats]
    branch: dict[str, Floats]
    dark: list[tuple[Ints, Ints]]

    @staticmethod
    def of(s: Supply, cases: int) -> Worst:
        """Nothing yet."""
        names = (
            "racks_dark",
            "racks_low",
            "low_s",
            "load_dark_w",
            "over",
            "loading",
            "branch",
            "voltage",
            "node",
            "transfer_s",
            "carry_s",
            "carried_by",
            "stopped",
            "collapsed",
        )
        kept = {x: np.full(s.branch_count, np.nan) for x in ("branch_loading", "branch_loading_s", "branch_loading_i", "branch_current_in")}
        return Worst({x: np.full(cases, np.nan) for x in names}, kept | {"branch_case": np.full(s.branch_count, -1.0)}, [])

    def take(self, s: Supply, t: Forest, f: supply_flow.Figures, cases: Ints, flow: supply_flow.Flow, rest: Rest | None = None) -> None:
        """Add cases solved on the supply, or on a part of it."""
        if rest is None:
            rest = Rest(np.arange(s.branch_count), np.arange(s.node_count), np.arange(s.rack_power_w.size), 0, np.nan, -1, np.inf, -1)
        states = supply_flow.states(s, t, f, flow)
        hold, rows, fell = held(s, states), np.arange(cases.size), flow.collapsed
        lost = settle(s, t, f, flow, hold)
        case, rack = np.nonzero(~lost.rack_live.T)
        self.dark.append((cases[case], rest.racks[rack]))
        used = np.where((states.current_a > 0) & (fell < 0), 1.0, np.nan)
        by_s, by_i = states.loading_s * used, states.loading_i * used
        loading = np.fmax(by_s, by_i)
        size = np.where(np.isnan(loading), -1.0, loading)
        branch = size.argmax(axis=0)
        most, where = size[branch, rows], rest.branches[branch]
        outside = (fell < 0) & (rest.loading > most)
        most, where = np.where(outside, rest.loading, most), np.where(outside, rest.branch, where)
        volts = np.where(flow.voltage[t.row[s.feed_node]] != 0, np.abs(flow.voltage[t.row[s.feed_node]]), np.inf)
        feed = volts.argmin(axis=0)
        outside = (fell < 0) & (rest.voltage < volts[feed, rows])
        lowest, node = np.where(outside, rest.voltage, volts[feed, rows]), np.where(outside, rest.node, rest.nodes[s.feed_node[feed]])
        here: dict[str, Floats] = {
            "racks_dark": np.asarray((~lost.rack_live).sum(axis=0), dtype=float),
            "racks_low": lost.racks.astype(float),
            "low_s": lost.least_s,
            "load_dark_w": s.rack_power_w @ ~lost.rack_live,
            "over": np.where(fell < 0, (size > OVER).sum(axis=0) + float(rest.over), 0.0),
            "loading": np.where(most >= 0, most, np.nan),
            "branch": np.where(most >= 0, where, -1.0),
            "voltage": np.where(np.isfinite(lowest), lowest, np.nan),
            "node": np.where(np.isfinite(lowest), node, -1.0),
            "transfer_s": _transfer(s, t, flow.ways),
            "collapsed": np.where(fell < 0, -1.0, rest.nodes[fell]),
        }
        for name, values in here.items():
            self.case[name][cases] = values
        self._branches(rest.branches, cases, size, {"loading_s": by_s, "loading_i": by_i, "current_in": states.current_in_a * used})
        self.ride(s, t, cases, flow.ways, hold)

    def ride(self, s: Supply, t: Forest, cases: Ints, way: Ways, hold: Floats | None = None) -> None:
        """Add who carries the load in these cases while it moves; `hold` (m, c) of `supply_carry.held`."""
        found = carried(s, t, way, hold)
        self.case["carry_s"][cases], self.case["carried_by"][cases], self.case["stopped"][cases] = found.carry_s, found.by, found.stopped

    def _branches(self, ids: Ints, cases: Ints, size: Floats, figures: dict[str, Floats]) -> None:
        best = size.argmax(axis=1)
        new = size[np.arange(ids.size), best]
        more = (new >= 0) & ~(new <= self.branch["branch_loading"][ids])
        self.branch["branch_loading"][ids[more]] = new[more]
        self.branch["branch_case"][ids[more]] = cases[best[more]]
        for name, values in figures.items():
            self.branch[f"branch_{name}"][ids] = np.fmax(self.branch[f"branch_{name}"][ids], np.fmax.reduce(values, axis=1, initial=np.nan))

    def outages(self) -> Outages:
        """All of it."""
        none = np.zeros(0, dtype=np.int64)
        case, rack = (np.concatenate([x[i] for x in self.dark]) if self.dark else none for i in (0, 1))
        order = np.argsort(case, kind="stable")
        whole = {"racks_dark", "racks_low", "over", "branch", "node", "collapsed", "branch_case", "carried_by", "stopped"}
        columns = {k: v.astype(np.int64) if k in whole else v for k, v in (self.case | self.branch).items()}
        return Outages(dark_case=case[order], dark_rack=rack[order], **columns)  # type: ignore[arg-type]  # columns by name, dtype by `whole`


def _transfer(s: Supply, t: Forest, way: Ways) -> Floats:
    """(c,) longest transfer time among the alternatives in use; NaN none."""
    longest = np.full(way.live.shape[1], np.nan)
    np.fmax.at(longest, way.case, s.transfer_s[t.other[way.other]])
    return longest


@dataclass(frozen=True, slots=True)
class Pairs:
    """What single components and pairs leave dark.

    Attributes:
        alone: (k, r) sparse, 1 where the component alone leaves the rack dark: single points of failure.
        joint: (k, k) sparse and symmetric, racks that the pair leaves dark and neither alone does.
    """

    alone: sp.csr_array
    joint: sp.csr_array

    def lost_with(self, component: int) -> Ints:
        """(k,) racks dark while this one is out (maintenance) and each other fails; with itself: it alone."""
        one = self.alone[[component]]
        each = np.asarray(self.alone.sum(axis=1)).ravel()
        shared = (self.alone @ one.T).toarray().ravel()
        return np.asarray(one.sum() + each - shared + self.joint[[component]].toarray().ravel(), dtype=np.int64)


def pairs(s: Supply, p: Paths) -> Pairs:
    """Every component and every pair, by matrix products over the racks: a pair leaves a rack dark where the union of their masks does."""
    k, r = s.component_count, s.rack_power_w.size
    alone, joint = sp.csr_array((k, r), dtype=np.int32), sp.csr_array((k, k), dtype=np.int32)
    for kind, rack, component, mask in zip(p.classes, p.rack, p.component, p.mask, strict=True):
        dark = kind.is_dark(mask)
        alone += sp.csr_array((np.ones(dark.sum(), np.int32), (component[dark], kind.racks[rack[dark]])), shape=(k, r))
        rest = np.flatnonzero(~dark)
        masks, which = distinct(mask[rest])
        parts = []
        for i in range(len(masks)):
            here = rest[which == i]
            parts.append(sp.csr_array((np.ones(here.size, np.int32), (component[here], rack[here])), shape=(k, kind.racks.size)))
        for i, u in enumerate(masks):
            against = [parts[j] for j in np.flatnonzero(kind.is_dark(masks | u)).tolist()]
            if against:
                other = against[0]
                for x in against[1:]:
                    other = other + x
                joint += parts[i] @ other.T
    return Pairs(alone, joint)
