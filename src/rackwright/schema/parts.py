"""A table that lies in parts: its rows are put together when somebody looks at them, and what was asked of a part is asked once.

Questions (`Ask`) are pure functions of the rows of a part. Their answers are small and add up, so that of a table with millions of rows only the
parts that changed need be looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Generic, TypeVar, cast

import polars as pl

from rackwright.schema.alike import alike

T = TypeVar("T")
First = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ask(Generic[T]):
    """A question to parts of a table. `of` names the tables that it looks at besides, `context` is what it makes of `Tables` with these for all
    parts, and `make` gives the answer, of type `kind`, from rows, what ids in the answer are counted from (`Part.first`), and the context.
    """

    name: str
    of: tuple[str, ...]
    kind: type[T]
    context: Callable[[Any], Any]
    make: Callable[[pl.DataFrame, First, Any], T]


class Part:
    """Some consecutive rows of a table, there or to be made; `first` is what ids in answers are counted from. `likely` are answers of a part that
    this one takes the place of: one that says the same is the same object.
    """

    def __init__(
        self, rows: pl.DataFrame | Callable[[], pl.DataFrame], height: int, first: First = (0, 0), likely: Mapping[str, Any] | None = None
    ) -> None:
        self.height, self.first, self._likely = height, first, likely or {}
        self._rows, self._told = rows, dict[str, tuple[tuple[pl.DataFrame, ...] | None, Any]]()

    @property
    def rows(self) -> pl.DataFrame:
        """The rows, made when they are first looked at."""
        if not isinstance(self._rows, pl.DataFrame):
            self._rows = self._rows()
        return self._rows

    def knows(self, ask: Ask[T], of: tuple[pl.DataFrame, ...]) -> bool:
        """Whether the answer is known for these very tables, not only for equal ones."""
        held, _ = self._told.get(ask.name, (None, None))
        return held is not None and _are(held, of)

    def tell(self, ask: Ask[T], of: tuple[pl.DataFrame, ...] | None, answer: T) -> T:
        """Keep an answer, for these tables (None: not known for which)."""
        made = alike(self._likely.get(ask.name), answer)
        self._told[ask.name] = of, made
        return made

    def told(self, ask: Ask[T]) -> T | None:
        """The answer that was told last, whatever tables it is for."""
        held = self._told.get(ask.name)
        return None if held is None else cast("T", held[1])

    def moved(self, rows: Callable[[], pl.DataFrame], first: First) -> Part:
        """The same part with other ids, which no answer holds; for which tables its answers are is not known."""
        made = Part(rows, self.height, first)
        made._told = {name: (None if of else of, answer) for name, (of, answer) in self._told.items()}
        return made

    def answers(self) -> dict[str, Any]:
        """Every answer that is known, by question."""
        return {name: answer for name, (_, answer) in self._told.items()}


class Parts:
    """A table in parts, one after the other. Parts lack the column `index`, which counts the rows of all; without a name nothing lacks."""

    def __init__(self, each: Sequence[Part], join: Callable[[pl.DataFrame], pl.DataFrame] = lambda rows: rows, index: str = "") -> None:
        """`join` gives rows of parts the columns of the table, in their order. There must be a part."""
        self.each, self.index, self._join = tuple(each), index, join
        self.height = sum(p.height for p in each)
        self._whole: pl.DataFrame | None = None
        self._answers: dict[str, tuple[tuple[pl.DataFrame, ...], list[Any]]] = {}

    def whole(self) -> pl.DataFrame:
        """All rows."""
        if self._whole is None:
            is_one = len(self.each) == 1 and not self.index
            self._whole = self.each[0].rows if is_one else self.slice(0, self.height)
        return self._whole

    def slice(self, first: int, size: int) -> pl.DataFrame:
        """Some rows, looked for in the parts that have them."""
        if self._whole is not None:
            return self._whole.slice(first, size)
        pieces = []
        for part, (begin, end) in zip(self.each, pairwise(accumulate((p.height for p in self.each), initial=0)), strict=True):
            low, high = max(begin, first), min(end, first + size)
            if low < high:
                pieces.append(part.rows.slice(low - begin, high - low))
        rows = pl.concat(pieces, rechunk=False) if pieces else self.each[0].rows.clear()
        return self._join(rows.with_row_index(self.index, offset=first) if self.index else rows)

    def ask(
        self,
        ask: Ask[T],
        of: tuple[pl.DataFrame, ...],
        context: Callable[[], Any] = lambda: None,
        run: Callable[[Callable[[Part], T], Sequence[Part]], Iterable[T]] = map,
        stale: Collection[Part] | None = None,
    ) -> list[T]:
        """Answers of all parts; `of` are the tables that the question names, `context` gives what it makes of them. `run` may put parts to work side
        by side, as `map` of a pool. `stale` are the parts whose answers do not hold for these tables; all else does (None: only what was
        told for these very tables).
        """
        held = self._answers.get(ask.name)
        if held is None or not _are(held[0], of):
            if stale is None:
                found: list[Any] = [part.told(ask) if part.knows(ask, of) else None for part in self.each]
            else:
                found = [part.told(ask) for part in self.each]
                found = [None if part in stale else answer for part, answer in zip(self.each, found, strict=True)] if stale else found
            new = [i for i, answer in enumerate(found) if answer is None]
            if new:
                given = context()
                made = run(lambda part: part.tell(ask, of, ask.make(part.rows, part.first, given)), [self.each[i] for i in new])
                for i, answer in zip(new, made, strict=True):
                    found[i] = answer
            held = self._answers[ask.name] = of, found
        return held[1]


def _are(held: tuple[pl.DataFrame, ...], of: tuple[pl.DataFrame, ...]) -> bool:
    """The very same tables."""
    return len(held) == len(of) and all(a is b for a, b in zip(held, of, strict=True))
