"""Rack designs of a hall: compiled, or taken over from the package that is built anew where neither spec nor parts changed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

import polars as pl
from polars.exceptions import PolarsError

from rackwright.flow import pipeline
from rackwright.flow.fingerprint import Fingerprint, folder, program
from rackwright.flow.memory import Memory
from rackwright.flow.pipeline import Design
from rackwright.flow.store import Artefact, Kept
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
    return Rack(design, dict([_file(name, design.tables, inputs)]))


def _file(name: str, t: Tables, inputs: str) -> tuple[str, Artefact]:
    """All tables of a design in one file."""
    return f"designs/{name}.zip", Artefact(partial(_packed, t), "design", inputs)


def _packed(t: Tables) -> bytes:
    """Tables as Arrow streams in a ZIP archive: to write and read many small ones takes a tenth of the time of as many Parquet files."""
    made = io.BytesIO()
    with ZipFile(made, "w") as archive:
        for table in sorted(t):
            if not t[table].is_empty():
                rows = io.BytesIO()
                t[table].write_ipc_stream(rows, compression="lz4")
                archive.writestr(ZipInfo(f"{table}.arrows"), rows.getvalue())
    return made.getvalue()


def _kept(name: str, inputs: str, kept: Kept) -> Tables | None:
    """All tables of a design, None unless they were made from just that."""
    path = f"designs/{name}.zip"
    data = kept.read(path) if kept.has(path, inputs) else None
    return None if data is None else unpacked(data)


def unpacked(data: bytes) -> Tables | None:
    """The tables of a design from its file in a package; None where it is no whole one of this version."""
    frames: dict[str, pl.DataFrame] = {}
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                table = member.removesuffix(".arrows")
                frames[table] = pl.read_ipc_stream(io.BytesIO(archive.read(member)))
                if table not in table_names() or dict(frames[table].schema) != table_schema(table).dtypes():
                    return None
    except (PolarsError, OSError, BadZipFile):
        return None
    return Tables(frames) if "devices" in frames else None
