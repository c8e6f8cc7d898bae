"""Axes for the charts: round ticks, linear scales, a panel with grid and labels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from rackwright.base import units
from rackwright.render.scene import Canvas, fit, text_width


def extent(values: pl.Series) -> tuple[float, float]:
    """Least and greatest of the known values; 0, 0 where there is none."""
    known = values.drop_nulls().cast(pl.Float64).to_numpy()
    return (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers (steps of 1, 2, 2.5 or 5 times a power of ten) that cover `low`..`high`; at least two."""
    span = high - low
    if not math.isfinite(span) or span <= 0:
        low, high, span = low - 0.5, low + 0.5, 1.0
    raw = span / max(most - 1, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(k * step, 10) for k in range(first, last + 1)]


def tick_text(value: float, step: float) -> str:
    """A tick as people read it, with as many decimals as its step needs."""
    power = math.floor(math.log10(step) + 1e-9)
    decimals = max(0, (1 if abs(step / 10.0**power - 2.5) < 1e-9 else 0) - power)
    text = f"{value:,.{decimals}f}" if decimals else f"{value:,.0f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else text.replace("-", "")


@dataclass(frozen=True, slots=True)
class Scale:
    """Linear map of `low`..`high` onto `start`..`end` (pixels)."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where `value` is drawn."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def across(canvas: Canvas, x: float, width: float, top: float, bottom: float, marks: list[float], label: str, size: float = 10.0) -> Scale:
    """A panel with a horizontal axis under it and its grid; the scale ends at the first and last mark."""
    scale = Scale(marks[0], marks[-1], x, x + width)
    step = marks[1] - marks[0]
    canvas.rect("panel", x, top, width, bottom - top, "panel")
    widest = max(text_width(tick_text(m, step), size) for m in marks)
    every = max(1, math.ceil((widest + size * 0.8) / (width / (len(marks) - 1))))
    zero = marks.index(0) if 0 in marks else 0
    keep = {i for i in range(len(marks)) if (i - zero) % every == 0}
    for i, mark in enumerate(marks):
        at = scale(mark)
        canvas.line("grid", at, top, at, bottom, "zero" if mark == 0 and marks[0] < 0 else "grid")
        if i in keep:
            canvas.text("axis", at, bottom + size * 1.2, tick_text(mark, step), size, "t soft", "middle")
    canvas.line("axis", x, bottom, x + width, bottom, "axis")
    canvas.text("axis", x + width / 2, bottom + size * 2.7, fit(label, width + 20, size), size, "t", "middle")
    return scale


def heading(canvas: Canvas, x: float, y: float, width: float, title: str, note: str = "", size: float = 12.0) -> None:
    """Title of a panel and, under it, one line of what is shown."""
    canvas.text("heading", x, y, fit(title, width, size, True), size, "t strong")
    canvas.text("heading", x, y + size * 1.35, fit(note, width, size * 0.85), size * 0.85, "t soft")


def shown(value: float | None, unit: str) -> str:
    """`units.show`, or a dash where there is no value."""
    return "–" if value is None or value != value else units.show(value, unit)
