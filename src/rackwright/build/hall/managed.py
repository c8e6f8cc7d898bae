"""Switches of other fabrics as endpoints: their management ports, or uplinks that end in this fabric; known before anything stands anywhere."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.fabrics.fabric import Switches
from rackwright.build.fabrics.plan import Plan
from rackwright.catalog.part import Part, PortGroup

I32: TypeAlias = NDArray[np.int32]
PREFIX = "fabrics."  # of selectors that mean the switches of a fabric
UPLINK = "/uplink"  # end of those that mean its uplinks
FIRST_PORT = 16_383  # number of a switch's first management port, the next counts down: below 2**14 as keys want it, above all other ports


@dataclass(frozen=True, slots=True, eq=False)
class Managed:
    """Ports of switches, equal-length arrays: fabric (its place in the spec), ordinal of the switch in it, its pod (for one that serves all: a unit
    of its hall), port from 0 and its number on the switch, links of its cage, speed, height above the switch's bottom, the riser its cable takes,
    endpoint class, connector (a place in `connectors`).
    """

    fabric: I32
    ordinal: I32
    pod: I32
    port: I32
    number: I32
    legs: I32
    speed_gbps: NDArray[np.float32]
    z_mm: I32
    riser: I32
    kind: I32
    connector: I32
    connectors: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.fabric)

    def is_same(self, other: Managed) -> bool:
        """Whether it is the same ports."""
        return self.connectors == other.connectors and all(
            np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self) if f.name != "connectors"
        )


def none_managed() -> Managed:
    """No switches."""
    none = np.empty(0, np.int32)
    return Managed(none, none, none, none, none, none, np.empty(0, np.float32), none, none, none, none, ())


def meant_fabrics(wanted: list[list[str]]) -> list[tuple[str, int]]:
    """Fabrics whose switches selectors name for their management ports, `*` for all, each with the endpoint class."""
    named = [(text, kind) for kind, texts in enumerate(wanted) for text in texts if text.startswith(PREFIX)]
    return [(text.removeprefix(PREFIX), kind) for text, kind in named if "/" not in text]


def lifted_fabrics(wanted: list[list[str]]) -> list[tuple[str, int]]:
    """Fabrics whose uplinks selectors name, each with the endpoint class."""
    named = [(text, kind) for kind, texts in enumerate(wanted) for text in texts if text.startswith(PREFIX)]
    return [(text.removeprefix(PREFIX).removesuffix(UPLINK), kind) for text, kind in named if text.endswith(UPLINK)]


def management_ports(part: Part) -> list[PortGroup]:
    """Management ports of a switch part, one entry each."""
    return [p for p in part.ports if p.kind == "management" for _ in range(p.count)]


def port_names(part: Part) -> list[str]:
    """Printed names of a switch part's management ports."""
    return [f"{p.name}{i}" if p.count > 1 else p.name for p in part.ports if p.kind == "management" for i in range(p.count)]


@dataclass(frozen=True, slots=True)
class Joined:
    """Switches of one fabric that another joins, with the endpoint class there: by their management ports, or by uplinks of that speed."""

    fabric: int
    kind: int
    plan: Plan
    parts: tuple[Part, ...]
    uplink_gbps: float | None = None


def managed(joined: list[Joined], pod_first: NDArray[np.int32]) -> Managed:
    """Ports of every switch of those fabrics. A pass per tier. `pod_first` is the first pod of each hall, and their number at the end."""
    columns: list[tuple[NDArray[Any], ...]] = []
    connectors: list[str] = []
    for each in joined:
        of_each = _uplinks(each) if each.uplink_gbps is not None else _management(each)
        pods = _pods(each.plan.switches, pod_first)
        for own, rows in of_each:
            at, port = np.repeat(own, len(rows)), np.tile(np.arange(len(rows)), len(own))
            connectors += [r.connector for r in rows if r.connector not in connectors]
            known = np.array([(r.number, r.legs, r.speed_gbps, r.z_mm, r.riser, connectors.index(r.connector)) for r in rows], np.float64)
            same = (np.full(len(at), each.fabric), at, pods[at], port)
            columns.append((*same, *known.reshape(-1, 6)[port].T, np.full(len(at), each.kind)))
    if not columns:
        return none_managed()
    place, ordinal, pod, port, number, legs, speed, z_mm, riser, connector, kind = (np.concatenate(c) for c in zip(*columns, strict=True))
    a, b, c, d, e, f, g, h, i, j = (np.rint(v).astype(np.int32) for v in (place, ordinal, pod, port, number, legs, z_mm, riser, kind, connector))
    return Managed(a, b, c, d, e, f, speed.astype(np.float32), g, h, i, j, tuple(connectors))


@dataclass(frozen=True, slots=True)
class _Port:
    """One port of a switch part, as a row of `Managed`."""

    number: int
    legs: int
    speed_gbps: float
    z_mm: float
    riser: int
    connector: str


def _management(joined: Joined) -> list[tuple[NDArray[Any], list[_Port]]]:
    """Switches of each tier with their management ports."""
    tier = np.minimum(joined.plan.switches.tier, len(joined.parts) - 1)
    made = []
    for level, part in enumerate(joined.parts):
        groups = management_ports(part)
        rows = [_Port(FIRST_PORT - i, 1, g.speed_gbps or 0.0, g.z_mm or 0.0, 0, g.connector) for i, g in enumerate(groups)]
        made.append((np.flatnonzero(tier == level), rows))
    return made


def _uplinks(joined: Joined) -> list[tuple[NDArray[Any], list[_Port]]]:
    """Leaves of a fabric that ends there, with the ports it keeps for uplinks."""
    plan, part = joined.plan, joined.parts[0]
    assert plan.hosts is not None
    assert joined.uplink_gbps is not None
    room = plan.hosts.blocks[0].budget
    up = plan.spec.uplinks or plan.spec.redundancy
    first, half = room.up_port(up), -(-int(part.number("cages") or 1) // 2) * room.up_legs
    connector = part.text("uplink_connector") if part.number("uplink_cages") else part.text("cage_connector")
    z_mm = (part.number("unit_height") or 44.45) / 2
    rows = [_Port(n, room.up_legs, joined.uplink_gbps, z_mm, int(n >= half), connector) for n in range(first, first + up)]
    return [(np.flatnonzero(plan.switches.tier == 0), rows)]


def _pods(switches: Switches, pod_first: NDArray[np.int32]) -> NDArray[np.int64]:
    """Pod of each switch; of those that serve all, a unit of their hall."""
    pod = switches.pod.astype(np.int64)
    common = np.flatnonzero(pod < 0)
    pod[common] = pod_first[np.arange(len(common)) * (len(pod_first) - 1) // max(len(common), 1) + 1] - 1
    return pod
