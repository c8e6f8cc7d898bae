"""What a hall spec asks of its fabrics and units that cannot hold, before anything is planned: wishes without effect, and contradictions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rackwright.build.fabrics import topology
from rackwright.build.hall.units import count_dealt
from rackwright.spec.fabric import Fabric
from rackwright.spec.hall import HallSpec

PLANNER = {"uplink_speed": "uplink_gbps", "core_speed": "core_gbps"}  # fields that the planner knows by another name


class Wrong(NamedTuple):
    """A code, its name, a message, the spec path it is about, how to mend it, and a second path with the reason it is shown."""

    code: str
    name: str
    message: str
    path: str
    help: str
    note: tuple[str, str] | None = None


def wrong_wishes(spec: HallSpec) -> Iterator[Wrong]:
    """Every such wish of a hall."""
    for name, fabric in spec.fabrics.items():
        yield from _without_effect(f"fabrics.{name}", fabric)
        yield from _contradictions(f"fabrics.{name}", fabric)
    dealt = count_dealt(spec)
    for name, group in spec.racks.items():
        if group.unit is not None and group.unit > dealt:
            text = f"`{name}` belongs to scalable unit {group.unit}, and a hall has {dealt}"
            help = f"write a unit from 1 to {dealt}, or 0 for one of their own" if dealt else "write 0, or leave some racks to be dealt to units"
            yield Wrong("SPC108", "contradiction", text, f"racks.{name}.unit", help)


def _known(wish: str) -> str:
    return PLANNER.get(wish, wish)


def _without_effect(path: str, fabric: Fabric) -> Iterator[Wrong]:
    uses = topology.wishes()
    if fabric.topology not in uses:
        return
    planners = frozenset[str]().union(*uses.values())
    for wish in sorted(fabric.model_fields_set):
        if _known(wish) in planners and _known(wish) not in uses[fabric.topology]:
            where = ", ".join(f"`{t}`" for t in sorted(uses) if _known(wish) in uses[t])
            text = f"`{wish}` says nothing to topology `{fabric.topology}`"
            yield Wrong(
                "NET306",
                "wish-without-effect",
                text,
                f"{path}.{wish}",
                f"remove it; it has a meaning in {where}",
                (f"{path}.topology", "topology here"),
            )


def _contradictions(path: str, fabric: Fabric) -> Iterator[Wrong]:
    """Pairs of written fields that cannot both hold."""

    def both(one: str, other: str, text: str, help: str) -> Wrong:
        return Wrong("SPC108", "contradiction", text, f"{path}.{one}", help, (f"{path}.{other}", "the other"))

    said = fabric.model_fields_set
    if fabric.peer_links and fabric.homing == 1:
        yield both("peer_links", "homing", f"`peer_links: {fabric.peer_links}` join the leaves of a pair, and `homing: 1` makes none", "`homing: 2`")
    for tiers, wishes in ((1, ("uplinks", "spines", "spine")), (2, ("cores", "core", "core_speed", "pods_per_group"))):
        if fabric.tiers is not None and fabric.tiers <= tiers:
            for wish in wishes:
                if wish in said and getattr(fabric, wish) is not None:
                    text = f"`{wish}` wants {tiers + 1} tiers of switches, and `tiers` allows {fabric.tiers}"
                    yield both(wish, "tiers", text, f"`tiers: {tiers + 1}`, or remove `{wish}`")
    if fabric.core_ready and fabric.tiers == 3:
        yield both("core_ready", "tiers", "`core_ready` keeps ports for a core that three tiers have already", "`tiers: 2`, or remove `core_ready`")
