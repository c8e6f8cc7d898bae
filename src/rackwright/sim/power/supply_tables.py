"""The tables `supply_*` of a build as arrays, and arrays as columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from rackwright.schema.supply import CONVERTERS, WINDOW, ways
from rackwright.schema.tables import Tables
from rackwright.sim.power.supply import Bools, Floats, Ints, Supply

CHAIN = ("supply_branches", "supply_components", "supply_feeds", "supply_nodes", "supply_places")
STORES = {"ups": 1, "bess": 2, "rectifier": 4}
"""Kinds of branches that store, as bits of `supply_carry.CARRIERS`."""


def column(t: Tables, name: str) -> Floats:
    """(m,) a number of every branch; NaN where it has none."""
    return np.asarray(t["supply_branches"][name].cast(pl.Float64).fill_null(np.nan).to_numpy(), dtype=np.float64)


def supply_of(t: Tables) -> Supply:
    """The tables as arrays. Racks are those with a feed, in the order of their ids."""
    node, branch, feed = t["supply_nodes"], t["supply_branches"], t["supply_feeds"]
    rack, where = np.unique(feed["rack_id"].to_numpy(), return_inverse=True)
    needed, batteries = np.zeros(len(rack), np.int64), np.zeros(len(rack))
    needed[where] = feed["feeds_needed"].to_numpy()
    batteries[where] = feed["ride_through_s"].fill_null(0.0).to_numpy()
    places = t["supply_places"]
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
        window=np.column_stack([np.nan_to_num(column(t, f"input_{x}"), nan=usual) for x, usual in zip(("least", "most"), WINDOW, strict=True)]),
        transfer_s=column(t, "transfer_s"),
        feed_rack=where.astype(np.int64),
        feed_node=feed["node_id"].to_numpy().astype(np.int64),
        rack_power_w=np.asarray(np.bincount(where, feed["power_w"].to_numpy(), len(rack)), dtype=float),
        feeds_needed=needed,
        branch_component=branch["component_id"].to_numpy().astype(np.int64),
        node_component=on_node,
        component_count=components.height,
        store_s=column(t, "ride_through_s"),
        store_kind=branch["kind"].replace_strict(STORES, default=0, return_dtype=pl.Int64).to_numpy(),
        rack_store_s=batteries,
        place=places["place_id"].to_numpy().astype(np.int64),
        member=places["component_id"].to_numpy().astype(np.int64),
    )


def alike(t: Tables, s: Supply) -> tuple[Ints, Bools]:
    """(k,) the component whose loss is that of each one: of a tap-off unit its whip, else itself; and whether a loss is none of the chain's: shelves,
    PDUs and PSUs of racks."""
    same, kind = np.arange(s.component_count), t["supply_components"]["kind"]
    is_tap = (kind == "tap").to_numpy()[s.place]
    same[s.place[is_tap]] = s.member[is_tap]
    held = np.concatenate((s.branch_component, s.node_component, s.place))
    return same, np.bincount(held[held >= 0], minlength=s.component_count) == 0


def sets_as_one(t: Tables, s: Supply) -> Supply:
    """The supply where a component with some to spare is out only when more are out than may be: what carries on with one out is out with it too."""
    own = t["supply_components"].filter(pl.col("spare") > 0)["component_id"].to_numpy()
    ends = s.a_node * s.node_count + s.b_node
    of_set = np.isin(s.branch_component, own)
    order = np.argsort(ends[of_set], kind="stable")
    keys, component = ends[of_set][order], s.branch_component[of_set][order]
    if not keys.size:
        return s
    place = np.minimum(np.searchsorted(keys, ends), keys.size - 1)
    rest = (keys[place] == ends) & (s.branch_component == s.node_component[s.b_node]) & (s.branch_component >= 0)
    return replace(s, branch_component=np.where(rest, component[place], s.branch_component))


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
