"""What lies over the trays at the back: busbar, cable cartridges with their plugs, coolant risers with their couplings. Seen from behind, so x runs
the other way. Places come from masses, pathways, ports, power_nodes and coolant_nodes; what is not there is not drawn."""

from __future__ import annotations

import polars as pl

from rackwright.render.rack import Frame
from rackwright.render.scene import Canvas
from rackwright.schema.tables import Tables

_BUSBAR = 44.0
_CARTRIDGE = 46.0


def draw(canvas: Canvas, t: Tables, frame: Frame, x: float, head: float, size: float) -> list[tuple[str, str]]:
    """Draw every overlay there is; returns the legend entries. Widths of busbar and cartridge are schematic, heights and places are not."""
    entries = _cartridges(canvas, t, frame, x, head, size)
    taken = [(float(str(r["x"])), float(str(r["x"])) + float(str(r["w"]))) for r in canvas.rows if r["layer"] == "cartridge" and r["kind"] == "rect"]
    entries += _busbar(canvas, t, frame, x, head)
    return entries + _risers(canvas, t, frame, x, head, taken)


def _busbar(canvas: Canvas, t: Tables, frame: Frame, x: float, head: float) -> list[tuple[str, str]]:
    nodes = t["power_nodes"].filter((pl.col("kind") == "busbar") & pl.col("z_mm").is_not_null())
    if nodes.is_empty():
        return []
    places = t["masses"].filter(pl.col("kind") == "busbar")["x_mm"]
    middle = x + frame.width - (float(places[0]) if places.len() else frame.width / 2)
    low, high = nodes.select(pl.col("z_mm").min().alias("a"), pl.col("z_mm").max().alias("b")).row(0)
    floor = head + frame.height
    canvas.rect("busbar", middle - _BUSBAR / 2, floor - high - 30, _BUSBAR, high - low + 60, "busbar", "busbar", "masses:busbar")
    for row in nodes.sort("z_mm").iter_rows(named=True):
        canvas.rect(
            "busbar", middle - 0.9 * _BUSBAR, floor - row["z_mm"] - 5, 1.8 * _BUSBAR, 10, "clip", str(row["name"]), f"power_nodes:{row['name']}"
        )
    return [("busbar", "busbar and clips")]


def _cartridges(canvas: Canvas, t: Tables, frame: Frame, x: float, head: float, size: float) -> list[tuple[str, str]]:
    ends = cable_ends(t)
    if ends.is_empty():
        return []
    blocks = (
        ends.group_by("assembly", "device_id").agg(pl.col("x_mm").mean(), pl.col("z_mm").mean(), pl.len().alias("ends")).sort("assembly", "device_id")
    )
    floor, width = head + frame.height, min(_CARTRIDGE, _spacing(blocks) * 0.6)
    bands = blocks.group_by("assembly", maintain_order=True).agg(
        pl.col("x_mm").mean(), pl.col("z_mm").min().alias("low"), pl.col("z_mm").max().alias("high"), pl.col("ends").sum()
    )
    names = dict(t["devices"].select("device_id", "name").iter_rows())
    for i, row in enumerate(bands.iter_rows(named=True), 1):
        middle, top = x + frame.width - row["x_mm"], floor - row["high"] - 20
        tip = f"{row['assembly']}: {row['ends'] // 2:,} cables"
        canvas.rect("cartridge", middle - width / 2, top, width, row["high"] - row["low"] + 40, "cartridge", tip, f"cables:{row['assembly']}")
        canvas.text("cartridge", middle, top - 0.8 * size, str(i), 0.9 * size, "t strong", "middle", title=tip)
    for row in blocks.iter_rows(named=True):
        tip = f"{names[row['device_id']]}: {row['ends']} cables of {row['assembly']}"
        canvas.rect("cartridge", x + frame.width - row["x_mm"] - 0.42 * width, floor - row["z_mm"] - 7, 0.84 * width, 14, "plug", tip)
    return [("cartridge", f"cable cartridge 1–{bands.height}"), ("plug", "its plug at a tray")]


def _spacing(blocks: pl.DataFrame) -> float:
    places = blocks.group_by("assembly").agg(pl.col("x_mm").mean())["x_mm"].sort()
    gaps = [gap for gap in places.diff().drop_nulls().to_list() if gap > 1]
    return float(min(gaps, default=2 * _CARTRIDGE))


def cable_ends(t: Tables) -> pl.DataFrame:
    """Both ends of every cable that comes in an assembly: cable_id, assembly, device_id, x_mm, z_mm. Ends without a place are left out."""
    cables = t["cables"].filter(pl.col("assembly").is_not_null())
    ports = t["ports"].select("port_id", "device_id", "x_mm", "z_mm")
    sides = [cables.select("cable_id", "assembly", port_id=pl.col(c)) for c in ("a_port_id", "b_port_id")]
    return pl.concat(sides).join(ports, on="port_id").filter(pl.col("x_mm").is_not_null() & pl.col("z_mm").is_not_null()).drop("port_id")


def _risers(canvas: Canvas, t: Tables, frame: Frame, x: float, head: float, taken: list[tuple[float, float]]) -> list[tuple[str, str]]:
    nodes = t["coolant_nodes"].filter(pl.col("kind").is_in(["supply", "return"]) & pl.col("z_mm").is_not_null())
    if nodes.is_empty():
        return []
    parts = t["masses"].filter(pl.col("kind") == "manifold")
    bore = (t.fact(str(parts["part"][0]), "bore") if parts.height and parts["part"][0] else None) or 40.0
    middle = x + frame.width - (float(parts["x_mm"][0]) if parts.height else frame.width * 0.9)
    middle, drawn = _clear(middle, bore, x, x + frame.width, taken)
    floor = head + frame.height
    for kind, at in (("supply", middle - 0.6 * drawn), ("return", middle + 0.6 * drawn)):
        rows = nodes.filter(pl.col("kind") == kind).sort("z_mm")
        if rows.is_empty():
            continue
        low, high = float(rows["z_mm"][0]), float(rows["z_mm"][-1])
        tip = f"coolant {kind}, bore {bore:g} mm"
        canvas.rect("riser", at - drawn / 2, floor - high - 40, drawn, high - low + 80, f"riser-{kind}", tip, f"coolant_nodes:{kind}")
        for row in rows.filter(pl.col("device_id").is_not_null()).iter_rows(named=True):
            canvas.circle("riser", at, floor - row["z_mm"], min(0.3 * drawn, 12), kind, str(row["name"]), f"coolant_nodes:{row['name']}")
    return [("riser-supply", "coolant supply"), ("riser-return", "coolant return")]


def _clear(middle: float, bore: float, left: float, right: float, taken: list[tuple[float, float]]) -> tuple[float, float]:
    """Middle and drawn bore of the pair of risers. A pair that would lie over cartridges moves aside to the nearer side of the frame; where that is
    too narrow it is drawn thinner (the tooltip keeps the true bore). Half the pair is 1.1 bores wide.
    """
    clear = 6.0
    if any(a < middle + 1.1 * bore + clear and b > middle - 1.1 * bore - clear for a, b in taken):
        is_left = middle < (left + right) / 2
        room = min(a for a, _ in taken) - clear - left if is_left else right - max(b for _, b in taken) - clear
        bore = min(bore, max(room, clear) / 2.2)
        middle = left + room - 1.1 * bore if is_left else right - room + 1.1 * bore
    return min(max(middle, left + 1.1 * bore), right - 1.1 * bore), bore
