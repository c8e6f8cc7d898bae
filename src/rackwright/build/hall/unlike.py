"""Halls of a campus that differ from the rest: each as a spec of its own, and the scalable units of all counted through."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rackwright.build.hall.units import Units, units
from rackwright.spec.hall import HallSpec


def of_hall(spec: HallSpec, hall: int) -> HallSpec:
    """The spec of one hall, from 0, as if it stood alone."""
    alone = {"halls": 1, "unlike": {}, "pathways": spec.pathways.model_copy(update={"ducts": None})}
    if own := spec.unlike.get(hall + 1):
        counts = {name: g.model_copy(update={"count": own.racks.get(name, g.count)}) for name, g in spec.racks.items()}
        alone |= {"floor": own.floor or spec.floor, "racks": counts}
    return spec.model_copy(update=alone)


def separate(spec: HallSpec) -> Iterator[tuple[int, HallSpec]]:
    """Floors to look at one by one: that of the whole spec (-1), and those of the halls that have their own."""
    yield -1, spec
    yield from ((number - 1, of_hall(spec, number - 1)) for number, own in spec.unlike.items() if own.floor)


def told(spec: HallSpec, hall: int, path: str) -> str:
    """Where the spec says what `path` says of the spec of one hall."""
    own = spec.unlike.get(hall + 1)
    first, _, rest = path.partition(".")
    if own and first == "floor" and own.floor:
        return f"unlike.{hall + 1}.{path}"
    name = rest.partition(".")[0]
    return f"unlike.{hall + 1}.racks.{name}" if own and first == "racks" and name in own.racks else path


def units_by_hall(spec: HallSpec) -> list[Units]:
    """The racks of each hall."""
    plain = units(spec)
    return [units(of_hall(spec, hall)) if hall + 1 in spec.unlike else plain for hall in range(spec.halls)]


def pod_first(spec: HallSpec) -> NDArray[np.int32]:
    """The first scalable unit of each hall, from 0, and their number at the end."""
    return np.concatenate([[0], np.cumsum([u.pods for u in units_by_hall(spec)])]).astype(np.int32)


def across(spec: HallSpec) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Design and scalable unit, from 0, of every rack of the campus, hall by hall; units that differ from the rest with their own design."""
    halls, first, names = units_by_hall(spec), pod_first(spec), list(spec.designs)
    design = np.concatenate([u.design for u in halls])
    pod = np.concatenate([u.pod + f for u, f in zip(halls, first, strict=False)]).astype(np.int32)
    for number, unit in spec.units.items():
        design[pod == number - 1] = names.index(unit.design)
    return design, pod
