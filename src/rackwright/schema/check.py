"""Tables against their schema: required values, ranges, enums, unique keys and references. One message per broken column."""

from __future__ import annotations

import polars as pl

from rackwright.schema.tables import Column, Tables, table_schema


def violations(tables: Tables) -> list[str]:
    """Every way in which `tables` break the schema CSVs; empty when they hold. A non-empty answer is a bug of ours."""
    found: list[str] = []
    for name in tables:
        frame, schema = tables[name], table_schema(name)
        if dict(frame.schema) != {c.name: c.polars() for c in schema.columns}:
            found.append(f"{name}: columns or types differ from the schema")
            continue
        if schema.keys and frame.select(schema.keys).is_duplicated().any():
            found.append(f"{name}: key {'+'.join(schema.keys)} is not unique")
        for column in schema.columns:
            found += [f"{name}.{column.name}: {text}" for text in _column(frame, column, tables)]
    return found


def _column(frame: pl.DataFrame, column: Column, tables: Tables) -> list[str]:
    values = frame[column.name]
    found = []
    if column.is_required and values.null_count():
        found.append(f"{values.null_count()} missing")
    if column.dtype == "f64" and values.is_nan().any():
        found.append("NaN")
    if column.minimum is not None and (values < column.minimum).any():
        found.append(f"below {column.minimum}: {values.min()!r}")
    if column.maximum is not None and (values > column.maximum).any():
        found.append(f"above {column.maximum}: {values.max()!r}")
    if column.enum and not values.drop_nulls().is_in(list(column.enum)).all():
        found.append(f"not one of {column.enum}: {values.filter(~values.is_in(list(column.enum)))[0]!r}")
    if column.ref:
        table, key = column.ref.split(".")
        lost = values.drop_nulls().filter(~values.drop_nulls().is_in(tables[table][key].implode()))
        if lost.len():
            found.append(f"{lost.len()} point at no row of {table}: {lost[0]!r}")
    return found
