"""Changes of one fabric that are tried, so that a message names only what helps: each is planned anew, and every kind of cable must find a medium."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rackwright.build.fabrics.topology import wishes
from rackwright.build.hall.catalogue import OFFERED
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.managed import Managed, lifted_fabrics
from rackwright.build.hall.medium import needs_of, trunks
from rackwright.build.hall.template import Template
from rackwright.build.hall.unlike import across
from rackwright.build.hall.wire import Ends, Wired, ends, planned, selectors, uneven
from rackwright.build.media import PLUGGED
from rackwright.build.menu import make_menu
from rackwright.catalog.loader import Catalog
from rackwright.catalog.part import Part
from rackwright.flow.tray_cures import of_ways
from rackwright.spec.fabric import Fabric
from rackwright.spec.hall import HallSpec

MEDIA = (*PLUGGED, "fibre")
PLANES = (1, 2, 4, 8)
WIDEST = 16  # speed of a cage over that of the endpoints, at most
NAMED = 2  # switches that one message names
Change = tuple[dict[str, Any], str, str]  # fields of the wish, how that is said, the field it is about


class Cures:
    """What was tried for the fabrics of one hall. Nothing is read from the catalogue before something is in the way."""

    def __init__(self, spec: HallSpec, catalog: Catalog) -> None:
        self.spec, self.catalog = spec, catalog

    def plan(self, name: str, wish: Fabric, own: list[Template], joined: Managed, at_leaves: bool = False, at: Ends | None = None) -> Wired | None:
        """The fabric that comes of a wish, with its endpoints where they are known; None where none does."""
        if uneven(name, wish, own, joined):
            return None
        part = self.catalog.part
        parts = (part(wish.switch), part(wish.spine or wish.switch), part(wish.core or wish.spine or wish.switch))
        if len({p.text("protocol") for p in parts} - {""}) > 1:
            return None
        made = planned(name, wish, at or ends(own, *across(self.spec), wish, joined), parts, at_leaves)
        return made if isinstance(made, Wired) else None

    def is_served(self, made: Wired, own: list[Template], far_mm: Mapping[int, int]) -> bool:
        """Whether each kind of cable finds a medium that reaches as far as its tier asks for."""
        offers = self.offers()
        for tier, need in needs_of(made, own):
            reach = make_menu(need, offers, 0.0, tuple(made.wish.media), trunks(made.wish)).reach_mm
            if not reach or reach < far_mm.get(tier, 0):
                return False
        return True

    def offers(self) -> list[Part]:
        """Every cable, module and panel on offer."""
        return self.catalog.of_kinds(*OFFERED)

    def first(
        self, name: str, wish: Fabric, own: list[Template], joined: Managed, changes: Iterator[Change], far_mm: Mapping[int, int], at_leaves: bool
    ) -> tuple[str, str]:
        """How the first change that helps is said and the field it is about; empty where none does."""
        for change, said, field in changes:
            made = self.plan(name, wish.model_copy(update=change), own, joined, at_leaves)
            if made and self.is_served(made, own, far_mm):
                return said, field
        return "", ""

    def of_switch(self, name: str, wish: Fabric, own: list[Template], joined: Managed, at_leaves: bool = False) -> tuple[str, str]:
        """Switches of the catalogue, of one tier or of all, that make the fabric possible, those of fewest switches first, and the field of the
        first; empty where none does.
        """
        found = []
        fastest = max((float(t.speed_gbps.max(initial=0)) for t in own), default=0.0)
        up = max(fastest, wish.uplink_speed or self.catalog.part(wish.switch).number("uplink_speed") or 0.0)
        low = {p.name for p in self.switches(wish.topology == "torus", fastest * WIDEST)}
        at = None
        for part in self.switches(wish.topology == "torus", up * WIDEST):
            for change, said, field in _for_switch(wish, part.name):
                if field == "switch" and part.name not in low:
                    continue
                changed = wish.model_copy(update=change)
                at = at or ends(own, *across(self.spec), changed, joined)  # no switch is in it
                made = self.plan(name, changed, own, joined, at_leaves, at)
                if made and self.is_served(made, own, {}):
                    found.append((len(made.plan.switches), len(change), said, field))
        best = sorted(found)[:NAMED]
        return " or ".join(said for _, _, said, _ in best), best[0][3] if best else ""

    def switches(self, is_optical: bool, most_gbps: float) -> list[Part]:
        """Switches that a fabric may be made of: of light or of packets, with cages no faster than that, for a faster one would be wasted."""
        offered = [p for p in self.catalog.of_kinds("switch") if p.number("cages") and p.text("cage_connector")]
        optical = [p for p in offered if passes_light(p) == is_optical]
        return [p for p in optical if is_optical or (p.number("cage_speed") or 0.0) <= most_gbps]

    def of_cables(self, made: Wired, own: list[Template], far_mm: Mapping[int, int], at_leaves: bool = False) -> str:
        """The smallest change with which every cable of a planned fabric finds a medium; `far_mm` is the longest cable of each tier."""
        wish, joined = made.wish, made.ends.managed
        said, _ = self.first(made.name, wish, own, joined, _for_media(wish), far_mm, at_leaves)
        if said or all(self._fits(made, own)):
            return said  # what fits and does not reach is no matter of the switch
        return self.of_switch(made.name, wish, own, joined, at_leaves)[0]

    def _fits(self, made: Wired, own: list[Template]) -> Iterator[bool]:
        offers = self.offers()
        for _, need in needs_of(made, own):
            yield make_menu(need, offers).reach_mm > 0


def passes_light(switch: Part) -> bool:
    """Whether a switch is one of circuits of light, whose ports are fibres."""
    return switch.text("cage_connector") == "lc-duplex"


def with_cures(
    spec: HallSpec, catalog: Catalog, made: Wired, own: list[Template], rows: list[dict[str, Any]], ground: Ground
) -> list[dict[str, Any]]:
    """Rows of `fabric_needs` of one fabric, each with the smallest change that gives all its cables a medium, or a way: told where one is missing."""
    if any(r["unrouted"] for r in rows):
        way = of_ways(spec, ground) or None
        rows = [r | {"change": way if r["unrouted"] else None} for r in rows]
    if not any(r["missing"] for r in rows):
        return rows
    far = {tier: max(r["length_longest_mm"] for r in rows if r["tier"] == tier) for tier in {r["tier"] for r in rows}}
    at_leaves = made.name in {low for wish in spec.fabrics.values() for low, _ in lifted_fabrics(selectors(wish))}
    said = Cures(spec, catalog).of_cables(made, own, far, at_leaves) or None
    return [r | {"change": said if r["missing"] else r.get("change")} for r in rows]


def _for_switch(wish: Fabric, part: str) -> Iterator[Change]:
    """Places where another switch can stand: each tier alone that the topology has, or all of them."""
    for field, now in (("switch", wish.switch), ("spine", wish.spine or wish.switch), ("core", wish.core or wish.spine or wish.switch)):
        if part != now and (field == "switch" or field in wishes().get(wish.topology, ())):
            yield {field: part}, f"`{field}: {part}`", field
    if wish.spine or wish.core:
        given = " and ".join(f"`{n}`" for n, value in (("spine", wish.spine), ("core", wish.core)) if value)
        yield {"switch": part, "spine": None, "core": None}, f"`switch: {part}` without {given}", "switch"


def _for_media(wish: Fabric) -> Iterator[Change]:
    """Changes that let other cables serve, smallest first."""
    if wish.cabling == "trunks":
        for n in range(wish.connections - 1, 0, -1):
            yield {"connections": n}, f"`connections: {n}`", "connections"
        yield {"cabling": "direct"}, "`cabling: direct`", "cabling"
    if wish.media:
        for more in (m for m in MEDIA if m not in wish.media):
            media = [*wish.media, more]
            yield {"media": media}, f"`media: [{', '.join(media)}]`", "media"
        yield {"media": [], "cabling": "direct"}, "no `media`, and `cabling: direct`", "media"
    if wish.speed is not None:
        yield {"speed": None}, "`speed` left to be that of the ports", "speed"
    for planes in sorted((p for p in PLANES if p != wish.planes), key=lambda p: (abs(p - wish.planes), p)):
        yield {"planes": planes}, f"`planes: {planes}`", "planes"
    if wish.uplink_speed is not None:
        yield {"uplink_speed": None}, "`uplink_speed` left to be derived", "uplink_speed"
