"""Two designs compared by stable names: what changed in the key figures, parts, findings, and row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from rackwright.base.units import DIMENSIONS, figure, parse, show, units_of
from rackwright.flow import diff_cables
from rackwright.flow.diff_pair import Pair
from rackwright.flow.names import KEY, named_tables
from rackwright.flow.renames import Rename, renamed, renames
from rackwright.flow.rewiring import Rewiring, rewired
from rackwright.schema.tables import Tables

TOLERANCE = 1e-9  # of the larger value: below it two floats are the same figure computed in another order
_IN_CELLS = (diff_cables.TABLE, "fabric_cells")  # by key; where they lie is not compared
_CHANGED = {KEY: pl.String, "column": pl.String, "a": pl.String, "b": pl.String}


@dataclass(frozen=True, slots=True)
class TableDiff:
    """One table: keys only in B, keys only in A, and (key, column, a, b) for every cell that differs."""

    added: pl.DataFrame
    removed: pl.DataFrame
    changed: pl.DataFrame

    @property
    def rows_changed(self) -> int:
        """Rows with at least one cell that differs."""
        return self.changed[KEY].n_unique()

    @property
    def is_empty(self) -> bool:
        """Nothing differs."""
        return self.added.is_empty() and self.removed.is_empty() and self.changed.is_empty()


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure that differs: its text in A and B (empty where it does not apply), the difference and its share of A."""

    topic: str
    title: str
    a: str
    b: str
    delta: str
    percent: float | None


@dataclass(frozen=True, slots=True)
class Swap:
    """`count` devices whose part `a` became `b`; `first` names one of them."""

    a: str
    b: str
    count: int
    first: str


@dataclass(frozen=True)
class Diff:
    """Everything that differs between two designs, B's renames taken back first."""

    renames: list[Rename]
    tables: dict[str, TableDiff]
    _a: Tables
    _b: Tables
    rewiring: Rewiring | None = None

    @property
    def is_empty(self) -> bool:
        """The designs are the same."""
        return not self.renames and all(d.is_empty for d in self.tables.values())

    @cached_property
    def figures(self) -> list[Figure]:
        """Key figures that differ, in the order of `summary`."""
        return list(_figures(self._a["summary"], self._b["summary"]))

    @cached_property
    def swaps(self) -> list[Swap]:
        """Devices that kept their name and place in the design and changed their part."""
        both = (
            self._a["devices"]
            .join(self._b["devices"].select("name", b="part"), on="name", maintain_order="left")
            .filter(pl.col("part") != pl.col("b"))
        )
        rows = both.group_by(["part", "b"], maintain_order=True).agg(pl.len(), pl.col("name").first())
        return [Swap(*row) for row in rows.iter_rows()]

    @cached_property
    def bom(self) -> pl.DataFrame:
        """part, description, a, b of bought lines whose quantity differs (0: not there)."""
        sides = [
            t["bom"]
            .filter(pl.col("level") == 0)
            .group_by("part", maintain_order=True)
            .agg(pl.col("description").first(), pl.col("quantity").sum().alias(name))
            for t, name in ((self._a, "a"), (self._b, "b"))
        ]
        rows = sides[0].join(sides[1], on="part", how="full", coalesce=True, maintain_order="left_right")
        quantities = rows.select("part", pl.coalesce("description", "description_right").alias("description"), pl.col("a", "b").fill_null(0.0))
        return quantities.filter((pl.col("a") - pl.col("b")).abs() > 1e-9)

    def findings(self, side: str) -> pl.DataFrame:
        """code, severity, name, rows, subject, message of findings that only A (`removed`) or only B (`added`) has, a row per code.

        Severity is `waived` for those that a waiver accepts; subject and message are of the row farthest from its limit.
        """
        if "findings" not in self.tables:
            return self._a["findings"].clear().select("severity", "code", "name", rows=pl.len().cast(pl.UInt32), subject="subject", message="message")
        rows = self.tables["findings"].added if side == "added" else self.tables["findings"].removed
        rows = rows.with_columns(severity=pl.when(pl.col("waiver").is_null()).then("severity").otherwise(pl.lit("waived")))
        rows = rows.sort((pl.col("value") - pl.col("limit")).abs(), descending=True, nulls_last=True, maintain_order=True)
        return rows.group_by(["severity", "code", "name"], maintain_order=True).agg(pl.len().alias("rows"), pl.col("subject", "message").first())


