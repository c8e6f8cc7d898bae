"""The power chain of a package as its CSV tables stand, also where somebody edited them or they came from elsewhere.

First the tables are held against their schema, row by row; then rules look at the chain as it is drawn (islands, loops, nothing for impedance); only
a chain without such errors is solved, and judged by all others. Other tables of the package are those of its build.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rackwright.flow import manifest as man
from rackwright.flow import store
from rackwright.flow.manifest import Manifest, PackageError
from rackwright.flow.names import references
from rackwright.rules.rule import all_rules, judge
from rackwright.schema.tables import Column, Tables, table_schema
from rackwright.sim.power import supply_study
from rackwright.sim.power.supply_tables import CHAIN

_SHOWN = 8
_NUMBERED = ("supply_branches", "supply_feeds")
"""Tables whose ids nothing else of the chain names: gaps are closed."""

_TREE = {"supply_branches", "supply_nodes"}
_SAME = 1e-4
"""How far, relative, a feed's phases may be from its load: tables that people write are rounded."""
_ABOVE_0 = ("breaker_a", "current_rated_a", "power_factor", "power_rated_va", "voltage_nominal_v")


@dataclass(frozen=True, slots=True)
class Judged:
    """Tables with their `findings`, which of the chain's tables are not those of the build, and whether the chain was solved."""

    tables: Tables
    manifest: Manifest
    edited: tuple[str, ...]
    is_solved: bool


def judged(folder: Path, as_of: str) -> Judged:
    """The chain of a package on the day `as_of`.

    Raises:
        PackageError: no package, one without a chain, or tables that are none: with file, line, column and value.
    """
    about = man.load(folder)
    edited = tuple(name for name in CHAIN if _is_edited(folder, about, name))
    rules = [r for r in all_rules() if r.check is not None and set(r.reads) & {*CHAIN, *supply_study.BUILT_WRITES} and "findings" not in r.reads]
    wanted = {n for r in rules for n in r.reads} | {*supply_study.BUILT, "spans", "inputs", "waivers"} | {n for c in CHAIN for n in references(c)}
    t = store.read(folder, sorted(wanted - set(edited))).tables
    t = _put(folder, t, edited)
    if t["supply_nodes"].is_empty():
        raise PackageError(f"`{folder}` has no power chain; `check` of a package judges that of a hall with `power:`, and of a spec all the rest")
    # A chain that is no tree is followed by nobody: its own rules come first.
    first = judge(t, [r for r in rules if set(r.reads) <= _TREE], as_of)
    if "error" in first["severity"]:
        return Judged(t.put({"findings": first}), about, edited, is_solved=False)
    t = t.put(supply_study.built(t))
    return Judged(t.put({"findings": judge(t, rules, as_of)}), about, edited, is_solved=True)


def _is_edited(folder: Path, about: Manifest, name: str) -> bool:
    entry, file = about.entry(f"tables/{name}.csv"), folder / "tables" / f"{name}.csv"
    try:
        return entry is not None and man.digest(file.read_bytes()) != entry.sha256
    except OSError as fault:
        raise PackageError(f"cannot read `{file}`: {fault.strerror or fault}") from None


def _put(folder: Path, t: Tables, edited: tuple[str, ...]) -> Tables:
    """The tables with those that were edited, all of the chain held against the schema."""
    wrong: list[str] = []
    frames = {}
    for name in edited:
        frames[name], found = _read(folder / "tables" / f"{name}.csv", name)
        wrong += found
    if not wrong:
        t = t.put(frames)
        for name in CHAIN if edited else ():
            wrong += _wrong(folder / "tables" / f"{name}.csv", t, name)
    if wrong:
        more = f"\n... and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise PackageError("\n".join(wrong[:_SHOWN]) + more)
    keys = {name: table_schema(name).keys[0] for name in edited}
    ordered = {name: t[name].sort(table_schema(name).keys) for name in edited}
    again = {name: rows.with_columns(pl.int_range(pl.len(), dtype=pl.Int32).alias(keys[name])) for name, rows in ordered.items() if name in _NUMBERED}
    return t.put({**ordered, **again})


