"""Times of collectives in the alpha-beta model: a start-up time per step plus bytes over bandwidth.

Ranks are accelerators, `per_server` of them joined by a scale-up fabric, each with its own rail into the scale-out fabric. `up_gbps` and `rail_gbps`
are what one rank sends each way on either: pass the rail's fair rate where the fabric is not whole. Sizes follow nccl-tests: bytes of the whole
buffer for all-reduce and all-gather, bytes each rank holds for all-to-all. Start-up times of all steps add; bytes on the scale-up and on the rail
flow at the same time, as in a pipeline of many chunks. Nothing is reduced inside switches, so no result beats S 2 (n - 1) / n / B (all-reduce) or
S (n - 1) / n / B (the others), B the sum of a rank's bandwidths in use. Published large-message measurements reach 75 to 100 % of this; small
messages are not predicted closely.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackwright.sim.network.graph import Floats

GBPS = 1e9 / 8


@dataclass(frozen=True, slots=True)
class Ranks:
    """`servers` of `per_server` ranks. Speeds in Gb/s each way per rank, start-up times of one step in seconds. Raises ValueError if not above 0."""

    servers: int
    per_server: int
    rail_gbps: float
    up_gbps: float
    alpha_rail_s: float
    alpha_up_s: float

    def __post_init__(self) -> None:
        if self.servers < 1 or self.per_server < 1:
            raise ValueError(f"{self.servers} servers of {self.per_server} ranks: both must be at least 1")
        if (self.servers > 1 and self.rail_gbps <= 0) or (self.per_server > 1 and self.up_gbps <= 0):
            raise ValueError(f"rail {self.rail_gbps} Gb/s and scale-up {self.up_gbps} Gb/s must be above 0 where ranks use them")
        if min(self.alpha_rail_s, self.alpha_up_s) < 0:
            raise ValueError("start-up times must not be negative")

    @property
    def n(self) -> int:
        """All ranks."""
        return self.servers * self.per_server

    @property
    def bytes_per_s(self) -> float:
        """What one rank sends each way on all it uses."""
        return ((self.rail_gbps if self.servers > 1 else 0.0) + (self.up_gbps if self.per_server > 1 else 0.0)) * GBPS


def all_reduce(size_bytes: Floats, ranks: Ranks) -> Floats:
    """Seconds: reduce-scatter in the server, all-reduce of each share along its rail (ring or double tree, the quicker), all-gather in the server."""
    s, g = ranks.servers, ranks.per_server
    up, rail = _up_s(2 * size_bytes * (g - 1) / g, ranks), _rail_s(2 * size_bytes / g, ranks)
    start = 2 * (g - 1) * ranks.alpha_up_s
    ring = start + 2 * (s - 1) * ranks.alpha_rail_s + np.maximum(up, rail * (s - 1) / s)
    tree = start + 2 * np.ceil(np.log2(s)) * ranks.alpha_rail_s + np.maximum(up, rail)
    least: Floats = np.minimum(ring, tree)
    return least


def all_gather(size_bytes: Floats, ranks: Ranks) -> Floats:
    """Seconds: each share along its rail in a ring, then all-gather in the server. Reduce-scatter takes the same, the other way round."""
    s, g = ranks.servers, ranks.per_server
    return _pipeline(size_bytes * (g - 1) / g, size_bytes / g * (s - 1) / s, ranks)


def all_to_all(size_bytes: Floats, ranks: Ranks) -> Floats:
    """Seconds: what goes to other rails changes rank inside the server first, then everything for other servers goes along the rails, pairwise."""
    s, g = ranks.servers, ranks.per_server
    return _pipeline(size_bytes * (g - 1) / g, size_bytes * (s - 1) / s, ranks)


def least_all_reduce(size_bytes: Floats, ranks: Ranks) -> Floats:
    """Seconds no all-reduce between ranks can beat: each must send and receive S 2 (n - 1) / n."""
    return 2 * least_all_gather(size_bytes, ranks)


def least_all_gather(size_bytes: Floats, ranks: Ranks) -> Floats:
    """Seconds no all-gather, reduce-scatter or all-to-all can beat: S (n - 1) / n."""
    return size_bytes * (ranks.n - 1) / ranks.n / ranks.bytes_per_s if ranks.n > 1 else np.zeros_like(size_bytes)


def bus_bandwidth(size_bytes: Floats, seconds: Floats, n: int, factor: float) -> Floats:
    """Bytes per second as nccl-tests prints `busbw`: S / t x factor x (n - 1) / n, factor 2 for all-reduce and 1 for the others."""
    return size_bytes / seconds * factor * (n - 1) / n


def _pipeline(up_bytes: Floats, rail_bytes: Floats, ranks: Ranks) -> Floats:
    """One pass over both fabrics: a start-up time for each other rank of the server and each other server, then the slower of the two."""
    start = (ranks.per_server - 1) * ranks.alpha_up_s + (ranks.servers - 1) * ranks.alpha_rail_s
    seconds: Floats = start + np.maximum(_up_s(up_bytes, ranks), _rail_s(rail_bytes, ranks))
    return seconds


def _up_s(size_bytes: Floats, ranks: Ranks) -> Floats:
    return size_bytes / (ranks.up_gbps * GBPS) if ranks.per_server > 1 else np.zeros_like(size_bytes)


def _rail_s(size_bytes: Floats, ranks: Ranks) -> Floats:
    return size_bytes / (ranks.rail_gbps * GBPS) if ranks.servers > 1 else np.zeros_like(size_bytes)
