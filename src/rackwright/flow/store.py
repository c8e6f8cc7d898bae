"""The package store: a package is written beside its target and renamed into place, so it is whole or it is not there.

Layout: `manifest.json`, `tables/<table>.parquet` and `.csv` for every table, `spec/` with the sources the design was compiled from,
and whatever artefacts (report, drawings, hand-off files) `flow.package` made. The cables of a hall lie in cells (`flow.cells`), and have no
CSV: the cut sheets are their readable form.

Files that say what they were made from (`Artefact.inputs`) are taken over from the package that is replaced, where it has the same.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from threading import Lock

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from rackwright.flow import cells
from rackwright.flow import manifest as man
from rackwright.flow.fingerprint import Fingerprint, program
from rackwright.flow.manifest import Artefact as Artefact
from rackwright.flow.manifest import Entry, Manifest, PackageError
from rackwright.flow.manifest import Kept as Kept
from rackwright.flow.manifest import kept as kept
from rackwright.schema.tables import Tables, empty, table_names, table_schema

if sys.platform != "win32":
    import fcntl


_LONG = 10_000  # rows from which a table is hashed to see whether its files can be taken over, which is faster than to write them


@dataclass(frozen=True, slots=True)
class Package:
    """A package that was read: its folder, what it says about itself, and its tables."""

    folder: Path
    manifest: Manifest
    tables: Tables


def write(tables: Tables, out: Path, artefacts: Mapping[str, Artefact], about: Manifest, inputs: Mapping[str, str] | None = None) -> Manifest:
    """Write a package to `out`, replacing a package that stands there. `about` gives everything but the files, `inputs` the hash of what
    cells of cables, and tables of which that is known, are made from, by the path of the Parquet file.

    Raises:
        PackageError: `out` holds something that is not ours to replace, or the disk refuses.
    """
    files = {**_table_files(tables, inputs or {}), **artefacts}
    target = out.resolve()
    check_target(out)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        with _workshop(target) as made:
            listed = _written(made, files, kept(target, about.versions))
            full = replace(about, files=listed)
            (made / man.FILE).write_bytes(full.to_bytes())
            with _turn(target.parent):
                _check_target(out)
                _swap(made, target)
    except OSError as fault:
        raise PackageError(f"cannot write `{out}`: {fault.strerror or fault}") from None
    return full


def cell(old: Kept, file: str) -> pl.DataFrame | None:
    """A cell of cables as it lies in a package, None where it is damaged."""
    try:
        return _frame(old.folder, old.manifest, file, cells.stored())
    except PackageError:
        return None


def table(old: Kept, name: str, inputs: str) -> pl.DataFrame | None:
    """A table of a package that was made from just that, None where there is none."""
    path = f"tables/{name}.parquet"
    if not old.has(path, inputs):
        return None
    try:
        return _frame(old.folder, old.manifest, path, table_schema(name).dtypes())
    except PackageError:
        return None


def threads() -> int:
    """How many threads work on cells. More than a few gain nothing: what is left of Python takes turns."""
    return min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def _written(folder: Path, files: Mapping[str, Artefact], old: Kept | None) -> tuple[Entry, ...]:
    """Writes every file; no more of those made on demand are held than there are threads."""
    for parent in {(folder / path).parent for path in files}:
        parent.mkdir(parents=True, exist_ok=True)

    def one(path: str) -> Entry:
        artefact, file = files[path], folder / path
        if old is not None and old.has(path, artefact.inputs) and _linked(old.folder / path, file):
            entry = old.manifest.entry(path)
            assert entry is not None
            return entry
        data = artefact.data if isinstance(artefact.data, bytes) else artefact.data()
        file.write_bytes(data)
        return Entry(path, man.digest(data), len(data), artefact.stage, artefact.inputs)

    with ThreadPoolExecutor(threads()) as pool:
        return tuple(pool.map(one, sorted(files)))


def _linked(old: Path, new: Path) -> bool:
    """Give a file a second name, or copy it where the disk knows no such thing; False if it is gone."""
    try:
        os.link(old, new)
    except OSError:
        try:
            shutil.copy2(old, new)
        except OSError:
            return False
    return True


def _table_files(tables: Tables, inputs: Mapping[str, str]) -> dict[str, Artefact]:
    files: dict[str, Artefact] = {}
    together = _Together()
    for name in table_names():
        stage, rows = table_schema(name).columns[0].origin, f"tables/{name}.parquet"
        if name == cells.TABLE and not tables[cells.CELLS].is_empty():
            files |= {path: Artefact(make, stage, inputs.get(path, "")) for path, make in cells.files(tables)}
            continue
        made_from = inputs.get(rows) or (content(tables[name]) if tables[name].height >= _LONG else "")
        make = _of_nothing(name) if tables[name].is_empty() else together.files(tables[name]) if not made_from else _alone(tables[name])
        files |= {rows: Artefact(make[0], stage, made_from), f"tables/{name}.csv": Artefact(make[1], stage, made_from)}
    return files


class _Together:
    """Tables as Parquet and CSV, all made when the first file is asked for: one run of Polars for many small ones takes half the time of many."""

    def __init__(self) -> None:
        self._lock, self._sinks = Lock(), list[pl.LazyFrame]()

    def files(self, rows: pl.DataFrame) -> tuple[Callable[[], bytes], Callable[[], bytes]]:
        """What gives both files of one more table."""
        table, text = io.BytesIO(), io.BytesIO()
        self._sinks += [rows.lazy().sink_parquet(table, compression="zstd", lazy=True), rows.lazy().sink_csv(text, line_terminator="\n", lazy=True)]
        return partial(self._made, table), partial(self._made, text)

    def _made(self, file: io.BytesIO) -> bytes:
        with self._lock:
            if self._sinks:
                pl.collect_all(self._sinks)
                self._sinks = []
        return file.getvalue()


def _alone(rows: pl.DataFrame) -> tuple[Callable[[], bytes], Callable[[], bytes]]:
    """What gives both files of a table that a later build may take over."""
    return partial(parquet, rows), partial(_csv, rows)


@cache
def _of_nothing(table: str) -> tuple[bytes, bytes]:
    """A table without rows as Parquet and as CSV; most designs leave half of the tables so."""
    return parquet(empty(table)), _csv(empty(table))


def content(rows: pl.DataFrame) -> str:
    """A hash of the names, types and values of a table, and of what writes it."""
    made = Fingerprint(program(), str(dict(rows.schema)))
    for column in rows.iter_columns():
        if column.dtype == pl.String:
            made.add((column.str.len_bytes().fill_null(0).to_numpy(), column.str.join("", ignore_nulls=True).item().encode()))
        else:
            made.add(column.fill_null(pl.Series([0]).cast(column.dtype)[0]).to_numpy())
        made.add(np.packbits(column.is_null().to_numpy()) if column.null_count() else None)
    return made.hex()


def parquet(rows: pl.DataFrame) -> bytes:
    """A table as Parquet."""
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
    present = sorted(_files(target, ""))
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


def _files(folder: Path, prefix: str) -> Iterator[str]:
    """Whatever is no folder below one, links too. Of thousands of files `Path.rglob` takes five times as long."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path), f"{prefix}{entry.name}/")
            else:
                yield f"{prefix}{entry.name}"


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
    frames = {name: _frame(folder, found, f"tables/{name}.parquet", table_schema(name).dtypes()) for name in names if name != cells.TABLE}
    if cells.TABLE in names:
        listed = frames.get(cells.CELLS)
        frames[cells.TABLE] = cables(folder, found, _frame(folder, found, _CELLS, table_schema(cells.CELLS).dtypes()) if listed is None else listed)
    return Package(folder, found, Tables(frames))


