"""What a fabric asks of its cables and how far the catalogue takes each kind: the figures behind a cable that nothing reaches."""

from __future__ import annotations

from typing import Any

from rackwright.build.hall.medium import Kind, trunks
from rackwright.build.hall.sums import Sums
from rackwright.build.hall.wire import Wired
from rackwright.build.media import Sku
from rackwright.build.menu import make_menu, served
from rackwright.catalog.part import Part


def needs(fabric: int, wired: Wired, sums: Sums, offers: list[Part]) -> list[dict[str, Any]]:
    """Rows of table `fabric_needs`, one for each kind of cable that a fabric has links of. `offers`: every part its media may be made of."""
    kinds = sums.media.kinds
    return [_row(fabric, i, k, sums) | _over(k, wired, int(sums.far_mm[i]), offers) for i, k in enumerate(kinds) if sums.by_kind[i]]


def _row(fabric: int, place: int, k: Kind, sums: Sums) -> dict[str, Any]:
    far = max(k.menu.skus, key=lambda s: s.stock_mm, default=None)
    return {
        "fabric_id": fabric,
        "need": place,
        "tier": k.tier,
        "speed_gbps": k.need.speed_gbps,
        "a_connector": k.need.a.connector,
        "b_connector": k.need.b.connector,
        "a_ports": k.need.a.ports,
        "b_ports": k.need.b.ports,
        "together": k.need.links,
        "links": int(sums.by_kind[place]),
        "missing": int(sums.missing[place]),
        "unrouted": int(sums.lost[place]),
        "length_longest_mm": int(sums.longest_mm[place]),
        "length_missing_mm": int(sums.far_mm[place]),
        "length_reach_mm": k.menu.reach_mm,
        "part": far.part if far else None,
        "a_module": (far.a_module or None) if far else None,
        "b_module": (far.b_module or None) if far else None,
    }


def _over(k: Kind, wired: Wired, far_mm: int, offers: list[Part]) -> dict[str, Any]:
    """Where links go without: how far anything would reach without the fabric's limits, and the loss of the channel that is least over its
    budget, if the loss alone is in the way.
    """
    if not far_mm:
        return {"length_reach_any_mm": k.menu.reach_mm, "loss_db": None, "loss_budget_db": None}
    media = tuple(wired.wish.media)
    free = make_menu(k.need, offers).reach_mm
    dark = [s for s in served(k.need, offers, media, trunks(wired.wish), within_budget=False) if s.budget_db and s.stock_mm >= far_mm]
    least = min(dark, key=_margin, default=None)
    return {
        "length_reach_any_mm": free,
        "loss_db": least.loss_db if least else None,
        "loss_budget_db": least.budget_db if least else None,
    }


def _margin(s: Sku) -> tuple[float, str, int]:
    return s.loss_db - s.budget_db, s.part, s.stock_mm
