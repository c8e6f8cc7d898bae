"""One receiver's files of a package, made when they are asked for. A receiver is a module of `export`, or of `flow.composed` where it needs drawings
too, that has `files` or `files_of`.

`files(tables)` is what `build` writes; `files_of(tables, only)` what is made of a choice of rows, racks, devices, fabrics and cables. `OF` names the
packages it is for (`rack`, `hall`), both where it has none; `CHOICES` what its files may be made of, everything that `Only` has where it has none;
`FOR` who takes them; `NEEDS` what of `export.needs` they are made of, none where they always are.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path, PurePosixPath

from rackwright import export
from rackwright.export.marked import marked
from rackwright.export.needs import NEEDS, Need
from rackwright.export.only import Only
from rackwright.flow import composed
from rackwright.flow.identity import mark
from rackwright.flow.manifest import Manifest, PackageError, read_file
from rackwright.schema.tables import Tables


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver by its name on the command line (`cut-sheets` is `export/cut_sheets.py`)."""

    name: str
    title: str
    module: str
    is_chosen: bool
    is_built: bool
    of: tuple[str, ...]
    choices: tuple[str, ...]
    is_composed: bool = False
    who: str = ""
    need: Need | None = None

    def lacks(self, t: Tables) -> str:
        """Why a package has nothing for it, in words that follow its name; empty where it has."""
        kind = "rack" if t["halls"].is_empty() else "hall"
        if kind not in self.of:
            return f"is made of the package of a {self.of[0]}, and this is one of a {kind}"
        if self.need is not None and not self.need.has(t):
            return f"is made of {self.need.words}, and this package has none"
        return ""

    @property
    def names_devices(self) -> bool:
        """Whether devices of a hall stand in its files under names, so that these may be others."""
        return "hall" in self.of and self.need is not None and bool(self.need.names_devices)

    @property
    def stage(self) -> str:
        """The stage that `build` writes its files under."""
        return f"{'composed' if self.is_composed else 'export'}.{self.module}"


@cache
def receivers() -> dict[str, Receiver]:
    """Every receiver by name."""
    found = {}
    for room in (export, composed):
        for info in pkgutil.iter_modules(room.__path__):
            module = importlib.import_module(f"{room.__name__}.{info.name}")
            is_chosen, is_built = hasattr(module, "files_of"), hasattr(module, "files")
            if is_chosen or is_built:
                name, of = info.name.replace("_", "-"), getattr(module, "OF", ("rack", "hall"))
                choices = getattr(module, "CHOICES", tuple(f.name for f in fields(Only))) if is_chosen else ()
                need = NEEDS[module.NEEDS] if hasattr(module, "NEEDS") else None
                found[name] = Receiver(name, module.TITLE, info.name, is_chosen, is_built, of, choices, room is composed, module.FOR, need)
    return dict(sorted(found.items()))


def files(
    tables: Tables,
    receiver: Receiver,
    only: Only,
    about: Manifest,
    designs: Callable[[], Mapping[str, Tables]] = dict,
) -> dict[str, Callable[[], bytes]]:
    """What a receiver makes of a choice in the package that `about` tells of, by path. Nothing is made yet. `designs` reads the tables of the rack
    designs of a hall, by name, for those that want them.

    Raises:
        UnknownNameError, ChoiceError: names the package has not, or a choice too large or of the wrong kind.
    """
    if receiver.is_composed:
        made = importlib.import_module(f"{composed.__name__}.{receiver.module}")
        more = (designs(),) if getattr(made, "DESIGNS", False) else ()
        return dict(made.files_of(tables, only, about, *more))
    module = importlib.import_module(f"{export.__name__}.{receiver.module}")
    found = module.files_of(tables, only) if receiver.is_chosen else module.files(tables)
    words = mark(about, tables).words
    return {path: marked(path, make, words) for path, make in found}


def designs(folder: Path, about: Manifest) -> dict[str, Tables]:
    """Tables of the rack designs that a package of a hall holds, by name. Raises PackageError for a damaged one."""
    from rackwright.flow.rack_designs import unpacked  # takes in all that compiles racks

    found = {}
    for entry in about.files:
        at = PurePosixPath(entry.path)
        if len(at.parts) == 2 and at.parts[0] == "designs":
            made = unpacked(read_file(folder, about, entry.path))
            if made is None:
                raise PackageError(f"`{entry.path}` is of another version of rackwright; build the package again")
            found[at.stem] = made
    return found


def write_one(make: Callable[[], bytes], out: Path) -> None:
    """Write one file, whole or not at all. Raises PackageError where it cannot be written, or a folder has its name."""
    made = out.with_name(f".{out.name}.rackwright-export-{os.getpid()}")
    try:
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_bytes(make())
        made.replace(out)
    except OSError as fault:
        raise PackageError(f"cannot write `{out}`: {fault.strerror or fault}") from None
    finally:
        with suppress(OSError):
            made.unlink()


def write(wanted: Mapping[str, Callable[[], bytes]], out: Path) -> list[str]:
    """Write files to a folder: all of them or none. A folder that holds nothing but files of these names is replaced.

    Raises:
        PackageError: the folder holds something else, or the disk refuses.
    """
    target = out.resolve()
    _check(target, out, wanted)
    made = target.with_name(f".{target.name}.rackwright-export-{os.getpid()}")
    old = made.with_name(f"{made.name}-old")
    try:
        for path, make in wanted.items():
            file = made / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(make())
        _check(target, out, wanted)
        if target.exists():
            target.rename(old)
        made.rename(target)
    except OSError as fault:
        if old.exists() and not target.exists():
            old.rename(target)
        raise PackageError(f"cannot write `{out}`: {fault.strerror or fault}") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return sorted(wanted)


def _check(target: Path, out: Path, wanted: Mapping[str, object]) -> None:
    here = Path.cwd()
    if target == here or target in here.parents:
        raise PackageError(f"`{out}` is the folder you stand in (or one above it); name a folder of its own")
    if not target.exists():
        return
    if not target.is_dir():
        raise PackageError(f"`{out}` is a file; name a folder")
    foreign = sorted(p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_symlink() or not p.is_dir())
    foreign = [p for p in foreign if p not in wanted]
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise PackageError(f"`{out}` holds `{foreign[0]}`{more}, which this export would not write; name an empty or new folder")
