"""Cables from ports that lead outside to rooms on the floor (meet-me rooms): the shortest way through the trays, its length, and the cheapest fibre
that the module in the port lights so far.

A room's cables leave the trays of their lane at the nearest point of its hall, whatever tray hangs there, and go on at the height of the tray.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.hall.ends import switch_side
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.outside import TIERS, Exit
from rackwright.build.hall.outside import Room as Cages
from rackwright.build.hall.outside import room as cages_of
from rackwright.build.hall.trays import lane_of
from rackwright.build.hall.wire import Wired, model
from rackwright.build.media import End, Need
from rackwright.build.menu import Menu, make_menu
from rackwright.build.pathways import Pathways, on_side
from rackwright.catalog.part import Part
from rackwright.spec.hall import HallSpec, Room

I64: TypeAlias = NDArray[np.int64]
F64: TypeAlias = NDArray[np.float64]
_FAR = float(1 << 27)


@dataclass(frozen=True, slots=True)
class Lead:
    """The cable of one port to a room: connector to panel, cut and stock length (-1: no way, or nothing reaches), the trays it lies in from the
    switch on, its part and what it costs (empty where the port has no module of ours, or nothing reaches).
    """

    room: str
    route_mm: int
    cut_mm: int
    trays: tuple[int, ...]
    part: str
    stock_mm: int
    cost_cents: int


@dataclass(frozen=True, slots=True)
class _Tree:
    """Ways from a room over the edges of one lane: length to every node, the edge by which each is left towards the room (-1: none), and where the
    room is tied to: edge, offset from its node a, and sideways.
    """

    far: F64
    by: I64
    edge: int
    offset: float
    aside: float


def leads(spec: HallSpec, ground: Ground, wired: Sequence[Wired], which: int, exits: Sequence[Exit], offers: Sequence[Part]) -> list[Lead | None]:
    """What leads each port of a fabric to its room; None where its wish names none."""
    each, trees, menus = wired[which], dict[tuple[str, int], _Tree | None](), dict[tuple[str, str], Menu]()
    made: list[Lead | None] = []
    for e in exits:
        wish = each.wish.outside[e.to]
        if wish.to is None:
            made.append(None)
            continue
        room, one = spec.meet_me_rooms[wish.to], np.array([e.switch], np.int32)
        legs = _legs(each, e)
        side = switch_side(ground, each, which, one, np.array([e.port], np.int32), np.array([legs]))
        lane = int(np.broadcast_to(lane_of(ground.lanes, each, each.plan.switches.plane[one], one), 1)[0])
        if (wish.to, lane) not in trees:
            trees[wish.to, lane] = _tree(ground, room, lane)
        tap = 4 * ground.site.racks * lane + int(side.tap[0])
        tree = trees[wish.to, lane]
        along, trays = _way(ground, tree, tap) if tree else (_FAR, ())
        if along >= _FAR:
            made.append(Lead(wish.to, -1, -1, (), "", -1, 0))
            continue
        taps, rule = ground.paths.taps, ground.rule
        down = abs(int(taps.z_mm[tap]) - int(side.z[0])) + int(taps.reach_mm[tap])
        route = round(along) + down + int(side.run[0]) + int(room.inside) + 2 * rule.bend_mm
        cut = route + (route * rule.slack_permille + 999) // 1000 + 2 * rule.loop_mm
        key = (e.module, e.connector)
        if key not in menus:
            menus[key] = _menu(e, legs, offers)
        sku = int(menus[key].choose(np.array([cut], np.int32))[0]) if e.module else -1
        part, stock, cents = (menus[key].skus[sku].part, menus[key].skus[sku].stock_mm, menus[key].skus[sku].cable_cents) if sku >= 0 else ("", -1, 0)
        made.append(Lead(wish.to, route, cut, trays, part, stock, cents))
    return made


def _legs(wired: Wired, e: Exit) -> int:
    """Ports of the cage that a port is in."""
    wish = wired.wish.outside[e.to]
    taken = cages_of(wired.name, e.to, wish, model(wired.parts[TIERS[wish.at]]))
    assert isinstance(taken, Cages), "the planner has told it"
    return taken.legs


def _menu(e: Exit, legs: int, offers: Sequence[Part]) -> Menu:
    """Fibre between a module like ours and one of the same sort at the far end."""
    end = End(e.connector, "finned" if e.connector.startswith("osfp") else "", legs)
    known = [p for p in offers if p.name == e.module or (p.kind == "cable" and p.text("medium") == "fibre")]
    return make_menu(Need(e.speed_gbps, end, end), known, 0.0, ("fibre",))


def _tree(ground: Ground, room: Room, lane: int) -> _Tree | None:
    """Shortest ways from a room; None where its hall has no tray of the lane."""
    import scipy.sparse.csgraph  # noqa: PLC0415  0.2 s, and few halls have such a room

    ways, hall = ground.paths.ways, int(room.hall) - 1
    own = np.flatnonzero(on_side(ways, *ground.lanes[lane]))
    there = own[ways.hall[own] == hall]
    if not len(there):
        return None
    place = ground.site.campus.halls[hall]
    edge, offset, aside = _nearest(ways, there, place.x_mm + room.x, place.y_mm + room.y)
    n = len(ways.x_mm)
    a, b, w = (np.append(v[own].astype(np.float64), more) for v, more in ((ways.a, (n, n)), (ways.b, (ways.a[edge], ways.b[edge])),
               (ways.length_mm, (offset + aside, ways.length_mm[edge] - offset + aside))))  # fmt: skip
    least = dict[tuple[int, int], tuple[float, int]]()  # of parallel edges the shortest
    for i, (u, v, mm) in enumerate(zip(a.astype(int).tolist(), b.astype(int).tolist(), w.tolist(), strict=True)):
        pair = (min(u, v), max(u, v))
        if pair not in least or mm < least[pair][0]:
            least[pair] = (mm, int(own[i]) if i < len(own) else edge)
    rows = np.array(list(least)).T
    graph = scipy.sparse.csr_array((np.maximum([mm for mm, _ in least.values()], 1e-6), rows), shape=(n + 1, n + 1))
    far, before = scipy.sparse.csgraph.dijkstra(graph, directed=False, indices=n, return_predecessors=True)
    by = [least[min(i, p), max(i, p)][1] if p >= 0 else -1 for i, p in enumerate(before.tolist())]
    return _Tree(np.where(np.isfinite(far), far, _FAR), np.array(by, np.int64), edge, offset, aside)


def _nearest(ways: Pathways, edges: I64, x: float, y: float) -> tuple[int, float, float]:
    """The edge nearest to a point, where on it, and how far sideways, along x and y."""
    a, b = ways.a[edges], ways.b[edges]
    ax, ay = ways.x_mm[a].astype(np.float64), ways.y_mm[a].astype(np.float64)
    dx, dy = ways.x_mm[b] - ax, ways.y_mm[b] - ay
    share = np.clip(((x - ax) * dx + (y - ay) * dy) / np.maximum(dx * dx + dy * dy, 1e-9), 0, 1)
    away = np.abs(x - ax - share * dx) + np.abs(y - ay - share * dy)
    best = int(np.argmin(away))
    return int(edges[best]), float(share[best] * ways.length_mm[edges[best]]), float(away[best])


def _way(ground: Ground, tree: _Tree, tap: int) -> tuple[float, tuple[int, ...]]:
    """Length along the trays from a tap to the room, and the trays."""
    ways, taps = ground.paths.ways, ground.paths.taps
    edge, offset = int(taps.edge[tap]), float(taps.offset_mm[tap])
    if edge == tree.edge:
        return abs(offset - tree.offset) + tree.aside, (edge,)
    ends = [(tree.far[ways.a[edge]] + offset, int(ways.a[edge])), (tree.far[ways.b[edge]] + ways.length_mm[edge] - offset, int(ways.b[edge]))]
    length, node = min(ends)
    return float(length), (edge, *_steps(ways, tree, node)) if length < _FAR else ()


def _steps(ways: Pathways, tree: _Tree, node: int) -> Iterator[int]:
    while True:
        edge = int(tree.by[node])
        yield edge
        if edge == tree.edge:
            return
        node = int(ways.b[edge] if ways.a[edge] == node else ways.a[edge])
