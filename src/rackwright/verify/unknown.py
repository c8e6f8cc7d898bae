"""What was seen and cannot be judged: neighbours that send no name and whose MAC address nobody gives, devices by names that nobody gave, and
connections of ports by such names.

A name that nobody knows is taken for another name of the device that should be there, unless that one is met under a name of its own elsewhere, the
unknown name at one place of it alone, and such ports (of that part and name) are known by their devices' own names on others: then another device is
there. So controllers with names of their own are no wrong cables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.verify.designed import Designed

Array: TypeAlias = NDArray[Any]


@dataclass(slots=True)
class Unknown:
    """`ends` that have a neighbour whom nobody can name (bool of every end). `nameless`: such ends without any name, and their `row`. `foreign`:
    stranger, row, ends: names that nobody knows. `likely`: stranger, dev, fits, ends: what they may be another name of. `unread`: rows between
    devices that the design joins, of ports that nobody knows.
    """

    ends: Array
    nameless: pl.DataFrame
    foreign: pl.DataFrame
    likely: pl.DataFrame
    unread: pl.DataFrame


def parted(d: Designed, rows: pl.DataFrame, claims: pl.DataFrame, strange: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, Unknown]:
    """`claims` and `strange` without what cannot be judged, and that."""
    claims = _beside(d, claims)
    lost = claims.filter(pl.col("target") == -2)
    # an adapter's firmware speaks beside its system: the end is known by the other
    settled = claims.filter(pl.col("target") >= 0)["end"].unique().implode()
    nameless = lost.filter(pl.col("is_nameless") & ~pl.col("end").is_in(settled)).select("row", "end")
    owner = d.ends.select(partner="end", owner="dev", port="port").join(d.devices.select(owner="dev", part="part"), on="owner", how="left")
    kinds = owner.join(claims.filter(pl.col("target") >= 0).select(partner="target").unique(), on="partner").select("part", "port").unique()
    kinds = kinds.with_columns(is_kind_met=pl.lit(value=True))
    foreign = lost.drop_nulls("stranger").unique(["end", "stranger"], keep="first", maintain_order=True)
    foreign = foreign.with_columns(partner=pl.col("end").xor(1)).join(owner, on="partner", how="left", maintain_order="left")
    foreign = foreign.join(kinds, on=["part", "port"], how="left", maintain_order="left")
    met = pl.concat([rows["near_dev"], rows["far_dev"]]).unique().implode()
    alone = (pl.col("owner").n_unique().over("stranger") > 1) | (pl.len().over("stranger") == 1)
    foreign = foreign.with_columns(is_wrong=pl.col("owner").is_in(met) & alone & pl.col("is_kind_met").fill_null(value=False))
    open_ = foreign.filter(~pl.col("is_wrong"))
    kept = claims.filter(~(pl.col("is_nameless") & (pl.col("target") == -2))).join(open_, on=["end", "stranger"], how="anti", maintain_order="left")
    ends = np.zeros(2 * d.links.height, np.bool_)
    ends[nameless["end"].to_numpy()] = True
    ends[open_["end"].to_numpy()] = True
    named = open_.group_by("stranger", maintain_order=True).agg(pl.col("row").min(), ends=pl.len())
    is_unread = _unread(d, strange)
    found = Unknown(ends, nameless, named, _likely(foreign), strange.filter(is_unread))
    return kept, strange.filter(~is_unread), found


def _beside(d: Designed, claims: pl.DataFrame) -> pl.DataFrame:
    """`claims` without those of the right device by a port that nobody knows, where the right port is told too: an adapter that speaks beside its
    system.
    """
    right = claims.filter(pl.col("target") == pl.col("end").xor(1)).select("end").unique()
    told = claims.filter(pl.col("target") == -2).join(right, on="end", how="semi").select("row", "end", "dev", partner=pl.col("end").xor(1))
    own = told.join(d.ends.select(partner="end", owner="dev"), on="partner").filter(pl.col("dev") == pl.col("owner"))
    return claims.join(own.select("row", "end"), on=["row", "end"], how="anti", maintain_order="left")


def _likely(foreign: pl.DataFrame) -> pl.DataFrame:
    """Names of two ends or more, most of which are where those of one device should be, that no other name fits."""
    counts = foreign.group_by("stranger", "owner", maintain_order=True).agg(fits=pl.len(), is_open=~pl.col("is_wrong").any())
    counts = counts.with_columns(ends=pl.col("fits").sum().over("stranger")).filter((pl.col("fits") * 2 > pl.col("ends")) & (pl.col("fits") > 1))
    return counts.filter(pl.col("is_open") & (pl.len().over("owner") == 1)).select("stranger", "fits", "ends", dev="owner")


def _unread(d: Designed, strange: pl.DataFrame) -> pl.Series:
    """Whether a connection of ports that are written unlike those of their devices may be one of the design."""
    one, two = pl.min_horizontal("a_dev", "b_dev"), pl.max_horizontal("a_dev", "b_dev")
    joined = d.links.select(one.cast(pl.Int32).alias("low"), two.cast(pl.Int32).alias("high"), is_joined=pl.lit(value=True)).unique()
    low, high = pl.min_horizontal("near_dev", "far_dev").cast(pl.Int32), pl.max_horizontal("near_dev", "far_dev").cast(pl.Int32)
    found = strange.with_columns(low=low, high=high).join(joined, on=["low", "high"], how="left", maintain_order="left")
    return found.select(pl.col("is_joined").fill_null(value=False) & ~pl.col("near_is_free") & ~pl.col("far_is_free")).to_series()
