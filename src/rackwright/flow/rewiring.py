"""What a crew has to do to turn one hall into another: cables that are new, go, move to another port, or are cut anew.

A cable is told by its two ends. One that goes and one that comes are one move where they have the lower end in common (the same port below, another
one above), or else both devices (another port below). Fewest moves: of each two devices that have fewer cables (of as many links) between them than
before, the surplus must go, whatever is done; what is not taken away moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.schema.tables import Tables

I64: TypeAlias = NDArray[np.int64]
_DEVICE = 12  # bits of a device in its rack: a switch by its lowest unit, others by their number in the design
_SWITCH = 1 << (_DEVICE - 1)


@dataclass(frozen=True, slots=True)
class Rewiring:
    """Numbers of cables. `least` is the fewest that could have moved with as many taken away."""

    new: int
    removed: int
    moved: int
    recut: int
    least: int

    def __str__(self) -> str:
        """`264 new, 0 removed, 128 moved (the least possible is 128), 2 re-cut`."""
        moved = f"{self.moved:,} moved" + (f" (the least possible is {self.least:,})" if self.moved else "")
        return f"{self.new:,} new, {self.removed:,} removed, {moved}, {self.recut:,} re-cut"


def rewired(a: Tables, b: Tables, gone: pl.Series, fresh: pl.Series, same: pl.Series) -> Rewiring:
    """From `a` to `b`, given positions in `fabric_cables` of the rows that only `a` has, that only `b` has, and those of `a` that are cut anew."""
    recut = a["fabric_cables"]["key"].gather(same).n_unique()
    if gone.is_empty() and fresh.is_empty():
        return Rewiring(0, 0, 0, recut, 0)
    one, two = _ends(a, gone), _ends(b, fresh)
    moved = one.join(two, on=["fabric", "a", "a_port"], suffix="_b")
    left = (one.join(moved, on="key", how="anti"), two.join(moved.select(key="key_b"), on="key", how="anti"))
    pairs = [side.group_by("fabric", "a", "b").agg(cables=pl.len()) for side in left]
    beside = pairs[0].join(pairs[1], on=["fabric", "a", "b"], suffix="_b").select(pl.min_horizontal("cables", "cables_b").sum()).item()
    count = moved.height + int(beside or 0)
    alike = ["fabric", "a", "b", "links"]
    before, after = (side.group_by(alike).agg(cables=pl.len().cast(pl.Int64)) for side in (one, two))
    each = before.join(after, on=alike, how="left", suffix="_b")
    surplus = int(each.select((pl.col("cables") - pl.col("cables_b").fill_null(0)).clip(0).sum()).item() or 0)
    removed = one.height - count
    return Rewiring(two.height - count, removed, count, recut, max(surplus - removed, 0))


def _ends(t: Tables, rows: pl.Series) -> pl.DataFrame:
    """A row a cable: fabric, key, number of `links`, and by its first link `a`, `a_port` and `b`, devices as numbers made of where they stand."""
    device = _devices(t)
    chosen = t["fabric_cables"][rows].select("fabric_id", "key", "a_device_id", "a_port", "b_device_id")
    a, b = (device[chosen[c].to_numpy()] for c in ("a_device_id", "b_device_id"))
    made = chosen.select("fabric_id", "key", "a_port", a=pl.Series(a), b=pl.Series(b), links=pl.len().over("key"))
    made = made.join(t["fabrics"].select("fabric_id", "fabric"), on="fabric_id")
    return made.sort("a", "a_port", "b").unique("key", keep="first", maintain_order=True).drop("fabric_id")


def _devices(t: Tables) -> I64:
    """A number of every device made of its place: hall, row and position of its rack, and the device in it."""
    racks = t["hall_racks"].select("rack_id", "design_id", at=(pl.col("hall_id").cast(pl.Int64) * 2**14 + pl.col("row")) * 2**14 + pl.col("position"))
    hosts = racks.join(t["design_devices"].select("design_id", "device"), on="design_id").sort("rack_id", "device")
    switches = t["fabric_switches"].sort("device_id").join(racks, on="rack_id", how="left", maintain_order="left")
    own = np.r_[hosts["device"].to_numpy(), switches["position_u"].to_numpy() + _SWITCH].astype(np.int64)
    out: I64 = np.r_[hosts["at"].to_numpy(), switches["at"].to_numpy()] << _DEVICE | own
    return out
