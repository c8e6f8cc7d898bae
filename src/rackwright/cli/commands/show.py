"""`rackwright show DIR TABLE`."""

from __future__ import annotations

from typing import Annotated

import typer

from rackwright.cli import designs, options, rows, screen, studies


def run(
    folder: options.PackageDir,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="Table; `rackwright schema` lists them.")],
    format: options.RowsFormat = options.TableFormat.TEXT,
) -> int:
    """Print one table of a package."""
    from rackwright.schema.tables import table_names

    if table not in table_names():
        raise screen.UsageError(f"there is no table `{table}`{rows.meant(table, table_names())}; `rackwright schema` lists them")
    tables = designs.open_package(folder, [table]).tables
    if tables[table].is_empty() and (told := studies.missing(folder, table, tables)):
        raise screen.UsageError(told)
    frame = tables[table]
    rows.write(frame.columns, frame.iter_rows(), format)
    return 0
