"""Cable list for the cable shop and the crew that pulls: one row a cable with the printed name of both ends, part and lengths.

One CSV a fabric; where a fabric has very many cables, one for each scalable unit. Each is made when it is written.
A label is both ends, the smaller place first: `H01.AA05-03:1/1--H01.AB07-12:nic0/p0` is rack, lowest unit and port of each. A cable of several links
(twin, splitter, fan-out, shuffle) has one row with the plugs of its first link, the others under `a_more` and `b_more`, and its longest leg.

Reads halls, hall_racks, designs, design_devices, fabrics, fabric_switches, fabric_cables, fabric_cells, fabric_skus, nic_ports, switch_ports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from threading import Lock

import polars as pl

from rackwright.export import only as choice
from rackwright.export.cells import plain
from rackwright.export.lines import Lines
from rackwright.export.only import Only
from rackwright.schema import ends, plugs
from rackwright.schema.tables import Tables

TITLE = "Cut sheets"
FOR = "crews that pull and plug; any spreadsheet"
NEEDS = "links"
OF = ("hall",)
WHOLE = 200_000  # cables up to which a fabric is one file
HEAD = b"label,a_hall,a_rack,a_u,a_device,a_port,b_hall,b_rack,b_u,b_device,b_port,part,medium,a_module,b_module,cut_mm,stock_mm,a_more,b_more\n"


def files(t: Tables) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`cut-sheets/FABRIC.csv`, or `cut-sheets/FABRIC-UNIT.csv` for each scalable unit of a large fabric."""
    names = _Names(t)
    for path, part in _parts(t):
        yield path, partial(names.csv, part["link_first"][0], int(part["links"].sum()))


def cells(t: Tables) -> dict[str, list[str]]:
    """The cells of cables that each file lists."""
    return {path: part["file"].to_list() for path, part in _parts(t)}


def _parts(t: Tables) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each file with its rows of `fabric_cells`."""
    rows = t["fabric_cells"].join(t["fabrics"].select("fabric_id", "fabric", "cables"), on="fabric_id", maintain_order="left")
    for _, own in rows.group_by("fabric_id", maintain_order=True):
        is_whole = own["links"].sum() <= WHOLE
        for part in [own] if is_whole else own.iter_slices(1):
            unit = "" if is_whole else f"-u{part['cell'][0] + 1:04d}"
            yield f"cut-sheets/{part['fabric'][0]}{unit}.csv", part


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The cables with an end in the rows, racks and devices chosen, of the fabrics chosen, as one sheet. Raises UnknownNameError."""
    if not t.height("fabric_cables"):
        return
    rows = plugs.whole(t, choice.links(t, ends.devices(t), only))
    yield f"cut-sheets{only.slug()}.csv", lambda: b"".join([HEAD, *(x.data for x in Lines(t, ends.devices(t)).csv(t["fabric_cables"][rows]))])


def frame(t: Tables, only: Only) -> pl.DataFrame:
    """The rows of `files_of` with plain texts and whole numbers, for workbooks."""
    ((_, make),) = files_of(t, only)
    rows = pl.read_csv(make(), infer_schema=False)
    numbers = ("a_u", "b_u", "cut_mm", "stock_mm")
    return rows.with_columns(pl.col(c).cast(pl.Int64) if c in numbers else plain(pl.col(c)) for c in rows.columns)


class _Names:
    """What lines are made of. The first of several sheets gets names of its own devices alone: a build that makes one unit anew needs no more."""

    def __init__(self, t: Tables) -> None:
        self._tables, self._asked, self._lock = t, False, Lock()
        self._lines: Lines | None = None

    def csv(self, first: int, size: int) -> bytes:
        """The sheet of some links, whichever thread asks."""
        cables = self._tables.parts("fabric_cables").slice(first, size)
        with self._lock:
            is_first, self._asked = not self._asked and size < self._tables.height("fabric_cables"), True
        if is_first:
            ids = pl.concat([cables["a_device_id"], cables["b_device_id"]]).unique().sort()
            cables = cables.with_columns(pl.Series(c, ids.search_sorted(cables[c]), dtype=pl.Int32) for c in ("a_device_id", "b_device_id"))
            lines = Lines(self._tables, ends.devices(self._tables)[ids])
        else:
            lines = self._whole()
        return b"".join([HEAD, *(x.data for x in lines.csv(cables))])

    def _whole(self) -> Lines:
        """Names of all devices, made once."""
        with self._lock:
            if self._lines is None:
                self._lines = Lines(self._tables, ends.devices(self._tables))
        return self._lines
