"""A scene on paper: its SVG with plain colours and the fonts of the book, and the sheet, way up and scale at which its text can be read."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from rackwright.render.scene import Scene
from rackwright.render.style import light_rules
from rackwright.render.svg import svg

SANS, SEMIBOLD, MONO = "IBM Plex Sans", "IBM Plex Sans Cond SmBld", "IBM Plex Mono"
_SHEETS = (("a4", 210.0, 297.0), ("a3", 297.0, 420.0))
EDGE, TOP, FOOT = 15.0, 22.0, 18.0  # mm of margin at the sides, above and below
_TITLE = 16.0  # mm for the title and the notes of a drawing
_READABLE = 1.6  # mm of font size (4.5 points) that the smallest text of a drawing should have
_CHART = 0.34  # mm of a pixel at most: larger a chart is not blown up, its text of 11 pixels is 11 points then
_TALLEST = 150.0  # mm of a chart among text
_STROKE = re.compile(r"(stroke-width|stroke-dasharray):([\d. ]+)")
_PIXEL = 0.2  # mm on paper of a line that is one pixel wide on screen


def picture(scene: Scene, width: float, clean: Callable[[object], str]) -> dict[str, Any]:
    """The drawing as data for typst: svg, w and h in mm, sheet, flipped, title and notes with the scale. A chart that can be read in a text `width`
    mm wide stands there (`paper` empty); what is in true proportion has a sheet of its own.
    """
    sizes = scene.shapes["size"].drop_nulls()
    smallest = float(sizes.quantile(0.05) or 0.0)  # a few tiny marks need not decide
    paper, flipped, factor = "", False, min(width / scene.width, _TALLEST / scene.height, _CHART)
    if scene.unit == "mm" or smallest * factor < _READABLE:
        for paper, short, long in _SHEETS:  # noqa: B007  the last is taken where none is large enough
            fits = {turned: _factor(scene, *((long, short) if turned else (short, long))) for turned in (False, True)}
            flipped = fits[True] > 1.15 * fits[False]
            factor = fits[flipped]
            if smallest * factor >= _READABLE:
                break
    notes = [f"{label} {value}" for label, value in scene.notes]
    scale = f"scale 1 : {1 / factor:,.3g} on {paper.upper()}" if scene.unit == "mm" and paper and factor < 1 else ""
    return {
        "kind": "picture",
        "title": clean(scene.title),
        "about": clean(scene.description),
        "notes": clean(" · ".join([*([scale] if scale else []), *notes])),
        "svg": printed(scene, _PIXEL / factor),
        "w": round(scene.width * factor, 3),
        "h": round(scene.height * factor, 3),
        "paper": paper,
        "flipped": flipped,
    }


def _factor(scene: Scene, width: float, height: float) -> float:
    """Mm on paper of one unit of the scene, on a sheet of that size."""
    room = min((width - 2 * EDGE) / scene.width, (height - TOP - FOOT - _TITLE) / scene.height)
    return room if scene.unit == "mm" else min(room, _CHART)


def printed(scene: Scene, pixel: float) -> str:
    """The SVG of a scene with the colours of the light palette in place of variables, which typst does not know, and with lines `pixel` units of the
    drawing wide where a screen shows one pixel.
    """
    rules = [
        rule if ".hatch " in rule else _STROKE.sub(lambda m: f"{m[1]}:{' '.join(f'{float(x) * pixel:.3g}' for x in m[2].split())}", rule)
        for rule in print_style()
    ]
    return svg(scene, is_embedded=True).replace("<title id=", f"<style>{''.join(rules)}</style><title id=", 1)


@cache
def print_style() -> tuple[str, ...]:
    """The rules of drawings for paper: no `@media`, no `var()`, the fonts of the book."""
    return (f'.rw text{{font-family:"{SANS}";font-stretch:condensed}}', *light_rules(), f'.rw .strong{{font-family:"{SEMIBOLD}"}}')
