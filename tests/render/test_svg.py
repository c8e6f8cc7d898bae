"""SVG text: well-formed, escaped, deterministic, self-contained."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from rackwright.render.gallery import scenes
from rackwright.render.scene import Canvas, Scene
from rackwright.render.style import own_style, style_sheet
from rackwright.render.svg import number, svg
from rackwright.schema.tables import Tables

SVG = "{http://www.w3.org/2000/svg}"
TAGS = {"svg", "title", "desc", "style", "rect", "g", "text", "polyline", "polygon", "circle", "defs", "pattern", "line"}
HOSTILE = ["<script>alert(1)</script>", "\"><svg onload='x'>", "機架 𝔘 ñ", "a" * 200, "]]>&amp;<!--", "nul\x00bell\x07", "{{ 7*7 }}"]


def scene(text: str) -> Scene:
    canvas = Canvas()
    canvas.rect("a", 0, 0, 10.123456, 5, "dev", text, f"devices:{text}")
    canvas.text("a", 1, 2, text, 3)
    canvas.path("a", [(0, 0), (1.5, -0.001)], "x")
    canvas.path("a", [(0, 0), (1, 1), (2, 0)], "x", is_area=True)
    canvas.circle("b", 1, 2, 3, "hatched")
    return Scene("one", text, text, 100, 50, "px", 1.0, canvas.frame(), (("note", text),))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("is_embedded", [False, True])
def test_hostile_text_stays_text(text: str, is_embedded: bool):
    root = ET.fromstring(svg(scene(text), is_embedded))
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= TAGS
    assert not [a for e in root.iter() for a in e.attrib if a.startswith("on")]
    shown = root.find(f".//{SVG}text")
    assert shown is not None
    assert shown.text == re.sub("[\x00-\x1f]+", " ", text).strip()


def test_numbers_have_one_form():
    assert [number(v) for v in (1.0, -0.0001, 10.126, 1234567.5, 0.1 + 0.2)] == ["1", "0", "10.13", "1234567.5", "0.3"]


def test_every_drawing_is_well_formed_named_and_self_contained(drawings: dict[str, Scene]):
    for name, drawing in drawings.items():
        text = svg(drawing)
        root = ET.fromstring(text)
        assert root.get("role") == "img"
        labels = {e.get("id"): e.text for e in root if e.tag in (f"{SVG}title", f"{SVG}desc")}
        assert set((root.get("aria-labelledby") or "").split()) == set(labels)
        assert all(labels.values()), name
        assert root.get("viewBox") == f"0 0 {number(drawing.width)} {number(drawing.height)}"
        assert "prefers-color-scheme:dark" in text
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg\")|@import|url\((?!#)", text)


def test_every_class_of_every_drawing_is_styled(drawings: dict[str, Scene]):
    style = svg(scene("x"))
    bare = {"t", "dev", "cell", "mark", "compute", "dot-worst"}
    used = {c for d in drawings.values() for css in d.shapes["css"] for c in css.split()}
    assert not {c for c in used - bare if f".{c}" not in style}


def test_same_tables_give_the_same_bytes(tables: Tables, drawings: dict[str, Scene]):
    again = scenes(tables)
    assert {n: svg(s) for n, s in again.items()} == {n: svg(s) for n, s in drawings.items()}


def test_every_shape_is_in_the_text(drawings: dict[str, Scene]):
    for drawing in drawings.values():
        root = ET.fromstring(svg(drawing, is_embedded=True))
        kinds = {"area": "polygon"}
        for kind, count in drawing.shapes["kind"].value_counts().iter_rows():
            group = [e for g in root.iter(f"{SVG}g") for e in g if e.tag == SVG + kinds.get(kind, kind)]
            assert len(group) == count


def test_embedded_has_neither_style_nor_paper():
    for word in ("<style>", 'class="paper"'):
        assert word not in svg(scene("x"), is_embedded=True)
        assert word in svg(scene("x"))


def test_a_file_of_its_own_needs_neither_variables_nor_media() -> None:
    """Inkscape, CairoSVG and others know no `var()`: their rules come first and have plain colours; browsers take those of the screen."""
    plain, _, screen = own_style().partition("@media screen{")
    assert "var(" not in plain
    assert "--" not in plain
    assert ".rw .compute{fill:#dcebf6;stroke:#0072b2}" in plain
    assert screen == style_sheet() + "}"
    used = set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"\{[^}]*\}", "", style_sheet())))
    assert used - set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"\{[^}]*\}", "", plain))) == {"cell"}  # which shows where the mouse is
