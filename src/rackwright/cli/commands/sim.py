"""`rackwright sim NAME DIR`."""

from __future__ import annotations

import importlib
from typing import Annotated

import typer

from rackwright.cli import designs, options, rows, screen

# What there is to simulate on a package: name, module with `run(tables)`, and the table it writes.
STUDIES = {"network": ("rackwright.sim.network.study", "network_results")}


def run(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to simulate: network.")],
    folder: options.PackageDir,
    format: options.RowsFormat = options.TableFormat.TEXT,
) -> int:
    """Simulate a package: `network` asks every fabric of a hall."""
    if name not in STUDIES:
        raise screen.UsageError(f"there is no simulation `{name}`{rows.meant(name, tuple(STUDIES))}; there are {', '.join(STUDIES)}")
    module, table = STUDIES[name]
    tables = designs.open_package(folder).tables
    if not tables["fabrics"].height:
        raise screen.UsageError(f"`{folder}` has no fabrics; `sim network` wants the package of a hall")
    made = importlib.import_module(module).run(tables)[table]
    named = made.join(tables["fabrics"].select("fabric_id", "fabric"), on="fabric_id", maintain_order="left")
    shown = named.select("fabric", "plane", "title", "value", "unit", "note")
    rows.write(shown.columns, shown.iter_rows(), format)
    return 0
