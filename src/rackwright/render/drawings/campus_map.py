"""Several halls from above with the ducts between them. Reads halls, hall_racks, designs, trays."""

from __future__ import annotations

import polars as pl

from rackwright.render import hall
from rackwright.render.charts import ticks
from rackwright.render.scene import Canvas, Scene, fit, text_width
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "campus_map", "Campus", "floor", 2


def draw(t: Tables) -> Scene | None:
    """Halls at their places, and what stands in each. None for a single hall."""
    halls = t["halls"].sort("hall_id")
    if halls.height < 2:
        return None
    x0, y0 = float(halls.select(pl.col("x_mm").min()).item()), float(halls.select(pl.col("y_mm").min()).item())
    x1 = float(halls.select((pl.col("x_mm") + pl.col("width_mm")).max()).item())
    y1 = float(halls.select((pl.col("y_mm") + pl.col("depth_mm")).max()).item())
    ducts = hall.filled(t).filter(pl.col("kind") == "duct")
    size = max((x1 - x0) / 110, 200.0)
    edge, head = 2 * size, 4.4 * size
    canvas = Canvas()
    _head(canvas, halls.height, ducts.filter(pl.col("share") > 0).height, edge, size, x1 - x0)
    y1 += head
    inside = _inside(t)
    for h in halls.iter_rows(named=True):
        left, top = edge + h["x_mm"] - x0, edge + y1 - h["y_mm"] - h["depth_mm"]
        racks, switches, pieces = inside.get(h["hall_id"], (0, 0, 0))
        tip = f"{h['name']}: {racks:,} racks, {switches:,} switch racks, {pieces:,} accelerators"
        canvas.rect("halls", left, top, h["width_mm"], h["depth_mm"], "dev compute", tip, f"halls:{h['name']}")
        lines = [
            (str(h["name"]), "t strong"),
            (f"{racks:,} racks", "t"),
            (f"{switches:,} switch racks", "t soft"),
            (f"{pieces:,} accelerators", "t soft"),
        ]
        _names(canvas, lines, left, top, float(h["width_mm"]), float(h["depth_mm"]), size)
    lanes = ducts.select("level", "side").unique(maintain_order=True).rows()
    for d in ducts.iter_rows(named=True):
        aside = 1.7 * size * lanes.index((d["level"], d["side"]))  # levels and sides run over or beside one another
        ends = (edge + d["a_x_mm"] - x0, edge + y1 - d["a_y_mm"] + aside, edge + d["b_x_mm"] - x0, edge + y1 - d["b_y_mm"] + aside)
        kind = d["level"] + (f", side {d['side']}" if d["side"] else "")
        tip = f"duct, {kind}, {hall.metres(d['length_mm'])}: {100 * d['share']:.0f} % of what it may hold"
        canvas.line("ducts", *ends, f"tray {hall.fill_class(d['share'])}", tip, f"trays:{d['tray_id']}")
        if d["share"] > 0:
            over = "t-limit" if d["share"] > 1 else "soft"
            label = f"{100 * d['share']:.0f} %" + (f" ({kind})" if len(lanes) > 1 else "")
            canvas.text("duct-fill", (ends[0] + ends[2]) / 2, max(ends[1], ends[3]) + size, label, 0.8 * size, f"t {over}", "middle")
    about = f"{halls.height} halls and {ducts.height} ducts between them; figures at the ducts are their fill"
    notes = (("halls", str(halls.height)), ("extent", f"{(x1 - x0) / 1000:,.0f} × {(y1 - head - y0) / 1000:,.0f} m"))
    width, low = x1 - x0 + 2 * edge, y1 - y0 + 2 * edge + 1.7 * size * max(len(lanes) - 1, 0)
    _scale(canvas, edge, low + 0.6 * size, size, x1 - x0)
    return Scene(NAME, TITLE, about, width, low + 1.6 * size, "mm", 1100 / width, canvas.frame(), notes)


def _head(canvas: Canvas, halls: int, ducts: int, left: float, size: float, room: float) -> None:
    """What is shown, and what the figures mean."""
    canvas.text("title", left, 1.5 * size, fit(f"{halls} halls and the ducts between them", room, 1.25 * size, True), 1.25 * size, "t strong")
    note = "from above, true proportions" + ("; figures under the ducts: share filled of what they may hold" if ducts else "")
    canvas.text("title", left, 3.2 * size, fit(note, room, 0.9 * size), 0.9 * size, "t soft")


def _scale(canvas: Canvas, left: float, y: float, size: float, extent: float) -> None:
    """A bar of a round number of metres."""
    metres = max(1.0, next(v for v in ticks(0, extent / 8000, 3) if v > 0))
    canvas.rect("scale", left, y - 0.2 * size, metres * 500, 0.4 * size, "front")
    canvas.rect("scale", left + metres * 500, y - 0.2 * size, metres * 500, 0.4 * size, "bay")
    canvas.text("scale", left + metres * 1000 + 0.6 * size, y, f"{metres:g} m", size, "t")


def _names(canvas: Canvas, lines: list[tuple[str, str]], left: float, top: float, width: float, depth: float, size: float) -> None:
    """Lines of text in the middle of a hall, upright where it is narrower than they are wide; as many as there is room for."""
    widest = max(text_width(text, size, "strong" in css) for text, css in lines)
    is_upright = widest + size > width and depth > width
    room, step = (depth, width) if is_upright else (width, depth)
    shown = lines[: max(1, int(step / (1.5 * size)))]
    for i, (text, css) in enumerate(shown):
        off = (i - (len(shown) - 1) / 2) * 1.5 * size
        x, y = (left + width / 2 + off, top + depth / 2) if is_upright else (left + width / 2, top + depth / 2 + off)
        canvas.text("names", x, y, fit(text, room - size, size, "strong" in css), size, css, "middle", 270 if is_upright else 0)


def _inside(t: Tables) -> dict[int, tuple[int, int, int]]:
    """Racks, switch racks and accelerators of each hall."""
    racks = t["hall_racks"].join(t["designs"].select("design_id", "accelerators"), on="design_id", how="left")
    sums = racks.group_by("hall_id").agg(
        pl.col("design_id").count().alias("racks"), pl.col("design_id").null_count().alias("switches"), pl.col("accelerators").sum()
    )
    return {h: (int(r), int(s), int(a)) for h, r, s, a in sums.iter_rows()}
