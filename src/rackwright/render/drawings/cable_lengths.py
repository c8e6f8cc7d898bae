"""How long the cables are: one histogram of cut lengths per use. Reads cables, racks."""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.render.charts import Scale, across, extent, heading, ticks
from rackwright.render.scene import Canvas, Scene
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "cable_lengths", "Cable lengths", "scale-up", 2
_TITLES = {"scale-up": "Scale-up", "management": "Management", "power-cord": "Power cords", "power-whip": "Power whips"}
_WIDTH = 940.0


def draw(t: Tables) -> Scene | None:
    """The scale-up cables across the whole width, every other use in a third of it. None without cables."""
    kinds = [k for k in _TITLES if k in set(t["cables"]["kind"])]
    if not kinds:
        return None
    canvas = Canvas()
    top, bottom = 0.0, 0.0
    wide = [k for k in kinds if k == "scale-up"]
    for kind in wide:
        bottom = _panel(canvas, t["cables"].filter(pl.col("kind") == kind), _TITLES[kind], 12, top, _WIDTH - 36, 190)
    rest = [k for k in kinds if k not in wide]
    top = bottom + 28 if wide else 0.0
    for i, kind in enumerate(rest):
        width = (_WIDTH - 36 - 36 * (len(rest) - 1)) / len(rest) if len(rest) > 1 else _WIDTH / 2
        bottom = _panel(canvas, t["cables"].filter(pl.col("kind") == kind), _TITLES[kind], 12 + i * (width + 36), top, width, 130)
    notes = (("rack", str(t["racks"]["name"][0])), ("lengths", "cut"))
    about = "; ".join(f"{_TITLES[k]}: {n} cables" for k, n in ((k, int((t["cables"]["kind"] == k).sum())) for k in kinds))
    return Scene(NAME, TITLE, about, _WIDTH, bottom + 12, "px", 1.0, canvas.frame(), notes)


def _panel(canvas: Canvas, cables: pl.DataFrame, title: str, left: float, head: float, width: float, height: float) -> float:
    lengths = cables["length_cut_mm"].cast(pl.Float64)
    (low, high), middle = extent(lengths), float(np.median(lengths.to_numpy()))
    note = f"median {middle:,.0f} mm, longest {high:,.0f} mm"
    if width > 350:
        note += f", together {float(lengths.sum()):,.0f} mm"
    heading(canvas, left, head + 14, width, f"{title} · {cables.height:,}", note)
    pad = max(0.0, 0.08 * high - (high - low)) / 2 + 1.0 * (high == low)  # equal lengths stand in the middle, not on the edge
    marks = ticks(low - pad, high + pad, 25 if width > 600 else 11)
    step = marks[1] - marks[0]
    bins = [int(((lengths >= a) & (lengths < a + step)).sum()) for a in marks[:-1]]
    bins[-1] += int((lengths >= marks[-1]).sum())
    counts = ticks(0, max(bins), 4)
    x, top, bottom = left + 38, head + 52, head + 52 + height
    scale = across(canvas, x, width - 38, top, bottom, marks, "cut length, mm")
    upward = Scale(0, counts[-1], bottom, top)
    for mark in counts:
        canvas.line("grid", x, upward(mark), x + width - 38, upward(mark), "grid")
        canvas.text("axis", x - 6, upward(mark), f"{mark:,.0f}" if mark == int(mark) else "", 10, "t soft", "end")
    for a, count in zip(marks[:-1], bins, strict=True):
        if count:
            tip = f"{a:,.0f} to {a + step:,.0f} mm: {count:,} cables"
            canvas.rect(
                "bars", scale(a) + 0.75, upward(count), scale(a + step) - scale(a) - 1.5, bottom - upward(count), "bar", tip, f"cables:{a:.0f}"
            )
    return bottom + 36
