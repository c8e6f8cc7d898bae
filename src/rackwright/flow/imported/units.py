"""Scalable units: hosts whose rails share leaves, or leaves that share spines below the cores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.flow.imported.nets import Net
from rackwright.flow.imported.racks import Standing


@dataclass(frozen=True, slots=True)
class Units:
    """`racks`: rack, pod (in the order of the racks) of racks with hosts of the network; whether a leaf serves one rack alone (`in_rack`), and
    whether the spines of a unit serve a rail each (`by_rail`).
    """

    racks: pl.DataFrame
    in_rack: bool
    by_rail: bool


def units(net: Net, st: Standing) -> Units:
    """Units of a network with rails; its planes are alike."""
    first = net.switches.filter(pl.col("plane") == 0)
    hosts = net.hosts.join(st.hosts.select("dev", "rack"), on="dev").join(first, left_on="leaf", right_on="dev", how="semi")
    racks = hosts.group_by("leaf").agg(pl.col("rack").n_unique())["rack"]
    in_rack = bool((racks == 1).all()) and hosts["rack"].n_unique() > 1
    size = int(np.concatenate([hosts["dev"], net.switches["dev"], hosts["rack"]]).max()) + 1
    by_rail = False
    if net.count(2):
        low = net.trunks.filter(pl.col("tier") == 1).join(first, left_on="low", right_on="dev", how="semi")
        part = _parts(low["low"].to_numpy(), low["high"].to_numpy(), size)
        of = hosts.select("rack", part=pl.Series(part[hosts["leaf"].to_numpy()])).unique()
        sets = of.sort("rack").group_by("part").agg("rack").with_columns(pl.col("rack").list.first().alias("first"))
        by_rail = sets.height > sets["first"].n_unique() > 0
        found = of.join(sets.select("part", "first"), on="part").group_by("rack").agg(pl.col("first").min())
    else:
        part = _parts(hosts["rack"].to_numpy(), hosts["leaf"].to_numpy() + size, 2 * size)  # racks, whose hosts stay together, and leaves
        of = hosts.select("rack").unique()
        found = of.with_columns(part=pl.Series(part[of["rack"].to_numpy()])).with_columns(first=pl.col("rack").min().over("part"))
    pods = found.select("rack", pod=pl.col("first").rank("dense").cast(pl.Int64) - 1).sort("rack")
    return Units(pods, in_rack, by_rail)


def _parts(a: NDArray[np.int32], b: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    """Number of the part of the graph of those links that each node is in."""
    from scipy.sparse import coo_array, csgraph

    found: NDArray[np.int32] = csgraph.connected_components(coo_array((np.ones(len(a), np.int8), (a, b)), shape=(size, size)), directed=False)[1]
    return found
