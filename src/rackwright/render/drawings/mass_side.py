"""Mass and its centre: side and front view in millimetres with the centre of mass, and what weighs how much.

Reads masses, devices, racks, parts, inputs, part_facts.
"""

from __future__ import annotations

import polars as pl

from rackwright.base import units
from rackwright.render import rack
from rackwright.render.charts import extent
from rackwright.render.scene import Canvas, Scene, fit, text_width
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "mass_side", "Mass and its centre", "mass", 1


def draw(t: Tables) -> Scene | None:
    """Side view (front left), front view, masses by group. None without masses."""
    masses = t["masses"]
    total = float(masses["mass_kg"].sum() or 0.0)
    if masses.is_empty() or total <= 0:
        return None
    frame = rack.frame_of(t)
    centre = {axis: float(masses["mass_kg"].dot(masses[f"{axis}_mm"]) or 0.0) / total for axis in "xyz"}
    canvas = Canvas()
    size, head = 35.0, 210.0
    x_side, x_front = 90.0, 90.0 + frame.depth + 250
    devices = rack.placed(t)
    views = (("Side, front at left", x_side, frame.depth, "y_mm", "depth_mm"), ("Front", x_front, frame.width, "x_mm", "width_mm"))
    for title, x, width, start, size_of in views:
        canvas.text("title", x, 40, title, 1.15 * size, "t strong")
        canvas.rect("frame", x, head, width, frame.height, "frame")
        for row in devices.iter_rows(named=True):
            y = head + frame.height - row["z_mm"] - row["height_mm"]
            layer = "side" if start == "y_mm" else "front"
            canvas.rect(
                layer,
                x + row[start],
                y,
                row[size_of],
                row["height_mm"],
                f"dev {row['css']}",
                f"{row['name']}: {units.show(row['mass_kg'], 'kg')}",
                f"devices:{row['name']}",
            )
        canvas.line("frame", x - 70, head + frame.height, x + width + 70, head + frame.height, "axis")
    for _, x, width, start, _ in views:
        along = centre["y" if start == "y_mm" else "x"]
        _centre(canvas, x + along, head + frame.height - centre["z"], x, width, head + frame.height)
        text = f"{along:,.0f} mm from the {'front' if start == 'y_mm' else 'left'}, {centre['z']:,.0f} mm up"
        canvas.text("title", x, 105, fit(text, width + 200, size), size, "t soft")
    _limit(canvas, t, frame, head, x_side, x_front + frame.width, size)
    x_bars = x_front + frame.width + 170
    y = _bars(canvas, t, x_bars, 900.0, head, size, total)
    _limits(canvas, t, frame, x_bars, 900.0, y + 60, size, total)
    notes = (("rack", frame.name), ("mass", units.show(total, "kg")), ("dimensions", "mm"))
    about = f"{units.show(total, 'kg')}, centre of mass {centre['z']:,.0f} mm above the floor"
    return Scene(NAME, TITLE, about, x_bars + 960, head + frame.height + 90, "mm", min(0.32, 940 / (x_bars + 960)), canvas.frame(), notes)


def _centre(canvas: Canvas, x: float, y: float, left: float, width: float, floor: float) -> None:
    """The usual quartered circle with lines to the edges."""
    radius = 38.0
    canvas.line("centre", left, y, left + width, y, "com-line")
    canvas.line("centre", x, y, x, floor, "com-line")
    canvas.circle("centre", x, y, radius, "com-half", "centre of mass")
    for a, b in ((1, -1), (-1, 1)):
        arc = [
            (x, y),
            (x + a * radius, y),
            (x + a * 0.924 * radius, y + b * 0.383 * radius),
            (x + a * 0.707 * radius, y + b * 0.707 * radius),
            (x + a * 0.383 * radius, y + b * 0.924 * radius),
            (x, y + b * radius),
        ]
        canvas.path("centre", arc, "com", is_area=True)


