from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackwright.base.units import DIMENSIONS, UnitError, figure, parse, show, units_of


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("120 kW", "W", 120_000), ("120kW", "W", 120_000), ("1,300 W", "W", 1300), ("+0.5 MW", "W", 500_000), ("6.667e3 W", "W", 6667),
        ("2 m", "mm", 2000), ("1 in", "mm", 25.4), ("1 U", "mm", 44.45), ("1 OU", "mm", 48), ("6 ft", "mm", 1828.8),
        ("40 degC", "degC", 40), ("-5 °C", "degC", -5), ("10 K", "K", 10), ("80 %", "1", 0.8), ("0.8", "1", 0.8),
        ("60 L/min", "m3/s", 0.001), ("1 CFM", "m3/s", 4.719474432e-4), ("1 psi", "Pa", 6894.757293168), ("1 lb", "kg", 0.45359237),
        ("1.8 Tb/s", "Gb/s", 1800), ("90 min", "s", 5400), ("1 kWh", "J", 3.6e6), ("45 uohm", "ohm", 45e-6),
        ("630 kVA", "VA", 630e3), ("80 USD/MWh", "USD/kWh", 0.08),
    ],
)  # fmt: skip
def test_quantities(text: str, dimension: str, value: float):
    assert parse(text, dimension).value == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "dimension", "message"),
    [
        ("40", "degC", "`40` has no unit; write a number and `degC` or `°C`"),
        ("warm", "degC", "`warm` is not a quantity; write a number and `degC` or `°C`"),
        ("", "kg", "`` is not a quantity; write a number and `kg`, `g`, `t` or `lb`"),
        ("kW", "W", "`kW` is not a quantity; write a number and `W`, `kW`, `MW` or `GW`"),
        ("3 kw", "W", "unit `kw` is not known; did you mean `kW`?"), ("13.8 MV", "V", "unit `MV` is not known; did you mean `kV`?"),
        ("3 parsec", "kg", "unit `parsec` is not known; write `kg`, `g`, `t` or `lb`"),
        ("3 kg", "W", "`3 kg` is in `kg`, but `W`, `kW`, `MW` or `GW` is wanted here"),
        ("1,5 kW", "W", "`1,5 kW` is not a quantity; write a number and `W`, `kW`, `MW` or `GW`; decimals are written with a point"),
        ("1e999 W", "W", "`1e999 W` is too large to be a quantity"),
        ("5 kg", "1", "`5 kg` is in `kg`, but `%` is wanted here"),
    ],
)  # fmt: skip
def test_what_is_no_quantity(text: str, dimension: str, message: str):
    with pytest.raises(UnitError) as fault:
        parse(text, dimension)
    assert str(fault.value) == message


@given(st.sampled_from(DIMENSIONS), st.floats(-1e9, 1e9, allow_nan=False), st.data())
def test_every_unit_reads_back(dimension: str, number: float, data: st.DataObject):
    """A number written with any unit of a dimension is that number times the unit."""
    units = units_of(dimension)
    unit = data.draw(st.sampled_from(units))
    one = parse(f"1 {unit}", dimension).value
    assert parse(f"{number!r} {unit}", dimension).value == pytest.approx(number * one, rel=1e-9, abs=1e-11)


@given(st.text(max_size=30), st.sampled_from(DIMENSIONS))
def test_any_text_is_a_finite_quantity_or_refused(text: str, dimension: str):
    try:
        value = parse(text, dimension).value
    except UnitError:
        return
    assert math.isfinite(value)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (120_000, "W", "120 kW"), (6667, "W", "6.67 kW"), (950, "W", "950 W"), (1.32e6, "W", "1.32 MW"), (0, "W", "0 W"),
        (-1500, "W", "-1.50 kW"),
        (9.1, "K", "9.10 K"), (0.873, "1", "87.3 %"), (1, "1", "100 %"), (600, "mm", "600 mm"), (25_400, "mm", "25.4 m"),
        (35_740, "Pa", "35.7 kPa"),
        (0.003, "m3/s", "180 L/min"), (1800, "Gb/s", "1,800 Gb/s"), (259_200, "Gb/s", "259.2 Tb/s"), (2000, "kg/m2", "2,000 kg/m2"),
        (math.nan, "W", "unknown W"),
    ],
)  # fmt: skip
def test_shown(value: float, unit: str, text: str):
    assert show(value, unit) == text


@given(st.floats(-1e11, 1e11, allow_nan=False))
def test_figures_have_no_exponent_and_are_near(value: float):
    text = figure(value)
    if abs(value) >= 1e-4:
        assert "e" not in text
    assert float(text.replace(",", "")) == pytest.approx(value, rel=6e-3, abs=1e-12)
