"""Every rule against its own BAD and GOOD spec, compiled by the real pipeline, and the form that every rule file must have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from rackwright.base.findings import DesignError, Finding
from rackwright.flow.compile import compile_text
from rackwright.rules.index import committed, index
from rackwright.rules.rule import Rule, all_rules, dated, grouped, run
from rackwright.schema.tables import Tables
from rackwright.sim.power import supply_study

AS_OF = "2026-01-01"
MARK = re.compile(r"# (error|warning|info): ([A-Z]{3}\d{3})")
RULES = all_rules()
Place = tuple[str, int, str, str]


def marks(texts: dict[str, str]) -> list[Place]:
    """File, line, severity and code of every mark in some files."""
    return sorted((f, i, *m) for f, text in texts.items() for i, line in enumerate(text.splitlines(), 1) for m in MARK.findall(line))


def lay_out(rule: Rule, folder: Path) -> None:
    """Write the files beside the rule's specs below `folder`."""
    for name, text in rule.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@cache
def compiled(code: str, kind: str) -> tuple[list[Finding], Tables]:
    """Findings and tables of one of a rule's specs, whether it compiles or not; compiled once for all tests."""
    rule = next(r for r in RULES if r.code == code)
    try:
        design = compile_text(rule.bad if kind == "bad" else rule.good, as_of=AS_OF, **rule.options)  # type: ignore[arg-type]
    except DesignError as fault:
        return fault.findings, Tables()
    if kind == "bad" and rule.plant is not None:
        assert not [f for f in design.findings if f.code == rule.code], "the fault is in the planted rows alone"
        return judged(rule, rule.plant(design.tables))
    if set(rule.reads) - set(design.tables) - {"waivers"}:
        return judged(rule, design.tables)
    return design.findings, design.tables


def judged(rule: Rule, tables: Tables) -> tuple[list[Finding], Tables]:
    """Findings and tables where rows were planted, or where the rule waits for the study of the power chain."""
    if {"supply_outages", "supply_results"}.intersection(rule.reads):
        tables = tables.put(supply_study.run(tables))
    tables = tables.put(run(tables, AS_OF))
    return grouped(tables), tables


@pytest.fixture(autouse=True)
def _in_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Part folders are relative to the spec, and the spec of a text lies where the process stands."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", ["bad", "good"])
@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.code)
def test_finding_stands_on_the_marked_lines_and_nowhere_else(rule: Rule, kind: str, tmp_path: Path) -> None:
    lay_out(rule, tmp_path)
    wanted = marks({"spec.yaml": rule.bad, **rule.files} if kind == "bad" else {"spec.yaml": rule.good})
    seen = [f for f in compiled(rule.code, kind)[0] if not f.waiver and (f.severity != "info" or f.code == rule.code)]
    assert sorted((f.span.file, f.span.line, f.severity, f.code) for f in seen) == wanted, "\n".join(f"{f.span} {f.message}" for f in seen)
    assert {code for *_, code in wanted} == (set() if kind == "good" else {rule.code, *rule.along})
    for f in seen:
        assert f.name == rule.name or f.code in rule.along
        assert f.help or rule.check is None, "a finding says how to mend it"
        assert (f.span.column >= 1 and f.span.end_column > f.span.column) or f.span.end_line > f.span.line


class Watched(Tables):
    """Tables that note which of them are read."""

    def __init__(self, inner: Tables) -> None:
        super().__init__({name: inner[name] for name in inner})
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> pl.DataFrame:
        self.read.add(name)
        return super().__getitem__(name)

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("a check looks at the tables it names, not at what there is")


@pytest.mark.parametrize("rule", [r for r in RULES if r.check is not None], ids=lambda r: r.code)
def test_declared_reads_are_the_tables_read(rule: Rule, tmp_path: Path) -> None:
    lay_out(rule, tmp_path)
    read: set[str] = set()
    for kind in ("bad", "good"):
        tables = Watched(dated(compiled(rule.code, kind)[1], AS_OF))
        assert rule.check is not None
        rule.check(tables)
        read |= tables.read
    assert read == set(rule.reads)


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.code)
def test_words_are_in_the_house_style(rule: Rule) -> None:
    assert rule.title.endswith(".")
    assert rule.message[0] == rule.message[0].lower()
    assert rule.help
    assert not (rule.message + rule.help).endswith(".")
    for text in (rule.bad, rule.good):
        assert 4 <= len(text.splitlines()) <= 20


def test_most_rules_judge_tables() -> None:
    assert sum(r.check is not None for r in RULES) >= 32


def test_index_is_fresh_and_keeps_retired_codes() -> None:
    assert committed() == index(committed())
    gone = committed() + "PWR999,gone-rule,error,stable,0.0.1,\n"
    assert "PWR999,gone-rule,error,retired,0.0.1,\n" in index(gone)
