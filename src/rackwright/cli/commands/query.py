"""`rackwright query DIR SQL`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from rackwright.cli import designs, options, rows, screen, studies


def run(
    folder: options.PackageDir,
    sql: Annotated[str, typer.Argument(metavar="SQL", help="DuckDB SQL over the tables of `rackwright schema`.")],
    format: options.RowsFormat = options.TableFormat.TEXT,
) -> int:
    """Ask a package a question in SQL.

    The package is only read, and the SQL reaches no other file.
    """
    from rackwright.flow.query import query
    from rackwright.schema.tables import table_names

    answer = query(Path(folder), sql)
    rows.write(answer.names, answer.rows(), format)
    for table in sorted(set(re.findall(r"[a-z_]+", sql.lower())) & set(table_names())):
        if told := studies.missing(folder, table, designs.open_package(folder, [table]).tables):
            screen.flush()
            screen.note(f"note: {told}")
    return 0
