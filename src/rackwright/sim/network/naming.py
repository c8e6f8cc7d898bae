"""Devices of a hall by name and by id, and cables by the name on their labels. Reads hall_racks, design_devices, fabric_switches; of cables what
`schema.ends` reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from rackwright.schema import ends
from rackwright.schema.tables import Tables


@dataclass(frozen=True, slots=True)
class OfCable:
    """A thing that is named by a cable: `row` of `fabric_cables`, and `side` (a, b) of it whose plug is meant; the whole cable unless given."""

    row: int
    side: str = ""


def with_cables(t: Tables, things: Sequence[object]) -> list[str]:
    """Names of things: texts as they are, cables by their labels, a plug as `RACK-UNIT:PORT`."""
    rows = sorted({x.row for x in things if isinstance(x, OfCable)})
    if not rows:
        return [str(x) for x in things]
    found = ends.named(t, ends.devices(t), pl.Series(rows, dtype=pl.UInt32)).select("label", "a_cage_name", "b_cage_name")
    known = dict(zip(rows, found.iter_rows(named=True), strict=True))
    return [known[x.row][f"{x.side}_cage_name" if x.side else "label"] if isinstance(x, OfCable) else str(x) for x in things]


class Names:
    """Names both ways: a switch has one of its own, any other device is `RACK/NAME`, such as `H01.AA01/dgx-01`; `RACK` alone is all of a rack.

    Ids of devices in racks run rack by rack and, in a rack, in the order of its design; switches follow.
    """

    def __init__(self, t: Tables) -> None:
        racks = t["hall_racks"].select("rack_id", "name", "design_id").sort("rack_id")
        self._racks = racks["name"]
        self._design = racks["design_id"].fill_null(-1).to_numpy()
        of = t["design_devices"].select("design_id", "device", "name").sort("design_id", "device")
        self._devices: dict[int, list[str]] = {-1: []}
        for design, name in of.select("design_id", "name").iter_rows():
            self._devices.setdefault(design, []).append(name)
        size = np.zeros(max(self._devices) + 2, np.int64)
        for design, names in self._devices.items():
            size[design] = len(names)
        self._start = np.concatenate(([0], np.cumsum(size[self._design])))
        switches = t["fabric_switches"].select("device_id", "name", "rack_id").sort("device_id")
        self._switches, self._switch_ids, self._switch_racks = switches["name"], switches["device_id"], switches["rack_id"]

    def name(self, device: int) -> str:
        """What people call a device."""
        if len(self._switch_ids) and device >= int(self._switch_ids[0]):
            return str(self._switches[device - int(self._switch_ids[0])])
        rack = int(np.searchsorted(self._start, device, side="right")) - 1
        return f"{self._racks[rack]}/{self._devices[int(self._design[rack])][device - int(self._start[rack])]}"

    def find(self, name: str) -> list[int]:
        """Ids of the devices of that name; none where there is no such."""
        own = self._switches.index_of(name)
        if own is not None:
            return [int(self._switch_ids[own])]
        rack_name, _, device = name.partition("/")
        rack = self._racks.index_of(rack_name)
        if rack is None:
            return []
        names, start = self._devices[int(self._design[rack])], int(self._start[rack])
        if device:
            return [start + names.index(device)] if device in names else []
        return [*range(start, start + len(names)), *self._switch_ids.filter(self._switch_racks == rack).to_list()]

    def known(self, name: str) -> list[str]:
        """Names of the kind that was probably meant: devices of that rack, or all switches and racks."""
        rack_name, slash, _ = name.partition("/")
        rack = self._racks.index_of(rack_name)
        if slash and rack is not None:
            return [f"{rack_name}/{d}" for d in self._devices[int(self._design[rack])]]
        return [*self._switches.to_list(), *self._racks.to_list()]
