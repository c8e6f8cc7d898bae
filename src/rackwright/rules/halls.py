"""What rules about halls share: tiers, parts of a network that hang together, names of the few switches that are told of."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.schema.tables import Tables

Array: TypeAlias = NDArray[Any]
RACK = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
"""

ETHERNET = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/sn5600, tiers: 2}
"""


def wishes(t: Tables) -> pl.DataFrame:
    """What the spec asks of each fabric: columns fabric, `field` (path below the fabric), value, origin and src. Reads inputs."""
    asked = t.inputs_of("fabrics").select("path", "value", "origin", "src").rows()
    made = [(*path.split(".", 2)[1:], value, origin, src) for path, value, origin, src in asked if path.count(".") > 1]
    schema = {"fabric": pl.String, "field": pl.String, "value": pl.Float64, "origin": pl.String, "src": pl.Int32}
    return pl.DataFrame(made, schema, orient="row")


def components(a: Array, b: Array, size: int) -> Array:
    """Lowest member of the part of a network that each of `size` nodes belongs to, where edges join nodes a and b.

    Roots are hooked to the lowest root beside them and paths then cut short (Shiloach and Vishkin 1982), so that rounds grow with the
    logarithm of the size; edges inside a part are dropped as soon as they are.
    """
    label, la, lb = np.arange(size, dtype=np.int32), a, b
    while len(a):
        np.minimum.at(label, np.maximum(la, lb), np.minimum(la, lb))
        while not np.array_equal(shorter := label[label], label):
            label = shorter
        la, lb = label.take(a), label.take(b)  # twice as fast as by index
        apart = np.flatnonzero(la != lb)
        a, b, la, lb = (x.take(apart) for x in (a, b, la, lb))
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
    """Of rows of switches (`at`: counted from the first; fabric_id), of which there must be some, the one of each fabric with the highest `by`, with
    `switch`, `others` (how many there are, in words) and the fabric's name and src. Reads fabrics and fabric_switches.
    """
    first = t["fabric_switches"]["device_id"].min()
    heads = found.sort([by, "at"], descending=[True, False]).with_columns(_n=pl.len().over("fabric_id")).unique("fabric_id", keep="first")
    heads = heads.with_columns(device_id=(pl.col("at") + pl.lit(first)).cast(pl.Int32))
    few = Tables({"fabric_switches": t["fabric_switches"].join(heads.select("device_id"), on="device_id", how="semi")})
    heads = heads.join(named(few).drop("fabric_id"), on="device_id").join(t.columns("fabrics", "fabric_id", "fabric", "src"), on="fabric_id")
    text = pl.concat_str([pl.lit(" (worst of "), pl.col("_n").cast(pl.String), pl.lit(")")])
    return heads.with_columns(others=pl.when(pl.col("_n") > 1).then(text).otherwise(pl.lit(""))).sort("fabric_id")
