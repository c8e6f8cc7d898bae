"""Broken specs and the exact messages they get: `errors/<case>.yaml` (or `errors/<case>/rack.yaml` with part files) and `errors/<case>.txt`.

Halls (`hall-*.yaml`) take their racks from `examples/racks`.

The messages are those of `rackwright check`: errors and warnings in its text format. Leading comments give its options (`# variant: gb300`,
`# set: trays.compute.count=3`); `# cure: trays.compute.count=2` is what a help line tells, which is tried. Files that an editor or git would spoil
are made here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from rackwright.base.findings import Finding
from rackwright.base.tree import MAX_BYTES
from rackwright.cli.designs import judged
from rackwright.cli.formats import render
from rackwright.cli.sources import Sources
from rackwright.flow.compile import compile_file

HERE = Path(__file__).resolve().parent / "errors"
DAY = "2026-06-01"
GOOD = "rack: small\nframe: nvidia/mgx-48u\ntrays: {mgmt: {part: nvidia/sn2201-dc}}\npower: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}\n"
MADE: dict[str, bytes] = {
    "file-binary": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "file-utf16": GOOD.encode("utf-16"),
    "file-latin1": GOOD.replace("small", "gr\xfcn").encode("latin-1"),
    "file-with-nul": GOOD.replace("small", "sm\0all").encode(),
    "file-empty": b"",
    "file-huge": b"# " + b"x" * MAX_BYTES,
    "file-deep": b"trays: " + b"[" * 100_000,
    "file-control-character": GOOD.replace("small", "sm\x07all").encode(),
    "file-line-separator": GOOD.replace("small", "sm\u2028all").encode(),
    "file-old-mac-line-ends": GOOD.replace("\n", "\r").encode(),
    "file-windows-line-ends": GOOD.replace("power:", "powr:").replace("\n", "\r\n").encode(),
    "file-byte-order-mark": b"\xef\xbb\xbf" + GOOD.replace("rack:", "rak:").encode(),
    "file-turned-around": GOOD.replace("small", "sm\u202eall").encode(),
    "file-thousand-unknown-fields": GOOD.encode() + b"".join(b"field%d: 1\n" % i for i in range(1000)),
}
CASES = sorted(p.stem for p in HERE.glob("*.yaml")) + sorted(p.name for p in HERE.iterdir() if p.is_dir()) + sorted(MADE)
CURED = [c for c in CASES if (HERE / f"{c}.yaml").is_file() and "\n# cure: " in "\n" + (HERE / f"{c}.yaml").read_text(encoding="utf-8")]
ABSENT = ("file-not-there", "file-is-a-folder")


def check(file: str, more: Sequence[str] = ()) -> tuple[list[Finding], str]:
    """Errors and warnings of a spec, and their text."""
    path = Path(file)
    head = path.read_bytes()[:500].decode(errors="replace") if path.is_file() else ""
    options = re.findall(r"^# (variant|set): (.*)$", head, re.MULTILINE)
    sets = [value for name, value in options if name == "set"] + [*more]
    variant = next((value for name, value in options if name == "variant"), None)
    _, found = judged(lambda: compile_file(file, variant=variant, sets=sets, as_of=DAY))
    shown = [f for f in found if f.severity != "info"]
    return shown, render("text", shown, Sources({"--set": "\n".join(sets)}))


def expect(case: str, text: str, is_update: bool) -> None:
    golden = HERE / f"{case}.txt"
    if is_update:
        golden.write_text(text, encoding="utf-8")
    assert text == (golden.read_text(encoding="utf-8") if golden.exists() else ""), (
        f"messages changed; read them, then run pytest tests/golden --golden-update -k {case}"
    )


@pytest.mark.parametrize("case", CASES)
def test_message(case: str, is_update: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path if case in MADE else HERE
    if case in MADE:
        (tmp_path / f"{case}.yaml").write_bytes(MADE[case])
    monkeypatch.chdir(folder)
    file = f"{case}/rack.yaml" if (HERE / case).is_dir() else f"{case}.yaml"
    found, text = check(file)
    assert found, "a broken spec without a message"
    for finding in found:
        for span in (finding.span, *(n.span for n in finding.notes)):
            lines = [] if span.file == "--set" else Path(span.file).read_bytes().decode(errors="replace").split("\n")
            assert span.line >= 1
            assert span.column >= 1
            assert span.file == "--set" or span.line <= len(lines)
    expect(case, text, is_update)


@pytest.mark.parametrize("case", CURED)
def test_what_the_help_says_works(case: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(HERE)
    cures = re.findall(r"^# cure: (.*)$", Path(f"{case}.yaml").read_text(encoding="utf-8"), re.MULTILINE)
    assert [f.message for f in check(f"{case}.yaml", cures)[0] if f.severity == "error"] == []


@pytest.mark.parametrize("case", ABSENT)
def test_message_about_a_path(case: str, is_update: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("file-is-a-folder.yaml").mkdir()
    expect(case, check(f"{case}.yaml")[1], is_update)


def test_good_racks_have_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The rack that most cases break is clean, so that each message comes from the break."""
    monkeypatch.chdir(tmp_path)
    for name, data in (("plain", GOOD), ("byte-order-mark", "\ufeff" + GOOD), ("windows", GOOD.replace("\n", "\r\n"))):
        Path(f"{name}.yaml").write_bytes(data.encode())
        assert check(f"{name}.yaml") == ([], "")


def test_no_message_is_left_over():
    known = {*CASES, *ABSENT}
    assert [p.name for p in HERE.glob("*.txt") if p.stem not in known] == []
    assert len(known) >= 70
