"""Bundles that a crew pulls: cables of one part between the same two racks by the same path, and in which order, and how long it takes.

Order: what runs between halls, then hall by hall its trunks (cables between switches), then its pods; in each of these waves the longest
first, so that what is pulled later never is longer than what it lies on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.build.paths import IN_RACK
from rackwright.catalog.part import Part
from rackwright.schema.tables import frame
from rackwright.spec.pulling import Pulling

I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]

_GROUP = ["kind", "a_rack_id", "b_rack_id", "path_id"]
PACKING = 1.2  # diameter of a bundle of n equal cables over d * sqrt(n), the figure harness makers use for loosely packed round bundles


class SharedBundleError(ValueError):
    """Cables of two parts share a bundle."""


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """Cables that may share a bundle: one kind for each fabric, tier and part. `of` (F, S) is the kind of a fabric and menu
    line (-1: none); for each kind its row of the menu, cross section and plugs of one cable, and most cables in one bundle.
    """

    rows: pl.DataFrame
    of: I32
    area: I64
    plugs: I64
    most: I64


@dataclass(frozen=True, slots=True)
class Make:
    """What a bundle needs to know of a cable part: cross section in 0.01 mm2, and plugs at both ends together."""

    area_mm2_100: int
    plugs: int = 2


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """Cables that count: row of each in `fabric_cables`, and kind, both racks and path in one integer, `bits` for each field.

    `paths` are the path ids that the last field counts in; None where it is the id itself (less `IN_RACK`).
    """

    row: I64
    key: I64
    bits: tuple[int, ...]
    paths: I32 | None

    def fields(self, key: I64) -> tuple[I64, I64, I64, I64]:
        """Kind, rack at a, rack at b and path id of keys."""
        found = []
        for width in self.bits[:0:-1]:
            found.append(key & ((1 << width) - 1))
            key = key >> width
        path, b, a = found
        return key, a, b, path + IN_RACK if self.paths is None else self.paths[path].astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Bundles in no order, equal-length int32 columns as in table `bundles`: `kind` of cable, and `number` among those of equal kind, racks and path.
    `length_cut_mm` is int64.
    """

    kind: I32
    a_rack_id: I32
    b_rack_id: I32
    path_id: I32
    number: I32
    cables: I32
    length_cut_max_mm: I32
    length_cut_mm: I64


def makes(names: Iterable[str], part: Callable[[str], Part]) -> dict[str, Make]:
    """What bundles need to know of cable parts; `part` finds a part of the catalogue."""
    made = {}
    for name in names:
        fact = part(name).number
        plugs = (fact("trunks") or 1) + (fact("legs") or 1)
        made[name] = Make(round(100 * np.pi / 4 * (fact("diameter") or 0.0) ** 2), int(plugs))
    return made


def bundles(
    cables: pl.DataFrame, skus: pl.DataFrame, racks: pl.DataFrame, rack_of: I32, made: Mapping[str, Make], rule: Pulling, tray_mm: int
) -> pl.DataFrame:
    """Table `bundles` of the cables in `fabric_cables` that have a way and a part.

    `skus` and `racks` are the tables `fabric_skus` and `hall_racks`, `rack_of` the rack of each device, `tray_mm` the depth of the trays:
    no bundle is thicker, but for one of a single cable.
    """
    found = kinds(skus, made, rule.bundle, tray_mm)
    return joined([grouped(cables, found, rack_of)], found, racks, rule)


