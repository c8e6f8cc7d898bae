"""Symbols of a one-line diagram after IEC 60617, about a point on a wire that runs left to right.

Each has a half width; the wire is drawn first and covered by the symbol. `css` is the class of the path: it gives colour, never fill.
"""

from __future__ import annotations

import math

from rackwright.render.scene import Canvas

HALF = {"grid": 11.0, "transformer": 13.0, "breaker": 6.0, "ups": 13.0, "static-switch": 11.0, "generator": 11.0, "rectifier": 13.0,
        "tie": 6.0, "line": 0.0, "source": 0.0, "busway": 0.0, "whip": 6.0,
        "transfer-switch": 11.0, "bess": 13.0}  # fmt: skip


def half(kind: str) -> float:
    """Half the width of the symbol of a kind; an unknown kind has that of a plain box."""
    return HALF.get(kind, 10.0)


def draw(canvas: Canvas, kind: str, x: float, y: float, css: str, title: str, ref: str, is_closed: bool = True) -> None:
    """The symbol of `kind` about x, y; layer `symbols`. Lines and sources have none, but carry title and reference as a dot."""
    if half(kind) == 0:
        canvas.circle("symbols", x, y, 1.6, f"sym-fill {css}", title, ref)
        return
    made = {"transformer": _transformer, "ups": _ups, "rectifier": _rectifier, "generator": _generator, "grid": _grid, "static-switch": _switch}
    made |= {"transfer-switch": _transfer, "bess": _bess}
    if kind in ("breaker", "tie", "whip"):
        _breaker(canvas, x, y, css, title, ref, is_closed)
    elif kind in made:
        made[kind](canvas, x, y, css, title, ref)
        if kind in ("static-switch", "transfer-switch") and not is_closed:
            canvas.line("symbols", x - 8, y - 10, x + 8, y - 10, "sym-open")
    else:
        canvas.rect("symbols", x - 10, y - 8, 20, 16, f"sym {css}", title, ref)


def device(canvas: Canvas, x: float, y: float, css: str, part: str, is_closed: bool) -> None:
    """A breaker or fuse at the head of a way, smaller than one that is the way itself."""
    if "fuse" in part:
        canvas.rect("symbols", x - 6, y - 3, 12, 6, f"sym {css}", part)
        canvas.line("symbols", x - 6, y, x + 6, y, f"sym-line {css}")
    else:
        canvas.rect("symbols", x - 4, y - 4, 8, 8, f"{'sym-fill' if is_closed else 'sym'} {css}", part)


def _breaker(canvas: Canvas, x: float, y: float, css: str, title: str, ref: str, is_closed: bool) -> None:
    """Square: filled while closed."""
    canvas.rect("symbols", x - 6, y - 6, 12, 12, f"{'sym-fill' if is_closed else 'sym'} {css}", title, ref)


def _transformer(canvas: Canvas, x: float, y: float, css: str, title: str, ref: str) -> None:
    """Two windings."""
    canvas.circle("symbols", x - 4.5, y, 8, f"sym {css}", title, ref)
    canvas.circle("symbols", x + 4.5, y, 8, f"sym-ring {css}")


def _box(canvas: Canvas, x: float, y: float, css: str, title: str, ref: str) -> None:
    canvas.rect("symbols", x - 13, y - 9, 26, 18, f"sym {css}", title, ref)
    canvas.line("symbols", x - 13, y + 9, x + 13, y - 9, f"sym-line {css}")


def _wave(canvas: Canvas, x: float, y: float, size: float, css: str) -> None:
    """One period of a sine, `size` wide."""
    points = [(x + size * (i / 12 - 0.5), y - size * 0.28 * math.sin(math.pi * i / 6)) for i in range(13)]
    canvas.path("symbols", points, f"sym-line {css}")


def _bars(canvas: Canvas, x: float, y: float, css: str) -> None:
    """The sign of direct current."""
    canvas.line("symbols", x - 4, y - 1.5, x + 4, y - 1.5, f"sym-line {css}")
    canvas.line("symbols", x - 4, y + 1.5, x + 4, y + 1.5, f"sym-line {css}")


def _ups(canvas: Canvas, x: float, y: float, css: str, title: str, ref: str) -> None:
    """Double conversion: AC, a battery between, AC."""
    canvas.rect("symbols", x - 13, y - 9, 26, 18, f"sym {css}", title, ref)
    _wave(canvas, x - 7.5, y, 7, css)
    _wave(canvas, x + 7.5, y, 7, css)
    canvas.line("symbols", x - 1.5, y - 6, x - 1.5, y + 6, f"sym-line {css}")
    canvas.line("symbols", x + 1.5, y - 3, x + 1.5, y + 3, f"sym-line {css}")


def _rectifier(canvas: Canvas, x: float, y: float, css: str, title: str, ref: str) -> None:
    """AC in, DC out."""
    _box(canvas, x, y, css, title, ref)
    _wave(canvas, x - 6, y - 3, 8, css)
    _bars(canvas, x + 6, y + 4, css)


def _generator(canvas: Canvas, x: float, y: float, css: str, title: str, ref: str) -> None:
    canvas.circle("symbols", x, y, 11, f"sym {css}", title, ref)
    canvas.text("symbol-text", x, y, "G", 10.5, "t strong", "middle")


def _grid(canvas: Canvas, x: float, y: float, css: str, title: str, ref: str) -> None:
    """A square with crossed hatching."""
    canvas.rect("symbols", x - 11, y - 11, 22, 22, f"sym {css}", title, ref)
    for d in (-7.33, 0.0, 7.33):
        low, high = max(-11.0, d - 11), min(11.0, d + 11)
        canvas.line("symbols", x + low, y + low - d, x + high, y + high - d, f"sym-line {css}")
        canvas.line("symbols", x + low, y - low + d, x + high, y - high + d, f"sym-line {css}")


def _switch(canvas: Canvas, x: float, y: float, css: str, title: str, ref: str) -> None:
    """A thyristor pair in a box."""
    canvas.rect("symbols", x - 11, y - 8, 22, 16, f"sym {css}", title, ref)
    canvas.path("symbols", [(x - 5, y - 5), (x - 5, y + 5), (x + 4, y)], f"sym-fill {css}", is_area=True)
    canvas.line("symbols", x + 5, y - 5, x + 5, y + 5, f"sym-line {css}")


def _transfer(canvas: Canvas, x: float, y: float, css: str, title: str, ref: str) -> None:
    """A blade between two contacts in a box."""
    canvas.rect("symbols", x - 11, y - 8, 22, 16, f"sym {css}", title, ref)
    canvas.line("symbols", x + 6, y, x - 5, y - 5, f"sym-line {css}")
    canvas.circle("symbols", x - 6, y - 4.5, 1.4, f"sym-fill {css}")
    canvas.circle("symbols", x - 6, y + 4.5, 1.4, f"sym-fill {css}")


def _bess(canvas: Canvas, x: float, y: float, css: str, title: str, ref: str) -> None:
    """Two cells in a box."""
    canvas.rect("symbols", x - 13, y - 9, 26, 18, f"sym {css}", title, ref)
    for at, tall in ((-6.0, 6.0), (-2.0, 3.0), (2.0, 6.0), (6.0, 3.0)):
        canvas.line("symbols", x + at, y - tall, x + at, y + tall, f"sym-line {css}")
