"""What a chapter of the build book is made of: sentences, tables with measured columns, drawings, tiles and sheets of labels.

Every block becomes plain data (`to_json`) that one typst file lays out. Texts are data there, never markup, so nothing in a name is carried out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import polars as pl

from rackwright.render import columns
from rackwright.render.content import Content, Grid
from rackwright.render.mark import Mark
from rackwright.render.paper import picture
from rackwright.render.scene import Scene, plain

_CODE = re.compile("`([^`]+)`")
_TURNS = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")  # marks that turn the direction of what follows, or hide in a name
# Blocks that the fonts of the book have glyphs for; a book must look alike everywhere, so no font of the machine fills in.
_FOREIGN = re.compile("[^ -\u024f\u0300-\u052f\u1e00-\u1eff\u2000-\u209f\u20a0-\u20bf\u2100-\u214f\u2190-\u23ff\u2500-\u27bf]+")
_MOST = 2_000  # characters of a cell: no cell may be taller than a page


@dataclass(frozen=True, slots=True)
class Given:
    """What a book says that no table of the design does, and frames that exporters make, whose room this one does not know.

    `mark` is revision and hash of the design. `chosen` says what part of a hall the book is of, empty for all of it.
    `labels`: a row a label as exporter `labels` writes them, with the row of racks of both ends (`row`), empty for a rack. `bundles` and `bom`: the
    first sheet of the pull schedule and of the bill, with the heads that people read.
    """

    mark: Mark
    chosen: str = ""
    labels: pl.DataFrame = field(default_factory=pl.DataFrame)
    bundles: pl.DataFrame = field(default_factory=pl.DataFrame)
    bom: pl.DataFrame = field(default_factory=pl.DataFrame)


class Block(Protocol):
    """Anything that stands in a chapter."""

    def to_json(self, width: float) -> dict[str, Any]:
        """The block as data for a text `width` mm wide."""


def clean(text: object) -> str:
    """Text of one line without what would hide or turn other text; letters that the fonts of the book lack are told by their numbers."""
    return drawable(_TURNS.sub("", plain(str(text))))


def drawable(text: str) -> str:
    """Text with letters that the fonts of the book lack as numbers, such as `[U+540D U+524D]`."""
    return _FOREIGN.sub(lambda m: f"[{' '.join(f'U+{ord(c):04X}' for c in m[0])}]", text)


def runs(text: str) -> list[list[str]]:
    """A sentence as pieces: what stands in backticks is `code`, the rest `text`."""
    parts = _CODE.split(clean(text))
    return [["code" if i % 2 else "text", p] for i, p in enumerate(parts) if p]


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs, with names in backticks."""

    paragraphs: Sequence[str]

    def to_json(self, width: float) -> dict[str, Any]:
        """As data."""
        return {"kind": "prose", "paragraphs": [runs(p) for p in self.paragraphs]}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under heads. `heads`: (title, css classes as in `content.Grid`). A listed table has a line in the contents."""

    title: str
    heads: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[str]]
    note: str = ""
    marks: Sequence[str] = ()
    total: Sequence[str] = ()
    is_listed: bool = False
    has_own_page: bool = False

    def to_json(self, width: float) -> dict[str, Any]:
        """As data, with the widths of its columns, the size of its text and the lines of each row."""
        classes = [c.split() for _, c in self.heads]
        rows = [[clean(v)[:_MOST] for v in row] for row in (*self.rows, *([self.total] if self.total else []))]
        laid = columns.lay(
            [clean(h) for h, _ in self.heads], rows, ["code" in c for c in classes], ["wide" in c or "main" in c for c in classes], width
        )
        return {
            "kind": "table",
            "title": clean(self.title),
            "listed": self.is_listed,
            "own": self.has_own_page,
            "heads": laid.heads,
            "right": ["num" in c for c in classes],
            "mono": ["code" in c for c in classes],
            "widths": laid.widths,
            "size": laid.size,
            "rows": laid.rows,
            "single": laid.single,
            "marks": [m if m in ("bad", "inner", "ok", "dim") else "" for m in (*self.marks, *[""] * (len(rows) - len(self.marks)))],
            "total": bool(self.total),
            "note": runs(self.note),
        }


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing: a chart among the text where it can be read there, else a page as large as A4 allows, or A3 where its text would be too small."""

    scene: Scene

    def to_json(self, width: float) -> dict[str, Any]:
        """As data: the SVG, its place on paper, its title, scale and notes."""
        made = picture(self.scene, width, clean)
        return {**made, "svg": drawable(made["svg"].replace("\n", " "))}


@dataclass(frozen=True, slots=True)
class Tiles:
    """Figures in a grid: each has title, number, unit and note."""

    title: str
    items: Sequence[Mapping[str, str]]

    def to_json(self, width: float) -> dict[str, Any]:
        """As data."""
        return {"kind": "tiles", "title": clean(self.title), "items": [{k: clean(v) for k, v in i.items()} for i in self.items]}


def of_content(content: Content | None, scenes: Sequence[Scene] = (), skipped: Sequence[str] = ()) -> list[Block]:
    """A section of the report as blocks: sentences, tiles, charts, tables (all but those named in `skipped`), then drawings in true proportion."""
    if content is None:
        return [Picture(s) for s in scenes]
    made: list[Block] = [Prose(content.lead)] if content.lead else []
    bands = content.more.get("bands", ())
    made += [Tiles(topic, items) for topic, items in bands] if isinstance(bands, (list, tuple)) else []
    made += [Picture(s) for s in scenes if s.unit == "px"]
    made += [of_grid(g) for g in content.grids if g.rows and g.name not in skipped]
    return [*made, *(Picture(s) for s in scenes if s.unit == "mm")]


def of_grid(grid: Grid) -> Table:
    """A table of the report; what the page folds is open on paper."""
    return Table(grid.title, grid.heads, grid.rows, grid.note, grid.marks, grid.total)
