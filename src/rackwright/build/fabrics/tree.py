"""Tree for management networks: a switch per rack, row or pod, uplinks to one parent (or `redundancy` of them), level by level up to one root."""

from __future__ import annotations

import numpy as np

from rackwright.build.fabrics.fabric import EVERYWHERE, FabricSpec, Problem, SwitchModel
from rackwright.build.fabrics.leaves import Habit, leaves
from rackwright.build.fabrics.plan import Level, Plan, level, made
from rackwright.build.fabrics.ports import legs_for
from rackwright.build.fabrics.shape import Shape
from rackwright.build.fabrics.stage import Side, Stage, Up, by_cell, group_ids
from rackwright.schema.links import LEAF_SPINE

TOPOLOGY = "tree"
WISHES = frozenset({"planes", "leaf_scope", "redundancy", "reserve", "uplinks", "uplink_gbps", "leaves", "breakout", "classes", "spine", "core"})
MAY_END_AT_LEAVES = True
_LEVELS = 3


def plan(spec: FabricSpec, models: tuple[SwitchModel, ...], shape: Shape) -> Plan | Problem:
    """Leaves per `leaf_scope`, each with `uplinks` (default: one per parent) dealt equally to `redundancy` parents; likewise further up.

    One that ends at its leaves keeps the ports of their uplinks.
    """
    ids = group_ids(models)
    parents = spec.redundancy
    uplinks = spec.uplinks or parents
    if uplinks % parents and not spec.ends_at_leaves:
        text, up = f"{uplinks} uplinks do not spread equally over {parents} parents", -(-uplinks // parents) * parents
        return Problem(spec.name, text, up, uplinks, "uplinks", fix=(("uplinks", up),))
    low = leaves(_asked(spec, uplinks), models[0], shape, Habit(False, False, spec.leaf_scope, uplinks=True, homing=1), ids)
    if isinstance(low, Problem):
        return low
    width = uplinks // parents
    levels: list[Level] = [level(0, low.hosts.leaves, EVERYWHERE if spec.leaf_scope == "all" else low.pod, low.rail)]
    stages: list[Stage] = []
    first, cell = 0, low.pod.astype(np.int64)
    legs_up, port = low.hosts.blocks[0].budget.up_legs, low.hosts.blocks[0].budget.up_port(uplinks)
    while len(cell) > 1 and len(levels) <= _LEVELS and not spec.ends_at_leaves:
        model = models[min(len(levels), len(models) - 1)]
        legs = legs_for(spec, model, low.up_gbps)
        if isinstance(legs, Problem):
            return legs
        fan = model.cages * legs // width
        last = len(cell) <= fan
        own = 0 if model.uplink_cages or last else -(-uplinks // legs)
        fan = (model.cages - own) * legs // width
        if fan < 2:
            return Problem(spec.name, f"`{model.part}` joins {fan} switches below it", 2 * width, fan * width, "ports")
        sets = -(-len(cell) // fan)
        at = np.arange(len(cell)) * sets // len(cell)
        begins_of_set = -(-np.arange(sets) * len(cell) // sets)
        order, begins = by_cell(cell, shape.pods)
        high = first + len(cell) * spec.planes
        stages.append(
            Up(
                LEAF_SPINE + len(stages), Side(first, len(cell), legs_up, port), Side(high, sets * parents, legs), order.astype(np.int32),
                (at * parents)[order].astype(np.int32), (np.arange(len(cell)) - begins_of_set[at])[order].astype(np.int32),
                np.zeros(len(cell), np.int32), np.full(len(cell), -1, np.int16), begins, parents, width, low.up_gbps, ids,
            )
        )  # fmt: skip
        levels.append(level(len(levels), sets * parents))
        if last:
            break
        cell = np.repeat(cell[begins_of_set], parents)
        first, legs_up = high, 1 if model.uplink_cages else legs
        port = (model.cages + model.uplink_cages - -(-uplinks // legs_up)) * legs_up
    if len(levels[-1].pod) > parents and not spec.ends_at_leaves:
        return Problem(spec.name, f"{_LEVELS} levels above the leaves do not end in one root", len(levels[-1].pod), parents, "switches")
    return Plan(spec, models, shape.pods, shape.first, made(levels, spec.planes), low.hosts, tuple(stages))


def _asked(spec: FabricSpec, uplinks: int) -> FabricSpec:
    """What of the wishes leaves have to do with."""
    return FabricSpec(
        spec.name, spec.topology, planes=spec.planes, reserve=spec.reserve, uplinks=uplinks, uplink_gbps=spec.uplink_gbps, classes=spec.classes,
        leaves=spec.leaves, breakout=spec.breakout,
    )  # fmt: skip
