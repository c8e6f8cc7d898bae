"""Findings in every format: the exact text, and the structure other tools rely on."""

from __future__ import annotations

import json
import re

import pytest

from rackwright.base.findings import Finding, Note
from rackwright.base.spans import Span
from rackwright.cli.formats import format_names, render
from rackwright.cli.options import Format
from rackwright.cli.sources import Sources

SPEC = "racks:\n  r1: {feed_a: pdu1, limit: 12 kW}\nboxes:\n  gpu: {rack: r1, count: 4}\n"
SOURCES = Sources({"pod.yaml": SPEC})
HELP = "move 1 of 4 `gpu` to another rack, or raise `limit` if the feed allows it"
FINDING = Finding(
    "PWR102",
    "rack-over-limit",
    "error",
    "rack `r1` draws 14.6 kW, 2.6 kW over its 12.0 kW limit",
    Span("pod.yaml", 2, 29, 2, 34),
    label="limit set here",
    notes=(Note(Span("pod.yaml", 4, 3, 4, 28), "largest share: 14.0 kW"),),
    help=HELP,
    value=14600.0,
    limit=12000.0,
    unit="W",
    subject="r1",
)


def at(line: int, column: int, end_column: int, text: str, **more: object) -> str:
    """The text of a finding at one place of a one-file source."""
    made = Finding("SPC102", "wrong-value", "error", "wrong", Span("a.yaml", line, column, line, end_column), **more)
    return render("text", [made], Sources({"a.yaml": text}))


def test_every_format_has_its_option_and_its_file():
    assert sorted(f.value for f in Format) == format_names()


def test_text_is_the_picture_of_the_design():
    assert render("text", [FINDING], SOURCES) == (
        "error[PWR102]: rack `r1` draws 14.6 kW, 2.6 kW over its 12.0 kW limit\n"
        "  --> pod.yaml:2:29\n"
        "   2 |   r1: {feed_a: pdu1, limit: 12 kW}\n"
        "     |                             ^^^^^ limit set here\n"
        "  --> pod.yaml:4:3   largest share: 14.0 kW\n"
        "  = help: move 1 of 4 `gpu` to another rack, or raise `limit` if the feed allows it\n"
        "  = docs: rackwright rule PWR102\n"
    )


def test_carets_stand_under_what_they_mark():
    lines = render("text", [FINDING], SOURCES).splitlines()
    start = lines[3].index("^")
    assert lines[2][start : start + 5] == "12 kW"
    assert lines[3][start:].startswith("^^^^^ limit")


def test_five_hundred_rows_are_one_message():
    text = render("text", [Finding("CAB101", "x", "warning", "m", Span("pod.yaml", 1, 1, 1, 6), more=499)], SOURCES)
    assert "  = and 499 more here\n" in text
    assert text.startswith("warning[CAB101]: m\n")


def test_a_waived_finding_says_so():
    text = render("text", [Finding("CAB101", "x", "error", "m", Span("pod.yaml", 1, 1, 1, 6), waiver="agreed (until 2027-01-31)")], SOURCES)
    assert text.startswith("waived[CAB101]: m\n")
    assert "  = waived: agreed (until 2027-01-31)\n" in text


@pytest.mark.parametrize(
    ("source", "column", "end", "shown", "marks"),
    [
        ("\tkey:\tvalue", 7, 12, "   1 |     key:    value", "     |             ^^^^^"),
        ("名前: 値段", 5, 7, "   1 | 名前: 値段", "     |       ^^^^"),
        ("e\u0301tage: x", 9, 10, "   1 | e\u0301tage: x", "     |        ^"),
        ("a: b", 4, 4, "   1 | a: b", "     |    ^"),
        ("a: b", 99, 120, "   1 | a: b", "     |     ^"),
        ("a: \x1b[31mb\u202e", 4, 5, "   1 | a: \ufffd[31mb\ufffd", "     |    ^"),
        ("a: b\r", 4, 5, "   1 | a: b", "     |    ^"),
    ],
)
def test_tabs_wide_and_hostile_characters_keep_the_carets_in_place(source, column, end, shown, marks):
    lines = at(1, column, end, source).splitlines()
    assert lines[2:4] == [shown, marks]


