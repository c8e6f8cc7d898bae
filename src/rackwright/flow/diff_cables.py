"""Cables of two halls compared by their stable keys: which are new, which are gone, which are the same with another medium or length.

Ids shift when anything is added, so rows meet by fabric, key (made of both ends' places and ports) and leg; only rows that differ are named.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.schema import ends
from rackwright.schema.tables import Tables

TABLE = "fabric_cables"
KEYS = ("fabric", "key", "leg")
VALUES = ("tier", "plane", "rail", "speed_gbps", "part", "medium", "length_route_mm", "length_cut_mm", "length_stock_mm")


def rows(t: Tables) -> pl.DataFrame:
    """`fabric_cables` with names of fabric, part and medium for ids that mean nothing outside of `t`, and `at`, the position of each row."""
    media = t["fabric_skus"].select("fabric_id", "sku", "part", "medium")
    fabrics = t["fabrics"].select("fabric_id", pl.col("fabric").cast(pl.Categorical))
    media = media.with_columns(pl.col("part", "medium").cast(pl.Categorical))
    made = t["fabric_cables"].with_row_index("at").join(media, on=["fabric_id", "sku"], how="left", maintain_order="left")
    return made.join(fabrics, on="fabric_id", how="left", maintain_order="left").select("at", *KEYS, *VALUES)


def compare(a: pl.DataFrame, b: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Positions of rows (see `rows`) that only B has (`at`), that only A has (`at`), and that both have with other values.

    The last has `at` in A, `at_b`, and for each of VALUES whether it differs (`speed_gbps` and so on). A and B are in order.
    """
    both = a.join(b, on=KEYS, suffix="_b", maintain_order="left")
    differs = both.select("at", "at_b", *((~pl.col(v).eq_missing(pl.col(f"{v}_b"))).alias(v) for v in VALUES)).filter(pl.any_horizontal(VALUES))
    added, removed = (x.join(y, on=KEYS, how="anti", maintain_order="left").select("at") for x, y in ((b, a), (a, b)))
    return added, removed, differs


def named(t: Tables, at: pl.Series) -> pl.DataFrame:
    """Rows of `fabric_cables` at those positions `_key` (both ends of the link, as on its label if it has a cable alone), fabric and VALUES."""
    known = values(t, at)
    if at.is_empty():
        return known.select(pl.lit("").alias("_key"), pl.all()).clear()
    chosen = _around(t, t["fabric_cables"][at])
    every = pl.int_range(at.len(), eager=True, dtype=pl.UInt32)
    return known.select(ends.named(chosen, ends.devices(chosen), every)["link"].alias("_key"), pl.all())


def values(t: Tables, at: pl.Series) -> pl.DataFrame:
    """Fabric and VALUES of rows of `fabric_cables` at those positions."""
    known = rows(t.put({TABLE: t[TABLE][at]})).drop("at", "key", "leg")
    return known.with_columns(pl.col("fabric", "part", "medium").cast(pl.String))


def _around(t: Tables, cables: pl.DataFrame) -> Tables:
    """`t` with those cables alone and the racks they end in, devices numbered anew: hosts rack by rack, then switches, as in the campus."""
    counts = t["design_devices"].group_by("design_id").agg(hosts=pl.len().cast(pl.Int64))
    racks = t["hall_racks"].sort("rack_id").select("rack_id", "design_id").join(counts, on="design_id", how="left", maintain_order="left")
    hosts = racks["hosts"].fill_null(0).to_numpy()
    behind = np.cumsum(hosts)
    used = np.unique(np.r_[cables["a_device_id"].to_numpy(), cables["b_device_id"].to_numpy()])
    switches = t["fabric_switches"].sort("device_id").filter(pl.col("device_id").is_in(used))
    hosted = np.searchsorted(behind, used[used < behind[-1]], side="right")
    at = np.union1d(hosted, np.searchsorted(racks["rack_id"].to_numpy(), switches["rack_id"].to_numpy()))
    old = np.r_[_runs((behind - hosts)[at], hosts[at]), switches["device_id"].to_numpy()]
    racks = t["hall_racks"].filter(pl.col("rack_id").is_in(racks["rack_id"].gather(at).implode()))
    ids = {c: pl.Series(np.searchsorted(old, cables[c].to_numpy())) for c in ("a_device_id", "b_device_id")}
    return t.put({TABLE: cables.with_columns(**ids), "hall_racks": racks, "fabric_switches": switches})


def _runs(first: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    """`count` whole numbers from `first` on, one run after the other."""
    start = np.cumsum(count) - count
    return np.repeat(first - start, count) + np.arange(count.sum())
