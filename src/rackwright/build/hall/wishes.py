"""What a hall spec asks of its fabrics and units that cannot hold, before anything is planned: wishes without effect, and contradictions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rackwright.build.fabrics import topology
from rackwright.build.hall import power_wishes
from rackwright.build.hall.units import count_dealt
from rackwright.build.hall.unlike import of_hall
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
    yield from _power(spec)
    yield from _unlike(spec)
    yield from _rooms(spec)
    for hall in (-1, *(number - 1 for number in spec.unlike)):
        yield from _units(spec, hall)


def _power(spec: HallSpec) -> Iterator[Wrong]:
    """Fields of the power chain without effect."""
    for field, why, cure, at in power_wishes.without_effect(spec.power) if spec.power else ():
        text, help = f"`{field}` says nothing here: {why}", f"remove it; it has a meaning with {cure}"
        yield Wrong(*power_wishes.CODE, text, f"power.{field}", help, (f"power.{at}", "because of this"))


def _units(spec: HallSpec, hall: int) -> Iterator[Wrong]:
    """Groups that belong to a scalable unit that a hall does not have; -1: those that are like the rest."""
    own = spec if hall < 0 else of_hall(spec, hall)
    dealt, which = count_dealt(own), "a hall" if hall < 0 else f"hall {hall + 1}"
    for name, group in own.racks.items():
        if group.unit is not None and group.unit > dealt and group.count:
            text = f"`{name}` belongs to scalable unit {group.unit}, and {which} has {dealt}"
            help = f"write a unit from 1 to {dealt}, or 0 for one of their own" if dealt else "write 0, or leave some racks to be dealt to units"
            if hall >= 0:
                help = f"`unlike.{hall + 1}.racks.{name}: 0`, or more racks there"
            yield Wrong("SPC108", "contradiction", text, f"racks.{name}.unit", help)


def _unlike(spec: HallSpec) -> Iterator[Wrong]:
    """Halls that differ from the rest: is there such a hall, such a group, any rack in it?"""
    for number, own in spec.unlike.items():
        path = f"unlike.{number}"
        if not 1 <= number <= spec.halls:
            text = f"there is no hall {number}; " + (f"there are {spec.halls}, counted from 1" if spec.halls > 1 else "there is one")
            yield Wrong("SPC105", "unknown-group", text, path, f"correct the number, or `halls: {number}`", ("halls", "halls here"))
        for name in own.racks:
            if name not in spec.racks:
                known = ", ".join(f"`{n}`" for n in spec.racks)
                yield Wrong("SPC105", "unknown-group", f"there is no group of racks `{name}`", f"{path}.racks.{name}", f"groups here: {known}")
        if own.racks and not any(own.racks.get(name, g.count) for name, g in spec.racks.items()):
            yield Wrong("SPC108", "contradiction", f"hall {number} has no rack", f"{path}.racks", f"leave it out: `halls: {spec.halls - 1}`")
        if own.floor and own.floor.plan:
            text = f"hall {number} has a drawing of its own, and one drawing is read for all halls"
            yield Wrong("SPC108", "contradiction", text, f"{path}.floor.plan", "give its `rows` one by one, or the halls as several specs")


def _rooms(spec: HallSpec) -> Iterator[Wrong]:
    """Rooms that cables to the outside end in: is there such a room, and its hall?"""
    for name, room in spec.meet_me_rooms.items():
        if room.hall > spec.halls:
            text = f"there is no hall {room.hall}; " + (f"there are {spec.halls}, counted from 1" if spec.halls > 1 else "there is one")
            yield Wrong("SPC105", "unknown-group", text, f"meet_me_rooms.{name}.hall", "correct the number")
    known = ", ".join(f"`{n}`" for n in spec.meet_me_rooms) or "none; `meet_me_rooms: {mmr: {x: 0 m, y: 3 m}}` gives one"
    for name, fabric in spec.fabrics.items():
        for to, wish in fabric.outside.items():
            if wish.to is not None and wish.to not in spec.meet_me_rooms:
                yield Wrong("SPC105", "unknown-group", f"there is no room `{wish.to}`", f"fabrics.{name}.outside.{to}.to", f"rooms here: {known}")


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
