"""Frames as sheets of one workbook, in memory and with fixed dates, so that the same frames give the same bytes.

XlsxWriter makes the workbook with its heads, styles, widths, filters and panes; the rows are then put into its sheets column by column, as a call
for each cell takes most of a minute where there are millions. Texts are inline strings, which no spreadsheet reads as formulas, links or numbers.

Source: ECMA-376 part 1, 18.3 (SpreadsheetML worksheets) and 22.9.2.19 (ST_Xstring, `_xHHHH_`).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

import polars as pl
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from rackwright.export.marked import WORDS

ROWS = 1_048_575  # data rows of one sheet
_CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # any fixed day: a clock would change the bytes
_ILLEGAL = "[\x00-\x08\x0b-\x1f\ufffe\uffff]"
_PRINTED = 80  # characters of a text in a header or footer, which has 255 in all
_LIMIT = 32_767  # characters of one cell
_PIECE = 20_000  # rows made at a time
_LARGE = 10_000_000  # cells of a sheet that may unpack to more than zip holds without its extension for large files
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_WIDEST = 100  # characters of a column; longer texts are wrapped
_UNITS = {"mm": "mm", "kw": "kW", "kva": "kVA", "gbps": "Gb/s", "usd": "USD", "kg": "kg"}
_SPOKEN = {"u": "unit", "more": "further ends"}
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
# the row that shows which style each column has, and the size told before it is known
_SAMPLE, _SIZE = re.compile(rb'(?:<row r="2".*?</row>)?</sheetData>'), re.compile(rb'<dimension ref="[^"]*"/>')
_STYLE = re.compile(rb'<c r="([A-Z]+)2" s="(\d+)"')


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet and its frame; column names are the heads and carry the units, unless there are `heads` of their own."""

    name: str
    frame: pl.DataFrame
    heads: Sequence[str] = ()


def spoken(columns: Sequence[str]) -> list[str]:
    """Names of columns as heads in words, with the unit after a comma: `cut_mm` as `Cut, mm`, `a_u` as `A unit`."""
    made = []
    for column in columns:
        *words, last = column.split("_")
        unit = _UNITS.get(last) if words else None
        text = " ".join(_SPOKEN.get(w, w) for w in (words if unit else [*words, last]))
        made.append(text[:1].upper() + text[1:] + (f", {unit}" if unit else ""))
    return made


@dataclass(frozen=True, slots=True)
class Book:
    """Title and subject (the design) of a workbook."""

    title: str
    subject: str

    def write(self, sheets: Sequence[Sheet]) -> bytes:
        """The workbook: bold frozen heads, autofilter, widths from the values; strings are never read as formulas, links or numbers. Printed pages
        have title, sheet and design above, revision and hash of the design, the day of printing and the number of the page below.

        Raises:
            ValueError: more rows than a sheet holds (ours to split, never the user's).
        """
        made, clean = BytesIO(), [_clean(s.frame) for s in sheets]
        with xlsxwriter.Workbook(made, _OPTIONS) as book:
            book.set_properties({"title": self.title, "subject": _plain(pl.Series([self.subject])).item(), "created": _CREATED})
            styles = [{"bold": True, "bottom": 1, "valign": "vcenter"}, {"num_format": "#,##0"}, {"num_format": "#,##0.00##"}, {"text_wrap": True}]
            formats = [book.add_format(style) for style in styles]
            for sheet, frame in zip(sheets, clean, strict=True):
                if frame.height > ROWS:
                    raise ValueError(f"{frame.height:,} rows do not fit into one sheet")
                page = book.add_worksheet(sheet.name)
                _begin(page, sheet.heads or sheet.frame.columns, frame, *formats)
                page.set_header(f"&L{_printed(self.title)}&C&A&R{_printed(self.subject)}")
                words = _printed(WORDS.get())
                page.set_footer(f"{f'&L{words}' * bool(words)}&Cprinted &D&Rpage &P of &N")
        return _filled(made, clean)


def _printed(text: str) -> str:
    """A text in a header or footer, where `&` begins a code and a digit after one is a size of letters."""
    return str(_plain(pl.Series([text[:_PRINTED]])).item()).replace("&", "&&")


def _clean(frame: pl.DataFrame) -> pl.DataFrame:
    """Values that cells can hold, in columns called by number: numbers that are none become null, truth values words."""
    made = []
    for number, series in enumerate(frame):
        value = pl.lit(_plain(series) if series.dtype == pl.String else series.cast(pl.String) if series.dtype == pl.Boolean else series)
        if series.dtype.is_float():
            value = pl.when(value.is_finite()).then(value)
        made.append(pl.select(value.alias(str(number))).to_series())
    return pl.DataFrame(made)


