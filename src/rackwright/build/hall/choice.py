"""What every link of a cell is made of, and which links share a cable: arrays of one cell, menus of the fabric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rackwright.build.fabrics.fabric import Array
from rackwright.build.hall.ends import Side
from rackwright.build.hall.medium import Kind, Media
from rackwright.build.labels import U64, cable_key, end_key
from rackwright.build.menu import UNREACHED
from rackwright.schema.links import HOST

I16: TypeAlias = NDArray[np.int16]
I32: TypeAlias = NDArray[np.int32]

_ROUNDS = 8  # cages that links tie together are nearly always one or two steps apart
_WIDEST = 1 << 27  # numbers spread wider than this are counted first


@dataclass(frozen=True, slots=True, eq=False)
class Cages:
    """Which links meet, equal-length arrays of numbers: cable group, cage at a, cage at b."""

    group: Array
    a: Array
    b: Array

    def pick(self, rows: slice) -> Cages:
        """Those links."""
        return Cages(self.group[rows], self.a[rows], self.b[rows])


def chosen(media: Media, kind: I16, cut: I32, cages: Cages) -> I16:
    """The sku of each link in the fabric's list, -1 where nothing reaches. Links of one cable, and modules of one cage, go by the longest."""
    sku = np.full(len(cut), UNREACHED, np.int16)
    present = np.flatnonzero(np.bincount(kind, minlength=len(media.kinds))).tolist()
    mixed = _mixed(media, present, kind, cages.group)
    for k in present:
        own = np.flatnonzero(kind == k) if len(present) > 1 else np.arange(len(cut))
        of = media.kinds[k]
        picked = _picked(of, cut[own], [key[own] for key in _ties(of, cages)], None if mixed is None else mixed[own])
        sku[own] = np.where(picked >= 0, picked + np.int16(of.first), np.int16(UNREACHED))
    return sku


def _ties(of: Kind, cages: Cages) -> list[Array]:
    """What ties links of a kind to each other: a group, or a cage that more than a group's links meet in."""
    found = [cages.group] if of.need.links > 1 else []
    share = of.need.shares
    found += [cages.a] if of.need.a.ports > share[0] else []
    return found + ([cages.b] if of.need.b.ports > share[1] else [])


def _picked(of: Kind, cut: I32, ties: list[Array], mixed: NDArray[np.bool_] | None) -> I16:
    menu = of.menu
    first = menu.choose(cut)
    known = first[first >= 0]
    if not ties or not len(known):
        return first
    family = menu.family[known]
    if int(family.min()) == int(family.max()) and int(menu.links[known].max()) == 1 and len(known) == len(first):
        return first
    reach = cut
    settled = 0
    for key in ties * _ROUNDS:
        before, reach = reach, _of_all(np.maximum, key, reach)
        settled = settled + 1 if np.array_equal(before, reach) else 1  # equal along this tie, and along so many before it
        if settled == len(ties):
            break
    reach = np.where(cut < 0, cut, reach)
    picked = menu.stairs.choose(reach)
    alone = (picked < 0) if mixed is None else (picked < 0) | mixed
    if alone.any():
        picked[alone] = menu.apart.choose(reach[alone])
        short = alone & (picked < 0)  # their cage has one that nothing reaches: they go by themselves
        picked[short] = menu.apart.choose(cut[short])
    family = np.where(picked >= 0, menu.family[picked], np.int16(-1))
    for f in np.flatnonzero(np.bincount(family + 1)[1:]).tolist():
        own = np.flatnonzero(family == f)
        if menu.links[picked[own[0]]] == 1:
            picked[own] = menu.within[f].choose(cut[own])
    return picked


def _mixed(media: Media, present: list[int], kind: I16, group: Array) -> NDArray[np.bool_] | None:
    """Links whose group has endpoints of two kinds, which no cable of several links serves; None where there can be none."""
    hosts = [k for k in present if media.kinds[k].tier == HOST]
    if len(hosts) < 2 or all(int(media.kinds[k].menu.links.max(initial=1)) == 1 for k in hosts):
        return None
    value = kind.astype(np.int32)
    return np.asarray(_of_all(np.maximum, group, value) != _of_all(np.minimum, group, value))


