"""The door to all topologies: finds them, checks wishes, plans, and says what would make an impossible wish possible."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from rackwright.build import fabrics
from rackwright.build.fabrics.fabric import Endpoints, FabricSpec, LinkArrays, Problem, SwitchModel, Wiring
from rackwright.build.fabrics.plan import Plan, links
from rackwright.build.fabrics.shape import Shape, tally

Planner = Callable[[FabricSpec, tuple[SwitchModel, ...], Shape], Plan | Problem]
_RATIOS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
_LARGER = (1.25, 1.5, 2.0, 3.0, 4.0, 8.0)
_DERIVED = (
    "spines", "cores", "tiers", "uplinks", "pods_per_group", "leaves", "groups", "hosts", "routers", "global_links", "breakout", "cubes",
    "uplink_gbps", "core_gbps",
)  # fmt: skip
_SAID = {"uplink_gbps": "uplink_speed", "core_gbps": "core_speed"}  # wishes that a spec has under another name
_PER_SET = {"spines": 1, "cores": 2}  # numbers of switches that a spec gives per set, with their tier
_MOST_PARENTS = 64  # that are tried
_SMALL = ("collapsed-core", "leaf-mesh")  # topologies that do not grow beyond what one switch joins
_CLOS = ("rail-optimized", "node-local", "tree")


@cache
def topologies() -> dict[str, Planner]:
    """Planner of every topology, by name: the modules of this folder that have a `TOPOLOGY`."""
    found = {}
    for info in pkgutil.iter_modules(fabrics.__path__):
        if info.name != __name__.rpartition(".")[2]:
            module = importlib.import_module(f"{fabrics.__name__}.{info.name}")
            if name := getattr(module, "TOPOLOGY", None):
                found[name] = module.plan
    return found


@cache
def wishes() -> dict[str, frozenset[str]]:
    """Wishes that a topology makes something of, by its name: fields of `FabricSpec`, and `spine`, `core` where it has such switches."""
    return {name: importlib.import_module(planner.__module__).WISHES for name, planner in topologies().items()}


@cache
def may_end_at_leaves() -> frozenset[str]:
    """Topologies whose leaves may have their uplinks to another fabric."""
    return frozenset(n for n, planner in topologies().items() if getattr(importlib.import_module(planner.__module__), "MAY_END_AT_LEAVES", False))


def plan(spec: FabricSpec, models: Sequence[SwitchModel], shape: Shape) -> Plan | Problem:
    """The smallest fabric that meets the wishes, or what stands in the way and the smallest change that helps.

    Args:
        spec: wishes.
        models: switch of each tier, leaves first; the last stands for all further tiers.
        shape: of the endpoints, see `shape.tally`.
    """
    found = _planned(spec, tuple(models), shape)
    return _cured(spec, tuple(models), shape, found) if isinstance(found, Problem) and not found.change else found


def _planned(spec: FabricSpec, models: tuple[SwitchModel, ...], shape: Shape) -> Plan | Problem:
    return _refused(spec, models, shape) or topologies()[spec.topology](spec, models, shape)


def wire(spec: FabricSpec, models: Sequence[SwitchModel], endpoints: Endpoints) -> Wiring | Problem:
    """The whole fabric at once, for small ones."""
    made = plan(spec, models, tally(endpoints))
    if isinstance(made, Problem):
        return made
    return Wiring(
        made.switches, LinkArrays.join([links(made, c, endpoints.pick(slice(made.first[c], made.first[c + 1]))) for c in range(made.cells)])
    )


def _refused(spec: FabricSpec, models: Sequence[SwitchModel], shape: Shape) -> Problem | None:
    """Wishes no topology can do anything with."""

    def wrong(what: str, value: float, limit: float, **fix: Any) -> Problem:
        return Problem(spec.name, what, value, limit, "", fix=tuple(fix.items()))

    if spec.topology not in topologies():
        return replace(wrong(f"no topology `{spec.topology}`", 1, 0), change=f"one of {', '.join(sorted(topologies()))}", field="topology")
    if not len(shape.ports):
        return Problem(spec.name, "no rack has any of its ports", 1, 0, "")
    if not models:
        return replace(wrong("no switch is named", 1, 0), change="a switch part", field="switch")
    for name, value in (("oversubscription", spec.oversubscription), ("spine_oversubscription", spec.spine_oversubscription)):
        if not value > 0:
            return wrong(f"`{name}` is {value:g}, more than 0 is needed", 1, value, **{name: 1.0})
    whole = {
        "planes": spec.planes, "tiers": spec.tiers, "rails_per_leaf": spec.rails_per_leaf, "pods_per_group": spec.pods_per_group,
        "homing": spec.homing, "uplinks": spec.uplinks, "spines": spec.spines, "cores": spec.cores, "groups": spec.groups,
        "routers": spec.routers, "hosts": spec.hosts, "leaves": spec.leaves, "redundancy": spec.redundancy,
    }  # fmt: skip
    for name, number in whole.items():
        if number is not None and number < 1:
            return wrong(f"`{name}` is {number}, 1 at least", 1, number, **{name: 1})
    for name, sizes in (("cube", spec.cube), ("cubes", spec.cubes)):
        if sizes and min(sizes) < 1:
            return wrong(f"`{name}` is {list(sizes)}, 1 at least", 1, min(sizes), **{name: tuple(max(n, 1) for n in sizes)})
    for name, number, most in (("tiers", spec.tiers, 3), ("homing", spec.homing, 2)):
        if number is not None and number > most:
            return wrong(f"`{name}` is {number}, {most} at most", number, most, **{name: most})
    for name, number in (("reserve", spec.reserve), ("peer_links", spec.peer_links), ("global_links", spec.global_links)):
        if number is not None and number < 0:
            return wrong(f"`{name}` is {number}, 0 at least", 0, number, **{name: 0})
    if spec.classes and spec.topology not in (*_CLOS, "rail-only"):  # that one says why
        return wrong(f"`{spec.topology}` has no leaves of their own for a class", 1, 0, topology=_CLOS[0])
    return None


def _cured(spec: FabricSpec, models: tuple[SwitchModel, ...], shape: Shape, problem: Problem) -> Problem:
    """The problem with the first change of a list, smallest first, with which the plan succeeds. Each is tried."""
    if not len(shape.ports) or not models:
        return problem
    tries: list[tuple[tuple[str, Any], ...]] = [problem.fix] if problem.fix else []
    tries += [(("reserve", r),) for r in range(spec.reserve - 1, -1, -1)]
    tries += [(("tiers", t),) for t in range(max(spec.tiers, 0) + 1, 4)] if spec.tiers is not None else []
    tries += [(("homing", h),) for h in (2, 1) if spec.homing is not None and h < spec.homing]
    tries += [(("redundancy", r),) for r in range(min(spec.redundancy - 1, _MOST_PARENTS), 0, -1)]
    tries += [((name, None),) for name in _DERIVED if getattr(spec, name) is not None]
    tries += [(("leaf_scope", "all"),)] if spec.leaf_scope != "all" and "leaf_scope" in wishes().get(spec.topology, ()) else []
    able = "oversubscription" in wishes().get(spec.topology, ())
    tries += [(("oversubscription", r),) for r in _RATIOS if able and r > spec.oversubscription]
    tries += [(("topology", "node-local"),)] if spec.topology in _SMALL else []
    for fix in tries:
        changes: dict[str, Any] = dict(fix)
        if isinstance(made := _planned(replace(spec, **changes), models, shape), Plan):
            said = ", ".join(_said(*one) for one in fix) + _in_all(made, *fix[0])
            return replace(problem, change=said, field=_SAID.get(fix[0][0], fix[0][0]))
    if spec.topology in topologies() and (change := _larger(topologies()[spec.topology], spec, models, shape, problem)):
        return replace(problem, change=change, field="switch")
    return problem


def _in_all(made: Plan, name: str, value: Any) -> str:
    """What a number per set makes in all, where that is another."""
    if value is None or name not in _PER_SET:
        return ""
    found = made.count(_PER_SET[name])
    return f" ({found:,} in all)" if found != value else ""


def _said(name: str, value: Any) -> str:
    """A change as it is written in a spec."""
    wish = _SAID.get(name, name)
    text = f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)
    return f"`{wish}` left to be derived" if value is None else f"`{wish}: {text}`"


def _larger(planner: Planner, spec: FabricSpec, models: tuple[SwitchModel, ...], shape: Shape, problem: Problem) -> str:
    """The fewest cages, of one tier from the top or else of all, with which the plan succeeds."""
    tiers = tuple(models[min(t, len(models) - 1)] for t in range(3))
    names = ("leaves", "spines", "cores") if spec.topology in (*_CLOS, "rail-only") else ("switches",)

    def grown(which: range, by: float) -> tuple[SwitchModel, ...]:
        return tuple(replace(m, cages=-int(-m.cages * by // 1)) if t in which else m for t, m in enumerate(tiers))

    def works(which: range, by: float) -> bool:
        return isinstance(planner(spec, grown(which, by), shape), Plan)

    below = 1.0
    for by in sorted({problem.value / max(problem.limit, 1), *_LARGER}):
        for which in [*(range(t, t + 1) for t in reversed(range(len(names)))), range(3)]:
            if not works(which, by):
                continue
            low, high = (int(m[which[0]].cages) for m in (grown(which, below), grown(which, by)))
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if works(which, middle / tiers[which[0]].cages) else (middle, high)
            what = "switches" if len(which) > 1 else names[which[0]]
            return f"{what} of {high} cages instead of the {tiers[which[0]].cages} of `{tiers[which[0]].part}`"
        below = by
    return ""
