"""Tables of a design that is compiled again and again: what is derived from them is made again only where a table or value that it read is another.

What something reads is not declared but seen: it is given tables that note every look (`Watched`), and what was made is taken over as long as each
of these looks would give the same. A table that came out as it was before is the same object (`schema.alike`), so that a look costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import polars as pl

from rackwright.schema.alike import alike
from rackwright.schema.parts import Ask, Parts
from rackwright.schema.tables import Tables

T = TypeVar("T")
Look = Callable[[Tables], Any]


class Remembered(Tables):
    """Tables that know those of the compilation before. One thread at a time."""

    def __init__(self, frames: Mapping[str, pl.DataFrame | Parts], before: Remembered | None = None, where: str = "") -> None:
        """`before`: tables whose frames and derived things are taken over where they are the same; `where`: what is put over others is told apart."""
        self._last: dict[tuple[str, str], pl.DataFrame | Parts] = before._last if before else {}
        self._traces: dict[Any, tuple[list[tuple[Look, Any]], Any]] = before._traces if before else {}
        self._pieces: dict[tuple[str, ...], tuple[pl.DataFrame, pl.DataFrame]] = before._pieces if before else {}
        made = {name: _interned(self._last.get((where, name)), frame) for name, frame in frames.items()}
        self._last.update({(where, name): frame for name, frame in made.items()})
        super().__init__(made)

    def put(self, frames: Mapping[str, pl.DataFrame | Parts]) -> Tables:
        """The same design with some tables written anew."""
        made = Remembered(frames, self, "put")
        made._frames = {**self._frames, **made._frames}
        return made

    def columns(self, name: str, *columns: str) -> pl.DataFrame:
        """Some columns of a table; the same object as long as they say the same."""
        return self._part(("columns", name, *columns), self[name], lambda: super(Remembered, self).columns(name, *columns))

    def inputs_of(self, section: str) -> pl.DataFrame:
        """Rows of `inputs` at a path or below it; the same object as long as they say the same."""
        return self._part(("inputs", section), self["inputs"], lambda: super(Remembered, self).inputs_of(section))

    def _part(self, what: tuple[str, ...], of: pl.DataFrame, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        held = self._pieces.get(what)
        if held is None or held[0] is not of:
            made = make()
            held = self._pieces[what] = of, alike(held[1], made) if held else made
        return held[1]

    def derived(self, make: Callable[[Tables], T]) -> T:
        """What `make` makes of these tables; what it made of those before where all that it read is the same."""
        if make not in self._derived:
            held = self._traces.get(make)
            if held is None or not all(_is_same(seen, look(self)) for look, seen in held[0]):
                watched = Watched(self)
                made = make(watched)
                held = self._traces[make] = watched.looks, alike(held[1], made) if held else made
            self._derived[make] = held[1]
        found: T = self._derived[make]
        return found


class Watched(Tables):
    """Tables that note what is looked at, and what was seen there."""

    def __init__(self, of: Tables) -> None:
        super().__init__()
        self._of, self.looks = of, list[tuple[Look, Any]]()

    def _seen(self, look: Callable[[Tables], T]) -> T:
        made = look(self._of)
        self.looks.append((look, made))
        return made

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self._seen(lambda t: t[name])

    def parts(self, name: str) -> Parts:
        """A table in its parts."""
        return self._seen(lambda t: t.parts(name))

    def columns(self, name: str, *columns: str) -> pl.DataFrame:
        """Some columns of a table."""
        return self._seen(lambda t: t.columns(name, *columns))

    def inputs_of(self, section: str) -> pl.DataFrame:
        """Rows of `inputs` at a path or below it."""
        return self._seen(lambda t: t.inputs_of(section))

    def asked(self, name: str, ask: Ask[T]) -> list[T]:
        """Answers of the parts of a table to a question."""
        return self._seen(lambda t: t.asked(name, ask))

    def height(self, name: str) -> int:
        """How many rows a table has."""
        return self._seen(lambda t: t.height(name))

    def derived(self, make: Callable[[Tables], T]) -> T:
        """What `make` makes of these tables."""
        return self._seen(lambda t: t.derived(make))

    def __contains__(self, name: object) -> bool:
        return self._seen(lambda t: name in t)

    def __iter__(self) -> Iterator[str]:
        return iter(self._seen(lambda t: list(t)))

    def __len__(self) -> int:
        return self._seen(len)

    def put(self, frames: Mapping[str, pl.DataFrame | Parts]) -> Tables:
        """The same design with some tables written anew; what is made of that may have looked at anything."""
        self.looks.append((lambda t: object(), None))
        return self._of.put(frames)

    def input(self, path: str) -> float:
        """Number of one spec input."""
        return self._seen(lambda t: t.input(path))

    def input_text(self, path: str) -> str:
        """Text of one spec input."""
        return self._seen(lambda t: t.input_text(path))

    def input_src(self, path: str) -> int:
        """Where one spec input was written."""
        return self._seen(lambda t: t.input_src(path))

    def asks(self, path: str) -> bool:
        """Whether the spec has that input."""
        return self._seen(lambda t: t.asks(path))

    def facts(self, fact: str) -> pl.DataFrame:
        """`part` and `value` of one fact for every part that has it."""
        self._seen(lambda t: t["part_facts"])
        return self._of.facts(fact)

    def fact(self, part: str, fact: str) -> float | None:
        """Value of one numeric fact of one part."""
        return self._seen(lambda t: t.fact(part, fact))


def _is_same(old: Any, new: Any) -> bool:
    if old is not new and isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(_is_same(a, b) for a, b in zip(old, new, strict=True))
    return old is new or (type(old) is type(new) and isinstance(old, (str, int, float)) and repr(old) == repr(new))


def _interned(old: pl.DataFrame | Parts | None, new: pl.DataFrame | Parts) -> pl.DataFrame | Parts:
    """The table from before where it says the same."""
    if isinstance(old, Parts) and isinstance(new, Parts):
        is_same = old.index == new.index and len(old.each) == len(new.each) and all(a is b for a, b in zip(old.each, new.each, strict=True))
        return old if is_same else new
    return alike(old, new)
