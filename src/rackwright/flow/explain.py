"""Where a value comes from: every input with its origin, or one row walked back to the stage, the spec line and the part facts behind it."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from rackwright.base.spans import Span
from rackwright.export.only import UnknownNameError, is_cable
from rackwright.flow.explain_cable import CableStory, row_of, story
from rackwright.flow.manifest import PackageError
from rackwright.flow.names import KEY, UNCOMPARED, keys, named, named_tables
from rackwright.flow.routes import RouteStep, route_steps
from rackwright.schema.tables import Tables, table_schema

_MOST_INPUTS = 40
CABLES = "fabric_cables"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row: column, value as text, unit, the stage that wrote it, what it means."""

    column: str
    text: str
    unit: str
    stage: str
    description: str


@dataclass(frozen=True, slots=True)
class Input:
    """One spec input: path, value as people read it, who decided it, where, what it means."""

    path: str
    text: str
    origin: str
    span: Span
    description: str


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact of a part behind a row."""

    part: str
    fact: str
    text: str
    confidence: str
    source: str
    date: str
    note: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One row walked back. `users` counts the rows of each table that the same place of the spec caused, `route` is the way of a cable between racks
    through the trays, `cable` what else there is to tell of it.
    """

    table: str
    key: str
    cells: list[Cell]
    span: Span
    path: str
    inputs: list[Input]
    facts: list[FactLine]
    users: list[tuple[str, int]]
    route: list[RouteStep]
    cable: CableStory | None


def inputs(t: Tables, under: str = "") -> list[Input]:
    """Every spec input, or those at and below one spec path, in spec order."""
    rows = t["inputs"]
    if under:
        rows = rows.filter((pl.col("path") == under) | pl.col("path").str.starts_with(f"{under}."))
    joined = rows.join(t["spans"].rename({"path": "_path"}), on="src", how="left", maintain_order="left")
    return [Input(r["path"], r["text"], r["origin"], _span(r), r["description"]) for r in joined.iter_rows(named=True)]


def explain(t: Tables, row: str) -> Explanation:
    """One row: `inputs:PATH`, `devices:compute-07`, `cables:LABEL`, a bare spec path, or a bare name (or label) that some table has.

    Raises:
        PackageError: no such table or row; the message names near ones.
    """
    table, number = _find(t, row)
    raw = t[table].row(number, named=True)
    # of a table that grows with the campus only the row itself is named
    shown = (named(t.put({CABLES: t[CABLES][number : number + 1]}), CABLES) if table == CABLES else named(t, table)[number]).row(0, named=True)
    src = _src(t, table, raw)
    place = t["spans"].filter(pl.col("src") == src)
    span, path = (_span(place.row(0, named=True)), str(place["path"][0])) if place.height else (Span("", 1, 1, 1, 1), "")
    root = str(raw["path"]) if table == "inputs" else path
    way, cable = (route_steps(t, int(raw["path_id"])), story(t, number)) if table == CABLES else ([], None)
    asked = inputs(t, root)[:_MOST_INPUTS] if root else []
    return Explanation(table, str(shown[KEY]), _cells(table, raw, shown), span, path, asked, _facts(t, raw, cable), _users(t, root), way, cable)


def _span(r: dict[str, object]) -> Span:
    if r.get("file") is None:
        return Span("", 1, 1, 1, 1)
    line, column, end_line, end_column = (int(str(r[k])) for k in ("line", "column", "end_line", "end_column"))
    return Span(str(r["file"]), line, column, end_line, end_column)


def _find(t: Tables, row: str) -> tuple[str, int]:
    """Table and row number that `row` stands for."""
    table, colon, key = row.partition(":")
    if colon and table in (*named_tables(), *UNCOMPARED):
        if table in UNCOMPARED:
            raise PackageError(f"rows of `{table}` have no names; `rackwright show DIR {table}` prints them")
        return table, _number(t, table, key)
    if row in t["inputs"]["path"]:
        return "inputs", t["inputs"]["path"].to_list().index(row)
    if t[CABLES].height and is_cable(row):
        return CABLES, _cable(t, row)
    for name in ("devices", "chips", "ports", "cables", "parts", "summary"):
        found = named(t, name)[KEY]
        if row in found:
            return name, found.to_list().index(row)
    below = t["inputs"].with_row_index().filter(pl.col("path").str.starts_with(f"{row}."))
    if below.height:
        return "inputs", int(below["index"][0])
    if colon and " " not in table:
        raise PackageError(f"there is no table `{table}`{_meant(table, list(named_tables()))}")
    known = [*t["inputs"]["path"], *t["devices"]["name"]]
    raise PackageError(f"`{row}` is neither a spec path nor a name in this design{_meant(row, known)}; write PATH or TABLE:NAME")


