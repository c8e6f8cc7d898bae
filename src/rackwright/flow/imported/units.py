"""Scalable units: hosts whose rails share leaves, or leaves that share spines below the cores."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rackwright.flow.imported.alike import groups, mostly
from rackwright.flow.imported.nets import Net
from rackwright.flow.imported.racks import Standing

_MOST = 0.5  # of the hosts of a leaf that are in one rack


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
    top = hosts.group_by("leaf", "rack").len().group_by("leaf").agg(share=pl.col("len").max() / pl.col("len").sum())["share"]
    in_rack = bool((top > _MOST).all()) and hosts["rack"].n_unique() > 1
    by_rail = False
    if net.count(2):
        low = net.trunks.filter(pl.col("tier") == 1).join(first, left_on="low", right_on="dev", how="semi")
        leaves, part = groups(low["low"].to_numpy(), low["high"].to_numpy())
    else:
        leaves, part = groups(hosts["leaf"].to_numpy(), hosts["dev"].to_numpy())
    of = hosts.join(pl.DataFrame({"leaf": leaves, "part": part}), on="leaf")
    sets = of.group_by("part", "rack").len().sort("part", "rack")
    if net.count(2):  # spines of a rail each: several parts have the same racks
        racked, unit = groups(sets["part"].to_numpy(), sets["rack"].to_numpy())
        by_rail = len(racked) > int(unit.max()) + 1
        of = of.join(pl.DataFrame({"part": racked, "unit": unit}), on="part")
    else:
        of = of.with_columns(unit=pl.col("part"))
    own, unit = mostly(of["rack"].to_numpy(), of["unit"].to_numpy())
    found = pl.DataFrame({"rack": own, "unit": unit}).with_columns(first=pl.col("rack").min().over("unit"))
    pods = found.select("rack", pod=pl.col("first").rank("dense").cast(pl.Int64) - 1).sort("rack")
    return Units(pods, in_rack, by_rail)
