"""A chunk of the viewer's data: columns as a script that calls `RW.put(name, head, blob)`, so that a page opened from a file may read it.

`blob` is base64 of a zlib stream of the columns one after the other, each padded to 8 bytes: little-endian numbers, or texts as a JSON list in UTF-8.
`head` holds `rows`, `columns` (name, type, bytes) and what the caller adds. Types: `i1 u1 i2 u2 i4 u4 f4 f8` as in NumPy, and `s`.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

_LEVEL = 1  # of zlib: a stronger one takes three times as long for a tenth fewer bytes
_SPARE = b"\0" * 7


@dataclass(frozen=True, slots=True)
class Chunk:
    """Columns of one file of data, and what its head says besides."""

    rows: pl.DataFrame
    about: Mapping[str, Any] = field(default_factory=dict)


Chunks = dict[str, Callable[[], Chunk]]


def script(name: str, chunk: Chunk) -> bytes:
    """The chunk as a script. Raises ValueError for a column with empty values that -1 could not stand for."""
    columns, parts = [], []
    for column in chunk.rows.iter_columns():
        kind, data = _column(column)
        columns.append([column.name, kind, len(data)])
        parts += [data, _SPARE[: -len(data) % 8]]
    blob = base64.b64encode(zlib.compress(b"".join(parts), _LEVEL)).decode()
    return call(name, {"rows": chunk.rows.height, "columns": columns, **chunk.about}, blob)


def call(name: str, head: Mapping[str, Any], blob: str = "") -> bytes:
    """`RW.put(...)` with ASCII alone: names from a spec stand in JSON strings and nowhere else."""
    said = json.dumps(head, separators=(",", ":"), allow_nan=False)
    return f"RW.put({json.dumps(name)},{said},{json.dumps(blob)});\n".encode()


def _column(column: pl.Series) -> tuple[str, bytes]:
    if column.dtype == pl.String:
        return "s", json.dumps(column.fill_null("").to_list(), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if column.dtype == pl.Boolean:
        return "u1", column.fill_null(value=False).cast(pl.UInt8).to_numpy().tobytes()
    if column.dtype.is_float():
        values = column.fill_null(float("nan")).to_numpy()
        return f"f{values.dtype.itemsize}", values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
    if column.null_count():
        least: Any = column.min()
        if least is not None and least < 0:
            raise ValueError(f"column `{column.name}` has empty values beside negative ones")
    values = column.cast(pl.Int64).fill_null(-1).to_numpy()
    kind = _smallest(int(values.min(initial=0)), int(values.max(initial=0)))
    return kind, values.astype(f"<{kind}").tobytes()


def _smallest(low: int, high: int) -> str:
    """The smallest type that holds both; over 32 bits a double, exact to 2**53."""
    for kind in ("u1", "i1", "u2", "i2", "u4", "i4"):
        span = np.iinfo(kind)
        if span.min <= low and high <= span.max:
            return kind
    return "f8"
