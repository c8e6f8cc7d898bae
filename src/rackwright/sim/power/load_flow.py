"""Load flow of every power case: reads power_nodes, power_branches, power_cases, devices and part_facts; writes the three state tables.

A shelf takes output over efficiency from its AC input; its droop is control, not loss. A shelf with PSUs lost has its rating and droop
conductance scaled by those left. Ratings are not enforced, only reported:

    loading = the greater of |current_a| over current_rated_a and power_b_w over power_rated_w (of the PSUs left in a shelf)

which is the ratio of amperes for conductors and connectors and of delivered watts for shelves, PDUs and power supplies.

Limits: steady state at power_max_w; current sharing between shelves is by their droop alone (no share bus).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.base.stage import stage
from rackwright.schema.tables import Tables, frame
from rackwright.sim.power import alternating, network
from rackwright.sim.power.battery import ride_through

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

READS = ("power_nodes", "power_branches", "power_cases", "devices", "part_facts")
WRITES = ("power_case_states", "power_node_states", "power_branch_states")


@stage(reads=READS, writes=WRITES)
def run(t: Tables) -> dict[str, pl.DataFrame]:
    """State of every node and branch in every case, and the case as a whole. A case without an operating point has `is_solved` false."""
    plan = _Plan.of(t)
    flow = _solve(plan)
    return {
        "power_case_states": _case_states(t, plan, flow),
        "power_node_states": _node_states(plan, flow),
        "power_branch_states": _branch_states(plan, flow),
    }


@dataclass(frozen=True, slots=True)
class _Plan:
    """The tables as arrays: n nodes, m branches, c cases. `there` (c, m): the branch's device is not lost; `psu_left` (c, m) a share."""

    case_id: Ints
    node_id: Ints
    branch_id: Ints
    a: Ints
    b: Ints
    is_feed: Bools
    is_ac: Bools
    nominal_v: Floats
    load_w: Floats
    is_shelf: Bools
    is_ac_branch: Bools
    columns: dict[str, Floats]
    groups: Floats
    feed_stands: Bools
    there: Bools
    psu_left: Floats

    @staticmethod
    def of(t: Tables) -> _Plan:
        """Read the tables. Node ids may be any; positions are used inside."""
        nodes, branches, cases = t["power_nodes"].sort("node_id"), t["power_branches"].sort("branch_id"), t["power_cases"].sort("case_id")
        node_id = nodes["node_id"].to_numpy().astype(np.int64)
        a, b = (np.searchsorted(node_id, branches[c].to_numpy()) for c in ("a_node_id", "b_node_id"))
        is_ac, kind = nodes["is_ac"].to_numpy(), branches["kind"]
        is_shelf = (kind == "shelf").to_numpy()
        lost = [_equal(branches["device_id"], cases[c]) | _equal(nodes["device_id"], cases[c])[:, a] for c in ("lost_device_id", "lost_also_id")]
        count = branches["psu_count"].fill_null(0).to_numpy().astype(float)
        gone = np.outer(cases["psu_lost"].to_numpy().astype(float), is_shelf)
        return _Plan(
            cases["case_id"].to_numpy().astype(np.int64),
            node_id,
            branches["branch_id"].to_numpy().astype(np.int64),
            a,
            b,
            (nodes["kind"] == "feed").to_numpy(),
            is_ac,
            nodes["voltage_nominal_v"].to_numpy(),
            nodes["load_w"].to_numpy(),
            is_shelf,
            is_ac[a] & is_ac[b] & ~is_shelf,
            {
                c: branches[c].to_numpy().astype(float)
                for c in ("resistance_ohm", "current_rated_a", "power_rated_w", "source_v", "efficiency", "power_factor")
            },
            np.where((kind == "cord").to_numpy(), 1.0, 3.0),
            ~_equal(nodes["feed"], cases["lost_feed"]),
            ~(lost[0] | lost[1]),
            np.where(gone > 0, np.maximum(0.0, 1 - gone / np.maximum(count, 1)), 1.0),
        )


def _equal(column: pl.Series, lost: pl.Series) -> Bools:
    """(cases, rows): the row's value is the one the case has lost; empty is never lost."""
    values = np.array(column.to_list(), dtype=object)
    found = [np.zeros(len(values), dtype=bool) if x is None else np.asarray(values == x, dtype=bool) for x in lost.to_list()]
    return np.array(found, dtype=bool).reshape(len(lost), len(values))


