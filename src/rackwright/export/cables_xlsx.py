"""Cable list for the cable shop: one row per cable with both ends, one row per pair of a cartridge, and how many to cut of each length.

Of a hall the cables between its racks, asked for by row, rack, device, fabric or cable where there are many.

Reads cables, devices, racks, pathways, links, pairs, inputs, and of a hall what `cut_sheets` and `only` read. Text cells are text: what looks
like a formula stays what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from rackwright.export import cut_sheets
from rackwright.export import only as choice
from rackwright.export.only import ChoiceError, Only
from rackwright.export.sheets import ROWS, Book, Sheet, spoken
from rackwright.schema import ends
from rackwright.schema.tables import Tables

TITLE = "Cables"
FOR = "cable shop; Excel, LibreOffice"
NEEDS = "cables"
_END = ("rack", "device", "unit", "port")


def files(t: Tables) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The workbook of a rack that has any cable."""
    if t["cables"].height:
        yield "cables.xlsx", partial(workbook, t)


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The workbook of a rack, or of the cables chosen of a hall. Raises UnknownNameError, or ChoiceError where there are too many for one file."""
    if not t.height("fabric_cables"):
        yield from files(t)
        return
    rows = choice.links(t, ends.devices(t), only)
    if rows.len() > ROWS:
        raise ChoiceError(f"{rows.len():,} links do not fit into a sheet, which has {ROWS:,} rows; name a row, rack, device or fabric")
    yield f"cables{only.slug()}.xlsx", partial(of_hall, t, only)


def of_hall(t: Tables, only: Only) -> bytes:
    """The cables of cut sheets as a workbook."""
    rows = cut_sheets.frame(t, only)
    heads = dict(zip(rows.columns, spoken(rows.columns), strict=True))
    made = rows.group_by("part", "medium", "stock_mm").agg(pl.len().cast(pl.Int64).alias("Cables")).sort("part", "stock_mm", nulls_last=True)
    return Book("Cables", t.input_text("hall")).write([Sheet("Cables", rows.rename(heads)), Sheet("Lengths", made.rename(heads, strict=False))])


def workbook(t: Tables) -> bytes:
    """The workbook; the same tables give the same bytes."""
    return Book("Cables", _rack(t)).write([Sheet("Cables", cables(t)), Sheet("Pairs", pairs(t)), Sheet("Lengths", lengths(t))])


def _rack(t: Tables) -> str:
    return str(t["racks"]["name"][0]) if t["racks"].height else ""


def _joined(t: Tables) -> pl.DataFrame:
    """Cables with the rack, device, lowest unit and name of both ends: columns `A ...` and `B ...`. A feed is an end without a device."""
    racks = t["racks"].select("rack_id", rack="name")
    devices = t["devices"].join(racks, on="rack_id", how="left").select("rack", device="name", unit="position_u")
    rows = t["cables"].sort("cable_id")
    for side in "ab":
        where = devices.rename({c: f"{side.upper()} {c}" for c in devices.columns})
        rows = rows.with_columns(
            pl.col(f"{side}_end").alias(f"{side.upper()} port"),
            pl.col(f"{side}_end").str.split("/").list.first().alias(f"{side.upper()} device"),
        ).join(where, on=f"{side.upper()} device", how="left", maintain_order="left")
    ways = t["pathways"].select("segment_id", "segment")
    return rows.join(ways, on="segment_id", how="left", maintain_order="left")


def cables(t: Tables) -> pl.DataFrame:
    """One row per cable, its ends in the order of its label."""
    ends = [f"{s} {c}" for s in "AB" for c in _END]
    is_turned = ~pl.col("label").str.starts_with(pl.concat_str("a_end", pl.lit("--")))
    turned = [pl.when(is_turned).then(f"{other} {c}").otherwise(f"{side} {c}").alias(f"{side} {c}") for side, other in ("AB", "BA") for c in _END]
    return (
        _joined(t)
        .with_columns(turned)
        .select(
            pl.col("label").alias("Label"),
            pl.col("kind").alias("Use"),
            pl.col("part").alias("Part"),
            pl.col("medium").alias("Medium"),
            *ends,
            pl.col("pairs").alias("Pairs"),
            pl.col("length_route_mm").alias("Route, mm"),
            pl.col("length_cut_mm").alias("Cut, mm"),
            pl.col("length_stock_mm").alias("Stock, mm"),
            pl.col("assembly").alias("Cartridge"),
            pl.col("segment").alias("Segment"),
            pl.col("mass_kg").round(3).alias("Mass, kg"),
        )
    )


def pairs(t: Tables) -> pl.DataFrame:
    """One row per differential pair, cartridge by cartridge."""
    links = t["links"].select("link_id", "fabric", "plane", "rail")
    wires = _joined(t).select("cable_id", "assembly", "label", "part", "A port", "B port")
    return (
        t["pairs"]
        .join(wires, on="cable_id", how="left")
        .join(links, on="link_id", how="left")
        .sort("assembly", "pair_id", nulls_last=True)
        .select(
            pl.col("assembly").alias("Cartridge"),
            pl.col("pair_id").alias("Pair"),
            pl.col("label").alias("Cable"),
            pl.col("part").alias("Part"),
            "A port",
            "B port",
            pl.col("lane").alias("Lane"),
            pl.col("direction").alias("Direction"),
            pl.col("length_cut_mm").alias("Cut, mm"),
            pl.col("fabric").alias("Fabric"),
            pl.col("plane").alias("Plane"),
            pl.col("rail").alias("Rail"),
        )
    )


def lengths(t: Tables) -> pl.DataFrame:
    """How many cables of each part and length: stock length where there is one, else cut length."""
    return (
        t["cables"]
        .group_by("kind", "part", "length_cut_mm", "length_stock_mm", "assembly")
        .agg(pl.len().alias("Cables"), pl.col("pairs").sum().alias("Pairs"))
        .sort("kind", "part", "length_cut_mm", "length_stock_mm", "assembly", nulls_last=True)
        .select(
            pl.col("kind").alias("Use"),
            pl.col("part").alias("Part"),
            pl.col("assembly").alias("Cartridge"),
            pl.col("length_cut_mm").alias("Cut, mm"),
            pl.col("length_stock_mm").alias("Stock, mm"),
            pl.col("Cables").cast(pl.Int64),
            "Pairs",
        )
    )
