"""What every rack of a hall takes, heats and weighs: its design, or the switches in it, with modules and active plugs of the fabrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.fabrics.fabric import Array
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.plugged import Plugged
from rackwright.build.hall.sums import Sums
from rackwright.build.hall.wire import Wired
from rackwright.catalog.part import Part

F64: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Find: TypeAlias = Callable[[str], Part]


@dataclass(frozen=True, slots=True, eq=False)
class Amounts:
    """By rack: power from its feeds, `modules_w` of it modules and active plugs beyond the figures of the parts they are in, heat, and mass."""

    power_w: F64
    modules_w: F64
    heat_liquid_w: F64
    heat_air_w: F64
    mass_kg: F64


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """What one rack of a design takes, heats and weighs without modules; `loss` is what a watt at a device is at the feeds, `covers` which of its
    devices' own figures hold their modules.
    """

    power_w: float
    heat_liquid_w: float
    heat_air_w: float
    mass_kg: float
    loss: float
    covers: Bools


def covers(part: Part) -> bool:
    """Whether the greatest power of a part holds the modules in its cages."""
    return bool(part.number("has_module_power"))


def amounts(
    ground: Ground,
    takes: Sequence[Take],
    wired: Sequence[Wired],
    sums: Sequence[Sums],
    runs: Sequence[Plugged],
    beside: tuple[F64, F64],
    part: Find,
    frame: str,
) -> Amounts:
    """Of every rack. `takes` by design, `runs` what is plugged in of each fabric, `beside` watts and mass by rack of modules that no link is on,
    `frame` the part of switch racks.
    """
    n, compute = ground.site.racks, ground.site.compute
    design = ground.site.design[:compute]
    own = np.array([[t.power_w, t.heat_liquid_w, t.heat_air_w, t.mass_kg] for t in takes] or [[0.0] * 4])
    power, liquid, air, mass = (np.concatenate([own[design, i], np.zeros(n - compute)]) for i in range(4))
    mass[compute:] += part(frame).number("mass") or 0.0
    loss = np.concatenate([np.array([t.loss for t in takes] or [1.0])[design], np.ones(n - compute)])
    for f, each in enumerate(wired):
        at, level = _switches(ground, f, each)
        watt, kg, wet = (np.array([p.number(fact) or 0.0 for p in each.parts])[level] for fact in ("power_max", "mass", "liquid_fraction"))
        for column, value in ((power, watt), (liquid, watt * wet), (air, watt * (1 - wet)), (mass, kg)):
            column += np.bincount(at, value, n)
    watts, kg = beside
    for f, (each, s, run) in enumerate(zip(wired, sums, runs, strict=True)):
        more = _gear(ground, f, each, s, run, part)
        watts, kg = watts + more[0], kg + more[1]
    watts = watts * loss  # never in place: without fabrics it is still `beside`
    return Amounts(power + watts, watts, liquid, air + watts, mass + kg)


def covered_devices(ground: Ground, wired: Sequence[Wired], of_design: Sequence[Bools]) -> Bools:
    """Of each device, whether its own figures hold its modules; `of_design` says so of the devices of each design."""
    return np.concatenate([_of_racks(ground.site.design[: ground.site.compute], of_design), _of_switches(ground, wired)])


def _of_racks(design: Array, values: Sequence[Bools]) -> Bools:
    """Values of the devices of each design, repeated rack by rack."""
    count = np.array([len(v) for v in values] or [0])
    start, size = np.cumsum(count) - count, count[design]
    at = np.repeat(start[design] - (np.cumsum(size) - size), size) + np.arange(size.sum())
    return np.asarray(np.concatenate([np.zeros(0, bool), *values])[at])


def _switches(ground: Ground, which: int, wired: Wired) -> tuple[Array, Array]:
    """Rack and part (place in its fabric's parts) of every switch of a fabric."""
    own = slice(int(ground.stand.first[which]), int(ground.stand.first[which + 1]))
    return ground.stand.rack[own] + ground.site.compute, np.minimum(ground.stand.tier[own], len(wired.parts) - 1)


def _of_switches(ground: Ground, wired: Sequence[Wired]) -> Bools:
    made = [np.array([covers(p) for p in w.parts])[_switches(ground, f, w)[1]] for f, w in enumerate(wired)]
    return np.concatenate([np.zeros(0, bool), *made])


def _gear(ground: Ground, which: int, wired: Wired, sums: Sums, run: Plugged, part: Find) -> tuple[F64, F64]:
    """Watts that no figure of a device holds, and mass, by rack, of a fabric's modules and active plugs.

    A switch cage in use has one module; endpoints have theirs by the share of each link, as in `Sums.modules`.
    """
    n, names = ground.site.racks, sums.media.modules
    known = [part(name) for name in names]
    watt, kg = (np.array([*(p.number(fact) or 0.0 for p in known), 0.0]) for fact in ("power_max", "mass"))
    place, level = _switches(ground, which, wired)
    bare = ~np.array([covers(p) for p in wired.parts])[level]
    there = np.flatnonzero(sums.cages.modules.any(axis=1))
    count = sums.cages.modules[there]
    watts = np.bincount(place, watt[there] @ count * bare, n)
    mass = np.bincount(place, kg[there] @ count, n)
    share, at = _shares(sums, watt, kg, part), run.side * np.int32(sums.media.skus) + run.sku
    watts += np.bincount(run.rack, share[0].take(at) * run.links * (1 - run.covered), n)
    mass += np.bincount(run.rack, share[1].take(at) * run.links, n)
    return watts.astype(np.float64), mass.astype(np.float64)


def _shares(sums: Sums, watt: F64, kg: F64, part: Find) -> F64:
    """Watts and mass that a link puts into its ends, shape (2, ends, skus): of the module where that end is an endpoint, and of
    an active plug.
    """
    place, made = {name: i for i, name in enumerate(sums.media.modules)}, np.zeros((2, 2, sums.media.skus))
    for k in sums.media.kinds:
        for i, s in enumerate(k.menu.skus):
            if not sums.links[k.first + i]:
                continue
            ends = ((s.a_module, s.a_modules, k.need.a_cages), (s.b_module, s.b_modules, k.need.b_cages))
            for side, (name, count, cages) in enumerate(ends):
                at = (slice(None), side, k.first + i)
                if not name:
                    made[at] = (part(s.part).number("power_end") or 0.0) * cages / k.need.links, 0.0
                elif k.on_endpoints[side]:
                    made[at] = np.array([watt[place[name]], kg[place[name]]]) * count / k.need.links
    return made
