"""Two designs side by side: which tables say the same in both, and the rows of the others that may differ.

To name every row of a campus costs far more than to see that most lie side by side and are equal, so only what is left is named.
"""

from __future__ import annotations

import polars as pl

from rackwright.flow.names import UNCOMPARED, compared, keys_as_stored, named, names, references
from rackwright.schema.tables import Tables


class Pair:
    """Designs A and B, B's renames taken back."""

    def __init__(self, a: Tables, b: Tables) -> None:
        self.a, self.b = a, b
        self._alike: dict[str, bool] = {}

    def is_shared(self, table: str) -> bool:
        """Both hold the very same frame (`store.read_two` reads a file that two packages share but once), and its ids mean the same in both."""
        is_one = table in self.a and table in self.b and self.a[table] is self.b[table]
        return is_one and (self.a[table].is_empty() or self._means_the_same(table))

    def named(self, table: str) -> tuple[pl.DataFrame, pl.DataFrame]:
        """`names.named` of both, without rows that are in both: a row stays where any row of its key, which numbers them, may differ."""
        a, b = self.a[table], self.b[table]
        if table not in references(table) and self._means_the_same(table):
            same = _beside(a.select(compared(table)), b.select(compared(table)))
            left = [side.filter(~mask) for side, mask in zip((a, b), same, strict=True)]
            on = keys_as_stored(table)
            may = pl.concat([rows.select(on) for rows in left])
            a, b = (side.join(may, on=on, how="semi", nulls_equal=True, maintain_order="left") for side in (a, b))
        return named(self.a.put({table: a}), table), named(self.b.put({table: b}), table)

    def _means_the_same(self, table: str) -> bool:
        """Every id in a table stands for the same name in both."""
        return all(self._is_alike(ref) for ref in references(table) if ref not in UNCOMPARED)

    def _is_alike(self, table: str) -> bool:
        if table not in self._alike:
            self._alike[table] = names(self.a, table).equals(names(self.b, table))
        return self._alike[table]


def _beside(a: pl.DataFrame, b: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Masks of rows of A and of B that are equal, in the same order: at the same place from the start, or, where one is longer, from the end."""
    count = min(a.height, b.height)
    first = _equal(a.head(count), b.head(count))
    if a.height == b.height:
        return first, first
    begin = count if first.all() else first.arg_min() or 0
    last = _equal(a.tail(count), b.tail(count)).reverse()
    end = min(count if last.all() else last.arg_min() or 0, count - begin)
    return _ends_of(a.height, begin, end), _ends_of(b.height, begin, end)


def _ends_of(height: int, begin: int, end: int) -> pl.Series:
    row = pl.int_range(height, eager=True)
    return (row < begin) | (row >= height - end)


def _equal(a: pl.DataFrame, b: pl.DataFrame) -> pl.Series:
    both = pl.concat([a, b.rename({c: f"{c}|b" for c in b.columns})], how="horizontal")
    return both.select(same=pl.all_horizontal(pl.col(c).eq_missing(pl.col(f"{c}|b")) for c in a.columns))["same"]
