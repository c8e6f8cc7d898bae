"""The cabling of a campus the way a script does it: one object a cable on an edge of a networkx graph, another graph of the trays, dictionaries.

The yardstick for `bench/campus.py`. The algorithm is ours: shortest paths between the junctions of the trays once, the best of four exits once
for each pair of risers, the medium by bisection, the fill from the sums over pairs. It is *given* what Rackwright works out for itself: who is
wired to whom, where racks and risers stand, which media there are. So the ratio of times is what columns gain over objects, and not less.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx


@dataclass(frozen=True)
class Riser:
    """Where cables of a rack meet their row's tray: an edge of the trays with its ends, the way along it to both, and sideways onto it."""

    rack: int
    edge: int
    ends: tuple[int, int]
    off_mm: tuple[int, int]
    z_mm: int
    reach_mm: int


@dataclass(frozen=True)
class Medium:
    """A cable in one stock length, for cut lengths up to `upto_mm`."""

    upto_mm: int
    sku: int
    stock_mm: int
    area: int
    cost_cents: int


@dataclass
class Device:
    """A box at a rack: its lowest unit for the key, and of each port riser, height and run to the riser."""

    device_id: int
    rack: int
    unit: int
    ports: dict[int, tuple[int, int, int]]


@dataclass
class Link:
    """Who is wired to whom."""

    tier: int
    plane: int
    rail: int
    a_device: int
    a_port: int
    b_device: int
    b_port: int
    speed_gbps: float


@dataclass
class Cable:
    """A routed and cut cable."""

    tier: int
    plane: int
    rail: int
    a_device: int
    a_port: int
    b_device: int
    b_port: int
    speed_gbps: float
    sku: int
    path: tuple[int, int]
    length_route_mm: int
    length_cut_mm: int
    length_stock_mm: int
    key: str


@dataclass
class Given:
    """What the program is told. `trays` are (a, b, mm); `links` the fields of `Link`; `slack` in thousandths; `media` by tier in rising length."""

    trays: list[tuple[int, int, int]]
    risers: list[Riser]
    devices: dict[int, Device]
    links: list[tuple[Any, ...]]
    media: dict[int, list[Medium]]
    slack: int
    loop_mm: int


@dataclass
class Answer:
    """Sums to compare by, and every cut length."""

    cut_mm: list[int]
    cost_cents: int
    fill: int


class Router:
    """Shortest ways between risers, kept for each pair."""

    def __init__(self, given: Given) -> None:
        self.risers = given.risers
        self.graph = nx.MultiGraph()
        for i, (a, b, mm) in enumerate(given.trays):
            self.graph.add_edge(a, b, key=i, weight=mm)
        used = sorted({n for r in given.risers for n in r.ends})
        found = {n: nx.single_source_dijkstra(self.graph, n) for n in used}
        self.far = {n: d for n, (d, _) in found.items()}
        self.way = {n: p for n, (_, p) in found.items()}
        self.cache: dict[tuple[int, int], tuple[int, tuple[int, int]]] = {}

    def between(self, a: int, b: int) -> tuple[int, tuple[int, int]]:
        """Length along the trays, and the exits taken ((-1, -1): straight along one tray)."""
        pair = (a, b) if a < b else (b, a)
        if pair not in self.cache:
            self.cache[pair] = self._search(*pair)
        return self.cache[pair]

    def _search(self, a: int, b: int) -> tuple[int, tuple[int, int]]:
        p, q = self.risers[a], self.risers[b]
        best = min((p.off_mm[i] + self.far[p.ends[i]][q.ends[j]] + q.off_mm[j], (i, j)) for i in (0, 1) for j in (0, 1))
        if p.edge == q.edge and abs(p.off_mm[0] - q.off_mm[0]) <= best[0]:
            return abs(p.off_mm[0] - q.off_mm[0]), (-1, -1)
        return best


def run(given: Given, out: Path) -> Answer:
    """Every cable routed, cut, given a medium and a key, and written as CSV; the fill of every tray."""
    router = Router(given)
    network, cables = nx.MultiGraph(), list[Cable]()
    area: dict[tuple[int, int], int] = defaultdict(int)
    cost = 0
    steps = {tier: [m.upto_mm for m in menu] for tier, menu in given.media.items()}
    for link in [Link(*row) for row in given.links]:
        a, b = given.devices[link.a_device], given.devices[link.b_device]
        ra, za, run_a = a.ports[link.a_port]
        rb, zb, run_b = b.ports[link.b_port]
        one, two = given.risers[ra], given.risers[rb]
        if one.rack == two.rack:
            raise ValueError("a cable inside one rack: not in this comparison")
        along, path = router.between(ra, rb)
        route = along + abs(one.z_mm - za) + abs(two.z_mm - zb) + one.reach_mm + two.reach_mm + run_a + run_b
        cut = route + -(-route * given.slack // 1000) + 2 * given.loop_mm
        medium = given.media[link.tier][bisect_left(steps[link.tier], cut)]
        ends = sorted((f"{a.rack}-{a.unit}:{link.a_port}", f"{b.rack}-{b.unit}:{link.b_port}"))
        cable = Cable(
            link.tier, link.plane, link.rail, link.a_device, link.a_port, link.b_device, link.b_port, link.speed_gbps, medium.sku, path, route, cut,
            medium.stock_mm, "--".join(ends),
        )  # fmt: skip
        network.add_edge(link.a_device, link.b_device, key=cable.key, cable=cable)
        cables.append(cable)
        area[ra, rb] += medium.area
        cost += medium.cost_cents
    names = [f.name for f in fields(Cable)]
    with out.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([getattr(c, n) for n in names] for c in cables)
    return Answer([c.length_cut_mm for c in cables], cost, _fill(router, area))


def _fill(router: Router, area: dict[tuple[int, int], int]) -> int:
    """Area of all cables summed over the trays between junctions that they run through, once for each pair of risers."""
    fill: dict[tuple[int, int], int] = defaultdict(int)
    for pair, amount in area.items():
        a, b = sorted(pair)
        _, (i, j) = router.between(a, b)
        if i < 0:
            continue
        nodes = router.way[router.risers[a].ends[i]][router.risers[b].ends[j]]
        for step in pairwise(nodes):
            fill[step] += amount
    return sum(fill.values())
