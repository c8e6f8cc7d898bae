"""The table of cables in cells: one Parquet file for each fabric and scalable unit, the piece that is hashed, kept and compared.

What stands in a file concerns its unit alone. Ids that run through the campus shift when another unit changes, so a file has no `link_id`
and no `fabric_id`, and numbers its devices from two bases that `fabric_cells` holds: a host from the first device of its unit, a switch from
the first of the hall, with `SWITCH` (2**30) added to tell it from a host.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import polars as pl

from rackwright.flow.manifest import SWITCH
from rackwright.schema.parts import Part, Parts
from rackwright.schema.tables import Tables, empty, frame, table_schema

TABLE, CELLS = "fabric_cables", "fabric_cells"
_SHIFTED = ("a_device_id", "b_device_id")
_LEFT_OUT = ("link_id", "fabric_id")


def file_name(fabric: str, cell: int) -> str:
    """Where the links of a cell lie in a package; units count from 1, as in the names of switches."""
    return f"tables/{TABLE}/{fabric}-u{cell + 1:04d}.parquet"


def files(t: Tables) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Path and bytes of every cell. Bytes are made when they are asked for."""
    for row in t[CELLS].iter_rows(named=True):
        yield row["file"], partial(_packed, t, row["link_first"], row["links"], row["host_device_first"], row["switch_device_first"])


def _packed(t: Tables, first: int, size: int, host_first: int, switch_first: int) -> bytes:
    return packed(t.parts(TABLE).slice(first, size), host_first, switch_first)


def packed(rows: pl.DataFrame, host_first: int, switch_first: int) -> bytes:
    """A cell of `fabric_cables` as Parquet."""
    is_switch = {c: pl.col(c) >= switch_first for c in _SHIFTED}
    local = [pl.when(is_switch[c]).then(pl.col(c) - switch_first + SWITCH).otherwise(pl.col(c) - host_first).cast(pl.Int32) for c in _SHIFTED]
    buffer = io.BytesIO()
    # Statistics and a stronger code cost a third more time for a tenth fewer bytes: half of a row is its key, which nothing packs.
    rows.drop(_LEFT_OUT).with_columns(local).write_parquet(buffer, compression="lz4", statistics=False)
    return buffer.getvalue()


def shifted(rows: pl.DataFrame, host: int, switch: int, switch_first: int) -> pl.DataFrame:
    """Rows with so much added to the ids of hosts, and of switches, which begin at `switch_first`."""
    amount = {c: pl.when(pl.col(c) >= switch_first).then(pl.lit(switch, pl.Int32)).otherwise(pl.lit(host, pl.Int32)) for c in _SHIFTED}
    return rows.with_columns(pl.col(c) + amount[c] for c in _SHIFTED)


def stored() -> dict[str, type[pl.DataType]]:
    """Columns of a file."""
    return {name: dtype for name, dtype in table_schema(TABLE).dtypes().items() if name not in _LEFT_OUT}


def parts(links: Sequence[Part]) -> Parts:
    """`fabric_cables` of the links of cells, in their order."""
    return Parts(links, partial(frame, TABLE), "link_id") if links else Parts([Part(empty(TABLE), 0)])


def joined(cells: pl.DataFrame, parts: list[pl.DataFrame]) -> pl.DataFrame:
    """`fabric_cables` from `fabric_cells` and its files, one for each row."""
    if not parts:
        return empty(TABLE)
    rows = zip(parts, cells.iter_rows(named=True), strict=True)
    whole = pl.concat([restored(part, row["fabric_id"], row["host_device_first"], row["switch_device_first"]) for part, row in rows], rechunk=False)
    return frame(TABLE, whole.with_row_index("link_id"))


def restored(part: pl.DataFrame, fabric_id: int, host_first: int, switch_first: int) -> pl.DataFrame:
    """Rows of a file with the device ids of its campus and its fabric."""
    is_switch = {c: pl.col(c) >= SWITCH // 2 for c in _SHIFTED}
    shifted = [pl.when(is_switch[c]).then(pl.col(c) - SWITCH + switch_first).otherwise(pl.col(c) + host_first).cast(pl.Int32) for c in _SHIFTED]
    return part.with_columns(*shifted, fabric_id=pl.lit(fabric_id, pl.Int32))
