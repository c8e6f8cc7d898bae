"""The shape of a set of endpoints: how many ports of which sort stand in which rack. All that planning needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackwright.build.fabrics.fabric import Array, Endpoints


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Tallies of endpoints.

    Attributes:
        pod, rack, rail, subport, kind: key of a tally, equal-length int arrays; sorted by pod, rack.
        ports: servers that have this port, int64.
        speed_gbps: fastest of these ports.
        server_pod, server_rack, server_kind, servers: number of servers per rack and class.
        rows: endpoints per pod, int64, of every pod from 0.
    """

    pod: Array
    rack: Array
    rail: Array
    subport: Array
    kind: Array
    ports: Array
    speed_gbps: Array
    server_pod: Array
    server_rack: Array
    server_kind: Array
    servers: Array
    rows: Array

    @property
    def pods(self) -> int:
        """Number of pods, which is the number of cells."""
        return len(self.rows)

    @property
    def first(self) -> Array:
        """Ordinal of the first endpoint of each pod, and their number at the end; int64, pods + 1."""
        return np.concatenate([[0], np.cumsum(self.rows)])


def _counted(key: Array, size: int) -> tuple[Array, Array]:
    """Distinct values of a dense key below `size`, ascending, and how often each occurs."""
    if size > 4 * len(key) + 1_000_000:
        values, counts = np.unique(key, return_counts=True)
        return values, counts
    counts = np.bincount(key, minlength=size)
    values = np.flatnonzero(counts)
    return values, counts[values]


def tally(endpoints: Endpoints) -> Shape:
    """The shape of `endpoints`. O(n), no sort over endpoints."""
    e = endpoints
    n = len(e)
    if not n:
        return Shape(*[np.zeros(0, np.int64)] * len(Shape.__slots__))
    starts = np.flatnonzero(np.r_[True, (e.rack[1:] != e.rack[:-1]) | (e.pod[1:] != e.pod[:-1])])
    places, of_start = np.unique(np.stack([e.pod[starts], e.rack[starts]], axis=1), axis=0, return_inverse=True)
    place = np.repeat(of_start.ravel(), np.diff(np.r_[starts, n]))
    rails, subports, kinds = (int(c.max()) + 1 for c in (e.rail, e.subport, e.kind))
    key = ((place * (rails + 1) + e.rail + 1) * subports + e.subport) * kinds + e.kind
    keys, ports = _counted(key, len(places) * (rails + 1) * subports * kinds)
    speed = np.zeros(len(keys), np.float32)
    speeds = np.unique(e.speed_gbps)
    for value in speeds:  # distinct speeds of a fabric, a handful
        own = np.searchsorted(keys, np.unique(key[e.speed_gbps == value])) if len(speeds) > 1 else slice(None)
        speed[own] = value
    rest, kind = np.divmod(keys, kinds)
    rest, subport = np.divmod(rest, subports)
    at, rail = np.divmod(rest, rails + 1)
    head = np.flatnonzero(np.r_[True, e.server[1:] != e.server[:-1]])
    server_keys, servers = _counted(place[head] * kinds + e.kind[head], len(places) * kinds)
    server_at, server_kind = np.divmod(server_keys, kinds)
    return Shape(
        pod=places[at, 0], rack=places[at, 1], rail=rail - 1, subport=subport, kind=kind, ports=ports, speed_gbps=speed,
        server_pod=places[server_at, 0], server_rack=places[server_at, 1], server_kind=server_kind, servers=servers,
        rows=np.bincount(e.pod),
    )  # fmt: skip


def joined(parts: list[Shape]) -> Shape:
    """The shape of several sets of endpoints, each of whole pods, in order of pods."""
    size = max(p.pods for p in parts)
    rows = sum((np.pad(p.rows, (0, size - p.pods)) for p in parts), np.zeros(size, np.int64))
    names = [n for n in Shape.__slots__ if n != "rows"]
    return Shape(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names}, rows=rows)
