"""A torus as the tables have it: accelerators and their six sides, joined by fixed links and by the circuits that the design sets.

Reads fabric_cables, fabric_circuits. In a torus every six ports of a device are one accelerator's: +x, -x, +y, -y, +z, -z; a circuit joins the cable
of a + side to the cable of a - side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.schema.links import HOST, TORUS
from rackwright.schema.tables import Tables
from rackwright.sim.network.graph import Bools, Graph, Ints
from rackwright.sim.network.planes import Failed

SIDES = 6
I32: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Lattice:
    """near (6, n): the accelerator that each side of each is joined to, -1 for none; alive (n,): in service.

    Side s of one always meets side s ^ 1 of another, so that no two meet at the same side: `near[s]` names nobody twice.
    """

    near: I32
    alive: Bools

    @property
    def n(self) -> int:
        """Accelerators, out of service or not."""
        return self.alive.size

    def without(self, ends: Bools | None = None, nodes: Ints | None = None) -> Lattice:
        """Without the links of some `ends` (6, n), and without some accelerators and their links."""
        gone = np.zeros(self.near.shape, np.bool_) if ends is None else ends.copy()
        alive = self.alive.copy()
        if nodes is not None:
            gone[:, nodes] = True
            alive[nodes] = False
        near = self.near.copy()
        for side in range(SIDES):
            at = np.flatnonzero(gone[side] & (self.near[side] >= 0))
            near[side ^ 1, self.near[side, at]] = -1
            near[side, at] = -1
        return Lattice(near, alive)

    def graph(self, gbps: float, line_gbps: float) -> Graph:
        """One node and one host for each accelerator; links by their + end, of tier 1."""
        plus, low = np.nonzero(self.near[::2] >= 0)
        high = self.near[2 * plus, low]
        m, h = low.size, int(self.alive.sum())
        return Graph(
            self.n, low.astype(np.int32), high, np.full(m, gbps, np.float32), np.ones(m, np.uint8), np.zeros(m, np.uint8),
            np.flatnonzero(self.alive).astype(np.int32), np.full(h, line_gbps, np.float32), np.zeros(h, np.uint8),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Torus:
    """A torus as designed (`whole`) and what is left of it (`left`).

    device (n,) id of the device an accelerator is in, number (n,) its place there; row, switch (6, n): position in `fabric_cables` of the cable at
    each side and device id of the circuit switch it goes to, -1 for none. gbps: speed of a side. sizes: accelerators along x, y, z, None where the
    circuits make something else than a torus; at (n, 3) where each is.
    """

    fabric_id: int
    whole: Lattice
    left: Lattice
    device: Ints
    number: Ints
    row: Ints
    switch: Ints
    gbps: float
    sizes: tuple[int, int, int] | None
    at: Ints

    @property
    def line_gbps(self) -> float:
        """What an accelerator sends over all its sides that lead to another one."""
        return self.gbps * float((self.whole.near >= 0).sum(axis=0).max(initial=0))


def torus(t: Tables, fabric_id: int, failed: Failed | None = None) -> Torus:
    """A fabric of topology torus. Raises ValueError where links run at different speeds or join sides that do not face each other."""
    rows = np.flatnonzero(t["fabric_cables"]["fabric_id"].to_numpy() == fabric_id)
    own = t["fabric_cables"].select("tier", "a_device_id", "a_port", "b_device_id", "b_port", "speed_gbps")[rows]
    tier, speed = own["tier"].to_numpy(), own["speed_gbps"].to_numpy()
    a, b = (own.select(f"{s}_device_id", f"{s}_port").to_numpy().astype(np.int64) for s in "ab")
    if speed.size and speed.min() != speed.max():
        raise ValueError(f"links of a torus run at {speed.min():g} to {speed.max():g} Gb/s")
    direct, out = np.flatnonzero(tier == TORUS), np.flatnonzero(tier == HOST)
    ends = np.concatenate((a, b[direct]))
    width = int(ends[:, 1].max(initial=0)) // SIDES + 1
    ids, node = np.unique(ends[:, 0] * width + ends[:, 1] // SIDES, return_inverse=True)
    side = ends[:, 1] % SIDES
    n = ids.size
    row, switch = np.full((SIDES, n), -1, np.int64), np.full((SIDES, n), -1, np.int64)
    row[side, node] = np.concatenate((rows, rows[direct]))
    switch[side[out], node[out]] = b[out, 0]
    low, high = _circuits(t, fabric_id, b[out])
    first = np.concatenate((direct, out[low]))
    second = np.concatenate((np.arange(tier.size, ends.shape[0]), out[high]))
    near = np.full((SIDES, n), -1, np.int32)
    if np.any(side[first] ^ side[second] != 1):
        wrong = int(np.argmax(side[first] ^ side[second] != 1))
        raise ValueError(f"a link of a torus joins side {side[first[wrong]]} to side {side[second[wrong]]}")
    apart = node[first] != node[second]  # a ring of one is no link
    first, second = first[apart], second[apart]
    near[side[first], node[first]] = node[second]
    near[side[second], node[second]] = node[first]
    whole = Lattice(near, np.ones(n, np.bool_))
    sizes, at = coordinates(near)
    made = Torus(fabric_id, whole, whole, ids // width, ids % width, row, switch, float(speed.max(initial=0)), sizes, at)
    return replace(made, left=_left(made, failed)) if failed else made


def _circuits(t: Tables, fabric_id: int, plugged: Ints) -> tuple[Ints, Ints]:
    """Positions of both cables of each circuit among those plugged (switch, port) into circuit switches."""
    found = t["fabric_circuits"].filter(pl.col("fabric_id") == fabric_id).select("device_id", "a_port", "b_port").to_numpy().astype(np.int64)
    width = max(int(plugged[:, 1].max(initial=0)), int(found[:, 1:].max(initial=0))) + 1
    key = plugged[:, 0] * width + plugged[:, 1]
    order = np.argsort(key)
    both = []
    for port in (found[:, 1], found[:, 2]):
        wanted = found[:, 0] * width + port
        place = np.minimum(np.searchsorted(key, wanted, sorter=order), max(key.size - 1, 0))
        at = order[place] if key.size else place
        both.append(np.where(key[at] == wanted, at, -1) if key.size else np.full(wanted.size, -1))
    real = (both[0] >= 0) & (both[1] >= 0)
    return both[0][real], both[1][real]


def _left(made: Torus, failed: Failed) -> Lattice:
    """What is left: a device out of service takes its accelerators along, a circuit switch or cable its circuits."""
    ends = np.isin(made.row, list(failed.rows)) | np.isin(made.switch, list(failed.devices))
    return made.whole.without(ends, np.flatnonzero(np.isin(made.device, list(failed.devices))))


def coordinates(near: I32) -> tuple[tuple[int, int, int] | None, Ints]:
    """Sizes and coordinates (n, 3), if this is a torus: proved by rolling the grid that walks along x, y and z lay out."""
    n = near.shape[1]
    none: Ints = np.zeros((n, 3), np.int64)
    if not n:
        return None, none
    lines = np.zeros((1,), np.int64)
    sizes = []
    for axis in range(3):
        steps = [lines]
        while len(steps) * lines.size < n and (onward := near[2 * axis, steps[-1]].astype(np.int64)).min() >= 0 and onward.flat[0] != 0:
            steps.append(onward)
        sizes.append(len(steps))
        lines = np.concatenate(steps)
    if np.unique(lines).size != n:
        return None, none
    grid = lines.reshape(sizes[2], sizes[1], sizes[0])
    for axis in range(3):
        onward = near[2 * axis, grid]
        if np.any(onward != (np.roll(grid, -1, 2 - axis) if sizes[axis] > 1 else -1)):
            return None, none
    at = np.empty((n, 3), np.int64)
    z, y, x = np.indices(grid.shape)
    at[grid.ravel()] = np.stack((x.ravel(), y.ravel(), z.ravel()), axis=1)
    return (sizes[0], sizes[1], sizes[2]), at
