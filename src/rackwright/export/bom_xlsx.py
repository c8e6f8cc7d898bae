"""Bill of material for purchasing: every line, and the cost rolled up by origin and by kind. Reads bom, racks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export.sheets import Book, Sheet
from rackwright.schema.tables import Tables

TITLE = "Bill of material"


def files(t: Tables) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The workbook of a rack that has any line of a bill."""
    if t["bom"].height:
        yield "bom.xlsx", partial(workbook, t)


def workbook(t: Tables) -> bytes:
    """The workbook; the same tables give the same bytes."""
    rack = str(t["racks"]["name"][0]) if t["racks"].height else ""
    return Book("Bill of material", rack).write(
        [Sheet("BOM", lines(t)), Sheet("By origin", by(t, "origin_country", "Origin")), Sheet("By kind", by(t, "kind", "Kind"))]
    )


def lines(t: Tables) -> pl.DataFrame:
    """One row per line; level 1 lines are inside their parent, whose cost holds theirs."""
    names = {
        "line": "Line",
        "level": "Level",
        "part": "Part",
        "parent": "Inside",
        "kind": "Kind",
        "description": "Description",
        "quantity": "Quantity",
        "quantity_unit": "Unit",
        "unit_cost_usd": "Each, USD",
        "cost_usd": "Cost, USD",
        "origin_country": "Origin",
        "price_confidence": "Price is",
    }
    rows = t["bom"].sort("line").with_columns(pl.col("line") + 1, pl.col("quantity", "unit_cost_usd", "cost_usd").round(2))
    return rows.select(pl.col(c).alias(n) for c, n in names.items())


def by(t: Tables, column: str, title: str) -> pl.DataFrame:
    """Lines, lines without a price and cost of level 0 by one column; dearest first."""
    return (
        t["bom"]
        .filter(pl.col("level") == 0)
        .with_columns(pl.col(column).fill_null("unknown"))
        .group_by(column)
        .agg(
            pl.len().cast(pl.Int64).alias("Lines"),
            pl.col("cost_usd").null_count().cast(pl.Int64).alias("Without price"),
            pl.col("cost_usd").sum().round(2).alias("Cost, USD"),
        )
        .sort("Cost, USD", column, descending=[True, False])
        .rename({column: title})
        .with_columns((100 * pl.col("Cost, USD") / pl.max_horizontal(pl.col("Cost, USD").sum(), pl.lit(1e-9))).round(2).alias("Share, %"))
    )
