"""`rackwright sim NAME DIR`."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from rackwright.cli import designs, options, rows, screen, studies

if TYPE_CHECKING:
    import polars as pl

    from rackwright.flow.manifest import Manifest
    from rackwright.schema.tables import Tables


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
    Part.RESULTS: "Answers, told once for planes that are alike",
    Part.LOADS: "Loads of the links of each tier under ECMP, every endpoint at line rate",
    Part.FAILURES: "What the loss of one costs: ports cut off, and the part of the throughput that the others keep",
}


def run(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to simulate: network or power.")],
    folder: options.PackageDir,
    fail: Annotated[
        list[str] | None,
        typer.Option(
            "--fail",
            metavar="NAME",
            help="Out of service: a switch, server RACK/NAME, rack or cable's label; of `power` a component. May be repeated.",
        ),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option("--table", metavar="TABLE", help="One table of what comes out: loads of `network`, outages of `power`; a wrong name lists all."),
    ] = None,
    report: Annotated[str | None, typer.Option("--report", metavar="FILE", help="Write the report of the hall with these results to a page.")] = None,
    format: options.RowsFormat = options.TableFormat.TEXT,
    severity: options.Least = options.Severity.ERROR,
) -> int:
    """Simulate a package: `network` or `power` of a hall."""
    if name not in studies.STUDIES:
        raise screen.UsageError(f"there is no simulation `{name}`{rows.meant(name, studies.STUDIES)}; there are {', '.join(studies.STUDIES)}")
    study = studies.module(name)
    wanted = _table(name, study, table) if table else None
    with screen.Progress() as progress:
        progress("read")
        if name == "power":
            _unedited(folder, study)
        opened = designs.open_package(folder, None if report or (fail and name == "network") else _wanted(study))
        tables = opened.tables
        needed, without = studies.NEEDS[name]
        if not tables[needed].height:
            raise screen.UsageError(f"`{folder}` {without}")
        lost = _failed(name, tables, fail) if fail else None
        made = study.run(tables, lost, progress)
        if report:
            progress("report")
            whole = tables.put(made)
            if name == "power" and not fail:
                from rackwright.rules.rule import with_late

                whole = whole.put(with_late(whole, [n for n in made if not tables[n].height], date.today().isoformat()))  # noqa: DTZ011 - the user's own day
            _report(whole, opened.manifest, Path(report))
    if name == "power":
        return _power(folder, tables, made, fail, format, severity, wanted)
    chosen = [Part(wanted.removeprefix("network_"))] if wanted else list(Part) if format is options.TableFormat.TEXT else [Part.RESULTS]
    for part in chosen:
        found = made[f"network_{part.value}"]
        if len(chosen) > 1 and found.is_empty():
            continue
        if len(chosen) > 1:
            screen.out(f"{_TITLES[part]}\n")
        _show(part, found.join(tables["fabrics"].select("fabric_id", "fabric"), on="fabric_id", maintain_order="left"), format)
    return 0


def _table(name: str, study: ModuleType, given: str) -> str:
    """The table that is meant, with or without the word it begins with. Raises UsageError."""
    known, prefix = studies.makes(study), studies.PREFIXES[name]
    found = next((t for t in (given, prefix + given) if t in known), None)
    if found is None:
        words = [*known, *(t.removeprefix(prefix) for t in known)]
        raise screen.UsageError(f"`sim {name}` makes no table `{given}`{rows.meant(given, words)}; it makes {', '.join(known)}")
    return found


def _wanted(study: ModuleType) -> tuple[str, ...]:
    """What a study reads, and what of its tables the build wrote."""
    return tuple(dict.fromkeys((*study.READS, *getattr(study, "WRITES", ()))))


def _unedited(folder: str, study: ModuleType) -> None:
    """Raises UsageError where a table that the study reads is not the one that the build wrote: the study would not see it."""
    from rackwright.flow.edited_rows import edited

    found = edited(Path(folder), study.READS)
    if found:
        files = ", ".join(f"`{folder}/tables/{name}.csv`" for name in found)
        help = f"`rackwright check {folder}` judges tables as edited; to simulate them, say it in the spec and build anew"
        raise screen.UsageError(f"{files} {'are' if len(found) > 1 else 'is'} not as built, and `sim power` takes what the build wrote; {help}")


def _failed(name: str, tables: Tables, names: list[str]) -> object:
    if name == "power":
        from rackwright.cli.supply import components

        return components(tables, names)
    from rackwright.cli.failed import failed

    return failed(tables, names)


def _power(
    folder: str,
    tables: Tables,
    made: dict[str, pl.DataFrame],
    fail: list[str] | None,
    format: options.TableFormat,
    severity: options.Severity,
    table: str | None,
) -> int:
    """Show the study, or one table of it by names, then what the rules say that wait for it; those see what the build wrote and what the
    study made."""
    from rackwright.cli import formats
    from rackwright.cli.supply import show, show_case
    from rackwright.rules.rule import grouped, late, run_late

    whole = tables.put(made)
    if table and table not in made:
        raise screen.UsageError(f"with `--fail` there is no `{table}`; there are {', '.join(sorted(made))}")
    if table:
        _named(whole, table, format)
    elif fail:
        show_case(whole, fail, format)
    if fail:
        return 0
    if not table:
        show(whole, format)
    new = [n for n in made if not tables[n].height]
    wanted = sorted({n for rule in late(new) for n in rule.reads if n not in whole} | {"spans", "inputs", "waivers"})
    opened = designs.open_package(folder, wanted)
    judged = run_late(opened.tables.put({n: whole[n] for n in whole if n not in wanted}), new, date.today().isoformat())  # noqa: DTZ011 - the user's own day
    findings = grouped(opened.tables.put(judged))
    shown = designs.loud(findings, is_text=True, least=severity.value)
    screen.flush()
    screen.note(formats.render("text", shown, opened.sources))
    screen.note(f"{folder}: {designs.tally(findings)}{designs.hidden(findings, shown)}")
    return options.exit_code(findings, severity)


def _named(whole: Tables, table: str, format: options.TableFormat) -> None:
    """One table of the study in the order of its columns, names in place of ids."""
    from rackwright.flow.names import named

    own = named(whole, table)
    columns = [(c, c.removesuffix("_id")) for c in whole[table].columns]
    own = own.select(c if c in own.columns else name for c, name in columns if c in own.columns or name in own.columns)
    rows.write(own.columns, own.iter_rows(), format)


def _show(part: Part, found: pl.DataFrame, format: options.TableFormat) -> None:
    import polars as pl

    if part is Part.RESULTS and format is options.TableFormat.TEXT:
        shown = found.select("fabric", pl.col("plane") + 1, "question", "title", "value", "unit", "note")
        told = ((f, p, t, _answer(q, v, u), n) for f, p, q, t, v, u, n in shown.iter_rows())
        rows.write(("fabric", "plane", "question", "answer", "how"), told, format)
        return
    shown = found.select("fabric", *_SHOWN[part])
    if format is options.TableFormat.TEXT:  # people count planes from 1; data keep the number that other tables have
        shown = shown.with_columns(pl.col("plane") + 1, pl.col(pl.Float64, pl.Float32).round_sig_figs(4))
    rows.write(shown.columns, shown.iter_rows(), format)


def _answer(question: str, value: float | None, unit: str) -> str:
    """Shares in percent, ratios against 1, counts with separators."""
    if value is None:
        return "not known"
    if unit == "1":
        return f"{value:,.3g}:1" if question.startswith("oversubscription") else f"{value:,.1%}".replace("%", " %")
    shown = f"{value:,.0f}" if value == round(value) or value >= 100 else f"{value:,.3g}"
    return shown if unit == "pcs" else f"{shown} {unit.removesuffix('s') if value == 1 and unit != 'Gb/s' else unit}"


def _report(tables: Tables, manifest: Manifest | None, file: Path) -> None:
    """The page, whole or not at all."""
    from rackwright.flow.identity import mark
    from rackwright.render.report import report

    assert manifest is not None
    made = report(tables, mark(manifest, tables))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{file.name}.part")
        part.write_text(made, encoding="utf-8")
        part.replace(file)
    except OSError as fault:
        raise screen.UsageError(f"cannot write `{file}`: {fault.strerror}") from None
