"""Kinds of links: tier, speed, medium and the sort of port at both ends, with how many there are of each, counted part by part of `fabric_cables`.

Ports of one part, speed and connector are of one sort. Tables read: hall_racks, design_devices, fabric_switches, nic_ports, switch_ports,
fabric_cables.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.rules.halls import Array
from rackwright.schema.parts import Ask, First
from rackwright.schema.tables import Tables

I32: TypeAlias = NDArray[np.int32]
Sort: TypeAlias = tuple[str, float, str]  # owner, Gb/s of the port, connector
Kind: TypeAlias = tuple[int, int, float, int, Sort | None, Sort | None]  # fabric, tier, Gb/s, sku, sort at a and at b (None: not known)
_READ = ("tier", "speed_gbps", "sku", "a_device_id", "a_port", "b_device_id", "b_port")
_FACTS = ("owner", "speed_port_gbps", "connector")


@dataclass(frozen=True, slots=True, eq=False)
class LinkKinds:
    """Equal-length columns of kinds, `a` and `b` places in the list of `sorts` (-1: not known), which is JSON in UTF-8."""

    fabric: I32
    tier: I32
    gbps: NDArray[np.float32]
    sku: I32
    a: I32
    b: I32
    links: I32
    sorts: NDArray[np.uint8]


def counted(cables: pl.DataFrame, ids: First, devices: Devices) -> LinkKinds:
    """Kinds of some links (rows of `fabric_cables`), fabric by fabric in one pass."""
    fabric = cables["fabric_id"].to_numpy()
    heads = np.flatnonzero(np.r_[True, fabric[1:] != fabric[:-1]]) if fabric.size else np.zeros(0, np.int64)
    made, sorts = [np.zeros((7, 0))], list[Sort]()
    for start, end in pairwise([*heads.tolist(), fabric.size]):
        which = int(fabric[start])
        c = {name: cables[name][start:end].to_numpy() for name in _READ}
        known = devices.sorts(which)
        a, b = (devices.sort_of(which, side, c) for side in "ab")
        speed, gbps = np.unique(c["speed_gbps"], return_inverse=True) if c["speed_gbps"].min() < c["speed_gbps"].max() else (c["speed_gbps"][:1], 0)
        size, skus = len(known) + 1, int(c["sku"].max(initial=-1)) + 2
        code = (((c["tier"].astype(np.int64) * len(speed) + gbps) * skus + c["sku"] + 1) * size + a + 1) * size + b + 1
        count = np.bincount(code)
        kind = np.flatnonzero(count)
        rest, at_b = np.divmod(kind, size)
        rest, at_a = np.divmod(rest, size)
        rest, sku = np.divmod(rest, skus)
        at = [np.where(x > 0, x - 1 + len(sorts), -1) for x in (at_a, at_b)]
        made.append(np.stack([np.full(len(kind), which), rest // len(speed), speed[rest % len(speed)], sku - 1, *at, count[kind]]))
        sorts += known
    of, tier, gbps, sku, a, b, links = np.concatenate(made, axis=1)
    text = np.frombuffer(json.dumps(sorts).encode(), np.uint8)
    of, tier, sku, a, b, links = (x.astype(np.int32) for x in (of, tier, sku, a, b, links))
    return LinkKinds(of, tier, gbps.astype(np.float32), sku, a, b, links, text)


def summed(parts: Iterable[LinkKinds]) -> Counter[Kind]:
    """Links of each kind in all parts."""
    made, by_text = Counter[Kind](), dict[bytes, list[LinkKinds]]()
    for part in parts:
        by_text.setdefault(part.sorts.tobytes(), []).append(part)
    for text, own in by_text.items():
        sorts: list[Sort | None] = [*((owner, gbps, connector) for owner, gbps, connector in json.loads(text)), None]
        columns = [np.concatenate(column) for column in zip(*map(_columns_of, own), strict=True)]
        order = np.lexsort(columns[:-1])
        *kinds, links = (column[order] for column in columns)
        heads = np.flatnonzero(np.any([c[1:] != c[:-1] for c in kinds], axis=0)) + 1
        heads = np.concatenate([np.zeros(min(len(order), 1), np.int64), heads])
        sums = np.add.reduceat(links, heads, dtype=np.int64) if len(heads) else links
        for fabric, tier, gbps, sku, a, b, count in zip(*(c[heads].tolist() for c in kinds), sums.tolist(), strict=True):
            made[fabric, tier, gbps, sku, sorts[a], sorts[b]] += count
    return made


_columns_of: Callable[[LinkKinds], tuple[Array, ...]] = attrgetter("fabric", "tier", "gbps", "sku", "a", "b", "links")


class Devices:
    """Which sort of port an end of a link is."""

    def __init__(self, t: Tables) -> None:
        of_rack = t.columns("hall_racks", "design_id")["design_id"].fill_null(-1).to_numpy()
        sizes = np.bincount(t["design_devices"]["design_id"].to_numpy())
        self.of_rack, self.per = of_rack, np.append(sizes, 0)[of_rack]  # the last one is of racks of switches
        self.start = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.per)])
        self.first = int(self.start[-1])
        self.ports = t.derived(Ports)

    def sorts(self, fabric: int) -> list[Sort]:
        """All sorts of ports that links of a fabric may end at."""
        return self.ports.sorts.get(fabric, [])

    def sort_of(self, fabric: int, side: str, c: dict[str, Array]) -> Array:
        """The sort at a side of each of a fabric's links, a place in `sorts`; -1 for a port not known."""
        device, port = c[f"{side}_device_id"], c[f"{side}_port"]
        made = np.full(len(device), -1, np.int64)
        on_rack = device < self.first
        if on_rack.any():
            there = np.flatnonzero(on_rack)
            of_design, local = self._standing(device[there])
            for design, table in self.ports.nic.get(fabric, []):
                own = np.flatnonzero(of_design == design)
                made[there[own]] = table[np.minimum(local[own], len(table) - 1), np.minimum(port[there[own]], table.shape[1] - 1)]
        if not on_rack.all():
            of_part = np.where(on_rack, -1, self.ports.part[np.maximum(device - self.first, 0)])
            for part, tier, gbps, table in self.ports.switch.get((fabric, side), []):
                own = np.flatnonzero((c["tier"] == tier) & (c["speed_gbps"] == np.float32(gbps)) & (of_part == part))
                made[own] = table[0, np.minimum(port[own], table.shape[1] - 1)]
        return made

    def _standing(self, device: Array) -> tuple[Array, Array]:
        """The design that some devices of racks are of, and which device of it; links of a part end at racks close together."""
        low, high = np.searchsorted(self.start, [device.min(), device.max()], "right").tolist()
        per, design = self.per[low - 1 : high], self.of_rack[low - 1 : high]
        first = self.start[low - 1]
        at = device - first
        return np.repeat(design, per)[at], at - np.repeat(self.start[low - 1 : high] - first, per)[at]


