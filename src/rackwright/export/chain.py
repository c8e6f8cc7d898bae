"""The power chain of a hall as it is in service: normal ways, what every feed draws, and converters as what they draw and what they hold.

Reads supply_nodes, supply_branches, supply_feeds, supply_node_states, supply_branch_states, halls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.export.only import ChoiceError, Only
from rackwright.schema.supply import CONVERTERS, closed_ties, normal_ways
from rackwright.schema.tables import Tables

Array: TypeAlias = NDArray[Any]
SOURCES = ("generator", "grid")


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """n nodes and m branches by id.

    Attributes:
        way: (n,) branch of the normal way into a node, -1: none.
        parent: (n,) node upstream over it, -1: none.
        is_converter: (m,).
        is_source: (n,) held at its nominal voltage: grid, generator, output of a converter.
        load_va: (n,) complex power drawn by feeds.
        input_va: (m,) complex power that a converter in service draws at a; else 0.
    """

    nodes: pl.DataFrame
    branches: pl.DataFrame
    way: Array
    parent: Array
    is_converter: Array
    is_source: Array
    load_va: Array
    input_va: Array

    @property
    def volts(self) -> Array:
        """(n,) nominal voltage."""
        return self.nodes["voltage_nominal_v"].to_numpy()

    @property
    def is_ac(self) -> Array:
        """(n,)."""
        return self.nodes["is_ac"].to_numpy()

    @property
    def a(self) -> Array:
        """(m,) node upstream."""
        return self.branches["a_node_id"].to_numpy()

    @property
    def b(self) -> Array:
        """(m,) node downstream."""
        return self.branches["b_node_id"].to_numpy()

    @property
    def is_normal(self) -> Array:
        """(m,) whether a branch is in service with nothing out."""
        return np.asarray(self.branches["rank"].to_numpy() == 0)

    @property
    def is_closed(self) -> Array:
        """(m,) whether it is in service or a tie closed in service, one branch of each."""
        found = self.is_normal.copy()
        found[closed_ties(self.branches)] = True
        return found

    def number(self, column: str) -> Array:
        """(m,) a number of every branch, NaN where it has none."""
        return np.asarray(self.branches[column].cast(pl.Float64).fill_null(np.nan).to_numpy(), dtype=np.float64)


def needed(t: Tables, receiver: str, only: Only | None = None) -> None:
    """Raises ChoiceError where a package has no power chain, or where a part of a whole is asked for; says why."""
    if only:
        raise ChoiceError(f"`{receiver}` is made of a whole hall or campus; leave out --row, --rack, --device, --fabric and --cable")
    if not t["supply_feeds"].is_empty():
        return
    if t["halls"].is_empty():
        raise ChoiceError(f"`{receiver}` is made of the power chain of a hall, and this is a package of one rack")
    raise ChoiceError(f"`{receiver}` is made of the power chain, and this hall has none: give its spec a section such as `power: {{redundancy: 2N}}`")


def in_service(t: Tables) -> Chain:
    """The chain with everything in service and the loads of its load flow.

    Raises:
        ChoiceError: its voltage collapsed, so there is no state to hand over.
    """
    nodes, branches = t["supply_nodes"].sort("node_id"), t["supply_branches"].sort("branch_id")
    parent, way = normal_ways(t)
    states = t["supply_node_states"].sort("node_id")
    for name in nodes.filter(states["is_collapsed"])["name"]:
        raise ChoiceError(f"no voltage carries the load: `{name}` collapsed, see `rackwright sim power`; mend the chain before it is handed over")
    b, is_normal = branches["b_node_id"].to_numpy(), branches["rank"].to_numpy() == 0
    is_converter = branches["kind"].is_in(CONVERTERS).to_numpy()
    is_source = nodes["kind"].is_in(SOURCES).to_numpy().copy()
    is_source[b[is_converter & is_normal]] = True
    tangent = np.sqrt(1 / nodes["power_factor"].to_numpy() ** 2 - 1)
    drawn = t["supply_branch_states"].sort("branch_id")["power_w"].to_numpy() * (is_converter & is_normal)
    return Chain(
        nodes, branches, way, parent, is_converter, is_source,
        _loads(t, states["voltage_v"].to_numpy() > 0) * (1 + 1j * tangent),
        drawn * (1 + 1j * tangent[b]),
    )  # fmt: skip


def _loads(t: Tables, live: Array) -> Array:
    """(n,) power of the feeds: a rack's over those that live, nothing where fewer live than it needs."""
    feed, rack = t["supply_feeds"].with_columns(live=pl.Series(live).gather(t["supply_feeds"]["node_id"])), pl.col("rack_id")
    alive = pl.col("live").sum().over(rack)
    share = pl.when(pl.col("live") & (alive >= pl.max_horizontal("feeds_needed", 1))).then(pl.col("power_w").sum().over(rack) / alive).otherwise(0.0)
    at = feed.select("node_id", share.alias("power"))
    return np.bincount(at["node_id"].to_numpy(), at["power"].to_numpy(), live.size)


def below(parent: Array, node: Array, values: Array) -> Array:
    """(n, k) sum of `values` (f, k) given at nodes (f,) over everything that a node feeds in normal service, itself included."""
    made = np.zeros((len(parent), values.shape[1]))
    while node.size:
        np.add.at(made, node, values)
        up = parent[node]
        node, values = up[up >= 0], values[up >= 0]
    return made


def upstream(parent: Array, is_kept: Array) -> Array:
    """(n,) nearest kept node upstream of each over normal ways, -1: none."""
    found = parent.copy()
    while True:
        further = (found >= 0) & ~is_kept[found]
        if not further.any():
            return found
        found[further] = parent[found[further]]
