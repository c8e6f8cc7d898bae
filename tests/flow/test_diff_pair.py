"""Rows left out before they are named: the comparison must say the same as one of all rows."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rackwright.flow.diff import _table
from rackwright.flow.diff_pair import Pair
from rackwright.flow.names import named
from rackwright.schema.tables import Tables, frame

Rows = list[tuple[str, str, int | None]]
# Few words, so that keys are met twice, in either design and in any order.
ROWS = st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("xy"), st.none() | st.integers(0, 2)), max_size=8)


def design(rows: Rows, fabrics: tuple[str, ...] = ("f",)) -> Tables:
    found = [{"code": c, "subject": s, "value": v, "severity": "error", "src": i} for i, (c, s, v) in enumerate(rows)]
    media = [{"fabric_id": i % len(fabrics), "sku": i, "part": c + s, "cables": v or 0} for i, (c, s, v) in enumerate(rows)]
    named_fabrics = [{"fabric_id": i, "fabric": name} for i, name in enumerate(fabrics)]
    return Tables({"findings": frame("findings", found), "fabric_skus": frame("fabric_skus", media), "fabrics": frame("fabrics", named_fabrics)})


@settings(max_examples=120, deadline=None)
@given(start=ROWS, one=ROWS, two=ROWS, end=ROWS)
def test_rows_left_out_change_nothing(start: Rows, one: Rows, two: Rows, end: Rows):
    a, b = design(start + one + end), design(start + two + end)
    for table in ("findings", "fabric_skus"):
        part, whole = _table(*Pair(a, b).named(table)), _table(named(a, table), named(b, table))
        for side in ("added", "removed", "changed"):
            assert getattr(part, side).equals(getattr(whole, side)), (table, side)


def test_only_rows_that_differ_are_named():
    rows: Rows = [("A", f"x{i}", i) for i in range(50)]
    a, b = Pair(design(rows), design([*rows[:20], ("A", "x20", 7), *rows[21:]])).named("findings")
    assert (a["_key"].to_list(), b["value"].to_list()) == (["A x20"], [7.0])
    a, b = Pair(design(rows), design([*rows[:20], ("B", "new", 7), *rows[20:]])).named("findings")
    assert (a.height, b["_key"].to_list()) == (0, ["B new"])


@pytest.mark.parametrize(("fabrics", "is_shared"), [(("f", "g"), True), (("g", "f"), False)])
def test_one_frame_is_shared_where_its_ids_mean_the_same(fabrics: tuple[str, ...], is_shared: bool):
    rows: Rows = [("A", "x", 1), ("B", "y", 2)]
    a = design(rows, ("f", "g"))
    b = design(rows, fabrics).put({"fabric_skus": a["fabric_skus"]})
    assert Pair(a, b).is_shared("fabric_skus") is is_shared
    whole = _table(named(a, "fabric_skus"), named(b, "fabric_skus"))
    part = _table(*Pair(a, b).named("fabric_skus"))
    assert part.added.equals(whole.added)
    assert whole.is_empty is is_shared
    assert isinstance(part.changed, pl.DataFrame)
