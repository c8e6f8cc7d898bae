"""The power chain of a hall asked: what flows normally, what does the loss of any one component do, what of any two, how large are faults.

Reads the tables `supply_*` of a build. Loading is told by apparent power and by current, which differ where the voltage is not nominal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.schema.tables import Tables, frame
from rackwright.sim.power import short_circuit, supply_flow
from rackwright.sim.power.supply import Floats, Supply, forest

READS = ("inputs", "spans", "supply_branches", "supply_components", "supply_feeds", "supply_nodes")
CHAIN = ("supply_branches", "supply_components", "supply_feeds", "supply_nodes")
PAIRS_AT_MOST = 5000
Progress = Callable[[str], None]


def supply_of(t: Tables) -> Supply:
    """The tables as arrays. Racks are those with a feed, in the order of their ids."""
    node, branch, feed = t["supply_nodes"], t["supply_branches"], t["supply_feeds"]
    rack, where = np.unique(feed["rack_id"].to_numpy(), return_inverse=True)
    needed = np.zeros(len(rack), np.int64)
    needed[where] = feed["feeds_needed"].to_numpy()
    components = t["supply_components"]
    on_node = np.full(node.height, -1)
    own = components.filter(pl.col("node_id").is_not_null())
    on_node[own["node_id"].to_numpy()] = own["component_id"].to_numpy()

    def column(name: str) -> Floats:
        return branch[name].cast(pl.Float64).fill_null(np.nan).to_numpy()

    return Supply(
        is_source=node["kind"].is_in(["grid", "generator"]).to_numpy(),
        is_ac=node["is_ac"].to_numpy(),
        voltage_nominal_v=node["voltage_nominal_v"].to_numpy(),
        power_factor=node["power_factor"].to_numpy(),
        a_node=branch["a_node_id"].to_numpy().astype(np.int64),
        b_node=branch["b_node_id"].to_numpy().astype(np.int64),
        rank=branch["rank"].to_numpy().astype(np.int64),
        resistance_ohm=column("resistance_ohm"),
        reactance_ohm=column("reactance_ohm"),
        power_rated_va=column("power_rated_va"),
        current_rated_a=column("current_rated_a"),
        loss_no_load_w=column("loss_no_load_w"),
        is_converter=(branch["kind"] == "ups").to_numpy(),
        efficiency=np.column_stack([column(f"efficiency_{i}") for i in (25, 50, 75, 100)]),
        transfer_s=column("transfer_s"),
        feed_rack=where.astype(np.int64),
        feed_node=feed["node_id"].to_numpy().astype(np.int64),
        rack_power_w=np.asarray(np.bincount(where, feed["power_w"].to_numpy(), len(rack)), dtype=float),
        feeds_needed=needed,
        branch_component=branch["component_id"].to_numpy().astype(np.int64),
        node_component=on_node,
        component_count=components.height,
    )


@stage(reads=CHAIN, writes=("supply_branch_states", "supply_node_states"))
def normal(t: Tables) -> dict[str, pl.DataFrame]:
    """Load flow with everything in service."""
    s = supply_of(t)
    order = forest(s)
    figures = supply_flow.figures(s, order)
    flow = supply_flow.flow(s, order, figures, np.array([[-1]]))
    states = supply_flow.states(s, order, figures, flow)
    volts = supply_flow.voltages(s, order, flow)[:, 0]
    power_a, power_b = states.power_a_va[:, 0], states.power_b_va[:, 0]
    size = np.abs(power_a)
    branches = {
        "branch_id": np.arange(s.branch_count),
        "power_w": power_a.real,
        "loss_w": (power_a - power_b).real,
        "power_factor": _known(np.divide(power_a.real, size, out=np.full(s.branch_count, np.nan), where=size > 0).clip(0, 1)),
        "current_a": states.current_a[:, 0],
        "loading_power": _known(states.loading_s[:, 0]),
        "loading_current": _known(states.loading_i[:, 0]),
    }
    nodes = {"node_id": np.arange(s.node_count), "voltage_v": volts, "voltage_share": volts / s.voltage_nominal_v}
    nodes["is_collapsed"] = np.arange(s.node_count) == flow.collapsed[0]
    return {"supply_branch_states": frame("supply_branch_states", branches), "supply_node_states": frame("supply_node_states", nodes)}


@stage(reads=READS, writes=("fault_levels", "supply_branch_states", "supply_node_states", "supply_outages"))
def run(t: Tables, failed: object = None, progress: Progress = lambda _: None) -> dict[str, pl.DataFrame]:
    """Everything: the normal case, every single outage, what a second one adds, fault levels."""
    from rackwright.sim.power import supply_outages, supply_paths, supply_reach  # noqa: PLC0415  scipy.sparse, 0.1 s, not wanted at build

    progress("load flow")
    made = normal(t)
    s = supply_of(t)
    progress("outages")
    found = supply_reach.sweep_near(s, supply_outages.singles(s))
    states = made["supply_branch_states"].with_columns(loading_worst=_known(found.branch_loading), component_id=_id(found.branch_case).cast(pl.Int32))
    rows: dict[str, Any] = {
        "component_id": np.arange(s.component_count),
        "racks_dark": found.racks_dark,
        "load_dark_w": found.load_dark_w,
        "branches_over": found.over,
        "loading_worst": _known(found.loading),
        "branch_id": _id(found.branch),
        "voltage_share": _known(found.voltage),
        "transfer_s": _known(found.transfer_s),
        "collapsed_id": _id(found.collapsed),
    }
    if s.component_count <= PAIRS_AT_MOST:
        progress("pairs")
        pairs = supply_outages.pairs(s, supply_paths.paths(s))
        rows["racks_dark_next"] = np.array([pairs.lost_with(c).max(initial=0) for c in range(s.component_count)])
    progress("faults")
    return made | {
        "supply_branch_states": states,
        "supply_outages": frame("supply_outages", pl.DataFrame(rows)),
        "fault_levels": _faults(t, s),
    }


def _faults(t: Tables, s: Supply) -> pl.DataFrame:
    """Greatest currents with UPS bypassed, least ones with inverters alone."""
    branch, kind = t["supply_branches"], t["supply_branches"]["kind"].to_numpy()
    multiple = branch["fault_multiple"].fill_null(np.nan).to_numpy()
    least = t.input("power.utility.fault_current_min")
    ratio = t.input("power.utility.fault_current") / least if least == least else 1.0
    ways = np.flatnonzero(s.rank == 0)
    parent, way = np.full(s.node_count, -1), np.full(s.node_count, -1)
    parent[s.b_node[ways]], way[s.b_node[ways]] = s.a_node[ways], ways
    fed = way >= 0
    relative = np.full(s.node_count, np.nan)
    x = s.reactance_ohm * s.power_rated_va / s.voltage_nominal_v[s.b_node] ** 2
    relative[fed] = np.where(kind[way[fed]] == "transformer", x[way[fed]], np.nan)
    is_grid = t["supply_nodes"]["kind"].to_numpy() == "grid"
    found = {}
    for case, factor in (("max", 1.0), ("min", ratio)):
        # The source's impedance holds for its fault current without c; IEC 60909 has c in it.
        own = np.where(kind == "source", factor * short_circuit.voltage_factor(s.voltage_nominal_v[s.b_node], case), 1.0)  # type: ignore[arg-type]
        ohm = [np.where(fed, (v * own)[way], 0.0) for v in (s.resistance_ohm, s.reactance_ohm)]
        roots, limit, above = np.flatnonzero(is_grid), np.full(int(is_grid.sum()), np.inf), parent
        if case == "min" and s.is_converter.any():
            ups = np.flatnonzero(s.is_converter)
            above = parent.copy()
            above[s.b_node[ups]] = -1
            roots, limit = np.r_[roots, s.b_node[ups]], np.r_[limit, multiple[ups] * s.current_rated_a[ups]]
        endless, nothing = np.full(len(roots), np.inf), np.full(len(roots), np.nan)
        sources = short_circuit.Sources(roots, endless, endless, np.full(len(roots), 0.1), limit, nothing, nothing)
        net = short_circuit.Network(above, s.voltage_nominal_v, ohm[0], ohm[1], relative)
        found[case] = short_circuit.short_circuit(net, sources, case)  # type: ignore[arg-type]
    high, low = found["max"], found["min"]
    keep = np.flatnonzero(~is_grid & fed)
    columns = {"current_max_a": high.ik3_a, "current_min_a": low.ik3_a, "current_peak_a": high.ip_a, "current_thermal_a": high.ith_a}
    return frame("fault_levels", {"node_id": keep, **{k: v[keep] for k, v in columns.items()}})


def _known(values: Floats) -> pl.Series:
    """NaN as null."""
    return pl.Series(values, dtype=pl.Float64).fill_nan(None)


def _id(values: Any) -> pl.Series:
    """Ids, -1 as null."""
    found = pl.Series(np.asarray(values), dtype=pl.Int64)
    return pl.select(pl.when(found >= 0).then(found)).to_series()
