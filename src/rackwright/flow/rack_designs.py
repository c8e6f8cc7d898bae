"""Rack designs of a hall: compiled, or taken over from the package that is built anew where neither spec nor parts changed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from rackwright.flow import pipeline
from rackwright.flow.fingerprint import Fingerprint, folder, program
from rackwright.flow.memory import Memory
from rackwright.flow.pipeline import Design
from rackwright.flow.store import Artefact, Kept, parquet
from rackwright.rules import rule
from rackwright.schema.tables import Tables, table_names, table_schema
from rackwright.spec.document import Document
from rackwright.spec.rack import RackSpec


@dataclass(frozen=True, slots=True)
class Rack:
    """A compiled rack design, and its tables as files of the hall's package."""

    design: Design
    files: dict[str, Artefact]


def compiled(name: str, path: Path, variant: str, as_of: str, kept: Kept | None, memory: Memory) -> Rack:
    """The rack design that a hall calls `name`. Raises DesignError."""
    document = pipeline.read(str(path), variant=variant or None)
    parts = [folder(document.folder / p) for p in document.spec.parts]
    inputs = Fingerprint(program(), name, path.name, document.text, document.spec, parts, variant, as_of).hex()
    if not document.text:  # a program: what it reads is not known
        return _made(name, document, path, as_of, inputs, None)
    return memory.made(f"design {name}", inputs, lambda: _made(name, document, path, as_of, inputs, kept))


def _made(name: str, document: Document[RackSpec], path: Path, as_of: str, inputs: str, kept: Kept | None) -> Rack:
    tables = _kept(name, inputs, kept) if kept else None
    if tables is None:
        made = pipeline.compile_document(document, as_of=as_of)
        # A package says nothing about where it was built.
        spans = made.tables["spans"].with_columns(file=pl.when(pl.col("file") == document.file).then(pl.lit(path.name)).otherwise("file"))
        tables = made.tables.put({"spans": spans})
    design = Design(document.spec.rack, document, tables, rule.grouped(tables))
    return Rack(design, dict(_files(name, design.tables, inputs)))


def _files(name: str, t: Tables, inputs: str) -> Iterator[tuple[str, Artefact]]:
    for table in sorted(t):
        if not t[table].is_empty():
            yield f"designs/{name}/{table}.parquet", Artefact(partial(parquet, t[table]), "design", inputs)


def _kept(name: str, inputs: str, kept: Kept) -> Tables | None:
    """All tables of a design, None unless every one of them was made from just that."""
    prefix, frames = f"designs/{name}/", {}
    for entry in kept.manifest.files:
        if not entry.path.startswith(prefix):
            continue
        table = entry.path.removeprefix(prefix).removesuffix(".parquet")
        data = kept.read(entry.path) if entry.inputs == inputs and table in table_names() else None
        if data is None:
            return None
        try:
            frames[table] = pl.read_parquet(io.BytesIO(data))
        except (PolarsError, OSError):
            return None
        if dict(frames[table].schema) != table_schema(table).dtypes():
            return None
    return Tables(frames) if "devices" in frames else None
