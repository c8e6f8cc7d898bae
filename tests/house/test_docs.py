"""The reference covers everything there is, hand-written pages lead somewhere, and editors accept the examples."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import typer
import yaml
from pydantic import BaseModel

from rackwright.catalog.loader import Catalog
from rackwright.cli.commands.new import starter
from rackwright.cli.main import app
from rackwright.rules.rule import Rule, all_rules
from rackwright.schema.kinds import kind_names
from rackwright.schema.tables import table_names
from rackwright.spec.hall import HallSpec
from rackwright.spec.rack import RackSpec
from rackwright.verify.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
EXAMPLES = [(kind, path) for kind in ("rack", "hall") for path in sorted((ROOT / "examples" / f"{kind}s").glob("*.yaml"))]
PAGES = sorted(p for p in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "decisions").glob("*.md")))


def headings(page: str) -> set[str]:
    return set(re.findall(r"^## (.+)$", (REFERENCE / page).read_text(encoding="utf-8"), re.MULTILINE))


def test_every_table_kind_and_command_has_a_heading():
    assert headings("tables.md") == set(table_names())
    assert headings("kinds.md") == {"common", *kind_names()}
    assert headings("cli.md") == set(typer.main.get_command(app()).commands)


@pytest.mark.parametrize(("page", "model"), [("spec.md", RackSpec), ("hall.md", HallSpec)])
def test_every_spec_field_is_described(page: str, model: type[BaseModel]):
    text = (REFERENCE / page).read_text(encoding="utf-8")
    schema = model.model_json_schema(by_alias=True)
    for section in (schema, *schema["$defs"].values()):
        assert f"## {section['title']}" in text
        for name in section["properties"]:
            assert f"| `{name}` |" in text, f"{section['title']}.{name}"


def test_every_rule_has_a_page():
    assert {p.stem for p in (REFERENCE / "rules").glob("*.md")} == {"README", *(r.code for r in all_rules()), *(k.code for k in KINDS)}


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
    """YAML 1.2 as editors read it, where a date and `1:1` are text."""


Editor.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rows if not tag.endswith((":timestamp", ":int", ":float"))]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Editor.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+$"), list("-+0123456789"))


def accept(kind: str, spec: object) -> None:
    """Raises where the schema of that kind of spec, as editors have it, refuses one."""
    schema = json.loads((REFERENCE / f"{kind}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(spec, schema)


@pytest.mark.parametrize(("kind", "path"), EXAMPLES, ids=[p.stem for _, p in EXAMPLES])
def test_editors_accept_the_examples(kind: str, path: Path):
    accept(kind, yaml.load(path.read_text(encoding="utf-8"), Loader=Editor))


@pytest.mark.parametrize("kind", ["rack", "hall"])
def test_editors_accept_the_starters_and_refuse_what_is_misspelt(kind: str):
    spec = yaml.load(starter(kind, kind), Loader=Editor)
    accept(kind, spec)
    with pytest.raises(jsonschema.ValidationError, match="wavers"):
        accept(kind, spec | {"wavers": []})


@pytest.mark.parametrize("rule", all_rules(), ids=lambda r: r.code)
def test_editors_accept_good_specs(rule: Rule):
    good = yaml.load(rule.good, Loader=Editor)
    accept("hall" if "hall" in good else "rack", good)
