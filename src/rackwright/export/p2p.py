"""NVIDIA's point-to-point file: a workbook with every link as two ends, a sheet for each fabric. Cells are text, whatever they look like.

Ethernet sheets have `A-Node Name, A-Type, A-Port, Z-Node Name, Z-Type, Z-Port`, InfiniBand ones rack, unit, name and port of both ends.

Source: NVIDIA UFM Cable Validation Tool 1.5, "P2P File".

Reads what `ends` and `only` read, fabrics, fabric_switches, part_facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO

import polars as pl
import xlsxwriter

from rackwright.export import net, sheets, subnet
from rackwright.export import only as choice
from rackwright.export.only import ChoiceError, Only
from rackwright.schema import ends
from rackwright.schema.tables import Tables

TITLE = "NVIDIA point-to-point file (P2P)"
OF = ("hall",)
ETHERNET = ("A-Node Name", "A-Type", "A-Port", "Z-Node Name", "Z-Type", "Z-Port")
INFINIBAND = ("Rack", "U", "Name", "HCA/Port", "Rack", "U", "Name", "Port")
Pages = list[tuple[str, tuple[str, ...], pl.DataFrame]]


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`p2p.xlsx` of the links chosen. Raises UnknownNameError, ChoiceError."""
    if t["fabric_cables"].is_empty():
        return
    rows = choice.links(t, ends.devices(t), only)
    if rows.len() > net.MOST:
        raise ChoiceError(
            f"a point-to-point file of {rows.len():,} links is more than the {net.MOST:,} of one call; name a row, rack, device or fabric"
        )
    if rows.len():
        yield f"p2p{only.slug()}.xlsx", partial(made, t, rows)


def made(t: Tables, rows: pl.Series) -> bytes:
    """The workbook of those rows of `fabric_cables`."""
    return workbook(pages(t, rows))


def pages(t: Tables, rows: pl.Series) -> Pages:
    """Sheets of those rows of `fabric_cables`: name, heads and cells, fabric by fabric."""
    at = ends.devices(t)
    named = ends.named(t, at, rows)
    switches = t["fabric_switches"]["device_id"].implode()
    for s in "ab":
        own = at[named[f"{s}_device_id"]]
        kind = pl.when(pl.col(f"{s}_device_id").is_in(switches)).then(pl.lit("Switch")).otherwise(pl.lit("Host"))
        named = named.with_columns(own["end"].alias(f"{s}_host"), kind.alias(f"{s}_type"))
    special = set(subnet.infiniband(t))
    found: Pages = []
    for fabric, name in t["fabrics"].sort("fabric_id").select("fabric_id", "fabric").iter_rows():
        mine = named.filter(pl.col("fabric_id") == fabric)
        is_ib = fabric in special
        columns = ("rack", "u", "host", "port") if is_ib else ("host", "type", "port")
        if mine.height:
            found.append((name, INFINIBAND if is_ib else ETHERNET, mine.select(f"{s}_{c}" for s in "ab" for c in columns)))
    return found


def workbook(found: Pages) -> bytes:
    """Sheets as XLSX; the same sheets give the same bytes."""
    buffer = BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    taken: set[str] = set()
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": "Point-to-point file", "created": sheets.CREATED})
        bold = book.add_format({"bold": True})
        for name, heads, frame in found:
            page = book.add_worksheet(_tab(name, taken))
            page.freeze_panes(1, 0)
            page.autofilter(0, 0, frame.height, len(heads) - 1)
            page.set_column(0, len(heads) - 1, 18)
            for column, head in enumerate(heads):
                page.write_string(0, column, head, bold)
            text = frame.with_columns(net.one_line(pl.col(pl.String)).str.replace_all(sheets.ILLEGAL, " "))
            for row, cells in enumerate(text.iter_rows(), 1):
                for column, cell in enumerate(cells):
                    if isinstance(cell, str):
                        page.write_string(row, column, cell)
                    elif cell is not None:
                        page.write_number(row, column, cell)
    return buffer.getvalue()


def _tab(name: str, taken: set[str]) -> str:
    """A name that a sheet may have, at most 31 characters, of none other in the book."""
    cut, number = name[:31], 1
    while cut.lower() in taken:
        number += 1
        cut = f"{name[: 30 - len(str(number))]}-{number}"
    taken.add(cut.lower())
    return cut
