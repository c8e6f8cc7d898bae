"""The cheapest medium for every cable of one kind, by its length.

Cost against length is a staircase, so a million cables are one binary search. A part that carries several links is bought by the longest of
them; where every link has a cable of its own, the modules are chosen by the longest link of their cages and each cable by its own length.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.media import Need, Sku, offers
from rackwright.build.trunks import trunk_offers
from rackwright.catalog.part import Part

I16: TypeAlias = NDArray[np.int16]
I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]

UNREACHED = -1  # sku of a cable longer than anything on the menu


@dataclass(frozen=True, slots=True)
class Stairs:
    """For lengths up to `upto_mm[i]` (rising), `best[i]` is the cheapest sku; one more step for what nothing serves."""

    upto_mm: I32
    best: I16

    def choose(self, length_mm: I32) -> I16:
        """The sku for each cut length, UNREACHED where the length is negative (no path) or nothing is long enough."""
        sku = self.best[np.searchsorted(self.upto_mm, length_mm)]
        sku[length_mm < 0] = UNREACHED
        return sku


@dataclass(frozen=True, slots=True)
class Menu:
    """Skus of one need by rising length, the cheapest for each length, and columns of what they cost (for all links of the need).

    `family` counts parts with their modules, so that skus of one family differ in length alone; `within[f]` chooses inside a family. `apart` chooses
    among skus that give every link a cable of its own, `links` is how many one cable carries.
    """

    skus: tuple[Sku, ...]
    stairs: Stairs
    apart: Stairs
    within: tuple[Stairs, ...]
    family: I16
    links: NDArray[np.uint8]
    stock_mm: I32
    cost_cents: I64
    power_w: NDArray[np.float32]
    area_mm2_100: I32

    def choose(self, length_mm: I32) -> I16:
        """The sku for each cut length of links that share nothing, UNREACHED where nothing is long enough or the length is negative."""
        return self.stairs.choose(length_mm)

    @property
    def upto_mm(self) -> I32:
        """Lengths at which the choice may change."""
        return self.stairs.upto_mm

    @property
    def best(self) -> I16:
        """The cheapest sku up to each of them."""
        return self.stairs.best[:-1]

    @property
    def reach_mm(self) -> int:
        """The longest length anything on the menu serves; 0 for an empty menu."""
        return int(self.upto_mm[-1]) if len(self.upto_mm) else 0


def make_menu(need: Need, parts: Iterable[Part], usd_per_w: float = 0.0, media: tuple[str, ...] = (), trunks: int = 0) -> Menu:
    """What serves a need, from parts of kinds `cable` and `transceiver`.

    `usd_per_w` is what a watt costs over the life of the link; it sways the choice and stays out of `cost_cents`. `media` limits the
    choice (empty: all). With `trunks` mated pairs on the way (0: fibre is laid direct) fibre goes over trunks, with parts of kind `panel`. Equal
    offers go to the shorter stock, then the part of lower name, so that the order of parts means nothing.
    """
    known = list(parts)
    made = served(need, known, media, trunks)
    skus = sorted(made, key=lambda s: (s.stock_mm, s.part, s.a_module, s.b_module))
    if len(skus) > np.iinfo(np.int16).max:
        raise ValueError(f"{len(skus)} combinations of part and length; give cables fewer stock lengths or a longer cutting step")
    weight = np.array([s.cost_cents + 100 * usd_per_w * s.power_w for s in skus])
    stock = np.array([s.stock_mm for s in skus], np.int32)
    links = np.array([s.links for s in skus], np.uint8)
    names = {name: f for f, name in enumerate(sorted({(s.part, s.a_module, s.b_module) for s in skus}))}
    family = np.array([names[s.part, s.a_module, s.b_module] for s in skus], np.int16)

    def among(chosen: NDArray[np.bool_]) -> Stairs:
        return _stairs(np.flatnonzero(chosen), stock, weight)

    return Menu(
        tuple(skus),
        among(np.ones(len(skus), bool)),
        among(links == 1),
        tuple(among(family == f) for f in range(len(names))),
        family,
        links,
        stock,
        np.array([s.cost_cents for s in skus], np.int64),
        np.array([s.power_w for s in skus], np.float32),
        np.array([s.area_mm2_100 for s in skus], np.int32),
    )


def served(need: Need, parts: list[Part], media: tuple[str, ...], trunks: int, within_budget: bool = True) -> list[Sku]:
    """Skus that serve a need and are wanted; a trunk is wanted where fibre is."""
    made = offers(need, parts, within_budget)
    if trunks:
        made = [s for s in made if s.medium != "fibre"] + trunk_offers(need, parts, trunks, within_budget)
    return [s for s in made if not media or s.medium in media or (s.medium == "trunk" and "fibre" in media)]


def _stairs(own: I64, stock: I32, weight: NDArray[np.float64]) -> Stairs:
    """The cheapest of some skus, of rising length, for every length they are sold in."""
    upto, step = np.unique(stock[own], return_inverse=True)
    # From the longest down: the cheapest sku of this length or more; a tie goes to the shorter.
    best, chosen, least = [UNREACHED] * (len(upto) + 1), UNREACHED, np.inf
    for i, j, costs in zip(step[::-1].tolist(), own[::-1].tolist(), weight[own][::-1].tolist(), strict=True):
        if costs <= least:
            chosen, least = j, costs
        best[i] = chosen
    return Stairs(upto.astype(np.int32), np.array(best, np.int16))


def per_link(menu: Menu, links: int) -> Menu:
    """The menu with what one link costs, draws and fills, rounded up."""
    cents, area = -(-menu.cost_cents // links), -(-menu.area_mm2_100 // links)
    return replace(menu, cost_cents=cents, power_w=menu.power_w / np.float32(links), area_mm2_100=area)
