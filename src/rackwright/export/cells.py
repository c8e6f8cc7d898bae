"""Frames as CSV that a spreadsheet takes for what it is."""

from __future__ import annotations

import polars as pl

_FORMULA = r"^([=+\-@\t\r])"


def csv(rows: pl.DataFrame) -> bytes:
    """Comma-separated, UTF-8, heads first. Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    return rows.with_columns(pl.col(pl.String).str.replace(_FORMULA, "'$1")).write_csv(line_terminator="\n").encode()
