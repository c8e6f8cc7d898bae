"""A compiled design as a package: tables, report, drawings and hand-off files, each made by the module that its room holds for it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import polars as pl

from rackwright import export
from rackwright.export.marked import marked
from rackwright.flow.fingerprint import Fingerprint
from rackwright.flow.identity import design_hash, mark
from rackwright.flow.manifest import Manifest, digest, rackwright_version, schema_version
from rackwright.flow.pipeline import Design
from rackwright.flow.store import Artefact, write
from rackwright.render.gallery import scenes
from rackwright.render.pages import pages
from rackwright.render.report import report
from rackwright.render.svg import svg
from rackwright.render.title_block import framed
from rackwright.render.viewer import files as viewer
from rackwright.schema.tables import Tables, frame

Progress = Callable[[str], None]


def build(
    design: Design, out: Path, *, variant: str = "", sets: Sequence[str] = (), pictures: bool = True, progress: Progress = lambda stage: None
) -> Manifest:
    """Write the package of a design to `out`, with or without report, drawings and viewer. Raises PackageError."""
    spec_path = _spec_path(design.document.file)
    tables = rehomed(design.tables, design.document.file, spec_path)
    source = _source(design)
    versions = {"rackwright": rackwright_version(), "schema": schema_version()}
    about = Manifest(design.name, variant, tuple(sets), versions, digest(source), ())
    about = replace(about, design_hash=design_hash(design, about))
    files = {spec_path: Artefact(source, "spec"), **design.files}
    made = [_handed_off(tables, design.inputs, mark(about, tables).words), *([_pictures(design, tables, about)] if pictures else [])]
    for path, artefact in chain.from_iterable(made):
        progress(path)
        files[path] = artefact
    progress("write")
    return write(tables, out, files, about, design.inputs)


def _source(design: Design) -> bytes:
    """The spec as it was compiled; a design made in Python has no text, its program is taken as it lies there."""
    file = Path(design.document.file)
    return file.read_bytes() if not design.document.text and file.is_file() else design.document.text.encode()


def _spec_path(file: str) -> str:
    return f"spec/{Path(file).name or 'spec.yaml'}"


def rehomed(tables: Tables, file: str, path: str) -> Tables:
    """The same tables with spans that point at the copy in the package, so that a package says nothing about where it was built."""
    spans = tables["spans"].with_columns(file=pl.when(pl.col("file") == file).then(pl.lit(path)).otherwise("file"))
    return tables.put({"spans": frame("spans", spans)})


def _handed_off(tables: Tables, inputs: Mapping[str, str], words: str) -> Iterator[tuple[str, Artefact]]:
    """A file per exporter that has something to say. Modules of `export` are found by scanning.

    An exporter whose files follow from cells of cables alone says from which (`cells`); `inputs` are the hashes of these. `words` say which design it
    is.
    """
    for info in pkgutil.iter_modules(export.__path__):
        module = importlib.import_module(f"{export.__name__}.{info.name}")
        if hasattr(module, "files"):
            made_from = module.cells(tables) if inputs and callable(getattr(module, "cells", None)) else {}
            for path, make in module.files(tables):
                yield path, Artefact(marked(path, make, words), f"export.{info.name}", _made_from(path, made_from, inputs))


def _pictures(design: Design, tables: Tables, about: Manifest) -> Iterator[tuple[str, Artefact]]:
    """Report, drawings and viewer."""
    said, drawn = mark(about, tables), scenes(tables)
    beside = pages(tables, design.racks, said, drawn)
    yield "report.html", Artefact(report(tables, said, drawn, beside).encode(), "render.report")
    for page in beside:
        yield page.path, Artefact(page.make, "render.report")
    for name, scene in drawn.items():
        yield f"drawings/{name}.svg", Artefact(svg(framed(scene, said)).encode(), f"render.{name}")
    shown = {"name": design.name, "variant": about.variant, "version": said.version, "words": said.words}
    made_from = viewer.cells(tables)
    for path, data in viewer.files(tables, design.racks, shown, list(drawn)):
        yield path, Artefact(data, "render.viewer", _made_from(path, made_from, design.inputs))


def _made_from(path: str, cells: Mapping[str, Sequence[str]], inputs: Mapping[str, str]) -> str:
    """The hash of what a file is made from, where that is cells of cables alone and they are known."""
    known = [inputs.get(cell, "") for cell in cells.get(path, ())]
    return Fingerprint(path, known).hex() if known and all(known) else ""
