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


def both_sides(ground: Ground, wired: Wired, which: int, made: LinkArrays) -> tuple[Side, Side]:
    """Both ends of every link: of host links an endpoint and a switch, in a torus two endpoints, else two switches."""
    direct = made.tier == TORUS
    below = host_side(ground, wired, which, made.a, (made.tier == HOST) | direct)
    if direct.all():
        return below, host_side(ground, wired, which, made.b, direct)
    a = joined((made.tier == HOST) | direct, below, switch_side(ground, wired, which, made.a, made.a_port, made.a_legs))
    b = switch_side(ground, wired, which, made.b, made.b_port, made.b_legs)
    return a, joined(direct, host_side(ground, wired, which, made.b, direct), b) if direct.any() else b


def host_side(ground: Ground, wired: Wired, which: int, ordinal: I32, chosen: NDArray[np.bool_]) -> Side:
    """The endpoint at one end of the chosen links (other rows hold anything)."""
    at = np.where(chosen, ordinal, 0)
    rack, row = wired.ends.rack[at], wired.ends.row[at]
    design = ground.site.design[rack]
    per = [len(x) for x in ground.templates[which]]
    start = np.concatenate([[0], np.cumsum(per)])[design] + row
    column = {c: np.concatenate([getattr(x, c) for x in ground.templates[which]]) for c in ("device", "unit", "z_mm", "run_mm", "riser", "port")}
    device = ground.device_first[rack] + column["device"][start]
    port = column["port"][start] * wired.wish.planes + wired.ends.endpoints.subport[at] % wired.wish.planes
    return Side(
        device.astype(np.int32),
        port.astype(np.int32),
        (4 * rack + column["riser"][start]).astype(np.int32),
        column["z_mm"][start],
        column["run_mm"][start],
        column["unit"][start].astype(np.int32),
        rack,
    )


def switch_side(ground: Ground, wired: Wired, which: int, ordinal: I32, port: I32, legs: Array) -> Side:
    """The switch at one end of each link: its ports face the front; cables leave to the side their port stands on."""
    own = slice(int(ground.stand.first[which]), int(ground.stand.first[which + 1]))
    rack, unit = (ground.site.compute + ground.stand.rack[own]).astype(np.int32), ground.stand.unit[own]
    z = np.rint(ground.base_mm + (unit - 0.5) * ground.unit_mm).astype(np.int32)
    half = np.array([-(-int(p.number("cages") or 1) // 2) for p in wired.parts], np.int32)[np.minimum(ground.stand.tier[own], len(wired.parts) - 1)]
    at = np.minimum(ordinal, len(rack) - 1)
    right = port >= half[at] * np.maximum(legs, 1).astype(np.int32)
    run = np.full(len(at), SWITCH_RUN_MM, np.int32)
    return Side(np.int32(ground.switch_first + own.start) + at, port, (4 * rack)[at] + right, z[at], run, unit[at], rack[at])


def joined(choose: NDArray[np.bool_], yes: Side, no: Side) -> Side:
    """Where `choose`, the rows of `yes`, elsewhere those of `no`."""
    return Side(*(np.where(choose, getattr(yes, n), getattr(no, n)).astype(np.int32) for n in Side.__slots__))
