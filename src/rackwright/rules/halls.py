"""What rules about halls share: the cables of fabrics as arrays, names of switches, parts of a network that hang together.

A hall has millions of cables, so rules take NumPy columns and name only what they found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.schema.tables import Tables

Array: TypeAlias = NDArray[Any]
HOST, LEAF_SPINE, TORUS = 0, 1, 7  # tiers of `fabric_cables`
RACK = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
"""


@dataclass(frozen=True, slots=True, eq=False)
class Cables:
    """Equal-length columns of `fabric_cables`; switches are counted from `first`, and there are `switches` of them.

    `is_laid` is None where every cable has a way and a medium.
    """

    frame: pl.DataFrame
    first: int
    switches: int
    is_laid: NDArray[np.bool_] | None

    def rows(self, chosen: NDArray[np.bool_], *names: str) -> list[Array]:
        """Those columns of the chosen rows."""
        at = np.flatnonzero(chosen)
        return [self.frame[name].to_numpy()[at] for name in names]

    def tier(self) -> Array:
        """Tier of every cable, uint8."""
        return self.frame["tier"].to_numpy()


def cables(t: Tables) -> Cables:
    """Reads fabrics, fabric_switches, fabric_cables."""
    device, found = t["fabric_switches"]["device_id"], t["fabric_cables"]
    first = device.min() if len(device) else 0
    assert isinstance(first, int)
    is_whole = t["fabrics"].filter((pl.col("unreached") > 0) | (pl.col("unrouted") > 0)).is_empty()
    return Cables(found, first, len(device), None if is_whole else (found["length_stock_mm"] >= 0).to_numpy())


def components(a: Array, b: Array, size: int) -> Array:
    """Lowest member of the part of a network that each of `size` nodes belongs to, where edges join nodes a and b.

    Roots are hooked to the lowest root beside them and paths then cut short (Shiloach and Vishkin 1982), so that rounds grow with the
    logarithm of the size; edges inside a part are dropped as soon as they are.
    """
    label = np.arange(size, dtype=np.int32)
    while len(a):
        la, lb = label[a], label[b]
        apart = np.flatnonzero(la != lb)
        a, b, la, lb = a[apart], b[apart], la[apart], lb[apart]
        np.minimum.at(label, np.maximum(la, lb), np.minimum(la, lb))
        while not np.array_equal(shorter := label[label], label):
            label = shorter
    return label


def named(t: Tables) -> pl.DataFrame:
    """Columns device_id, fabric_id and `switch`: what people call a switch, such as `leaf 3 of rail 2 in pod 0, plane 1`. Reads fabric_switches.

    Take the few rows that are told: names are made for all rows of the frame.
    """
    tier = pl.col("tier").replace_strict({0: "leaf", 1: "spine", 2: "core"}, default="switch")
    parts = [
        tier,
        pl.lit(" "),
        (pl.col("index") + 1).cast(pl.String),
        pl.when(pl.col("rail") >= 0).then(pl.concat_str([pl.lit(" of rail "), (pl.col("rail") + 1).cast(pl.String)])).otherwise(pl.lit("")),
        pl.when(pl.col("pod") >= 0).then(pl.concat_str([pl.lit(" in pod "), (pl.col("pod") + 1).cast(pl.String)])).otherwise(pl.lit("")),
        pl.when(pl.col("plane") > 0).then(pl.concat_str([pl.lit(" of plane "), (pl.col("plane") + 1).cast(pl.String)])).otherwise(pl.lit("")),
    ]
    return t["fabric_switches"].select("device_id", "fabric_id", switch=pl.concat_str(parts))


def worst(found: pl.DataFrame, by: str, t: Tables) -> pl.DataFrame:
    """Of rows of switches (`at`: counted from the first; fabric_id), the one of each fabric with the highest `by`, with `switch`, `others` (how
    many there are, in words) and the fabric's name and src. Reads fabrics and fabric_switches.
    """
    first = t["fabric_switches"]["device_id"].min()
    heads = found.sort([by, "at"], descending=[True, False]).with_columns(_n=pl.len().over("fabric_id")).unique("fabric_id", keep="first")
    heads = heads.with_columns(device_id=(pl.col("at") + pl.lit(first)).cast(pl.Int32))
    few = Tables({"fabric_switches": t["fabric_switches"].join(heads.select("device_id"), on="device_id", how="semi")})
    heads = heads.join(named(few).drop("fabric_id"), on="device_id").join(t["fabrics"].select("fabric_id", "fabric", "src"), on="fabric_id")
    text = pl.concat_str([pl.lit(" (worst of "), pl.col("_n").cast(pl.String), pl.lit(")")])
    return heads.with_columns(others=pl.when(pl.col("_n") > 1).then(text).otherwise(pl.lit(""))).sort("fabric_id")


def single_homed(t: Tables, homes: int) -> pl.DataFrame:
    """Leaves (`at`: counted from the first; fabric_id) that are the only one of some servers, and how many `servers`; of the fabrics that ask for
    so many homes of a server, 1 where they ask for none. Reads inputs, fabrics, fabric_switches and fabric_cables.
    """
    path = pl.col("path").str.split(".")
    asked = t["inputs"].filter((path.list.len() == 3) & (path.list.first() == "fabrics") & (path.list.last() == "homing"))
    asked = asked.filter(pl.col("value").fill_null(1) == homes).select(fabric=path.list.get(1))
    meant = t["fabrics"].join(asked, on="fabric")["fabric_id"].to_list()
    c = cables(t)
    chosen = (c.tier() == HOST) & c.frame["fabric_id"].is_in(meant).to_numpy() if meant else np.zeros(len(c.frame), bool)
    fabric, server, leaf = c.rows(chosen, "fabric_id", "a_device_id", "b_device_id")
    made = pl.DataFrame({"fabric_id": fabric, "server": server, "at": leaf - c.first}).lazy()
    runs = made.group_by("fabric_id", "server").agg(at=pl.col("at").min(), last=pl.col("at").max()).filter(pl.col("at") == pl.col("last"))
    return runs.group_by("fabric_id", "at").agg(servers=pl.len()).collect()