def _plain(values: pl.Series) -> pl.Series:
    """Texts that cells can hold: control characters become spaces, cut at the limit of the format."""
    return values.str.replace_all(_ILLEGAL, " ").str.slice(0, _LIMIT)


def _begin(
    page: xlsxwriter.worksheet.Worksheet, heads: Sequence[str], frame: pl.DataFrame, head: object, whole: object, decimal: object, wrapped: object
) -> None:
    """All of a sheet but its rows: those have a sample alone, a number of each style."""
    for column, (name, series) in enumerate(zip(heads, frame, strict=True)):
        longest = _longest(series)
        text = wrapped if longest > _WIDEST else None
        style = text if series.dtype == pl.String else whole if series.dtype.is_integer() else decimal
        page.write_string(0, column, name, head)
        page.set_column(column, column, min(max(len(name) + 3, longest + 1.5, 8), _WIDEST), style)
        if style and frame.height:
            page.write_number(1, column, 0, style)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(frame.height, 1), max(frame.width - 1, 0))
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _longest(values: pl.Series) -> int:
    """Characters of the longest value."""
    if values.dtype == pl.String:
        return int(values.str.len_chars().max() or 0)  # type: ignore[arg-type]
    # no number between two others is longer than both
    return max((len(f"{float(v):,.2f}") for v in (values.min(), values.max()) if v is not None), default=0)  # type: ignore[arg-type]


def _filled(made: BytesIO, frames: Sequence[pl.DataFrame]) -> bytes:
    """The workbook with the rows of each sheet in place of its sample."""
    sheets = {f"xl/worksheets/sheet{i}.xml": frame for i, frame in enumerate(frames, 1)}
    whole = BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            text, entry = old.read(part), zipfile.ZipInfo(part.filename, part.date_time)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, part.external_attr
            frame = sheets.get(part.filename)
            if frame is None or not frame.height:
                new.writestr(entry, text)
                continue
            sample = _SAMPLE.search(text)
            if sample is None:
                raise AssertionError("XlsxWriter writes sheetData with an end")
            styles = {name.decode(): f' s="{style.decode()}"' for name, style in _STYLE.findall(sample[0])}
            size = f'<dimension ref="A1:{xl_col_to_name(frame.width - 1)}{frame.height + 1}"/>'.encode()
            with new.open(entry, "w", force_zip64=frame.height * frame.width > _LARGE) as into:
                into.write(_SIZE.sub(size, text[: sample.start()]))
                into.writelines(_rows(frame, styles))
                into.write(b"</sheetData>")
                into.write(text[sample.end() :])
    return whole.getvalue()


def _rows(frame: pl.DataFrame, styles: dict[str, str]) -> Iterator[bytes]:
    """Rows of a sheet from the second on, in pieces; null is no cell."""
    names = [xl_col_to_name(i) for i in range(frame.width)]
    cells = [_cell(series, name, styles.get(name, "")) for name, series in zip(names, frame, strict=True)]
    row = pl.concat_str(pl.lit('<row r="'), "row", pl.lit('">'), *cells, pl.lit("</row>")).str.join()
    for first in range(0, frame.height, _PIECE):
        piece = frame.slice(first, _PIECE)
        numbered = piece.with_columns(row=pl.int_range(first + 2, first + 2 + piece.height).cast(pl.String))
        yield str(numbered.select(row).item()).encode()


def _cell(series: pl.Series, name: str, style: str) -> pl.Expr:
    """The cells of a column."""
    value, head = pl.col(series.name), pl.concat_str(pl.lit(f'<c r="{name}'), "row")
    if series.dtype != pl.String:
        return pl.concat_str(head, pl.lit(f'"{style}><v>'), value.cast(pl.String), pl.lit("</v></c>")).fill_null("")
    if series.str.contains("_x", literal=True).any():
        value = value.str.replace_all(r"_(x[0-9A-Fa-f]{4}_)", "_x005F_${1}")
    if series.str.contains("[&<>]").any():
        value = value.str.replace_many(_ESCAPED)
    kept = ' xml:space="preserve"' if series.str.contains(r"^\s|\s$|[\t\n]").any() else ""
    return pl.concat_str(head, pl.lit(f'"{style} t="inlineStr"><is><t{kept}>'), value, pl.lit("</t></is></c>")).fill_null("")
