"""Dragonfly: groups of switches joined all to all inside, and all to all between groups (Kim et al., ISCA 2008).

Balanced: a = 2p = 2h, where p endpoints, a - 1 local and h global links meet at a switch; at most a h + 1 groups. All global ports are used, so
fewer groups than that share more links (DeepSeek-V3 table 3: 511 groups with 16 global links on each of 32 switches).
"""

from __future__ import annotations

import numpy as np

from rackwright.build.fabrics.fabric import EVERYWHERE, FabricSpec, Problem, SwitchModel
from rackwright.build.fabrics.leaves import Habit, leaves
from rackwright.build.fabrics.plan import Plan, level, made
from rackwright.build.fabrics.ports import legs_for
from rackwright.build.fabrics.shape import Shape
from rackwright.build.fabrics.stage import Global, Mesh, Side, group_ids

TOPOLOGY = "dragonfly"
WISHES = frozenset({"planes", "reserve", "uplink_gbps", "groups", "routers", "hosts", "global_links"})


def plan(spec: FabricSpec, models: tuple[SwitchModel, ...], shape: Shape) -> Plan | Problem:
    """The dragonfly with the fewest groups; ports per switch balanced unless `hosts`, `routers` or `global_links` say otherwise."""
    model, ids = models[0], group_ids(models)
    gbps = float(shape.speed_gbps.max())
    up_gbps = spec.uplink_gbps or gbps
    down_legs, up_legs = legs_for(spec, model, gbps), legs_for(spec, model, up_gbps)
    if isinstance(down_legs, Problem):
        return down_legs
    if isinstance(up_legs, Problem):
        return up_legs

    def cages(hosts: int, routers: int, each: int) -> int:
        return -(-(hosts + spec.reserve) // down_legs) - (-(routers - 1 + each) // up_legs)

    def sizes(hosts: int) -> tuple[int, int]:
        return spec.routers or 2 * hosts, hosts if spec.global_links is None else spec.global_links

    hosts = spec.hosts or max((p for p in range(1, model.cages * down_legs) if cages(p, *sizes(p)) <= model.cages), default=1)
    routers, each = sizes(hosts)
    if cages(hosts, routers, each) > model.cages:
        text = f"{hosts} hosts, {routers - 1} local and {each} global links do not fit `{model.part}`"
        return Problem(spec.name, text, cages(hosts, routers, each), model.cages, "cages")
    ports = int(shape.ports[shape.subport % spec.planes == 0].sum())
    groups = spec.groups or -(-ports // (routers * hosts))
    if groups > routers * each + 1:
        text = (
            f"{ports} ports need {groups} groups of {routers} x {hosts}; {each} global links on each of {routers} switches reach {routers * each + 1}"
        )
        return Problem(spec.name, text, groups, routers * each + 1, "groups")
    habit = Habit(False, False, "all", uplinks=False, homing=1, down=hosts, leaves=groups * routers)
    low = leaves(spec, model, shape, habit, ids)
    if isinstance(low, Problem):
        return low
    port = (model.cages + -(routers - 1 + each) // up_legs) * up_legs
    begins = np.searchsorted(low.pod, np.arange(shape.pods + 1))
    count = groups * routers
    local = Mesh(Side(0, count, up_legs, port), begins, routers, 1, up_gbps, low.rail, ids)
    far = Global(Side(0, count, up_legs, port + routers - 1), begins, np.arange(count, dtype=np.int32), groups, routers, each, up_gbps, ids)
    switches = made([level(0, count, EVERYWHERE if groups == 1 else low.pod, low.rail)], spec.planes)
    return Plan(spec, models, shape.pods, shape.first, switches, low.hosts, (local, far))
