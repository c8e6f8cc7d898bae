"""A fabric as arrays: switches, the links between them and the endpoints (NIC ports) that hang on them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Graph:
    """`n` switches, m undirected links (parallel ones allowed, full duplex: `capacity_gbps` each way), h hosts.

    a, b (m,) int32 switch ordinals; capacity_gbps (m,) float32, above 0; tier (m,) uint8: 1 at the leaves (or inside a dragonfly group), 2 above
    it, and so on; plane (m,) uint8. host_leaf (h,) int32: the switch a host port hangs on, -1 once that switch is lost; host_gbps (h,) float32;
    host_plane (h,) uint8. A directed link is `i` for a -> b and `m + i` for b -> a.
    """

    n: int
    a: NDArray[np.int32]
    b: NDArray[np.int32]
    capacity_gbps: NDArray[np.float32]
    tier: NDArray[np.uint8]
    plane: NDArray[np.uint8]
    host_leaf: NDArray[np.int32]
    host_gbps: NDArray[np.float32]
    host_plane: NDArray[np.uint8]

    def __post_init__(self) -> None:
        m, h = self.a.size, self.host_leaf.size
        sizes = {"b": m, "capacity_gbps": m, "tier": m, "plane": m, "host_gbps": h, "host_plane": h}
        wrong = [name for name, size in sizes.items() if getattr(self, name).shape != (size,)]
        if wrong:
            raise ValueError(f"graph of {m} links and {h} hosts: wrong length of {', '.join(wrong)}")
        for name, low in (("a", 0), ("b", 0), ("host_leaf", -1)):
            values = getattr(self, name)
            if values.size and not low <= int(values.min()) <= int(values.max()) < self.n:
                raise ValueError(f"graph: {name} goes from {values.min()} to {values.max()}, switches are 0 to {self.n - 1}")
        if np.any(self.a == self.b):
            raise ValueError(f"graph: link {int(np.argmax(self.a == self.b))} joins a switch to itself")
        if np.any(self.capacity_gbps <= 0):
            raise ValueError(f"graph: link {int(np.argmax(self.capacity_gbps <= 0))} has no capacity")

    @property
    def m(self) -> int:
        """Number of undirected links."""
        return self.a.size

    def switch_gbps(self) -> Floats:
        """(n,) speed of all hosts of each switch."""
        there = self.host_leaf >= 0
        return sums(self.host_leaf[there], self.host_gbps[there].astype(np.float64), self.n)

    def switch_hosts(self) -> Ints:
        """(n,) hosts of each switch."""
        return np.bincount(self.host_leaf[self.host_leaf >= 0], minlength=self.n).astype(np.int64)

    def keep(self, links: Bools) -> Graph:
        """The graph with only the links where `links` (m,) is true."""
        kept = {name: getattr(self, name)[links] for name in ("a", "b", "capacity_gbps", "tier", "plane")}
        return replace(self, **kept)

    def without(self, links: Ints | None = None, switches: Ints | None = None) -> Graph:
        """The graph after losing links and switches (ordinals). Ordinals of switches stay; hosts of a lost switch get `host_leaf` -1."""
        alive = np.ones(self.m, np.bool_)
        host_leaf = self.host_leaf
        if links is not None:
            alive[links] = False
        if switches is not None:
            lost = np.zeros(self.n + 1, np.bool_)
            lost[switches] = True
            alive &= ~(lost[self.a] | lost[self.b])
            host_leaf = np.where(lost[host_leaf], np.int32(-1), host_leaf)
        return replace(self.keep(alive), host_leaf=host_leaf)


def sums(index: NDArray[np.integer], weight: NDArray[np.floating], size: int) -> Floats:
    """(size,) sum of weights by index; floats even where there is nothing to sum."""
    return np.bincount(index, weight, size).astype(np.float64, copy=False)


def run_starts(values: Ints) -> Ints:
    """Where each run of equal values begins in a sorted array."""
    if not values.size:
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))


def spread(start: Ints, count: Ints) -> Ints:
    """The concatenation of start[i], start[i] + 1, ... (count[i] of them)."""
    begin = np.cumsum(count) - count
    ordinals: Ints = np.arange(int(count.sum()), dtype=np.int64) + np.repeat(start - begin, count)
    return ordinals
