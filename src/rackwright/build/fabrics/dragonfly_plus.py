"""Dragonfly+ (megafly): groups that are two-tier Clos fabrics inside, whose spines are joined all to all between groups.

Source: Shpiner et al., HiPINEB 2017.
"""

from __future__ import annotations

import numpy as np

from rackwright.build.fabrics.fabric import FabricSpec, Problem, SwitchModel
from rackwright.build.fabrics.leaves import Habit, leaves
from rackwright.build.fabrics.plan import Plan, level, made
from rackwright.build.fabrics.ports import budget, legs_for, spread
from rackwright.build.fabrics.shape import Shape
from rackwright.build.fabrics.stage import Global, Side, Up, by_cell, group_ids
from rackwright.schema.links import LEAF_SPINE

TOPOLOGY = "dragonfly-plus"
WISHES = frozenset(
    {
        "oversubscription", "spine_oversubscription", "planes", "reserve", "uplink_gbps", "spines", "spine", "groups", "routers", "hosts",
        "global_links",
    }
)  # fmt: skip


def plan(spec: FabricSpec, models: tuple[SwitchModel, ...], shape: Shape) -> Plan | Problem:
    """Groups of `routers` leaves with as many uplinks as the oversubscription asks; half of a spine's ports lead to other groups."""
    model, spine, ids = models[0], models[min(1, len(models) - 1)], group_ids(models)
    gbps = float(shape.speed_gbps.max())
    up_gbps = spec.uplink_gbps or gbps
    room = budget(spec, model, gbps, up_gbps, spec.oversubscription, spec.reserve)
    top = budget(spec, spine, up_gbps, up_gbps, spec.spine_oversubscription)
    far_legs = legs_for(spec, spine, up_gbps)
    for found in (room, top, far_legs):
        if isinstance(found, Problem):
            return found
    assert not isinstance(room, Problem)
    assert not isinstance(top, Problem)
    assert not isinstance(far_legs, Problem)
    hosts = spec.hosts or room.down
    routers = spec.routers or top.down
    share = spread(spec, "spine", np.array([[routers]]), [room.up(hosts)], [room.up_most(hosts)], top.down, top.down_legs, spine, spec.spines)
    if isinstance(share, Problem):
        return share
    used = routers * share.width[0]
    each = top.up_most(used) if spec.global_links is None else spec.global_links
    if each > top.up_most(used):
        text = f"{each} global links do not fit `{spine.part}`"
        return Problem(spec.name, text, each, top.up_most(used), "ports", fix=(("global_links", top.up_most(used)),))
    ports = int(shape.ports[shape.subport % spec.planes == 0].sum())
    groups = spec.groups or -(-ports // (routers * hosts))
    reach = share.count * each + 1
    if groups > reach:
        text = f"{ports} ports need {groups} groups of {routers} x {hosts}; {each} global links on each of {share.count} spines reach {reach}"
        return Problem(spec.name, text, groups, reach, "groups")
    habit = Habit(False, False, "all", uplinks=True, homing=1, down=hosts, leaves=groups * routers)
    low = leaves(spec, model, shape, habit, ids)
    if isinstance(low, Problem):
        return low
    leaf, spines, first = groups * routers, groups * share.count, groups * routers * spec.planes
    group, slot = np.divmod(np.arange(leaf, dtype=np.int32), np.int32(routers))
    begins = np.searchsorted(low.pod, np.arange(shape.pods + 1))
    up = share.count * share.width[0]
    inside = Up(
        LEAF_SPINE, Side(0, leaf, room.up_legs, room.up_port(up)), Side(first, spines, top.down_legs), np.arange(leaf, dtype=np.int32),
        group * np.int32(share.count), slot, np.zeros(leaf, np.int32), low.rail, begins, share.count, share.width[0], up_gbps, ids,
    )  # fmt: skip
    # A group's spines belong to the pods of its leaves, in turn.
    at, position = np.divmod(np.arange(spines), share.count)
    above = low.pod[at * routers + position * routers // share.count]
    order, spine_begins = by_cell(above, shape.pods)
    outside = Global(
        Side(first, spines, top.up_legs, top.up_port(each)), spine_begins, order.astype(np.int32), groups, share.count, each, up_gbps, ids
    )  # fmt: skip
    switches = made([level(0, leaf, low.pod, low.rail), level(1, spines, above)], spec.planes)
    return Plan(spec, models, shape.pods, shape.first, switches, low.hosts, (inside, outside))
