"""The power chain of a hall for drawings: its trunk (sources to busway heads), the racks behind each end of it, figures in short.

Reads supply_nodes, supply_branches, supply_feeds, hall_racks, supply_branch_states, supply_node_states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.base import units
from rackwright.schema.supply import normal_ways
from rackwright.schema.tables import Tables

Array: TypeAlias = NDArray[Any]
PATHS = "ABCD"
RESERVE = "R"
LEAF = ("tap", "rack")
_AMOUNTS = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def path_class(path: str | None) -> str:
    """CSS class of a path: colour and line style; `path-r` the reserve, `path-o` what belongs to none."""
    if not path:
        return "path-o"
    if path == RESERVE:
        return "path-r"
    return f"path-{PATHS[(ord(path[0]) - ord('A')) % len(PATHS)].lower()}"


def amount(value: float, unit: str) -> str:
    """Three figures and a prefix where `units.show` has none: VA, V and A."""
    factor, prefix = next(((f, p) for f, p in _AMOUNTS if abs(value) >= f), (1.0, ""))
    text = f"{value / factor:.3g}" if abs(value / factor) < 999.5 else f"{value / factor:.0f}"
    return f"{text} {prefix}{unit}"


def percent(share: float | None) -> str:
    """A loading or share without decimals; a dash where it is not known."""
    return "–" if share is None or share != share else f"{100 * share:.0f} %"


def outage(t: Tables) -> tuple[tuple[str, str], ...]:
    """Note of a drawing that shows a case with something out; none with everything in service."""
    rows = t["supply_results"].filter(pl.col("question") == "out")
    return (("out of service", str(rows["note"][0])),) if rows.height else ()


def with_states(t: Tables) -> pl.DataFrame:
    """`supply_branches` with the columns of `supply_branch_states`, and `loading`: the greater of that by power and by current."""
    states = t["supply_branch_states"].rename({"component_id": "worst_id"})
    made = t["supply_branches"].join(states, on="branch_id", how="left", maintain_order="left")
    return made.with_columns(loading=pl.max_horizontal("loading_power", "loading_current"))


@dataclass(frozen=True, slots=True)
class Trunk:
    """n nodes, m branches as in the tables.

    `is_trunk` (n,) not behind a busway head; `parent`, `way` (n,) node and branch of the normal way, -1; `top` (n,) the last trunk node above (or
    itself); `groups`: one row a trunk node with racks behind it: node_id, racks, first, last, hall_ids, power_w, loading, voltage_share, rectifiers.
    """

    nodes: pl.DataFrame
    branches: pl.DataFrame
    is_trunk: NDArray[np.bool_]
    parent: NDArray[np.int64]
    way: NDArray[np.int64]
    top: NDArray[np.int64]
    groups: pl.DataFrame


def trunk(t: Tables) -> Trunk:
    """The chain down to where racks hang. Node and branch ids are positions in their tables."""
    nodes = t["supply_nodes"].sort("node_id").join(t["supply_node_states"], on="node_id", how="left", maintain_order="left")
    branches = with_states(t).sort("branch_id")
    parent, way = normal_ways(t)
    below = _behind(nodes["kind"].to_numpy(), parent)
    top = np.where(below, parent, np.arange(nodes.height))
    while below[top].any():
        top = np.where(below[top] & (top >= 0), top[top], top)
    return Trunk(_of_reserve(nodes, parent), branches, ~below, parent, way, top, _groups(t, nodes, branches, top))


def _of_reserve(nodes: pl.DataFrame, parent: Array) -> pl.DataFrame:
    """What hangs on the reserve in service is drawn as its own, whichever block it stands ready for."""
    own = (nodes["path"] == RESERVE).fill_null(value=False).to_numpy(writable=True)
    while (more := (parent >= 0) & own[parent] & ~own).any():
        own |= more
    return nodes.with_columns(path=pl.when(pl.Series(own)).then(pl.lit(RESERVE)).otherwise("path"))


def _behind(kind: Array, parent: Array) -> NDArray[np.bool_]:
    """(n,) taps, racks, and all that hangs on a busway head or on one of these."""
    leaf, is_head = np.isin(kind, LEAF), kind == "busway"
    below = leaf.copy()
    while True:
        grown = leaf | ((parent >= 0) & (below | is_head)[parent])
        if (grown == below).all():
            return below
        below = grown


def _groups(t: Tables, nodes: pl.DataFrame, branches: pl.DataFrame, top: Array) -> pl.DataFrame:
    """What hangs behind each end of the trunk, in the order of its nodes."""
    racks = t["hall_racks"].select("rack_id", rack="name")
    feeds = t["supply_feeds"].join(racks, on="rack_id", how="left", maintain_order="left")
    feeds = feeds.with_columns(node_id=pl.Series(top[feeds["node_id"].to_numpy()]), volts=nodes["voltage_share"].gather(feeds["node_id"]))
    made = feeds.group_by("node_id").agg(
        racks=pl.col("rack_id").n_unique(),
        first=pl.col("rack").min(),
        last=pl.col("rack").max(),
        power_w=pl.col("power_w").sum(),
        voltage_share=pl.col("volts").min(),
    )
    b = branches["b_node_id"].to_numpy()
    loads = (
        branches.with_columns(node_id=pl.Series(top[b]))
        .filter(pl.Series(top[b] != b))
        .group_by("node_id")
        .agg(
            loading=pl.col("loading").max(),
            drawn_w=pl.col("power_w").filter(pl.col("kind") == "whip").sum(),
            rectifiers=(pl.col("kind") == "rectifier").sum(),
        )
    )
    return made.join(loads, on="node_id", how="left").sort("node_id")


def shown(value: float | None, unit: str) -> str:
    """W by `units.show`, VA, V, A with a prefix; a dash where not known."""
    if value is None or value != value:
        return "–"
    return amount(value, unit) if unit in ("VA", "V", "A") else units.show(value, unit)
