"""Folded Clos fabrics (fat trees) of one, two or three tiers, any oversubscription; the kernel of several topologies.

Leaves are sized by `leaves`. Their uplinks are spread equally over a set of spines; with three tiers there is a set per group of pods (or per group
and rail), and spine number j of every set is tied to the cores of position j. Counts are the smallest that carry the links and share them equally.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackwright.build.fabrics.fabric import EVERYWHERE, Array, FabricSpec, Problem, SwitchModel
from rackwright.build.fabrics.leaves import Habit, Leaves, leaves
from rackwright.build.fabrics.plan import Level, Plan, level, made
from rackwright.build.fabrics.ports import Budget, Spread, budget, legs_for, spread
from rackwright.build.fabrics.shape import Shape
from rackwright.build.fabrics.stage import GroupIds, Peers, Side, Stage, Up, by_cell, group_ids
from rackwright.schema.links import LEAF_SPINE, SPINE_CORE

WISHES = frozenset(
    {
        "oversubscription", "spine_oversubscription", "tiers", "planes", "leaf_scope", "spine_scope", "pods_per_group", "core_ready", "homing",
        "peer_links", "reserve", "uplinks", "uplink_gbps", "core_gbps", "leaves", "breakout", "spines", "cores", "spine", "core",
    }
)  # fmt: skip
# Pods per group that are tried in turn until the cores can join all groups.
_GROUPINGS = sorted({b << s for b in (1, 3) for s in range(20)})


@dataclass(frozen=True, slots=True)
class Style:
    """What tells one Clos topology from another.

    Attributes:
        by_server: all ports of a server on one leaf.
        railed: leaves serve rails.
        rails_apart: rails never meet; every rail is a fabric of its own.
        homing: leaves per server where the spec does not say.
    """

    by_server: bool = False
    railed: bool = False
    rails_apart: bool = False
    homing: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """What the tiers of one attempt share."""

    spec: FabricSpec
    models: tuple[SwitchModel, ...]
    shape: Shape
    style: Style
    ids: GroupIds

    def model(self, tier: int) -> SwitchModel:
        return self.models[min(tier, len(self.models) - 1)]


@dataclass(frozen=True, slots=True, eq=False)
class _Sets:
    """Sets of spines: of every leaf its set and its place in it; `lower[s, k]` leaves of block k in set s; `pod`, `last`, `rail` of a set."""

    of_leaf: Array
    slot: Array
    lower: Array
    pod: Array
    last: Array
    rail: Array
    meets: Array


def plan_clos(spec: FabricSpec, models: tuple[SwitchModel, ...], shape: Shape, style: Style) -> Plan | Problem:
    """The fabric with the asked number of tiers, or with as few as carry the links."""
    frame = _Frame(spec, models, shape, style, group_ids(models))
    attempt = {1: _one, 2: _two, 3: _three}
    problems: list[Problem] = []
    fewest = 3 if spec.cores else 2 if spec.spines or spec.uplinks or spec.core_ready else 1  # a wish for spines is a wish for their tier
    for tiers in (spec.tiers,) if spec.tiers else range(fewest, 4):
        result = attempt[tiers](frame)
        if isinstance(result, Plan):
            return result
        problems.append(result)
    return problems[-1] if fewest == 1 else min(problems, key=_far)


def _leaves(frame: _Frame, scope: str, uplinks: bool) -> Leaves | Problem:
    style, spec = frame.style, frame.spec
    habit = Habit(style.by_server, style.railed, scope, uplinks, spec.homing or style.homing)
    return leaves(spec, frame.model(0), frame.shape, habit, frame.ids)


def _assembled(frame: _Frame, low: Leaves, levels: list[Level], stages: list[Stage], found: Spread | None = None) -> Plan:
    up = [found.count * width for width in found.width] if found else [0] * len(low.hosts.blocks)
    found_stages = [*_pairs(frame, low, up), *stages]
    spec = frame.spec
    return Plan(spec, frame.models, frame.shape.pods, frame.shape.first, made(levels, spec.planes), low.hosts, tuple(found_stages))


def _leaf_level(low: Leaves, shared: bool) -> Level:
    return level(0, low.hosts.leaves, EVERYWHERE if shared else low.pod, low.rail)


def _one(frame: _Frame) -> Plan | Problem:
    """A single leaf (or pair) for all, or per rail where rails never meet."""
    low = _leaves(frame, "all", uplinks=False)
    if isinstance(low, Problem):
        return low
    apart = int(np.bincount(low.group).max()) if frame.style.rails_apart else low.hosts.leaves
    if apart > low.hosts.homing:
        needed = sum(int((b.units * b.ports).sum()) for b in low.hosts.blocks)
        room = low.hosts.blocks[0].budget.down
        what = "leaves" if low.hosts.homing == 1 else "pairs of leaves"
        each = f"{needed} ports{'' if low.hosts.homing == 1 else ' on each side'}, one `{frame.model(0).part}` has {room}"
        text = f"{apart // low.hosts.homing} {what} are needed and nothing would join them: {each}"
        return Problem(frame.spec.name, text, needed, room, "ports")
    return _assembled(frame, low, [_leaf_level(low, shared=True)], [])


def _pairs(frame: _Frame, low: Leaves, up: list[int]) -> list[Stage]:
    """Links between the leaves of dual-homed pairs."""
    hosts = low.hosts
    if hosts.homing < 2 or not frame.spec.peer_links:
        return []
    legs = hosts.blocks[0].budget.up_legs
    port = np.array([b.budget.peer_port(taken) for b, taken in zip(hosts.blocks, up)], np.int32)
    first = np.arange(0, hosts.leaves, 2, dtype=np.int32)
    order, begins = by_cell(low.pod[first], frame.shape.pods)
    first = first[order]
    return [
        Peers(Side(0, hosts.leaves, legs), first, port[low.block[first]], begins, frame.spec.peer_links, low.up_gbps, low.rail[first], frame.ids)
    ]  # fmt: skip


def _sets(frame: _Frame, low: Leaves, pods_per_group: int, per_rail: bool) -> _Sets:
    """Which leaves share spines. `pods_per_group` 0: all pods do."""
    group = low.group if per_rail else np.zeros_like(low.group)
    span = int(low.group.max()) + 1
    pod_group = low.pod // pods_per_group if pods_per_group else np.zeros_like(low.pod)
    keys, of_leaf = np.unique(pod_group.astype(np.int64) * span + group, return_inverse=True)
    blocks = len(low.hosts.blocks)
    lower = np.zeros((len(keys), blocks), np.int64)
    np.add.at(lower, (of_leaf, low.block), 1)
    key = of_leaf * blocks + low.block
    order = np.lexsort((low.group, low.pod, key))
    begins = np.cumsum(lower.ravel()) - lower.ravel()
    slot = np.empty(len(key), np.int64)
    slot[order] = np.arange(len(key)) - begins[key[order]]
    pod = keys // span * pods_per_group if pods_per_group else np.full(len(keys), EVERYWHERE)
    rail = np.full(len(keys), -1, np.int64)
    if per_rail:
        rail[of_leaf] = low.rail
    last = np.minimum(pod + max(pods_per_group, 1), frame.shape.pods)
    return _Sets(of_leaf, slot, lower, pod, last, rail, np.unique(keys % span if frame.style.rails_apart else keys * 0, return_inverse=True)[1])


def _leaf_links(frame: _Frame, low: Leaves, sets: _Sets, found: Spread, first: int, cap_legs: int) -> list[Stage]:
    """Stages from leaves to spines, one per block; the spines of set s are local switches s * count + j."""
    hosts = low.hosts
    taken = -(-(sets.lower * np.array(found.width)) // cap_legs) * cap_legs
    region = np.cumsum(taken, axis=1) - taken
    stages: list[Stage] = []
    for k, block in enumerate(hosts.blocks):
        if not found.width[k]:
            continue
        own = np.flatnonzero(low.block == k)
        order, begins = by_cell(low.pod[own], frame.shape.pods)
        own = own[order]
        up = found.width[k] * found.count
        at = sets.of_leaf[own]
        below = Side(0, hosts.leaves, block.budget.up_legs, block.budget.up_port(up))
        above = Side(first, len(sets.lower) * found.count, cap_legs)
        lower, base, slot, start = (c.astype(np.int32) for c in (own, at * found.count, sets.slot[own], region[at, k]))
        fan, width = found.count, found.width[k]
        stages.append(Up(LEAF_SPINE, below, above, lower, base, slot, start, low.rail[own], begins, fan, width, low.up_gbps, frame.ids))
    return stages


def _uplinks(low: Leaves) -> tuple[list[int], list[int]]:
    rooms = [(b.budget, b.busiest()) for b in low.hosts.blocks]
    return [r.up(used) for r, used in rooms], [r.up_most(used) for r, used in rooms]


def _two(frame: _Frame) -> Plan | Problem:
    spec = frame.spec
    low = _leaves(frame, spec.leaf_scope, uplinks=True)
    if isinstance(low, Problem):
        return low
    model = frame.model(1)
    sets = _sets(frame, low, 0, frame.style.rails_apart or (spec.core_ready and spec.spine_scope == "rail"))
    room = _spine_room(frame, low) if spec.core_ready else None
    legs = legs_for(spec, model, low.up_gbps)
    if isinstance(room, Problem):
        return room
    if isinstance(legs, Problem):
        return legs
    cap = room.down if room else model.cages * legs
    found = spread(spec, "spine", sets.lower, *_uplinks(low), cap, legs, model, spec.spines, len(sets.lower) * spec.planes)
    if isinstance(found, Problem):
        return found
    leaf, spines = low.hosts.leaves, len(sets.lower) * found.count
    levels = [_leaf_level(low, spec.leaf_scope == "all"), level(1, spines, EVERYWHERE, np.repeat(sets.rail, found.count))]
    return _assembled(frame, low, levels, _leaf_links(frame, low, sets, found, leaf * spec.planes, legs), found)


def _spine_room(frame: _Frame, low: Leaves) -> Budget | Problem:
    spec = frame.spec
    return budget(spec, frame.model(1), low.up_gbps, spec.core_gbps or low.up_gbps, spec.spine_oversubscription)


def _three(frame: _Frame) -> Plan | Problem:
    spec, pods = frame.spec, frame.shape.pods
    low = _leaves(frame, spec.leaf_scope, uplinks=True)
    if isinstance(low, Problem):
        return low
    room = _spine_room(frame, low)
    if isinstance(room, Problem):
        return room
    problems: list[Problem] = []
    for per_group in (spec.pods_per_group,) if spec.pods_per_group else [g for g in _GROUPINGS if g < 2 * pods]:
        sets = _sets(frame, low, per_group, frame.style.rails_apart or spec.spine_scope == "rail")
        tried = _joined(frame, low, room, sets)
        if isinstance(tried, Plan):
            return tried
        problems.append(tried)
    return min(problems, key=_far)


def _far(problem: Problem) -> tuple[bool, float]:
    """How far a problem is from a plan: first those where only a number that was given stands in the way."""
    return not problem.fix, problem.value / max(problem.limit, 1)


def _joined(frame: _Frame, low: Leaves, room: Budget, sets: _Sets) -> Plan | Problem:
    """Three tiers with those sets of spines."""
    spec = frame.spec
    sets_all = len(sets.lower) * spec.planes
    found = spread(spec, "spine", sets.lower, *_uplinks(low), room.down, room.down_legs, frame.model(1), spec.spines, sets_all)
    if isinstance(found, Problem):
        return found
    down = sets.lower * np.array(found.width)
    used, taken = int(down.sum(axis=1).max()), int((-(-down // room.down_legs) * room.down_legs).sum(axis=1).max())
    core_gbps = spec.core_gbps or low.up_gbps
    legs = legs_for(spec, frame.model(2), core_gbps)
    if isinstance(legs, Problem):
        return legs
    joined = np.bincount(sets.meets)
    top = spread(
        spec, "core", joined[:, None], [room.up(used)], [room.up_most(taken)], frame.model(2).cages * legs, legs, frame.model(2), spec.cores,
        len(joined) * found.count * spec.planes, "spine position",
    )  # fmt: skip
    if isinstance(top, Problem):
        return top
    spines, cores = len(sets.lower) * found.count, len(joined) * found.count * top.count
    first = low.hosts.leaves * spec.planes
    links = [*_leaf_links(frame, low, sets, found, first, room.down_legs), _core_links(frame, sets, found, top, room, legs, first, core_gbps)]
    levels = [
        _leaf_level(low, spec.leaf_scope == "all"),
        level(1, spines, np.repeat(sets.pod, found.count), np.repeat(sets.rail, found.count)),
        level(2, cores),
    ]
    return _assembled(frame, low, levels, links, found)


def _core_links(frame: _Frame, sets: _Sets, found: Spread, top: Spread, room: Budget, legs: int, first: int, core_gbps: float) -> Stage:
    """From spine j of every set to the cores of position j; a set's spines are dealt to the cells of its pods."""
    count, spines = found.count, len(sets.lower) * found.count
    at, position = np.divmod(np.arange(spines), count)
    cell = sets.pod[at] + position * (sets.last - sets.pod)[at] // count
    meets = sets.meets
    order_of_sets = np.argsort(meets, kind="stable")
    slot = np.empty(len(meets), np.int64)
    slot[order_of_sets] = np.arange(len(meets)) - np.searchsorted(meets[order_of_sets], meets[order_of_sets])
    order, begins = by_cell(cell, frame.shape.pods)
    up = top.width[0] * top.count
    base = (meets[at] * count + position) * top.count
    cores = (int(meets.max()) + 1) * count * top.count
    return Up(
        SPINE_CORE, Side(first, spines, room.up_legs, room.up_port(up)), Side(first + spines * frame.spec.planes, cores, legs),
        order.astype(np.int32), base[order].astype(np.int32), slot[at][order].astype(np.int32), np.zeros(spines, np.int32),
        sets.rail[at][order].astype(np.int16), begins, top.count, top.width[0], core_gbps, frame.ids,
    )  # fmt: skip
