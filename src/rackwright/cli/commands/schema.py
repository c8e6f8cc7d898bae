"""`rackwright schema [TABLE]`."""

from __future__ import annotations

from typing import Annotated

import typer

from rackwright.cli import options, rows, screen


def run(
    table: Annotated[str | None, typer.Argument(metavar="[TABLE]", help="One table; all are listed without it.")] = None,
    format: options.RowsFormat = options.TableFormat.TEXT,
    json_schema: Annotated[bool, typer.Option("--json-schema", help="Print the JSON Schema of a rack spec, for editors.")] = False,
    hall: Annotated[bool, typer.Option("--hall", help="With --json-schema: that of a hall spec.")] = False,
) -> int:
    """List the tables, or describe one.

    Columns, types, units and references.
    """
    if hall and not json_schema:
        raise screen.UsageError("--hall chooses a spec for --json-schema; tables are the same for both")
    if json_schema:
        screen.out(spec_schema(is_hall=hall))
        return 0
    from rackwright.schema.tables import table_names, table_schema

    if table is None:
        listed = [table_schema(n) for n in table_names()]
        rows.write(
            ("table", "columns", "key", "written_by"), [(s.name, len(s.columns), "+".join(s.keys), s.columns[0].origin) for s in listed], format
        )
        return 0
    if table not in table_names():
        raise screen.UsageError(f"there is no table `{table}`{rows.meant(table, table_names())}; `rackwright schema` lists them")
    described = [(c.name, c.dtype, c.unit, _marks(c.is_key, c.is_required, c.ref), c.description) for c in table_schema(table).columns]
    rows.write(("column", "type", "unit", "is", "description"), described, format)
    return 0


def _marks(is_key: bool, is_required: bool, ref: str) -> str:
    return " ".join(word for word, holds in (("key", is_key), ("required", is_required and not is_key), (f"-> {ref}", bool(ref))) if holds)


def spec_schema(*, is_hall: bool) -> str:
    """The JSON Schema (draft 2020-12) of a rack or hall spec."""
    import json

    from rackwright.spec.hall import HallSpec
    from rackwright.spec.rack import RackSpec

    model = HallSpec if is_hall else RackSpec
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(by_alias=True)}
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
