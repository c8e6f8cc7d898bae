"""Rail-optimised Clos: NICs of the same index in all servers of a pod share a leaf; spines join the rails.

With `spine_scope: rail` and three tiers every rail of a pod has spines of its own and the cores join them (DGX GB200 SuperPOD, RA-11338-001).
"""

from __future__ import annotations

from rackwright.build.fabrics.clos import WISHES as CLOS
from rackwright.build.fabrics.clos import Style, plan_clos
from rackwright.build.fabrics.fabric import FabricSpec, Problem, SwitchModel
from rackwright.build.fabrics.plan import Plan
from rackwright.build.fabrics.shape import Shape

TOPOLOGY = "rail-optimized"
WISHES = CLOS | {"rails_per_leaf", "classes"}


def plan(spec: FabricSpec, models: tuple[SwitchModel, ...], shape: Shape) -> Plan | Problem:
    """The smallest rail-optimised fabric that carries the shape."""
    return plan_clos(spec, models, shape, Style(railed=True))