def _limit(canvas: Canvas, t: Tables, frame: rack.Frame, head: float, left: float, right: float, size: float) -> None:
    rows = t["inputs"].filter((pl.col("path") == "placement.centre_of_mass_max") & pl.col("value").is_not_null())
    if rows.height:
        y = head + frame.height - float(rows["value"][0])
        canvas.line("limits", left - 60, y, right + 60, y, "limit", f"greatest height of the centre of mass: {rows['text'][0]}")
        canvas.text("limits", right + 66, y, "limit", size, "t t-limit")


def _bars(canvas: Canvas, t: Tables, x: float, width: float, head: float, size: float, total: float) -> float:
    """One bar per group of devices and per other kind of mass, heaviest first; returns the y below."""
    groups = t["devices"].select(item="name", of="group", role="role")
    rows = (
        t["masses"]
        .join(groups, on="item", how="left")
        .with_columns(of=pl.coalesce("of", "kind"))
        .group_by("of")
        .agg(pl.col("mass_kg").sum(), pl.len().alias("n"), pl.col("role").first(), pl.col("kind").first())
        .sort("mass_kg", "of", descending=[True, False])
    )
    canvas.text("title", x, 40, "What weighs how much", 1.15 * size, "t strong")
    canvas.text("title", x, 105, f"{units.show(total, 'kg')} together", size, "t soft")
    most, y, names = extent(rows["mass_kg"])[1], head + 40, 330.0
    room = width - names - text_width("000.0 kg", size) - 20
    for row in rows.head(16).iter_rows(named=True):
        label = f"{row['n']} × {row['of']}" if row["n"] > 1 and row["role"] else str(row["of"])
        css = row["role"] if row["role"] in rack.ROLES else "other"
        canvas.text("bars", x, y, fit(label, names - 20, size), size, "t")
        canvas.rect(
            "bars",
            x + names,
            y - 0.4 * size,
            room * row["mass_kg"] / most,
            0.8 * size,
            f"mark {css}",
            f"{label}: {units.show(row['mass_kg'], 'kg')}",
            f"masses:{row['of']}",
        )
        canvas.text("bars", x + names + room * row["mass_kg"] / most + 14, y, units.show(row["mass_kg"], "kg"), size, "t soft")
        y += 2.1 * size
    return y


def _limits(canvas: Canvas, t: Tables, frame: rack.Frame, x: float, width: float, y: float, size: float, total: float) -> None:
    """What the frame carries and what the floor bears, against what they may."""
    own = float(t["masses"].filter(pl.col("kind") == "frame")["mass_kg"].sum())
    braced = t["inputs"].filter(pl.col("path") == "braced")["text"].to_list() != ["false"]
    payload_max = t.fact(frame.part, "payload_max" if braced else "payload_unbraced")
    floor = t["inputs"].filter((pl.col("path") == "floor.rating") & pl.col("value").is_not_null())["value"]
    rows = [
        ("Payload of the frame" + ("" if braced else ", no brace"), total - own, payload_max, "kg"),
        ("Load on the footprint", total / (frame.width * frame.depth / 1e6), float(floor[0]) if floor.len() else None, "kg/m2"),
    ]
    for label, value, limit, unit in rows:
        text = units.show(value, unit).replace("m2", "m²")
        if limit:
            text += f" of {units.show(limit, unit).replace('m2', 'm²')}, {100 * value / limit:.0f} %"
        canvas.text("limits", x, y, label, size, "t strong")
        canvas.text("limits", x, y + 1.6 * size, fit(text, width, size), size, "t soft")
        if limit:
            canvas.rect("limits", x, y + 2.8 * size, 0.8 * width, 0.35 * size, "track")
            canvas.rect("limits", x, y + 2.8 * size, 0.8 * width * min(value / limit, 1.0), 0.35 * size, "bar" if value <= limit else "over", label)
        y += 5.6 * size
