"""Switches of other fabrics as endpoints of a management network: their management ports, known before anything stands anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.fabrics.fabric import Switches
from rackwright.catalog.part import Part, PortGroup

I32: TypeAlias = NDArray[np.int32]
PREFIX = "fabrics."  # of selectors that mean the switches of a fabric
FIRST_PORT = 16_383  # number of a switch's first management port, the next counts down: below 2**14 as keys want it, above all other ports


@dataclass(frozen=True, slots=True, eq=False)
class Managed:
    """Management ports, equal-length arrays: fabric (its place in the spec), ordinal of the switch in it, its pod (for one that serves all: a unit
    of its hall), port from 0, speed, height above the switch's bottom, way to the riser, endpoint class; and the connector they have.
    """

    fabric: I32
    ordinal: I32
    pod: I32
    port: I32
    speed_gbps: NDArray[np.float32]
    z_mm: I32
    kind: I32
    connector: str

    def __len__(self) -> int:
        return len(self.fabric)


def none_managed() -> Managed:
    """No switches."""
    none = np.empty(0, np.int32)
    return Managed(none, none, none, none, np.empty(0, np.float32), none, none, "")


def meant_fabrics(wanted: list[list[str]]) -> list[tuple[str, int]]:
    """Fabrics that selectors name, `*` for all, each with the endpoint class."""
    return [(text.removeprefix(PREFIX), kind) for kind, texts in enumerate(wanted) for text in texts if text.startswith(PREFIX)]


def management_ports(part: Part) -> list[PortGroup]:
    """Management ports of a switch part, one entry each."""
    return [p for p in part.ports if p.kind == "management" for _ in range(p.count)]


def port_names(part: Part) -> list[str]:
    """Printed names of a switch part's management ports."""
    return [f"{p.name}{i}" if p.count > 1 else p.name for p in part.ports if p.kind == "management" for i in range(p.count)]


def managed(fabrics: list[tuple[int, int, Switches, tuple[Part, ...]]], halls: int, pods_per_hall: int) -> Managed:
    """Management ports of every switch of those fabrics: (place in the spec, endpoint class, switches, parts by tier). A pass per tier."""
    columns: list[tuple[NDArray[Any], ...]] = []
    connector = ""
    for at_spec, kind, switches, parts in fabrics:
        tier = np.minimum(switches.tier, len(parts) - 1)
        pod = switches.pod.astype(np.int64)
        common = np.flatnonzero(pod < 0)
        pod[common] = (np.arange(len(common)) * halls // max(len(common), 1) + 1) * pods_per_hall - 1
        for level, part in enumerate(parts):
            own, groups = np.flatnonzero(tier == level), management_ports(part)
            at, port = np.repeat(own, len(groups)), np.tile(np.arange(len(groups)), len(own))
            speed, z = (np.array([getattr(g, c) for g in groups], np.float64)[port] for c in ("speed_gbps", "z_mm"))
            columns.append((np.full(len(at), at_spec), at, pod[at], port, speed, np.rint(z), np.full(len(at), kind)))
            connector = groups[0].connector if groups and len(own) else connector
    if not columns:
        return none_managed()
    place, ordinal, own_pod, number, speeds, z_mm, kinds = (np.concatenate(c) for c in zip(*columns, strict=True))
    a, b, c, d, e, f = (v.astype(np.int32) for v in (place, ordinal, own_pod, number, z_mm, kinds))
    return Managed(a, b, c, d, speeds.astype(np.float32), e, f, connector)
