from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rackwright.base.findings import DesignError
from rackwright.base.tree import MAX_BYTES, MAX_DEPTH, Node, parse, read_text


def one(text: str) -> Node:
    (root,) = parse(text, "f")
    return root


def faults(text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(DesignError) as fault:
        parse(text, "f")
    return [(f.code, f"{f.span.line}:{f.span.column}", f.message) for f in fault.value.findings]


@pytest.mark.parametrize("text", ["1:4", "no", "0123", "1.10", "1e3", "~", "null", "2027-01-31", "0x10", "1_000", "Off", ".inf", "=", "<"])
def test_scalars_stay_what_they_are(text: str):
    assert one(f"a: {text}").plain() == {"a": text}
    assert one(f"{text}: a").plain() == {text: "a"}


def test_nodes_know_their_places():
    root = one("rack: small\ntrays:\n  compute: {part: a/b, at: [1, 3..4]}\n")
    assert isinstance(root.value, dict)
    trays = root.value["trays"]
    assert isinstance(trays.value, dict)
    compute = trays.value["compute"]
    assert isinstance(compute.value, dict)
    at = compute.value["at"]
    assert isinstance(at.value, list)
    places = [(str(n.span), n.span.end_column, str(n.key)) for n in (root.value["rack"], compute, compute.value["part"], at.value[1])]
    assert places == [("f:1:7", 12, "f:1:1"), ("f:3:12", 38, "f:3:3"), ("f:3:19", 22, "f:3:13"), ("f:3:32", 36, "f:3:32")]
    assert [name for name, _ in at.items()] == ["0", "1"]


def test_places_count_characters_not_bytes():
    root = one("a: é日本\nb: 'ü' # x\nc: 1")
    assert [str(child.span) for _, child in root.items()] == ["f:1:4", "f:2:4", "f:3:4"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "---\n---\n...\n", "\ufeff"])
def test_empty_documents_are_left_out(text: str):
    assert parse(text, "f") == []


def test_a_byte_order_mark_and_windows_line_ends_change_nothing():
    text = "a: 1\nb:\n  - x\n  - y\n"
    assert parse("\ufeff" + text.replace("\n", "\r\n"), "f") == parse(text, "f")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\na: 2\nb: 1\na: 3", [("SPC002", "2:1", "`a` is given twice"), ("SPC002", "4:1", "`a` is given twice")]),
        ("a: &x 1\nb: *x", [("SPC003", "1:4", "the anchor `&x` is YAML that a spec does not use"),
                             ("SPC003", "2:4", "the alias `*x` is YAML that a spec does not use")]),
        ("a: !!int 1", [("SPC003", "1:4", "the tag `!!int` is YAML that a spec does not use")]),
        ("<<: {a: 1}", [("SPC003", "1:1", "the merge key `<<` is YAML that a spec does not use")]),
        ("{[a]: 1}", [("SPC003", "1:2", "a list stands where a name is expected")]),
        ("a: [1, 2", [("SPC001", "1:4", "the list that opens here is not closed, or a comma is missing in it")]),
        ("a: 'x\nb: 2\n", [("SPC001", "1:4", "the quote that opens here is never closed")]),
        ("a: 1\n\tb: 2", [("SPC001", "2:1", "a tab stands where only spaces may")]),
        ("a: 1\nb: x\x07y", [("SPC001", "2:5", "the invisible character U+0007 is no part of a spec")]),
        ("a: 1\rb: 2", [("SPC001", "1:5", "a line ends with a carriage return alone")]),
        ("a: 1\n  b: 2", [("SPC001", "2:3", "this line does not fit the one above")]),
        ("a: b: c", [("SPC001", "1:5", "a second `:` stands in this value")]),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, found: list[tuple[str, str, str]]):
    assert faults(text) == found


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
@pytest.mark.parametrize("depth", [MAX_DEPTH + 2, 200_000])
def test_deep_nesting_is_refused_and_does_no_harm(opening: str, depth: int):
    ((code, place, _),) = faults(opening * depth)
    assert code in ("SPC001", "SPC003")
    assert place.startswith("1:")


def test_nesting_may_be_as_deep_as_promised():
    node: object = one("[" * MAX_DEPTH + "]" * MAX_DEPTH).plain()
    depth = 0
    while isinstance(node, list):
        node, depth = (node[0] if node else None), depth + 1
    assert depth == MAX_DEPTH


VALUES = st.recursive(
    st.text("abc é:#'-{[0.\"", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc d", min_size=1, max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text("xyz", min_size=1, max_size=3), VALUES, min_size=1, max_size=4), st.booleans())
def test_what_yaml_writes_is_read_back(data: dict[str, object], is_flow: bool):
    """PyYAML's own writer is the outside truth for what a text means; aliases, which it makes for equal objects, are switched off."""

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    text = yaml.dump(data, Dumper=Plain, default_flow_style=is_flow, allow_unicode=True, sort_keys=False)
    assert one(text).plain() == data


@given(st.text(max_size=60))
def test_any_text_is_a_tree_or_refused_with_a_place_inside(text: str):
    lines = text.split("\n")
    try:
        parse(text, "f")
    except DesignError as fault:
        for f in fault.findings:
            assert 1 <= f.span.line <= len(lines)
            assert 1 <= f.span.column <= len(lines[f.span.line - 1]) + 1


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"a: \xff", "the file is not UTF-8 text (byte 4)"),
     (b"#" * (MAX_BYTES + 1), f"the file has {MAX_BYTES + 1:,} bytes, over the {MAX_BYTES:,} that a spec may have")],
)  # fmt: skip
def test_files_that_are_no_text(data: bytes, message: str, tmp_path: Path):
    (tmp_path / "x.yaml").write_bytes(data)
    with pytest.raises(DesignError) as fault:
        read_text(tmp_path / "x.yaml", "x.yaml")
    assert [(f.code, f.message) for f in fault.value.findings] == [("SPC001", message)]


def test_files_that_are_not_there(tmp_path: Path):
    for path, message in (
        (tmp_path / "no.yaml", "there is no file `no.yaml`"),
        (tmp_path, "`no.yaml` is no file"),
        (tmp_path / ("x" * 500), "cannot read `no.yaml`"),
    ):
        with pytest.raises(DesignError) as fault:
            read_text(path, "no.yaml")
        assert fault.value.findings[0].message.startswith(message)