@dataclass(frozen=True, slots=True)
class _Flow:
    """Per case: node voltage (NaN: dark), branch current and powers, branches with power before (`is_fed`) and through them, load served, solved."""

    voltage_v: Floats
    current_a: Floats
    power_a_w: Floats
    power_b_w: Floats
    is_fed: Bools
    is_alive: Bools
    served_w: Floats
    is_solved: Bools


def _solve(plan: _Plan) -> _Flow:
    cases, m = plan.there.shape
    ac, shelf = np.flatnonzero(plan.is_ac_branch), np.flatnonzero(plan.is_shelf)
    dc = np.flatnonzero(~plan.is_ac_branch & ~plan.is_shelf)
    column = plan.columns
    wires = alternating.Branches(plan.a[ac], plan.b[ac], column["resistance_ohm"][ac], plan.groups[ac], column["power_factor"][ac])
    lit, ac_alive = alternating.reached(wires, plan.is_feed & plan.feed_stands, plan.there[:, ac])
    runs = lit[:, plan.a[shelf]] & plan.there[:, shelf] & (plan.psu_left[:, shelf] > 0)
    net = network.Network(
        len(plan.node_id), plan.a[dc], plan.b[dc], column["resistance_ohm"][dc], plan.b[shelf], np.nan_to_num(column["source_v"][shelf])
    )
    ohm = column["resistance_ohm"][shelf] / np.maximum(plan.psu_left[:, shelf], 1e-9)
    direct = network.solve(net, np.where(plan.is_ac, 0.0, plan.load_w), ohm, runs)

    current, power_a, power_b = np.zeros((cases, m)), np.zeros((cases, m)), np.zeros((cases, m))
    volts = np.nan_to_num(direct.voltage_v)
    current[:, dc], current[:, shelf] = direct.current_a, direct.source_a
    power_a[:, dc], power_b[:, dc] = volts[:, plan.a[dc]] * current[:, dc], volts[:, plan.b[dc]] * current[:, dc]
    power_b[:, shelf] = volts[:, plan.b[shelf]] * current[:, shelf]
    power_a[:, shelf] = power_b[:, shelf] / column["efficiency"][shelf]
    demand = np.where(plan.is_ac, plan.load_w, 0.0) * np.ones((cases, 1))
    np.add.at(demand, (np.arange(cases)[:, None], plan.a[shelf]), power_a[:, shelf])
    mains = alternating.sweep(wires, plan.nominal_v, demand, lit, ac_alive)
    current[:, ac], power_a[:, ac], power_b[:, ac] = mains.current_a, mains.power_a_w, mains.power_b_w

    alive = plan.there & ~np.isnan(direct.voltage_v[:, plan.a])
    alive[:, ac], alive[:, shelf] = ac_alive, runs
    voltage = np.where(plan.is_ac, mains.voltage_v, direct.voltage_v)
    served = np.where(np.isnan(voltage), 0.0, plan.load_w)
    solved = direct.is_solved & mains.is_solved & ((served.sum(axis=1) > 0) | (plan.load_w.sum() == 0))
    keep = solved[:, None]
    return _Flow(
        np.where(keep, voltage, np.nan),
        np.where(keep, current, 0.0),
        np.where(keep, power_a, 0.0),
        np.where(keep, power_b, 0.0),
        lit[:, plan.a],
        alive & keep,
        np.where(keep, served, 0.0),
        solved,
    )


def _loadings(plan: _Plan, flow: _Flow) -> tuple[Floats, Floats]:
    """(c, m) loading of every branch, and the part of it that comes from a power rating; NaN where there is no rating or no power to carry."""
    rated = plan.columns["power_rated_w"] * plan.psu_left
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.where(flow.is_alive & (rated > 0), flow.power_b_w / rated, np.nan)
        amps = np.where(flow.is_alive & (plan.columns["current_rated_a"] > 0), np.abs(flow.current_a) / plan.columns["current_rated_a"], np.nan)
    return np.fmax(power, amps), power


