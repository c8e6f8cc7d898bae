"""Fabrics of a hall: endpoints from templates, plans from endpoints. One pass per fabric, arrays inside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.fabrics import topology
from rackwright.build.fabrics.fabric import ClassRule, Endpoints, FabricSpec, Problem, SwitchModel
from rackwright.build.fabrics.plan import Plan
from rackwright.build.fabrics.shape import tally
from rackwright.build.fabrics.torus import SIDES
from rackwright.build.fabrics.torus import TOPOLOGY as TORUS
from rackwright.build.hall import outside
from rackwright.build.hall.managed import Managed, none_managed
from rackwright.build.hall.template import Template
from rackwright.catalog.part import Part
from rackwright.spec.fabric import Fabric

I32: TypeAlias = NDArray[np.int32]
MOST_KINDS = 128  # of endpoints, which have a byte for it
_EPS = 1e-6  # Gb/s; speeds are float32


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Endpoints of one fabric and where each comes from: its rack and its row in that rack's template.

    Ports of other fabrics' switches have the row in `managed`, and no rack (-1) before the switches stand.
    """

    endpoints: Endpoints
    rack: I32
    row: I32
    managed: Managed


@dataclass(frozen=True, slots=True, eq=False)
class Wired:
    """One planned fabric. `parts` are the switch parts by tier."""

    name: str
    wish: Fabric
    ends: Ends
    plan: Plan
    parts: tuple[Part, ...]


def selectors(wish: Fabric) -> list[list[str]]:
    """Selectors of a fabric's endpoint classes, its own first."""
    return [wish.ports, *(c.ports for c in wish.classes.values())]


def deals_rails(wish: Fabric) -> bool:
    """Whether leaves serve rails, so that ports without one may take any; elsewhere every port of a server has a number of its own."""
    return "rails_per_leaf" in topology.wishes().get(wish.topology, ())


def seen(templates: list[Template], design: I32) -> tuple[I32, list[tuple[Any, ...]]]:
    """All that endpoints and plans depend on of templates and of the design of each rack: the first design that looks the same, and how it looks."""
    looks: list[tuple[Any, ...]] = [(t.server, t.rail, t.speed_gbps, t.kind) for t in templates]
    same = [next(j for j, other in enumerate(looks) if all(np.array_equal(a, b) for a, b in zip(own, other, strict=True))) for own in looks]
    return np.array(same, np.int32)[design], looks


def ends(templates: list[Template], design: I32, pod: I32, wish: Fabric, managed: Managed | None = None) -> Ends:
    """Endpoints of every compute rack, rack by rack in order of their pods, and of other fabrics' switches.

    With planes, each port is broken out into one leg per plane; in a torus the six ports of an accelerator are its six sides.
    """
    managed, planes = managed or none_managed(), max(wish.planes, 1)  # planning refuses fewer
    ports = np.array([len(x) for x in templates], np.int64)
    servers = np.array([x.servers for x in templates], np.int32)
    first = np.concatenate([[0], np.cumsum(ports)])
    count = ports[design]
    rack = np.repeat(np.arange(len(design), dtype=np.int32), count)
    start = np.cumsum(count) - count
    at = np.arange(count.sum()) + np.repeat(first[design] - start, count)
    base = np.cumsum(servers[design], dtype=np.int32) - servers[design]
    narrow = {"server": np.int32, "rail": np.int16, "speed_gbps": np.float32, "kind": np.int8}
    column = {c: np.concatenate([getattr(x, c) for x in templates]).astype(d)[at] for c, d in narrow.items()}
    side = np.zeros(len(rack), np.int8)
    if wish.topology == TORUS:
        column["rail"], side = np.divmod(column["rail"], np.int16(SIDES))
    own = {"rack": rack, "row": (np.arange(len(rack)) - np.repeat(start, count)).astype(np.int32), "server": column["server"] + base[rack]}
    own |= {"pod": pod[rack], "rail": column["rail"], "kind": column["kind"], "speed": column["speed_gbps"], "side": side}
    if len(managed):
        own = _merged(own, managed, len(design), int(servers[design].sum()))
    if not deals_rails(wish) and wish.topology != TORUS:
        own["kind"] = _sorted_out(own["kind"], own["server"], len(wish.classes) + 1)
    wide = {k: np.repeat(v, planes) for k, v in own.items()} if planes > 1 else own
    legs = np.tile(np.arange(planes, dtype=np.int8), len(own["rack"]))
    made = Endpoints(
        server=wide["server"].astype(np.int32, copy=False),
        rack=wide["rack"].astype(np.int32, copy=False),
        pod=wide["pod"].astype(np.int32, copy=False),
        rail=wide["rail"].astype(np.int16, copy=False),
        subport=(wide["side"] * planes + legs).astype(np.int8),
        speed_gbps=np.asarray(wide["speed"] / planes if wish.speed is None else np.full(len(wide["speed"]), wish.speed), np.float32),
        kind=wide["kind"].astype(np.int8, copy=False),
    )
    where = np.where(wide["rack"] < len(design), wide["rack"], -1) if len(managed) else wide["rack"]
    return Ends(made, where.astype(np.int32, copy=False), wide["row"].astype(np.int32, copy=False), managed)


