"""Tables -> one self-contained HTML page. No clock and no request: the same tables give the same bytes, and the page never leaves the file."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from rackwright.render import gallery
from rackwright.render import sections as folder
from rackwright.render.content import Content, spoken, text_input
from rackwright.render.mark import Mark
from rackwright.render.scene import Scene, plain
from rackwright.render.style import style_sheet
from rackwright.render.svg import svg
from rackwright.schema.tables import Tables

_LEAST_SECTION = "elevations"  # a drawing that names no known section is shown there rather than lost
_CODE = re.compile("`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Section:
    """One section module."""

    name: str
    title: str
    order: int
    content: Callable[[Tables], Content | None]


@dataclass(frozen=True, slots=True)
class Page:
    """The head and foot of a page: what it is of, the line over its name, a sentence, the spec, and where one step out leads (`up`)."""

    name: str
    kind: str
    kicker: str
    about: str = ""
    spec: str = ""
    up: str = ""


Part = dict[str, object]


@cache
def sections() -> tuple[Section, ...]:
    """Every section there is, in the order of the page."""
    modules = [importlib.import_module(f"{folder.__name__}.{m.name}") for m in pkgutil.iter_modules(folder.__path__)]
    return tuple(sorted((Section(m.NAME, m.TITLE, m.ORDER, m.content) for m in modules), key=lambda s: (s.order, s.name)))


def report(t: Tables, mark: Mark = Mark(), drawn: Mapping[str, Scene] | None = None, beside: Sequence[object] = ()) -> str:  # noqa: B008  frozen
    """The page of a design. `mark` says which one; `drawn` are its drawings, made here unless given; `beside` the pages that it leads to."""
    drawn = gallery.scenes(t) if drawn is None else drawn
    parts = []
    known = {s.name for s in sections()}
    for section in sections():
        content = section.content(t)
        scenes = [
            drawn[d.name] for d in gallery.drawings() if d.name in drawn and (d.section if d.section in known else _LEAST_SECTION) == section.name
        ]
        if content is not None or scenes:
            parts.append(part(section.name, section.title, content, scenes))
    racks, spans = t["racks"], t["spans"]
    kind = "campus" if t["halls"].height > 1 else "hall" if t["halls"].height else "rack"
    name = str(racks["name"][0]) if racks.height else text_input(t, "hall") or "rack"
    page = Page(name, kind, f"{kind.capitalize()} design", text_input(t, "about"), str(spans["file"][0]) if spans.height else "")
    return rendered(page, mark, parts, beside)


def part(name: str, title: str, content: Content | None, scenes: Sequence[Scene] = ()) -> Part:
    """A section as the template wants it."""
    return {"name": name, "title": title, "content": content or Content(), "figures": [_figure(s) for s in scenes]}


def rendered(page: Page, mark: Mark, parts: Sequence[Part], beside: Sequence[object] = ()) -> str:
    """A page of sections."""
    css, js = Markup(style_sheet() + _asset("report.css")), Markup(_asset("report.js"))
    words = mark.words if mark.hash else ""
    made = _environment().get_template("report.html.j2")
    return made.render(page=page, words=words, version=mark.version, sections=parts, pages=beside, css=css, js=js) + "\n"


def _figure(scene: Scene) -> dict[str, object]:
    notes = " · ".join(f"{label} {value}" for label, value in scene.notes if label not in ("rack", "hall"))
    return {
        "name": scene.name,
        "title": scene.title,
        "notes": spoken(notes),
        "about": scene.description,
        "unit": scene.unit,
        "svg": Markup(svg(scene, is_embedded=True)),
    }


@cache
def _asset(name: str) -> str:
    return resources.files("rackwright.render").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    """Templates from package data; everything is escaped; a name the page does not get is an error, not a blank."""

    def load(name: str) -> str | None:
        path = resources.files("rackwright.render").joinpath("templates", *name.split("/"))
        return path.read_text(encoding="utf-8") if path.is_file() else None

    made = Environment(
        loader=FunctionLoader(load),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["plain"] = lambda value: plain(str(value))
    made.filters["prose"] = _prose
    return made


def _prose(value: object) -> Markup:
    """Text with names in backticks set as code; everything is escaped first."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(plain(str(value))))))
