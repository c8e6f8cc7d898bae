"""Whole columns of numbers read the same as single ones do in `base.units`."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackwright.base.units import show as show_one
from rackwright.rules.figures import fill, show

UNITS = ["W", "mm", "1", "K", "Gb/s", "Pa", "m3/s", ""]


def column(values: list[float], unit: str) -> list[str]:
    return pl.DataFrame({"v": values}, schema={"v": pl.Float64}).select(text=show(pl.col("v"), unit))["text"].to_list()


@pytest.mark.parametrize("unit", UNITS)
def test_column_reads_as_single_values_do(unit: str) -> None:
    values = [0.0, 1.0, -3.5, 0.5, 9.1, 12.34, 999.96, 1000.0, 1234567.8, 1e9, 86_400_123.0, 123456789012.0, -40.0, 0.123456, -0.0421]
    assert column(values, unit) == [show_one(v, unit).strip() for v in values]


NUMBERS = st.floats(min_value=-1e11, max_value=1e11).filter(lambda v: v == 0 or abs(v) > 1e-3)


@given(st.lists(NUMBERS, min_size=1, max_size=30), st.sampled_from(UNITS))
def test_any_column_is_within_the_shown_digits_of_single_values(values: list[float], unit: str) -> None:
    # ties may round either way in the last digit shown, so the texts are compared as numbers
    for got, want in zip(column(values, unit), [show_one(v, unit).strip() for v in values], strict=True):
        a, b = (float(text.split(" ")[0].replace(",", "")) for text in (got, want))
        assert got.partition(" ")[2] == want.partition(" ")[2]
        shown = 10.0 ** -max(len(text.split(" ")[0].partition(".")[2]) for text in (got, want))
        assert abs(a - b) <= shown * (1 + 1e-9) + 1e-15 * abs(a)


def test_numbers_beyond_all_sense_are_still_text() -> None:
    assert column([float("inf"), -float("inf"), float("nan"), 1e18], "K") == ["inf K", "-inf K", "unknown K", "1e+18 K"]


def test_message_holds_value_limit_excess_and_text_columns() -> None:
    rows = pl.DataFrame({"value": [14600.0, None], "limit": [12000.0, 1.0], "subject": ["r1", None]})
    text = rows.select(m=fill("`{subject}` draws {value}, {excess} over {limit}", "W"))["m"].to_list()
    assert text == ["`r1` draws 14.6 kW, 2.60 kW over 12 kW", "`unknown` draws unknown W, unknown W over 1 W"]


def test_distance_of_two_temperatures_is_in_kelvin() -> None:
    rows = pl.DataFrame({"value": [48.0], "limit": [45.0]})
    assert rows.select(m=fill("{value} {excess}", "degC"))["m"].to_list() == ["48 degC 3 K"]
