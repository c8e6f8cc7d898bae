"""`rackwright export DIR [RECEIVER]`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rackwright.cli import designs, options, rows, screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from rackwright.export.only import Only
    from rackwright.flow.handoff import Receiver

Names = list[str] | None
_OUT = "Folder to write, or a file where there is one with its ending (book.pdf); one text file goes to stdout without it or with `-`."
_NAMES = "Call devices as this CSV does, `device,name` or `device,alias` (the file that `verify` takes): host names of your own."
_BINARY = (".xlsx", ".pdf", ".glb")
_SAME = {".yaml": ".yml", ".gv": ".dot", ".htm": ".html"}  # endings that mean another
_FILES = frozenset("csv json yml dot topo net ibnl graphml dxf glb html svg txt conf ibnetdiscover pdf xlsx xls xml zip png gltf parquet".split())


def run(
    folder: options.PackageDir,
    receiver: Annotated[str | None, typer.Argument(metavar="[RECEIVER]", help="Whom the files are for; all are listed without it.")] = None,
    out: Annotated[str | None, typer.Option("-o", "--out", metavar="PATH", help=_OUT)] = None,
    row: Annotated[Names, typer.Option("--row", metavar="NAME", help="Of this row of racks alone, such as H01.AB; may be repeated.")] = None,
    rack: Annotated[Names, typer.Option("--rack", metavar="NAME", help="Of this rack alone, such as H01.AB07; may be repeated.")] = None,
    device: Annotated[Names, typer.Option("--device", metavar="NAME", help="Of this device alone, such as H01.AB07-12; may be repeated.")] = None,
    fabric: Annotated[Names, typer.Option("--fabric", metavar="NAME", help="Of this fabric alone; may be repeated.")] = None,
    cable: Annotated[Names, typer.Option("--cable", metavar="LABEL", help="Of this cable alone, by its label; may be repeated.")] = None,
    names: Annotated[str | None, typer.Option("--names", metavar="FILE", help=_NAMES)] = None,
    format: options.RowsFormat = options.TableFormat.TEXT,
) -> int:
    """Make one receiver's files of a package.

    Labels, label sheets, port maps, cut sheets and other hand-off files, of all of the package or of the rows, racks, devices, fabrics
    and cables that are named. They are written whole or not at all.
    """
    from rackwright.export.only import ChoiceError, Only, UnknownNameError, spelled
    from rackwright.flow import handoff, host_names
    from rackwright.flow.manifest import load

    only = Only(tuple(row or ()), tuple(rack or ()), tuple(device or ()), tuple(fabric or ()), tuple(cable or ()))
    known = handoff.receivers()
    if receiver is None:
        return _listed(folder, list(known.values()), only, out or names, format)
    if receiver not in known:
        raise screen.UsageError(f"there is no receiver `{receiver}`{rows.meant(receiver, known)}; `rackwright export {folder}` lists them")
    chosen = known[receiver]
    if only and not chosen.choices:
        raise screen.UsageError(f"`{receiver}` is made of a whole package; leave out --row, --rack, --device, --fabric and --cable")
    tables = designs.open_package(folder).tables
    if why := chosen.lacks(tables):
        raise screen.UsageError(f"`{receiver}` has nothing to say of `{folder}`: it {why}; `rackwright export {folder}` lists what is made of it")
    if names is not None and not chosen.names_devices:
        raise screen.UsageError(f"`{receiver}` has no names of devices that could be others; leave out --names")
    try:
        about = load(Path(folder))
        given = host_names.read(names, tables) if names is not None else {}
        only = spelled(tables, only).called(given)
        tables = host_names.put(tables, given)
        files = handoff.files(tables, chosen, only, about, lambda: handoff.designs(Path(folder), about))
    except UnknownNameError as fault:
        hint = rows.meant(fault.name, fault.known) or _first(fault.known)
        raise screen.UsageError(f"`{folder}` has no {fault.kind} `{fault.name}`{hint}") from None
    except ChoiceError as fault:
        raise screen.UsageError(str(fault)) from None
    if not files:
        of = f": it is made of {chosen.need.words}, and there are none in it" if chosen.need else ""
        raise screen.UsageError(f"`{receiver}` has nothing to say of this choice{of}" if only else f"`{receiver}` has nothing to say of `{folder}`")
    _written(files, receiver, out)
    return 0


def _written(files: dict[str, Callable[[], bytes]], receiver: str, out: str | None) -> None:
    """To stdout, a file or a folder. Raises UsageError, PackageError."""
    from rackwright.flow import handoff

    (path, make), *others = files.items()
    if out in (None, "-"):
        if others or path.endswith(_BINARY):
            raise screen.UsageError(f"`{receiver}` makes {len(files):,} file{'s' * (len(files) > 1)}, such as `{path}`; name a folder with -o")
        screen.out(make().decode())
        return
    if _is_file(out, list(files), receiver):
        handoff.write_one(make, Path(out))
        screen.note(f"wrote {out}")
        return
    written = handoff.write(files, Path(out))
    screen.note(f"wrote {len(written):,} file{'s' * (len(written) > 1)} to {out}: {', '.join(written[:3])}{', ...' if len(written) > 3 else ''}")


def _is_file(out: str, paths: list[str], receiver: str) -> bool:
    """Whether -o names a file, not a folder. Raises UsageError for the name of a file that the receiver does not make, or makes several of."""
    ending, own = Path(out).suffix.lower(), {Path(p).suffix for p in paths} - {""}
    if out.endswith("/") or Path(out).is_dir() or not (ending in own or _SAME.get(ending, ending)[1:] in _FILES):
        return False
    if len(paths) > 1:
        raise screen.UsageError(
            f"`{receiver}` makes {len(paths):,} files, such as `{paths[0]}`, and `{out}` is the name of one: name a folder with -o, such as "
            f"`{Path(out).with_suffix('')}`, or choose less"
        )
    if _SAME.get(ending, ending) not in own:
        raise screen.UsageError(f"`{receiver}` makes `{paths[0]}`: give -o a name that ends in `{min(own)}`, or a folder")
    return True


def _listed(folder: str, known: list[Receiver], only: Only, out: str | None, format: options.TableFormat) -> int:
    """The receivers that have something to say of a package: what it is, who takes it, and how many of its files are in the package already."""
    from rackwright.flow.manifest import load

    if only or out:
        raise screen.UsageError("name a receiver too; `rackwright export DIR` lists them")
    stages = [f.stage for f in load(Path(folder)).files]
    tables = designs.open_package(folder).tables
    is_hall = tables.height("halls") > 0
    able = [r for r in known if not r.lacks(tables)]
    shown = [(r.name, r.title, r.who, ", ".join(r.choices) if is_hall else "", stages.count(r.stage) or None) for r in able]
    rows.write(("receiver", "title", "for", "of one", "built already"), shown, format)
    if format is options.TableFormat.TEXT:
        many = len(known) - len(able)
        screen.note(f"`rackwright export {folder} RECEIVER -o OUT` makes its files; {many} more receivers have nothing to say of this package")
    return 0


def _first(known: list[str]) -> str:
    """`; there are ...` with the first few names."""
    return f"; there are {', '.join(f'`{k}`' for k in known[:4])}{', ...' if len(known) > 4 else ''}" if known else ""