def grouped(cables: pl.DataFrame, kinds: Kinds, rack_of: I32) -> Groups:
    """The cables of some links as bundles, in no order."""
    packed = _packed(cables, kinds, rack_of)
    if not len(packed.row):
        none = np.empty(0, np.int32)
        return Groups(none, none, none, none, none, none, none, np.empty(0, np.int64))
    order = np.argsort(packed.key, kind="stable")
    key, cut = packed.key[order], cables["length_cut_mm"].to_numpy()[packed.row[order]]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    size = np.diff(np.append(first, len(key)))
    kind, a, b, path = packed.fields(key[first])
    pieces = -(-size // kinds.most[kind])
    group = np.repeat(np.arange(len(first)), pieces)
    number = np.arange(len(group)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    small, extra = (size // pieces)[group], (size % pieces)[group]  # as equal as can be, the larger ones first
    start = first[group] + number * small + np.minimum(number, extra)
    columns = (kind[group], a[group], b[group], path[group], number, small + (number < extra), np.maximum.reduceat(cut, start))
    k, rack, other, way, place, count, longest = (np.asarray(c, np.int32) for c in columns)
    return Groups(k, rack, other, way, place, count, longest, np.add.reduceat(cut.astype(np.int64), start))


def joined(parts: Sequence[Groups], kinds: Kinds, racks: pl.DataFrame, rule: Pulling) -> pl.DataFrame:
    """Table `bundles` of what `grouped` made of links of which none share a bundle; `racks` is the table `hall_racks`."""
    where, pieces = stands(racks), dict[int, list[Groups]]()
    for part in parts:
        for code, piece in waves(part, where).items():
            pieces.setdefault(code, []).append(piece)
    found = ordered({n: pieces[code] for n, code in enumerate(sorted(pieces))}, kinds, where, rule)
    return frame("bundles", pl.concat(found.values()).with_row_index("bundle_id") if found else [])


def stands(racks: pl.DataFrame) -> tuple[I32, I32]:
    """Hall and scalable unit (-1: none) of each rack of table `hall_racks`."""
    rows = racks.sort("rack_id").select("hall_id", pl.col("pod").fill_null(-1))
    return rows["hall_id"].to_numpy(), rows["pod"].to_numpy()


def waves(groups: Groups, where: tuple[I32, I32]) -> dict[int, Groups]:
    """The bundles by wave: numbers that rise in the order of pulling. `where` is from `stands`."""
    hall, pod = where
    a, b = hall[groups.a_rack_id], hall[groups.b_rack_id]
    own = a == b
    code = np.where(own, (a + 1).astype(np.int64) * (int(pod.max(initial=0)) + 2) + pod[groups.a_rack_id] + 1, 0)
    order = np.argsort(code, kind="stable")
    there, first = np.unique(code[order], return_index=True)
    runs = zip(there.tolist(), np.split(order, first[1:]), strict=True) if len(there) else ()
    return {key: Groups(*(getattr(groups, f.name)[at] for f in fields(Groups))) for key, at in runs}


def ordered(pieces: Mapping[int, Sequence[Groups]], kinds: Kinds, where: tuple[I32, I32], rule: Pulling) -> dict[int, pl.DataFrame]:
    """Rows of table `bundles` of some waves, in the order of pulling, but for ids. `pieces`: those of each wave by its number, in order.

    Raises:
        SharedBundleError: two pieces share a bundle.
    """
    every = [(wave, piece) for wave, own in pieces.items() for piece in own]
    if not every:
        return {}
    c = {f.name: np.concatenate([getattr(piece, f.name) for _, piece in every]) for f in fields(Groups)}
    wave = np.repeat(np.array([number for number, _ in every], np.int32), [len(piece.kind) for _, piece in every])
    kind, (hall, pod) = c.pop("kind"), where
    made = pl.DataFrame({**c, "plugs": (c["cables"] * kinds.plugs[kind]).astype(np.int32), "area_mm2_100": c["cables"] * kinds.area[kind]})
    of = [kinds.rows[name].gather(kind) for name in ("fabric_id", "tier", "part")]
    unit = pl.Series("pod", pod[c["a_rack_id"]])
    made = made.with_columns(*of, pl.Series("hall_id", hall[c["a_rack_id"]]), unit.set(unit < 0, None), kind=kind, wave=wave)
    key = ["fabric_id", "tier", "a_rack_id", "b_rack_id", "path_id", "part", "number"]
    made = made.sort("wave", "length_cut_max_mm", *key, descending=[False, True, *(False for _ in key)])
    if len(every) > len(pieces) and made.select(pl.struct(*_GROUP, "number").is_duplicated().any()).item():
        raise SharedBundleError("cables of two parts share a bundle")
    metres, is_pulled = pl.col("length_cut_max_mm") / 1000, pl.col("path_id") != IN_RACK
    hands = pl.col("plugs") * (rule.per_plug + rule.per_label)  # a label beside every plug
    crew = rule.per_bundle + pl.when(is_pulled).then(metres * rule.per_metre).otherwise(0.0) + hands / max(rule.crew, 1)
    made = made.with_columns(
        diameter_mm=(PACKING * (4 * pl.col("area_mm2_100") / 100 / np.pi).sqrt()).round(1),
        duration_s=crew.round(6).ceil().cast(pl.Int32),
    )
    rows, ends = made.drop("kind"), [*np.searchsorted(wave, list(pieces)).tolist(), made.height]  # numbers rise
    return {number: rows[a:b] for number, (a, b) in zip(pieces, pairwise(ends), strict=True)}


def kinds(skus: pl.DataFrame, made: Mapping[str, Make], most: int, tray_mm: int) -> Kinds:
    """Kinds of cables of the lines of menus `skus` (fabric_id, sku, tier, part, pieces), `most` in a bundle, which is no thicker than `tray_mm`."""
    shared = ["fabric_id", "tier", "part"]
    rows = skus.group_by(shared).agg(pl.col("pieces").max()).sort(shared).with_row_index("kind")
    at = skus.join(rows.drop("pieces"), on=shared, how="left")
    fabric, sku, kind = (at[c].to_numpy() for c in ("fabric_id", "sku", "kind"))
    of = np.full((int(fabric.max(initial=0)) + 1, int(sku.max(initial=0)) + 2), -1, np.int32)  # a sku of -1 reads the last place
    of[fabric, sku] = kind
    pieces = rows["pieces"].to_numpy().astype(np.int64)
    each = [made[p] for p in rows["part"]]
    area, plugs = np.array([m.area_mm2_100 for m in each], np.int64) * pieces, np.array([m.plugs for m in each], np.int64) * pieces
    fit = 100 * np.pi / 4 * (tray_mm / PACKING) ** 2 / np.maximum(area, 1)
    return Kinds(rows, of, area, plugs, np.clip(fit.astype(np.int64), 1, max(most, 1)))


def _packed(cables: pl.DataFrame, kinds: Kinds, rack_of: I32) -> Packed:
    """One row a cable (of a cable of several links the first), routed and with a part."""
    is_single = cables.is_empty() or cables["leg"].max() == 0
    is_first = None if is_single else cables.select((pl.col("leg") == 0) | pl.col("key").is_first_distinct()).to_series()
    fabric, sku, a, b, path = (cables[c].to_numpy() for c in ("fabric_id", "sku", "a_device_id", "b_device_id", "path_id"))
    kind = kinds.of.ravel()[fabric * np.int32(kinds.of.shape[1]) + sku]
    counts = (kind >= 0) & (path >= IN_RACK)
    if is_first is not None:
        counts &= is_first.to_numpy()
    own = np.flatnonzero(counts)
    known, found = None, [kind[own], rack_of[a[own]], rack_of[b[own]], path[own] - np.int32(IN_RACK)]
    tops = [int(values.max(initial=0)) for values in found]
    if sum(max(t.bit_length(), 1) for t in tops) > 63:  # so large a campus that path ids are counted rather than packed
        known, found[-1] = np.unique(path[own], return_inverse=True)
        tops[-1] = len(known)
    bits = tuple(max(t.bit_length(), 1) for t in tops)
    key = found[0].astype(np.int64)
    for value, width in zip(found[1:], bits[1:], strict=True):
        key <<= width
        key |= value
    return Packed(own, key, bits, known)
