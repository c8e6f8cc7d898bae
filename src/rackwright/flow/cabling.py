"""Every cable of a hall, cell by cell: made in threads, or taken over from the package that is built anew where nothing it depends on changed.

A cell depends on what all cells share (plan of its fabric, floor, places, trays, media) and on the racks of its own unit: their designs and the
endpoints on them. Both are hashed; equal hashes make equal cables, so a kept cell has the same bytes as one made again. Sums and flows of cells
are plain arrays that add up in any order; those of every cell stand in one file of the package.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from queue import SimpleQueue
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.exceptions import PolarsError

from rackwright.build.fill import Flows, no_flows
from rackwright.build.hall import cable
from rackwright.build.hall.bundles import Groups, Kinds, grouped
from rackwright.build.hall.ground import Ground
from rackwright.build.hall.losses import Lost, tray_losses
from rackwright.build.hall.medium import Media
from rackwright.build.hall.sums import CellSums, Sums, no_sums
from rackwright.build.hall.wire import Wired
from rackwright.build.paths import Paths, Trees
from rackwright.flow import cells
from rackwright.flow.fingerprint import Fingerprint, program
from rackwright.flow.store import Kept, cell, threads
from rackwright.schema.tables import Tables

SUMS, TREES = "cells/sums.parquet", "cells/trees.parquet"
_OF_DESIGN = ("racks", "devices", "chips", "ports", "links")  # tables of a rack design that its ends and their names come from
# Fields of `Ground` that other units change, and the paths, whose hash is given.
_SHARED = ("site", "templates", "device_first", "switch_first", "paths")


@dataclass(frozen=True, slots=True)
class CellFlows:
    """Area in the trays of one cell: where in the flattened arrays of `Flows` there is any, and how much."""

    pair_at: NDArray[np.int64]
    pair: NDArray[np.int64]
    out_at: NDArray[np.int64]
    out: NDArray[np.int64]
    span_at: NDArray[np.int64]
    span: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Told:
    """What tables of the hall ask of a cell: its bundles, and what trays take with it."""

    bundles: Groups
    lost: Lost


@dataclass(frozen=True, slots=True)
class Made:
    """One cell: its links with ids of the campus, sums, flows, what else is asked of it, the hash of what it was made from, and
    what its ids are counted from: fabric, first host, first switch."""

    rows: pl.DataFrame
    sums: CellSums
    flows: CellFlows
    told: Told | None
    inputs: str
    bases: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Cabled:
    """All cells by fabric and unit, what they sum to by fabric, and what runs in the trays."""

    made: dict[tuple[int, int], Made]
    sums: list[Sums]
    flows: Flows

    def files(self, wired: list[Wired]) -> dict[str, Made]:
        """Cells by their file."""
        return {cells.file_name(wired[which].name, unit): made for (which, unit), made in self.made.items()}


def cabled(
    ground: Ground,
    wired: list[Wired],
    media: list[Media],
    inputs: Mapping[tuple[int, int], str],
    kept: Kept | None,
    progress: Callable[[str], None],
    kinds: Kinds | None = None,
    before: Mapping[str, Made] | None = None,
) -> Cabled:
    """Every cable of the hall. `inputs`: the hash of what each cell is made from (see `hashed`), or nothing where no cell is kept. `kinds` of
    cable that share bundles, None where nobody asks what is `Told`. `before`: cells of an earlier run of this process, by file.
    """
    every = [(which, unit) for which, each in enumerate(wired) for unit in range(each.plan.cells)]
    old, racks, before = _Old(kept), rack_of(ground), before or {}
    scratch: SimpleQueue[Flows] = SimpleQueue()
    for _ in range(threads()):
        scratch.put(no_flows(ground.paths))

    def one(at: tuple[int, int]) -> Made | None:
        which, unit = at
        each, first = wired[which], bases(ground, wired, which, unit)
        file = cells.file_name(each.name, unit)
        if inputs and file in before and before[file].inputs == inputs[at]:
            return _moved(before[file], (which, *first))
        found = old.cell(file, inputs[at], which, *first) if inputs else None
        return found or _made(ground, wired, at, media[which], inputs.get(at, ""), scratch, (kinds, racks) if kinds else None)

    made, sums, flows = {}, [no_sums(m) for m in media], no_flows(ground.paths)
    total = (flows.pair.ravel(), flows.out.ravel(), flows.span.ravel())
    with ThreadPoolExecutor(threads()) as pool:
        for at, found in zip(every, pool.map(one, every), strict=True):
            if found is None:
                continue
            progress(f"cables {wired[at[0]].name} {at[1] + 1}/{wired[at[0]].plan.cells}")
            made[at] = found
            sums[at[0]] += found.sums
            f = found.flows
            for whole, where, amount in zip(total, (f.pair_at, f.out_at, f.span_at), (f.pair, f.out, f.span), strict=True):
                whole[where] += amount
    return Cabled(made, sums, flows)


def bases(ground: Ground, wired: list[Wired], which: int, unit: int) -> tuple[int, int]:
    """The device ids of a unit's first host and of the hall's first switch (of any fabric: a management network has other ones' as hosts)."""
    ends, begin, end = wired[which].ends, *(int(x) for x in wired[which].plan.first[unit : unit + 2])
    host = int(ground.device_first[max(int(ends.rack[begin]), 0)]) if end > begin else 0
    return host, ground.switch_first


def rack_of(ground: Ground) -> NDArray[np.int32]:
    """The rack of each device: those of rack designs rack by rack, then the switches."""
    count = np.diff(ground.device_first, append=ground.switch_first)
    switches = (ground.stand.rack + ground.site.compute).astype(np.int32)
    return np.concatenate([np.repeat(np.arange(len(count), dtype=np.int32), count), switches])


def _made(
    ground: Ground,
    wired: list[Wired],
    at: tuple[int, int],
    media: Media,
    inputs: str,
    scratch: SimpleQueue[Flows],
    told: tuple[Kinds, NDArray[np.int32]] | None,
) -> Made | None:
    flows = scratch.get()
    try:
        found = cable.cell_columns(ground, wired[at[0]], *at, media, flows)
        taken = _taken(flows)
    finally:
        scratch.put(flows)
    if found is None:
        return None
    columns, sums = found
    rows = pl.DataFrame(columns).with_columns(fabric_id=pl.lit(at[0], pl.Int32))
    of = told and Told(grouped(rows, *told), tray_losses(ground, wired[at[0]], at[0], rows, told[1]))
    return Made(rows, sums, taken, of, inputs, (at[0], *bases(ground, wired, *at)))


def _moved(made: Made, to: tuple[int, int, int]) -> Made:
    """The same cell where other units and fabrics come before it."""
    if made.bases == to:
        return made
    (_, host, switch), (fabric, new_host, new_switch) = made.bases, to
    rows = cells.shifted(made.rows, new_host - host, new_switch - switch, switch)
    return replace(made, rows=rows.with_columns(fabric_id=pl.lit(fabric, pl.Int32)), bases=to)


def _taken(flows: Flows) -> CellFlows:
    """What lies in the trays, which are empty afterwards."""
    made = []
    for whole in (flows.pair.ravel(), flows.out.ravel(), flows.span.ravel()):
        at = np.flatnonzero(whole)
        made += [at, whole[at]]
        whole[at] = 0
    return CellFlows(*made)


def hashed(
    ground: Ground, wired: list[Wired], media: list[Media], designs: Mapping[str, Tables], kinds: Kinds, of_paths: str
) -> Iterator[tuple[tuple[int, int], str]]:
    """For each cell of each fabric the hash of everything it is made from. `designs` are the tables of each rack design, `of_paths` the hash of
    the paths of `ground`.
    """
    floor = Fingerprint(program(), kinds, of_paths)
    floor.add_all_but(ground, _SHARED)
    floor.add_all_but(ground.site, ("design",))
    of_design = [Fingerprint({name: t[name] for name in _OF_DESIGN}).hex() for t in designs.values()]
    for which, each in enumerate(wired):
        templates = ground.templates[which]
        by_design = [Fingerprint(own, text).hex() for own, text in zip(templates, [*of_design, "switches"], strict=True)]
        fabric = floor.copy()
        fabric.add((which, each.name, each.wish, each.plan, each.parts, each.ends.managed, by_design[-1]))
        fabric.add((int(media[which].cage.max(initial=0)), _but(media[which], ("row", "of_row", "cage"))))
        if each.plan.hosts is None:  # links from endpoint to endpoint may end in another unit
            first = ground.device_first - ground.device_first[0]
            fabric.add((by_design, ground.site.design, first, each.ends.endpoints, each.ends.rack, each.ends.row))
        for unit in range(each.plan.cells):
            own = slice(int(each.plan.first[unit]), int(each.plan.first[unit + 1]))
            rack, row, kind = each.ends.rack[own], each.ends.row[own], media[which].row[own]
            made = fabric.copy()
            racks = np.unique(rack[rack >= 0])
            host = ground.device_first[racks] - (ground.device_first[racks[0]] if len(racks) else 0)
            made.add((unit, each.ends.endpoints.pick(own), rack, row, media[which].of_row[kind], media[which].cage[kind], host))
            made.add([by_design[d] for d in ground.site.design[racks].tolist()])
            yield (which, unit), made.hex()


def _but(thing: object, left_out: tuple[str, ...]) -> str:
    made = Fingerprint()
    made.add_all_but(thing, left_out)
    return made.hex()


_KINDS: tuple[Any, ...] = (CellSums, CellFlows, Groups, Lost)
_FIELDS = [(f"{kind.__name__}.{f.name}", kind) for kind in _KINDS for f in fields(kind)]


def packed(made: Mapping[str, Made]) -> bytes:
    """Sums and flows of every cell, by file: a list of numbers for each array."""
    texts = {"file": list(made), "inputs": [m.inputs for m in made.values()]}
    columns = {name: pl.Series(name, values, dtype=pl.String) for name, values in texts.items()}
    every = [dict(zip(_KINDS, (_told(m.sums), m.flows, m.told.bundles, m.told.lost), strict=True)) for m in made.values() if m.told]
    for name, kind in _FIELDS:
        arrays = [getattr(each[kind], name.partition(".")[2]) for each in every]
        columns[name] = pl.Series(name, [pl.Series(a) for a in arrays])
    buffer = io.BytesIO()
    pl.DataFrame(columns).write_parquet(buffer, compression="lz4", statistics=False)
    return buffer.getvalue()


def _told(sums: CellSums) -> CellSums:
    """With each cage and module once, in order, and cages by their distance: steps of one are packed well."""
    both = np.unique(sums.cage.astype(np.int64) << 16 | sums.module)
    return replace(sums, cage=np.diff(both >> 16, prepend=0).astype(np.int32), module=(both & 0xFFFF).astype(np.int16))


def trees_packed(paths: Paths) -> bytes:
    """The shortest paths of a hall, row after row of `Paths.far_mm` and `Paths.via`."""
    buffer = io.BytesIO()
    rows = pl.DataFrame({"far_mm": paths.far_mm, "via": paths.via})
    rows.write_parquet(buffer, compression="zstd", compression_level=1, statistics=False)
    return buffer.getvalue()


def trees_kept(kept: Kept | None, inputs: str) -> Trees | None:
    """Those of a package, where they were made from just that."""
    data = kept.read(TREES) if kept and kept.has(TREES, inputs) else None
    if data is None:
        return None
    try:
        rows = pl.read_parquet(io.BytesIO(data))
    except (PolarsError, OSError):
        return None
    return rows["far_mm"].to_numpy(), rows["via"].to_numpy()


class _Old:
    """Cells of the package that is built anew."""

    def __init__(self, kept: Kept | None) -> None:
        self.kept, self.at, self.arrays = kept, dict[str, int](), dict[str, tuple[NDArray[np.generic], NDArray[np.int64]]]()
        data = kept.read(SUMS) if kept else None
        if data is None:
            return
        try:
            frame = pl.read_parquet(io.BytesIO(data))
        except (PolarsError, OSError):
            return
        if frame.columns != ["file", "inputs", *(name for name, _ in _FIELDS)]:
            return
        for name, _ in _FIELDS:
            ends = np.concatenate([[0], np.cumsum(frame[name].list.len().to_numpy().astype(np.int64))])
            self.arrays[name] = (frame[name].explode(empty_as_null=False).to_numpy(), ends)
        self.at = {f"{file} {inputs}": i for i, (file, inputs) in enumerate(frame.select("file", "inputs").iter_rows())}

    def cell(self, file: str, inputs: str, which: int, host_first: int, switch_first: int) -> Made | None:
        """The cell of a file, if it was made from just that."""
        i = self.at.get(f"{file} {inputs}")
        if self.kept is None or i is None or not self.kept.has(file, inputs):
            return None
        rows = cell(self.kept, file)
        if rows is None:
            return None
        arrays = iter([values[ends[i] : ends[i + 1]] for values, ends in self.arrays.values()])
        sums, flows, bundles, lost = (kind(*[next(arrays) for _ in fields(kind)]) for kind in _KINDS)
        made = cells.restored(rows, which, host_first, switch_first).select(pl.exclude("fabric_id"), "fabric_id")
        sums = replace(sums, cage=np.cumsum(sums.cage, dtype=np.int32))
        return Made(made, sums, flows, Told(bundles, lost), inputs, (which, host_first, switch_first))
