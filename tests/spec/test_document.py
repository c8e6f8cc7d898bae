from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.base.findings import DesignError
from rackwright.base.spans import Span
from rackwright.spec.document import SHOWN, Document, read_file, read_yaml

TEXT = """rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 4, at: 3..6}
  mgmt: {part: nvidia/sn2201-dc}
power:
  zones: 2
variants:
  lean: {trays.compute.count: 2, trays.compute.at: "3, 5", cooling.supply: 30 degC}
  bare: {}
"""


def read(text: str = TEXT, *sets: str, variant: str | None = None) -> Document:
    return read_yaml(text, "rack.yaml", Path(), variant=variant, sets=sets)


def faults(text: str = TEXT, *sets: str, variant: str | None = None) -> list[tuple[str, str, str, str]]:
    with pytest.raises(DesignError) as caught:
        read(text, *sets, variant=variant)
    return [(f.code, str(f.span), f.message, f.help) for f in caught.value.findings]


def test_every_path_has_its_place():
    document = read()
    assert document.span("trays.compute.count") == Span("rack.yaml", 4, 53, 4, 54)
    assert document.keys["trays.compute.count"] == Span("rack.yaml", 4, 46, 4, 51)
    assert document.span("trays.mgmt.count") == document.keys["trays.mgmt"], "a default stands at the name of its section"
    assert document.span("power.supply") == document.keys["power"]
    assert document.span("cooling.supply").line == 1, "a section left out stands at the document"


def test_a_variant_changes_values_and_remembers_where():
    document = read(variant="lean")
    assert (document.spec.trays["compute"].count, document.spec.trays["compute"].at, document.spec.cooling.supply) == (2, [3, 5], 30.0)
    assert document.origins == {"trays.compute.count": "variant", "trays.compute.at": "variant", "cooling.supply": "variant"}
    assert document.span("cooling.supply").line == 9
    assert read().spec.trays["compute"].count == 4


def test_sets_come_after_the_variant_and_the_last_one_holds():
    document = read(TEXT, "trays.compute.count=3", "trays.compute.at=[7, 9..10]", "trays.mgmt.count=5", "trays.mgmt.count=1", variant="lean")
    assert (document.spec.trays["compute"].count, document.spec.trays["compute"].at, document.spec.trays["mgmt"].count) == (3, [7, 9, 10], 1)
    assert document.origins["trays.compute.count"] == "set"
    assert document.span("trays.mgmt.count") == Span("--set", 4, 1, 4, 19)


def test_a_set_may_add_a_group_a_section_and_an_override():
    document = read(
        TEXT,
        "trays.spare={part: nvidia/sn2201-dc, count: 2}",
        "floor.rating=900 kg/m2",
        "overrides.acme/x-1.2.mass=3 kg",
        "about=",
        "braced = false ",
    )
    assert document.spec.trays["spare"].count == 2
    assert document.spec.floor.rating == 900
    assert document.spec.overrides == {"acme/x-1.2": {"mass": "3 kg"}}
    assert document.spec.about == ""
    assert not document.spec.braced


@pytest.mark.parametrize(
    ("change", "message", "help"),
    [
        ("trays.compte.count=2", "`--set` changes `trays.compte.count`, but there is no `compte` in `trays`", "did you mean `compute`?"),
        ("tray.compute.count=2", "`--set` changes `tray.compute.count`, but there is no `tray` in a rack spec", "did you mean `trays`?"),
        ("trays.compute.part.maker=x", "`--set` changes `trays.compute.part.maker`, but there is no `maker` in `trays.compute.part`",
         "give `trays.compute.part` its value as a whole"),
        ("power.feeds.5=C", "`--set` changes `power.feeds.5`, but there is no `5` in `power.feeds`", "give `power.feeds` its value as a whole"),
        ("trays.=2", "`--set` changes `trays.`, but there is no `` in `trays`", "known here: `compute`, `mgmt`"),
        ("power.zones", "`--set` wants `path=value`, not `power.zones`", "write for example `--set trays.compute.count=16`"),
        ("  ", "`--set` wants `path=value`, not nothing", "write for example `--set trays.compute.count=16`"),
        ("power.feeds=---\n---", None, ""),
    ],
)  # fmt: skip
def test_paths_that_lead_nowhere(change: str, message: str | None, help: str):
    found = faults(TEXT, "power.zones=1", change)
    if message is not None:
        assert found == [("SPC106", "--set:2:1", message, help)]
    assert found[0][1].startswith("--set:2:")


def test_faults_in_a_set_value_stand_at_the_set():
    for change in ("power.feeds=[A, B", "power.feeds=[A, *b]", "power.zones=two", "power={zones: two, feeds: [1]}", "rack=a\x07"):
        assert {place for _, place, _, _ in faults(TEXT, change)} == {"--set:1:1"}, change


def test_paths_of_every_variant_are_looked_at():
    text = TEXT.replace("bare: {}", "bare: {power.feeds.0: B, tray.mgmt.count: 1}")
    assert faults(text) == [
        ("SPC106", "rack.yaml:10:10", "variant `bare` changes `power.feeds.0`, but there is no `0` in `power.feeds`",
         "give `power.feeds` its value as a whole"),
        ("SPC106", "rack.yaml:10:28", "variant `bare` changes `tray.mgmt.count`, but there is no `tray` in a rack spec", "did you mean `trays`?"),
    ]  # fmt: skip


def test_all_faults_come_at_once_in_the_order_of_the_file():
    found = faults("trays:\n  a: {part: x, cuont: 2}\n  B: {part: a/b}\n  c:\nframe: a/b\ncoolin: {}\npower: {zones: x}\n")
    assert [(code, place.split(":", 1)[1]) for code, place, _, _ in found] == [
        ("SPC103", "1:1"), ("SPC102", "2:13"), ("SPC101", "2:16"), ("SPC102", "3:3"), ("SPC102", "4:5"), ("SPC101", "6:1"), ("SPC102", "7:16"),
    ]  # fmt: skip


def test_a_thousand_faults_are_told_briefly():
    with pytest.raises(DesignError) as caught:
        read("rack: a\nframe: a/b\ntrays: {c: {part: a/b}}\n" + "".join(f"x{i}: 1\n" for i in range(1000)))
    found = caught.value.findings
    assert len(found) == SHOWN
    assert found[-1].more == 1000 - SHOWN


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"), ("# x\n", "the file is empty"),
        ("[]", "a spec is a mapping that begins with `rack:` or `hall:`, not a list"),
        ("rack", "a spec is a mapping that begins with `rack:` or `hall:`, not a value"),
        ("rack: a\n---\nrack: b\n", "2 documents in one file, one is wanted"),
    ],
)  # fmt: skip
def test_files_that_are_no_spec(text: str, message: str):
    ((code, _, said, _),) = faults(text)
    assert (code, said) == ("SPC001", message)


def test_parts_are_looked_for_beside_the_file(tmp_path: Path):
    (tmp_path / "rack.yaml").write_text(TEXT)
    assert read_file(tmp_path / "rack.yaml", "rack.yaml").folder == tmp_path
