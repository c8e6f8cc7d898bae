"""How long the cables between racks are: one histogram for each fabric and tier. Reads fabric_cables, fabrics, halls, inputs."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import polars as pl

from rackwright.base import units
from rackwright.render import hall
from rackwright.render.charts import Scale, across, heading, ticks
from rackwright.render.content import text_input
from rackwright.render.scene import Canvas, Scene
from rackwright.schema.lengths import LENGTHS, Lengths
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "link_lengths", "Cable lengths by fabric and tier", "fabrics", 1
_WIDTH, _GAP, _COLUMNS, _HEIGHT = 940.0, 30.0, 3, 110.0


def draw(t: Tables) -> Scene | None:
    """Panels of equal size, fabric by fabric. None without cables between racks."""
    # Millions of cables have few lengths: everything else is counted from these.
    told = t.asked("fabric_cables", LENGTHS)
    every = pl.DataFrame({f.name: np.concatenate([getattr(part, f.name) for part in told]) for f in fields(Lengths)})
    key, longest = ("fabric_id", "tier", "length_mm"), pl.col("longest_mm").max().alias("length_cut_mm")
    lengths = every.filter(pl.col("length_mm") >= 0).group_by(key).agg(longest, count=pl.col("links").cast(pl.Int64).sum())
    cables = lengths.sort(key).with_columns(
        upto=pl.col("count").cum_sum().over("fabric_id", "tier"), all=pl.col("count").sum().over("fabric_id", "tier")
    )
    if cables.is_empty():
        return None
    middle = (pl.col("length_cut_mm").filter(2 * pl.col("upto") >= pl.col("all")).first() + _next_up()) / 2
    groups = cables.group_by("fabric_id", "tier").agg(pl.col("count").sum(), middle.alias("middle"), pl.col("length_cut_mm").max().alias("high"))
    counts = cables.group_by("fabric_id", "tier", metre=pl.col("length_cut_mm") // 1000).agg(pl.col("count").sum())
    names = dict(t["fabrics"].select("fabric_id", "fabric").iter_rows())
    canvas, panels = Canvas(), groups.sort("fabric_id", "tier").to_dicts()
    columns = min(_COLUMNS, len(panels))
    width = (_WIDTH - 24 - _GAP * (columns - 1)) / columns if len(panels) > 1 else _WIDTH * 0.6
    bottom = 0.0
    for i, g in enumerate(panels):
        own = counts.filter((pl.col("fabric_id") == g["fabric_id"]) & (pl.col("tier") == g["tier"]))
        title = f"{names[g['fabric_id']]} · {hall.tier_name(g['tier'])} · {g['count']:,}"
        left, top = 12 + (i % columns) * (width + _GAP), (i // columns) * (_HEIGHT + 118)
        note = f"median {units.figure(g['middle'] / 1000)} m, longest {units.figure(g['high'] / 1000)} m"
        bottom = _panel(canvas, own, f"{names[g['fabric_id']]}-{g['tier']}", title, note, left, top, width)
    about = "; ".join(f"{names[g['fabric_id']]}, {hall.tier_name(g['tier']).lower()}: {g['count']:,} cables" for g in panels)
    return Scene(NAME, TITLE, about, _WIDTH, bottom + 12, "px", 1.0, canvas.frame(), (("hall", text_input(t, "hall")), ("lengths", "cut")))


def _next_up() -> pl.Expr:
    """The upper of the two lengths in the middle of rising ones; both are one where their number is odd."""
    return pl.col("length_cut_mm").filter(2 * pl.col("upto") > pl.col("all")).first()


def _panel(canvas: Canvas, counts: pl.DataFrame, ref: str, title: str, note: str, left: float, head: float, width: float) -> float:
    """One histogram over whole metres joined into at most some 25 bars."""
    heading(canvas, left, head + 14, width, title, note, 11)
    low, high = float(counts.select(pl.col("metre").min()).item()), float(counts.select(pl.col("metre").max()).item()) + 1
    marks = ticks(low, high, 22)
    if marks[1] - marks[0] < 1:
        marks = [low + k for k in range(max(int(high - low), 1) + 1)]
    step = marks[1] - marks[0]
    bars = counts.group_by(bar=((pl.col("metre") + 0.5 - marks[0]) // step).cast(pl.Int32)).agg(pl.col("count").sum()).sort("bar")
    heights = ticks(0, float(bars.select(pl.col("count").max()).item()), 4)
    x, top, bottom = left + 46, head + 50, head + 50 + _HEIGHT
    scale = across(canvas, x, width - 46, top, bottom, marks, "cut length, m")
    upward = Scale(0, heights[-1], bottom, top)
    for mark in heights:
        canvas.line("grid", x, upward(mark), x + width - 46, upward(mark), "grid")
        canvas.text("axis", x - 6, upward(mark), _short(mark), 10, "t soft", "end")
    for bar, count in bars.iter_rows():
        a = marks[0] + bar * step
        tip = f"{a:,.0f} to {a + step:,.0f} m: {count:,} cables"
        canvas.rect(
            "bars", scale(a) + 0.5, upward(count), scale(a + step) - scale(a) - 1, bottom - upward(count), "bar", tip, f"fabric_cables:{ref}-{a:.0f}"
        )
    return bottom + 36


def _short(value: float) -> str:
    """A count on an axis: 1,500 in full, 150k and 1.5M short; nothing for parts of a cable."""
    if value != int(value):
        return ""
    return f"{value / 1e6:g}M" if value >= 1e6 else f"{value / 1e3:g}k" if value >= 10_000 else f"{value:,.0f}"