def _branch_states(plan: _Plan, flow: _Flow) -> pl.DataFrame:
    cases, m = flow.current_a.shape
    return frame(
        "power_branch_states",
        {
            "case_id": np.repeat(plan.case_id, m),
            "branch_id": np.tile(plan.branch_id, cases),
            "current_a": flow.current_a.ravel(),
            "power_a_w": flow.power_a_w.ravel(),
            "power_b_w": flow.power_b_w.ravel(),
            "loss_w": (flow.power_a_w - flow.power_b_w).ravel(),
            "loading": _nullable(_loadings(plan, flow)[0]),
        },
    )


def _node_states(plan: _Plan, flow: _Flow) -> pl.DataFrame:
    """Power in and out by the direction it really flows; a feed's inflow is the grid's."""
    cases, n = flow.voltage_v.shape
    row = np.arange(cases)[:, None]
    enters, leaves = np.zeros((cases, n)), flow.served_w.copy()
    np.add.at(enters, (row, plan.b), np.maximum(flow.power_b_w, 0))
    np.add.at(enters, (row, plan.a), np.maximum(-flow.power_a_w, 0))
    np.add.at(leaves, (row, plan.a), np.maximum(flow.power_a_w, 0))
    np.add.at(leaves, (row, plan.b), np.maximum(-flow.power_b_w, 0))
    enters = np.where(plan.is_feed, leaves, enters)
    return frame(
        "power_node_states",
        {
            "case_id": np.repeat(plan.case_id, n),
            "node_id": np.tile(plan.node_id, cases),
            "voltage_v": _nullable(flow.voltage_v),
            "power_in_w": enters.ravel(),
            "power_out_w": leaves.ravel(),
        },
    )


def _case_states(t: Tables, plan: _Plan, flow: _Flow) -> pl.DataFrame:
    """`voltage_min_v` is the lowest voltage at a DC load, or at an AC load where the rack has no DC one."""
    cases = len(plan.case_id)
    total = float(plan.load_w.sum())
    watched = plan.load_w > 0
    if (watched & ~plan.is_ac).any():
        watched &= ~plan.is_ac
    _, power_loading = _loadings(plan, flow)
    units = plan.is_shelf | plan.is_ac_branch & (plan.groups == 3)
    left = np.where(plan.there & flow.is_fed, np.nan_to_num(plan.columns["power_rated_w"]) * plan.psu_left, 0.0)
    direct = (flow.power_b_w * plan.is_shelf).sum(axis=1)
    asked = float(plan.load_w[~plan.is_ac].sum())
    packs = _packs(t)
    return frame(
        "power_case_states",
        {
            "case_id": plan.case_id,
            "load_w": np.full(cases, total),
            "load_dark_w": total - flow.served_w.sum(axis=1),
            "capacity_w": left[:, units].sum(axis=1),
            "input_w": (flow.power_a_w * plan.is_feed[plan.a]).sum(axis=1),
            "loss_w": (flow.power_a_w - flow.power_b_w).sum(axis=1),
            "voltage_min_v": _nullable(_reduce(np.fmin, flow.voltage_v[:, watched])),
            "loading_max": _nullable(_reduce(np.fmax, power_loading)),
            "is_solved": flow.is_solved,
            "ride_through_s": [_ride_through(packs, w if ok else asked) for w, ok in zip(direct.tolist(), flow.is_solved.tolist(), strict=True)],
        },
    )


def _packs(t: Tables) -> list[tuple[int, list[float]]]:
    """Battery shelves by part: how many, and power (W) and time (s) of the short and of the long point."""
    counts = t["devices"].filter(pl.col("role") == "battery").group_by("part").len().sort("part").rows()
    return [(n, [t.fact(part, f) or 0.0 for f in ("power_short", "time_short", "power_long", "time_long")]) for part, n in counts]


def _ride_through(packs: list[tuple[int, list[float]]], power_w: float) -> float | None:
    """All batteries of the rack, each part type with its share by short-time power; None without batteries or without a DC load."""
    strength = sum(n * p[0] for n, p in packs)
    if power_w <= 0 or strength <= 0:
        return None
    return min(ride_through(power_w * n * p[0] / strength, p[0], p[1], p[2], p[3], n) for n, p in packs)


def _reduce(ufunc: np.ufunc, values: Floats) -> Floats:
    """Row-wise fmin or fmax; NaN for rows that are empty or all NaN."""
    return np.asarray(ufunc.reduce(values, axis=1, initial=np.nan))


def _nullable(values: Floats) -> pl.Series:
    return pl.Series(values.ravel(), nan_to_null=True)
