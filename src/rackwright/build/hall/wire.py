"""Fabrics of a hall: endpoints from templates, plans from endpoints, switches into switch racks. One pass per fabric, arrays inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.fabrics import topology
from rackwright.build.fabrics.fabric import Endpoints, FabricSpec, Problem, SwitchModel
from rackwright.build.fabrics.plan import Plan
from rackwright.build.fabrics.shape import tally
from rackwright.build.hall.template import Template
from rackwright.catalog.part import Part
from rackwright.spec.fabric import Fabric

I32: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Endpoints of one fabric and where each comes from: its rack and its row in that rack's template."""

    endpoints: Endpoints
    rack: I32
    row: I32


@dataclass(frozen=True, slots=True, eq=False)
class Wired:
    """One planned fabric. `parts` are the switch parts by tier."""

    name: str
    wish: Fabric
    ends: Ends
    plan: Plan
    parts: tuple[Part, ...]


def ends(templates: list[Template], design: I32, pod: I32, planes: int) -> Ends:
    """Endpoints of every compute rack, rack by rack; with planes, each port is broken out into one leg per plane."""
    ports = np.array([len(x) for x in templates], np.int64)
    servers = np.array([x.servers for x in templates], np.int64)
    first = np.concatenate([[0], np.cumsum(ports)])
    count = ports[design]
    rack = np.repeat(np.arange(len(design)), count)
    row = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    at = first[design][rack] + row
    base = (np.cumsum(servers[design]) - servers[design])[rack]
    column = {c: np.concatenate([getattr(x, c) for x in templates])[at] for c in ("server", "rail", "speed_gbps")}
    leg = np.tile(np.arange(planes), len(rack))
    wide = {"rack": rack, "row": row, "server": base + column["server"], "rail": column["rail"], "speed": column["speed_gbps"] / planes}
    wide = {k: np.repeat(v, planes) for k, v in wide.items()}
    made = Endpoints(
        server=wide["server"].astype(np.int32),
        rack=wide["rack"].astype(np.int32),
        pod=pod[wide["rack"]].astype(np.int32),
        rail=wide["rail"].astype(np.int16),
        subport=leg.astype(np.int8),
        speed_gbps=wide["speed"].astype(np.float32),
        kind=np.zeros(len(leg), np.int8),
    )
    return Ends(made, wide["rack"].astype(np.int32), wide["row"].astype(np.int32))


def model(part: Part) -> SwitchModel:
    """The switch part as the fabric planner knows it."""
    return SwitchModel(
        part.name,
        int(part.number("cages") or 0),
        part.number("cage_speed") or 0.0,
        tuple(int(b) for b in part.text("breakouts").split()) or (1,),
        int(part.number("uplink_cages") or 0),
        part.number("uplink_speed") or 0.0,
        part.text("port_pattern") or "{cage}/{leg}",
        part.text("cage_pattern") or "{cage}",
    )


def planned(name: str, wish: Fabric, found: Ends, parts: tuple[Part, ...]) -> Wired | Problem:
    """The smallest fabric that meets the wish."""
    spec = FabricSpec(
        name,
        wish.topology,
        wish.oversubscription,
        tiers=wish.tiers,
        planes=wish.planes,
        rails_per_leaf=wish.rails_per_leaf or None,
        leaf_scope=wish.leaf_scope,
        spine_scope=wish.spine_scope,
        homing=wish.homing,
        reserve=wish.reserve,
        uplinks=wish.uplinks,
        redundancy=wish.redundancy,
    )
    made = topology.plan(spec, [model(p) for p in parts], tally(found.endpoints))
    return made if isinstance(made, Problem) else Wired(name, wish, found, made, parts)
