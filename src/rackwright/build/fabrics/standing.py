"""A fabric laid over the one that stands: a link that the new plan has too keeps both its ports, only the rest is laid anew.

How many links join each pair of switches is the plan's to say. Of a pair that had more of them before, the surplus must go, whatever is done:
the sum over pairs of max(0, old - new) is the least number of cables that can move, and as many do. Endpoints keep their leaf while it has not more
of them than the plan gives it; servers whose ports go to one leaf move whole.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from rackwright.build.fabrics.attach import Hosts
from rackwright.build.fabrics.fabric import Array, Endpoints, LinkArrays, turn
from rackwright.build.fabrics.free_ports import SLOTS, given, in_the_way
from rackwright.build.fabrics.plan import Plan, parts
from rackwright.build.fabrics.stage import ALONE, Bundle, GroupIds, group_ids
from rackwright.build.labels import mixed
from rackwright.schema.links import HOST, THIRD


@dataclass(frozen=True, slots=True, eq=False)
class Old:
    """Links that stand between things that are still there, equal-length arrays in the numbers of the new plan: tier; lower end `a` (endpoint or
    switch ordinal) and `a_port`; upper end `b` and `b_port`; speed; a number that the links of one cable share.
    """

    tier: Array
    a: Array
    a_port: Array
    b: Array
    b_port: Array
    speed_gbps: Array
    cable: Array

    def pick(self, rows: Array) -> Old:
        """Those rows."""
        return Old(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """Links written out, of one stage: rows sorted by plane and cell, `begins` says where each cell of each plane starts, (planes, cells + 1)."""

    tier: int
    rows: LinkArrays
    begins: Array
    together: Bundle

    def total(self) -> int:
        """Links per plane, all cells."""
        return len(self.rows) // len(self.begins)

    def links(self, plane: int, cell: int) -> LinkArrays:
        """Links of that plane whose lower end belongs to that cell."""
        return _sorted(self.rows, slice(int(self.begins[plane, cell]), int(self.begins[plane, cell + 1])))

    def bundle(self) -> Bundle:
        """What its links leave in, as in the stage it stands for."""
        return self.together


@dataclass(frozen=True, slots=True, eq=False)
class LaidHosts(Hosts):
    """Links of endpoints to leaves written out."""

    laid: Laid

    def links(self, cell: int, first: int, endpoints: Endpoints) -> LinkArrays:
        """Links of one cell, all planes."""
        return self.laid.links(0, cell)


def relaid(plan: Plan, endpoints: Endpoints, old: Old) -> Plan:
    """The plan with its links written out, as many as can be where they stand. A torus, whose places are its wiring, stays as planned."""
    hosts = plan.hosts
    if hosts is None:
        return plan
    made, place = _whole(plan, endpoints)
    is_host = made.tier == HOST
    leaf, is_kept, port = _leaves(hosts, _sorted(made, np.flatnonzero(is_host)), endpoints, old.pick(old.tier == HOST))
    b, a_port, b_port, kept = made.b.copy(), made.a_port.copy(), made.b_port.copy(), np.zeros(len(made), bool)
    b[is_host], b_port[is_host], kept[is_host] = leaf, port, is_kept
    unit = np.arange(len(made))
    bundles = [stage.bundle() for stage in plan.stages]
    for i in range(len(bundles)):
        own = np.flatnonzero(place == i)
        if not own.size:
            continue
        mine = _sorted(made, own)
        stands = old.pick(np.flatnonzero((old.tier == mine.tier[0]) & np.isin(old.a, mine.a)))
        if len(stands.a) and len(np.unique(stands.cable)) == len(stands.a):
            bundles[i] = ALONE  # where every link that stands has a cable of its own, so have new ones
        found = _taken(mine, stands, bundles[i])
        if len(stands.a) and bundles[i] != ALONE and not found[0].any():
            bundles[i] = ALONE  # cables of several links meet none that stand; each link on its own may
            found = _taken(mine, stands, ALONE)
        kept[own], a_port[own], b_port[own], units = found
        unit[own] = own[np.unique(units, return_index=True)[1]][units]
    while (lost := in_the_way(made, b, a_port, b_port, kept)).size:
        kept &= ~np.isin(unit, unit[lost])
    a_port, b_port = given(plan, made, b, a_port, b_port, kept, unit)
    laid = replace(made, b=b.astype(np.int32), a_port=a_port.astype(np.int32), b_port=b_port.astype(np.int32))
    loose = np.isin(place, [i for i, bundle in enumerate(bundles) if bundle != plan.stages[i].bundle()])
    laid = replace(laid, cable_group=_groups(laid, loose, hosts, group_ids(plan.models)).astype(np.int32))
    cells, planes = plan.cells, plan.spec.planes
    stages = [_stage(laid, place == i, bundles[i], cells, planes) if (place == i).any() else stage for i, stage in enumerate(plan.stages)]
    below = LaidHosts(hosts.blocks, hosts.leaves, hosts.planes, hosts.homing, hosts.ids, _stage(laid, is_host, ALONE, cells, 1))
    return replace(plan, hosts=below, stages=tuple(stages))


def _whole(plan: Plan, endpoints: Endpoints) -> tuple[LinkArrays, Array]:
    """Every link of a plan, sorted by stage, lower end and upper end; and its place in the stages (-1: hosts)."""
    found = [p for c in range(plan.cells) for p in parts(plan, c, endpoints.pick(slice(int(plan.first[c]), int(plan.first[c + 1]))))]
    made = LinkArrays.join([links for _, links in found])
    place = np.repeat([i for i, _ in found], [len(links) for _, links in found])
    order = np.lexsort((made.b_port, made.b, made.a_port, made.a, place))
    return _sorted(made, order), place[order]


def _sorted(made: LinkArrays, rows: Array | slice) -> LinkArrays:
    return LinkArrays(**{f.name: getattr(made, f.name)[rows] for f in fields(made)})


def _stage(laid: LinkArrays, is_own: Array, bundle: Bundle, cells: int, planes: int) -> Laid:
    """Rows of one stage by plane and cell; with one plane by cell alone."""
    own = np.flatnonzero(is_own)
    key = laid.cell[own] + (laid.plane[own].astype(np.int64) * cells if planes > 1 else 0)
    order = own[np.argsort(key, kind="stable")]
    begins = np.searchsorted(np.sort(key), np.arange(planes)[:, None] * cells + np.arange(cells + 1))
    return Laid(int(laid.tier[own[0]]), _sorted(laid, order), begins, bundle)


def _leaves(hosts: Hosts, made: LinkArrays, endpoints: Endpoints, old: Old) -> tuple[Array, Array, Array]:
    """Leaf of each host link, whether it keeps its port, and that port (-1: none yet); rows of `made`, an endpoint each."""
    stands = np.full(len(endpoints), -1, np.int64)
    ports, speed = stands.copy(), np.zeros(len(endpoints), np.float32)
    stands[old.a], ports[old.a], speed[old.a] = old.b, old.b_port, old.speed_gbps
    at, port = stands[made.a], ports[made.a]
    at[np.abs(speed[made.a] - made.speed_gbps) > 1e-3] = -1
    group, whole = _runs(hosts)
    # a unit is what goes to one leaf: a server's ports of one plane and home, or a single port
    mine = group[made.b]
    servers = int(endpoints.server.max(initial=0)) + 1
    key = np.where(whole[made.b], mine * servers + endpoints.server[made.a], (int(mine.max(initial=0)) + 1) * servers + made.a)
    _, first, unit = np.unique(key, return_index=True, return_inverse=True)
    low, high = (np.full(len(first), fill, np.int64) for fill in (np.iinfo(np.int64).max, -1))
    np.minimum.at(low, unit, at)
    np.maximum.at(high, unit, at)
    where = np.where((low == high) & (low >= 0), low, -1)
    stays = (where >= 0) & (group[np.maximum(where, 0)] == mine[first])
    sort = np.where(whole[made.b[first]], endpoints.kind[made.a[first]], 0).astype(np.int64)
    sorts = int(sort.max(initial=0)) + 1
    most = np.bincount(made.b[first].astype(np.int64) * sorts + sort, minlength=len(group) * sorts)
    lowest = np.full(len(first), SLOTS, np.int64)
    np.minimum.at(lowest, unit, np.where(at >= 0, port, SLOTS))
    rows = np.flatnonzero(stays)
    rows = rows[np.argsort(lowest[rows], kind="stable")]
    place = where[rows] * sorts + sort[rows]
    rows = rows[turn(place) < most[place]]
    leaf = np.full(len(first), -1, np.int64)
    leaf[rows] = where[rows]
    left = most - np.bincount(where[rows] * sorts + sort[rows], minlength=len(most))
    free = np.repeat(np.arange(len(most)), left)
    free = free[np.lexsort((free // sorts, free % sorts, group[free // sorts]))] // sorts
    fresh = np.flatnonzero(leaf < 0)
    leaf[fresh[np.lexsort((made.a[first[fresh]], sort[fresh], mine[first[fresh]]))]] = free
    kept = leaf[unit] == at
    return leaf[unit], kept, np.where(kept, port, -1)


def _runs(hosts: Hosts) -> tuple[Array, Array]:
    """Of every leaf: number of the leaves it may change places with (those of a run, plane and home), and whether it takes whole servers."""
    pairs = hosts.leaves // hosts.homing
    run, whole, count = np.zeros(pairs, np.int64), np.zeros(pairs, bool), 0
    for block in hosts.blocks:
        own = slice(int(block.base[0]), int(block.base[0] + block.leaves.sum()))
        run[own], whole[own] = count + np.repeat(np.arange(len(block.leaves)), block.leaves), block.by_server
        count += len(block.leaves)
    plane, local = np.divmod(np.arange(hosts.leaves * hosts.planes), hosts.leaves)
    pair, home = np.divmod(local, hosts.homing)
    return (run[pair] * hosts.homing + home) * hosts.planes + plane, whole[pair]


def _taken(made: LinkArrays, old: Old, bundle: Bundle) -> tuple[Array, Array, Array, Array]:
    """Of every link of a stage: whether one that stands takes its place, that one's two ports (-1 without), and the unit it belongs to.

    A unit is what is pulled together: a link, or the links of cages that meet. Units between the same switches are alike.
    """
    low, high, flip = _leveled(made.tier, made.a, made.b)
    unit = np.arange(len(low)) if bundle.links == 1 else np.unique(made.cable_group, return_inverse=True)[1]
    old_low, old_high, turned = _leveled(old.tier, old.a, old.b)
    ports = np.where(turned, old.b_port, old.a_port), np.where(turned, old.a_port, old.b_port)
    if bundle.links == 1 or not len(old_low):
        stands = np.arange(len(old_low))
    else:
        stands = _meeting(old_low * SLOTS + ports[0] // int(made.a_legs[0]), old_high * SLOTS + ports[1] // int(made.b_legs[0]))
    alike, old_alike = _alike((unit, low, high, made.speed_gbps), (stands, old_low, old_high, old.speed_gbps))
    # of units that are alike those on planned ports stay first, then those of the lowest port
    planned = np.unique(np.where(flip, made.b, made.a).astype(np.int64) * SLOTS + np.where(flip, made.b_port, made.a_port))
    first = np.full(len(old_alike), np.iinfo(np.int64).max)
    np.minimum.at(first, stands, np.where(np.isin(old_low * SLOTS + ports[0], planned), 0, SLOTS) + ports[0])
    order = np.lexsort((first, old_alike))
    own_turn, old_turn = turn(alike), np.empty(len(order), np.int64)
    old_turn[order] = turn(old_alike[order])
    wide = len(alike) + len(old_alike) + 1
    mine, theirs = alike * wide + own_turn, old_alike * wide + old_turn
    rank = np.argsort(theirs)
    at = rank[np.minimum(np.searchsorted(theirs[rank], mine), max(len(theirs) - 1, 0))] if len(theirs) else np.zeros(len(mine), np.int64)
    found = theirs[at] == mine if len(theirs) else np.zeros(len(mine), bool)
    # links of two units that are alike, in the order of their ends
    rows = np.lexsort((np.where(flip, made.b_port, made.a_port), high, low, unit))
    stay = np.lexsort((ports[0], old_high, old_low, stands))
    begins = np.searchsorted(stands[stay], np.arange(len(old_alike)))
    out = np.full((2, len(low)), -1, np.int64)
    own = rows[found[unit[rows]]]
    source = stay[begins[at[unit[own]]] + turn(unit[own])]
    out[0, own], out[1, own] = ports[0][source], ports[1][source]
    return found[unit], np.where(flip, out[1], out[0]), np.where(flip, out[0], out[1]), unit


def _leveled(tier: Array, a: Array, b: Array) -> tuple[Array, Array, Array]:
    """Ends of links, the lower ordinal first where both are on one level and it does not matter which is named first; and whether they changed."""
    flip = (tier > THIRD) & (a > b)
    return np.where(flip, b, a).astype(np.int64), np.where(flip, a, b).astype(np.int64), flip


def _meeting(low: Array, high: Array) -> Array:
    """Number of the cages that meet, of each link between a lower and an upper cage."""
    from scipy.sparse import coo_array, csgraph  # noqa: PLC0415  0.2 s, and most halls grow from nothing

    (lowers, a), (uppers, b) = (np.unique(v, return_inverse=True) for v in (low, high))
    size = len(lowers) + len(uppers)
    part = csgraph.connected_components(coo_array((np.ones(len(a), np.int8), (a, b + len(lowers))), shape=(size, size)), directed=False)[1]
    return np.unique(part[a], return_inverse=True)[1]


def _alike(*sides: tuple[Array, Array, Array, Array]) -> list[Array]:
    """Numbers of units, equal where units have as many links between the same switches at the same speed. `sides`: unit, low, high, speed."""
    size = max((int(v.max(initial=0)) for side in sides for v in side[1:3]), default=0) + 1
    pairs = np.concatenate([low * size + high for _, low, high, _ in sides])
    speed = np.unique(np.concatenate([s for *_, s in sides]).astype(np.float32), return_inverse=True)[1]
    kinds = np.unique(pairs * (len(speed) + 1) + speed, return_inverse=True)[1].astype(np.uint64)
    marks = mixed(kinds + np.uint64(1))  # a sum of marks stands for a set of pairs
    out, begin, sums = [], 0, []
    for unit, *_ in sides:
        total = np.zeros(int(unit.max(initial=-1)) + 1, np.uint64)
        np.add.at(total, unit, marks[begin : begin + len(unit)])
        sums.append(total)
        begin += len(unit)
    numbers = np.unique(np.concatenate(sums), return_inverse=True)[1].astype(np.int64)
    begin = 0
    for total in sums:
        out.append(numbers[begin : begin + len(total)])
        begin += len(total)
    return out


def _groups(laid: LinkArrays, loose: Array, hosts: Hosts, ids: GroupIds) -> Array:
    """Cable groups: of hosts by the cages they lead to now, of the others as planned, or a link each where they are loose."""
    b, port, legs = laid.b.astype(np.int64), laid.b_port.astype(np.int64), laid.b_legs.astype(np.int64)
    alone = np.where(loose, ids.of(b, port // legs, port % legs), laid.cable_group)
    return np.where(laid.tier == HOST, ids.of(b % hosts.leaves, port // legs), alone)
