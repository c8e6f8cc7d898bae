"""SQL over a package with DuckDB: the tables are copied into memory, then the door to every file is shut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from rackwright.flow.manifest import SWITCH, PackageError, load, read_file

_PIECE = 10_000
CELLED = "fabric_cables"
# `MULTI` is what PIVOT stands for. Settings are locked before a PRAGMA runs.
_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.MULTI, duckdb.StatementType.PRAGMA)
_EXPLAIN = re.compile(r"^(\s|--[^\n]*\n|/\*.*?\*/)*explain(\s+analyze\b)?(\s*\([^)]*\))?", re.IGNORECASE | re.DOTALL)
_WHOLE = "SELECT * FROM read_parquet($1)"
# What `flow.cells.joined` does: ids from the bases that `fabric_cells` holds.
_ID = f"CAST(CASE WHEN {{0}} >= {SWITCH // 2} THEN {{0}} - {SWITCH} + c.switch_device_first ELSE {{0}} + c.host_device_first END AS INTEGER) AS {{0}}"
_IN_CELLS = f"""
SELECT CAST(c.link_first + p.file_row_number AS INTEGER) AS link_id, c.fabric_id,
    p.* EXCLUDE (filename, file_row_number) REPLACE ({_ID.format("a_device_id")}, {_ID.format("b_device_id")})
FROM read_parquet($1, filename = true, file_row_number = true) p JOIN fabric_cells c ON p.filename = $2 || c.file ORDER BY link_id"""


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names, and the rows as they are fetched."""

    names: list[str]
    _link: duckdb.DuckDBPyConnection

    def rows(self) -> Iterator[tuple[object, ...]]:
        """The rows, once. Raises PackageError where a value on the way cannot be computed."""
        while piece := self._piece():
            yield from piece

    def _piece(self) -> list[tuple[object, ...]]:
        try:
            return self._link.fetchmany(_PIECE)
        except duckdb.Error as fault:
            raise PackageError(f"the query cannot be answered: {_first_line(fault)}") from None


def query(folder: Path, sql: str) -> Answer:
    """The answer to one SQL text over the tables of a package (hashes checked). The package cannot be changed, no other file be read or written.

    Raises:
        PackageError: SQL that is more than reading or that DuckDB refuses, no package, or a damaged one.
    """
    link = duckdb.connect(":memory:")
    _check(link, sql)
    found, folder = load(folder), folder.absolute()  # files of cells are told apart by their path below it
    for name, paths in sorted(found.tables().items(), key=lambda item: item[0] == CELLED):
        for path in paths:
            read_file(folder, found, path)
        literal = [_literal(folder / path) for path in paths]
        is_whole = paths == [f"tables/{name}.parquet"]
        try:
            link.execute(f'CREATE TABLE "{name}" AS {_WHOLE if is_whole else _IN_CELLS}', [literal] if is_whole else [literal, f"{folder}/"])
        except duckdb.Error as fault:
            raise PackageError(f"`{folder}` is damaged: `{paths[0]}` is not Parquet ({_first_line(fault)}); build the package again") from None
    for setting in ("enable_external_access = false", "autoinstall_known_extensions = false", "lock_configuration = true"):
        link.execute(f"SET {setting}")
    try:
        link.execute(sql)
    except duckdb.Error as fault:
        raise PackageError(f"the query cannot be answered: {_first_line(fault)}") from None
    return Answer([str(column[0]) for column in link.description], link)


def _check(link: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Nothing is run that does more than read."""
    try:
        statements = link.extract_statements(sql)
    except duckdb.Error as fault:
        raise PackageError(f"the query cannot be answered: {_first_line(fault)}") from None
    if not statements:
        raise PackageError("the query is empty; write for example `SELECT name, power_max_w FROM devices`")
    for each in statements:
        if each.type == duckdb.StatementType.EXPLAIN:
            _check(link, _EXPLAIN.sub("", each.query, count=1))
        elif each.type not in _READING:
            raise PackageError(f"`{each.type.name}` is refused: a query only reads, and a package is changed by its spec and `rackwright build`")


def _literal(path: Path) -> str:
    """A path in which DuckDB finds no glob."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))


def _first_line(fault: duckdb.Error) -> str:
    """What DuckDB says, on one line: the message and its suggestion, without the picture of the statement."""
    text = str(fault).split("\n\nLINE ")[0]
    return " ".join(text.split())
