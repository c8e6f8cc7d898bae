"""Front and rear elevation in millimetres, true proportions.

Reads racks, devices, parts, part_facts, masses, power_nodes, coolant_nodes, cables, ports.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rackwright.base import units
from rackwright.render import rack, rear
from rackwright.render.scene import Canvas, Scene, fit, text_width
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "elevation", "Front and rear elevation", "elevations", 1
_Classes = Mapping[str | None, str]


def draw(t: Tables) -> Scene | None:
    """Both faces side by side; each device once per face that shows it, at its own height. None without a placed device."""
    if t["racks"].is_empty():
        return None
    devices = rack.placed(t)
    if devices.is_empty():
        return None
    frame = rack.frame_of(t)
    size = min(0.6 * frame.unit_mm, max(21.0, (2 * frame.width + 850) / 95))
    ruler, notes, head = 3.4 * size, max(19 * size, 430.0), 5.4 * size
    x_front = 40 + ruler
    x_rear = x_front + frame.width + ruler + notes + ruler
    canvas, css_of, front = Canvas(), rack.feed_classes(t), devices.filter(~pl.col("faces_rear"))
    for x, title, rows in ((x_front, "Front", front), (x_rear, "Rear", devices)):
        _body(canvas, frame, x, head, title, size)
        _units(canvas, frame, x, head, size)
        _devices(canvas, css_of, frame, x, head, rows, size, is_rear=title == "Rear")
    _open_units(canvas, frame, x_front, head, front, size)
    _notes(canvas, frame, x_front + frame.width + ruler + 10, notes - 10, head, front, size)
    overlays = rear.draw(canvas, t, frame, x_rear, head, size)
    width = x_rear + frame.width + ruler + 40
    y = rack.legend(canvas, x_front, head + frame.height + 3.2 * size, _legend(css_of, devices) + overlays, size, width - x_front - 60)
    lost = t["devices"].filter(pl.col("position_u").is_null() & (pl.col("height_u") > 0))["name"].to_list()
    if lost:
        canvas.text("lost", x_front, y, fit("Not placed: " + ", ".join(lost), width - 2 * x_front, size), size, "t strong t-limit")
        y += 2 * size
    about = f"{frame.name}: {devices.height} devices in {frame.units} {frame.unit}, front face left, rear face right, true proportions"
    note = (("rack", frame.name), ("frame", frame.part), ("unit", f"{frame.unit} = {frame.unit_mm:g} mm"), ("dimensions", "mm"))
    return Scene(NAME, TITLE, about, width, y, "mm", min(0.5, 11 / size), canvas.frame(), note)


def _body(canvas: Canvas, frame: rack.Frame, x: float, head: float, title: str, size: float) -> None:
    canvas.text("title", x, 1.4 * size, title, 1.35 * size, "t strong")
    text = f"{frame.width:,.0f} wide × {frame.height:,.0f} high × {frame.depth:,.0f} deep, mm"
    canvas.text("title", x, 3.2 * size, fit(text, frame.width * 1.2, 0.95 * size), 0.95 * size, "t soft")
    canvas.rect("frame", x, head, frame.width, frame.height, "frame", frame.title)
    bay = x + (frame.width - frame.bay) / 2
    canvas.rect("frame", bay, head + frame.height - frame.top, frame.bay, frame.units * frame.unit_mm, "bay")
    floor = head + frame.height
    canvas.line("frame", x - 60, floor, x + frame.width + 60, floor, "axis")


def _units(canvas: Canvas, frame: rack.Frame, x: float, head: float, size: float) -> None:
    """Unit numbers on both sides, a tick at every lower edge."""
    for unit in range(1, frame.units + 1):
        y = head + frame.height - frame.z_of(unit + 0.5)
        for at, anchor in ((x - 0.6 * size, "end"), (x + frame.width + 0.6 * size, "start")):
            canvas.text("units", at, y, str(unit), 0.85 * size, "t soft" if unit % 5 == 0 or unit == 1 else "t faint", anchor)
    y = head + frame.height - frame.top - 0.9 * size
    canvas.text("units", x - 0.6 * size, y, frame.unit, 0.85 * size, "t faint", "end")
    canvas.text("units", x + frame.width + 0.6 * size, y, frame.unit, 0.85 * size, "t faint", "start")


def _devices(canvas: Canvas, css_of: _Classes, frame: rack.Frame, x: float, head: float, rows: pl.DataFrame, size: float, is_rear: bool) -> None:
    layer = "rear" if is_rear else "front"
    for row in rows.sort("faces_rear", maintain_order=True).iter_rows(named=True):
        width, height = float(row["width_mm"]), float(row["height_mm"])
        left = x + (frame.width - float(row["x_mm"]) - width if is_rear else float(row["x_mm"]))
        top = head + frame.height - float(row["z_mm"]) - height
        css = "hatched" if row["role"] == "blank" else "dev back" if is_rear and not row["faces_rear"] else f"dev {row['css']}"
        canvas.rect(layer, left, top, width, height, css, rack.tip(row, frame), f"devices:{row['name']}")
        if is_rear == bool(row["faces_rear"]) and row["role"] != "blank":
            _face(canvas, css_of, row, left, top, layer, size)


def _face(canvas: Canvas, css_of: _Classes, row: dict[str, object], left: float, top: float, layer: str, size: float) -> None:
    """Colour mark (feed colour on what belongs to a feed), name, and what the device draws."""
    width, height = float(str(row["width_mm"])), float(str(row["height_mm"]))
    mark = css_of.get(str(row["feed"]), "other") if row["feed"] else f"mark {row['css']}"
    if width < 4 * size:  # a vertical PDU: its name runs upwards
        start = top + height - 1.2 * size - _taken(canvas, layer, left + width / 2, size)
        canvas.rect(f"{layer}-mark", left, start + 0.6 * size, width, 0.6 * size, mark)
        if width >= 1.1 * size:
            label = fit(f"{row['name']}" + (f" · feed {row['feed']}" if row["feed"] else ""), start - top - 0.5 * size, size)
            canvas.text(f"{layer}-text", left + width / 2, start, label, size, "t", "start", 270)
        return
    canvas.rect(f"{layer}-mark", left, top, 0.55 * size, height, mark)
    if height < 0.95 * size:
        return
    power = float(str(row["power_max_w"]))
    right = f"feed {row['feed']}" if row["feed"] else units.show(power, "W") if power > 0 else ""
    room = width - 1.8 * size
    name = fit(str(row["name"]), room, size)
    canvas.text(f"{layer}-text", left + 1.1 * size, top + height / 2, name, size, "t")
    if right and text_width(name, size) + text_width(right, size) + size < room:
        canvas.text(f"{layer}-text", left + width - 0.7 * size, top + height / 2, right, size, "t soft", "end")


def _taken(canvas: Canvas, layer: str, x: float, size: float) -> float:
    """Length of the upright labels that already stand at x: devices whose places coincide in the tables keep their labels apart."""
    rows = [r for r in canvas.rows if r["layer"] == f"{layer}-text" and r.get("turn") == 270 and abs(float(str(r["x"])) - x) < size]
    return sum(text_width(str(r["text"]), size) + 2.2 * size for r in rows)


def _open_units(canvas: Canvas, frame: rack.Frame, x: float, head: float, rows: pl.DataFrame, size: float) -> None:
    """Units nobody occupies at the front, neighbours as one hatched field."""
    used = {
        u
        for r in rows.filter(pl.col("position_u").is_not_null()).iter_rows(named=True)
        for u in range(r["position_u"], r["position_u"] + r["height_u"])
    }
    free = [u for u in range(1, frame.units + 1) if u not in used]
    starts = [u for u in free if u - 1 not in free]
    left = x + (frame.width - frame.bay) / 2
    for start in starts:
        count = next(n for n in range(1, frame.units + 2) if start + n not in free)
        top, height = head + frame.height - frame.z_of(start + count), count * frame.unit_mm
        canvas.rect("open", left, top, frame.bay, height, "hatched", f"{count} {frame.unit} open: {start}–{start + count - 1}")
        label = f"{count} {frame.unit} open"
        room = text_width(label, size) + size
        if room < frame.bay:
            canvas.rect("open", left + (frame.bay - room) / 2, top + (height - 1.5 * size) / 2, room, 1.5 * size, "paper")
            canvas.text("open", left + frame.bay / 2, top + height / 2, label, size, "t faint", "middle")


def _notes(canvas: Canvas, frame: rack.Frame, x: float, room: float, head: float, rows: pl.DataFrame, size: float) -> None:
    """Beside the front: what stands there, one bracket per run of equal neighbours; never taller than the run, so never overlapping."""
    for run in rack.runs(rows.filter((pl.col("height_u") > 0) & (pl.col("role") != "blank"))):
        top, bottom = (head + frame.height - float(str(run[z])) for z in ("z1", "z0"))
        canvas.path("notes", [(x, top + 3), (x + 0.5 * size, top + 3), (x + 0.5 * size, bottom - 3), (x, bottom - 3)], "leader")
        power = float(str(run["power_w"]))
        first, part = f"{run['count']} × {run['group']}", str(run["part"])
        lines = [(first, "t strong"), (part, "t soft")] + ([(units.show(power, "W"), "t soft")] if power > 0 else [])
        fits = max(1, int((bottom - top) / (1.35 * size)))
        lines, middle = lines[:fits], (top + bottom) / 2
        for i, (text, css) in enumerate(lines):
            y = middle + (i - (len(lines) - 1) / 2) * 1.35 * size
            label = fit(text, room - 1.2 * size, size, "strong" in css)
            canvas.text("notes", x + 1.1 * size, y, label, size, css)
            used = text_width(label, size, True) + 0.8 * size
            if len(lines) == 1 and room - 1.2 * size - used > 5 * size:
                canvas.text("notes", x + 1.1 * size + used, y, fit(part, room - 1.2 * size - used, size), size, "t soft")


def _legend(css_of: _Classes, devices: pl.DataFrame) -> list[tuple[str, str]]:
    roles = [r for r in (*rack.ROLES, "blank") if r in set(devices["role"])]
    entries = [("hatched" if r == "blank" else f"dev {r}", rack.ROLE_TITLES[r]) for r in roles]
    feeds = sorted(set(devices["feed"].drop_nulls()))
    return entries + [(css_of[f], f"feed {f}") for f in feeds]
