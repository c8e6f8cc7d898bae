"""Types of spec fields: quantities with units, names, counts and unit ranges, each read from text without guessing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from rackwright.base import units
from rackwright.base.findings import quoted

MOST = 200  # of anything a rack holds: more than any frame has units, few enough that a slip of the pen stays cheap
MOST_IN_HALL = 20000


def _fault(text: str, **more: int) -> PydanticCustomError:
    return PydanticCustomError("spec", "{text}", {"text": text, **more})


@dataclass(frozen=True, slots=True)
class Dim:
    """Annotation of a float field: text with a unit of `dimension`, held in its base unit."""

    dimension: str
    low: float | None = None
    high: float | None = None

    def read(self, value: Any) -> float:
        """The value in base units; raises where text, unit or range do not fit."""
        if not isinstance(value, str):
            raise _fault(f"a quantity in {self._allowed()} is wanted here, not {kind_of(value)}")
        try:
            number = units.parse(value, self.dimension).value
        except units.UnitError as fault:
            raise _fault(str(fault)) from None
        for bound, broken, word in ((self.low, number < (self.low or 0), "below"), (self.high, number > (self.high or 0), "above")):
            if bound is not None and broken:
                least = "least" if word == "below" else "most"
                hint = f"; did you mean `{value.strip()} %`?" if self.dimension == "1" and 1 < number <= 100 and "%" not in value else ""
                raise _fault(f"{quoted(value)} is {word} {units.show(bound, self.dimension)}, the {least} allowed here{hint}")
        return number

    def _allowed(self) -> str:
        return ", ".join(f"`{u}`" for u in units.units_of(self.dimension))

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "description": f"quantity in {self._allowed()}", "pattern": r"^[+-]?[0-9.,eE+-]+\s*\S*$"}


def kind_of(value: Any) -> str:
    """What a value is, in the words of a message."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else quoted(str(value))


def _counted(value: Any, most: int, of: str) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[+-]?\d+", value.strip()):
        raise _fault(f"a whole number is wanted here, not {kind_of(value)}{_whole_hint(value)}")
    if re.fullmatch(r"0\d+", value.strip()):
        raise _fault(f"{quoted(value)} begins with 0, which some readers take for an octal number; write `{value.strip().lstrip('0') or 0}`")
    if not re.fullmatch(r"\d{1,9}", value.strip()) or int(value) > most:
        what = "no count" if value.strip()[0] in "+-" else f"more than fits {of}"
        raise _fault(f"{quoted(value)} is {what}; write a whole number from 0 to {most}", most=most)
    return int(value)


def _count(value: Any) -> int:
    return _counted(value, MOST, "a rack")


def _many(value: Any) -> int:
    return _counted(value, MOST_IN_HALL, "a hall")


def _whole_hint(value: Any) -> str:
    """What was probably meant by `1e2`, `18.0` or `1,000`."""
    try:
        number = float(value.replace(",", "").replace("_", "")) if isinstance(value, str) else None
    except ValueError:
        number = None
    return f"; write `{number:.0f}`" if number is not None and number.is_integer() and 0 <= number <= MOST else ""


def _truth(value: Any) -> bool:
    if value not in ("true", "false"):
        meant = {"yes": "true", "on": "true", "y": "true", "1": "true", "no": "false", "off": "false", "n": "false", "0": "false"}
        word = value.lower() if isinstance(value, str) else ""
        hint = meant.get(word, word if word in ("true", "false") else "")
        raise _fault(f"`true` or `false` is wanted here, not {kind_of(value)}" + (f"; write `{hint}`" if hint else ""))
    return bool(value == "true")


def _named(pattern: str, what: str, how: str) -> Any:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise _fault(f"{what} is wanted here, not {kind_of(value)}; {how}")
        if not re.fullmatch(pattern, value):
            slug = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")
            meant = [w for w in (value.lower(), value.upper(), slug) if re.fullmatch(pattern, w)]
            raise _fault(f"{quoted(value)} is not {what}; " + (f"write {quoted(meant[0])}" if meant else how))
        return value

    return read


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _fault(f"text is wanted here, not {kind_of(value)}")
    odd = next((c for c in value if ord(c) < 32 and c not in "\n\t"), None)
    if odd is not None:
        raise _fault(f"the text holds the control character U+{ord(odd):04X}; in double quotes a backslash makes such characters")
    return value.strip()


def _ratio(value: Any) -> float:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?::\s*(\d+(?:\.\d+)?)\s*)?", value) if isinstance(value, str) else None
    if not match or float(match[1]) == 0 or float(match[2] or 1) == 0:
        raise _fault(f"a ratio such as `4:3` is wanted here, not {kind_of(value)}")
    return float(match[1]) / float(match[2] or 1)


def _times(low: float, high: float) -> Any:
    def read(value: Any) -> float:
        match = re.fullmatch(r"\s*([+-]?\d+(?:\.\d+)?)\s*(%?)\s*", value) if isinstance(value, str) else None
        if not match:
            raise _fault(f"a plain number such as `10` is wanted here, not {kind_of(value)}")
        number = float(match[1])
        if match[2]:
            raise _fault(f"a plain number is wanted here, not a share in %; write `{number / 100:g}`")
        if not low <= number <= high:
            raise _fault(f"{quoted(value)} is not from {low:g} to {high:g}, as is wanted here")
        return number

    return read


