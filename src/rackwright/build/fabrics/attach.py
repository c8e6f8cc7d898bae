"""How endpoints meet leaves: which leaf, which port; per rail, per server, with pairs of leaves for dual homing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rackwright.build.fabrics.fabric import RAILLESS, Array, Endpoints, FabricSpec, LinkArrays, Problem, link_arrays
from rackwright.build.fabrics.ports import Budget
from rackwright.build.fabrics.shape import Shape
from rackwright.build.fabrics.stage import Bundle, GroupIds
from rackwright.schema.links import HOST


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Endpoint classes that share leaves. A *run* is a row of leaves that is filled in placement order: one per rack, pod or all, and rail group.

    In a run, the units (ports; or whole servers, by class) are dealt to its leaves in equal consecutive parts, so unit r of n is on leaf r * L // n.

    Attributes:
        kinds: endpoint classes, or () for all that no other block has.
        by_server: units are servers.
        groups: rail groups; rails_per_group: rails in each.
        scope: rack, pod or all.
        racks: (pod, rack) keys of the racks in order, for scope rack.
        units: units per run and sort, int64 (runs, sorts); sorts are the classes if by_server, else one.
        ports: ports each unit of a sort takes, int64 (sorts,).
        leaves: leaves (pairs, if dual-homed) per run, int64.
        base: number of leaves before each run, including blocks before.
        before: for scope all, units in earlier cells, int64 (cells, groups or sorts, homes).
        budget: ports of a leaf.
    """

    kinds: tuple[int, ...]
    by_server: bool
    groups: int
    rails_per_group: int
    scope: str
    racks: Array
    units: Array
    ports: Array
    leaves: Array
    base: Array
    before: Array
    budget: Budget

    def busiest(self) -> int:
        """Links down of the fullest leaf."""
        return int(self.filled().max(initial=0))

    def filled(self) -> Array:
        """Most links down of a leaf, per run."""
        out: Array = (-(-self.units // np.maximum(self.leaves, 1)[:, None]) * self.ports).sum(axis=1)
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Hosts:
    """Links of endpoints to leaves.

    Attributes:
        blocks: one per set of endpoint classes with leaves of its own.
        leaves: leaves per plane.
        planes, homing: of the fabric.
        ids: numbering of cable groups.
    """

    blocks: tuple[Block, ...]
    leaves: int
    planes: int
    homing: int
    ids: GroupIds

    def links(self, cell: int, first: int, endpoints: Endpoints) -> LinkArrays:
        """Links of one cell whose first endpoint has the ordinal `first`."""
        parts: list[LinkArrays] = []
        if not len(endpoints):
            return LinkArrays.join(parts)
        named = [k for b in self.blocks for k in b.kinds]
        for block in self.blocks:
            if len(self.blocks) == 1:
                parts.append(self._block(block, cell, first, endpoints, None))
                continue
            rows = np.flatnonzero(np.isin(endpoints.kind, block.kinds) if block.kinds else ~np.isin(endpoints.kind, named))
            if rows.size:
                parts.append(self._block(block, cell, first, endpoints.pick(rows), rows))
        return LinkArrays.join(parts)

    def bundle(self, block: Block) -> Bundle:
        """What links to leaves leave in: as many NICs as a leaf cage has legs, times the planes each is broken out over."""
        legs = block.budget.down_legs
        return Bundle(legs * self.planes, legs, self.planes)

    def beside(self, first: Array, endpoints: Endpoints) -> set[tuple[int, int]]:
        """Pairs of cells with links in one cage, both ways round: of leaves that serve all, with cages of several legs. Endpoints of cell c
        are those from `first[c]`.
        """
        if not any(b.scope == "all" and b.budget.down_legs > 1 for b in self.blocks) or len(first) <= 2:
            return set()
        found = set[tuple[int, int]]()
        seen = [np.unique(self.links(c, int(a), endpoints.pick(slice(int(a), int(b)))).cable_group) for c, (a, b) in enumerate(pairwise(first))]
        group, cell = np.concatenate(seen), np.repeat(np.arange(len(seen)), [len(own) for own in seen])
        order = np.lexsort((cell, group))
        group, cell = group[order], cell[order]
        apart = 1
        while (same := np.flatnonzero(group[apart:] == group[:-apart])).size:  # a cage has few legs, and so links of few cells
            found.update(zip(cell[same].tolist(), cell[same + apart].tolist(), strict=True))
            apart += 1
        return found | {(b, a) for a, b in found}

    def _block(self, block: Block, cell: int, first: int, e: Endpoints, rows: Array | None) -> LinkArrays:
        plane = e.subport % self.planes if self.planes > 1 else np.zeros(len(e), np.int8)
        home = home_of(e.rail, e.subport, self.planes, self.homing, block.rails_per_group)
        place = _place(block, cell, e)
        pair, port = (_by_server if block.by_server else _by_port)(block, cell, e, place, plane, home, self.planes, self.homing)
        leaf = pair * self.homing + home
        legs = block.budget.down_legs
        return link_arrays(
            (np.arange(len(e)) if rows is None else rows) + first, a_port=e.subport, b=leaf + plane.astype(np.int64) * self.leaves, b_port=port,
            tier=HOST, speed_gbps=e.speed_gbps, plane=plane, rail=e.rail, cell=cell, cable_group=self.ids.of(leaf, port // legs),
            a_legs=self.planes, b_legs=legs,
        )  # fmt: skip


def home_of(rail: Array, subport: Array, planes: int, homing: int, rails: int) -> Array:
    """Which leaf of a pair a port goes to: ports of a server on one leaf group take turns."""
    if homing == 1:
        return np.zeros(len(rail), np.int64)
    out: Array = (np.maximum(rail, 0).astype(np.int64) % rails + subport // planes) % homing
    return out


def rack_key(pod: Array, rack: Array) -> Array:
    """One number for a rack in its pod, ascending by pod."""
    return pod.astype(np.int64) << 32 | rack.astype(np.int64)


def _place(block: Block, cell: int, e: Endpoints) -> Array | int:
    """Number of the rack or pod that an endpoint's runs belong to; 0 where leaves are shared by all."""
    if block.scope == "rack":
        return np.searchsorted(block.racks, rack_key(e.pod, e.rack))
    return cell if block.scope == "pod" else 0


def rank(key: Array, size: int) -> Array:
    """Position of each element among those of equal key, in order; int64. Keys are 0 <= key < size."""
    n = len(key)
    if size == 1:
        return np.arange(n)
    # numpy sorts 8- and 16-bit keys by radix
    order = np.argsort(key.astype(np.int16 if size < 1 << 15 else np.int64), kind="stable")
    counts = np.bincount(key, minlength=size)
    out = np.empty(n, np.int64)
    out[order] = np.arange(n) - np.repeat(np.cumsum(counts) - counts, counts)
    return out


def _dealt(rank_in_run: Array, units: Array, leaves: Array) -> tuple[Array, Array]:
    """Leaf of its run for each unit, and the unit's number on it."""
    leaf = rank_in_run * leaves // units
    return leaf, rank_in_run + (-leaf * units) // leaves


def _by_port(block: Block, cell: int, e: Endpoints, place: Array | int, plane: Array, home: Array, planes: int, homing: int) -> tuple[Array, Array]:
    local = place - place.min() if isinstance(place, np.ndarray) else np.zeros(len(e), np.int64)
    spread = planes * homing
    group = np.zeros(len(e), np.int64) if block.groups == 1 else e.rail.astype(np.int64) // block.rails_per_group
    if block.groups > 1 and (loose := np.flatnonzero(e.rail == RAILLESS)).size:
        at = local[loose] * spread + plane[loose] * homing + home[loose]
        group[loose] = rank(at, int(at.max()) + 1) % block.groups
    key = (local * block.groups + group) * spread + plane * homing + home
    number = rank(key, int(key.max()) + 1)
    if block.scope == "all":
        number = number + block.before[cell, group, home]
    run = place * block.groups + group
    leaf, port = _dealt(number, block.units[run, 0], block.leaves[run])
    return block.base[run] + leaf, port


def _by_server(block: Block, cell: int, e: Endpoints, place: Array | int, plane: Array, home: Array, planes: int, homing: int) -> tuple[Array, Array]:
    head = np.r_[True, e.server[1:] != e.server[:-1]]
    server = np.cumsum(head) - 1
    begins = np.flatnonzero(head)
    kind = e.kind[begins].astype(np.int64)
    sorts = block.units.shape[1]
    at = place[begins] if isinstance(place, np.ndarray) else np.full(len(begins), place)
    local = (at - at.min()) * sorts + kind
    number = rank(local, int(local.max()) + 1)
    if block.scope == "all":
        number = number + block.before[cell, kind, 0]
    leaf, position = _dealt(number, block.units[at, kind], block.leaves[at])
    room = -(-block.units // np.maximum(block.leaves, 1)[:, None]) * block.ports
    start = (np.cumsum(room, axis=1) - room)[at, kind] + position * block.ports[kind]
    # Ports of a server, plane by plane and home by home.
    own = rank(server * (planes * homing) + plane * homing + home, len(begins) * planes * homing)
    return (block.base[at] + leaf)[server], start[server] + own


def count_ports(
    spec: FabricSpec, shape: Shape, rows: Array, groups: int, rails_per_group: int, scope: str, homing: int, racks: Array
) -> Array:  # fmt: skip
    """Ports per place, rail group and home of one plane, int64 (places, groups, homing). Places are racks, or pods."""
    rows = rows & (shape.subport % spec.planes == 0)
    at = np.searchsorted(racks, rack_key(shape.pod[rows], shape.rack[rows])) if scope == "rack" else shape.pod[rows]
    places = len(racks) if scope == "rack" else shape.pods
    rail, ports = shape.rail[rows], shape.ports[rows]
    home = home_of(rail, shape.subport[rows], spec.planes, homing, rails_per_group)
    railed = (rail != RAILLESS) | (groups == 1)
    out = np.zeros((places, groups, homing), np.int64)
    group = rail[railed] // rails_per_group if groups > 1 else np.zeros(int(railed.sum()), np.int64)
    np.add.at(out, (at[railed], group, home[railed]), ports[railed])
    loose = np.zeros((places, homing), np.int64)
    np.add.at(loose, (at[~railed], home[~railed]), ports[~railed])
    return out + (loose[:, None, :] + np.arange(groups)[::-1][None, :, None]) // groups


def congruent(spec: FabricSpec, shape: Shape) -> Problem | None:
    """Every NIC of a fabric of p planes has its p legs; otherwise planes would differ."""
    if spec.planes == 1:
        return None
    ports = [int(shape.ports[shape.subport % spec.planes == p].sum()) for p in range(spec.planes)]
    if min(ports) == max(ports):
        return None
    text = f"{spec.planes} planes need {spec.planes} legs of every NIC; plane {int(np.argmin(ports))} would have {min(ports)} of {max(ports)} ports"
    return Problem(spec.name, text, max(ports), min(ports), "ports")
