"""Cells of CSV that a spreadsheet takes for what they are."""

from __future__ import annotations

import polars as pl

_FORMULA = r"('*[=+\-@\t\r])"  # after apostrophes too, so that every text comes back


def guarded(text: pl.Expr) -> pl.Expr:
    """Text with an apostrophe before what a spreadsheet would take for a formula."""
    return text.str.replace(f"^{_FORMULA}", "'$1")


def plain(text: pl.Expr) -> pl.Expr:
    """Guarded text as it was."""
    return text.str.replace(f"^'{_FORMULA}", "$1")


def csv(rows: pl.DataFrame) -> bytes:
    """Comma-separated, UTF-8, heads first, texts guarded."""
    return rows.with_columns(guarded(pl.col(pl.String))).write_csv(line_terminator="\n").encode()
