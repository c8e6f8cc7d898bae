"""`rackwright diff A B`."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated

import typer

from rackwright.cli import designs, options, rows, screen

if TYPE_CHECKING:
    import polars as pl

    from rackwright.flow.diff import Diff

_MOST = 12
_LEAST_PERCENT = 0.05
_MARKS = {"added": "+", "removed": "-", "changed": "~"}


def run(
    a: Annotated[str, typer.Argument(metavar="A", help="Package folder or spec (SPEC@VARIANT).")],
    b: Annotated[str, typer.Argument(metavar="B", help="The other one.")],
    table: Annotated[str | None, typer.Option("--table", metavar="NAME", help="Print the rows of one table that differ.")] = None,
    format: options.PlainFormat = options.TextFormat.TEXT,
) -> int:
    """Tell what changes from one design to another.

    Key figures, parts, findings, names and rows, by name: a renamed tray is one change. Exit 0 if nothing changes, 1 if something does, 2 on trouble.
    """
    from rackwright.base.findings import DesignError
    from rackwright.flow.diff import diff
    from rackwright.flow.names import named_tables

    if table is not None and table not in named_tables():
        raise screen.UsageError(f"there is no table `{table}` to compare{rows.meant(table, named_tables())}")
    try:
        one, two = designs.open_two(a, b)
    except DesignError as fault:
        from rackwright.cli.formats import render

        screen.note(render("text", fault.findings, designs.spec_sources(())))
        return 2
    found = diff(one.tables, two.tables)
    if format is options.TextFormat.JSON:
        screen.out(json.dumps(_data(found, a, b, table), indent=1, ensure_ascii=False) + "\n")
    elif table is not None:
        screen.out(_rows(found, table))
    else:
        screen.out(_page(found, a, b))
    return int(not found.is_empty)


def _page(found: Diff, a: str, b: str) -> str:
    if found.is_empty:
        return f"{screen.clean(a)} and {screen.clean(b)} are the same design\n"
    parts = [f"A  {screen.paint(screen.clean(a), 'bold')}\nB  {screen.paint(screen.clean(b), 'bold')}\n"]
    parts += [text for text in (_figures(found), _cables(found), _parts(found), _findings(found), _renames(found), _counts(found)) if text]
    return "\n".join(parts)


def _figures(found: Diff) -> str:
    if not found.figures:
        return "No key figure changes.\n"
    lines: list[tuple[str, ...]] = []
    told = [f for f in found.figures if f.percent is None or abs(f.percent) >= _LEAST_PERCENT]
    for topic in dict.fromkeys(f.topic for f in told):
        mine = [f for f in told if f.topic == topic]
        lines += [(topic if i == 0 else "", f.title, f.a or "-", f.b or "-", f.delta, _percent(f.percent)) for i, f in enumerate(mine)]
    text = screen.table(("What changes", "", "A", "B", "B - A", ""), lines, right=(False, False, True, True, True, True))[0] if lines else ""
    rest = len(found.figures) - len(told)
    return text + (f"{rest} key figure{'s' * (rest > 1)} change{'s' * (rest == 1)} by less than {_LEAST_PERCENT} %\n" if rest else "")


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:+.1f} %" if abs(value) < 1000 else f"{value:+,.0f} %"


def _cables(found: Diff) -> str:
    r = found.rewiring
    return f"{screen.paint('Cables between racks', 'bold')}  {r}\n" if r and (r.new or r.removed or r.moved or r.recut) else ""


def _parts(found: Diff) -> str:
    lines = [f"{screen.paint('~', 'changed')} {s.a} -> {s.b}  {s.count} x ({s.first}{', ...' if s.count > 1 else ''})" for s in found.swaps]
    gone = {p for s in found.swaps for p in (s.a, s.b)}
    for part, text, a, b in found.bom.iter_rows():
        if part in gone:
            continue
        mark = "added" if a == 0 else "removed" if b == 0 else "changed"
        lines.append(f"{screen.paint(_MARKS[mark], mark)} {part}  {a:g} -> {b:g}  {screen.clean(text)}")
    return _section("Parts", lines)


def _findings(found: Diff) -> str:
    lines = []
    for side, word in (("added", "new"), ("removed", "gone")):
        for r in found.findings(side).iter_rows(named=True):
            more = f" (and {r['rows'] - 1:,} more)" if r["rows"] > 1 else ""
            lines.append(f"{screen.paint(_MARKS[side], side)} {word} {r['severity']}[{r['code']}] {r['name']}: {screen.clean(r['message'])}{more}")
    return _section("Findings", lines)


def _renames(found: Diff) -> str:
    return _section("Renamed", [f"{r}{f'  ({r.count} devices)' if r.is_group else ''}" for r in found.renames])


def _section(title: str, lines: list[str]) -> str:
    if not lines:
        return ""
    more = [f"... and {len(lines) - _MOST:,} more: --format json"] if len(lines) > _MOST else []
    return "\n".join([screen.paint(title, "bold"), *(f"  {line}" for line in [*lines[:_MOST], *more])]) + "\n"


def _counts(found: Diff) -> str:
    lines = [(n, f"+{d.added.height:,}", f"-{d.removed.height:,}", f"~{d.rows_changed:,}") for n, d in found.tables.items() if not d.is_empty]
    if not lines:
        return ""
    pieces = [f"{n} {' '.join(c for c in counts if c[1:] != '0')}" for n, *counts in lines]
    return f"{screen.paint('Rows', 'bold')} (--table NAME prints them)\n  " + _filled(pieces) + "\n"


def _filled(pieces: list[str]) -> str:
    import textwrap

    glued = [p.replace(" ", "\0") for p in pieces]
    lines = textwrap.wrap("  ".join(glued), 100, break_long_words=False, break_on_hyphens=False)
    return "\n  ".join(line.replace("\0", " ") for line in lines)


def _rows(found: Diff, table: str) -> str:
    d = found.tables[table]
    lines = [f"{screen.paint('-', 'removed')} {screen.clean(k)}" for k in d.removed["_key"]]
    lines += [f"{screen.paint('+', 'added')} {screen.clean(k)}" for k in d.added["_key"]]
    lines += [
        f"{screen.paint('~', 'changed')} {screen.clean(k)}  {column}: {screen.cell(a) or 'nothing'} -> {screen.cell(b) or 'nothing'}"
        for k, column, a, b in d.changed.iter_rows()
    ]
    return "".join(f"{line}\n" for line in lines)


def _data(found: Diff, a: str, b: str, table: str | None) -> dict[str, object]:
    """Everything as plain data; `table` leaves only that table."""
    return {
        "a": a,
        "b": b,
        "same": found.is_empty,
        "renames": [{"a": r.old, "b": r.new, "devices": r.count, "is_group": r.is_group} for r in found.renames],
        "figures": [{"topic": f.topic, "title": f.title, "a": f.a, "b": f.b, "delta": f.delta, "percent": f.percent} for f in found.figures],
        "cables": dataclasses.asdict(found.rewiring) if found.rewiring else None,
        "swaps": [{"a": s.a, "b": s.b, "count": s.count, "first": s.first} for s in found.swaps],
        "bom": _plain(found.bom),
        "findings": {"added": _plain(found.findings("added")), "removed": _plain(found.findings("removed"))},
        "tables": {
            n: {"added": _plain(d.added), "removed": _plain(d.removed), "changed": _plain(d.changed)}
            for n, d in found.tables.items()
            if not d.is_empty and table in (None, n)
        },
    }


def _plain(frame: pl.DataFrame) -> list[dict[str, object]]:
    return [
        {("name" if k == "_key" and "name" not in frame.columns else "key" if k == "_key" else k): v for k, v in r.items()}
        for r in frame.iter_rows(named=True)
    ]
