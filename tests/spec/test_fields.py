from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from rackwright.spec import fields


def read(kind: Any, value: object) -> object:
    return TypeAdapter(kind).validate_python(value)


def fault(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        read(kind, value)
    return str(caught.value.errors()[0]["msg"])


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (fields.Count, "0", 0), (fields.Count, "18", 18), (fields.Count, " 7 ", 7), (fields.Truth, "true", True), (fields.Truth, "false", False),
        (fields.Name, "gb200-nvl72", "gb200-nvl72"), (fields.Feed, "A", "A"), (fields.Feed, "B2", "B2"),
        (fields.PartName, "ocp/hpr-33kw", "ocp/hpr-33kw"),
        (fields.RuleCode, "PWR102", "PWR102"), (fields.Day, "2027-01-31", "2027-01-31"), (fields.Text, " two\nlines ", "two\nlines"),
        (fields.Share, "80 %", 0.8), (fields.Share, "0.8", 0.8), (fields.Temperature, "-5 degC", -5.0),
        (fields.Length, "3 m", 3000.0), (fields.Voltage, "0.4 kV", 400.0),
        (fields.Units, "7", [7]), (fields.Units, "1..4", [1, 2, 3, 4]), (fields.Units, "1..2, 9", [1, 2, 9]),
        (fields.Units, ["3", "5..6"], [3, 5, 6]),
    ],
)  # fmt: skip
def test_what_is_read(kind: Any, text: object, value: object):
    assert read(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (fields.Count, "-1", "`-1` is no count; write a whole number from 0 to 200"),
        (fields.Count, "201", "`201` is more than fits a rack; write a whole number from 0 to 200"),
        (fields.Count, "9" * 5000, "`" + "9" * 59 + "…` is more than fits a rack; write a whole number from 0 to 200"),
        (fields.Count, "18.0", "a whole number is wanted here, not `18.0`; write `18`"),
        (fields.Count, "1e2", "a whole number is wanted here, not `1e2`; write `100`"),
        (fields.Count, "1.10", "a whole number is wanted here, not `1.10`"),
        (fields.Count, "012", "`012` begins with 0, which some readers take for an octal number; write `12`"),
        (fields.Count, "00", "`00` begins with 0, which some readers take for an octal number; write `0`"),
        (fields.Count, "", "a whole number is wanted here, not nothing"),
        (fields.Count, {"a": "1"}, "a whole number is wanted here, not a mapping"),
        (fields.Truth, "no", "`true` or `false` is wanted here, not `no`; write `false`"),
        (fields.Truth, "TRUE", "`true` or `false` is wanted here, not `TRUE`; write `true`"),
        (fields.Truth, "maybe", "`true` or `false` is wanted here, not `maybe`"),
        (fields.Name, "GB200_NVL72", "`GB200_NVL72` is not a name; write `gb200-nvl72`"),
        (fields.Name, "72", "`72` is not a name; use lower-case letters, digits and single hyphens, a letter first"),
        (fields.Name, "", "a name is wanted here, not nothing; use lower-case letters, digits and single hyphens, a letter first"),
        (fields.Name, "a\n", "`a` is not a name; write `a`"),
        (fields.Feed, "a", "`a` is not a feed; write `A`"),
        (fields.PartName, "NVIDIA/MGX-48U", "`NVIDIA/MGX-48U` is not a part; write `nvidia/mgx-48u`"),
        (fields.PartName, "mgx-48u", "`mgx-48u` is not a part; parts are written `maker/model`; `rackwright part` lists them"),
        (fields.PartName, "../../passwd", "`../../passwd` is not a part; parts are written `maker/model`; `rackwright part` lists them"),
        (fields.RuleCode, "pwr102", "`pwr102` is not a rule code; write `PWR102`"),
        (fields.Day, "31.01.2027", "a date such as `2027-01-31` is wanted here, not `31.01.2027`"),
        (fields.Day, "2027-02-30", "a date such as `2027-01-31` is wanted here, not `2027-02-30`"),
        (fields.Text, ["a"], "text is wanted here, not a list"),
        (fields.Text, "bell\x07", "the text holds the control character U+0007; in double quotes a backslash makes such characters"),
        (fields.Share, "120 %", "`120 %` is above 100 %, the most allowed here"),
        (fields.Share, "80", "`80` is above 100 %, the most allowed here; did you mean `80 %`?"),
        (fields.Temperature, "400 degC", "`400 degC` is above 150 degC, the most allowed here"),
        (fields.Length, "-3 m", "`-3 m` is below 0 mm, the least allowed here"),
        (fields.Length, ["3 m"], "a quantity in `mm`, `cm`, `m`, `in`, `ft`, `um`, `U`, `OU` is wanted here, not a list"),
        (fields.Units, "1:4", "`1:4` is not a list of units; write `7`, `1..4` or `1..4, 9`"),
        (fields.Units, "4..1", "`4..1` is not a range of units; the lower unit comes first"),
        (fields.Units, "0..3", "`0..3` is not a range of units; units count from 1 upwards"),
        (fields.Units, "1..999", "`1..999` goes beyond 200 units, which no frame has"),
        (fields.Units, ["1..150", "1..150"], None),
        (fields.Units, [["1"]], "units are wanted here (`7`, `1..4`), not a list"),
        (fields.Units, "", "units are wanted here (`7`, `1..4`), not nothing"),
    ],
)  # fmt: skip
def test_what_is_refused(kind: Any, value: object, message: str | None):
    if message is None:  # long lists are the sum of short ones; a rule tells what overlaps
        assert len(read(kind, value)) == 300  # type: ignore[arg-type]
    else:
        assert fault(kind, value) == message


@pytest.mark.parametrize(("low", "high", "unit"), [(-50, 150, "degC"), (0, 100, "K"), (10, 1500, "V"), (0, 86_400, "s")])
def test_bounds_are_allowed_themselves(low: float, high: float, unit: str):
    kind = {"degC": fields.Temperature, "K": fields.Margin, "V": fields.Voltage, "s": fields.Duration}[unit]
    assert read(kind, f"{low} {unit}") == low
    assert read(kind, f"{high} {unit}") == high
    assert "least allowed" in fault(kind, f"{low - 0.001} {unit}")
    assert "most allowed" in fault(kind, f"{high + 0.001} {unit}")
