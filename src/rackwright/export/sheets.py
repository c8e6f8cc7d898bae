"""Frames as sheets of one workbook, in memory and with fixed dates, so that the same frames give the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

import polars as pl
import xlsxwriter

CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # any fixed day: a clock would change the bytes
ILLEGAL = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
_LIMIT = 32_767  # characters of one cell
_ROWS = 1_048_575  # data rows of one sheet


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet and its frame; column names are the heads and carry the units."""

    name: str
    frame: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Book:
    """Title and subject of a workbook."""

    title: str
    subject: str

    def write(self, sheets: list[Sheet]) -> bytes:
        """The workbook: bold frozen heads, autofilter, widths from the values; strings are never read as formulas, links or numbers.

        Raises:
            ValueError: more rows than a sheet holds (ours to split, never the user's).
        """
        buffer = BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": False}
        with xlsxwriter.Workbook(buffer, options) as book:
            book.set_properties({"title": self.title, "subject": _texts(pl.Series([self.subject])).item(), "created": CREATED})
            head = book.add_format({"bold": True, "bottom": 1, "valign": "vcenter"})
            whole, decimal = book.add_format({"num_format": "#,##0"}), book.add_format({"num_format": "#,##0.00##"})
            for sheet in sheets:
                _fill(book.add_worksheet(sheet.name), sheet.frame, head, whole, decimal)
        return buffer.getvalue()


def _fill(page: xlsxwriter.worksheet.Worksheet, frame: pl.DataFrame, head: object, whole: object, decimal: object) -> None:
    if frame.height > _ROWS:
        raise ValueError(f"{frame.height:,} rows do not fit into one sheet")
    for column, name in enumerate(frame.columns):
        series = frame[name]
        is_text = series.dtype == pl.String
        if is_text:
            series = _texts(series)
        page.write_string(0, column, name, head)
        style = None if is_text else whole if series.dtype.is_integer() else decimal
        page.set_column(column, column, _width(name, series), style)
        for row, value in enumerate(series.to_list(), 1):
            if value is None or value != value:
                continue
            if is_text:
                page.write_string(row, column, value)
            else:
                page.write_number(row, column, value, style)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(frame.height, 1), max(frame.width - 1, 0))
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _texts(values: pl.Series) -> pl.Series:
    """Texts that cells can hold: control characters become spaces, cut at the limit of the format."""
    return values.str.replace_all(ILLEGAL, " ").str.slice(0, _LIMIT)


def _width(name: str, values: pl.Series) -> float:
    """Characters of the longest of head and values, within reason."""
    if values.dtype == pl.String:
        longest = int(values.str.len_chars().max() or 0)  # type: ignore[arg-type]
    else:  # no number between two others is longer than both
        longest = max((len(f"{float(v):,.2f}") for v in (values.min(), values.max()) if v is not None), default=0)  # type: ignore[arg-type]
    return min(max(len(name) + 3, longest + 1.5, 8), 60)
