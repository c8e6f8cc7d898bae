"""Tables described by data: `tables/<name>.csv` gives columns, types, units, keys and ranges; nothing else restates them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any, TypeVar

import polars as pl

from rackwright.schema.parts import Ask, Part, Parts

T = TypeVar("T")
DTYPES: dict[str, type[pl.DataType]] = {
    "i32": pl.Int32,
    "i64": pl.Int64,
    "i16": pl.Int16,
    "u8": pl.UInt8,
    "u64": pl.UInt64,
    "f32": pl.Float32,
    "f64": pl.Float64,
    "str": pl.String,
    "bool": pl.Boolean,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one table, as its CSV row says."""

    name: str
    dtype: str
    unit: str
    is_key: bool
    is_required: bool
    default: str
    minimum: float | None
    maximum: float | None
    enum: tuple[str, ...]
    ref: str
    origin: str
    description: str

    @property
    def polars(self) -> type[pl.DataType]:
        """The Polars type of the column."""
        return DTYPES[self.dtype]


@dataclass(frozen=True, slots=True)
class TableSchema:
    """Name and columns of one table, in their order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def keys(self) -> list[str]:
        """Names of the key columns."""
        return [c.name for c in self.columns if c.is_key]

    def dtypes(self) -> dict[str, type[pl.DataType]]:
        """Polars schema of the table."""
        return {c.name: c.polars for c in self.columns}


def _number(text: str) -> float | None:
    return float(text) if text else None


@cache
def table_names() -> tuple[str, ...]:
    """Every table there is, by scanning the folder."""
    folder = resources.files("rackwright.schema").joinpath("tables")
    return tuple(sorted(p.name.removesuffix(".csv") for p in folder.iterdir() if p.name.endswith(".csv")))


@cache
def table_schema(name: str) -> TableSchema:
    """The schema of one table. Raises KeyError for a name that is no table."""
    path = resources.files("rackwright.schema").joinpath("tables", f"{name}.csv")
    if not path.is_file():
        raise KeyError(name)
    columns = [
        Column(
            r["column"],
            r["dtype"],
            r["unit"],
            r["key"] == "1",
            r["required"] == "1",
            r["default"],
            _number(r["min"]),
            _number(r["max"]),
            tuple(r["enum"].split("|")) if r["enum"] else (),
            r["ref"],
            r["origin"],
            r["description"],
        )
        for r in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    ]
    return TableSchema(name, tuple(columns))


@cache
def empty(name: str) -> pl.DataFrame:
    """A table of that name without rows; the same one each time."""
    return pl.DataFrame(schema=table_schema(name).dtypes())


def frame(name: str, data: Mapping[str, object] | Sequence[Mapping[str, object]] | pl.DataFrame) -> pl.DataFrame:
    """`data` (columns, rows or a frame) as table `name`: every column present, typed and in order; missing ones get their default.

    Raises:
        ValueError: a column the schema does not know (ours to fix, never the user's).
    """
    schema = table_schema(name)
    known = schema.dtypes()
    if isinstance(data, pl.DataFrame):
        raw = data
    elif not data:
        return empty(name)
    elif isinstance(data, Mapping):
        raw = pl.DataFrame(data, schema_overrides={k: v for k, v in known.items() if k in data}, strict=False)
    else:
        names = {k for row in data for k in row}
        raw = pl.DataFrame(list(data), schema={c: t for c, t in known.items() if c in names} or known, strict=False)
        unknown = names - set(known)
        if unknown:
            raise ValueError(f"table `{name}` has no column {sorted(unknown)}")
    given = set(raw.columns)
    unknown = given - set(known)
    if unknown:
        raise ValueError(f"table `{name}` has no column {sorted(unknown)}")
    if not given:
        return empty(name)
    made = []  # column by column: a select of as many expressions takes several times as long for the small tables most are
    for c in schema.columns:
        if c.name in given:
            own = raw.get_column(c.name)
            made.append(own if own.dtype == c.polars else own.cast(c.polars))
        else:
            made.append(_default(c).new_from_index(0, raw.height))
    return pl.DataFrame(made)


@cache
def _default(column: Column) -> pl.Series:
    """The default of a column, in one row."""
    text, value = column.default, None
    if text:
        value = text == "true" if column.dtype == "bool" else text if column.dtype == "str" else float(text)
    return pl.Series(column.name, [value]).cast(column.polars)


_LOOKED_UP = {"_by_fact": "part_facts", "_values": "part_facts", "_inputs": "inputs"}  # properties of `Tables`, by the table they stand for


class Tables(Mapping[str, pl.DataFrame]):
    """A design: frames by table name. Immutable; `put` gives a new one. A table nobody wrote yet reads as empty.

    A table may lie in parts, which are put together when it is first looked at as a whole.
    """

    def __init__(self, frames: Mapping[str, pl.DataFrame | Parts] | None = None) -> None:
        self._frames = dict(frames or {})
        self._derived: dict[object, Any] = {}

    def __getitem__(self, name: str) -> pl.DataFrame:
        found = self._frames.get(name)
        return empty(name) if found is None else found.whole() if isinstance(found, Parts) else found

    def frames(self) -> dict[str, pl.DataFrame | Parts]:
        """Every table as it lies."""
        return dict(self._frames)

    def parts(self, name: str) -> Parts:
        """A table in its parts; one where it does not lie in several."""
        found = self._frames.get(name)
        if isinstance(found, Parts):
            return found
        made = Parts([Part(self[name], self[name].height)])
        if found is not None:
            self._frames[name] = made
        return made

    def columns(self, name: str, *columns: str) -> pl.DataFrame:
        """Some columns of a table: who looks at these alone need not look again when others change."""
        return self[name][list(columns)]

    def inputs_of(self, section: str) -> pl.DataFrame:
        """Rows of `inputs` at a path or below it."""
        path = pl.col("path")
        return self["inputs"].filter((path == section) | path.str.starts_with(f"{section}."))

    def asked(self, name: str, ask: Ask[T]) -> list[T]:
        """Answers of the parts of a table to a question."""
        return self.parts(name).ask(ask, tuple(self[other] for other in ask.of), lambda: self.derived(ask.context))

    def derived(self, make: Callable[[Tables], T]) -> T:
        """What `make` makes of these tables, once: who asks for the same again, by the same function, shares it."""
        if make not in self._derived:
            self._derived[make] = make(self)
        found: T = self._derived[make]
        return found

    def height(self, name: str) -> int:
        """How many rows a table has."""
        found = self._frames.get(name)
        return found.height if found is not None else 0

    def __contains__(self, name: object) -> bool:
        """Whether the table was written; one that was not can be read all the same, and reading it writes nothing."""
        return name in self._frames

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._frames))

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, frames: Mapping[str, pl.DataFrame | Parts]) -> Tables:
        """The same design with some tables written anew."""
        made = Tables({**self._frames, **frames})
        vars(made).update({name: vars(self)[name] for name, of in _LOOKED_UP.items() if name in vars(self) and of not in frames})
        return made

    def input(self, path: str) -> float:
        """Number of one spec input in base units; NaN where the spec leaves it open. Raises KeyError for a path that is no input."""
        value = self._inputs[path][0]
        return float("nan") if value is None else value

    def input_text(self, path: str) -> str:
        """Text of one spec input. Raises KeyError for a path that is no input."""
        return self._inputs[path][1]

    def input_src(self, path: str) -> int:
        """Where one spec input was written (or would be). Raises KeyError for a path that is no input."""
        return self._inputs[path][2]

    def asks(self, path: str) -> bool:
        """Whether the spec has that input."""
        return path in self._inputs

    def facts(self, fact: str) -> pl.DataFrame:
        """`part` and `value` of one fact for every part that has it (joins onto any table with a `part`)."""
        parts, values = self._by_fact.get(fact, ([], []))
        return pl.DataFrame({"part": parts, fact: values}, schema={"part": pl.String, fact: pl.Float64})

    def facts_of(self, parts: pl.Series, *facts: str) -> pl.DataFrame:
        """`part` and the values of some facts for each different one of some parts, null where they are not known: all that one join needs."""
        each = parts.drop_nulls().unique().alias("part")
        return pl.DataFrame([each, *(self.fact_of(each, fact) for fact in facts)])

    def fact_of(self, parts: pl.Series, fact: str) -> pl.Series:
        """Value of one numeric fact for each of some parts, null where it is not known; named `fact`."""
        return pl.Series(fact, [self._values.get((part, fact)) for part in parts.to_list()], dtype=pl.Float64)

    def fact(self, part: str, fact: str) -> float | None:
        """Value of one numeric fact of one part in base units, or None where the catalogue does not know it."""
        return self._values.get((part, fact))

    @cached_property
    def _by_fact(self) -> dict[str, tuple[list[str], list[float | None]]]:
        found: dict[str, tuple[list[str], list[float | None]]] = {}
        for part, fact, value in self["part_facts"].select("part", "fact", "value").iter_rows():
            parts, values = found.setdefault(fact, ([], []))
            parts.append(part)
            values.append(value)
        return found

    @cached_property
    def _inputs(self) -> dict[str, tuple[float | None, str, int]]:
        return {path: (value, text, src) for path, value, text, src in self["inputs"].select("path", "value", "text", "src").iter_rows()}

    @cached_property
    def _values(self) -> dict[tuple[str, str], float | None]:
        return {(part, fact): value for part, fact, value in self["part_facts"].select("part", "fact", "value").iter_rows()}
