"""The title block: below the picture, nothing cut that tells designs apart, no text over another, the bar as long as it says."""

from __future__ import annotations

from itertools import combinations

import polars as pl
import pytest

from rackwright.render.mark import Mark
from rackwright.render.scene import Canvas, Scene, text_boxes
from rackwright.render.title_block import HEIGHT, LAYER, framed, scale

MARK = Mark("gb200-nvl72", "B.2", "0123456789abcdef" * 2, "1")
LONG = Mark("n" * 200, "2026-11-23.draft", "f" * 32, "1")


def scene(width: float, px: float = 1.0, unit: str = "px", title: str = "Floor plan") -> Scene:
    return Scene("one", title, "", width, 100 / px, unit, px, Canvas().frame(), (("hall", "H01"), ("size", "12.3 × 45.6 m")))


def block(one: Scene) -> pl.DataFrame:
    return one.shapes.filter(pl.col("layer") == LAYER)


@pytest.mark.parametrize("mark", [MARK, LONG])
@pytest.mark.parametrize("title", ["Floor plan", "t" * 200])
@pytest.mark.parametrize(("width", "px", "unit"), [(560.0, 1.0, "px"), (940.0, 1.0, "px"), (569585.0, 1100 / 569585, "mm"), (2000.0, 0.5, "mm")])
def test_texts_lie_below_the_picture_apart_and_inside(mark, title, width, px, unit):
    made = framed(scene(width, px, unit, title), mark)
    assert made.height * px == pytest.approx(100 + HEIGHT)
    boxes = text_boxes(block(made)).to_dicts()
    for b in boxes:
        assert 0 <= b["x0"] < b["x1"] <= width, b
        assert 100 / px <= b["y0"] < b["y1"] <= made.height, b
    for a, b in combinations(boxes, 2):
        assert a["x1"] <= b["x0"] or b["x1"] <= a["x0"] or a["y1"] <= b["y0"] or b["y1"] <= a["y0"], (a, b)
    said = [b["text"] for b in boxes]
    assert mark.short in said
    assert mark.revision in said


def test_every_drawing_gets_one(drawings: dict[str, Scene]):
    for drawing in drawings.values():
        said = text_boxes(block(framed(drawing, MARK)))["text"].to_list()
        assert {MARK.name, drawing.title, "B.2", "0123456789ab"} <= set(said)
        assert ("scale" in said) == (drawing.unit == "mm")


@pytest.mark.parametrize("px", [0.5, 0.03, 1100 / 569585])
def test_bar_and_figure_of_the_scale_are_true(px):
    drawing = scene(1100 / px, px, "mm")
    made = block(framed(drawing, MARK))
    bar = made.filter((pl.col("css") == "scale-bar") & (pl.col("points").list.get(1) == pl.col("points").list.get(3)))["points"][0]
    (said,) = [t for t in made["text"].drop_nulls() if t.endswith((" m", " mm")) and "×" not in t]
    number, unit = said.replace(",", "").split()
    assert bar[2] - bar[0] == pytest.approx(float(number) * {"m": 1000, "mm": 1}[unit])
    assert 30 < (bar[2] - bar[0]) * px <= 90
    one_m_on_paper_mm = 1000 * px / 96 * 25.4
    assert scale(drawing) == pytest.approx(1000 / one_m_on_paper_mm)
    (figure,) = [t for t in made["text"].drop_nulls() if t.startswith("1 : ")]
    assert float(figure.removeprefix("1 : ").removesuffix(" at 100 %").replace(",", "")) == pytest.approx(scale(drawing), rel=0.005)


def test_a_package_without_a_hash_says_so():
    assert Mark("x").words == "revision draft · hash unknown"
