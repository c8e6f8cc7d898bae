"""`rackwright sim NAME DIR`."""

from __future__ import annotations

import importlib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rackwright.cli import designs, options, rows, screen

if TYPE_CHECKING:
    import polars as pl

    from rackwright.schema.tables import Tables

# What there is to simulate on a package: name, and module with `run(tables, failed, progress)`.
STUDIES = {"network": "rackwright.sim.network.study", "power": "rackwright.sim.power.supply_study"}
# Tables that a package must have rows of for a study, and what it then wants.
_NEEDS = {"network": ("fabrics", "has no fabrics; `sim network` wants the package of a hall"),
          "power": ("supply_nodes", "has no power chain; `sim power` wants the package of a hall with `power:`")}  # fmt: skip


class Part(StrEnum):
    """Tables that the study of the network makes."""

    RESULTS = "results"
    LOADS = "loads"
    FAILURES = "failures"


# What is shown of each table, after the fabric's name.
_SHOWN = {
    Part.RESULTS: ("plane", "planes", "question", "title", "value", "unit", "note"),
    Part.LOADS: ("plane", "traffic", "tier", "links", "load_max_gbps", "load_mean_gbps", "utilisation", "imbalance"),
    Part.FAILURES: ("plane", "what", "count", "endpoints_lost", "share_permutation", "share_all_to_all", "share_uplinks", "example"),
}
_TITLES = {
    Part.RESULTS: "Answers; plane 0 is the first",
    Part.LOADS: "Loads of the links of each tier under ECMP, every endpoint at line rate",
    Part.FAILURES: "What the loss of one costs: ports cut off, and the part of the throughput that the others keep",
}


def run(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to simulate: network or power.")],
    folder: options.PackageDir,
    fail: Annotated[
        list[str] | None,
        typer.Option("--fail", metavar="NAME", help="Out of service: a switch, a server RACK/NAME, a rack, or a cable's label; may be repeated."),
    ] = None,
    table: Annotated[Part | None, typer.Option("--table", help="Which rows; as text all of them, else results.")] = None,
    report: Annotated[str | None, typer.Option("--report", metavar="FILE", help="Write the report of the hall with these results to a page.")] = None,
    format: options.RowsFormat = options.TableFormat.TEXT,
) -> int:
    """Simulate a package: `network` or `power` of a hall."""
    if name not in STUDIES:
        raise screen.UsageError(f"there is no simulation `{name}`{rows.meant(name, tuple(STUDIES))}; there are {', '.join(STUDIES)}")
    if name == "power" and (fail or table):
        raise screen.UsageError("`--fail` and `--table` are for `sim network`; `sim power` tells of every single outage")
    study = importlib.import_module(STUDIES[name])
    with screen.Progress() as progress:
        progress("read")
        tables = designs.open_package(folder, None if fail or report else study.READS).tables
        needed, without = _NEEDS[name]
        if not tables[needed].height:
            raise screen.UsageError(f"`{folder}` {without}")
        lost = _failed(tables, fail) if fail else None
        made = study.run(tables, lost, progress)
        if report:
            progress("report")
            _report(tables.put(made), Path(report))
    if name == "power":
        from rackwright.cli.supply import show

        show(tables.put(made), format)
        return 0
    chosen = [table] if table else list(Part) if format is options.TableFormat.TEXT else [Part.RESULTS]
    for part in chosen:
        found = made[f"network_{part.value}"]
        if len(chosen) > 1 and found.is_empty():
            continue
        if len(chosen) > 1:
            screen.out(f"{_TITLES[part]}\n")
        _show(part, found.join(tables["fabrics"].select("fabric_id", "fabric"), on="fabric_id", maintain_order="left"), format)
    return 0


def _failed(tables: Tables, names: list[str]) -> object:
    from rackwright.cli.failed import failed

    return failed(tables, names)


def _show(part: Part, found: pl.DataFrame, format: options.TableFormat) -> None:
    if part is Part.RESULTS and format is options.TableFormat.TEXT:
        shown = found.select("fabric", "plane", "title", "value", "unit", "note")
        rows.write(("fabric", "plane", "question", "answer", "how"), ((f, p, t, _answer(v, u), n) for f, p, t, v, u, n in shown.iter_rows()), format)
        return
    shown = found.select("fabric", *_SHOWN[part])
    rows.write(shown.columns, shown.iter_rows(), format)


def _answer(value: float | None, unit: str) -> str:
    """A share as it is, counts with separators."""
    if value is None:
        return "not known"
    return f"{value:,.4g}" if unit == "1" else f"{value:,.0f} {unit}"


def _report(tables: Tables, file: Path) -> None:
    """The page, whole or not at all."""
    from rackwright.flow.manifest import rackwright_version
    from rackwright.render.report import report

    made = report(tables, rackwright_version())
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{file.name}.part")
        part.write_text(made, encoding="utf-8")
        part.replace(file)
    except OSError as fault:
        raise screen.UsageError(f"cannot write `{file}`: {fault.strerror}") from None
