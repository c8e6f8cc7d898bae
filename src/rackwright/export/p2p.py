"""NVIDIA's point-to-point file: a workbook with every link as two ends, a sheet for each fabric. Cells are text, whatever they look like.

Ethernet sheets have `A-Node Name, A-Type, A-Port, Z-Node Name, Z-Type, Z-Port`, InfiniBand ones rack, unit, name and port of both ends.

Source: NVIDIA UFM Cable Validation Tool 1.5, "P2P File".

Reads what `ends` and `only` read, fabrics, fabric_switches, part_facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import net, subnet
from rackwright.export import only as choice
from rackwright.export.only import ChoiceError, Only
from rackwright.export.sheets import ROWS, Book, Sheet
from rackwright.schema import ends
from rackwright.schema.tables import Tables

TITLE = "NVIDIA point-to-point file (P2P)"
FOR = "NVIDIA Cable Validation Tool, UFM"
NEEDS = "links"
OF = ("hall",)
ETHERNET = ("A-Node Name", "A-Type", "A-Port", "Z-Node Name", "Z-Type", "Z-Port")
INFINIBAND = ("Rack", "U", "Name", "HCA/Port", "Rack", "U", "Name", "Port")
Pages = list[tuple[str, tuple[str, ...], pl.DataFrame]]


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`p2p.xlsx` of the links chosen. Raises UnknownNameError, ChoiceError."""
    if t["fabric_cables"].is_empty():
        return
    rows = choice.links(t, ends.devices(t), only)
    most = t["fabric_cables"]["fabric_id"].gather(rows).value_counts()["count"].max()
    if isinstance(most, int) and most > ROWS:
        raise ChoiceError(f"a fabric of {most:,} links does not fit into a sheet, which has {ROWS:,} rows; name a row, rack or device")
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
    taken: set[str] = set()
    pages = [Sheet(_tab(name, taken), frame.with_columns(net.one_line(pl.col(pl.String))), heads) for name, heads, frame in found]
    return Book("Point-to-point file", "").write(pages)


def _tab(name: str, taken: set[str]) -> str:
    """A name that a sheet may have, at most 31 characters, of none other in the book."""
    cut, number = name[:31], 1
    while cut.lower() in taken:
        number += 1
        cut = f"{name[: 30 - len(str(number))]}-{number}"
    taken.add(cut.lower())
    return cut