def _of_all(pick: np.ufunc, key: Array, value: Array) -> Array:
    """For each row the highest or lowest value (`pick` is `np.maximum` or `np.minimum`) among rows of its key."""
    low = int(key.min())
    size = int(key.max()) - low + 1
    at = key - low if size <= _WIDEST else np.unique(key, return_inverse=True)[1]
    limits = np.iinfo(value.dtype)
    best = np.empty(min(size, _WIDEST), value.dtype)  # memory that no key falls on is never touched
    best[at] = limits.min if pick is np.maximum else limits.max
    pick.at(best, at, value)
    return np.asarray(best[at])


@dataclass(frozen=True, slots=True, eq=False)
class Trunked:
    """Which trunk each link runs in: a number from 0 (-1: none), and its port there from 0."""

    trunk: I32
    port: I32


def trunked(media: Media, kind: I16, sku: I16, cut: I32, taps: tuple[I32, I32]) -> Trunked | None:
    """Links of one cell, kind and pair of modules that run between the same risers of two racks fill trunks in their order; each trunk is bought by
    its longest link, so `sku` changes in place. None where nothing goes over trunks.
    """
    own = np.flatnonzero(media.ports[sku] > 0)
    if not len(own):
        return None
    first = np.array([k.first for k in media.kinds])
    family = np.concatenate([*(k.menu.family for k in media.kinds), np.zeros(1, np.int16)]).astype(np.int64)
    groups = np.stack([taps[0][own], taps[1][own], kind[own], family[sku[own]]])
    order = np.lexsort((own, *groups))
    head = np.r_[True, (np.diff(groups[:, order]) != 0).any(axis=0)]
    begin = np.flatnonzero(head)
    rank = np.arange(len(own)) - np.repeat(begin, np.diff(np.r_[begin, len(own)]))
    inside = rank % media.ports[sku[own[order]]]
    trunk, port = np.full(len(sku), -1, np.int32), np.zeros(len(sku), np.int32)
    trunk[own[order]], port[own[order]] = np.cumsum(inside == 0) - 1, inside
    longest = _of_all(np.maximum, trunk[own], cut[own])
    for k in np.unique(kind[own]).tolist():
        menu, at = media.kinds[k].menu, np.flatnonzero(kind[own] == k)
        for f in np.unique(family[sku[own[at]]]).tolist():
            rows = at[family[sku[own[at]]] == f]
            sku[own[rows]] = menu.within[f].choose(longest[rows]) + np.int16(first[k])
    return Trunked(trunk, port)


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """Of each link the stable key of its cable, and its leg in it (0: the cable is its own; else from 1, which every cable has)."""

    key: U64
    leg: NDArray[np.uint8]


def named(media: Media, sku: I16, a: Side, b: Side, racks: U64, group: Array, trunks: Trunked | None) -> Named:
    """Keys of cables: of both ends, or of the plug that has all links (the trunk of a splitter), or of the least plug at b (a shuffle), or of both
    ends of the link in the first port (a trunk between panels).
    """
    at_a, at_b = end_key(racks[a.rack], a.unit, a.port), end_key(racks[b.rack], b.unit, b.port)
    leg = np.zeros(len(sku), np.uint8)
    own = np.flatnonzero(media.links[sku] > 1)
    if len(own):
        n, plug_a, plug_b = (c[sku[own]] for c in (media.links, media.a_plug, media.b_plug))
        leg_a, leg_b = (port[own] % plug for port, plug in ((a.port, plug_a), (b.port, plug_b)))
        low_a, low_b = (end[own] - inside.astype(np.uint64) for end, inside in ((at_a, leg_a), (at_b, leg_b)))  # the port is the low bits of a key
        all_a, all_b = plug_a == n, plug_b == n
        is_shuffle = ~(all_a | all_b)
        if is_shuffle.any():
            low_b[is_shuffle] = _of_all(np.minimum, group[own][is_shuffle], low_b[is_shuffle])
        at_a[own], at_b[own] = np.where(all_a, low_a, low_b), np.where(all_b | is_shuffle, low_b, low_a)
        leg[own] = 1 + np.where(is_shuffle, leg_b * plug_a + leg_a, np.where(all_b, leg_b, leg_a))
    key = cable_key(at_a, at_b)
    if trunks:
        over = np.flatnonzero(trunks.trunk >= 0)
        heads = over[trunks.port[over] == 0]
        of_trunk = np.empty(len(heads), np.uint64)
        of_trunk[trunks.trunk[heads]] = key[heads]
        key[over], leg[over] = of_trunk[trunks.trunk[over]], 1 + trunks.port[over]
    return Named(key, leg)
