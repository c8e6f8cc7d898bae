"""What rooms share about the tables `supply_*`: which branches convert, and the forest that is in service."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rackwright.schema.tables import Tables

CONVERTERS = ("rectifier", "ups")
"""Kinds of branches whose two ends are electrically apart."""


def normal_ways(t: Tables) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n,) node upstream of each node in normal service, and the branch between; -1: none. Reads supply_nodes and supply_branches, by id."""
    branches = t["supply_branches"]
    return ways(t["supply_nodes"].height, *(branches[c].to_numpy() for c in ("a_node_id", "b_node_id", "rank")))


def ways(nodes: int, a: NDArray[Any], b: NDArray[Any], rank: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As `normal_ways`, from `a`, `b` and `rank` (m,) of the branches by id; of two normal ways into a node, a fault, the last one counts."""
    normal = np.flatnonzero(rank == 0)
    parent, way = np.full(nodes, -1), np.full(nodes, -1)
    parent[b[normal]], way[b[normal]] = a[normal], normal
    return parent, way
