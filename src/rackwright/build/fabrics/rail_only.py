"""Rail-only: every rail is a fabric of its own and traffic between rails goes through the scale-up domain.

The multi-plane fat tree of DeepSeek-V3 (arXiv 2505.09343), one plane per NIC of a server, is this with two tiers per rail.
"""

from __future__ import annotations

from rackwright.build.fabrics.clos import WISHES as CLOS
from rackwright.build.fabrics.clos import Style, plan_clos
from rackwright.build.fabrics.fabric import FabricSpec, Problem, SwitchModel
from rackwright.build.fabrics.plan import Plan
from rackwright.build.fabrics.shape import Shape

TOPOLOGY = "rail-only"
WISHES = CLOS | {"rails_per_leaf", "classes"}  # classes are refused with a reason


def plan(spec: FabricSpec, models: tuple[SwitchModel, ...], shape: Shape) -> Plan | Problem:
    """The smallest fabric per rail that carries the shape."""
    if not spec.classes:
        return plan_clos(spec, models, shape, Style(railed=True, rails_apart=True))
    text = "leaves of their own for a class would be cut off: a rail-only fabric has no layer where they could meet the rails"
    return Problem(spec.name, text, 1, 0, "", fix=(("topology", "rail-optimized"),))
