"""How many leaves a fabric needs, and which endpoints each of them serves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackwright.build.fabrics.attach import Block, Hosts, congruent, count_ports, home_of, rack_key
from rackwright.build.fabrics.fabric import Array, ClassRule, FabricSpec, Problem, SwitchModel
from rackwright.build.fabrics.ports import budget
from rackwright.build.fabrics.shape import Shape
from rackwright.build.fabrics.stage import GroupIds


@dataclass(frozen=True, slots=True, eq=False)
class Leaves:
    """Leaves of one plane and how endpoints meet them.

    Attributes:
        hosts: links down.
        pod: pod that owns each leaf; its only one, or where leaves are shared the pod of its first endpoint.
        rail: first rail of each leaf, -1 if it serves all.
        block: index into `hosts.blocks`.
        group: rail group; leaves of their own for a class come after the last rail group.
        up_gbps: speed of uplinks.
    """

    hosts: Hosts
    pod: Array
    rail: Array
    block: Array
    group: Array
    up_gbps: float


@dataclass(frozen=True, slots=True)
class Habit:
    """How a topology ties endpoints to leaves.

    Attributes:
        by_server: all ports of a server go to one leaf.
        railed: leaves serve rails (groups of `rails_per_leaf`).
        scope: endpoints that may share a leaf.
        uplinks: whether leaves have links up (or to each other); the budget keeps ports for them.
        homing: leaves per server.
        down: most links down of a leaf, where the topology says so.
        leaves: number of leaves (scope all), where the topology says so.
    """

    by_server: bool
    railed: bool
    scope: str
    uplinks: bool
    homing: int
    down: int | None = None
    leaves: int | None = None


def leaves(spec: FabricSpec, model: SwitchModel, shape: Shape, habit: Habit, ids: GroupIds) -> Leaves | Problem:
    """The smallest number of leaves that takes all endpoints."""
    if problem := congruent(spec, shape):
        return problem
    named = [k for rule in spec.classes for k in rule.kinds]
    up_gbps = spec.uplink_gbps or (model.uplink_gbps if model.uplink_cages else float(shape.speed_gbps.max()))
    blocks: list[Block] = []
    pods, rails, owners, groups = [], [], [], []
    group0, base, legs = 0, 0, dict[float, int]()
    for rule in (ClassRule(()), *spec.classes):
        rows = np.isin(shape.kind, rule.kinds) if rule.kinds else ~np.isin(shape.kind, named)
        if not rows.any():
            continue
        made = _block(spec, model, shape, habit, rule, rows, up_gbps, base)
        if isinstance(made, Problem):
            return made
        block, pod = made
        gbps, own = float(shape.speed_gbps[rows].max()), block.budget.down_legs
        if legs.setdefault(gbps, own) != own:  # the number of a port says with its speed which cage and leg it is
            text = f"a cage would be broken out into {legs[gbps]} links of {gbps:g} Gb/s on some of its leaves and into {own} on others"
            return Problem(spec.name, text, own, legs[gbps], "", change="one `breakout` for all ports of one speed", field="breakout")
        run = np.repeat(np.arange(len(block.leaves)), block.leaves)
        group = run % block.groups
        pods.append(np.repeat(pod, habit.homing))
        groups.append(np.repeat(group + group0, habit.homing))
        rails.append(np.repeat(group * block.rails_per_group if block.groups > 1 else np.full(len(group), -1), habit.homing))
        owners.append(np.full(len(group) * habit.homing, len(blocks)))
        blocks.append(block)
        group0 += block.groups
        base += int(block.leaves.sum())
    hosts = Hosts(tuple(blocks), base * habit.homing, spec.planes, habit.homing, ids)
    return Leaves(
        hosts, np.concatenate(pods).astype(np.int32), np.concatenate(rails).astype(np.int16), np.concatenate(owners), np.concatenate(groups), up_gbps
    )


def _block(
    spec: FabricSpec, model: SwitchModel, shape: Shape, habit: Habit, rule: ClassRule, rows: Array, up_gbps: float, base: int
) -> tuple[Block, Array] | Problem:
    """One block and the pod that owns each of its leaves (pairs)."""
    room = budget(
        spec, model, float(shape.speed_gbps[rows].max()), up_gbps, (rule.oversubscription or spec.oversubscription) if habit.uplinks else None,
        spec.reserve if rule.reserve is None else rule.reserve, None if rule.oversubscription else spec.uplinks,
        spec.peer_links if habit.homing > 1 else 0, spec.breakout if rule.breakout is None else rule.breakout,
    )  # fmt: skip
    if isinstance(room, Problem):
        return room
    down = min(room.down, habit.down or room.down)
    racks = np.unique(rack_key(shape.pod[rows], shape.rack[rows])) if habit.scope == "rack" else np.zeros(0, np.int64)
    railed = habit.railed and not rule.kinds and not habit.by_server
    number_of_rails = int(shape.rail[rows].max(initial=0)) + 1
    each = _rails_per_leaf(spec, shape, rows, habit, racks, number_of_rails, down) if railed else number_of_rails
    groups = -(-number_of_rails // each) if railed else 1
    counts = count_ports(spec, shape, rows, groups, each, habit.scope, habit.homing, racks)
    if habit.homing > 1 and (counts.sum(axis=0) == 0).any():
        text = "dual homing needs two ports of every server on a pair of leaves, there is one"
        return Problem(spec.name, text, 2, 1, "ports", fix=(("homing", 1),))
    if habit.by_server:
        units, ports, before = servers_of(spec, shape, rows, habit, racks)
    else:
        units, ports, before = counts.max(axis=2), np.ones(1, np.int64), counts
        units = (units if habit.scope != "all" else counts.sum(axis=0).max(axis=1)[None, :]).reshape(-1, 1)
    least = rule.leaves if rule.kinds else spec.leaves
    wanted = _counted(spec, model, units, ports, down, habit, -(-(least or 0) // habit.homing))
    if isinstance(wanted, Problem):
        return wanted
    fewest = int(wanted[wanted > 0].min(initial=2**31)) * habit.homing
    if habit.leaves is None and least and least <= fewest - habit.homing:
        where = "" if len(wanted) == 1 else " of each unit and rail" if groups > 1 else " of each unit"
        text = f"{least} leaves{where} cannot take its ports, {fewest} can"
        return Problem(spec.name, text, fewest, least, "", fix=() if rule.kinds else (("leaves", fewest),))
    begins = np.cumsum(wanted) - wanted + base
    block = Block(
        kinds=rule.kinds, by_server=habit.by_server, groups=groups, rails_per_group=each, scope=habit.scope, racks=racks, units=units, ports=ports,
        leaves=wanted, base=begins, before=np.cumsum(before, axis=0) - before, budget=room,
    )  # fmt: skip
    return block, _owners(block, before, shape.pods)


def _rails_per_leaf(spec: FabricSpec, shape: Shape, rows: Array, habit: Habit, racks: Array, rails: int, down: int) -> int:
    """Rails on a leaf: as asked, or the most that fit one and divide the number of rails."""
    if spec.rails_per_leaf is not None:
        return min(spec.rails_per_leaf, rails)
    counts = count_ports(spec, shape, rows, rails, 1, habit.scope, habit.homing, racks)
    per_rail = int((counts.sum(axis=0) if habit.scope == "all" else counts).max())
    return max((r for r in range(1, rails + 1) if rails % r == 0 and r * per_rail <= down), default=1)


def servers_of(spec: FabricSpec, shape: Shape, rows: Array, habit: Habit, racks: Array) -> tuple[Array, Array, Array]:
    """Servers per run and class, ports that one of each class has (of one plane and home), and servers per place, class and (one) home."""
    sorts = int(shape.kind.max()) + 1
    own = np.isin(shape.server_kind, shape.kind[rows])
    pod, kind = shape.server_pod[own], shape.server_kind[own]
    at = np.searchsorted(racks, rack_key(pod, shape.server_rack[own])) if habit.scope == "rack" else pod
    servers = np.zeros((len(racks) if habit.scope == "rack" else shape.pods, sorts), np.int64)
    np.add.at(servers, (at, kind), shape.servers[own])
    subports, rails = int(shape.subport.max()) + 1, int(shape.rail[rows].max(initial=0)) + 2
    rest, subport = np.divmod(
        np.flatnonzero(np.bincount((shape.kind[rows] * rails + shape.rail[rows] + 1) * subports + shape.subport[rows])), subports
    )
    legs = subport % spec.planes == 0
    home = home_of((rest % rails - 1)[legs], subport[legs], spec.planes, habit.homing, rails - 1)
    ports = np.zeros((sorts, habit.homing), np.int64)
    np.add.at(ports, ((rest // rails)[legs], home), 1)
    units = servers if habit.scope != "all" else servers.sum(axis=0, keepdims=True)
    return units, ports.max(axis=1), servers[:, :, None]


def _counted(spec: FabricSpec, model: SwitchModel, units: Array, ports: Array, down: int, habit: Habit, fewest: int) -> Array | Problem:
    """Leaves per run (pairs, if dual-homed): the fewest whose equal parts of every sort fit, but `fewest`."""
    if habit.leaves is not None:
        wanted = np.full(len(units), habit.leaves)
    else:
        least = int(((units > 0) * ports).sum(axis=1).max())
        if least > down:
            text = f"a leaf must take at least {least} ports (one server of every class); `{model.part}` has {down} for hosts"
            return Problem(spec.name, text, least, down, "ports")
        wanted = -(-(units * ports).sum(axis=1) // down)
        wanted = np.where(wanted > 0, np.maximum(wanted, fewest), 0)
        while (over := (-(-units // np.maximum(wanted, 1)[:, None]) * ports).sum(axis=1) > down).any():
            wanted = wanted + over
    need = int((-(-units // np.maximum(wanted, 1)[:, None]) * ports).sum(axis=1).max(initial=0))
    if need > down:
        text = f"{int((units * ports).sum())} ports on {habit.leaves} leaves are {need} each; `{model.part}` has {down} for hosts"
        return Problem(spec.name, text, need, down, "ports per leaf")
    return wanted


def _owners(block: Block, before: Array, pods: int) -> Array:
    """Pod of every leaf; where all share leaves, the pod of the leaf's first unit."""
    run = np.repeat(np.arange(len(block.leaves)), block.leaves)
    if block.scope == "rack":
        return (block.racks >> 32)[run // block.groups]
    if block.scope == "pod":
        return run // block.groups
    number = np.arange(len(run)) - np.repeat(np.cumsum(block.leaves) - block.leaves, block.leaves)
    sort = block.units.argmax(axis=1) if block.by_server else np.zeros(len(block.leaves), np.int64)
    start = -(-number * block.units[run, sort[run]] // block.leaves[run])
    out = np.empty(len(run), np.int64)
    for r in range(len(block.leaves)):  # rail groups
        column = before[:, sort[r] if block.by_server else r, 0]
        out[run == r] = np.searchsorted(np.cumsum(column), start[run == r], side="right")
    return np.minimum(out, pods - 1)
