"""The whole pipeline on one page: spec -> tables -> simulations -> rules -> summary.

document = spec.read(...)            what is wanted, with lines
parts    = resolve(document)         what exists
tables   = expand -> place -> connect -> feed -> route -> cool        build: one file a pass (feed first: cords follow it)
         -> load flow, manifold, air                                 sim: what it does
         -> bill -> summary                                           what it weighs, costs, amounts to
         -> rules                                                     what is wrong with it
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from rackwright.base.findings import Finding
from rackwright.build.bill import bill
from rackwright.build.connect import connect
from rackwright.build.cool import cool
from rackwright.build.expand import expand
from rackwright.build.feed import feed
from rackwright.build.place import place
from rackwright.build.resolve import catalogue, resolve
from rackwright.build.route import route
from rackwright.flow.manifest import Artefact
from rackwright.flow.summary import summary
from rackwright.rules import rule
from rackwright.schema.tables import Tables
from rackwright.sim.power import load_flow
from rackwright.sim.thermal import air, manifold
from rackwright.spec.document import Document, read_file, read_yaml
from rackwright.spec.python import load
from rackwright.spec.rack import RackSpec

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Design:
    """A compiled spec of a rack or a hall: its name, the document, its tables, and its findings grouped for showing.

    For the next build: `inputs`, the hash of what each cell of cables was made from, by file; and `files`, further ones of the package.
    `racks` are the tables of the rack designs of a hall, by name.
    """

    name: str
    document: Document[Any]
    tables: Tables
    findings: list[Finding]
    inputs: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Artefact] = field(default_factory=dict)
    racks: Mapping[str, Tables] = field(default_factory=dict)

    @property
    def spec(self) -> Any:
        """The typed spec."""
        return self.document.spec


def stages(spec: RackSpec, as_of: str) -> list[tuple[str, Callable[[Tables], Mapping[str, pl.DataFrame]]]]:
    """Every stage after `expand`, in order. Each sees only the tables it declares."""
    return [
        ("place", partial(place, spec)),
        ("connect", partial(connect, spec)),
        ("feed", partial(feed, spec)),
        ("route", partial(route, spec)),
        ("cool", partial(cool, spec)),
        ("load flow", load_flow.run),
        ("manifold", manifold.run),
        ("air", air.run),
        ("bill", partial(bill, spec)),
        ("summary", summary),
        ("rules", partial(rule.run, as_of=as_of)),
    ]


def compile_document(document: Document[RackSpec], *, as_of: str, progress: Progress = lambda stage: None) -> Design:
    """Tables and findings of a spec. Raises DesignError where the spec cannot be compiled at all.

    A rack in which something found no room stops after `place`: what hangs on positions would be wrong, so only the rules that need none run.
    """
    progress("expand")
    t = Tables(expand(resolve(document, catalogue(document))))
    has_homeless = False
    for name, run in stages(document.spec, as_of):
        if has_homeless and name != "rules":
            continue
        progress(name)
        t = t.put(run(t))
        if name == "place":
            has_homeless = not t["devices"].filter((pl.col("height_u") > 0) & pl.col("position_u").is_null()).is_empty()
    return Design(document.spec.rack, document, t, rule.grouped(t))


def read(path: str, *, variant: str | None = None, sets: Sequence[str] = ()) -> Document[RackSpec]:
    """The spec in a YAML file, or in a Python file that makes one. Raises DesignError."""
    if path.endswith(".py") and Path(path).is_file():
        return load(Path(path), path).document(variant=variant, sets=sets)
    return read_file(Path(path), path, variant=variant, sets=sets)


def compile_file(path: str, *, variant: str | None = None, sets: Sequence[str] = (), as_of: str, progress: Progress = lambda stage: None) -> Design:
    """The design of a spec file. `as_of` (ISO date) decides which waivers have expired."""
    return compile_document(read(path, variant=variant, sets=sets), as_of=as_of, progress=progress)


def compile_text(text: str, file: str = "spec.yaml", *, as_of: str = "2026-01-01", variant: str | None = None, sets: Sequence[str] = ()) -> Design:
    """The design of a spec text."""
    return compile_document(read_yaml(text, file, Path(), variant=variant, sets=sets), as_of=as_of)
