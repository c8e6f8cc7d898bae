"""What a fabric is made from (endpoints, switch model, wishes) and what comes out of it (switches, links), as equal-length arrays.

Words: an *endpoint* is one NIC port (one plane leg of it, where a NIC is broken out); a *pod* is a scalable unit and is also the *cell* in which
links are generated; *legs* are the parts of a broken-out cage. Port number = cage * legs + leg, with the legs of that cage.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

RAILLESS = -1
EVERYWHERE = -1
_DTYPES = {"server": np.int32, "rack": np.int32, "pod": np.int32, "rail": np.int16, "subport": np.int8, "speed_gbps": np.float32, "kind": np.int8}


def turn(*keys: Array) -> Array:
    """Position of each element among those of equal keys (the last key first), in the order of the elements; int64."""
    order = np.lexsort(keys)
    fresh = np.zeros(len(order), bool)
    fresh[:1] = True
    for key in keys:
        fresh[1:] |= key[order][1:] != key[order][:-1]
    begins = np.flatnonzero(fresh)
    out = np.empty(len(order), np.int64)
    out[order] = np.arange(len(order)) - np.repeat(begins, np.diff(np.r_[begins, len(order)]))
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Endpoints:
    """NIC ports in placement order: sorted by pod, server, rail, subport; (server, rail, subport) is unique.

    Attributes, each of length n:
        server: dense ordinal, int32.
        rack: rack ordinal, int32.
        pod: scalable unit, dense, int32; a server stands in one pod.
        rail: NIC index inside the server, int16; `RAILLESS` (-1) if any rail will do (such ports are dealt over the rails, so they are for
            topologies with rails alone, and need not be unique).
        subport: port of the NIC, int8. In a fabric of p planes, subports 0..p-1 are the legs of one cage and lead to planes 0..p-1.
        speed_gbps: speed of this port or leg in one direction, Gb/s, float32.
        kind: index into the caller's list of endpoint classes (gpu, storage, ...), int8.
    """

    server: Array
    rack: Array
    pod: Array
    rail: Array
    subport: Array
    speed_gbps: Array
    kind: Array

    def __len__(self) -> int:
        return len(self.server)

    def pick(self, rows: slice | Array) -> Endpoints:
        """The endpoints of those rows, in that order."""
        return Endpoints(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @classmethod
    def join(cls, parts: list[Self]) -> Endpoints:
        """Parts one after the other; ordinals are kept as they are."""
        return Endpoints(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)})

    @classmethod
    def uniform(cls, pods: int, racks: int, servers: int, rails: int, subports: int = 1, speed_gbps: float = 400.0, kind: int = 0) -> Endpoints:
        """Equal pods of `racks` racks of `servers` servers with `rails` NICs of `subports` ports each."""
        per_server = rails * subports
        row = np.arange(pods * racks * servers * per_server, dtype=np.int64)
        server = row // per_server
        made = {
            "server": server, "rack": server // servers, "pod": server // (servers * racks), "rail": row // subports % rails,
            "subport": row % subports, "speed_gbps": np.full(len(row), speed_gbps), "kind": np.full(len(row), kind),
        }  # fmt: skip
        return Endpoints(**{name: made[name].astype(dtype) for name, dtype in _DTYPES.items()})


@dataclass(frozen=True, slots=True)
class SwitchModel:
    """Cages of a switch part and what they can be broken into.

    Attributes:
        part: catalogue name.
        cages: cages that take any link.
        cage_gbps: speed of one cage, Gb/s.
        breakouts: legs a cage may be broken into; 2 alone for twin-port cages that are always two ports.
        uplink_cages: further cages only for links upwards (48 x 1G switches with 4 x 100G); numbered after the others.
        uplink_gbps: speed of one of these, Gb/s.
        port_name: pattern for a broken-out port, with {cage} and {leg}, such as `swp{cage}s{leg}`, `E1/{cage}/{leg}`.
        cage_name: pattern for a cage used whole, with {cage}.
        split_name: pattern where the ports of a cage of several are split again, with {cage}, {leg} (its port) and {split}; empty: as `port_name`.
        first_cage: number printed on the first cage.
        first_leg: number of the first leg, and of the first split.
    """

    part: str
    cages: int
    cage_gbps: float
    breakouts: tuple[int, ...] = (1,)
    uplink_cages: int = 0
    uplink_gbps: float = 0.0
    port_name: str = "{cage}/{leg}"
    cage_name: str = "{cage}"
    split_name: str = ""
    first_cage: int = 1
    first_leg: int = 1

    @property
    def key_span(self) -> int:
        """Numbers that cable group ids set aside for one switch of this model."""
        return (self.cages + self.uplink_cages) * max(self.breakouts)


@dataclass(frozen=True, slots=True)
class ClassRule:
    """Endpoint classes that get leaves of their own, with their own ratio (storage at 1:1 beside servers at 4:3). Rails do not matter there."""

    kinds: tuple[int, ...]
    oversubscription: float | None = None
    reserve: int | None = None
    leaves: int | None = None
    breakout: int | None = None


@dataclass(frozen=True, slots=True)
class FabricSpec:
    """What is wanted of one fabric. None means: derived, or the topology's own habit.

    Attributes:
        name: fabric name.
        topology: name of a topology, see `topology.topologies`.
        oversubscription: host bandwidth over uplink bandwidth of a leaf; 1 is non-blocking.
        spine_oversubscription: the same one tier up.
        tiers: 1, 2 or 3 tiers of switches; None takes as few as carry the links.
        planes: independent copies; endpoints then have one row per plane leg.
        rails_per_leaf: rails that share a leaf; None takes as many as fit.
        leaf_scope: endpoints that may share a leaf: those of a rack, of a pod, or all.
        spine_scope: with three tiers, whether a pod has one set of spines or one per rail.
        pods_per_group: with three tiers, pods that share a set of spines; None takes 1, or as many as the core needs.
        core_ready: two tiers whose spines keep the ports free that a core will need.
        homing: leaves a server is tied to, 1 or 2.
        peer_links: links between the two leaves of a dual-homed pair.
        reserve: ports kept free per leaf; uplinks are sized as if they were used.
        uplinks: uplinks per leaf; None derives them from `oversubscription` and the busiest leaf.
        uplink_gbps: speed of links between switches; None takes the speed of the host links.
        core_gbps: speed above the spines; None takes `uplink_gbps`.
        spines: spines per set and plane, where the derived count is not wanted.
        cores: cores per spine position, likewise.
        classes: endpoint classes with leaves of their own.
        leaves: leaves of each pod and rail group (of all, in a leaf mesh), where more than the fewest are wanted.
        groups: dragonfly groups per plane.
        routers: switches per dragonfly group.
        hosts: endpoints per dragonfly switch.
        global_links: global links per dragonfly switch (per spine in dragonfly+).
        cube: torus block in accelerators (x, y, z).
        cubes: torus in blocks (x, y, z); None takes the most even one.
        circuits: whether faces of a torus block go to optical circuit switches.
        redundancy: parents each switch of a tree is tied to.
        breakout: links down of a leaf's cage; None takes the most that carry their speed.
        ends_at_leaves: nothing joins its leaves; the ports of their uplinks are kept for another fabric.
    """

    name: str
    topology: str
    oversubscription: float = 1.0
    spine_oversubscription: float = 1.0
    tiers: int | None = None
    planes: int = 1
    rails_per_leaf: int | None = 1
    leaf_scope: Literal["rack", "pod", "all"] = "pod"
    spine_scope: Literal["pod", "rail"] = "pod"
    pods_per_group: int | None = None
    core_ready: bool = False
    homing: int | None = None
    peer_links: int = 0
    reserve: int = 0
    uplinks: int | None = None
    uplink_gbps: float | None = None
    core_gbps: float | None = None
    spines: int | None = None
    cores: int | None = None
    classes: tuple[ClassRule, ...] = ()
    leaves: int | None = None
    groups: int | None = None
    routers: int | None = None
    hosts: int | None = None
    global_links: int | None = None
    cube: tuple[int, int, int] = (4, 4, 4)
    cubes: tuple[int, int, int] | None = None
    circuits: bool = True
    redundancy: int = 1
    breakout: int | None = None
    ends_at_leaves: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A request that cannot be met. `value` is what is needed, `limit` what there is (of `unit`).

    `fix` is a change of the wish, fields of `FabricSpec` with their values, that whoever found the problem thinks would help. `change` tells the
    smallest change that was tried and helps, and `field` which wish it is about; both empty where none was found.
    """

    subject: str
    message: str
    value: float
    limit: float
    unit: str
    change: str = ""
    fix: tuple[tuple[str, Any], ...] = ()
    field: str = ""

    @property
    def short(self) -> float:
        """How much is missing, in `unit`."""
        return self.value - self.limit


