"""A planned fabric: every switch, and patterns from which the links of any cell are made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackwright.build.fabrics.attach import Hosts
from rackwright.build.fabrics.fabric import EVERYWHERE, Array, Endpoints, FabricSpec, LinkArrays, Switches, SwitchModel, turn
from rackwright.build.fabrics.stage import Stage


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Switches of one tier in one plane: pod served (`EVERYWHERE` if all) and first rail served (-1 if all), equal-length arrays."""

    tier: int
    pod: Array
    rail: Array


def level(tier: int, count: int, pod: Array | int = EVERYWHERE, rail: Array | int = -1) -> Level:
    """A level of `count` switches."""
    return Level(tier, np.broadcast_to(np.asarray(pod, np.int32), count), np.broadcast_to(np.asarray(rail, np.int16), count))


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What `links` needs. Size O(switches).

    Attributes:
        spec: the wishes.
        models: switch model of each tier.
        cells: pods of the endpoints.
        first: ordinal of the first endpoint of each cell, and their number at the end.
        switches: every switch.
        hosts: how endpoints meet leaves; None where they are wired to each other.
        stages: links between switches (or between endpoints, in a torus).
    """

    spec: FabricSpec
    models: tuple[SwitchModel, ...]
    cells: int
    first: Array
    switches: Switches
    hosts: Hosts | None
    stages: tuple[Stage, ...]

    def count(self, tier: int) -> int:
        """Switches of a tier, all planes."""
        return int((self.switches.tier == tier).sum())

    def total(self, tier: int) -> int:
        """Links between switches of a tier, all planes and cells."""
        return sum(s.total() for s in self.stages if s.tier == tier) * self.spec.planes


def made(levels: list[Level], planes: int) -> Switches:
    """Switches of all planes. Ordinals: tier by tier, in each tier plane by plane, as `Side.ordinal` counts."""
    tier = np.concatenate([np.full(len(x.pod) * planes, x.tier, np.uint8) for x in levels])
    plane = np.concatenate([np.repeat(np.arange(planes, dtype=np.uint8), len(x.pod)) for x in levels])
    pod = np.concatenate([np.tile(x.pod, planes) for x in levels])
    rail = np.concatenate([np.tile(x.rail, planes) for x in levels])
    return Switches(tier=tier, pod=pod, plane=plane, rail=rail, index=turn(rail, plane, pod, tier).astype(np.int32))


def parts(plan: Plan, cell: int, endpoints: Endpoints) -> list[tuple[int, LinkArrays]]:
    """Links of one cell: those of its endpoints (-1), and those upwards and sideways of the switches it owns, each with its place in `stages`.

    Args:
        plan: the fabric.
        cell: pod.
        endpoints: exactly the endpoints of that pod, in order.
    """
    hosts = [(-1, plan.hosts.links(cell, int(plan.first[cell]), endpoints))] if plan.hosts else []
    return hosts + [(i, stage.links(plane, cell)) for i, stage in enumerate(plan.stages) for plane in range(plan.spec.planes)]


def links(plan: Plan, cell: int, endpoints: Endpoints) -> LinkArrays:
    """Links of one cell, see `parts`."""
    return LinkArrays.join([made for _, made in parts(plan, cell, endpoints)])
