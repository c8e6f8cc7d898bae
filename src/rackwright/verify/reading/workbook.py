"""Workbooks (XLSX): every sheet that has a list. Formulas are not worked out; a cell is what the file says it last showed."""

from __future__ import annotations

import zipfile
from io import BytesIO

import python_calamine as calamine

from rackwright.verify.observed import BrokenError, Found
from rackwright.verify.reading import lists

MOST_BYTES = 1_000_000_000


def read(data: bytes) -> Found:
    """The lists of a workbook. Raises BrokenError."""
    found, tried = Found(), []
    is_book = True
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
            is_book = any(name.startswith(("xl/", "content.xml")) for name in packed.namelist())
        if size > MOST_BYTES:
            raise BrokenError(1, 1, f"unpacks to {size:,} bytes, more than the {MOST_BYTES:,} that are read", "split it")
        book = calamine.CalamineWorkbook.from_filelike(BytesIO(data))
        for name in [s.name for s in book.sheets_metadata if s.typ == calamine.SheetTypeEnum.WorkSheet]:
            tried.append(name)
            cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            rows = [[v if isinstance(v, str) else _text(v) for v in row] for row in cells]
            if lists.sheet(name, enumerate(rows, 1), found):
                found.lines[name] = [" | ".join(row).rstrip(" |") for row in rows]
    except BrokenError:
        raise
    except Exception as fault:  # noqa: BLE001  a damaged archive or XML fails anywhere in the reader, in many ways
        if not is_book:
            raise BrokenError(1, 1, "is an archive (ZIP) and no workbook", "unpack it, and give the folder") from None
        raise BrokenError(1, 1, f"is no whole workbook ({type(fault).__name__})", "save it as XLSX again") from None
    if not (found.seen or found.local or found.devices or found.adapters or found.faults):
        names = ", ".join(f"`{n}`" for n in tried[:5])
        raise BrokenError(
            1, 1, f"has no sheet with a list of links (sheets: {names})", "a sheet wants `A-Node Name, A-Port, Z-Node Name, Z-Port` in its header"
        )
    return found


def _text(value: object) -> str:
    """What a cell shows that is no text: numbers of ports are whole, though the file keeps all numbers as fractions."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
