"""The power chain as a graph, what normally flows in it, and the racks on it.

Reads supply_nodes, supply_branches, supply_branch_states, supply_components, supply_feeds, supply_places, supply_outages.
"""

from __future__ import annotations

import polars as pl

from rackwright.render.viewer.pack import Chunk, Chunks
from rackwright.schema.tables import Tables

_NODE = ["node_id", "name", "kind", "path", "hall_id", "rack_id", "voltage_nominal_v"]
_BRANCH = ["name", "kind", "a_node_id", "b_node_id", "part", "rank", "component_id", "power_rated_va", "current_rated_a"]
_STATE = ["power_w", "current_a", "loading", "loading_worst"]


def chunks(t: Tables) -> Chunks:
    """By name: supply_nodes, supply_branches, supply_components, supply_feeds, supply_places; none where the hall has no power chain."""
    if t["supply_nodes"].is_empty():
        return {}
    return {
        "supply_nodes": lambda: Chunk(t["supply_nodes"].sort("node_id").select(_NODE)),
        "supply_branches": lambda: Chunk(branches(t)),
        "supply_components": lambda: Chunk(components(t)),
        "supply_feeds": lambda: Chunk(t["supply_feeds"].sort("feed_id").select("rack_id", "feed", "path", "node_id", "power_w", "feeds_needed")),
        "supply_places": lambda: Chunk(t["supply_places"].select("place_id", "component_id")),
    }


def branches(t: Tables) -> pl.DataFrame:
    """Branches by id with what normally flows in them (NaN where that is not known); `loading`: the greater of that by power and by current."""
    loading = pl.max_horizontal("loading_power", "loading_current")
    states = t["supply_branch_states"].with_columns(loading=loading).select("branch_id", *_STATE)
    return t["supply_branches"].sort("branch_id").join(states, on="branch_id", how="left", maintain_order="left").select(*_BRANCH, *_STATE)


def components(t: Tables) -> pl.DataFrame:
    """What may fail, by id, and what the package knows of its outage (-1, NaN: `sim power` did not write it)."""
    known = t["supply_outages"].select("component_id", "racks_dark", "load_dark_w", "loading_worst")
    rows = t["supply_components"].sort("component_id").join(known, on="component_id", how="left", maintain_order="left")
    return rows.select("name", "kind", "part", "quantity", "node_id", "racks_dark", "load_dark_w", "loading_worst")
