"""Numbers as people read them, for whole columns: the same text as `base.units.show`, in Polars expressions."""

from __future__ import annotations

from string import Formatter

import polars as pl

from rackwright.base.units import STEPS


def _grouped(whole: pl.Expr) -> pl.Expr:
    """Non-negative whole numbers below 1e15 with thousands separators."""
    backwards = whole.cast(pl.Int64, strict=False).cast(pl.String).str.reverse()
    return backwards.str.replace_all(r"(\d{3})", "${1},").str.strip_chars_end(",").str.reverse()


def _fixed(value: pl.Expr, digits: int) -> pl.Expr:
    """Non-negative numbers below 1000 with `digits` decimals."""
    scaled = (value * 10**digits + 0.5).floor().cast(pl.Int64, strict=False)
    return pl.concat_str([(scaled // 10**digits).cast(pl.String), (scaled % 10**digits).cast(pl.String).str.zfill(digits)], separator=".")


def figure(value: pl.Expr) -> pl.Expr:
    """Up to four significant figures, whole numbers with thousands separators; `unknown` for null and NaN."""
    size = value.abs()
    text = (
        pl.when(size >= 1e15)
        .then(size.cast(pl.String))
        .when((size >= 1000) | (size == size.floor()))
        .then(_grouped(size.round(0)))
        .when(size >= 10)
        .then(_fixed(size, 1))
        .when(size >= 1)
        .then(_fixed(size, 2))
        .when(size >= 0.1)
        .then(_fixed(size, 3))
        .otherwise(size.round_sig_figs(3).cast(pl.String))
    )
    sign = pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.when(value.is_null() | value.is_nan()).then(pl.lit("unknown")).otherwise(pl.concat_str([sign, text]))


def show(value: pl.Expr, unit: str) -> pl.Expr:
    """Values in a base unit as text: `120.0 kW`, `9.10 K`; an empty unit gives the bare figure."""
    steps = STEPS.get(unit, [(0, 1, unit)])
    factor, name = pl.lit(float(steps[-1][1])), pl.lit(f" {steps[-1][2]}".rstrip())
    for least, step, word in reversed(steps[:-1]):
        factor = pl.when(value.abs() >= least).then(pl.lit(float(step))).otherwise(factor)
        name = pl.when(value.abs() >= least).then(pl.lit(f" {word}")).otherwise(name)
    return pl.concat_str([figure(value / factor), name])


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
