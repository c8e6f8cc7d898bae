"""A table that lies in parts: its rows are put together when somebody looks at them, and what was asked of a part is asked once.

Questions (`Ask`) are pure functions of the rows of a part. Their answers are small and add up, so that of a table with millions of rows only the
parts that changed need be looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Generic, TypeVar, cast

import polars as pl

T = TypeVar("T")
First = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ask(Generic[T]):
    """A question to parts of a table. `of` names the tables that it looks at besides, `context` is what it makes of these for all parts, and
    `make` gives the answer, of type `kind`, from rows, what ids in the answer are counted from (`Part.first`), and the context.
    """

    name: str
    of: tuple[str, ...]
    kind: type[T]
    context: Callable[..., Any]
    make: Callable[[pl.DataFrame, First, Any], T]


class Part:
    """Some consecutive rows of a table, there or to be made; `first` is what ids in answers are counted from."""

    def __init__(self, rows: pl.DataFrame | Callable[[], pl.DataFrame], height: int, first: First = (0, 0)) -> None:
        self.height, self.first = height, first
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
        return held is not None and len(held) == len(of) and all(a is b for a, b in zip(held, of, strict=True))

    def tell(self, ask: Ask[T], of: tuple[pl.DataFrame, ...] | None, answer: T) -> T:
        """Keep an answer, for these tables (None: not known for which)."""
        self._told[ask.name] = of, answer
        return answer

    def told(self, ask: Ask[T]) -> T | None:
        """The answer that was told last, whatever tables it is for."""
        return cast("T | None", self._told.get(ask.name, (None, None))[1])


class Parts:
    """A table in parts, one after the other. Parts lack the column `index`, which counts the rows of all; without a name nothing lacks."""

    def __init__(self, each: Sequence[Part], join: Callable[[pl.DataFrame], pl.DataFrame] = lambda rows: rows, index: str = "") -> None:
        """`join` gives rows of parts the columns of the table, in their order. There must be a part."""
        self.each, self.index, self._join = tuple(each), index, join
        self.height = sum(p.height for p in each)
        self._whole: pl.DataFrame | None = None

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

    def ask(self, ask: Ask[T], of: tuple[pl.DataFrame, ...], run: Callable[[Callable[[Part], T], Sequence[Part]], object] = map) -> list[T]:
        """Answers of all parts; `of` are the tables that the question names. `run` may put them to work side by side, as `map` of a pool."""
        new = [p for p in self.each if not p.knows(ask, of)]
        if new:
            context = ask.context(*of)
            list(cast("list[T]", run(lambda p: p.tell(ask, of, ask.make(p.rows, p.first, context)), new)))
        return [cast(T, p.told(ask)) for p in self.each]