class Ports:
    """Sorts of ports, which stay when racks are of another design: `part` of each switch, a place among all, and of each fabric its `sorts`, those of
    the ports of each design (`nic`), and, by side, of each part of a switch, tier and speed of links (`switch`).
    """

    def __init__(self, t: Tables) -> None:
        names, nic, ports = t["design_devices"].select("design_id", "device", owner="part"), t["nic_ports"], t["switch_ports"]
        of_switches = t.columns("fabric_switches", "part")["part"]
        parts = of_switches.unique().sort().to_list()
        self.part = of_switches.replace_strict(parts, list(range(len(parts))), return_dtype=pl.Int64).to_numpy()
        nic = nic.join(names, on=["design_id", "device"], how="left", maintain_order="left").with_columns(pl.col("speed_port_gbps").cast(pl.Float64))
        ports = ports.with_columns(pl.col("speed_port_gbps").cast(pl.Float64), owner=pl.col("part"))
        self.sorts: dict[int, list[Sort]] = {}
        for fabric, *sort in (
            pl.concat([nic.select("fabric_id", *_FACTS), ports.select("fabric_id", *_FACTS)]).unique().sort("fabric_id", *_FACTS).iter_rows()
        ):
            self.sorts.setdefault(fabric, []).append((sort[0], sort[1], sort[2]))
        self.nic: dict[int, list[tuple[int, Array]]] = {}
        for (fabric, design), rows in nic.group_by(["fabric_id", "design_id"], maintain_order=True):
            self.nic.setdefault(fabric, []).append((design, self._table(fabric, rows["device"].to_numpy(), rows)))
        self.switch: dict[tuple[int, str], list[tuple[int, int, float, Array]]] = {}
        for (fabric, side, part, tier, gbps), rows in ports.group_by(["fabric_id", "side", "part", "tier", "speed_gbps"], maintain_order=True):
            if part in parts:
                table = self._table(fabric, np.zeros(rows.height, np.int64), rows)
                self.switch.setdefault((fabric, side), []).append((parts.index(part), tier, gbps, table))

    def _table(self, fabric: int, device: Array, rows: pl.DataFrame) -> Array:
        """The sort of each port by device and number; the last row and column are -1."""
        number = {sort: i for i, sort in enumerate(self.sorts[fabric])}
        port = rows["port"].to_numpy()
        made = np.full((int(device.max()) + 2, int(port.max()) + 2), -1, np.int64)
        made[device, port] = [number[owner, gbps, connector] for owner, gbps, connector in rows.select(_FACTS).iter_rows()]
        return made


LINK_KINDS: Ask[Any] = Ask(
    "link_kinds", ("hall_racks", "design_devices", "fabric_switches", "nic_ports", "switch_ports"), LinkKinds, Devices, counted
)
