"""Quantities as people write them (`120 kW`, `600 mm`, `40 degC`) to numbers in the project's base units.

Base unit per dimension: W, VA, mm, V, A, degC (temperatures), K (differences), Gb/s, kg, s, Pa, m3/s, USD, USD/kWh, 1 (ratios),
kg/m2, ohm, J, Hz, dB, mm2, m/s, ns/m, Nm. A number without its unit is refused, so that no reader has to guess one.
pint would cost 0.3 s of start-up for the same forty units; this table is all that a spec may use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rackwright.base.findings import either, quoted

_TABLE: dict[str, dict[str, float]] = {
    "W": {"W": 1, "kW": 1e3, "MW": 1e6, "GW": 1e9},
    "VA": {"VA": 1, "kVA": 1e3, "MVA": 1e6},
    "mm": {"mm": 1, "cm": 10, "m": 1000, "in": 25.4, "ft": 304.8, "um": 1e-3, "U": 44.45, "OU": 48.0},
    "V": {"V": 1, "mV": 1e-3, "kV": 1e3},
    "A": {"A": 1, "mA": 1e-3, "kA": 1e3},
    "degC": {"degC": 1, "°C": 1},
    "K": {"K": 1},
    "Gb/s": {"Gb/s": 1, "Mb/s": 1e-3, "Tb/s": 1e3},
    "kg": {"kg": 1, "g": 1e-3, "t": 1000, "lb": 0.45359237},
    "s": {"s": 1, "ms": 1e-3, "min": 60, "h": 3600},
    "Pa": {"Pa": 1, "kPa": 1e3, "MPa": 1e6, "bar": 1e5, "psi": 6894.757293168},
    "m3/s": {"m3/s": 1, "L/min": 1 / 60000, "m3/h": 1 / 3600, "CFM": 4.719474432e-4},
    "USD": {"USD": 1},
    "USD/kWh": {"USD/kWh": 1, "USD/MWh": 1e-3},
    "1": {"%": 0.01, "": 1},
    "kg/m2": {"kg/m2": 1},
    "ohm": {"ohm": 1, "mohm": 1e-3, "uohm": 1e-6},
    "J": {"J": 1, "kJ": 1e3, "Wh": 3600, "kWh": 3.6e6},
    "Hz": {"Hz": 1, "kHz": 1e3},
    "dB": {"dB": 1},
    "mm2": {"mm2": 1},
    "m/s": {"m/s": 1},
    "ns/m": {"ns/m": 1},
    "Nm": {"Nm": 1, "lbf-in": 0.1129848290276167, "lbf-ft": 1.3558179483314004},
}
_UNITS = {unit: (dim, factor) for dim, row in _TABLE.items() for unit, factor in row.items()}
_QUANTITY = re.compile(r"^([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(\S*)$")
DIMENSIONS = tuple(_TABLE)
J_PER_CAL = 4.184
YEAR_H = 8760.0


class UnitError(ValueError):
    """The text is not a quantity of the wanted dimension; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in the base unit of its dimension, with the text it was read from."""

    value: float
    dimension: str
    text: str


def units_of(dimension: str) -> list[str]:
    """The unit names that may be written for one dimension."""
    return [u for u in _TABLE[dimension] if u]


def parse(text: str, dimension: str) -> Quantity:
    """Read `text` as a quantity of `dimension` (a base unit: `W`, `mm`, ...).

    Raises:
        UnitError: no number, no unit, an unknown unit, or a unit of another dimension.
    """
    match = _QUANTITY.match(text.strip())
    shown, known = quoted(text), units_of(dimension)
    allowed = f"a number and {either(known)}"
    if not match or not re.search(r"\d", match[1]):
        why = "; decimals are written with a point" if re.search(r"\d,\d", text) else ""
        raise UnitError(f"{shown} is not a quantity; write {allowed}{why}")
    number, unit = match[1].replace(",", ""), match[2]
    if unit == "" and dimension != "1":
        raise UnitError(f"{shown} has no unit; write {allowed}")
    if unit not in _UNITS:
        near = _near(unit, known)
        raise UnitError(f"unit {quoted(unit)} is not known; " + (f"did you mean `{near}`?" if near else f"write {either(known)}"))
    found, factor = _UNITS[unit]
    if found != dimension:
        raise UnitError(f"{shown} is in `{unit}`, but {either(known)} is wanted here")
    value = float(number) * factor
    if value in (float("inf"), float("-inf")):
        raise UnitError(f"{shown} is too large to be a quantity")
    return Quantity(float(f"{value:.14g}"), dimension, text)


def _near(unit: str, known: list[str]) -> str | None:
    """The unit that was probably meant; never milli for mega, which is a slip of the pen no one makes: thousands are nearer."""
    if unit[:1] == "M" and f"m{unit[1:]}" in known:
        return next((u for u in known if u == f"k{unit[1:]}"), None)
    return next((u for u in known if u.lower() == unit.lower()), None)


STEPS: dict[str, list[tuple[float, float, str]]] = {
    "W": [(1e9, 1e9, "GW"), (1e6, 1e6, "MW"), (1e3, 1e3, "kW"), (0, 1, "W")],
    "VA": [(1e6, 1e6, "MVA"), (1e3, 1e3, "kVA"), (0, 1, "VA")],
    "mm": [(1e4, 1e3, "m"), (0, 1, "mm")],
    "Gb/s": [(1e4, 1e3, "Tb/s"), (0, 1, "Gb/s")],
    "Pa": [(1e3, 1e3, "kPa"), (0, 1, "Pa")],
    "m3/s": [(0.1, 1, "m3/s"), (0, 1 / 60000, "L/min")],
    "s": [(7200, 3600, "h"), (0, 1, "s")],
    "1": [(0, 0.01, "%")],
}


def show(value: float, unit: str) -> str:
    """A value in a base unit as people read it: `120.0 kW`, `9.1 K`, `87.3 %`; four significant figures."""
    for least, factor, name in STEPS.get(unit, [(0, 1, unit)]):
        if abs(value) >= least:
            return f"{figure(value / factor)} {name}"
    return f"{figure(value)} {unit}"


def figure(value: float) -> str:
    """Four significant figures, whole numbers with thousands separators, never an exponent between 1e-4 and 1e12."""
    if value != value:
        return "unknown"
    if abs(value) >= 1000 or value == int(value):
        return f"{value:,.0f}"
    digits = max(0, 3 - len(str(int(abs(value)))) + (1 if abs(value) < 1 else 0))
    return f"{value:.{max(digits, 1)}f}" if abs(value) >= 0.1 else f"{value:.3g}"