def _day(value: Any) -> str:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise _fault(f"a date such as `2027-01-31` is wanted here, not {kind_of(value)}")


def parse_units(text: str) -> list[int]:
    """`7`, `1..4` or `1..4, 9` as unit numbers. Raises ValueError with the reason."""
    found: list[int] = []
    for piece in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,3})\s*(?:\.\.\s*(\d{1,3})\s*)?", piece)
        if not match:
            raise ValueError(f"{quoted(text)} is not a list of units; write `7`, `1..4` or `1..4, 9`")
        first, last = int(match[1]), int(match[2] or match[1])
        if first < 1 or last < first:
            wrong = "units count from 1 upwards" if first < 1 else "the lower unit comes first"
            raise ValueError(f"{quoted(piece)} is not a range of units; {wrong}")
        found += range(first, min(last, MOST) + 1)
        if last > MOST or len(found) > MOST:
            raise ValueError(f"{quoted(text)} goes beyond {MOST} units, which no frame has")
    return found


def _triple(value: Any) -> list[int]:
    if not isinstance(value, list) or len(value) != 3:
        raise _fault(
            f"three whole numbers such as `[4, 4, 4]` are wanted here, not {f'{len(value)} entries' if isinstance(value, list) else kind_of(value)}"
        )
    return [_counted(v, MOST_IN_HALL, "a hall") for v in value]


def _units(value: Any) -> list[int]:
    pieces = value if isinstance(value, list) else [value]
    for piece in pieces:
        if not isinstance(piece, str) or not piece.strip():
            raise _fault(f"units are wanted here (`7`, `1..4`), not {kind_of(piece)}")
    try:
        return [u for p in pieces for u in parse_units(p)]
    except ValueError as fault:
        raise _fault(str(fault)) from None


def _schema(kind: str, text: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, "description": text, **more})


Count = Annotated[int, BeforeValidator(_count), _schema("integer", "whole number", minimum=0, maximum=MOST)]
Many = Annotated[int, BeforeValidator(_many), _schema("integer", "whole number", minimum=0, maximum=MOST_IN_HALL)]
Triple = Annotated[
    list[int],
    BeforeValidator(_triple),
    WithJsonSchema({"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 3, "maxItems": 3, "description": "three whole numbers"}),
]
Truth = Annotated[bool, BeforeValidator(_truth), _schema("boolean", "true or false")]
Name = Annotated[
    str,
    BeforeValidator(_named(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "a name", "use lower-case letters, digits and single hyphens, a letter first")),
    _schema("string", "name", pattern="^[a-z][a-z0-9]*(-[a-z0-9]+)*$"),
]
Feed = Annotated[str, BeforeValidator(_named(r"[A-Z][A-Z0-9]{0,7}", "a feed", "write `A`, `B`, ...")), _schema("string", "feed name such as A")]
PartName = Annotated[
    str,
    BeforeValidator(_named(r"[a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9.+-]*", "a part", "parts are written `maker/model`; `rackwright part` lists them")),
    _schema("string", "part as maker/model"),
]
RuleCode = Annotated[
    str,
    BeforeValidator(_named(r"[A-Z]{3}[0-9]{3}", "a rule code", "write one such as `PWR102`; `rackwright rule` lists them")),
    _schema("string", "rule code"),
]
Text = Annotated[str, BeforeValidator(_text), _schema("string", "text")]
Revision = Annotated[
    str,
    BeforeValidator(_named(r"[A-Za-z0-9][A-Za-z0-9._-]{0,15}", "a revision", "use at most 16 letters, digits, dots, underscores and hyphens")),
    _schema("string", "revision such as B or 2026-11-23", pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,15}$"),
]
Scalar = Annotated[str, BeforeValidator(_text), WithJsonSchema({"description": "text or number", "type": ["string", "number", "boolean"]})]
Day = Annotated[str, BeforeValidator(_day), _schema("string", "date", format="date")]
Ratio = Annotated[float, BeforeValidator(_ratio), _schema("string", "ratio such as 4:3")]
Times = Annotated[float, BeforeValidator(_times(0.1, 100)), _schema("string", "plain number from 0.1 to 100")]
Units = Annotated[
    list[int],
    BeforeValidator(_units),
    WithJsonSchema(
        {
            "description": "units such as 7 or 1..4",
            "anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "array", "items": {"type": ["integer", "string"]}}],
        }
    ),
]

Power = Annotated[float, Dim("W", 0, 1e9)]
Length = Annotated[float, Dim("mm", 0, 1e5)]
Distance = Annotated[float, Dim("mm", 0, 1e7)]
Voltage = Annotated[float, Dim("V", 10, 1500)]
Current = Annotated[float, Dim("A", 0, 1e6)]
Temperature = Annotated[float, Dim("degC", -50, 150)]
Rise = Annotated[float, Dim("K", 0.5, 100)]
Margin = Annotated[float, Dim("K", 0, 100)]
Share = Annotated[float, Dim("1", 0, 1)]
Duration = Annotated[float, Dim("s", 0, 86_400)]
FloorLoad = Annotated[float, Dim("kg/m2", 1, 1e5)]
Speed = Annotated[float, Dim("Gb/s", 0.01, 1e5)]
Mass = Annotated[float, Dim("kg", 0, 1e6)]
Money = Annotated[float, Dim("USD", 0, 1e9)]
EnergyPrice = Annotated[float, Dim("USD/kWh", 0, 1000)]
