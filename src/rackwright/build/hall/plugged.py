"""What is plugged in where, cell by cell: links by the rack of each end and by medium, from which racks get the power and mass of modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

I32: TypeAlias = NDArray[np.int32]
SWITCH = 1 << 30  # added to a rack of switches, as racks of another cell may stand before the first of this one


@dataclass(frozen=True, slots=True, eq=False)
class Plugged:
    """How many `links` of a fabric end where, equal-length columns: `side` 0 or 1, `rack`, whether the figures of the device there hold its modules
    (`covered`), and line of the menu. Racks of a cell are counted from that of its first host, and from the first rack of switches.
    """

    side: I32
    rack: I32
    covered: I32
    sku: I32
    links: I32


def plugged(links: pl.DataFrame, rack: I32, covered: NDArray[np.bool_], host: int, compute: int) -> Plugged:
    """The ends of links of a cell that have a medium. `rack` and `covered` of each device, `host` the first of the cell; racks of switches begin at
    `compute`.
    """
    sku = links["sku"].to_numpy()
    own = slice(None) if sku.min(initial=0) >= 0 else np.flatnonzero(sku >= 0)
    wide, sku = int(sku.max(initial=0)) + 1, sku[own]
    made = []
    for side, device in enumerate(("a_device_id", "b_device_id")):
        number = links[device].to_numpy()[own]
        place = (2 * rack[number] + covered[number]) * np.int64(wide) + sku
        key, _, count = np.unique(place, return_index=True, return_counts=True)  # with an index by runs, which is faster
        at, line = np.divmod(key, wide)
        number, cover = np.divmod(at, 2)
        number = np.where(number >= compute, number - compute + SWITCH, number - int(rack[host]))
        made.append((np.full(len(key), side), number, cover, line, count))
    return Plugged(*(np.concatenate(columns).astype(np.int32) for columns in zip(*made, strict=True)))


def racks(rack: I32, first: I32 | int, compute: int) -> I32:
    """Racks of the campus of those of a cell, whose first host is in rack `first`."""
    return np.where(rack >= SWITCH // 2, rack - SWITCH + compute, rack + first).astype(np.int32)
