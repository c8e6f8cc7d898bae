"""`rackwright verify DIR --observed FILE...`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rackwright.cli import designs, formats, options, rows, screen
from rackwright.cli.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from rackwright.schema.tables import Tables
    from rackwright.verify.check import Checked, Coverage
    from rackwright.verify.observed import Observed

SHOWN = 50  # findings told as text; the others are counted
_OBSERVED = (
    "What was seen: JSON of lldpctl, `ip -j link`, NVUE or EOS, SONiC's `show lldp table`, ibnetdiscover, iblinkinfo, P2P workbook, or CSV; a folder "
    "stands for its files, - for what is piped in, DEVICE=FILE says whose view a file is; may be repeated."
)
_WORK = "Print the work list instead of the findings."
_COVERAGE = "Exit 1 where fewer ends of the design were seen than this, such as 95%."
_OUT = (
    "Folder for findings.csv, findings.json, work-list.txt, .csv, .json, coverage.csv, a floor plan (SVG) of each hall with work, and "
    "likely-names.csv where names are not known."
)


def run(
    folder: options.PackageDir,
    observed: Annotated[list[str] | None, typer.Option("--observed", metavar="FILE", help=_OBSERVED)] = None,
    more: Annotated[list[str] | None, typer.Argument(metavar="[FILE]...", help="More files, as after --observed.")] = None,
    work_list: Annotated[options.TableFormat | None, typer.Option("--work-list", help=_WORK)] = None,
    start: Annotated[str, typer.Option("--start", metavar="RACK", help="Rack at which the walk starts; else the first of the list.")] = "",
    coverage: Annotated[str, typer.Option("--coverage", metavar="PERCENT", help=_COVERAGE)] = "0",
    out: Annotated[str | None, typer.Option("-o", "--out", metavar="DIR", help=_OUT)] = None,
    format: options.FindingsFormat = options.Format.TEXT,
    severity: options.Least = options.Severity.ERROR,
) -> int:
    """Find wrong, dead and unexpected cables of the built thing.

    Evidence of both ends is joined, and one end is enough; what nobody saw is told as coverage and is no fault.
    Findings: VER101 file not read, VER102 device not in the design, VER103 not judged, VER104 too little seen,
    VER105 observation and design do not match, VER201 link down, VER202 incorrect cabling, VER203 no neighbour, VER204 unexpected connection,
    VER205 several neighbours at one port.
    """
    from rackwright.verify import reading
    from rackwright.verify.check import check
    from rackwright.verify.designed import TABLES

    files = [*(observed or []), *(more or [])]
    if not files:
        raise screen.UsageError("Missing option '--observed': give the files that were collected, here or as further arguments, or - for a pipe")
    least = _percent(coverage)
    with screen.Progress() as progress:
        progress("read")
        tables = designs.open_package(folder, (*TABLES, "floor_areas", "designs", "trays") if out else TABLES).tables
        if start and start not in tables["hall_racks"]["name"]:
            raise screen.UsageError(f"`{folder}` has no rack `{start}`{rows.meant(start, tables['hall_racks']['name'])}")
        if not tables.height("fabric_cables") and tables["cables"].is_empty():
            raise screen.UsageError(f"`{folder}` has no cables to verify")
        seen, inside = _outside(reading.read(files, _piped(files)), Path(folder))
        progress("compare")
        made = check(tables, seen, start, least)
    sources = Sources(sheets=seen.lines)
    if out is not None:
        _write(made, Path(out), tables, sources)
    if work_list is not None:
        _work(made, work_list)
    else:
        _findings(made, format, severity, sources)
    screen.flush()
    screen.note(_summary(made))
    if inside:
        screen.note(f"inside racks: {inside:,} neighbours as the rack designs have them")
    return options.exit_code(made.findings, severity)


def _outside(seen: Observed, folder: Path) -> tuple[Observed, int]:
    """What was seen without links inside racks that are as the rack designs of a hall have them, and how many neighbours these were."""
    from rackwright.flow import handoff
    from rackwright.flow.imported.inner import without
    from rackwright.flow.manifest import load

    own = handoff.designs(folder, load(folder))
    return without(seen, own.values()) if own else (seen, 0)


def _percent(text: str) -> float:
    try:
        share = float(text.strip().removesuffix("%"))
    except ValueError:
        share = -1.0
    if not 0 <= share <= 100:
        raise screen.UsageError(f"`--coverage {text}` is no share of ends: give a number from 0 to 100, as in `--coverage 95%`")
    return share


def _piped(files: list[str]) -> bytes:
    """What comes through a pipe, where a file is called `-`."""
    return sys.stdin.buffer.read() if any(f.rpartition("=")[2] == "-" for f in files) else b""


def _findings(made: Checked, format: options.Format, severity: options.Severity, sources: Sources) -> None:
    is_text = format is options.Format.TEXT
    shown = designs.loud(made.findings, is_text, severity.value)
    screen.out(formats.render(format.value, shown[:SHOWN] if is_text else shown, sources))
    if is_text and len(shown) > SHOWN:
        screen.out(f"\n... and {len(shown) - SHOWN:,} more: --format json, or -o DIR for all\n")


def _work(made: Checked, format: options.TableFormat) -> None:
    from rackwright.verify import work

    texts = {options.TableFormat.TEXT: work.as_text, options.TableFormat.CSV: work.as_csv, options.TableFormat.JSON: work.as_json}
    screen.out(screen.clean(texts[format](made.work)) if format is options.TableFormat.TEXT else texts[format](made.work))


def _summary(made: Checked) -> str:
    """Findings, coverage and the walk."""
    from rackwright.verify.work import summary

    every, *fabrics = made.coverage
    lines = [designs.tally(made.findings)]
    lines += [_covered("all", every)] if len(fabrics) != 1 else []
    lines += [_covered(c.fabric, c) for c in fabrics]
    if made.work.jobs:
        lines.append(f"work: {summary(made.work)}")
    return "\n".join(lines)


def _covered(name: str, c: Coverage) -> str:
    told = ", ".join(f"{n:,} {word}" for word, n in c.links.items() if n)
    alone = f"; {c.by_device:,} known by their device alone" if c.by_device else ""
    more = f", {c.unknown:,} more with a neighbour that nobody can name" if c.unknown else ""
    return f"{screen.clean(name)}: {c.ends_seen:,} of {c.ends:,} ends seen ({int(c.share)} %){more}; links: {told}{alone}"


def _write(made: Checked, out: Path, tables: Tables, sources: Sources) -> None:
    from rackwright.cli.formats import render
    from rackwright.flow import as_built, handoff
    from rackwright.verify import work
    from rackwright.verify.files import coverage_csv, findings_csv, names_csv

    files: dict[str, Callable[[], bytes]] = {
        "findings.csv": lambda: findings_csv(made.findings).encode(),
        "findings.json": lambda: render("json", made.findings, sources).encode(),
        "coverage.csv": lambda: coverage_csv(made.coverage).encode(),
        "work-list.txt": lambda: work.as_text(made.work).encode(),
        "work-list.csv": lambda: work.as_csv(made.work).encode(),
        "work-list.json": lambda: work.as_json(made.work).encode(),
    }
    names = out / "likely-names.csv"
    if made.likely:
        files[names.name] = lambda: names_csv(made.likely).encode()
    stops = {s.rack: s.stop for s in made.work.steps}
    files |= {f"floor-{hall}.svg": text.encode for hall, text in as_built.plans(tables, stops).items()}
    if (out / "work-list.json").is_file():  # an earlier answer, whose halls may have had work that is done
        for plan in out.glob("floor-*.svg"):
            plan.unlink()
        names.unlink(missing_ok=True)
    written = handoff.write(files, out)
    screen.note(f"wrote {len(written)} files to {out}")
