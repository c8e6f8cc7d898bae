"""Fibre over trunks: a jumper at each end, panels in both racks, and between them a trunk cable of many fibres that links share."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor

from rackwright.build.media import Need, Plant, Seat, Sku, area, cents, channel_loss_db, fibre_reach_mm, loss_reach_mm, seats, stock
from rackwright.catalog.part import Part

JUMPER_MM = 3000  # from a port to the panel of its own rack: the shortest one sold of this length or more


def trunk_offers(need: Need, parts: Iterable[Part], connections: int, within_budget: bool = True) -> list[Sku]:
    """Skus of links that each take one port of a trunk. `connections` are the mated pairs between the modules' own plugs: 2 for a panel in each
    rack, more with cross-connects on the way. `within_budget` False leaves the loss out, to tell by how much it is over.
    """
    known = sorted(parts, key=lambda p: p.name)
    modules = [p for p in known if p.kind == "transceiver"]
    pairs = [(a, b) for a in seats(need.a, need, modules) for b in seats(need.b, need, modules) if a.optics == b.optics]
    pairs = [(a, b) for a, b in pairs if a.split == b.split == a.engines == b.engines == 1]
    made = []
    for trunk in (p for p in known if p.kind == "cable" and p.text("medium") == "trunk"):
        plug = trunk.text("connector_a")
        jumper, panel = _jumper(known, trunk), _panel(known, plug)
        if jumper is None or panel is None:
            continue
        for a, b in pairs:
            if a.module.text("fibre_connector") == b.module.text("fibre_connector") == plug:
                made += _channels(need, (a, b), (trunk, *jumper, panel), connections, within_budget)
    return made


def _jumper(parts: list[Part], trunk: Part) -> tuple[Part, int] | None:
    """The cheapest jumper of the trunk's fibre and connector, with its length."""
    plug, fibre = trunk.text("connector_a"), trunk.text("fibre")
    plain = [p for p in parts if p.kind == "cable" and p.text("medium") == "fibre" and p.text("fibre") == fibre and not p.number("legs")]
    plain = [p for p in plain if p.text("connector_a") == p.text("connector_b") == plug]
    sold = [(cents(p, mm), p.name, p, mm) for p in plain for mm in stock(p, p.number("reach_max")) if mm >= JUMPER_MM]
    return min(sold)[2:] if sold else None


def _panel(parts: list[Part], plug: str) -> Part | None:
    fitting = [p for p in parts if p.kind == "panel" and p.text("connector") == plug]
    return min(fitting, key=lambda p: ((p.number("price") or 0.0) / (p.number("ports") or 1), p.name), default=None)


def _channels(need: Need, ends: tuple[Seat, Seat], laid: tuple[Part, Part, int, Part], connections: int, within_budget: bool) -> list[Sku]:
    trunk, jumper, jumper_mm, panel = laid
    ports, loss = int(trunk.number("links") or 1), trunk.number("attenuation_per_km") or 0.0
    plant = Plant(connections, panel.number("connection_loss") or 0.0)
    budget = min(s.module.number("loss_budget") or 0.0 for s in ends)
    reach = fibre_reach_mm(ends, trunk)
    if reach is None:
        return []
    far = reach if not within_budget else min(reach, loss_reach_mm(budget, loss, plant))
    panels = 2 * -(-ports // int(panel.number("ports") or 1))
    share = [need.links / end.ports for end in (need.a, need.b)]
    modules = sum(n * (s.module.number("price") or 0.0) for n, s in zip(share, ends, strict=True))
    power = sum(n * (s.module.number("power_max") or 0.0) for n, s in zip(share, ends, strict=True))
    link_cents, made = 2 * cents(jumper, jumper_mm), []
    for mm in stock(trunk, floor(far) - 2 * jumper_mm):
        cable = cents(trunk, mm) + round(100 * panels * (panel.number("price") or 0.0))
        whole = round(need.links * (cable / ports + link_cents) + 100 * modules)
        lost = round(channel_loss_db(mm + 2 * jumper_mm, loss, plant), 4)
        made.append(
            Sku(
                trunk.name, "trunk", mm, need.links, ends[0].module.name, ends[1].module.name, share[0], share[1], whole, power, area(trunk), lost,
                budget, cable, ports=ports, jumper=jumper.name, panel=panel.name, panels=panels, link_cents=link_cents,
            )
        )  # fmt: skip
    return made