def _read(file: Path, name: str) -> tuple[pl.DataFrame, list[str]]:
    """A CSV as table `name`, and what cannot be read in it."""
    schema = table_schema(name)
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            cells: list[list[str]] = list(csv.reader(text))
            head, lines = (cells[0], cells[1:]) if cells else ([], [])
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        return pl.DataFrame(schema=schema.dtypes()), [f"cannot read `{file}`: {fault}"]
    names = [c.name for c in schema.columns]
    if len(head) == 1 and (sign := next((s for s in ";\t|" if s in head[0]), "")):
        return pl.DataFrame(schema=schema.dtypes()), [f"`{file}:1`: cells are parted by {sign!r} where a comma is wanted; save it as CSV with commas"]
    if sorted(head) != sorted(names):
        lost, new = (", ".join(f"`{x}`" for x in a if x not in b) for a, b in ((names, head), (head, names)))
        said = "; ".join(x for x in (f"no column {lost}" if lost else "", f"unknown {new}" if new else "") if x) or "a column stands twice"
        return pl.DataFrame(schema=schema.dtypes()), [f"`{file}`: {said}; the columns of this table stand in docs/reference/tables.md"]
    short = [f"`{file}:{i}`: {len(line)} cells where the head has {len(head)}" for i, line in enumerate(lines, 2) if len(line) != len(head)]
    if short:
        return pl.DataFrame(schema=schema.dtypes()), short
    made, wrong = [], []
    for column in schema.columns:
        at = head.index(column.name)
        raw = pl.Series(column.name, [line[at] or None for line in lines], dtype=pl.String)
        own = raw.replace_strict({"true": True, "false": False}, default=None) if column.dtype == "bool" else raw.cast(column.polars, strict=False)
        lost_at = raw.is_not_null() & own.is_null()
        kind = {"i32": "a whole number", "f64": "a number", "bool": "true or false"}.get(column.dtype, column.dtype)
        wrong += [f"`{file}:{i + 2}`: `{column.name}` is `{lines[i][at]}`, not {kind}" for i in lost_at.arg_true().to_list()]
        made.append(own.cast(column.polars).alias(column.name))
    return pl.DataFrame(made), wrong


def _wrong(file: Path, t: Tables, name: str) -> list[str]:
    """Rows that break the schema, by column, with their lines."""
    schema, rows = table_schema(name), t[name]
    found = [
        f"`{file}:{i + 2}`: `{c.name}` {said}"
        for c in schema.columns
        for bad, said_of in _columns(c, t, rows[c.name])
        for i in bad.fill_null(value=False).arg_true().to_list()
        for said in [said_of.format(rows[c.name][i])]
    ]
    twice = rows.select(schema.keys).is_duplicated()
    found += [f"`{file}:{i + 2}`: {'+'.join(schema.keys)} stands twice" for i in twice.arg_true().to_list()]
    if name == "supply_feeds":
        found += [*_unlike(file, rows), *_short(file, rows, t["hall_racks"])]
    key = schema.keys[0]
    is_numbered = name not in (*_NUMBERED, "supply_places")
    if is_numbered and not found and rows[key].sort().to_list() != list(range(rows.height)):
        found.append(f"`{file}`: `{key}` has gaps in its {rows.height} rows; number them from 0 on")
    return found


def _unlike(file: Path, feeds: pl.DataFrame) -> list[str]:
    """Feeds whose phases are not their load."""
    whole, phases = feeds["power_w"], feeds.select(pl.sum_horizontal("power_l1_w", "power_l2_w", "power_l3_w"))["power_l1_w"]
    unlike = (feeds["power_l1_w"].is_not_null() & ((phases - whole).abs() > _SAME * whole.clip(1.0))).fill_null(value=False)
    return [
        f"`{file}:{i + 2}`: `power_l1_w` to `power_l3_w` add up to {phases[i]:,.1f} W, and `power_w` is {whole[i]:,.1f} W"
        for i in unlike.arg_true().to_list()
    ]


def _short(file: Path, feeds: pl.DataFrame, racks: pl.DataFrame) -> list[str]:
    """Racks whose feeds together do not take what the rack does; racks on no feed are told by a rule."""
    sums = feeds.with_row_index().group_by("rack_id", maintain_order=True).agg(pl.col("index").first(), pl.len(), pl.col("power_design_w").sum())
    own = sums.join(racks.select("rack_id", "name", "power_w"), on="rack_id")
    own = own.filter((pl.col("power_design_w") - pl.col("power_w")).abs() > _SAME * pl.col("power_w").clip(1.0))
    return [
        f"`{file}:{i + 2}`: the {n} feeds of rack `{name}` take {told:,.1f} W (`power_design_w`), and the rack {power:,.1f} W; is a feed missing?"
        for i, n, told, name, power in own.select("index", "len", "power_design_w", "name", "power_w").iter_rows()
    ]


def _columns(c: Column, t: Tables, values: pl.Series) -> Iterator[tuple[pl.Series, str]]:
    if c.is_required:
        yield values.is_null(), "is empty"
    if c.dtype == "f64":
        yield ~values.is_finite(), "is {}, not a number"
    if c.minimum is not None:
        yield values < c.minimum, f"is {{}}, below {c.minimum:g}"
    if c.name in _ABOVE_0:
        yield values == 0, "is {}, and must be above 0"
    if c.maximum is not None:
        yield values > c.maximum, f"is {{}}, above {c.maximum:g}"
    if c.enum:
        yield values.is_not_null() & ~values.is_in(list(c.enum)), f"is `{{}}`, not one of {', '.join(c.enum)}"
    if c.ref:
        table, key = c.ref.split(".")
        yield values.is_not_null() & ~values.is_in(t[table][key].implode()), f"is {{}}, and `{table}` has no such row"
