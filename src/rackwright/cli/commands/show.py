"""`rackwright show DIR TABLE`."""

from __future__ import annotations

from typing import Annotated

import typer

from rackwright.cli import designs, options, rows, screen, studies

ELSEWHERE = {  # what a hall has in other tables than a rack, and a rack in others than a hall
    "hall": {
        "bom": "`hall_parts` (fabrics) and `designs` (racks), and both are in bom.xlsx",
        "cables": "`fabric_cables`, in `cut-sheets` and in `cables-xlsx` of `rackwright export`",
        "links": "`fabric_cables`, a row a link",
        "devices": "`design_devices` (of racks) and `fabric_switches`",
        "ports": "`nic_ports` and `switch_ports`, and in `port-maps` of `rackwright export`",
        "racks": "`hall_racks`",
        "power_nodes": "`supply_nodes`",
        "power_branches": "`supply_branches`",
    },
    "rack": {
        "hall_parts": "`bom`",
        "fabric_cables": "`cables` and `links`",
        "fabric_switches": "`devices`",
        "hall_racks": "`racks`",
        "nic_ports": "`ports`",
        "switch_ports": "`ports`",
    },
}


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
    if frame.is_empty() and (told := _elsewhere(folder, table)):
        screen.flush()
        screen.note(told)
    return 0


def _elsewhere(folder: str, table: str) -> str:
    """Where a package that has nothing in a table has it instead; empty where nowhere."""
    kind = "rack" if designs.open_package(folder, ["halls"]).tables["halls"].is_empty() else "hall"
    place = ELSEWHERE[kind].get(table)
    more = "; what is inside its racks is in the packages of its rack designs" if kind == "hall" and table in ELSEWHERE["hall"] else ""
    return f"`{folder}` is a {kind}, which has that in {place}{more}" if place else ""
