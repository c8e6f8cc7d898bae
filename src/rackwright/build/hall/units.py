"""Racks of a hall in their scalable units: dealt to them in order, or told which one they belong to (managers, storage)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.spec.hall import HallSpec

I32: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Racks of one hall, sorted by unit: `group` and `design` of each (counted in the spec's order), `pod` its unit from 0, `slot` its turn in the
    order of the spec. `pods` units there are.
    """

    group: I32
    design: I32
    pod: I32
    slot: I32
    pods: int


def count_dealt(spec: HallSpec) -> int:
    """Units that racks without a word about it are dealt to; the last may be smaller."""
    racks = sum(g.count for g in spec.racks.values() if g.unit is None)
    return -(-racks // (spec.unit or max(racks, 1)))


def units(spec: HallSpec) -> Units:
    """The racks of one hall. A group with `unit: 0` is a unit of its own, after those that are dealt."""
    groups = list(spec.racks.values())
    group = np.repeat(np.arange(len(groups)), [g.count for g in groups])
    is_dealt = np.repeat([g.unit is None for g in groups], [g.count for g in groups])
    pod = np.zeros(len(group), np.int64)
    pod[is_dealt] = np.arange(is_dealt.sum()) // (spec.unit or max(len(group), 1))
    pods = count_dealt(spec)
    for i, g in enumerate(groups):
        if g.unit is not None:
            pod[group == i] = g.unit - 1 if g.unit else pods
            pods += not g.unit and g.count > 0
    order = np.argsort(pod, kind="stable")
    place = {name: i for i, name in enumerate(spec.designs)}
    of_group = np.array([place.get(g.design, -1) for g in groups])  # -1: an unknown design, which is told elsewhere
    a, b, c, d = (v.astype(np.int32) for v in (group[order], of_group[group[order]], pod[order], order))
    return Units(a, b, c, d, max(pods, 1))
