"""`rackwright query DIR SQL`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rackwright.cli import options, rows


def run(
    folder: options.PackageDir,
    sql: Annotated[str, typer.Argument(metavar="SQL", help="DuckDB SQL over the tables of `rackwright schema`.")],
    format: options.RowsFormat = options.TableFormat.TEXT,
) -> int:
    """Ask a package a question in SQL.

    The package is only read, and the SQL reaches no other file.
    """
    from rackwright.flow.query import query

    answer = query(Path(folder), sql)
    rows.write(answer.names, answer.rows(), format)
    return 0
