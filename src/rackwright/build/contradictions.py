"""SPC108: what a spec says that cannot all hold at once, and what it asks for and leaves no way to have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from rackwright.catalog.part import Part
from rackwright.spec.rack import RackSpec

ZONES = ("power-shelf", "battery")
TRAY_KINDS = ("compute-tray", "switch-tray", "server", "switch")
MANAGERS = ("switch", "switch-tray")


class Contradiction(NamedTuple):
    """A message, the spec path it is about, how to mend it, and a second path with the reason it is shown."""

    message: str
    path: str
    help: str
    note: tuple[str, str] | None = None
    is_name: bool = False  # stands at the name of `path`, not at its value


def contradictions(spec: RackSpec, parts: Mapping[str, Part]) -> Iterator[Contradiction]:
    """Every contradiction of a spec; `parts` holds the parts that were found, by name."""
    yield from _groups(spec)
    yield from _order(spec)
    yield from _figures(spec)
    yield from _power(spec, parts)
    yield from _cooling(spec, parts)
    yield from _fabrics(spec, parts)


def _groups(spec: RackSpec) -> Iterator[Contradiction]:
    for name in (*ZONES, "pdu"):
        if name in spec.trays:
            yield Contradiction(
                f"`{name}` is what the rack calls its own power devices", f"trays.{name}", "give the group another name", is_name=True
            )
    for name, g in spec.trays.items():
        path = f"trays.{name}"
        if g.below is not None and g.within is None:
            yield Contradiction("`below` splits the group named by `within`, and there is none", f"{path}.below", "add `within`, or remove `below`")
        if g.at is not None and g.within is not None:
            yield Contradiction(
                "`at` and `within` both say where the group stands", f"{path}.at", "keep one of the two", (f"{path}.within", "the other")
            )
        if g.at is not None and len(g.at) != g.count:
            text = f"`at` gives {_counted(len(g.at), 'unit')} for {_counted(g.count, 'member')} of `{name}`"
            yield Contradiction(text, f"{path}.at", "give the lowest unit of each member, or another `count`", (f"{path}.count", "count here"))
        host = spec.trays.get(g.within or "")
        if g.within == name:
            yield Contradiction(f"`{name}` cannot stand within itself", f"{path}.within", "name another group")
        elif host is not None and (host.within is not None or host.at is not None):
            other = "within" if host.within is not None else "at"
            text = f"`{name}` cannot stand within `{g.within}`, whose own place is given by `{other}`"
            yield Contradiction(
                text, f"{path}.within", f"remove that `{other}`, or give `{name}` its own `at`", (f"trays.{g.within}.{other}", "here")
            )
        elif host is not None and g.below is not None and g.below > host.count:
            text = f"`below` wants {_counted(g.below, 'member')} of `{g.within}` under `{name}`, and there are {host.count}"
            yield Contradiction(text, f"{path}.below", f"write 0 to {host.count}", (f"trays.{g.within}", "the group"))


def _order(spec: RackSpec) -> Iterator[Contradiction]:
    order = spec.placement.order or []
    for name, times in Counter(order).items():
        path = f"placement.order.{order.index(name)}"
        if name in ZONES and times > 1 and times != spec.power.zones:
            text = f"`{name}` stands {times} times in the order of a rack with {_counted(spec.power.zones, 'zone')}"
            yield Contradiction(text, path, f"write `zones: {times}` under `power`, or name it once", ("power.zones", "zones here"))
        elif name not in ZONES and times > 1:
            text = f"`{name}` stands {times} times in the order, and a group is one block"
            yield Contradiction(text, path, "name it once; to stand in two places it must be two groups")
        elif name in spec.trays and spec.trays[name].within is not None:
            text = f"`{name}` stands within `{spec.trays[name].within}` and has no place of its own in the order"
            yield Contradiction(text, path, "take it out of the order", (f"trays.{name}.within", "within here"))
    given = [(n, g.at) for n in order if n in spec.trays for g in (spec.trays[n],) if g.at and order.count(n) == 1]
    for (below, low), (above, high) in pairwise(given):
        if max(low) > min(high):
            text = f"the order puts `{below}` below `{above}`, and its `at` puts it in unit {max(low)}, above unit {min(high)}"
            yield Contradiction(text, f"trays.{below}.at", "turn the order around, or change one `at`", (f"trays.{above}.at", f"`{above}` here"))


def _figures(spec: RackSpec) -> Iterator[Contradiction]:
    feeds = spec.power.feeds
    if not feeds:
        yield Contradiction("`feeds` names no feed", "power.feeds", "write for example `[A, B]`")
    for name, times in Counter(feeds).items():
        if times > 1:
            yield Contradiction(f"feed `{name}` is named {times} times", "power.feeds", "name each feed once")
    if spec.power.redundancy == "2N" and len(feeds) == 1:
        text = f"`2N` survives the loss of a whole feed, and there is only `{feeds[0]}`"
        yield Contradiction(text, "power.redundancy", "add a feed, or ask for `N+1`", ("power.feeds", "feeds here"))
    if spec.power.zones < 1:
        yield Contradiction("the shelves stand in no zone", "power.zones", "write 1 or more")
    if spec.power.continuous < 0.01:
        yield Contradiction("a breaker that no load may use feeds nothing", "power.continuous", "write 1 % or more; 80 % is usual")
    if spec.cooling.humidity < 0.01:
        yield Contradiction("air without humidity has no dew point", "cooling.humidity", "write 1 % or more")


def _power(spec: RackSpec, parts: Mapping[str, Part]) -> Iterator[Contradiction]:
    power = spec.power
    for name, part in _trays(spec, parts):
        if is_dc(part) and power.shelf is None:
            yield Contradiction(
                f"`{name}` clips onto a busbar, and the rack has no power shelf", f"trays.{name}.part", "add `shelf:` and `busbar:` under `power`"
            )
        if not is_dc(part) and power.pdu is None:
            help = "add `pdu:` under `power`" + (", or take a part with a busbar connector" if power.shelf else "")
            yield Contradiction(f"`{name}` takes AC, and the rack has no PDU", f"trays.{name}.part", help)
    for needs, field, what in (
        (power.shelf, "shelf", "power shelves feed a busbar"), (power.battery, "battery", "batteries stand on a busbar"),
    ):  # fmt: skip
        if needs is not None and power.busbar is None:
            yield Contradiction(f"{what}, and the rack has none", f"power.{field}", "add `busbar:` under `power`")
    for given, field, needs, other in (
        (power.battery, "battery", power.shelf, "shelf"), (power.shelves, "shelves", power.shelf, "shelf"),
        (power.batteries, "batteries", power.battery, "battery"), (power.pdus, "pdus", power.pdu, "pdu"),
    ):  # fmt: skip
        if given and needs is None:
            yield Contradiction(
                f"`{field}` is given, and there is no `{other}`", f"power.{field}", f"add `{other}:` under `power`, or remove `{field}`"
            )


def _cooling(spec: RackSpec, parts: Mapping[str, Part]) -> Iterator[Contradiction]:
    for name, part in _trays(spec, parts):
        if (part.number("liquid_fraction") or 0) > 0 and spec.cooling.manifold is None:
            help = "add `manifold: manifold/rack-45mm` under `cooling`"
            yield Contradiction(f"`{name}` is liquid-cooled, and the rack has no manifold", f"trays.{name}.part", help)


def _fabrics(spec: RackSpec, parts: Mapping[str, Part]) -> Iterator[Contradiction]:
    manager = spec.management.switches
    part = parts.get(spec.trays[manager].part) if manager in spec.trays else None
    if part is not None and part.kind not in MANAGERS:
        text = f"`{manager}` is made of {part.kind}s, and management cables end on switches"
        yield Contradiction(text, "management.switches", "name a group of switches", (f"trays.{manager}.part", f"`{part.name}` here"))
    up = spec.scale_up
    if up is None:
        return
    if up.accelerators == up.switches:
        yield Contradiction(
            f"`from` and `to` both name `{up.switches}`", "scale_up.to", "name the group with the switch chips", ("scale_up.from", "the other")
        )
        return
    for role, group, kind in (("from", up.accelerators, "accelerator"), ("to", up.switches, "switch-chip")):
        part = parts.get(spec.trays[group].part) if group in spec.trays else None
        if part is not None and not any(parts[c.part].kind == kind for c in part.contains if c.part in parts):
            text, help = (
                f"`{group}` has no {kind} inside",
                f"name a group whose part contains one; `rackwright part {part.name}` shows what is inside",
            )
            yield Contradiction(text, f"scale_up.{role}", help, (f"trays.{group}.part", f"`{part.name}` here"))


def _trays(spec: RackSpec, parts: Mapping[str, Part]) -> Iterator[tuple[str, Part]]:
    """Groups whose part was found and is of a kind that may stand there."""
    return ((name, parts[g.part]) for name, g in spec.trays.items() if g.part in parts and parts[g.part].kind in TRAY_KINDS)


def is_dc(part: Part) -> bool:
    """The device clips onto a DC busbar."""
    return part.number("clip_current_rated") is not None


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
