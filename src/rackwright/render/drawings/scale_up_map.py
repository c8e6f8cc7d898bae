"""Scale-up fabric as a matrix: accelerators by height down, switch chips by height across, coloured by cut length; and what each cartridge holds.

Reads links, ports, chips, devices, cables, racks.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rackwright.base import units
from rackwright.render import trunk
from rackwright.render.charts import extent, heading
from rackwright.render.scene import Canvas, Scene, fit
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "scale_up_map", "Scale-up cable map", "scale-up", 1
STEPS = 8
_LEFT, _TOP, _GAP = 104.0, 118.0, 3.0


@dataclass(frozen=True, slots=True)
class _Axis:
    """Chips along one side: offset of each chip id, and one label per device at its middle."""

    at: dict[int, float]
    labels: list[tuple[float, str]]
    cell: float
    length: float


def scale_up(t: Tables) -> pl.DataFrame:
    """One row per scale-up link: its two chips, cable, assembly, pairs, cut length. Links without chips or cable are left out."""
    ports = t["ports"].filter(pl.col("kind") == "scale-up").select("port_id", "chip_id", "device_id")
    return (
        t["links"]
        .join(ports.rename({"port_id": "a_port_id", "chip_id": "a_chip", "device_id": "a_device"}), on="a_port_id")
        .join(ports.rename({"port_id": "b_port_id", "chip_id": "b_chip", "device_id": "b_device"}), on="b_port_id")
        .join(t["cables"].select("cable_id", "assembly", "pairs", "length_cut_mm", "part"), on="cable_id")
        .filter(pl.col("a_chip").is_not_null() & pl.col("b_chip").is_not_null())
    )


def draw(t: Tables) -> Scene | None:
    """One cell per connected pair of chips. None without a scale-up fabric."""
    links = scale_up(t)
    if links.is_empty():
        return None
    down, across = _axis(t, links["a_chip"], 780.0, is_down=True), _axis(t, links["b_chip"], 440.0, is_down=False)
    canvas = Canvas()
    low, high = (int(v) for v in extent(links["length_cut_mm"]))
    head = f"{len(down.at):,} accelerators × {len(across.at):,} switch chips"
    heading(
        canvas, 12, 16, 560, head, f"{links.height:,} links; one cell per pair of chips, coloured by cut length; both axes by height in the rack", 13
    )
    _cells(canvas, t, links, down, across, low, high)
    for at, label in down.labels:
        canvas.text("names", _LEFT - 8, _TOP + at, fit(label, _LEFT - 12, 10), 10, "t soft", "end")
    for at, label in across.labels:
        canvas.text("names", _LEFT + at, _TOP - 8, fit(label, 62, 10), 10, "t soft", "start", 270)
    x = _LEFT + across.length + 44
    bottom = _side(canvas, links, x, low, high)
    trunk.draw(canvas, t, x, 360, bottom + 38, max(_TOP + down.length - 8, bottom + 300))
    height = max(_TOP + down.length, bottom + 310) + 20
    about = f"{links.height} links between {len(down.at)} accelerators and {len(across.at)} switch chips, cut lengths {low} to {high} mm"
    notes = (("rack", str(t["racks"]["name"][0])), ("fabric", str(links["fabric"][0])), ("lengths", "cut, mm"))
    return Scene(NAME, TITLE, about, max(x + 380, 940), height, "px", 1.0, canvas.frame(), notes)


def _axis(t: Tables, ids: pl.Series, room: float, is_down: bool) -> _Axis:
    """Chips of a device stand together; devices by height (highest first going down, lowest first going across)."""
    chips = (
        t["chips"]
        .filter(pl.col("chip_id").is_in(ids.unique().implode()))
        .join(t["devices"].select("device_id", "z_mm", device="name"), on="device_id")
        .sort("z_mm", "device_id", "index", descending=[is_down, is_down, False], nulls_last=True)
    )
    count, groups = chips.height, chips["device_id"].n_unique()
    cell = min(max((room - _GAP * groups) / count, 4.0), 11.0 if is_down else 44.0)
    places: dict[int, float] = {}
    labels = []
    at = 0.0
    for (_, device), rows in chips.group_by("device_id", "device", maintain_order=True):
        labels.append((at + cell * rows.height / 2, str(device)))
        for chip in rows["chip_id"]:
            places[chip] = at
            at += cell
        at += _GAP
    step = max(1, round(11.5 / ((at / max(groups, 1)) or 1) + 0.49))
    return _Axis(places, labels[::step], cell, at - _GAP)


def _cells(canvas: Canvas, t: Tables, links: pl.DataFrame, down: _Axis, across: _Axis, low: int, high: int) -> None:
    canvas.rect("cells", _LEFT, _TOP, across.length, down.length, "panel")
    names = dict(t["chips"].select("chip_id", "name").iter_rows())
    cells = (
        links.group_by("a_chip", "b_chip", maintain_order=True)
        .agg(pl.len().alias("n"), pl.col("length_cut_mm").median().alias("mm"), pl.col("assembly").drop_nulls().unique().sort())
        .with_columns(q=_step(pl.col("mm"), low, high))
    )
    for row in cells.iter_rows(named=True):
        count = f"{row['n']} links, " if row["n"] > 1 else ""
        via = f" · {', '.join(row['assembly'])}" if row["assembly"] else ""
        tip = f"{names[row['a_chip']]} → {names[row['b_chip']]}: {count}{row['mm']:,.0f} mm{via}"
        edge = 0.6 if min(down.cell, across.cell) > 5 else 0.2
        x, y = _LEFT + across.at[row["b_chip"]], _TOP + down.at[row["a_chip"]]
        canvas.rect("cells", x, y, across.cell - edge, down.cell - edge, f"cell q{row['q']}", tip)


def _step(value: pl.Expr, low: int, high: int) -> pl.Expr:
    return ((value - low) / max(high - low, 1) * STEPS).floor().clip(0, STEPS - 1).cast(pl.Int32)


def _side(canvas: Canvas, links: pl.DataFrame, x: float, low: int, high: int) -> float:
    """Key of the colours, then one line per cartridge; returns the bottom."""
    canvas.text("side", x, _TOP, "Cut length, mm", 11, "t strong")
    counts = dict(links.with_columns(q=_step(pl.col("length_cut_mm"), low, high)).group_by("q").len().iter_rows())
    width, most = (high - low) / STEPS, max(counts.values())
    y = _TOP + 20
    for q in range(STEPS):
        start, end = low + q * width, low + (q + 1) * width
        if high == low and q:
            break
        canvas.rect("key", x, y - 7, 14, 14, f"q{q}")
        canvas.text("side", x + 92, y, f"{start:,.0f}–{end:,.0f}" if high > low else f"{low:,}", 10.5, "t soft", "end")
        canvas.rect("key", x + 106, y - 5, 170 * counts.get(q, 0) / most, 10, "bar-soft")
        canvas.text("side", x + 112 + 170 * counts.get(q, 0) / most, y, f"{counts.get(q, 0):,}", 10.5, "t soft")
        y += 18
    groups = (
        links.with_columns(pl.col("assembly").fill_null("loose"))
        .group_by("assembly")
        .agg(
            pl.len().alias("links"),
            pl.col("pairs").sum(),
            pl.col("length_cut_mm").min().alias("low"),
            pl.col("length_cut_mm").max().alias("high"),
            (pl.col("length_cut_mm").cast(pl.Int64) * pl.col("pairs")).sum().alias("copper"),
        )
        .sort("assembly")
    )
    y += 26
    columns = [
        (0.0, "start", "Cartridge"),
        (150.0, "end", "links"),
        (205.0, "end", "pairs"),
        (290.0, "end", "length, mm"),
        (360.0, "end", "pair length"),
    ]
    for at, anchor, title in columns:
        canvas.text("side", x + at, y, title, 10.5, "t strong", anchor)
    canvas.line("side", x, y + 10, x + 360, y + 10, "axis")
    for row in groups.head(14).iter_rows(named=True):
        y += 21
        texts = (row["assembly"], f"{row['links']:,}", f"{row['pairs']:,}", f"{row['low']:,}–{row['high']:,}", units.show(row["copper"], "mm"))
        for (at, anchor, _), text in zip(columns, texts, strict=True):
            canvas.text("side", x + at, y, fit(str(text), 100, 10.5), 10.5, "t", anchor)
        canvas.line("side", x, y + 10.5, x + 360, y + 10.5, "grid")
    y += 21
    rest = groups.height - 14
    total = f"{groups['links'].sum():,}", f"{groups['pairs'].sum():,}", f"{low:,}–{high:,}", units.show(int(groups["copper"].sum()), "mm")
    for (at, anchor, _), text in zip(columns, (f"all, {rest} more" if rest > 0 else "all", *total), strict=True):
        canvas.text("side", x + at, y, text, 10.5, "t strong", anchor)
    return y + 12
