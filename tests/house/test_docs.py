"""The reference covers everything there is, hand-written pages lead somewhere, and editors accept the examples."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import typer
import yaml

from rackwright.catalog.loader import Catalog
from rackwright.cli.main import app
from rackwright.rules.rule import Rule, all_rules
from rackwright.schema.kinds import kind_names
from rackwright.schema.tables import table_names
from rackwright.spec.hall import HallSpec
from rackwright.spec.rack import RackSpec

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
EXAMPLES = sorted((ROOT / "examples" / "racks").glob("*.yaml"))
PAGES = sorted(p for p in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "decisions").glob("*.md")))


def headings(page: str) -> set[str]:
    return set(re.findall(r"^## (.+)$", (REFERENCE / page).read_text(encoding="utf-8"), re.MULTILINE))


def test_every_table_kind_and_command_has_a_heading():
    assert headings("tables.md") == set(table_names())
    assert headings("kinds.md") == {"common", *kind_names()}
    assert headings("cli.md") == set(typer.main.get_command(app()).commands)


def test_every_spec_field_is_described():
    text = (REFERENCE / "spec.md").read_text(encoding="utf-8")
    schema = RackSpec.model_json_schema(by_alias=True)
    for section in (schema, *schema["$defs"].values()):
        assert f"## {section['title']}" in text
        for name in section["properties"]:
            assert f"| `{name}` |" in text, f"{section['title']}.{name}"


def test_every_rule_has_a_page():
    assert {p.stem for p in (REFERENCE / "rules").glob("*.md")} == {"README", *(r.code for r in all_rules())}


def test_every_part_is_listed():
    text = (REFERENCE / "catalogue.md").read_text(encoding="utf-8")
    assert [n for n in Catalog().names() if f"| `{n}` |" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("http:", "https:", "#")):
            assert (page.parent / target.partition("#")[0]).exists(), target


def test_commands_in_the_readme_exist():
    known = set(typer.main.get_command(app()).commands)
    named = set(re.findall(r"^\$ rackwright ([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert named
    assert named <= known, f"no command {sorted(named - known)}"


class Editor(yaml.SafeLoader):
    """YAML 1.2 as editors read it, where a date is text."""


Editor.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rows if not tag.endswith(":timestamp")]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_editors_accept_the_examples(path: Path):
    schema = json.loads((REFERENCE / "rack.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.load(path.read_text(encoding="utf-8"), Loader=Editor), schema)


@pytest.mark.parametrize("rule", all_rules(), ids=lambda r: r.code)
def test_editors_accept_good_specs(rule: Rule):
    good = yaml.load(rule.good, Loader=Editor)
    of_hall = HallSpec.model_json_schema(by_alias=True)
    schema = of_hall if "hall" in good else json.loads((REFERENCE / "rack.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(good, schema)
