"""Cable schedule: scale-up cables added up per cartridge and tray pair, loose cables one by one, side channels.

Reads cables, ports, devices, pathways.
"""

from __future__ import annotations

import polars as pl

from rackwright.render.content import Content, Grid, show, whole
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "cables", "Cable schedule", 70


def content(t: Tables) -> Content | None:
    """None without cables."""
    if t["cables"].is_empty():
        return None
    grids = [g for g in (_assemblies(t), _loose(t), _channels(t)) if g.rows]
    up = int((t["cables"]["kind"] == "scale-up").sum())
    counts = f"{t['cables'].height:,} cables: {up:,} scale-up and {t['cables'].height - up:,} loose."
    return Content([counts, "Every cable with both ports stands in cables.xlsx and in the table `cables`."], grids)


def _ends(t: Tables) -> pl.DataFrame:
    """Cables with the name and height of the device, and the port, at both ends; empty where a cable leaves the rack."""
    devices = t["devices"].select("device_id", "name", "position_u")
    ports = t["ports"].select("port_id", "device_id", "name").join(devices, on="device_id", how="left", suffix="_device")
    side = {
        s: ports.select(
            pl.col("port_id").alias(f"{s}_port_id"),
            pl.col("name").alias(f"{s}_port"),
            pl.col("name_device").alias(f"{s}_device"),
            pl.col("position_u").alias(f"{s}_u"),
        )
        for s in "ab"
    }
    return (
        t["cables"]
        .join(side["a"], on="a_port_id", how="left", maintain_order="left")
        .join(side["b"], on="b_port_id", how="left", maintain_order="left")
    )


def _assemblies(t: Tables) -> Grid:
    rows = (
        _ends(t)
        .filter(pl.col("kind") == "scale-up")
        .with_columns(pl.col("assembly").fill_null("loose"))
        .group_by("assembly", "a_device", "b_device")
        .agg(
            pl.len().alias("n"),
            pl.col("pairs").sum(),
            pl.col("length_cut_mm").min().alias("low"),
            pl.col("length_cut_mm").max().alias("high"),
            pl.col("part").unique().sort().str.join(", "),
        )
        .sort("assembly", "a_device", "b_device")
    )
    heads = (("Cartridge", ""), ("From", "code"), ("To", "code"), ("Cables", "num"), ("Pairs", "num"), ("Cut length, mm", "num"), ("Part", "code"))
    made = [
        (
            r["assembly"],
            r["a_device"] or "",
            r["b_device"] or "",
            whole(r["n"]),
            whole(r["pairs"]),
            f"{r['low']:,}" if r["low"] == r["high"] else f"{r['low']:,}–{r['high']:,}",
            r["part"],
        )
        for r in rows.iter_rows(named=True)
    ]
    return Grid("scale-up-cables", "Scale-up cables by cartridge and pair of trays", heads, made, is_folded=True, is_searchable=True)


def _loose(t: Tables) -> Grid:
    segments = dict(t["pathways"].select("segment_id", "segment").iter_rows())
    rows = [
        (
            r["label"],
            r["kind"],
            r["part"],
            whole(r["length_route_mm"]),
            whole(r["length_cut_mm"]),
            whole(r["length_stock_mm"]),
            segments.get(r["segment_id"], ""),
        )
        for r in _ends(t).filter(pl.col("kind") != "scale-up").sort("cable_id").iter_rows(named=True)
    ]
    heads = (("Label", "code"), ("Use", ""), ("Part", "code"), ("Route, mm", "num"), ("Cut, mm", "num"), ("Stock, mm", "num"), ("Channel", ""))
    return Grid("loose-cables", "Loose cables", heads, rows, is_searchable=True)


def _channels(t: Tables) -> Grid:
    rows = [
        (
            r["segment"],
            f"{r['fill'] / 100:,.0f}",
            f"{r['capacity'] / 100:,.0f}",
            show(r["fill"] / r["capacity"], "1") if r["capacity"] else "–",
            show(r["peak_z_mm"], "mm"),
        )
        for r in t["pathways"].sort("segment_id").iter_rows(named=True)
    ]
    heads = (("Channel", ""), ("Fill, mm²", "num"), ("Cross section, mm²", "num"), ("Filled", "num"), ("Fullest at", "num"))
    return Grid("channels", "Side channels and cartridges", heads, rows)