def read_two(a: Path, b: Path) -> tuple[Package, Package]:
    """Two packages to be compared: a file that both have is read once, and cables only of cells that may differ.

    Where they are cells of a fabric whose menu of media changed, all may. Raises PackageError as `read` does.
    """
    made: list[dict[str, pl.DataFrame]] = [{}, {}]
    found = [man.load(folder) for folder in (a, b)]
    for name in table_names():
        if name == cells.TABLE:
            continue
        entries = [m.entry(f"tables/{name}.parquet") for m in found]
        for i, folder in enumerate((a, b)):
            is_same = i and entries[0] is not None and entries[1] is not None and entries[0].sha256 == entries[1].sha256
            made[i][name] = made[0][name] if is_same else _frame(folder, found[i], f"tables/{name}.parquet", table_schema(name).dtypes())
    for i, folder in enumerate((a, b)):
        rows = made[i][cells.CELLS].filter(~pl.col("file").is_in(_same_cells(found, made)))
        made[i][cells.TABLE] = cables(folder, found[i], rows)
    return Package(a, found[0], Tables(made[0])), Package(b, found[1], Tables(made[1]))


def _same_cells(found: Sequence[Manifest], made: Sequence[Mapping[str, pl.DataFrame]]) -> list[str]:
    """Files that say the same of the same fabric: equal bytes, and equal media behind the numbers in them."""
    menus = []
    for t in made:
        names = dict(t["fabrics"].select("fabric_id", "fabric").iter_rows())
        media = t["fabric_skus"].drop("cables").partition_by("fabric_id", as_dict=True, include_key=False)
        menus.append({names[key[0]]: rows for key, rows in media.items()})
    owner = {file: made[0]["fabrics"]["fabric"][fabric] for file, fabric in made[0][cells.CELLS].select("file", "fabric_id").iter_rows()}
    same = {f for f in menus[0] if f in menus[1] and menus[0][f].equals(menus[1][f])}
    return [
        file
        for file, fabric in owner.items()
        if fabric in same and (x := found[0].entry(file)) is not None and (y := found[1].entry(file)) is not None and x.sha256 == y.sha256
    ]


_CELLS = f"tables/{cells.CELLS}.parquet"


def cables(folder: Path, manifest: Manifest, rows: pl.DataFrame) -> pl.DataFrame:
    """The cables of those rows of `fabric_cells`, every file checked. Raises PackageError."""
    with ThreadPoolExecutor(threads()) as pool:
        return cells.joined(rows, list(pool.map(lambda file: _frame(folder, manifest, file, cells.stored()), rows["file"])))


def _frame(folder: Path, manifest: Manifest, path: str, columns: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    """One Parquet file of a package with the columns that this version knows. Raises PackageError."""
    data = man.read_file(folder, manifest, path)
    try:
        made = pl.read_parquet(io.BytesIO(data))
    except (PolarsError, OSError):
        raise PackageError(f"`{folder}` is damaged: `{path}` is not Parquet; build the package again") from None
    if dict(made.schema) != columns:
        by, table = manifest.versions.get("rackwright", "?"), path.split("/")[1].removesuffix(".parquet")
        raise PackageError(f"`{folder}` was written by rackwright {by} with other columns in `{table}` than this version has; build it again")
    return made
