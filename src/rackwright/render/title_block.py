"""The title block: a strip under a drawing that says what it shows, of which design, revision and hash, and in which scale."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from rackwright.render.mark import DIGITS, Mark
from rackwright.render.scene import Canvas, Scene, fit, text_width

LAYER = "block"
HEIGHT = 60.0  # px
_EDGE, _PAD, _SIZE, _SMALL = 12.0, 10.0, 11.0, 10.0
_CSS_MM = 25.4 / 96  # of a px, as CSS has it: the scale of an SVG that is printed at its natural size
_REVISION, _BAR = 150.0, 90.0  # px at most: of the revision, and of the bar of the scale
_LEAST = 90.0  # px of a name


def framed(scene: Scene, mark: Mark) -> Scene:
    """The drawing with its title block below. The bar of the scale is true at any size, the figure at the natural one."""
    px = 1 / scene.px_per_unit
    canvas, top = Canvas(), scene.height
    edge, low = _EDGE * px, top + (HEIGHT - 8) * px
    cells = list(_cells(scene, mark))
    canvas.line(LAYER, edge, top + 4 * px, scene.width - edge, top + 4 * px, "rule")
    x = edge
    for i, (caption, value, width) in enumerate(cells):
        if i:
            canvas.line(LAYER, x, top + 10 * px, x, top + 36 * px, "rule")
        at = x + (_PAD * px if i else 0.0)
        room = (width - (2 * _PAD if i else _PAD)) * px * 1.001  # a width that was measured for a text must hold it
        canvas.text(LAYER, at, top + 14 * px, caption, _SMALL * px, "t soft")
        canvas.text(LAYER, at, top + 29 * px, fit(value, room, _SIZE * px, i < 2), _SIZE * px, "t strong" if i < 2 else "t")
        if caption == "scale" and not _has_bar(scene):
            _bar(canvas, scene, x + (width - _PAD) * px - _BAR * px, top)
        x += width * px
    notes = " · ".join(f"{label} {value}" for label, value in scene.notes if value != mark.name)
    canvas.text(LAYER, edge, low - 4 * px, fit(notes, scene.width - 2 * edge, _SMALL * px), _SMALL * px, "t soft")
    return replace(scene, height=top + HEIGHT * px, shapes=pl.concat([scene.shapes, canvas.frame()]))


def scale(scene: Scene) -> float:
    """How many mm of the design one mm of the printed drawing stands for, at its natural size; 0 for a chart, which has no scale."""
    return 1 / (scene.px_per_unit * _CSS_MM) if scene.unit == "mm" else 0.0


def _cells(scene: Scene, mark: Mark) -> Iterator[tuple[str, str, float]]:
    """Caption, value and width in px of each cell. The hash is never cut, names share what is left."""
    fixed = [("revision", mark.revision), ("hash", mark.short)]
    widths = [min(text_width(mark.revision, _SIZE), _REVISION), text_width("0" * DIGITS, _SIZE)]
    widths = [max(w, text_width(c, _SMALL)) + 2 * _PAD for (c, _), w in zip(fixed, widths, strict=True)]
    if scene.unit == "mm":
        fixed.append(("scale", f"1 : {float(f'{scale(scene):.3g}'):,.10g} at 100 %"))
        widths.append(text_width(fixed[-1][1], _SIZE) + 2 * _PAD + (0 if _has_bar(scene) else _BAR + _PAD))
    room = max(scene.width * scene.px_per_unit - 2 * _EDGE - sum(widths), 2 * _LEAST)
    title = min(text_width(scene.title, _SIZE, True) + 2 * _PAD, room - _LEAST)
    yield "design", mark.name, room - title
    yield "drawing", scene.title, title
    yield from ((caption, value, width) for (caption, value), width in zip(fixed, widths, strict=True))


def _has_bar(scene: Scene) -> bool:
    """Whether the drawing has a scale of its own."""
    return bool((scene.shapes["layer"] == "scale").any())


def _bar(canvas: Canvas, scene: Scene, x: float, top: float) -> None:
    """A bar of a round length with that length above it, in the right part of the cell of the scale."""
    px = 1 / scene.px_per_unit
    most = _BAR * px
    power = 10 ** math.floor(math.log10(most))
    length = next(n * power for n in (5, 2, 1) if n * power <= most)
    y = top + 29 * px
    canvas.line(LAYER, x, y, x + length, y, "scale-bar")
    for at in (x, x + length):
        canvas.line(LAYER, at, y - 3 * px, at, y + 3 * px, "scale-bar")
    canvas.text(LAYER, x + length / 2, top + 14 * px, f"{length / 1000:,g} m" if length >= 1000 else f"{length:g} mm", _SMALL * px, "t", "middle")
