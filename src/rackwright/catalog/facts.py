"""One fact from text: a value in the unit its kind asks for, with range, source and date."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches

from rackwright.base import units
from rackwright.catalog.part import Fact, Part
from rackwright.schema.kinds import FactSchema, kind_schema


class FactError(ValueError):
    """A fact cannot be used as written; the message says why and what would do. `fact` names it."""

    def __init__(self, fact: str, text: str) -> None:
        super().__init__(text)
        self.fact = fact


def suggest(word: str, known: Iterable[str]) -> str:
    """`did you mean ...` for a word that is near a known one, else the empty string."""
    names = list(known)
    near = get_close_matches(word, names, n=1, cutoff=0.6) or [n for n in names if set(n.split("_")) == set(word.split("_"))]
    return f"did you mean `{near[0]}`?" if near else ""


def numbers(text: str) -> list[float]:
    """`0.5 1 1.5` as numbers. Raises ValueError where a piece is no finite number."""
    found = [float(piece) for piece in text.split()]
    if not all(math.isfinite(number) for number in found):
        raise ValueError("not finite")
    return found


def mismatched(facts: Mapping[str, Fact]) -> Iterator[tuple[str, str]]:
    """Facts of a coolant that do not fit its temperatures, each with a message: every property has a value per temperature."""
    if "temperature" not in facts:
        return
    temperatures = numbers(facts["temperature"].text)
    if len(temperatures) < 2 or temperatures != sorted(set(temperatures)):
        yield "temperature", "`temperature` wants at least two temperatures in rising order"
    for name in ("density", "cp", "viscosity"):
        have = len(numbers(facts[name].text)) if name in facts else len(temperatures)
        if have != len(temperatures):
            yield name, f"`{name}` has {have} value{'' if have == 1 else 's'} for {len(temperatures)} temperatures"


def read_value(text: str, schema: FactSchema) -> float | None:
    """The value of a fact in base units; None for a text fact.

    Raises:
        ValueError: wrong unit, no number, out of the range of the kind's CSV; the message stands alone.
    """
    if schema.dtype == "str":
        if not text.strip():
            raise ValueError(f"`{schema.fact}` is empty")
        return None
    if schema.dtype == "list":
        _check_list(text, schema)
        return None
    if schema.dtype == "bool":
        if text not in ("true", "false"):
            raise ValueError(f"`true` or `false` is wanted for `{schema.fact}`, not `{text}`")
        return float(text == "true")
    if schema.dtype == "i32":
        if not re.fullmatch(r"-?\d{1,9}", text.strip()):
            raise ValueError(f"a whole number is wanted for `{schema.fact}`, not `{text}`")
        value = float(text)
    else:
        value = units.parse(text, schema.unit or "1").value
    _within(value, text, schema)
    return value


def _check_list(text: str, schema: FactSchema) -> None:
    try:
        found = numbers(text)
    except ValueError:
        found = []
    if not found:
        raise ValueError(f"`{schema.fact}` wants numbers separated by spaces, not `{text}`")
    for value in found:
        _within(value, units.figure(value), schema)


def _within(value: float, text: str, schema: FactSchema) -> None:
    if schema.minimum is not None and value < schema.minimum:
        raise ValueError(f"`{text}` is below {_shown(schema.minimum, schema.unit)}, the least `{schema.fact}` may be")
    if schema.maximum is not None and value > schema.maximum:
        raise ValueError(f"`{text}` is above {_shown(schema.maximum, schema.unit)}, the most `{schema.fact}` may be")


def _shown(value: float, unit: str) -> str:
    return units.show(value, unit) if unit else units.figure(value)


def apply_overrides(part: Part, overrides: Mapping[str, str], where: str) -> Part:
    """`part` with the user's own facts in place of the catalogue's; `where` (file:line:column) goes into their notes.

    The new facts have confidence `user`, source `your spec` and no date: a spec has none that would not change with the clock.

    Raises:
        FactError: a fact this kind of part does not have, or a value that does not fit it. It is a ValueError.
    """
    schemas = kind_schema(part.kind)
    facts = dict(part.facts)
    for name, text in overrides.items():
        schema = schemas.get(name)
        if schema is None:
            raise FactError(name, "; ".join(filter(None, (f"`{name}` is not a fact of a {part.kind}", suggest(name, schemas)))))
        try:
            value = read_value(text, schema)
        except ValueError as fault:
            raise FactError(name, str(fault)) from None
        old = facts.get(name)
        note = f"set at {where}" + (f"; the catalogue says {old.text}" if old else "")
        facts[name] = Fact(name, value, " ".join(text.split()), schema.unit, None, None, "your spec", "", "user", note)
    return replace(part, facts=facts)
