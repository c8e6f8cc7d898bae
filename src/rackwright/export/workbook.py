"""One workbook of a hall for those who work in spreadsheets: cable schedule, bill of material and port map, with filters and frozen heads.

Text cells are text: what looks like a formula stays what it is.

Reads what `cut_sheets`, `bom_xlsx` and `port_maps` read.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import bom_xlsx, cut_sheets, port_maps
from rackwright.export import only as choice
from rackwright.export.only import ChoiceError, Only
from rackwright.export.sheets import Book, Sheet
from rackwright.schema import ends
from rackwright.schema.tables import Tables

TITLE = "Workbook of cables, bill of material and port maps"
OF = ("hall",)
CHOICES = ("row", "rack", "device", "fabric")
MOST = 50_000  # links of one workbook: what takes some 15 s
_NUMBERS = ("a_u", "b_u", "cut_mm", "stock_mm")


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`hall.xlsx` of the cables and devices chosen; the bill is always that of the hall. Raises UnknownNameError, ChoiceError."""
    if not t.height("fabric_cables"):
        return
    choice.no_cable(only, "workbooks")
    at = ends.devices(t)
    rows = choice.links(t, at, only)
    if rows.len() > MOST:
        raise ChoiceError(f"a workbook of {rows.len():,} links is more than the {MOST:,} of one file; name a row, rack, device or fabric")
    yield f"hall{only.slug()}.xlsx", partial(workbook, t, at, only)


def workbook(t: Tables, at: pl.DataFrame, only: Only) -> bytes:
    """The workbook; the same tables give the same bytes. `at` is from `ends.devices`."""
    return Book("Cables, bill of material, port maps", t.input_text("hall")).write(sheets(t, at, only))


def sheets(t: Tables, at: pl.DataFrame, only: Only) -> list[Sheet]:
    """Its sheets."""
    ((_, make),) = cut_sheets.files_of(t, only)
    cables = pl.read_csv(io.BytesIO(make()), infer_schema=False).with_columns(pl.col(c).cast(pl.Int64) for c in _NUMBERS)
    ports = port_maps.ports(t, at, only).drop("device_id", "number", "cage_number", "tier")
    return [Sheet("Cables", cables), Sheet("BOM", bom_xlsx.hall_lines(t)), Sheet("Ports", ports)]