def _sorted_out(kind: NDArray[Any], server: NDArray[Any], classes: int) -> NDArray[Any]:
    """Kinds of ports that tell apart servers of one class with unequal numbers of ports, as leaves deal their ports to servers of each kind: the
    class and a multiple of the number of classes.
    """
    ports = np.bincount(server)[server]
    pairs, of = np.unique(kind.astype(np.int64) << 32 | ports, return_inverse=True)
    own = pairs >> 32
    number = np.arange(len(pairs)) - np.searchsorted(own, own)  # of those of its class, the one with fewest ports first
    made = own + classes * number
    return made[of] if int(made.max(initial=0)) < MOST_KINDS else kind


def _merged(own: dict[str, NDArray[Any]], managed: Managed, racks: int, servers: int) -> dict[str, NDArray[Any]]:
    """Endpoints of racks with those of switches, sorted by pod. Switches of a pod count as one rack more there, a switch as a server."""
    n = len(managed)
    head = np.r_[True, (managed.fabric[1:] != managed.fabric[:-1]) | (managed.ordinal[1:] != managed.ordinal[:-1])]
    more = {
        "rack": racks + managed.pod,
        "row": np.arange(n),
        "server": servers + np.cumsum(head) - 1,
        "pod": managed.pod,
        "rail": managed.port,
        "kind": managed.kind,
        "speed": managed.speed_gbps,
        "side": np.zeros(n, np.int64),
    }
    joined = {k: np.concatenate([v, more[k]]) for k, v in own.items()}
    order = np.argsort(joined["pod"], kind="stable")
    return {k: v[order] for k, v in joined.items()}


def uplink_gbps(wired: Wired) -> float:
    """Speed of the uplinks of a fabric's leaves, as `leaves.leaves` takes it."""
    return wired.wish.uplink_speed or wired.parts[0].number("uplink_speed") or float(wired.ends.endpoints.speed_gbps.max())


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
        part.text("split_pattern"),
        first_cage=_first(part, "cage_first"),
        first_leg=_first(part, "leg_first"),
    )


def _first(part: Part, fact: str) -> int:
    number = part.number(fact)
    return 1 if number is None else int(number)


def uneven(name: str, wish: Fabric, templates: list[Template], managed: Managed | None = None) -> Problem | None:
    """Ports of one endpoint class that cannot run at one speed: unequal ones, or slower ones than `speed` asks for."""
    more = managed or none_managed()
    kinds = [*(("ports", "one class") for _ in range(1)), *((f"classes.{n}", f"class `{n}`") for n in wish.classes)]
    for k, (_, said) in enumerate(kinds):
        found = np.unique(np.concatenate([*(x.speed_gbps[x.kind == k] for x in templates), more.speed_gbps[more.kind == k]]))
        if not len(found):
            continue
        low, high = float(found[0]), float(found[-1])
        if wish.speed is not None and wish.speed * wish.planes > low + _EPS:
            most = low / wish.planes
            text = f"links of {wish.speed:g} Gb/s are asked for, the slowest ports of {said} run {most:g} Gb/s" + _per_plane(wish)
            return Problem(name, text, wish.speed, most, "Gb/s", f"`speed: {most:g} Gb/s`")
        if wish.speed is None and high > low + _EPS:
            text = f"ports of {said} run at {_and(found)} Gb/s, and leaves are cut for one speed"
            return Problem(name, text, high, low, "")
    return None