@dataclass(frozen=True, slots=True, eq=False)
class LinkArrays:
    """Links of one cell, equal-length arrays.

    Attributes:
        a: lower end, int32: endpoint ordinal in tier HOST and TORUS, else switch ordinal.
        a_port: port number there, int32; the subport of an endpoint.
        b: upper end, int32: switch ordinal; endpoint ordinal in tier TORUS.
        b_port: port number there, int32.
        tier: one of the tier codes, uint8.
        speed_gbps: one direction, Gb/s, float32.
        plane: uint8.
        rail: int16; the endpoint's own on host links, else the lower switch's.
        cell: pod of the lower end, int32.
        cable_group: int32. Links that leave through a common cage, at either end, have the same group: a breakout cable, or a shuffle where both
            ends are broken out. In meshes each link is its own group (a module with one connector per leg).
        a_legs, b_legs: legs that the cage at that end is broken into, uint8.
    """

    a: Array
    a_port: Array
    b: Array
    b_port: Array
    tier: Array
    speed_gbps: Array
    plane: Array
    rail: Array
    cell: Array
    cable_group: Array
    a_legs: Array
    b_legs: Array

    def __len__(self) -> int:
        return len(self.a)

    def pick(self, rows: slice | Array) -> LinkArrays:
        """Those links."""
        return LinkArrays(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @classmethod
    def join(cls, parts: list[LinkArrays]) -> LinkArrays:
        """Parts one after the other; no parts, no links."""
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return LinkArrays(**{name: np.zeros(0, dtype) for name, dtype in _LINK_DTYPES.items()})
        return LinkArrays(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)})


