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
I32: TypeAlias = NDArray[np.int32]
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


@dataclass(frozen=True, slots=True, eq=False)
class Gear:
    """By rack, watts that no figure of a device holds, and mass, of modules in endpoints and of active plugs."""

    rack: I32
    watts: F64
    mass: F64


def amounts(ground: Ground, takes: Sequence[Take], of_switches: Amounts, gear: Sequence[Gear], beside: tuple[F64, F64]) -> Amounts:
    """Of every rack. `takes` by design, `of_switches` what switches and the modules in their cages come to, `gear` of each fabric the rest of what is
    plugged in, `beside` watts and mass by rack of modules that no link is on.
    """
    n, compute = ground.site.racks, ground.site.compute
    design = ground.site.design[:compute]
    own = np.array([[t.power_w, t.heat_liquid_w, t.heat_air_w, t.mass_kg, t.loss] for t in takes] or [[0.0] * 4 + [1.0]])[design].T
    power, liquid, air, mass, loss = (np.concatenate([values, np.full(n - compute, rest)]) for values, rest in zip(own, (0, 0, 0, 0, 1), strict=True))
    watts, kg = beside[0] + of_switches.modules_w, mass + of_switches.mass_kg + beside[1]
    for each in gear:
        watts, kg = watts + np.bincount(each.rack, each.watts, n), kg + np.bincount(each.rack, each.mass, n)
    watts = watts * loss
    more = of_switches
    return Amounts(power + more.power_w + watts, watts, liquid + more.heat_liquid_w, air + more.heat_air_w + watts, kg)


def of_switches(ground: Ground, wired: Sequence[Wired], sums: Sequence[Sums], part: Find, frame: str) -> Amounts:
    """By rack, what its switches take, heat and weigh with the modules in their cages, one in each cage in use; the power and heat of these apart.
    `frame` is the part of switch racks.
    """
    n, compute = ground.site.racks, ground.site.compute
    power, modules, liquid, air, mass = (np.zeros(n) for _ in range(5))
    mass[compute:] += part(frame).number("mass") or 0.0
    for f, (each, s) in enumerate(zip(wired, sums, strict=True)):
        at, level = _switches(ground, f, each)
        watt, kg, wet = (np.array([p.number(fact) or 0.0 for p in each.parts])[level] for fact in ("power_max", "mass", "liquid_fraction"))
        bare = ~np.array([covers(p) for p in each.parts])[level]
        there = np.flatnonzero(s.cages.modules.any(axis=1))
        module_w, module_kg = (np.array([part(s.media.modules[i]).number(fact) or 0.0 for i in there]) for fact in ("power_max", "mass"))
        count = s.cages.modules[there]
        for column, value in (
            (power, watt), (modules, module_w @ count * bare), (liquid, watt * wet), (air, watt * (1 - wet)), (mass, kg + module_kg @ count)
        ):  # fmt: skip
            column += np.bincount(at, value, n)
    return Amounts(power, modules, liquid, air, mass)


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


def gear(run: Plugged, share: F64) -> Gear:
    """What is plugged in, by rack as there; `share` is what `shares` gives."""
    at = run.side * np.int32(share.shape[2]) + run.sku
    rack, of = np.unique(run.rack, return_inverse=True)
    watts, mass = share.reshape(2, -1).take(at, axis=1) * run.links
    return Gear(rack, *(np.bincount(of, values, rack.size).astype(np.float64) for values in (watts * (1 - run.covered), mass)))


def shares(sums: Sums, part: Find) -> F64:
    """Watts and mass that a link puts into its ends, shape (2, ends, skus), none for a line of the menu that no link uses: of the module where that
    end is an endpoint, by its share of each link as in `Sums.modules`, and of an active plug.
    """
    known = [part(name) for name in sums.media.modules]
    watt, kg = (np.array([p.number(fact) or 0.0 for p in known]) for fact in ("power_max", "mass"))
    place, made = {name: i for i, name in enumerate(sums.media.modules)}, np.zeros((2, 2, sums.media.skus))
    for k in sums.media.kinds:
        for i in np.flatnonzero(sums.links[k.first : k.first + len(k.menu.skus)]).tolist():
            s = k.menu.skus[i]
            ends = ((s.a_module, s.a_modules, k.need.a_cages), (s.b_module, s.b_modules, k.need.b_cages))
            for side, (name, count, cages) in enumerate(ends):
                at = (slice(None), side, k.first + i)
                if not name:
                    made[at] = (part(s.part).number("power_end") or 0.0) * cages / k.need.links, 0.0
                elif k.on_endpoints[side]:
                    made[at] = np.array([watt[place[name]], kg[place[name]]]) * count / k.need.links
    return made
