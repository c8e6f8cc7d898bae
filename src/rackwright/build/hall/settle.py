"""Ends on other fabrics' switches, once the switches stand: their racks, and where in these their ports are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rackwright.build.hall.ends import SWITCH_RUN_MM
from rackwright.build.hall.managed import Managed
from rackwright.build.hall.stand import Stand
from rackwright.build.hall.template import Template
from rackwright.build.hall.wire import Wired
from rackwright.catalog.part import Part


def settled(wired: Wired, stand: Stand, racks: int, frame: Part) -> tuple[Wired, Template]:
    """The fabric with the racks of its ends, of which `racks` hold no switches, and the template of all switch racks: a row a port,
    devices counted from the first switch. To be done again when switches have moved.
    """
    m = wired.ends.managed
    switch = stand.first[m.fabric] + m.ordinal
    height, base = frame.number("unit_height") or 44.45, frame.number("base_height") or 0.0
    unit = stand.unit[switch]
    n = len(m)
    of_racks = Template(
        server=switch,
        device=switch,
        unit=unit,
        rail=m.port,
        port=m.number,
        speed_gbps=m.speed_gbps,
        z_mm=(np.rint(base + (unit - 1) * height).astype(np.int32) + m.z_mm).astype(np.int32),
        run_mm=np.full(n, SWITCH_RUN_MM, np.int32),
        riser=m.riser,
        cage=_cages(m),
        cage_ports=m.legs,
        kind=m.kind,
        taken=np.zeros(n, bool),
        connector=tuple(m.connectors[i] for i in m.connector.tolist()),
    )
    if not n:
        return wired, of_racks
    e = wired.ends
    is_switch = (e.rack < 0) | (e.rack >= racks)
    rack = e.rack.copy()
    rack[is_switch] = racks + stand.rack[switch[e.row[is_switch]]]
    return replace(wired, ends=replace(e, rack=rack)), of_racks


def _cages(m: Managed) -> NDArray[np.int32]:
    """A number for each cage that a port is in."""
    keys = np.stack([m.fabric, m.ordinal, m.number // np.maximum(m.legs, 1)], axis=1) if len(m) else np.empty((0, 3), np.int32)
    return np.unique(keys, axis=0, return_inverse=True)[1].ravel().astype(np.int32)