def _per_plane(wish: Fabric) -> str:
    return f" in each of {wish.planes} planes" if wish.planes > 1 else ""


def _and(speeds: NDArray[np.float32]) -> str:
    text = [f"{s:g}" for s in speeds.tolist()]
    return " and ".join([", ".join(text[:-1]), text[-1]])


def asked(name: str, wish: Fabric, ends_at_leaves: bool = False) -> FabricSpec:
    """What the planner is asked for."""
    return FabricSpec(
        name,
        wish.topology,
        wish.oversubscription,
        wish.spine_oversubscription,
        tiers=wish.tiers,
        planes=wish.planes,
        rails_per_leaf=wish.rails_per_leaf or None,
        leaf_scope=wish.leaf_scope,
        spine_scope=wish.spine_scope,
        pods_per_group=wish.pods_per_group,
        core_ready=wish.core_ready,
        homing=wish.homing,
        peer_links=wish.peer_links,
        reserve=wish.reserve,
        uplinks=wish.uplinks,
        uplink_gbps=wish.uplink_speed,
        core_gbps=wish.core_speed,
        spines=wish.spines,
        cores=wish.cores,
        classes=tuple(
            ClassRule(tuple(range(i + 1, MOST_KINDS, len(wish.classes) + 1)), c.oversubscription, c.reserve, c.leaves, c.breakout)
            for i, c in enumerate(wish.classes.values())
        ),
        leaves=wish.leaves,
        groups=wish.groups,
        routers=wish.routers,
        hosts=wish.hosts,
        global_links=wish.global_links,
        cube=(wish.cube[0], wish.cube[1], wish.cube[2]),
        cubes=(wish.cubes[0], wish.cubes[1], wish.cubes[2]) if wish.cubes else None,
        circuits=wish.circuits,
        redundancy=wish.redundancy,
        breakout=wish.breakout,
        ends_at_leaves=ends_at_leaves,
    )


def planned(name: str, wish: Fabric, found: Ends, parts: tuple[Part, ...], ends_at_leaves: bool = False) -> Wired | Problem:
    """The smallest fabric that meets the wish; `ends_at_leaves` where another takes its uplinks."""
    made = _planned(name, wish, found, parts, ends_at_leaves)
    if isinstance(made, Problem) and (not made.change or made.field.startswith("outside.")):
        for to in wish.outside:
            if (ports := _most_outside(name, wish, to, found, parts, ends_at_leaves)) and not made.field.endswith((".at", ".switches")):
                return replace(made, change=f"`ports: {ports}`", field=f"outside.{to}.ports")
    return made


def _planned(name: str, wish: Fabric, found: Ends, parts: tuple[Part, ...], ends_at_leaves: bool) -> Wired | Problem:
    models = outside.models(name, wish, [model(p) for p in parts])
    if isinstance(models, Problem):
        return models
    made = topology.plan(asked(name, wish, ends_at_leaves), models, tally(found.endpoints))
    if isinstance(made, Problem):
        return made
    return outside.fault(name, wish, made) or Wired(name, wish, found, made, parts)


def _most_outside(name: str, wish: Fabric, to: str, found: Ends, parts: tuple[Part, ...], ends_at_leaves: bool) -> int:
    """The most ports to that outside, fewer than asked, with which the fabric can be; 0 where there is no such number."""
    good, bad = 0, wish.outside[to].ports
    while bad - good > 1:
        ports = (good + bad) // 2
        fewer = wish.model_copy(update={"outside": {**wish.outside, to: wish.outside[to].model_copy(update={"ports": ports})}})
        good, bad = (ports, bad) if isinstance(_planned(name, fewer, found, parts, ends_at_leaves), Wired) else (good, ports)
    return good
