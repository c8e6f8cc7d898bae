"""Tables in parts: whole, cut and asked as a table of one piece, and no more is looked at than is needed."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackwright.schema.parts import Ask, Part, Parts
from rackwright.schema.tables import Tables

SUM = Ask("sum", ("factors",), int, lambda t: t["factors"]["factor"].sum(), lambda rows, first, factor: int(rows["value"].sum()) * factor + first[0])


def refuse() -> pl.DataFrame:
    raise AssertionError("these rows were not to be looked at")


@given(st.lists(st.lists(st.integers(0, 9), max_size=5), min_size=1, max_size=5), st.integers(0, 12), st.integers(0, 12))
def test_parts_are_cut_as_the_whole_is(values: list[list[int]], first: int, size: int) -> None:
    pieces = [pl.DataFrame({"value": v}, schema={"value": pl.Int64}) for v in values]
    one = pl.concat(pieces).with_row_index("at")
    parts = Parts([Part(lambda rows=rows: rows, rows.height) for rows in pieces], index="at")
    assert parts.slice(first, size).equals(one.slice(first, size))
    assert parts.whole().equals(one)
    assert parts.slice(first, size).equals(one.slice(first, size))


def test_only_the_parts_that_are_cut_are_made() -> None:
    parts = Parts([Part(refuse, 2), Part(pl.DataFrame({"value": [3, 4]}), 2), Part(refuse, 2)], index="at")
    assert parts.slice(3, 1).rows() == [(3, 4)]
    assert parts.height == 6
    with pytest.raises(AssertionError, match="not to be looked at"):
        parts.whole()


def test_a_part_is_asked_once_for_the_same_tables_and_again_for_others() -> None:
    asked = []
    count = Ask("count", ("factors",), int, lambda t: None, lambda rows, first, _: asked.append(rows.height) or rows.height)
    t = Tables({"things": Parts([Part(pl.DataFrame({"value": [1, 2]}), 2), Part(pl.DataFrame({"value": [3]}), 1)]), "factors": pl.DataFrame()})
    assert t.asked("things", count) == [2, 1]
    assert t.put({"others": pl.DataFrame()}).asked("things", count) == [2, 1]
    assert asked == [2, 1]
    assert t.put({"factors": pl.DataFrame()}).asked("things", count) == [2, 1]
    assert asked == [2, 1, 2, 1]


def test_an_answer_that_was_told_needs_no_rows() -> None:
    factors = pl.DataFrame({"factor": [2]})
    known = Part(refuse, 7)
    known.tell(SUM, (factors,), 40)
    t = Tables({"things": Parts([known, Part(pl.DataFrame({"value": [5, 6]}), 2, (100, 0))]), "factors": factors})
    assert t.asked("things", SUM) == [40, 122]
    assert t.height("things") == 9


def test_a_table_of_one_piece_is_one_part() -> None:
    rows = pl.DataFrame({"value": [1, 2]})
    t = Tables({"things": rows})
    assert [p.rows is rows for p in t.parts("things").each] == [True]
    assert t["things"] is rows
    assert "nothing" not in t
    assert t.parts("inputs").height == t.height("inputs") == 0
    assert "inputs" not in t


def test_an_answer_that_says_the_same_as_that_of_the_part_before_is_the_same_object() -> None:
    of = Ask("rows", (), tuple, lambda t: None, lambda rows, first, _: tuple(rows["value"].to_list()))
    before = Part(pl.DataFrame({"value": [1, 2]}), 2)
    (old,) = Parts([before]).ask(of, ())
    after = [Part(pl.DataFrame({"value": values}), 2, likely=before.answers()) for values in ([1, 2], [1, 3])]
    same, other = Parts(after).ask(of, ())
    assert same is old
    assert other == (1, 3)


def test_a_part_that_moved_keeps_its_answers_but_not_for_which_tables() -> None:
    factors = (pl.DataFrame({"factor": [2]}),)
    moved = Part(pl.DataFrame({"value": [5]}), 1)
    moved.tell(SUM, factors, 10)
    moved = moved.moved(refuse, (100, 0))
    assert (moved.told(SUM), moved.knows(SUM, factors)) == (10, False)
    assert Parts([moved]).ask(SUM, factors, stale=()) == [10]
    with pytest.raises(AssertionError, match="not to be looked at"):
        Parts([moved]).ask(SUM, factors, stale={moved})