def _number(t: Tables, table: str, key: str) -> int:
    if table == CABLES:
        return int(key) if key.isdigit() and int(key) < t[table].height else _cable(t, key)  # a link by its number; keys of cables are far larger
    found = named(t, table)[KEY].to_list()
    if key in found:
        return found.index(key)
    if table == "cables" and "--" in key and "--".join(sorted(key.split("--"))) in found:
        return found.index("--".join(sorted(key.split("--"))))
    wanted = " and ".join(f"`{k}`" for k in keys(table))
    raise PackageError(f"`{table}` has no row `{key}`{_meant(key, found)}; its rows are named by {wanted}")


def _cable(t: Tables, name: str) -> int:
    """The row of `fabric_cables` of a name; `KEY LEG` as `diff` writes it too."""
    key, _, leg = name.partition(" ")
    if key.isdigit() and leg.isdigit():
        found = t[CABLES].select(pl.arg_where((pl.col("key") == pl.lit(int(key), pl.UInt64)) & (pl.col("leg") == int(leg)))).to_series()
        if found.len():
            return int(found[0])
    try:
        return row_of(t, name)
    except UnknownNameError as fault:
        what = f"nothing stands at `{fault.name}`" if fault.kind == "end" else f"there is no cable `{fault.name}`"
        told = _meant(fault.name, fault.known)
        raise PackageError(f"{what}{told}; a cable is its number, its key or its label RACK-UNIT:PORT--RACK-UNIT:PORT") from None


def _meant(word: str, known: list[str]) -> str:
    close = get_close_matches(word, known, 3, 0.6)
    return f"; did you mean {' or '.join(f'`{c}`' for c in close)}?" if close else ""


def _src(t: Tables, table: str, raw: dict[str, object]) -> int:
    """The row's own source, else that of the first row it points at that has one (a chip: its device's)."""
    if "src" in raw:
        return int(str(raw["src"]))
    for column in table_schema(table).columns:
        if column.ref and raw[column.name] is not None and column.ref.split(".")[0] != table:
            other, key = column.ref.split(".")
            rows = t[other].filter(pl.col(key) == raw[column.name])
            if rows.height:
                return _src(t, other, rows.row(0, named=True))
    return 0


def _cells(table: str, raw: dict[str, object], shown: dict[str, object]) -> list[Cell]:
    made = []
    for c in table_schema(table).columns:
        name = c.name if c.name in shown else c.name.removesuffix("_id")
        if name in shown and raw[c.name] is not None and c.name != "src":
            made.append(Cell(name, _text(shown[name]), c.unit, c.origin, c.description))
    return made


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _facts(t: Tables, raw: dict[str, object], cable: CableStory | None) -> list[FactLine]:
    """Facts of the row's part, or of the part of the device it belongs to."""
    part = cable.part if cable else raw.get("part")
    if part is None and raw.get("device_id") is not None:
        part = t["devices"].filter(pl.col("device_id") == raw["device_id"])["part"][0]
    if part is None and "/" in str(raw.get("text", "")):
        part = raw["text"]
    rows = t["part_facts"].filter(pl.col("part") == part) if part is not None else t["part_facts"].clear()
    return [
        FactLine(str(part), *r) for r in rows.select("fact", "text", "confidence", "source", "source_date", pl.col("note").fill_null("")).iter_rows()
    ]


def _users(t: Tables, path: str) -> list[tuple[str, int]]:
    """Rows per table whose place in the spec is at or below `path`."""
    if not path:
        return []
    here = t["spans"].filter((pl.col("path") == path) | pl.col("path").str.starts_with(f"{path}."))["src"]
    counted = [(n, t[n].filter(pl.col("src").is_in(here.implode())).height) for n in named_tables() if n != "inputs" and "src" in t[n].columns]
    return [(n, count) for n, count in counted if count]
