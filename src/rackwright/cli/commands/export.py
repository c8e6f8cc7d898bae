"""`rackwright export DIR [RECEIVER]`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rackwright.cli import designs, options, rows, screen

if TYPE_CHECKING:
    from rackwright.export.only import Only
    from rackwright.flow.handoff import Receiver

Names = list[str] | None
_OUT = "Folder to write, or a file where there is one with its ending (book.pdf); one text file goes to stdout without it or with `-`."
_BINARY = (".xlsx", ".pdf", ".glb")


def run(
    folder: options.PackageDir,
    receiver: Annotated[str | None, typer.Argument(metavar="[RECEIVER]", help="Whom the files are for; all are listed without it.")] = None,
    out: Annotated[str | None, typer.Option("-o", "--out", metavar="PATH", help=_OUT)] = None,
    row: Annotated[Names, typer.Option("--row", metavar="NAME", help="Of this row of racks alone, such as H01.AB; may be repeated.")] = None,
    rack: Annotated[Names, typer.Option("--rack", metavar="NAME", help="Of this rack alone, such as H01.AB07; may be repeated.")] = None,
    device: Annotated[Names, typer.Option("--device", metavar="NAME", help="Of this device alone, such as H01.AB07-12; may be repeated.")] = None,
    fabric: Annotated[Names, typer.Option("--fabric", metavar="NAME", help="Of this fabric alone; may be repeated.")] = None,
    cable: Annotated[Names, typer.Option("--cable", metavar="LABEL", help="Of this cable alone, by its label; may be repeated.")] = None,
    format: options.RowsFormat = options.TableFormat.TEXT,
) -> int:
    """Make one receiver's files of a package.

    Labels, label sheets, port maps, cut sheets and other hand-off files, of all of the package or of the rows, racks, devices, fabrics
    and cables that are named. They are written whole or not at all.
    """
    from rackwright.export.only import ChoiceError, Only, UnknownNameError
    from rackwright.flow import handoff
    from rackwright.flow.manifest import load

    only = Only(tuple(row or ()), tuple(rack or ()), tuple(device or ()), tuple(fabric or ()), tuple(cable or ()))
    known = handoff.receivers()
    if receiver is None:
        return _listed(folder, list(known.values()), only, out, format)
    if receiver not in known:
        raise screen.UsageError(f"there is no receiver `{receiver}`{rows.meant(receiver, known)}; `rackwright export {folder}` lists them")
    chosen = known[receiver]
    if only and not chosen.choices:
        raise screen.UsageError(f"`{receiver}` is made of a whole package; leave out --row, --rack, --device, --fabric and --cable")
    tables = designs.open_package(folder).tables
    try:
        about = load(Path(folder))
        files = handoff.files(tables, chosen, only, about, lambda: handoff.designs(Path(folder), about))
    except UnknownNameError as fault:
        hint = rows.meant(fault.name, fault.known) or _first(fault.known)
        raise screen.UsageError(f"`{folder}` has no {fault.kind} `{fault.name}`{hint}") from None
    except ChoiceError as fault:
        raise screen.UsageError(str(fault)) from None
    if not files:
        raise screen.UsageError(f"`{receiver}` has nothing to say of this choice" if only else f"`{receiver}` has nothing to say of `{folder}`")
    if out in (None, "-"):
        (path, make), *others = files.items()
        if others or path.endswith(_BINARY):
            raise screen.UsageError(f"`{receiver}` makes {len(files):,} file{'s' * (len(files) > 1)}, such as `{path}`; name a folder with -o")
        screen.out(make().decode())
        return 0
    (path, make), *others = files.items()
    if not others and Path(path).suffix == Path(out).suffix and not Path(out).is_dir():
        handoff.write_one(make, Path(out))
        screen.note(f"wrote {out}")
        return 0
    written = handoff.write(files, Path(out))
    screen.note(f"wrote {len(written):,} file{'s' * (len(written) > 1)} to {out}: {', '.join(written[:3])}{', ...' if len(written) > 3 else ''}")
    return 0


def _listed(folder: str, known: list[Receiver], only: Only, out: str | None, format: options.TableFormat) -> int:
    """The receivers of such a package, with how many of their files it has already."""
    from rackwright.flow.manifest import load

    if only or out:
        raise screen.UsageError("name a receiver too; `rackwright export DIR` lists them")
    stages = [f.stage for f in load(Path(folder)).files]
    own = "rack" if designs.open_package(folder, ["halls"]).tables["halls"].is_empty() else "hall"
    shown = [(r.name, r.title, stages.count(r.stage), ", ".join(r.choices) if own == "hall" else "") for r in known if own in r.of]
    rows.write(("receiver", "title", "files in the package", "of one"), shown, format)
    return 0


def _first(known: list[str]) -> str:
    """`; there are ...` with the first few names."""
    return f"; there are {', '.join(f'`{k}`' for k in known[:4])}{', ...' if len(known) > 4 else ''}" if known else ""
