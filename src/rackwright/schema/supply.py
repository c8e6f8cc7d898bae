"""What rooms share about the tables `supply_*`: which branches convert, and the forest that is in service."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from rackwright.schema.tables import Tables

CONVERTERS = ("rectifier", "ups")
"""Kinds of branches whose two ends are electrically apart."""
WINDOW = (0.85, 1.10)
"""Least and greatest input voltage over nominal that a converter works from where its part gives none: usual of double-conversion UPS, our
estimate."""
HOLD_UP_S = 0.02
"""What any power supply of IT equipment rides through without input: ITIC curve, 20 ms at no voltage."""
PLACES = {"room": "rooms", "trench": "trenches", "riser": "risers"}
"""Kinds of components that are places, and the field of `power` that names them."""


_PEAK_A, _PEAK = (5e3, 10e3, 20e3, 50e3), np.array([1.5, 1.7, 2.0, 2.1, 2.2])

INLET_V = dict.fromkeys(("c14", "c16", "c18", "c20", "c22", "c24"), 250.0)
"""Rated voltage of appliance inlets by connector (IEC 60320-1: up to 250 V), phase to neutral or between two phases."""


def peak_factor(withstands: ArrayLike) -> NDArray[np.float64]:
    """Peak that what withstands so many A for a short time withstands, over that current: IEC 61439-1 table 7."""
    return np.asarray(_PEAK[np.searchsorted(_PEAK_A, withstands)], dtype=np.float64)


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


def closed_ties(branches: pl.DataFrame) -> NDArray[np.int64]:
    """Branches of `supply_branches` that are ties closed in service, one of the two of each."""
    closed = branches.filter((pl.col("kind") == "tie") & (pl.col("rank") > 0) & (pl.col("transfer_s") == 0))
    return closed.unique("component_id", keep="first", maintain_order=True)["branch_id"].to_numpy().astype(np.int64)


def reached(t: Tables, out: NDArray[Any], *sources: str, node: int = -1) -> NDArray[np.bool_]:
    """(n,) nodes that a source of these kinds (`grid` unless given) reaches over any way when these components, or this node, are out. Reads
    supply_branches, supply_components and supply_nodes, by id."""
    nodes, branches, components = t["supply_nodes"], t["supply_branches"], t["supply_components"]
    is_out = np.zeros(components.height + 1, dtype=bool)
    is_out[out] = True
    at = components.filter(is_out[:-1])["node_id"].drop_nulls().to_numpy()
    stands = np.ones(nodes.height, dtype=bool)
    stands[at] = False
    if node >= 0:
        stands[node] = False
    a, b = (branches[c].to_numpy() for c in ("a_node_id", "b_node_id"))
    way = np.flatnonzero(~is_out[branches["component_id"].to_numpy()] & stands[a] & stands[b])
    live = stands & nodes["kind"].is_in(sources or ("grid",)).to_numpy()
    while (new := b[way[live[a[way]] & ~live[b[way]]]]).size:
        live[new] = True
    return np.asarray(live)


def of_chain() -> pl.Expr:
    """Which lines of `hall_parts` are of the power chain: those of no fabric but the frames of switch racks."""
    return pl.col("fabric_id").is_null() & (pl.col("kind") != "frame")
