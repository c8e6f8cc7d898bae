"""Collapsed core: one pair of switches is leaf and core at once; servers are dual-homed to both unless the spec says otherwise."""

from __future__ import annotations

from dataclasses import replace

from rackwright.build.fabrics.clos import Style, plan_clos
from rackwright.build.fabrics.fabric import FabricSpec, Problem, SwitchModel
from rackwright.build.fabrics.plan import Plan
from rackwright.build.fabrics.shape import Shape

TOPOLOGY = "collapsed-core"
WISHES = frozenset({"planes", "homing", "peer_links", "reserve", "uplink_gbps"})


def plan(spec: FabricSpec, models: tuple[SwitchModel, ...], shape: Shape) -> Plan | Problem:
    """The pair (or with `homing: 1` the single switch) that takes every port."""
    return plan_clos(replace(spec, tiers=1), models, shape, Style(homing=2))
