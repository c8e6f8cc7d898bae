"""Cells of cables that a package keeps for the build after it: what they sum to and what was asked of them in one file, their links in one each.

A kept cell is not read: its links come from its file when somebody looks at them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.exceptions import PolarsError

from rackwright.build.fill import CellFlows
from rackwright.build.hall.bundles import Groups
from rackwright.build.hall.losses import Lost
from rackwright.build.hall.plugged import Plugged
from rackwright.build.hall.sums import CellSums
from rackwright.build.paths import Paths
from rackwright.build.pathways import Pathways, Taps
from rackwright.flow import cells
from rackwright.flow.cabling import ASKS, Made, Told, answering
from rackwright.flow.store import Kept, cell
from rackwright.schema.parts import Part

SUMS, PATHS = "cells/sums.arrow", "cells/paths.arrow"
_KINDS: tuple[Any, ...] = (CellSums, CellFlows, Groups, Lost, Plugged, *(ask.kind for ask in ASKS))
_FIELDS = [(f"{kind.__name__}.{f.name}", kind) for kind in _KINDS for f in fields(kind)]
_TEXTS, _NUMBERS = ("file", "inputs", "ports"), ("links", "leg")


def packed(made: Mapping[str, Made]) -> bytes:
    """Sums, flows and answers of every cell: a row with lists, for each array those of all cells one after the other, and how long each is."""
    told = {file: m for file, m in made.items() if m.told}
    every = [
        (_near(m.sums), m.flows, m.told.bundles, m.told.lost, m.told.plugged, *(m.links.told(ask) for ask in ASKS)) for m in told.values() if m.told
    ]
    columns = {"file": pl.Series(list(told), dtype=pl.String)}
    columns |= {name: pl.Series([getattr(m, name) for m in told.values()], dtype=pl.String) for name in ("inputs", "ports")}
    columns |= {"links": pl.Series([m.links.height for m in told.values()]), "leg": pl.Series([m.leg for m in told.values()])}
    for name, kind in _FIELDS:
        arrays = [getattr(each[_KINDS.index(kind)], name.partition(".")[2]) for each in every]
        columns[name] = pl.Series(np.concatenate(arrays)) if arrays else pl.Series([], dtype=pl.Int32)
        columns[f"{name} of"] = pl.Series([len(a) for a in arrays], dtype=pl.Int32)
    return _lists(columns)


def _near(sums: CellSums) -> CellSums:
    """With cages by their distance: steps of one are packed well."""
    return replace(sums, cage=np.diff(sums.cage, prepend=np.int32(0)))


def paths_packed(paths: Paths) -> bytes:
    """The pathways of a hall and the shortest paths over them: a row with a list for each array, row after row."""
    return _lists({name: pl.Series(np.ravel(getattr(owner, field))) for name, owner, field in _path_fields(paths)})


def paths_kept(kept: Kept | None, inputs: str) -> Paths | None:
    """Those of a package, where they were made from just that."""
    frame = _read(kept, PATHS, [name for name, _, _ in _path_fields(Paths)]) if kept and kept.has(PATHS, inputs) else None
    if frame is None:
        return None
    array = {name: frame[name][0].to_numpy() for name in frame.columns}
    ways, taps = Pathways(*(array[f"Pathways.{f.name}"] for f in fields(Pathways))), Taps(*(array[f"Taps.{f.name}"] for f in fields(Taps)))
    for name in ("far_mm", "via"):
        array[f"Paths.{name}"] = array[f"Paths.{name}"].reshape(len(array["Paths.junction"]), -1)
    array["Paths.off_mm"] = array["Paths.off_mm"].reshape(2, -1)
    return Paths(ways, taps, *(array[f"Paths.{f.name}"] for f in fields(Paths)[2:]))


def _path_fields(paths: Any) -> list[tuple[str, Any, str]]:
    """Name, owner and field of each array of paths (or of the class)."""
    owners = ((Pathways, getattr(paths, "ways", None)), (Taps, getattr(paths, "taps", None)), (Paths, paths))
    return [(f"{kind.__name__}.{f.name}", owner, f.name) for kind, owner in owners for f in fields(kind) if f.name not in ("ways", "taps")]


def _lists(columns: Mapping[str, pl.Series]) -> bytes:
    """A row with a list for each column. An Arrow file: Parquet takes five times as long to read long lists."""
    buffer = io.BytesIO()
    pl.DataFrame([c.implode().alias(name) for name, c in columns.items()]).write_ipc(buffer, compression="lz4")
    return buffer.getvalue()


def _read(kept: Kept, path: str, columns: list[str]) -> pl.DataFrame | None:
    """What `_lists` wrote; None where it is not there, damaged or of other columns."""
    data = kept.read(path)
    if data is None:
        return None
    try:
        frame = pl.read_ipc(io.BytesIO(data))
    except (PolarsError, OSError):
        return None
    return frame if frame.columns == columns else None


class KeptCells:
    """Cells of the package that is built anew."""

    def __init__(self, kept: Kept | None) -> None:
        self._kept, self._at, self._arrays = kept, dict[str, int](), dict[str, tuple[NDArray[np.generic], NDArray[np.int64]]]()
        frame = _read(kept, SUMS, [*_TEXTS, *_NUMBERS, *(f"{name}{end}" for name, _ in _FIELDS for end in ("", " of"))]) if kept else None
        if frame is None:
            return
        self._texts, self._numbers = ({name: frame[name][0].to_list() for name in names} for names in (_TEXTS, _NUMBERS))
        for name, _ in _FIELDS:
            self._arrays[name] = frame[name][0].to_numpy(), np.concatenate([[0], np.cumsum(frame[f"{name} of"][0].to_numpy(), dtype=np.int64)])
        self._at = {file: i for i, file in enumerate(self._texts["file"])}

    def cell(self, file: str, inputs: str, first: tuple[int, int, int], again: Callable[[], pl.DataFrame]) -> Made | None:
        """The cell of a file, if it was made from just that. `first` is what its ids are counted from: fabric, first host, first switch; `again`
        makes its links where the file cannot be read once they are looked at.
        """
        i = self._at.get(file)
        if self._kept is None or i is None or self._texts["inputs"][i] != inputs or not self._kept.has(file, inputs):
            return None
        arrays = iter([values[ends[i] : ends[i + 1]] for values, ends in self._arrays.values()])
        sums, flows, bundles, lost, ends, *answers = (kind(*[next(arrays) for _ in fields(kind)]) for kind in _KINDS)
        sums = replace(sums, cage=np.cumsum(sums.cage, dtype=np.int32))
        links = answering(Part(partial(_rows, self._kept, file, first, again), self._numbers["links"][i], first[1:]), zip(ASKS, answers, strict=True))
        return Made(links, self._numbers["leg"][i], sums, flows, Told(bundles, lost, ends), inputs, first, self._texts["ports"][i])


def _rows(kept: Kept, file: str, first: tuple[int, int, int], again: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """Links of a cell as they lie in a package."""
    rows = cell(kept, file)
    return again() if rows is None else cells.restored(rows, *first).select(pl.exclude("fabric_id"), "fabric_id")