def test_a_very_long_line_is_cut_around_the_place():
    lines = at(1, 5001, 5006, "x" * 5000 + "WRONG" + "y" * 5000).splitlines()
    assert len(lines[2]) < 130
    start = lines[3].index("^")
    assert lines[2][start : start + 5] == "WRONG"
    assert lines[2].endswith("…")
    assert lines[2].split("| ")[1].startswith("…")


def test_a_place_over_several_lines_is_marked_on_its_first():
    made = Finding("SPC101", "x", "error", "m", Span("pod.yaml", 3, 1, 4, 28))
    assert render("text", [made], SOURCES).splitlines()[2:4] == ["   3 | boxes:", "     | ^^^^^^"]


@pytest.mark.parametrize("file", ["gone.yaml", "/no/such/folder/x.yaml", "--set", "nul\0name", "."])
def test_a_file_that_cannot_be_read_leaves_the_place(file):
    text = render("text", [Finding("SPC001", "x", "error", "m", Span(file, 3, 1, 3, 2))], Sources())
    assert len(text.splitlines()) == 3
    assert text.splitlines()[1].endswith(":3:1")


def test_json_says_everything_the_text_says():
    data = json.loads(render("json", [FINDING, Finding("A", "b", "info", "c", FINDING.span, waiver="w")], SOURCES))
    first = data["findings"][0]
    assert data["counts"] == {"error": 1, "warning": 0, "info": 0, "waived": 1}
    assert (first["code"], first["value"], first["limit"], first["unit"], first["subject"]) == ("PWR102", 14600.0, 12000.0, "W", "r1")
    assert first["place"] == {"file": "pod.yaml", "line": 2, "column": 29, "end_line": 2, "end_column": 34}
    assert first["notes"] == [
        {"text": "largest share: 14.0 kW", "place": {"file": "pod.yaml", "line": 4, "column": 3, "end_line": 4, "end_column": 28}}
    ]
    assert json.loads(render("json", [], SOURCES)) == {"findings": [], "counts": {"error": 0, "warning": 0, "info": 0, "waived": 0}}


def test_github_escapes_what_would_end_a_command():
    made = Finding("SPC102", "wrong-value", "warning", "50 % of\na,b", Span("a,b:c.yaml", 2, 3, 2, 9), help="50 %", more=2)
    assert render("github", [made], SOURCES) == (
        "::warning file=a%2Cb%3Ac.yaml,line=2,col=3,endColumn=8,title=SPC102 wrong-value::50 %25 of%0Aa,b (and 2 more here)%0Ahelp: 50 %25\n"
    )
    over = Finding("SPC102", "x", "info", "m", Span("a.yaml", 2, 3, 4, 1))
    assert render("github", [over], SOURCES) == "::notice file=a.yaml,line=2,endLine=4,title=SPC102 x::m\n"


def test_sarif_keeps_the_rules_of_the_standard():
    """OASIS SARIF 2.1.0: 3.13 log, 3.14 run, 3.18 tool, 3.19 driver, 3.27 result, 3.30 region, 3.35 suppression."""
    other = Finding("CAB101", "cable-too-short", "info", "m", Span("/abs/a b.yaml", 1, 1, 2, 1), waiver="agreed")
    log = json.loads(render("sarif", [FINDING, other, FINDING], SOURCES))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "rackwright"
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", driver["version"])
    assert [r["id"] for r in driver["rules"]] == ["CAB101", "PWR102"]
    assert len(run["results"]) == 3
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        for location in [*result["locations"], *result.get("relatedLocations", [])]:
            region = location["physicalLocation"]["region"]
            assert min(region.values()) >= 1
            assert (region["endLine"], region["endColumn"]) >= (region["startLine"], region["startColumn"])
            assert re.fullmatch(r"[A-Za-z0-9._~:/%-]+", location["physicalLocation"]["artifactLocation"]["uri"])
    assert run["results"][0]["relatedLocations"][0]["message"]["text"] == "largest share: 14.0 kW"
    assert run["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "file:///abs/a%20b.yaml"
    assert run["results"][1]["suppressions"] == [{"kind": "inSource", "justification": "agreed"}]


def test_no_findings_is_no_text_and_an_empty_run():
    assert render("text", [], SOURCES) == ""
    assert render("github", [], SOURCES) == ""
    assert json.loads(render("sarif", [], SOURCES))["runs"][0]["results"] == []
