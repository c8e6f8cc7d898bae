"""Text widths, fitting, shapes and boxes of a scene."""

from __future__ import annotations

import polars as pl
import pytest

from rackwright.render.charts import Scale, extent, tick_text, ticks
from rackwright.render.scene import SHAPE, Canvas, fit, plain, text_boxes, text_width

# Advance widths of DejaVu Sans 2.37 in 1/2048 em (fontTools, hmtx table): the widest sans-serif that a browser is likely to fall back on.
DEJAVU = {"a": 1255, "i": 569, "m": 1995, "W": 2025, "0": 1303, " ": 651, "-": 739, ".": 651, "/": 690, "%": 1946, "U": 1499, "k": 1186}


@pytest.mark.parametrize("letter", DEJAVU)
def test_text_width_is_an_upper_bound(letter: str):
    true = DEJAVU[letter] / 2048
    assert true <= text_width(letter, 1.0) <= true + 0.07


def test_text_width_of_unknown_letters_is_one_em():
    assert text_width("機架", 10.0) == 20.0


def test_fit_keeps_what_fits_and_cuts_the_rest():
    assert fit("compute-07", 100, 10) == "compute-07"
    cut = fit("compute-07/gpu2/nvl13", 60, 10)
    assert cut.endswith("…")
    assert text_width(cut, 10) <= 60
    assert fit("compute-07", 5, 10) == ""


def test_plain_drops_what_xml_cannot_hold():
    assert plain("a\x00b\nc\ufffed") == "a b c d"


def test_canvas_frame_is_typed_and_empty_text_is_not_drawn():
    canvas = Canvas()
    canvas.rect("a", 1, 2, 3, 4, "x", "tip", "devices:d")
    canvas.line("a", 0, 0, 1, 1, "x")
    canvas.text("b", 0, 0, "", 10)
    shapes = canvas.frame()
    assert shapes.height == 2
    assert dict(shapes.schema) == SHAPE
    assert shapes["points"].to_list() == [None, [0.0, 0.0, 1.0, 1.0]]


def test_text_boxes_turn_with_the_text():
    canvas = Canvas()
    width = text_width("abcd", 10)
    canvas.text("t", 100, 50, "abcd", 10, anchor="middle")
    canvas.text("t", 100, 50, "abcd", 10, turn=270)
    canvas.text("t", 100, 50, "abcd", 10, turn=90)
    boxes = text_boxes(canvas.frame()).select("x0", "y0", "x1", "y1").rows()
    assert boxes[0] == pytest.approx((100 - width / 2, 46, 100 + width / 2, 54))
    assert boxes[1] == pytest.approx((96, 50 - width, 104, 50))
    assert boxes[2] == pytest.approx((96, 50, 104, 50 + width))


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1423, 1423), (49.9, 50.3), (0, 0), (205, 970), (-0.4, 0.6), (3800, 3800)])
def test_ticks_cover_the_range_in_round_steps(low: float, high: float):
    marks = ticks(low, high)
    assert marks[0] <= low
    assert marks[-1] >= high
    assert 2 <= len(marks) <= 9
    step = marks[1] - marks[0]
    assert marks == pytest.approx([marks[0] + i * step for i in range(len(marks))])
    assert all(float(tick_text(m, step).replace("−", "-").replace(",", "")) == pytest.approx(m) for m in marks)


def test_scale_and_extent():
    assert Scale(0, 2000, 800, 100)(500) == 625
    assert extent(pl.Series([3, None, -1])) == (-1.0, 3.0)
    assert extent(pl.Series([], dtype=pl.Float64)) == (0.0, 0.0)
