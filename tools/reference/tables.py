"""The page of tables, from `schema/tables/*.csv`."""

from __future__ import annotations

from rackwright.schema.tables import Column, table_names, table_schema
from reference.markdown import bounds, code, table

TITLE = "Tables"
ABOUT = "every table and column of a design"
HEAD = """# Tables

A package holds one Parquet and one CSV file per table. Ids are dense 32-bit integers. `src` is the place in the spec that caused the row
(table `spans`). Key columns are marked K, required columns R; any other column may be empty.
"""


def _values(column: Column) -> str:
    pieces = [", ".join(code(v) for v in column.enum), bounds(column.minimum, column.maximum)]
    pieces.append(f"→ [{column.ref}](#{column.ref.split('.')[0]})" if column.ref else "")
    pieces.append(f"default {code(column.default)}" if column.default else "")
    return "; ".join(p for p in pieces if p)


def _table(name: str) -> str:
    rows = [
        (code(c.name), c.dtype, c.unit, "K" if c.is_key else "R" if c.is_required else "", _values(c), c.description, c.origin)
        for c in table_schema(name).columns
    ]
    return f"## {name}\n\n" + table(("column", "type", "unit", "", "values", "meaning", "written by"), rows) + "\n"


def pages() -> dict[str, str]:
    """`tables.md`: one heading per table."""
    contents = " · ".join(f"[{n}](#{n})" for n in table_names())
    return {"tables.md": "\n".join([HEAD, contents, "", *(_table(n) for n in table_names())])}
