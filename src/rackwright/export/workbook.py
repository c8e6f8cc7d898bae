"""One workbook of a hall for those who work in spreadsheets: cable schedule, bill of material and port map, with filters and frozen heads.

Text cells are text: what looks like a formula stays what it is.

Reads what `cut_sheets`, `bom_xlsx` and `port_maps` read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import bom_xlsx, cut_sheets, port_maps
from rackwright.export import only as choice
from rackwright.export.only import ChoiceError, Only
from rackwright.export.sheets import ROWS, Book, Sheet, spoken
from rackwright.schema import ends
from rackwright.schema.tables import Tables

TITLE = "Workbook of cables, bill of material and port maps"
FOR = "Excel, LibreOffice"
NEEDS = "links"
OF = ("hall",)
CHOICES = ("row", "rack", "device", "fabric")


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`hall.xlsx` of the cables and devices chosen; the bill is always that of the hall. Raises UnknownNameError, ChoiceError."""
    if not t.height("fabric_cables"):
        return
    choice.no_cable(only, "workbooks")
    at = ends.devices(t)
    rows = choice.links(t, at, only)
    made = sheets(t, at, only) if rows.len() <= ROWS else []
    most = max([rows.len(), *(s.frame.height for s in made)])
    if most > ROWS:
        raise ChoiceError(f"{most:,} links or ports do not fit into a sheet, which has {ROWS:,} rows; name a row, rack, device or fabric")
    yield f"hall{only.slug()}.xlsx", partial(workbook, t, made)


def workbook(t: Tables, made: list[Sheet]) -> bytes:
    """The workbook of its sheets; the same tables give the same bytes."""
    return Book("Cables, bill of material, port maps", t.input_text("hall")).write(made)


def sheets(t: Tables, at: pl.DataFrame, only: Only) -> list[Sheet]:
    """Its sheets; `at` is from `ends.devices`."""
    ports = port_maps.ports(t, at, only).drop("device_id", "number", "cage_number", "tier")
    cables = cut_sheets.frame(t, only)
    return [Sheet("Cables", cables, spoken(cables.columns)), Sheet("BOM", bom_xlsx.hall_lines(t)), Sheet("Ports", ports, spoken(ports.columns))]
