"""A drawing as data: a frame of shapes in one unit, so that what is drawn where can be tested without pixels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

SHAPE: dict[str, pl.DataType] = {
    "layer": pl.String(),
    "kind": pl.String(),
    "x": pl.Float64(),
    "y": pl.Float64(),
    "w": pl.Float64(),
    "h": pl.Float64(),
    "points": pl.List(pl.Float64()),
    "text": pl.String(),
    "size": pl.Float64(),
    "anchor": pl.String(),
    "turn": pl.Float64(),
    "css": pl.String(),
    "title": pl.String(),
    "ref": pl.String(),
}
"""Columns of a shape. `x`, `y`: top left corner of a rect, centre of a circle, anchor of a text (y: middle of its line). `w`, `h`: size of a
rect; `w` of a circle: its radius. `points`: x0, y0, x1, y1, ... of a line, polyline or area. `turn`: degrees. `ref`: `table:name` it stands for."""
KINDS = ("rect", "line", "polyline", "area", "circle", "text")

# Advance widths in em of DejaVu Sans, the widest of the sans-serif faces a browser is likely to fall back on, rounded up to 0.05.
_WIDTHS = {
    0.3: "'IJijl", 0.35: " ,./:;\\f|·", 0.4: "!()-[]t", 0.45: "r", 0.5: '"*_`°', 0.55: "?csz", 0.6: "FLPkvxy–", 0.65: "$0123456789ESTYabdeghnopqu{}×",
    0.7: "ABCKRVXZ", 0.75: "HNU", 0.8: "&DGOQ", 0.85: "#+<=>^w~−±", 0.9: "M", 1.0: "@Wm…—%",
}  # fmt: skip
_WIDTH = {ch: width for width, chars in _WIDTHS.items() for ch in chars}
_BOLD = 1.12
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")


def text_width(text: str, size: float, is_bold: bool = False) -> float:
    """Upper bound of the width of one line of sans-serif text, in the unit of `size`. Any unknown character counts one em."""
    return sum(_WIDTH.get(ch, 1.0) for ch in text) * size * (_BOLD if is_bold else 1.0)


def plain(text: str) -> str:
    """`text` on one line without control characters, which XML cannot hold."""
    return _CONTROL.sub(" ", text).strip()


def fit(text: str, width: float, size: float, is_bold: bool = False) -> str:
    """`text` as is where it fits into `width`, else its longest beginning and an ellipsis; empty where not even three letters fit."""
    text = plain(text)
    if text_width(text, size, is_bold) <= width:
        return text
    for n in range(len(text) - 1, 2, -1):
        cut = text[:n].rstrip(" -·,/") + "…"
        if text_width(cut, size, is_bold) <= width:
            return cut
    return ""


@dataclass(frozen=True, slots=True)
class Scene:
    """One drawing: its shapes in painting order, its size in its unit, and how wide the unit is shown.

    `unit` is `mm` for drawings in true proportion and `px` for charts; `px_per_unit` only sets the natural size of the SVG.
    `notes` are label and value pairs of the title block.
    """

    name: str
    title: str
    description: str
    width: float
    height: float
    unit: str
    px_per_unit: float
    shapes: pl.DataFrame
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Canvas:
    """Collects shapes. Layers are painted in the order in which they first appear."""

    rows: list[dict[str, object]] = field(default_factory=list)

    def rect(self, layer: str, x: float, y: float, w: float, h: float, css: str, title: str = "", ref: str = "") -> None:
        """A rectangle; `w` and `h` are not negative."""
        self._add(layer, "rect", css, title, ref, x=x, y=y, w=w, h=h)

    def circle(self, layer: str, x: float, y: float, radius: float, css: str, title: str = "", ref: str = "") -> None:
        """A circle about x, y."""
        self._add(layer, "circle", css, title, ref, x=x, y=y, w=radius)

    def line(self, layer: str, x0: float, y0: float, x1: float, y1: float, css: str, title: str = "", ref: str = "") -> None:
        """A straight line."""
        self._add(layer, "line", css, title, ref, points=[float(v) for v in (x0, y0, x1, y1)])

    def path(self, layer: str, points: Sequence[tuple[float, float]], css: str, title: str = "", ref: str = "", is_area: bool = False) -> None:
        """A polyline, or the area it encloses."""
        self._add(layer, "area" if is_area else "polyline", css, title, ref, points=[float(v) for p in points for v in p])

    def text(
        self,
        layer: str,
        x: float,
        y: float,
        text: str,
        size: float,
        css: str = "t",
        anchor: str = "start",
        turn: float = 0.0,
        title: str = "",
        ref: str = "",
    ) -> None:
        """One line of text, vertically centred on y; empty text is not drawn."""
        if plain(text):
            self._add(layer, "text", css, title, ref, x=x, y=y, text=plain(text), size=size, anchor=anchor, turn=turn)

    def frame(self) -> pl.DataFrame:
        """The shapes, typed."""
        return pl.DataFrame(self.rows, schema=SHAPE)

    def _add(self, layer: str, kind: str, css: str, title: str, ref: str, **values: object) -> None:
        self.rows.append({"layer": layer, "kind": kind, "css": css, "title": title or None, "ref": ref or None, **values})


def text_boxes(shapes: pl.DataFrame) -> pl.DataFrame:
    """Boxes that the texts of a scene take up at most: text, x0, y0, x1, y1 (capital height 0.8 em; only turns by quarter circles)."""
    rows = []
    for r in shapes.filter(pl.col("kind") == "text").iter_rows(named=True):
        width, height = text_width(r["text"], r["size"], "strong" in r["css"].split()), 0.8 * r["size"]
        before = {"start": 0.0, "middle": width / 2, "end": width}[r["anchor"]]
        x, y, turn = r["x"], r["y"], round(r["turn"]) % 360
        x0, y0, x1, y1 = -before, -height / 2, width - before, height / 2
        if turn == 90:
            x0, y0, x1, y1 = -y1, x0, -y0, x1
        elif turn == 270:
            x0, y0, x1, y1 = y0, -x1, y1, -x0
        rows.append({"text": r["text"], "layer": r["layer"], "x0": x + x0, "y0": y + y0, "x1": x + x1, "y1": y + y1})
    return pl.DataFrame(rows, schema={"text": pl.String, "layer": pl.String, **dict.fromkeys(("x0", "y0", "x1", "y1"), pl.Float64)})
