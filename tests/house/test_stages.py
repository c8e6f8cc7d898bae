"""Stages say what they read and write, and do no more: each example is compiled with tables that note every access."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

import rackwright.build
import rackwright.sim
from rackwright.build.expand import expand
from rackwright.build.resolve import resolve
from rackwright.catalog.loader import Catalog
from rackwright.flow.hall import compile_hall
from rackwright.flow.pipeline import stages
from rackwright.rules.rule import all_rules, dated
from rackwright.schema.check import violations
from rackwright.schema.tables import Tables, table_names
from rackwright.sim.network import study
from rackwright.sim.power import supply_study
from rackwright.spec.document import read_file

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples" / "racks").glob("*.yaml"))
DAY = "2026-01-01"
each_example = pytest.mark.parametrize("path", EXAMPLES, ids=[p.stem for p in EXAMPLES])


class Watched(Tables):
    """Tables that note which of them are looked at."""

    def __init__(self, frames: Mapping[str, pl.DataFrame], seen: set[str]) -> None:
        super().__init__(frames)
        self.seen = seen

    def __getitem__(self, name: str) -> pl.DataFrame:
        self.seen.add(name)
        return super().__getitem__(name)

    def put(self, frames: Mapping[str, pl.DataFrame]) -> Watched:
        return Watched({**self._frames, **frames}, self.seen)


def watched(t: Tables) -> Watched:
    return Watched({name: t[name] for name in t}, set())


def declared(function: Callable[..., object]) -> tuple[set[str], set[str]]:
    function = function.func if isinstance(function, partial) else function
    return set(getattr(function, "reads", ())), set(getattr(function, "writes", ()))


def compiled(path: Path) -> tuple[Tables, list[tuple[str, set[str], set[str], set[str], set[str]]]]:
    """Tables of an example, and per stage: name, reads declared, reads done, writes declared, writes done."""
    document = read_file(path, str(path))
    made = expand(resolve(document, Catalog([document.folder / p for p in document.spec.parts])))
    access = [("expand", set(), set(), declared(expand)[1], set(made))]
    t = Tables(made)
    for name, run in stages(document.spec, DAY):
        view = watched(t)
        made = run(view)
        reads, writes = declared(run)
        access.append((name, reads, view.seen, writes, set(made)))
        t = t.put(made)
    return t, access


def modules(package: ModuleType) -> list[ModuleType]:
    return [importlib.import_module(i.name) for i in pkgutil.walk_packages(package.__path__, package.__name__ + ".") if not i.ispkg]


def test_examples_are_there():
    assert len(EXAMPLES) >= 4


@each_example
def test_stages_touch_only_what_they_declare(path: Path):
    _, access = compiled(path)
    for name, reads, read, writes, written in access:
        if name == "rules":  # each rule declares its own, see below
            continue
        assert read <= reads, f"{name} reads {sorted(read - reads)} without saying so"
        assert written == writes, f"{name} says it writes {sorted(writes)}, and wrote {sorted(written)}"


@each_example
def test_rules_read_only_what_they_declare(path: Path):
    tables, _ = compiled(path)
    for rule in all_rules():
        if rule.check is not None:
            view = watched(dated(tables, DAY))
            rule.check(view)
            assert view.seen <= set(rule.reads), f"{rule.code} reads {sorted(view.seen - set(rule.reads))} without saying so"


@each_example
def test_tables_keep_their_schema(path: Path):
    tables, _ = compiled(path)
    assert violations(tables) == []
    assert set(tables) <= set(table_names())


def test_declared_tables_exist():
    marked = [f for package in (rackwright.build, rackwright.sim) for m in modules(package) for f in vars(m).values() if hasattr(f, "writes")]
    assert marked
    for function in marked:
        unknown = (set(function.reads) | set(function.writes)) - set(table_names())
        assert not unknown, f"{function.__module__}: no table {unknown}"
    for rule in all_rules():
        assert set(rule.reads) <= set(table_names()), rule.code


def test_every_table_has_a_writer():
    """A table that no stage of any example fills is dead weight in the schema."""
    filled = {name for path in EXAMPLES for name, frame in compiled(path)[0].items() if frame.height}
    hall = compile_hall(str(ROOT / "examples" / "halls" / "h100-superpod-1su.yaml"), as_of=DAY)
    filled |= {name for made in (hall.tables, study.run(hall.tables), supply_study.run(hall.tables)) for name, frame in made.items() if frame.height}
    for more in ("ethernet-512-placed", "dual-plane-512", "h100-on-a-plan", "torus-4096"):  # places by cost; addresses; areas of a floor; circuits
        made = compile_hall(str(ROOT / "examples" / "halls" / f"{more}.yaml"), as_of=DAY)
        filled |= {name for name, frame in made.tables.items() if frame.height}
    direct = compile_hall(str(ROOT / "examples" / "halls" / "gb200-superpod-2su.yaml"), variant="dc-800v", as_of=DAY)  # sidecars
    filled |= {name for name, frame in direct.tables.items() if frame.height}
    # Waivers are optional in a spec; findings may be none; host names are given to `export`.
    assert set(table_names()) - filled <= {"waivers", "findings", "host_names"}
