"""Columns of printed tables: widths that typst itself measures, words that break, rows that fit."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from rackwright.render import book, columns
from rackwright.render.blocks import Table, drawable

FONTS = str(Path(book.__file__).parent / "templates" / "fonts")
MEASURE = b"""
#let d = json("data.json")
#let width(kind, t) = measure(if kind == "mono" { text(font: ("IBM Plex Mono", "DejaVu Sans Mono"), size: 92pt, t) }
  else if kind == "bold" { text(font: ("IBM Plex Sans Cond SmBld", "DejaVu Sans Mono"), size: 95pt, t) }
  else { text(font: ("IBM Plex Sans", "DejaVu Sans Mono"), stretch: 75%, size: 100pt, t) }).width / 100pt
#set text(ligatures: false, hyphenate: false)
#context [#metadata(d.map(((kind, t)) => width(kind, t))) <widths>]
"""


def measured(texts: list[tuple[str, str]]) -> list[float]:
    """Widths in em that typst gives texts in the faces of a table: `sans`, `mono`, `bold`."""
    files = {"main": MEASURE, "data.json": json.dumps(texts).encode()}
    found = typst.Compiler(files, font_paths=[FONTS], ignore_system_fonts=True).query("<widths>", field="value", one=True)
    return list(json.loads(found))


PRINTED = [c for c in map(chr, range(0x20, 0x27C0)) if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")]
ALL = [c for c in PRINTED if drawable(c) == c]
LETTERS = st.text(st.sampled_from(ALL), max_size=30)


def test_no_letter_is_wider_than_we_think():
    assert len(ALL) > 2500
    sans, mono, bold = (measured([(kind, c) for c in ALL]) for kind in ("sans", "mono", "bold"))
    assert [c for c, w in zip(ALL, sans, strict=True) if w > columns.em(c) + 1e-6] == []
    assert [c for c, w in zip(ALL, mono, strict=True) if w > columns.em(c, is_mono=True) + 1e-6] == []
    assert [c for c, w in zip(ALL, bold, strict=True) if w > columns.em(c) * columns.BOLD + 1e-6] == []


@settings(max_examples=40, deadline=None)
@given(st.lists(LETTERS, min_size=1, max_size=20))
def test_no_text_is_wider_than_we_think(texts: list[str]):
    shown = [" ".join(x.split()) for x in texts]
    kinds = [("sans", x) for x in shown] + [("mono", x) for x in shown] + [("bold", x) for x in shown]
    limits = [columns.em(x) for x in shown] + [columns.em(x, is_mono=True) for x in shown] + [columns.em(x) * columns.BOLD for x in shown]
    for (kind, text), width, limit in zip(kinds, measured(kinds), limits, strict=True):
        assert width <= limit + 1e-6, (kind, text)


ROWS = st.lists(st.tuples(LETTERS, st.text("abcxyz0189-/:._", max_size=220), st.integers(0, 10**12).map(str)), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from([60.0, 180.0, 267.0]))
def test_every_piece_fits_its_column(rows: list[tuple[str, str, str]], width: float):
    laid = columns.lay(["First", "Second", "Third of all"], rows, [False, True, False], [True, False, False], width)
    assert abs(sum(laid.widths) - width) < 0.01 or sum(laid.widths) < width
    mm = laid.size * 25.4 / 72
    for before, row in zip(rows, laid.rows, strict=True):
        assert "".join("".join(row).split()) == "".join("".join(before).split())
        for cell, is_mono, room in zip(row, (False, True, False), laid.widths, strict=True):
            for word in cell.split():
                assert columns.em(word, is_mono) * mm <= room - columns.GAP + 0.01 or len(word) == 1


def test_rows_of_one_line_are_told():
    laid = columns.lay(["Name", "Text"], [("a", "short"), ("b", "long " * 60)], [True, False], [False, True], 100.0)
    assert laid.single == [True, False]


def test_a_wide_column_takes_what_is_left_and_gives_first():
    roomy = columns.lay(["A", "B"], [("aaaa", "bbbb")], [False, False], [False, True], 180.0)
    assert roomy.widths[1] > 150
    tight = columns.lay(["A", "B"], [("a" * 20, "word " * 100)], [False, False], [False, True], 80.0)
    assert "\n" not in tight.rows[0][0]


def test_more_columns_than_the_page_holds_are_set_smaller():
    heads = [f"Head {i}" for i in range(14)]
    few = columns.lay(heads[:3], [["value 12,345"] * 3], [False] * 3, [False] * 3, 180.0)
    many = columns.lay(heads, [["value 12,345"] * 14], [False] * 14, [False] * 14, 180.0)
    assert many.size < few.size == columns.SIZES[0]
    assert sum(many.widths) <= 180.01


def test_marks_that_turn_or_hide_text_are_dropped():
    made = Table("t", (("Name", ""),), [("a\u202eb\u200bc\x00d",)]).to_json(100.0)
    assert made["rows"] == [["abc d"]]
