"""Cable list for the cable shop: one row per cable with both ends, one row per pair of a cartridge, and how many to cut of each length.

Reads cables, ports, devices, racks, pathways, links, pairs. Text cells are text: what looks like a formula stays what it is.
"""

from __future__ import annotations

import polars as pl

from rackwright.export.sheets import Book, Sheet
from rackwright.schema.tables import Tables

TITLE = "Cables"
_END = ("rack", "device", "unit", "port")


def workbook(t: Tables) -> bytes:
    """The workbook; the same tables give the same bytes."""
    return Book("Cables", _rack(t)).write([Sheet("Cables", cables(t)), Sheet("Pairs", pairs(t)), Sheet("Lengths", lengths(t))])


def _rack(t: Tables) -> str:
    return str(t["racks"]["name"][0]) if t["racks"].height else ""


def _ends(t: Tables, side: str) -> pl.DataFrame:
    """Where every port is: rack, device, lowest unit, port name; columns `A ...` or `B ...`, and `a_port_id` or `b_port_id`."""
    racks = t["racks"].select("rack_id", rack="name")
    devices = t["devices"].join(racks, on="rack_id", how="left").select("device_id", "rack", device="name", unit="position_u")
    ports = t["ports"].select("port_id", "device_id", port="name").join(devices, on="device_id", how="left")
    named = [pl.col(c).alias(f"{side.upper()} {c}") for c in _END]
    return ports.select(pl.col("port_id").alias(f"{side}_port_id"), *named)


def _joined(t: Tables) -> pl.DataFrame:
    rows = t["cables"].sort("cable_id")
    for side in "ab":
        rows = rows.join(_ends(t, side), on=f"{side}_port_id", how="left", maintain_order="left")
    ways = t["pathways"].select("segment_id", "segment")
    return rows.join(ways, on="segment_id", how="left", maintain_order="left")


def cables(t: Tables) -> pl.DataFrame:
    """One row per cable. An end without a port leaves the rack; the label says where to."""
    ends = [f"{s} {c}" for s in "AB" for c in _END]
    return _joined(t).select(
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
        pl.col("mass_kg").alias("Mass, kg"),
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
