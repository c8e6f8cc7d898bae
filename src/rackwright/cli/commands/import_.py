"""`rackwright import FILE... -o DIR`."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rackwright.cli import formats, options, screen
from rackwright.cli.sources import Sources

if TYPE_CHECKING:
    from rackwright.flow.imported.hall import Imported
    from rackwright.flow.imported.written import Written

_FILES = (
    "Links (P2P workbook, NetBox' cables as CSV or JSON, CSV of links, LLDP) and devices (NetBox' devices as CSV); a folder stands for its files."
)
_DESIGN = "Rack spec of the hosts' racks, NAME=SPEC or NAME=SPEC@VARIANT; may be repeated."
_PART = "Part of the devices of a name, such as 'leaf*=nvidia/qm9700'; may be repeated."
_SWITCH = "Switch part of a network or of a tier of it: FABRIC=PART, FABRIC.spine=PART, FABRIC.core=PART; may be repeated."
_PORTS = "Ports of a network: FABRIC=GROUP.ALIAS, several with commas; may be repeated."


def run(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help=_FILES)],
    out: Annotated[str, typer.Option("-o", "--out", metavar="DIR", help="Folder that is made; nothing that is there is written over.")],
    design: Annotated[list[str], typer.Option("--design", metavar="NAME=SPEC", help=_DESIGN)],
    part: Annotated[list[str] | None, typer.Option("--part", metavar="PATTERN=PART", help=_PART)] = None,
    switch: Annotated[list[str] | None, typer.Option("--switch", metavar="FABRIC=PART", help=_SWITCH)] = None,
    ports: Annotated[list[str] | None, typer.Option("--ports", metavar="FABRIC=PORTS", help=_PORTS)] = None,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Name of the hall; that of the first file unless given.")] = "",
    format: options.FindingsFormat = options.Format.TEXT,
) -> int:
    """Make a hall spec of what others wrote down of an existing hall.

    Writes hall.yaml with the topologies and counts that the links show, the tables of the hall as it stands (so that it is checked and grown on the
    ports it has), and the names that the files have for ours. Exit 0 where every link is as the design has it, 1 where some are not, 2 on trouble.
    Findings: IMP101 not importable, IMP102 file not read, IMP103 left out, IMP104 standing
    in other units than the design has.
    """
    from rackwright.base.findings import DesignError
    from rackwright.flow.imported.hall import Asked
    from rackwright.flow.imported.written import free, written

    free(Path(out))
    folder = Path(out).resolve()
    for key in _pairs("--design", design):
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", key):
            raise screen.UsageError(f"`{key}` is no name of a design: lower-case letters, digits and hyphens, such as `dgx`")
    specs = {n: _beside(path, folder) for n, path in _pairs("--design", design).items()}
    asked = Asked(specs, _pairs("--part", part), _pairs("--switch", switch), _pairs("--ports", ports), name)
    today = date.today().isoformat()  # noqa: DTZ011 - the user's own day
    try:
        with screen.Progress() as progress:
            done = written(files, asked, Path(out), as_of=today, progress=progress)
    except DesignError as fault:
        screen.out(formats.render(format.value, fault.findings, Sources()))
        screen.flush()
        screen.note("nothing was written")
        return 2
    screen.out(formats.render(format.value, done.made.findings, Sources()))
    screen.flush()
    return _told(done.made, done, out)


def _told(made: Imported, done: Written, out: str) -> int:
    """Networks, what agrees, what is next."""
    names = ["network", "topology", "switches", "links", "planned", "as designed"]
    cover = {c.fabric: c.links["right"] for c in done.checked.coverage}
    rows, all_right = [], sum(cover.get(fabric, 0) for fabric in made.nets)
    for fabric, net in made.nets.items():
        wish, size = made.wished.fabrics[fabric], net.hosts.height + net.trunks.height
        rows.append((fabric, wish["topology"], net.switch_count(), f"{size:,}", f"{made.laid[fabric].planned:,}", f"{cover.get(fabric, 0):,}"))
    head, lines = screen.table(names, rows)
    screen.out("\n".join([head, *lines]) + "\n")
    screen.flush()
    wrong = sum(f.severity == "error" and f.code.startswith("VER2") for f in done.checked.findings)
    hosts, read = made.standing, [made.seen.files[i] for i in made.seen.links["file"].unique().sort()]
    screen.note(f"{hosts.hosts.height:,} hosts in {hosts.racks.height:,} racks, {sum(n.switch_count() for n in made.nets.values()):,} switches")
    if wrong:
        screen.note(f"{wrong:,} faults: links that are not as the design has them, which the last line below lists")
    names = [f"{out}/{n}" for n in done.files if n == "names.csv"]
    screen.note(f"wrote {', '.join(done.files)} to {out}; next:")
    screen.note(f"  rackwright build {out}/hall.yaml -o {out}/package")
    screen.note(f"  rackwright verify {out}/package --observed {' '.join([*read, *names])}")
    every = sum(n.hosts.height + n.trunks.height for n in made.nets.values())
    return int(bool(wrong) or all_right < every or any(f.severity == "error" for f in made.findings))


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    """`NAME=VALUE` of an option. Raises UsageError."""
    made = {}
    for text in given or []:
        key, _, value = text.partition("=")
        if not key or not value:
            raise screen.UsageError(f"`{option} {text}` wants a name, `=` and a value")
        made[key] = value
    return made


def _beside(text: str, folder: Path) -> str:
    """The path of a rack spec as it is written in a spec in that folder. Raises UsageError."""
    path, mark, variant = text.partition("@")
    if not Path(path).is_file():
        raise screen.UsageError(f"there is no rack spec `{path}`; `--design` wants NAME=SPEC, and `rackwright new rack.yaml` writes a starter")
    return f"{os.path.relpath(Path(path).resolve(), folder)}{mark}{variant}"