def diff(a: Tables, b: Tables) -> Diff:
    """What changes from `a` to `b`. Ids and source lines do not count, only names and values."""
    found = renames(a, b)
    back = renamed(b, found)
    written = {*a, *b, "findings"}
    pair = Pair(a, back)
    tables = {n: _table(*pair.named(n)) for n in named_tables() if n in written and n not in _IN_CELLS and not pair.is_shared(n)}
    if not a[diff_cables.TABLE].is_empty() or not back[diff_cables.TABLE].is_empty():
        tables[diff_cables.TABLE], rewiring = _cables(a, back)
        return Diff(found, tables, a, back, rewiring)
    return Diff(found, tables, a, back)


def _cables(a: Tables, b: Tables) -> tuple[TableDiff, Rewiring]:
    """Cables by key; rows that differ by the name of their cable; and what that means for those who pull them."""
    added, removed, differs = diff_cables.compare(diff_cables.rows(a), diff_cables.rows(b))
    other = differs.filter(pl.col("part") | pl.col("length_stock_mm"))["at"]
    rewiring = rewired(a, b, removed["at"], added["at"], other)
    one, two = diff_cables.named(a, differs["at"]), diff_cables.values(b, differs["at_b"])
    pieces = [
        pl.DataFrame({KEY: one[KEY], "column": pl.repeat(c, one.height, eager=True), "a": one[c].cast(pl.String), "b": two[c].cast(pl.String)})
        .with_row_index("_order").filter(differs[c])
        for c in diff_cables.VALUES
    ]  # fmt: skip
    changed = pl.concat(pieces).sort("_order", maintain_order=True).drop("_order")
    return TableDiff(diff_cables.named(b, added["at"]), diff_cables.named(a, removed["at"]), changed), rewiring


def _table(a: pl.DataFrame, b: pl.DataFrame) -> TableDiff:
    both = a.with_row_index("_order").join(b, on=KEY, suffix="|b", maintain_order="left")
    differs = both.select(_differs(c, a.schema[c]).alias(c) for c in a.columns[1:])
    pieces = [
        both.filter(differs[c]).select(
            "_order", KEY, pl.lit(c).alias("column"), pl.col(c).cast(pl.String).alias("a"), pl.col(f"{c}|b").cast(pl.String).alias("b")
        )
        for c in differs.columns
        if differs[c].any()
    ]
    changed = pl.concat(pieces).sort("_order", maintain_order=True).drop("_order") if pieces else pl.DataFrame(schema=_CHANGED)
    return TableDiff(b.join(a, on=KEY, how="anti", maintain_order="left"), a.join(b, on=KEY, how="anti", maintain_order="left"), changed)


def _differs(column: str, kind: pl.DataType) -> pl.Expr:
    """Whether A and B say something else in that column."""
    one, two = pl.col(column), pl.col(f"{column}|b")
    if kind != pl.Float64:
        return ~one.eq_missing(two)
    near = (one - two).abs() <= TOLERANCE * pl.max_horizontal(one.abs(), two.abs())
    return ~(one.eq_missing(two) | near.fill_null(value=False))


def _figures(a: pl.DataFrame, b: pl.DataFrame) -> Iterator[Figure]:
    rows = a.join(b, on="key", how="full", coalesce=True, suffix="_b", maintain_order="left_right")
    for r in rows.iter_rows(named=True):
        old, new = r["value"], r["value_b"]
        topic, title, unit = r["topic"] or r["topic_b"], r["title"] or r["title_b"], r["unit"] or r["unit_b"]
        if old is None or new is None:
            if old is not None or new is not None:
                yield Figure(topic, title, r["text"] or "", r["text_b"] or "", "", None)
        elif abs(new - old) > TOLERANCE * max(abs(old), abs(new)):
            yield Figure(topic, title, r["text"], r["text_b"], _signed(new - old, unit, r["text_b"]), 100 * (new - old) / abs(old) if old else None)


def _signed(value: float, unit: str, like: str) -> str:
    """A difference in the unit that `like` is shown in, so that the three columns of a line can be compared."""
    sign, size = "+" if value > 0 else "-", abs(value)
    if unit == "USD":
        return f"{sign}${size:,.0f}"
    if unit == "1":
        return f"{sign}{figure(100 * size)} points"
    word = like.rpartition(" ")[2]
    if unit in DIMENSIONS and word in units_of(unit):
        return f"{sign}{figure(size / parse(f'1 {word}', unit).value)} {word}"
    return sign + show(size, unit).removesuffix(" pcs")
