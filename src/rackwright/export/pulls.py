"""Which bundle each link is pulled in: the cables of a bundle are the next of those with its racks, path and part, in the order of links.

Reads fabric_cables, fabric_skus, bundles.
"""

from __future__ import annotations

import polars as pl

from rackwright.schema.tables import Tables

GROUP = ["fabric_id", "tier", "part", "a_rack_id", "b_rack_id", "path_id"]


def bundle_of(t: Tables, at: pl.DataFrame, rows: pl.Series) -> pl.Series:
    """The bundle of those rows of `fabric_cables` (by position, rising), empty where nothing is pulled: no way, no part, or a further link of a
    cable. `at` is from `ends.devices`.

    Raises:
        ValueError: bundles of other cables (ours to fix, never the user's).
    """
    cables, rack = t["fabric_cables"], at["rack_id"].cast(pl.Int64)
    between = rack.gather(cables["a_device_id"]) * len(rack) + rack.gather(cables["b_device_id"])
    pairs = between.gather(rows).unique().implode()  # of a pair of racks all cables, so that they are counted from the first
    is_first = (pl.col("leg") == 0) | pl.col("key").is_first_distinct()
    own = (
        cables.select("fabric_id", "sku", "path_id", is_first.alias("is_first"), between=between)
        .with_row_index("row")
        .filter(pl.col("is_first") & (pl.col("path_id") >= -1) & pl.col("between").is_in(pairs))
        .with_columns(a_rack_id=(pl.col("between") // len(rack)).cast(pl.Int32), b_rack_id=(pl.col("between") % len(rack)).cast(pl.Int32))
        .join(t["fabric_skus"].select("fabric_id", "sku", "tier", "part"), on=["fabric_id", "sku"], how="inner", maintain_order="left")
        .sort(*GROUP, "row")
    )
    bundles = t["bundles"].with_columns(between=pl.col("a_rack_id").cast(pl.Int64) * len(rack) + pl.col("b_rack_id"))
    bundles = bundles.filter(pl.col("between").is_in(pairs)).sort(*GROUP, "number")
    member = bundles.select(pl.col("bundle_id").repeat_by("cables").explode(empty_as_null=False)).to_series()
    if member.len() != own.height:
        raise ValueError(f"bundles hold {member.len()} cables of {own.height}")
    wanted = rows.cast(pl.UInt32).alias("row").to_frame()
    return wanted.join(own.select("row").hstack([member]), on="row", how="left", maintain_order="left")["bundle_id"]
