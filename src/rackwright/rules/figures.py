"""Numbers as people read them, for whole columns: the text of `base.units` for each value."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from string import Formatter

import polars as pl

from rackwright.base import units

_BEYOND = 1e15  # beyond all sense, so that a long row of digits says nothing


def figure(value: pl.Expr) -> pl.Expr:
    """Up to four significant figures, whole numbers with thousands separators; `unknown` for null and NaN."""
    return _told(value, _figure)


def show(value: pl.Expr, unit: str) -> pl.Expr:
    """Values in a base unit as text: `120.0 kW`, `9.10 K`; an empty unit gives the bare figure."""
    return _told(value, partial(_show, unit))


def _told(value: pl.Expr, text: Callable[[float | None], str]) -> pl.Expr:
    """One call a value: as expressions the same takes a hundred times as long, for few rows and for many."""

    def each(values: pl.Series) -> pl.Series:
        return pl.Series(values.name, [text(v) for v in values.to_list()], dtype=pl.String)

    return value.cast(pl.Float64).map_batches(each, return_dtype=pl.String, is_elementwise=True)


def _figure(value: float | None) -> str:
    if value is None or value != value:
        return "unknown"
    return units.figure(value + 0.0) if abs(value) < _BEYOND else f"{value:g}"  # no sign before zero


def _show(unit: str, value: float | None) -> str:
    steps = units.STEPS.get(unit, [(0, 1, unit)])
    size = 0.0 if value is None or value != value else abs(value)
    factor, name = next((factor, name) for least, factor, name in steps if size >= least)
    return f"{_figure(None if value is None else value / factor)} {name}".rstrip()


@cache
def fill(template: str, unit: str) -> pl.Expr:
    """A message column. `{value}`, `{limit}` and `{excess}` (their distance) are shown in `unit`; other names are text columns."""
    pieces: list[pl.Expr] = []
    for literal, name, _, _ in Formatter().parse(template):
        if literal:
            pieces.append(pl.lit(literal))
        if name == "excess":
            pieces.append(show((pl.col("value") - pl.col("limit")).abs(), "K" if unit == "degC" else unit))
        elif name in ("value", "limit"):
            pieces.append(show(pl.col(name), unit))
        elif name:
            pieces.append(pl.col(name).fill_null("unknown"))
    return pl.concat_str(pieces) if pieces else pl.lit("")
