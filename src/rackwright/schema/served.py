"""How many links to endpoints end at each switch, counted part by part of `fabric_cables`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.schema.links import HOST
from rackwright.schema.parts import Ask, First
from rackwright.schema.tables import Tables


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """Equal-length columns: links of a fabric to endpoints at a switch, counted from the first switch of the hall."""

    fabric_id: NDArray[np.int32]
    switch: NDArray[np.int32]
    links: NDArray[np.int32]


def counted(cables: pl.DataFrame, ids: First, first: int) -> Served:
    """Of some links (rows of `fabric_cables`)."""
    own = np.flatnonzero(cables["tier"].to_numpy() == HOST)
    if not own.size:
        return Served(*(np.zeros(0, np.int32) for _ in range(3)))
    fabric, device = (cables[name].to_numpy()[own].astype(np.int64) for name in ("fabric_id", "b_device_id"))
    low, high = int(device.min()), int(device.max())
    count = np.bincount(fabric * (high - low + 1) + device - low)
    at = np.flatnonzero(count)
    of, switch = np.divmod(at, high - low + 1)
    return Served(*(x.astype(np.int32) for x in (of, switch + low - first, count[at])))


def _first(t: Tables) -> int:
    return int(t.columns("fabric_switches", "device_id")["device_id"].min() or 0)  # type: ignore[arg-type]


SERVED = Ask("served", ("fabric_switches",), Served, _first, counted)
