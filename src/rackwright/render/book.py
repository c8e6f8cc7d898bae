"""The build book: one PDF to build, check and sign from. Tables and drawings -> chapters -> plain data -> typst -> PDF.

No clock and no system fonts: the same tables give the same bytes, and the pages look alike on every machine.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from typing import Any

import polars as pl

from rackwright.render import chapters as folder
from rackwright.render import gallery, report
from rackwright.render.blocks import Block, Given, clean, of_content, runs
from rackwright.render.content import text_input
from rackwright.render.paper import EDGE
from rackwright.render.scene import Scene
from rackwright.render.sections import figures
from rackwright.schema.tables import Tables

_TALL, _WIDE = 210.0 - 2 * EDGE, 297.0 - 2 * EDGE
_CHOSEN = ("floor",)  # sections of the report in the book of a part of a hall
_ORDERS = {"figures": 5}
_LEAST_CHAPTER = "elevations"  # a drawing that names no known chapter is shown there rather than lost


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter: what makes its blocks, whether its pages are turned, and whether it stands in the book of a part of a hall too."""

    name: str
    title: str
    order: int
    blocks: Callable[[Tables, Given, Sequence[Scene]], Sequence[Block] | None]
    is_wide: bool = False
    is_of_choice: bool = True


@cache
def chapters() -> tuple[Chapter, ...]:
    """Every chapter there is, in the order of the book."""
    modules = [importlib.import_module(f"{folder.__name__}.{m.name}") for m in pkgutil.iter_modules(folder.__path__)]
    own = {
        m.NAME: Chapter(m.NAME, m.TITLE, m.ORDER, partial(_own, m.chapter), getattr(m, "WIDE", False), getattr(m, "OF_CHOICE", True)) for m in modules
    }
    of_report = [
        Chapter(s.name, s.title, _ORDERS.get(s.name, s.order), partial(_section, s), is_of_choice=s.name in _CHOSEN)
        for s in report.sections()
        if s.name not in own
    ]
    return tuple(sorted([*own.values(), *of_report], key=lambda c: (c.order, c.name)))


def _own(chapter: Callable[[Tables, Given, Sequence[Scene]], Sequence[Block] | None], t: Tables, given: Given, drawn: Sequence[Scene]) -> Any:
    return chapter(t, given, drawn)


def _section(section: report.Section, t: Tables, given: Given, drawn: Sequence[Scene]) -> Sequence[Block] | None:
    return of_content(section.content(t), drawn) or None


def pages(t: Tables, given: Given, drawn: Mapping[str, Scene] | None = None) -> dict[str, Any]:
    """The whole book as plain data, as `templates/book.typ` reads it."""
    drawn = gallery.scenes(t) if drawn is None else drawn
    known = {c.name for c in chapters()}
    made = []
    for chapter in chapters():
        if given.chosen and not chapter.is_of_choice:
            continue
        own = [drawn[d.name] for d in gallery.drawings() if d.name in drawn and (d.section if d.section in known else _LEAST_CHAPTER) == chapter.name]
        blocks = chapter.blocks(t, given, own)
        if blocks:
            width = _WIDE if chapter.is_wide else _TALL
            shown = sorted((b.to_json(width) for b in blocks), key=lambda b: bool(b.get("paper")))  # drawings with a sheet of their own come last
            made.append({"title": chapter.title, "wide": chapter.is_wide, "blocks": shown})
    racks = t["racks"]
    name = str(racks["name"][0]) if racks.height else text_input(t, "hall") or "rack"
    return {
        "name": clean(name),
        "what": "Campus" if t["halls"].height > 1 else "Hall" if t["halls"].height else "Rack",
        "about": runs(text_input(t, "about")),
        "chosen": clean(given.chosen),
        "words": clean(given.mark.words),
        "revision": clean(given.mark.revision),
        "identity": clean(given.mark.hash or given.mark.short),
        "version": clean(given.mark.version),
        "spec": clean(t["spans"]["file"][0]) if t["spans"].height else "",
        "tally": _tally(t),
        "first": _first_figures(t),
        "chapters": made,
    }


def _first_figures(t: Tables) -> list[dict[str, str]]:
    """The first figure of each topic, for the cover."""
    content = figures.content(t)
    bands: Any = content.more["bands"] if content else ()
    return [{k: clean(v) for k, v in items[0].items()} for _, items in bands]


def _tally(t: Tables) -> list[list[str]]:
    """What a person looks for first: findings that stand, findings that are accepted, assumptions."""
    found = t["findings"]
    stands = found["waiver"].fill_null("") == ""
    counts = [(f"{s}s", int(((found["severity"] == s) & stands).sum())) for s in ("error", "warning")]
    estimates = t["assumptions"].height or t["part_facts"].filter(pl.col("confidence") == "estimated").height
    counts += [("accepted by waiver", int((~stands).sum())), ("assumptions and estimates", estimates)]
    return [[word, f"{n:,}"] for word, n in counts]


def book(t: Tables, given: Given, drawn: Mapping[str, Scene] | None = None) -> bytes:
    """The PDF of a design."""
    return typeset(pages(t, given, drawn))


def typeset(data: Mapping[str, Any]) -> bytes:
    """The PDF of a book as plain data."""
    import typst  # noqa: PLC0415  0.02 s and 40 MB that only a book needs

    files: Any = {"main": _template("book.typ"), "data.json": json.dumps(data, ensure_ascii=False).encode()}  # its stub knows no dictionary
    with resources.as_file(resources.files("rackwright.render").joinpath("templates", "fonts")) as fonts:
        made: bytes = typst.compile(files, font_paths=[str(fonts)], ignore_system_fonts=True, pdf_tags=False)
    return made


@cache
def _template(name: str) -> bytes:
    return resources.files("rackwright.render").joinpath("templates", name).read_bytes()
