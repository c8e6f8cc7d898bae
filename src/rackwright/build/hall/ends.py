"""Both ends of every link in space: device, port, riser, height, and the way inside the rack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.fabrics.fabric import Array, LinkArrays
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.wire import Wired
from rackwright.schema.links import HOST, TORUS

I32: TypeAlias = NDArray[np.int32]
SWITCH_RUN_MM = 250  # from a port in the middle of a switch's face to the nearer side channel


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One end of each link."""

    device: I32
    port: I32
    tap: I32
    z: I32
    run: I32
    unit: I32
    rack: I32

    def pick(self, rows: slice) -> Side:
        """Those links."""
        return Side(*(getattr(self, n)[rows] for n in Side.__slots__))

    def put(self, rows: slice | NDArray[np.int64], other: Side) -> None:
        """Write another side's links over those."""
        for n in Side.__slots__:
            getattr(self, n)[rows] = getattr(other, n)


def both_sides(ground: Ground, wired: Wired, which: int, made: LinkArrays) -> tuple[Side, Side]:
    """Both ends of every link: of host links an endpoint and a switch, in a torus two endpoints, else two switches."""
    direct = made.tier == TORUS

    def side(is_endpoint: NDArray[np.bool_], ordinal: I32, port: I32, legs: Array) -> Side:
        if is_endpoint.all():
            return host_side(ground, wired, which, ordinal)
        if not is_endpoint.any():
            return switch_side(ground, wired, which, ordinal, port, legs)
        own, rest = _rows(is_endpoint), _rows(~is_endpoint)
        found = Side(*(np.empty(len(ordinal), np.int32) for _ in Side.__slots__))
        found.put(own, host_side(ground, wired, which, ordinal[own]))
        found.put(rest, switch_side(ground, wired, which, ordinal[rest], port[rest], legs[rest]))
        return found

    return side(direct | (made.tier == HOST), made.a, made.a_port, made.a_legs), side(direct, made.b, made.b_port, made.b_legs)


def _rows(chosen: NDArray[np.bool_]) -> slice | NDArray[np.int64]:
    """Where some links are, at least one; links to endpoints mostly stand together."""
    at = np.flatnonzero(chosen)
    whole = slice(int(at[0]), int(at[-1]) + 1)
    return whole if whole.stop - whole.start == len(at) else at


def host_side(ground: Ground, wired: Wired, which: int, ordinal: I32) -> Side:
    """The endpoint at one end of links."""
    rows, planes = ground.rows[which], wired.wish.planes
    rack = wired.ends.rack[ordinal]
    at = rows.first[ground.site.design[rack]] + wired.ends.row[ordinal]
    device, port, riser, z, run, unit = (column[at] for column in (rows.device, rows.port, rows.riser, rows.z_mm, rows.run_mm, rows.unit))
    if planes > 1:
        port = port * planes + wired.ends.endpoints.subport[ordinal] % planes
    return Side(ground.device_first[rack] + device, port, 4 * rack + riser, z, run, unit, rack)


def switch_side(ground: Ground, wired: Wired, which: int, ordinal: I32, port: I32, legs: Array) -> Side:
    """The switch at one end of each link: its ports face the front; cables leave to the side their port stands on."""
    own = slice(int(ground.stand.first[which]), int(ground.stand.first[which + 1]))
    rack = ground.stand.rack[own][ordinal].astype(np.int32, copy=False) + np.int32(ground.site.compute)
    unit, tier = ground.stand.unit[own][ordinal].astype(np.int32), ground.stand.tier[own][ordinal]
    z = np.rint(ground.base_mm + (np.arange(int(unit.max(initial=0)) + 1) - 0.5) * ground.unit_mm).astype(np.int32)
    half = np.array([-(-int(p.number("cages") or 1) // 2) for p in wired.parts], np.int32)
    right = port >= half.take(tier, mode="clip") * np.maximum(legs, 1)
    device, run = ordinal + np.int32(ground.switch_first + own.start), np.full(len(ordinal), SWITCH_RUN_MM, np.int32)
    return Side(device, port, 4 * rack + right, z[unit], run, unit, rack)
