"""Bill of material for purchasing: every line, and the cost rolled up by origin and by kind. Of a hall its racks as whole
designs, what its fabrics are bought from, each fabric by itself, and every cable by part and length.

Reads bom, racks, part_facts, and of a hall hall_parts, designs, fabrics, fabric_skus, parts, inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export.sheets import Book, Sheet
from rackwright.schema.tables import Tables

TITLE = "Bill of material"
FOR = "purchasing; Excel, LibreOffice"
NEEDS = "bill"


def files(t: Tables) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The workbook of a rack or a hall that has any line of a bill."""
    if t["bom"].height:
        yield "bom.xlsx", partial(workbook, t)
    elif t["hall_racks"].height:
        yield "bom.xlsx", partial(of_hall, t)


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
        "code": "Order code",
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
    rows = (
        t["bom"]
        .sort("line")
        .join(codes(t), on="part", how="left", maintain_order="left")
        .with_columns(pl.col("line") + 1, pl.col("quantity", "unit_cost_usd", "cost_usd").round(2))
    )
    return rows.select(pl.col(c).alias(n) for c, n in names.items())


def codes(t: Tables) -> pl.DataFrame:
    """The maker's order code of each part that has one: part, code."""
    return t["part_facts"].filter(pl.col("fact") == "order_code").select("part", code="text").unique("part")


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


_ORDER = ("rack", "frame", "switch", "transceiver", "cable", "panel")


def of_hall(t: Tables) -> bytes:
    """The workbook of a hall; the same tables give the same bytes."""
    rows = hall_lines(t)
    # a sum is of what is known, and nothing where nothing is
    cost = pl.when(pl.col("Cost, USD").null_count() < pl.len()).then(pl.col("Cost, USD").sum().round(2)).alias("Cost, USD")
    every = rows.group_by("Kind", "Part", "Order code", "Description", maintain_order=True).agg(
        pl.col("Quantity").sum(), pl.col("Each, USD").first(), cost, pl.col("Price is").drop_nulls().first()
    )
    by_kind = rows.group_by("Kind", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("Lines"),
        pl.col("Quantity").sum(),
        pl.col("Cost, USD").null_count().cast(pl.Int64).alias("Without price"),
        pl.col("Cost, USD").sum().round(2).alias("Cost, USD"),
    )
    sheets = [Sheet("BOM", every), Sheet("By fabric", rows), Sheet("Cables by length", hall_cables(t)), Sheet("By kind", by_kind)]
    return Book("Bill of material", t.input_text("hall")).write(sheets)


def hall_lines(t: Tables) -> pl.DataFrame:
    """One row for each fabric and part, racks first; what all fabrics share has no fabric. Cables cost what their lengths do, so they have no price
    each.
    """
    title = t["parts"].select("part", "title").unique("part")
    names = t["fabrics"].select("fabric_id", "fabric")
    bought = t["hall_parts"].join(title, on="part", how="left", maintain_order="left").join(names, on="fabric_id", how="left", maintain_order="left")
    bought = bought.join(codes(t), on="part", how="left", maintain_order="left")
    each = pl.when(pl.col("kind") != "cable").then("unit_cost_usd")
    racks = t["designs"].drop_nulls("spec").sort("design_id")
    of_designs = racks.select(
        pl.lit("rack").alias("Kind"),
        pl.lit(None, pl.String).alias("Fabric"),
        pl.col("design").alias("Part"),
        pl.lit(None, pl.String).alias("Order code"),
        pl.concat_str(pl.lit("rack as compiled from "), pl.col("spec")).alias("Description"),
        pl.col("racks").cast(pl.Float64).alias("Quantity"),
        pl.col("cost_usd").round(2).alias("Each, USD"),
        (pl.col("cost_usd") * pl.col("racks")).round(2).alias("Cost, USD"),
        pl.lit("sum of the parts").alias("Price is"),
    )
    of_fabrics = bought.select(
        pl.col("kind").alias("Kind"),
        pl.col("fabric").alias("Fabric"),
        pl.col("part").alias("Part"),
        pl.col("code").alias("Order code"),
        pl.col("title").alias("Description"),
        pl.col("quantity").alias("Quantity"),
        each.round(2).alias("Each, USD"),
        pl.col("cost_usd").round(2).alias("Cost, USD"),
        pl.col("price_confidence").alias("Price is"),
    )
    made = pl.concat([of_designs, of_fabrics])
    by = pl.col("Kind").replace_strict(list(_ORDER), list(range(len(_ORDER))), default=len(_ORDER), return_dtype=pl.Int32)
    return made.with_columns(by=by).sort("by", "Part", "Fabric", nulls_last=True, maintain_order=True).drop("by")


def hall_cables(t: Tables) -> pl.DataFrame:
    """Cables to order by fabric, part and stock length, with the modules at their ends; pieces of a part where a cable takes several."""
    names = t["fabrics"].select("fabric_id", "fabric")
    own = ["fabric_id", "fabric", "part", "medium", "length_stock_mm", "pieces", "a_module", "b_module"]
    rows = t["fabric_skus"].join(names, on="fabric_id").group_by(own).agg(pl.col("cables").sum().cast(pl.Int64)).sort(own, nulls_last=True)
    rows = rows.join(codes(t), on="part", how="left", maintain_order="left")
    return rows.select(
        pl.col("fabric").alias("Fabric"),
        pl.col("part").alias("Part"),
        pl.col("code").alias("Order code"),
        pl.col("medium").alias("Medium"),
        pl.col("length_stock_mm").alias("Stock, mm"),
        pl.col("cables").alias("Cables"),
        (pl.col("cables") * pl.col("pieces")).alias("Pieces"),
        pl.col("a_module").alias("Module at the lower end"),
        pl.col("b_module").alias("Module at the upper end"),
    )
