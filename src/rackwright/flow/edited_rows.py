"""Which tables of a package were edited since its build, and the rows of them that findings are about."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rackwright.base.findings import Finding
from rackwright.base.spans import Span
from rackwright.flow import manifest as man
from rackwright.flow.manifest import PackageError

NAMED = ("supply_branches", "supply_nodes", "supply_components")
"""Tables whose rows findings call by name."""


def edited(folder: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Those of these tables whose CSV is not the one that the manifest has. One that is not kept as CSV is not.

    Raises:
        PackageError: no package, or a table that cannot be read.
    """
    about = man.load(folder)
    return tuple(name for name in names if _is_edited(folder, about, name))


def _is_edited(folder: Path, about: man.Manifest, name: str) -> bool:
    entry, file = about.entry(f"tables/{name}.csv"), folder / "tables" / f"{name}.csv"
    try:
        return entry is not None and man.digest(file.read_bytes()) != entry.sha256
    except OSError as fault:
        raise PackageError(f"cannot read `{file}`: {fault.strerror or fault}") from None


def placed(found: Sequence[Finding], folder: Path, changed: Sequence[str]) -> list[Finding]:
    """The findings of a package of which these tables were edited, each at the row of the chain that it is about, edited tables first; where there is
    no such row, at the line of the spec as before."""
    if not changed:
        return list(found)
    rows: dict[str, Span] = {}
    for name in sorted(NAMED, key=lambda n: n not in changed):
        for called, span in _rows(folder, name):
            rows.setdefault(called, span)
    return [_at(f, rows) for f in found]


def _at(f: Finding, rows: Mapping[str, Span]) -> Finding:
    """The finding at the row of its subject, else of what its message names first."""
    known = [name for name in (f.subject, *re.findall("`([^`]+)`", f.message)) if name in rows]
    return replace(f, span=rows[known[0]], label="this row") if known else f


def _rows(folder: Path, name: str) -> Iterable[tuple[str, Span]]:
    """Name and place of every row of a table."""
    file = f"tables/{name}.csv"
    with (folder / file).open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text)
        head = next(reader, [])
        at = head.index("name")
        for cells in reader:
            if len(cells) == len(head):
                yield cells[at], Span(file, reader.line_num, 1, reader.line_num, 2)
