"""What there is to simulate, and the tables that only a simulation makes: a package holds them empty."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from rackwright.cli import designs, screen

if TYPE_CHECKING:
    from rackwright.schema.tables import Tables

# Name, and module with `run(tables, failed, progress)`.
STUDIES = {"network": "rackwright.sim.network.study", "power": "rackwright.sim.power.supply_study"}
# Tables that a package must have rows of for a study, and what it then wants.
NEEDS = {"network": ("fabrics", "has no fabrics; `sim network` wants the package of a hall"),
         "power": ("supply_nodes", "has no power chain; `sim power` wants the package of a hall with `power:`")}  # fmt: skip
PREFIXES = {"network": "network_", "power": "supply_"}


def module(name: str) -> ModuleType:
    """The study of that name."""
    return importlib.import_module(STUDIES[name])


def makes(study: ModuleType) -> tuple[str, ...]:
    """Tables that a study makes."""
    return tuple(study.run.writes)


def maker(table: str) -> str | None:
    """The study that makes a table which no build fills; None of any other."""
    for name in STUDIES:
        study = module(name)
        if table in makes(study) and table not in getattr(study, "BUILT_WRITES", ()):
            return name
    return None


def missing(folder: str, table: str, tables: Tables) -> str | None:
    """What to say of an empty table of a package that a simulation would fill; None where it is empty for good."""
    name = maker(table) if tables[table].is_empty() and Path(folder).is_dir() else None
    if name is None or designs.open_package(folder, [NEEDS[name][0]]).tables[NEEDS[name][0]].is_empty():
        return None
    return f"`{table}` is not in a package: `rackwright sim {name} {screen.clean(folder)} --table {table}` makes and prints it"
