"""What every drawing of a rack needs from the tables: the frame, the placed devices, their colours, runs of equal devices, a small strip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from rackwright.base import units
from rackwright.render.scene import Canvas, fit, text_width
from rackwright.schema.tables import Tables

ROLES = ("compute", "switch", "host", "management", "power", "battery", "pdu", "other")
ROLE_TITLES = {
    "compute": "compute",
    "switch": "switch",
    "host": "host",
    "management": "management",
    "power": "power shelf",
    "battery": "battery",
    "pdu": "PDU",
    "other": "other",
    "blank": "blank panel",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """The rack frame in millimetres; `unit` is what its holes are counted in (`U` or `OU`)."""

    name: str
    part: str
    title: str
    width: float
    height: float
    depth: float
    bay: float
    units: int
    unit_mm: float
    base: float

    @property
    def unit(self) -> str:
        """Name of one unit of height."""
        return "U" if abs(self.unit_mm - 44.45) < 0.01 else "OU"

    @property
    def top(self) -> float:
        """Height of the top of the highest unit above the floor."""
        return self.base + self.units * self.unit_mm

    def z_of(self, unit: float) -> float:
        """Height of the bottom of a unit above the floor."""
        return self.base + (unit - 1) * self.unit_mm


def frame_of(t: Tables) -> Frame:
    """The frame of the design's rack. A width, height or depth the catalogue lacks is taken from what stands in the frame."""
    row = t["racks"].row(0, named=True)
    part, devices = str(row["part"]), t["devices"]
    top = float(row["base_mm"]) + float(row["height_units"]) * float(row["unit_mm"])
    width = t.fact(part, "width") or _largest(devices, "x_mm", "width_mm") or 600.0
    titles = t["parts"].filter(pl.col("part") == part)["title"]
    return Frame(
        name=str(row["name"]),
        part=part,
        title=str(titles[0]) if titles.len() else part,
        width=width,
        height=max(t.fact(part, "height") or 0.0, top),
        depth=t.fact(part, "depth") or _largest(devices, "y_mm", "depth_mm") or 1000.0,
        bay=min(t.fact(part, "width_it") or width - 60, width),
        units=int(row["height_units"]),
        unit_mm=float(row["unit_mm"]),
        base=float(row["base_mm"]),
    )


def _largest(devices: pl.DataFrame, start: str, size: str) -> float:
    value = devices.select((pl.col(start) + pl.col(size)).max()).item() if devices.height else None
    return float(value or 0.0)


def placed(t: Tables) -> pl.DataFrame:
    """Devices that have a place, bottom up. Adds `css` (role class) and `faces_rear`: mounted from the rear, or beside the units in the rear half."""
    middle = frame_of(t).depth / 2
    outside = (pl.col("height_u") == 0) & (pl.col("y_mm").fill_null(0.0) + pl.col("depth_mm") / 2 > middle)
    return (
        t["devices"]
        .filter(pl.col("z_mm").is_not_null() & pl.col("x_mm").is_not_null())
        .with_columns(
            css=pl.when(pl.col("role").is_in(ROLES)).then("role").otherwise(pl.lit("other")),
            faces_rear=pl.col("is_rear") | outside,
        )
        .sort("z_mm", "device_id")
    )


def feed_classes(t: Tables) -> dict[str | None, str]:
    """CSS class by feed, four in turn in order of name; None, for what belongs to no feed, is `other`."""
    feeds = pl.concat([t["devices"]["feed"], t["power_nodes"]["feed"]]).drop_nulls().unique().sort()
    return {None: "other", **{feed: f"feed-{'abcd'[i % 4]}" for i, feed in enumerate(feeds)}}


def runs(devices: pl.DataFrame) -> list[dict[str, object]]:
    """Neighbours of one group, without a gap, as one row: group, part, role, count, z0, z1, power_w, feeds. Bottom up."""
    if devices.is_empty():
        return []
    gap = (pl.col("z_mm") - (pl.col("z_mm") + pl.col("height_mm")).shift(1)).abs() > 1.0
    new = (pl.col("group") != pl.col("group").shift(1)) | (pl.col("part") != pl.col("part").shift(1)) | gap
    return (
        devices.sort("z_mm")
        .with_columns(run=new.fill_null(True).cum_sum())
        .group_by("run", maintain_order=True)
        .agg(
            pl.col("group", "part", "role", "css").first(),
            pl.len().alias("count"),
            pl.col("z_mm").min().alias("z0"),
            (pl.col("z_mm") + pl.col("height_mm")).max().alias("z1"),
            pl.col("power_max_w").sum().alias("power_w"),
        )
        .to_dicts()
    )


def tip(row: dict[str, object], frame: Frame) -> str:
    """What a person reads when pointing at a device."""
    parts = [str(row["name"]), str(row["part"])]
    if row["position_u"] is not None:
        first = int(str(row["position_u"]))
        last = first + max(int(str(row["height_u"])), 1) - 1
        parts.append(f"{frame.unit} {first}" if first == last else f"{frame.unit} {first}–{last}")
    if float(str(row["power_max_w"])) > 0:
        parts.append(units.show(float(str(row["power_max_w"])), "W"))
    parts.append(units.show(float(str(row["mass_kg"])), "kg"))
    if row["feed"]:
        parts.append(f"feed {row['feed']}")
    return " · ".join(parts)


def strip(canvas: Canvas, t: Tables, x: float, y_of: Callable[[float], float], size: float = 10.0) -> None:
    """A narrow front view beside a chart, 44 wide, group names in the 70 to its right: every device at its height, a unit mark every five."""
    frame, width = frame_of(t), 44.0
    canvas.rect("strip", x, y_of(frame.height), width, y_of(0.0) - y_of(frame.height), "frame")
    rows = placed(t).filter(pl.col("height_u") > 0)
    for row in rows.iter_rows(named=True):
        z = float(row["z_mm"])
        y = y_of(z + float(row["height_mm"]))
        canvas.rect("strip", x + 4, y, width - 8, y_of(z) - y, f"dev {row['css']}", tip(row, frame), f"devices:{row['name']}")
    free = y_of(0.0) + size
    for run in runs(rows.filter(~pl.col("faces_rear") & (pl.col("role") != "blank"))):
        middle = y_of((float(str(run["z0"])) + float(str(run["z1"]))) / 2)
        if free - middle >= size * 1.1:
            canvas.text("strip-text", x + width + 7, middle, fit(str(run["group"]), 70, size), size, "t soft")
            free = middle
    for unit in [1, *range(5, frame.units + 1, 5)]:
        canvas.text("strip-text", x - 5, y_of(frame.z_of(unit + 0.5)), str(unit), size * 0.9, "t faint", "end")
    canvas.text("strip-text", x - 5, y_of(frame.height) - size * 0.3, frame.unit, size * 0.9, "t faint", "end")


def legend(canvas: Canvas, x: float, y: float, entries: list[tuple[str, str]], size: float, room: float) -> float:
    """Swatches with words (css, text), wrapped to `room`; returns the y below the last line."""
    at, line = x, y
    for css, text in entries:
        width = size * 1.5 + text_width(text, size)
        if at > x and at + width > x + room:
            at, line = x, line + size * 1.9
        canvas.rect("legend", at, line - size * 0.45, size * 0.9, size * 0.9, css)
        canvas.text("legend", at + size * 1.35, line, text, size, "t soft")
        at += width + size * 1.2
    return line + size * 1.9
