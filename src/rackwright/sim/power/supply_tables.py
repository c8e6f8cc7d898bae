"""The tables `supply_*` of a build as arrays, and arrays as columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from rackwright.schema.supply import CONVERTERS, ways
from rackwright.schema.tables import Tables
from rackwright.sim.power.supply import Floats, Ints, Supply

CHAIN = ("supply_branches", "supply_components", "supply_feeds", "supply_nodes")


def column(t: Tables, name: str) -> Floats:
    """(m,) a number of every branch; NaN where it has none."""
    return np.asarray(t["supply_branches"][name].cast(pl.Float64).fill_null(np.nan).to_numpy(), dtype=np.float64)


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
    return Supply(
        is_source=node["kind"].is_in(["grid", "generator"]).to_numpy(),
        is_ac=node["is_ac"].to_numpy(),
        voltage_nominal_v=node["voltage_nominal_v"].to_numpy(),
        power_factor=node["power_factor"].to_numpy(),
        a_node=branch["a_node_id"].to_numpy().astype(np.int64),
        b_node=branch["b_node_id"].to_numpy().astype(np.int64),
        rank=branch["rank"].to_numpy().astype(np.int64),
        resistance_ohm=column(t, "resistance_ohm"),
        reactance_ohm=column(t, "reactance_ohm"),
        power_rated_va=column(t, "power_rated_va"),
        current_rated_a=column(t, "current_rated_a"),
        loss_no_load_w=column(t, "loss_no_load_w"),
        is_converter=branch["kind"].is_in(CONVERTERS).to_numpy(),
        efficiency=np.column_stack([column(t, f"efficiency_{i}") for i in (25, 50, 75, 100)]),
        transfer_s=column(t, "transfer_s"),
        feed_rack=where.astype(np.int64),
        feed_node=feed["node_id"].to_numpy().astype(np.int64),
        rack_power_w=np.asarray(np.bincount(where, feed["power_w"].to_numpy(), len(rack)), dtype=float),
        feeds_needed=needed,
        branch_component=branch["component_id"].to_numpy().astype(np.int64),
        node_component=on_node,
        component_count=components.height,
    )


def normal_tree(s: Supply) -> tuple[Ints, Ints]:
    """(n,) node upstream over the normal way, and that branch; -1 none."""
    return ways(s.node_count, s.a_node, s.b_node, s.rank)


def known(values: Floats) -> pl.Series:
    """NaN as null."""
    return pl.Series(values, dtype=pl.Float64).fill_nan(None)


def ids(values: Any) -> pl.Series:
    """Ids, -1 as null."""
    found = pl.Series(np.asarray(values), dtype=pl.Int64)
    return pl.select(pl.when(found >= 0).then(found)).to_series()


def facts(t: Tables, parts: list[str | None], fact: str, otherwise: float = float("nan")) -> Floats:
    """(k,) a numeric fact of each part; `otherwise` where it is not known."""
    found = {p: t.fact(p, fact) for p in set(parts) if p is not None}
    values = [None if p is None else found[p] for p in parts]
    return np.array([otherwise if v is None else v for v in values], dtype=np.float64)
