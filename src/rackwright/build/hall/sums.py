"""What the cables of a fabric add up to, cell by cell: plain arrays that can be kept and added in any order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.fabrics.fabric import Array
from rackwright.build.hall.medium import Media
from rackwright.build.media import Sku

I16: TypeAlias = NDArray[np.int16]
I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class CellSums:
    """Sums of one cell of a fabric.

    By sku: `links` served and `cables` they take. By tier: links. By kind of cable: links, those without a way (`lost`), those that nothing reaches
    (`missing`), the longest of these (`far_mm`), the longest of all that have a way (`longest_mm`), cut lengths. `cage` and `module`: switch
    cages that get a module, and its place in `Media.modules`: each pair once, in order.
    """

    links: I64
    cables: I64
    by_tier: I64
    by_kind: I64
    lost: I64
    missing: I64
    far_mm: I32
    longest_mm: I32
    cage: I32
    module: I16


@dataclass(frozen=True, slots=True, eq=False)
class Cages:
    """What is in the switch cages of a fabric: `modules` (M, S) of each sort in each switch, and how many cages two sorts are wanted for (`mixed`).
    A cage that ports of two cells share has one module, the one that reaches further.
    """

    modules: I64
    mixed: int


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums of the cells of a fabric, as in `CellSums`, and what is in its switch cages."""

    media: Media
    links: I64
    cables: I64
    by_tier: I64
    by_kind: I64
    lost: I64
    missing: I64
    far_mm: I32
    longest_mm: I32
    cages: Cages

    @property
    def unreached(self) -> int:
        """Links longer than anything reaches."""
        return int(self.missing.sum())

    def length_mm(self) -> int:
        """Length ordered."""
        return int(self.cables @ self.media.stock_mm[:-1].astype(np.int64))

    def cable_cents(self) -> int:
        """Cost of the cables without modules, US cents."""
        kinds = self.media.kinds
        cents = [s.cable_cents if s.ports else s.cable_cents * s.links // k.need.links for k in kinds for s in k.menu.skus]
        each = [s.link_cents for k in kinds for s in k.menu.skus]
        return int(self.cables @ np.array(cents, np.int64) + self.links @ np.array(each, np.int64)) if cents else 0

    @cached_property
    def modules(self) -> dict[str, float]:
        """Modules of each sort: one in each switch cage in use; of endpoints by their share, as all ports of such a cage are in the fabric."""
        names = self.media.modules
        found = dict(zip(names, self.cages.modules.sum(axis=1).astype(float).tolist(), strict=True))
        for k in self.media.kinds:
            own = self.links[k.first : k.first + len(k.menu.skus)]
            for i in np.flatnonzero(own).tolist():
                s, served = k.menu.skus[i], float(own[i]) / k.need.links
                for is_endpoint, name, count in zip(k.on_endpoints, (s.a_module, s.b_module), (s.a_modules, s.b_modules), strict=True):
                    if is_endpoint and name:
                        found[name] += served * count
        return {n: q for n, q in found.items() if q}


def total(media: Media, cells: Sequence[CellSums], cages: Cages) -> Sums:
    """What the cells of a fabric come to; `cages` is what `in_cages` gives of them."""
    none, kinds = np.zeros(media.skus, np.int64), np.zeros(len(media.kinds), np.int64)
    empty = (none, none, np.zeros(8, np.int64), kinds, kinds, kinds, kinds.astype(np.int32), kinds.astype(np.int32))
    every = {name: np.concatenate(each).reshape(len(each), len(each[0])) for name, each in zip(_SUMMED, zip(empty, *map(_summed_of, cells)))}
    return Sums(media, **{name: rows.max(axis=0) if name in _MOST else rows.sum(axis=0) for name, rows in every.items()}, cages=cages)


_SUMMED, _MOST = tuple(f.name for f in fields(CellSums)[:8]), ("far_mm", "longest_mm")
_summed_of: Callable[[CellSums], tuple[NDArray[Any], ...]] = attrgetter(*_SUMMED)


def in_cages(modules: int, switches: int, span: int, cage: Sequence[I32], module: Sequence[I16]) -> Cages:
    """What is in the cages of `switches`, `span` each, of so many sorts; `cage` and `module` are those of each cell."""
    cages, sorts = np.concatenate([np.zeros(0, np.int32), *cage]), np.concatenate([np.zeros(0, np.int16), *module])
    held = np.full(switches * span, -1, np.int16)
    held[cages] = sorts
    many = np.flatnonzero(held.take(cages) != sorts)  # whatever else is wanted of a cage than what was written last
    np.maximum.at(held, cages[many], sorts[many])
    of = held.reshape(switches, span)
    # Bits are counted in a third of the time in which truths are summed.
    count = [np.bitwise_count(np.packbits(of == sort, axis=1)).sum(axis=1, dtype=np.int64) for sort in range(modules)]
    return Cages(np.array(count, np.int64).reshape(modules, switches), len(np.unique(cages[many])))


def summed(media: Media, tier: Array, kind: I16, sku: I16, cut: I32, leg: NDArray[np.uint8], cages: list[tuple[Array, I16]]) -> CellSums:
    """Sums of a cell from the columns of its links. A cable counts by its first leg; `cages`: switch cages (any order,
    repeated or not) with the module each link has there, -1 for none.
    """
    k = len(media.kinds)
    served, lost = sku >= 0, cut < 0
    missing = np.flatnonzero(~served & ~lost)
    far, longest = np.zeros(k, np.int32), np.zeros(k, np.int32)
    np.maximum.at(longest, kind, cut)
    np.maximum.at(far, kind[missing], cut[missing])
    links = _counted(sku[served], media.skus)
    cables = _counted(sku[served & (leg <= 1)], media.skus) if leg.max(initial=0) > 1 else links
    cage, module = [np.empty(0, np.int32)], [np.empty(0, np.int16)]
    for at, what in cages:
        new = _changes(at, what)
        cage.append(at[new].astype(np.int32))
        module.append(what[new])
    by_kind = [_counted(kind[rows], k) for rows in (slice(None), np.flatnonzero(lost), missing)]
    there = _once(np.concatenate(cage), np.concatenate(module))
    return CellSums(links, cables, _counted(tier, 8), by_kind[0], by_kind[1], by_kind[2], far, longest, *there)


def _once(cage: I32, module: I16) -> tuple[I32, I16]:
    """Each pair once, in order. Nearly always there is one module in a cage, which needs no sorting."""
    low = cage.min(initial=0)
    held = np.full(int(cage.max(initial=0)) - int(low) + 1, -1, np.int16)
    held[cage - low] = module
    if (held[cage - low] == module).all():
        at = np.flatnonzero(held >= 0)
        return (at + low).astype(np.int32), held[at]
    both = np.unique(cage.astype(np.int64) << 16 | module)
    return (both >> 16).astype(np.int32), (both & 0xFFFF).astype(np.int16)


def _counted(number: Array, size: int) -> I64:
    return np.bincount(number, minlength=size).astype(np.int64)


def _changes(cage: Array, module: I16) -> NDArray[np.bool_]:
    """Where a module stands that does not stand in the row before: ports of a cage mostly follow each other."""
    new = module >= 0
    new[1:] &= (cage[1:] != cage[:-1]) | (module[1:] != module[:-1])
    return np.asarray(new)


def bill(sums: Sums, price: Callable[[str], float]) -> list[dict[str, Any]]:
    """Parts of a fabric's cables: kind, part and quantity of cables (jumpers to panels too), of panels, and of the modules at their ends; of cables
    with what they cost by length. `price` of a panel, US dollars, is in that of the trunks it ends.
    """
    found: dict[tuple[str, str], list[float]] = {}

    def add(kind: str, part: str, quantity: float, cents: float = 0.0) -> None:
        if part and quantity:
            line = found.setdefault((kind, part), [0.0, 0.0])
            line[0], line[1] = line[0] + quantity, line[1] + cents / 100

    for k in sums.media.kinds:
        for i in np.flatnonzero(sums.cables[k.first : k.first + len(k.menu.skus)]).tolist():
            s, cables, links = k.menu.skus[i], float(sums.cables[k.first + i]), float(sums.links[k.first + i])
            each = s.cable_cents - round(100 * s.panels * price(s.panel)) if s.ports else s.cable_cents * s.links // k.need.links
            add("cable", s.part, cables * pieces(s, k.need.links), cables * each)
            add("cable", s.jumper, 2.0 * links, links * s.link_cents)
            add("panel", s.panel, cables * s.panels)
    for part, quantity in sums.modules.items():
        add("transceiver", part, quantity)
    return [{"kind": kind, "part": part, "quantity": n, "cost_usd": usd} for (kind, part), (n, usd) in sorted(found.items())]


def pieces(sku: Sku, links: int) -> int:
    """Pieces of the part for one cable: 1 but for links of several engines."""
    return 1 if sku.ports else sku.pieces * sku.links // links
