"""Every rule file says all it must, and a code once given out keeps its meaning for ever."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from rackwright.base import units
from rackwright.base.findings import SEVERITIES
from rackwright.rules import index
from rackwright.rules.rule import FAMILIES, SECTIONS, Rule, all_rules

SOURCE = Path(__file__).resolve().parents[2] / "src" / "rackwright"
each_rule = pytest.mark.parametrize("rule", all_rules(), ids=lambda r: r.code)


@each_rule
def test_rule_says_all_it_must(rule: Rule):
    assert re.fullmatch(r"[A-Z]{3}[0-9]{3}", rule.code)
    assert rule.code[:3].lower() == rule.module.split(".")[-2], "a rule stands in the folder of its family"
    assert rule.name.replace("-", "_") == rule.module.split(".")[-1], "the file has the name of the rule"
    assert rule.severity in SEVERITIES
    assert rule.unit in ("", *units.DIMENSIONS) or " per " in rule.unit
    assert rule.title
    missing = [s for s in SECTIONS if len(rule.sections.get(s, "")) < 5]
    assert not missing, f"sections without a word: {missing}"
    assert any(f"# {rule.severity}: {rule.code}" in text for text in (rule.bad, *rule.files.values()))
    assert f": {rule.code}" not in rule.good


def test_there_are_rules_of_the_families_asked_for():
    assert len(all_rules()) >= 25
    assert {r.code[:3] for r in all_rules()} >= {"MEC", "PWR", "THM", "NET", "CAB", "BOM", "SPC"}
    assert {r.code[:3].lower() for r in all_rules()} <= set(FAMILIES)


def test_codes_and_names_are_unique():
    for values in ([r.code for r in all_rules()], [r.name for r in all_rules()]):
        assert len(values) == len(set(values))


def test_codes_are_never_used_again():
    """The index holds every code ever given out; a live code keeps its name, a retired one has no rule."""
    rows = {r["code"]: r for r in csv.DictReader(io.StringIO(index.committed()))}
    live = {r.code: r.name for r in all_rules()}
    assert set(live) <= set(rows), "run `make docs`"
    for code, row in rows.items():
        assert (code in live) == (row["status"] != "retired"), f"{code} is {row['status']}"
        assert code not in live or row["name"] == live[code], f"{code} was `{row['name']}`; a new meaning needs a new code"


def test_codes_in_the_source_are_rules():
    """A message with a code that `rackwright rule` does not know would leave its reader alone."""
    known = {r.code for r in all_rules()}
    families = "|".join(f.upper() for f in FAMILIES)
    used = {c for p in SOURCE.rglob("*.py") for c in re.findall(rf"\"((?:{families})\d{{3}})\"", p.read_text(encoding="utf-8"))}
    assert used <= known, f"no rule file for {sorted(used - known)}"
