"""The package store: a package is written beside its target and renamed into place, so it is whole or it is not there.

Layout: `manifest.json`, `tables/<table>.parquet` and `.csv` for every table, `spec/` with the sources the design was compiled from,
and whatever artefacts (report, drawings, hand-off files) `flow.package` made.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from rackwright.flow import manifest as man
from rackwright.flow.manifest import Manifest, PackageError
from rackwright.schema.tables import Tables, table_names, table_schema

if sys.platform != "win32":
    import fcntl


@dataclass(frozen=True, slots=True)
class Artefact:
    """One file to be written, and the stage that made it (`render.report`). Data that is made only when it is written need not all be held."""

    data: bytes | Callable[[], bytes]
    stage: str


@dataclass(frozen=True, slots=True)
class Package:
    """A package that was read: its folder, what it says about itself, and its tables."""

    folder: Path
    manifest: Manifest
    tables: Tables


def write(tables: Tables, out: Path, artefacts: Mapping[str, Artefact], about: Manifest) -> Manifest:
    """Write a package to `out`, replacing a package that stands there. `about` gives everything but the files.

    Raises:
        PackageError: `out` holds something that is not ours to replace, or the disk refuses.
    """
    files = {**_table_files(tables), **artefacts}
    target = out.resolve()
    check_target(out)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        with _workshop(target) as made:
            listed = man.entries(_written(made, files))
            full = Manifest(about.design, about.variant, about.sets, about.versions, about.spec_sha256, listed)
            (made / man.FILE).write_bytes(full.to_bytes())
            with _turn(target.parent):
                _check_target(out)
                _swap(made, target)
    except OSError as fault:
        raise PackageError(f"cannot write `{out}`: {fault.strerror or fault}") from None
    return full


def _written(folder: Path, files: Mapping[str, Artefact]) -> Iterator[tuple[str, bytes, str]]:
    """Writes one file after the other and passes it on; no more than one that is made on demand is held."""
    for path, artefact in sorted(files.items()):
        data = artefact.data if isinstance(artefact.data, bytes) else artefact.data()
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        yield path, data, artefact.stage


def _table_files(tables: Tables) -> dict[str, Artefact]:
    files: dict[str, Artefact] = {}
    for name in table_names():
        stage = table_schema(name).columns[0].origin
        files[f"tables/{name}.parquet"] = Artefact(partial(_parquet, tables[name]), stage)
        files[f"tables/{name}.csv"] = Artefact(partial(_csv, tables[name]), stage)
    return files


def _parquet(rows: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    rows.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def _csv(rows: pl.DataFrame) -> bytes:
    return rows.write_csv(line_terminator="\n").encode()


def check_target(out: Path) -> None:
    """Refuse a target that is not absent, an empty folder, or a package with nothing else in it. Raises PackageError."""
    target, here = out.resolve(), Path.cwd()
    if target == here or target in here.parents:
        raise PackageError(f"`{out}` is the folder you stand in (or one above it); name a folder of its own, for example `-o out`")
    if target.parent.is_dir():
        with _turn(target.parent):
            _check_target(out)


def _check_target(out: Path) -> None:
    target = out.resolve()
    if not target.exists():
        return
    if not target.is_dir():
        raise PackageError(f"`{out}` is a file; name a folder")
    present = sorted(p.relative_to(target).as_posix() for p in target.rglob("*") if not p.is_dir() or p.is_symlink())
    if not present and not any(target.iterdir()):
        return
    if not man.is_package(target):
        raise PackageError(f"`{out}` holds files and is no package of rackwright; name an empty or new folder")
    try:
        ours = {man.FILE, *(f.path for f in man.load(target).files)}
    except PackageError as fault:
        raise PackageError(f"cannot replace `{out}`: {fault}; or remove the folder yourself") from None
    foreign = [p for p in present if p not in ours]
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise PackageError(f"`{out}` is a package, but `{foreign[0]}`{more} in it is not part of it; move that away or name another folder")


@contextmanager
def _workshop(target: Path) -> Iterator[Path]:
    """A locked folder beside the target; gone afterwards unless it was renamed away."""
    number = 0
    while True:
        made = target.parent / f"{_prefix(target)}{os.getpid()}-{number}"
        try:
            made.mkdir()
            break
        except FileExistsError:
            number += 1
    lock = _lock(made)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _prefix(target: Path) -> str:
    return f".{target.name}.rackwright-"


def _lock(folder: Path) -> int | None:
    """An exclusive lock on a folder that ends with this process, or None where somebody else holds it (or there are no locks)."""
    if sys.platform == "win32":
        return None
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Only one build at a time looks at or changes what stands in `folder`."""
    if sys.platform == "win32":
        yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as fault:
        raise PackageError(f"cannot write in `{folder}`: {fault.strerror}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sweep(target: Path) -> None:
    """Remove what builds that were killed left beside the target. A folder whose lock is held belongs to a build that lives."""
    for left in target.parent.iterdir():
        if not left.name.startswith(_prefix(target)):
            continue
        lock = _lock(left)
        if lock is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(lock)


def _swap(made: Path, target: Path) -> None:
    """Put `made` where `target` is. Between the two renames the target is absent, never half."""
    if not target.exists():
        made.rename(target)
        return
    old = made.with_name(f"{made.name}-old")
    target.rename(old)
    try:
        made.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def read(folder: Path, only: Sequence[str] | None = None) -> Package:
    """A package from disk, every file read checked against the manifest; `only` names the tables wanted (all unless given).

    Raises:
        PackageError: no package, damaged, of a newer format or with other columns than this version knows.
    """
    found = man.load(folder)
    names = table_names() if only is None else tuple(only)
    frames: dict[str, pl.DataFrame] = {}
    for name in names:
        data = man.read_file(folder, found, f"tables/{name}.parquet")
        try:
            frames[name] = pl.read_parquet(io.BytesIO(data))
        except (PolarsError, OSError):
            raise PackageError(f"`{folder}` is damaged: `tables/{name}.parquet` is not Parquet; build the package again") from None
        if dict(frames[name].schema) != table_schema(name).dtypes():
            by = found.versions.get("rackwright", "?")
            raise PackageError(f"`{folder}` was written by rackwright {by} with other columns in `{name}` than this version has; build it again")
    return Package(folder, found, Tables(frames))
