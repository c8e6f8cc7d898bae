"""What a package says about itself: `manifest.json`, every file with its hash. Knows no tables, so that `query` starts without Polars."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any

FILE = "manifest.json"
KIND = "rackwright-package"
FORMAT = 1
SWITCH = 1 << 30  # in a cell of cables: added to the number of a switch, as hosts of another unit may lie before the first of this one


class PackageError(Exception):
    """A package cannot be read or written; the message is for people and says what to do."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """One file to be written, and the stage that made it (`render.report`). Data that is made only when it is written need not all be held, and
    is made in any thread. `inputs` is the hash of everything that it is made from, empty where nobody knows.
    """

    data: bytes | Callable[[], bytes]
    stage: str
    inputs: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a package: `path` with forward slashes, `stage` that made it, and for one that a later build may keep the hash of all that it
    was made from (`inputs`).
    """

    path: str
    sha256: str
    size: int
    stage: str
    inputs: str = ""

    def to_json(self) -> dict[str, str | int]:
        """As it stands in the manifest."""
        said: dict[str, str | int] = {"path": self.path, "sha256": self.sha256, "size": self.size, "stage": self.stage}
        return {**said, "inputs": self.inputs} if self.inputs else said


@dataclass(frozen=True)
class Manifest:
    """`manifest.json`. `sets` are the `--set` changes in order: line n of the pseudo-file `--set` in `spans`. `design_hash` is that of
    `flow.identity`, empty in a package of a version that had none.
    """

    design: str
    variant: str
    sets: tuple[str, ...]
    versions: dict[str, str]
    spec_sha256: str
    files: tuple[Entry, ...]
    design_hash: str = ""

    def entry(self, path: str) -> Entry | None:
        """The entry of one file, or None."""
        return self._by_path.get(path)

    @cached_property
    def _by_path(self) -> dict[str, Entry]:
        return {f.path: f for f in self.files}

    def tables(self) -> dict[str, list[str]]:
        """Names of the tables in the package, and the Parquet files of each: `tables/NAME.parquet`, or parts of one table in `tables/NAME/`."""
        found: dict[str, list[str]] = {}
        for path in sorted(f.path for f in self.files if f.path.startswith("tables/") and f.path.endswith(".parquet")):
            found.setdefault(path[7:].removesuffix(".parquet").partition("/")[0], []).append(path)
        return found

    def to_bytes(self) -> bytes:
        """The file as written: sorted, no clock, no machine."""
        data = {
            "kind": KIND,
            "format": FORMAT,
            "design": self.design,
            "variant": self.variant,
            "sets": list(self.sets),
            "versions": self.versions,
            "spec_sha256": self.spec_sha256,
            "design_hash": self.design_hash,
            "files": [f.to_json() for f in sorted(self.files, key=lambda f: f.path)],
        }
        return (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def rackwright_version() -> str:
    """Version of the package that runs, taken from the loaded root so that no module imports it."""
    return str(vars(sys.modules["rackwright"])["__version__"])


@cache
def schema_version() -> str:
    """The first 12 hex digits of the hash over all table CSVs: changes as soon as any column does."""
    folder = resources.files("rackwright.schema").joinpath("tables")
    total = hashlib.sha256()
    for file in sorted((f for f in folder.iterdir() if f.name.endswith(".csv")), key=lambda f: f.name):
        total.update(file.name.encode() + b"\0" + file.read_bytes())
    return total.hexdigest()[:12]


def is_package(folder: Path) -> bool:
    """Whether a folder holds a manifest of ours, of any format."""
    try:
        return _is_ours(json.loads((folder / FILE).read_bytes()))
    except (OSError, ValueError, RecursionError):
        return False


def _is_ours(data: Any) -> bool:
    return isinstance(data, dict) and data.get("kind") == KIND


def load(folder: Path) -> Manifest:
    """The manifest of a package.

    Raises:
        PackageError: no folder, no manifest, a damaged one, or one of a newer format.
    """
    if not folder.exists():
        raise PackageError(f"there is no folder `{folder}`; `rackwright build SPEC -o {folder}` makes one")
    if not folder.is_dir():
        raise PackageError(f"`{folder}` is a file; a package is the folder that `rackwright build` writes")
    try:
        data = json.loads((folder / FILE).read_bytes())
    except FileNotFoundError:
        raise PackageError(f"`{folder}` is no package: it has no {FILE}; `rackwright build SPEC -o DIR` writes one") from None
    except OSError as fault:
        raise PackageError(f"cannot read `{folder / FILE}`: {fault.strerror}") from None
    except (ValueError, RecursionError):
        raise PackageError(f"`{folder / FILE}` is damaged: it is not JSON; build the package again") from None
    if not _is_ours(data):
        raise PackageError(f"`{folder}` is no package: its {FILE} belongs to something else")
    written = data.get("format")
    if isinstance(written, int) and written > FORMAT:
        versions = data.get("versions")
        by = f" (rackwright {versions.get('rackwright', '?')})" if isinstance(versions, dict) else ""
        raise PackageError(f"`{folder}` has package format {written}{by}, newer than {FORMAT}, the newest this rackwright reads; upgrade rackwright")
    try:
        return _manifest(data)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise PackageError(f"`{folder / FILE}` is damaged: an entry is missing or of the wrong type; build the package again") from None


def _manifest(data: dict[str, Any]) -> Manifest:
    files = tuple(Entry(str(f["path"]), str(f["sha256"]), int(f["size"]), str(f["stage"]), str(f.get("inputs", ""))) for f in data["files"])
    versions = {str(k): str(v) for k, v in data["versions"].items()}
    sets, design_hash = tuple(str(s) for s in data["sets"]), str(data.get("design_hash", ""))
    return Manifest(str(data["design"]), str(data["variant"]), sets, versions, str(data["spec_sha256"]), files, design_hash)


def read_file(folder: Path, manifest: Manifest, path: str) -> bytes:
    """The bytes of one file of the package, checked against the manifest.

    Raises:
        PackageError: not listed, missing, unreadable or changed since it was built.
    """
    entry = manifest.entry(path)
    if entry is None:
        raise PackageError(f"`{folder}` has no `{path}`; it was written by rackwright {manifest.versions.get('rackwright', '?')}, build it again")
    try:
        data = (folder / path).read_bytes()
    except FileNotFoundError:
        raise PackageError(f"`{folder}` is damaged: `{path}` is missing; build the package again") from None
    except OSError as fault:
        raise PackageError(f"cannot read `{folder / path}`: {fault.strerror}") from None
    if digest(data) != entry.sha256:
        raise PackageError(f"`{folder}` is damaged: `{path}` is not what was built (its hash differs); build the package again")
    return data


@dataclass(frozen=True)
class Kept:
    """A package that is about to be replaced: what may be taken over from it."""

    folder: Path
    manifest: Manifest

    def has(self, path: str, inputs: str) -> bool:
        """Whether it holds that file, made from just that, and the file is as it was written.

        A file not touched since the manifest was written, last of all, is not read for that.
        """
        entry = self.manifest.entry(path)
        if entry is None or not inputs or entry.inputs != inputs:
            return False
        try:
            told = (self.folder / path).stat()
            if told.st_size != entry.size:
                return False
            return told.st_mtime_ns <= self._written_ns or digest((self.folder / path).read_bytes()) == entry.sha256
        except OSError:
            return False

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None where it is not there or not as it was written."""
        try:
            return read_file(self.folder, self.manifest, path)
        except PackageError:
            return None

    @cached_property
    def _written_ns(self) -> int:
        return (self.folder / FILE).stat().st_mtime_ns


def kept(target: Path, versions: Mapping[str, str] | None = None) -> Kept | None:
    """The package that stands at `target`, if it was written by the same versions (those of this program unless given)."""
    versions = versions or {"rackwright": rackwright_version(), "schema": schema_version()}
    if not is_package(target):
        return None
    try:
        found = load(target)
    except PackageError:
        return None
    return Kept(target, found) if found.versions == versions else None