_LINK_DTYPES = {
    "a": np.int32, "a_port": np.int32, "b": np.int32, "b_port": np.int32, "tier": np.uint8, "speed_gbps": np.float32, "plane": np.uint8,
    "rail": np.int16, "cell": np.int32, "cable_group": np.int32, "a_legs": np.uint8, "b_legs": np.uint8,
}  # fmt: skip


def link_arrays(a: Array, **columns: Array | float | int) -> LinkArrays:
    """Links of the given columns in their types; a scalar stands for a constant column."""
    made: dict[str, Array] = {"a": a.astype(np.int32, copy=False)}
    for name, value in columns.items():
        dtype = _LINK_DTYPES[name]
        made[name] = value.astype(dtype, copy=False) if isinstance(value, np.ndarray) else np.full(len(a), value, dtype)
    return LinkArrays(**made)


@dataclass(frozen=True, slots=True, eq=False)
class Switches:
    """Switches of a fabric, equal-length arrays sorted by tier, plane, then place. (tier, pod, plane, rail, index) is unique.

    Attributes:
        tier: 0 leaf, 1 spine, 2 core (uint8).
        pod: scalable unit it serves (first of them, where it serves several), int32; `EVERYWHERE` (-1) if all.
        plane: uint8.
        rail: first rail it serves, int16; -1 if all.
        index: int32, dense inside (tier, pod, plane, rail).
    """

    tier: Array
    pod: Array
    plane: Array
    rail: Array
    index: Array

    def __len__(self) -> int:
        return len(self.tier)


@dataclass(frozen=True, slots=True, eq=False)
class Wiring:
    """A whole fabric: every switch and every link. For small fabrics and tests; large ones are taken cell by cell."""

    switches: Switches
    links: LinkArrays
