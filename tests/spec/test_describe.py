from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from rackwright.base.tree import parse
from rackwright.spec.describe import fields_at, inputs
from rackwright.spec.document import read_yaml
from rackwright.spec.rack import RackSpec

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples" / "racks").glob("*.yaml"))
SMALL = "rack: small\nframe: a/b\ntrays: {x: {part: a/c}}\nwaivers: [{rule: MEC101, until: 2027-01-01, because: ten letters}]\n"


def sections(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            for inner in (kind, *getattr(kind, "__args__", ())):
                if isinstance(inner, type) and issubclass(inner, BaseModel):
                    yield from sections(inner)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ([], {"rack", "trays", "scale_up", "overrides"}), (["trays"], {"*"}),
        (["trays", "compute"], {"part", "count", "at", "within", "below", "rear"}),
        (["placement", "keep_out", "3"], {"units", "because"}), (["overrides"], {"*"}), (["overrides", "a/b"], {"*"}),
        (["scale_up"], {"from", "to", "cable"}),
    ],
)  # fmt: skip
def test_names_known_at_a_path(path: list[str], names: set[str]):
    assert names <= set(fields_at(RackSpec, path))


@pytest.mark.parametrize(
    "path", [["nothing"], ["rack", "x"], ["trays", "a", "part", "x"], ["placement", "keep_out", "x"], ["placement", "order", "0"]]
)
def test_nothing_is_known_below_a_value(path: list[str]):
    assert fields_at(RackSpec, path) == {}


def test_every_field_says_what_it_means():
    for section in set(sections(RackSpec)):
        for name, field in section.model_fields.items():
            assert field.description, f"{section.__name__}.{name}"
            assert field.description[0].isupper(), f"{section.__name__}.{name}"
            assert not field.description.endswith("."), f"{section.__name__}.{name}"


def test_inputs_hold_every_value_with_its_unit():
    rows = {path: (value, text, unit) for path, value, text, unit, _ in inputs(read_yaml(SMALL, "f", Path()).spec)}
    assert rows["rack"] == (None, "small", "")
    assert rows["trays.x.count"] == (1.0, "1", "")
    assert rows["trays.x.at"] == (None, "not given", "")
    assert rows["braced"] == (1.0, "true", "")
    assert rows["power.supply"] == (415.0, "415 V", "V")
    assert rows["power.feeds"] == (None, "A, B", "")
    assert rows["power.ride_through"] == (None, "not given", "s")
    assert rows["cooling.humidity"] == (0.4, "40 %", "1")
    assert rows["scale_up"] == (None, "not given", "")
    assert rows["waivers.0.for"] == (None, "not given", "")
    assert "variants" not in rows


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_the_schema_for_editors_takes_the_examples(path: Path):
    """The JSON Schema that editors use agrees with the reader: each example passes, each with a fault does not."""
    schema: dict[str, Any] = json.loads(json.dumps(RackSpec.model_json_schema(by_alias=True)))
    validator = Draft202012Validator(schema)
    (root,) = parse(path.read_text(encoding="utf-8"), path.name)
    plain = typed(root.plain())
    assert [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(plain)] == []
    assert isinstance(plain, dict)
    for broken in (
        {**plain, "colour": "green"},
        {k: v for k, v in plain.items() if k != "frame"},
        {**plain, "rack": "Two Words"},
        {**plain, "floor": {"rating": ["x"]}},
    ):
        assert not validator.is_valid(broken)


def typed(node: object) -> object:
    """Scalars as an editor's YAML reader takes them: whole numbers and booleans are no text."""
    if isinstance(node, dict):
        return {k: typed(v) for k, v in node.items()}
    if isinstance(node, list):
        return [typed(v) for v in node]
    assert isinstance(node, str)
    return int(node) if node.isdigit() else node == "true" if node in ("true", "false") else node
