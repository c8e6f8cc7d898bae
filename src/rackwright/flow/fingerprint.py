"""A hash of everything that a result is made from, so that a result is kept only where nothing of that changed.

Values are hashed by what they say: arrays by type, shape and bytes, dataclasses field by field, so that a field somebody adds counts without a
word. What is none of the known kinds raises: a hash that left something out would keep stale results.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
import polars as pl
from pydantic import BaseModel

from rackwright.catalog.part import Part

_PLAIN = (bool, int, float, str, type(None))
_SKIPPED = ("docs", "__pycache__")


class Fingerprint:
    """A hash that grows."""

    def __init__(self, *things: object) -> None:
        self._hash = hashlib.sha256()
        for thing in things:
            self.add(thing)

    def add(self, thing: object) -> None:
        """Take in a value. Raises TypeError for a kind that is not known here."""
        if isinstance(thing, np.ndarray) and thing.dtype != object:
            self._say(f"array {thing.dtype.str} {thing.shape}")
            self._hash.update(np.ascontiguousarray(thing).view(np.uint8).data if thing.size else b"")
        elif thing is None or isinstance(thing, (bool, int, float, str, bytes, np.generic)):
            self._say(f"{type(thing).__name__} {thing!r}")
        elif isinstance(thing, (list, tuple)):
            if all(type(item) in _PLAIN for item in thing):
                self._say(f"plain {[*thing]}")
                return
            self._say(f"{len(thing)} items")
            for item in thing:
                self.add(item)
        elif isinstance(thing, dict):
            self.add(list(thing.items()))
        elif isinstance(thing, (set, frozenset)):
            self.add(sorted(thing, key=repr))
        elif isinstance(thing, Part):  # where its file lies and who says so change nothing
            self.add((thing.name, thing.kind, {f.name: (f.value, f.text) for f in thing.facts.values()}, thing.contains, thing.ports))
        elif isinstance(thing, BaseModel):
            self._say(type(thing).__name__ + thing.model_dump_json())
        elif isinstance(thing, pl.DataFrame):
            self._say(f"table {dict(thing.schema)}" + thing.write_csv())
        elif is_dataclass(thing) and not isinstance(thing, type):
            self.add_all_but(thing)
        else:
            raise TypeError(f"no fingerprint of a {type(thing).__name__}")

    def add_all_but(self, thing: object, left_out: Collection[str] = ()) -> None:
        """Take in a dataclass without some of its fields."""
        names = [f.name for f in fields(thing) if f.name not in left_out]  # type: ignore[arg-type]
        values = [getattr(thing, name) for name in names]
        if all(type(v) in _PLAIN for v in values):
            self._say(f"{type(thing).__name__} {names} {values}")
            return
        self._say(type(thing).__name__)
        for name, value in zip(names, values, strict=True):
            self._say(name)
            self.add(value)

    def _say(self, text: str) -> None:
        data = text.encode()
        self._hash.update(b"%d:" % len(data))
        self._hash.update(data)

    def bytes(self, *texts: bytes) -> Fingerprint:
        """Take in bytes, each with its length, and give itself: a short way for many small hashes."""
        for data in texts:
            self._hash.update(b"%d:" % len(data) + data)
        return self

    def copy(self) -> Fingerprint:
        """Another that has taken in the same."""
        other = Fingerprint()
        other._hash = self._hash.copy()
        return other

    def hex(self) -> str:
        """So far; 32 hex digits."""
        return self._hash.hexdigest()[:32]


@cache
def program() -> str:
    """Hash of this program: every file of the package, parts and tables included, and the versions of what computes and writes the columns."""
    made = Fingerprint(np.__version__, pl.__version__)
    for path, file in sorted(_files(resources.files("rackwright"), "")):
        made.add((path, file.read_bytes()))
    return made.hex()


def _files(folder: Traversable, path: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for entry in folder.iterdir():
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            found += _files(entry, name) if entry.name not in _SKIPPED else []
        elif not entry.name.endswith(".pyc"):
            found.append((name, entry))
    return found


def folder(path: Path) -> str:
    """Hash of every file below a folder by its relative name; of a folder that is not there, the hash of nothing."""
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else []
    return Fingerprint([(p.relative_to(path).as_posix(), p.read_bytes()) for p in files]).hex()
