"""Workbooks (XLSX): every sheet that has a list. Formulas are not worked out; a cell is what the file says it last showed."""

from __future__ import annotations

import zipfile
from io import BytesIO

from rackwright.verify.observed import BrokenError, Found
from rackwright.verify.reading import lists

MOST_BYTES = 1_000_000_000


def read(data: bytes) -> Found:
    """The lists of a workbook. Raises BrokenError."""
    import openpyxl  # noqa: PLC0415  takes 0.2 s, and only workbooks need it

    found, tried = Found(), []
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
        if size > MOST_BYTES:
            raise BrokenError(1, 1, f"unpacks to {size:,} bytes, more than the {MOST_BYTES:,} that are read", "split it")
        book = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True)
        for page in book.worksheets:
            tried.append(page.title)
            rows = [(n, ["" if v is None else str(v) for v in row]) for n, row in enumerate(page.iter_rows(values_only=True), 1)]
            lists.sheet(page.title, rows, found)
    except BrokenError:
        raise
    except Exception as fault:  # noqa: BLE001  a damaged archive or XML fails anywhere in the reader, in many ways
        raise BrokenError(1, 1, f"is no whole workbook ({type(fault).__name__})", "save it as XLSX again") from None
    if not (found.seen or found.local or found.adapters or found.faults):
        names = ", ".join(f"`{n}`" for n in tried[:5])
        raise BrokenError(
            1, 1, f"has no sheet with a list of links (sheets: {names})", "a sheet wants `A-Node Name, A-Port, Z-Node Name, Z-Port` in its header"
        )
    return found
