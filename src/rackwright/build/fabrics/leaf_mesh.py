"""Leaf mesh: switches wired to each other without a spine, every pair with the same number of links."""

from __future__ import annotations

import numpy as np

from rackwright.build.fabrics.fabric import EVERYWHERE, FabricSpec, Problem, SwitchModel
from rackwright.build.fabrics.leaves import Habit, leaves, servers_of
from rackwright.build.fabrics.plan import Plan, level, made
from rackwright.build.fabrics.ports import budget
from rackwright.build.fabrics.shape import Shape
from rackwright.build.fabrics.stage import Mesh, Side, Stage, group_ids

TOPOLOGY = "leaf-mesh"
WISHES = frozenset({"oversubscription", "planes", "homing", "reserve", "uplinks", "uplink_gbps", "leaves"})  # homing 2 is refused with a reason
_HABIT = Habit(by_server=True, railed=False, scope="all", uplinks=False, homing=1)


def plan(spec: FabricSpec, models: tuple[SwitchModel, ...], shape: Shape) -> Plan | Problem:
    """The fewest switches that take the endpoints and whose links to the others carry hosts / oversubscription together.

    With n switches each has ceil(uplinks / (n - 1)) links to every other; all NICs of a server are on one switch.
    """
    if spec.homing == 2:
        return Problem(spec.name, "a leaf mesh ties each server to one switch", 2, 1, "leaves", fix=(("homing", 1),))
    model, ids = models[0], group_ids(models)
    gbps = float(shape.speed_gbps.max())
    up_gbps = spec.uplink_gbps or (model.uplink_gbps if model.uplink_cages else gbps)
    room = budget(spec, model, gbps, up_gbps, None, spec.reserve)
    if isinstance(room, Problem):
        return room
    servers, ports, _ = servers_of(spec, shape, np.ones(len(shape.ports), bool), _HABIT, np.zeros(0, np.int64))
    # A switch of a mesh has at most one link less than ports, so no mesh has more switches than a switch has ports.
    count = np.array([spec.leaves]) if spec.leaves else np.arange(1, room.down + 1)
    used = (-(-servers[0] // count[:, None]) * ports).sum(axis=1)
    asked = np.full(len(count), spec.uplinks) if spec.uplinks else np.ceil((used + spec.reserve) * gbps / (spec.oversubscription * up_gbps) - 1e-6)
    width = np.where(count > 1, -(-asked // np.maximum(count - 1, 1)), 0).astype(np.int64)
    over = width * (count - 1) - np.array([room.up_most(int(u)) for u in used])
    fits = np.flatnonzero((used <= room.down) & (over <= 0))
    if not fits.size:
        near = int(np.argmin(np.maximum(over, used - room.down)))
        need, have = int(used[near] + width[near] * (count[near] - 1)), room.down
        text = f"{count[near]} switches need {used[near]} ports each for hosts and {need - used[near]} for each other; `{model.part}` has {have}"
        return Problem(spec.name, text, need, have, "ports per switch")
    best, each = int(count[fits[0]]), int(width[fits[0]])
    low = leaves(spec, model, shape, Habit(True, False, "all", uplinks=False, homing=1, leaves=best), ids)
    if isinstance(low, Problem):
        return low
    side = Side(0, best, room.up_legs, room.up_port(each * (best - 1)))
    begins = np.searchsorted(low.pod, np.arange(shape.pods + 1))
    stages: tuple[Stage, ...] = (Mesh(side, begins, best, each, up_gbps, low.rail, ids),) if each else ()
    return Plan(spec, models, shape.pods, shape.first, made([level(0, best, EVERYWHERE, low.rail)], spec.planes), low.hosts, stages)
