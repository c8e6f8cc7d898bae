"""Node-local Clos: all NICs of a server on one leaf (or on one pair of leaves, dual-homed), the plain fat tree."""

from __future__ import annotations

from rackwright.build.fabrics.clos import WISHES as CLOS
from rackwright.build.fabrics.clos import Style, plan_clos
from rackwright.build.fabrics.fabric import FabricSpec, Problem, SwitchModel
from rackwright.build.fabrics.plan import Plan
from rackwright.build.fabrics.shape import Shape

TOPOLOGY = "node-local"
WISHES = CLOS | {"classes"}


def plan(spec: FabricSpec, models: tuple[SwitchModel, ...], shape: Shape) -> Plan | Problem:
    """The smallest node-local fabric that carries the shape."""
    return plan_clos(spec, models, shape, Style(by_server=True))
