"""A session gives what a fresh compilation gives, whatever it compiled before: halls of other kinds, edits there and back, findings and spans too."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from rackwright.flow import hall
from rackwright.flow.hall import Session
from rackwright.rules import rule

HALLS = Path(__file__).resolve().parents[2] / "examples" / "halls"
DAY = "2026-01-01"
TURNS: list[tuple[str, list[str]]] = [
    ("gb200-superpod-2su.yaml", []),
    ("gb200-superpod-2su.yaml", ["pathways.slack=4 %"]),
    ("h100-superpod-1su.yaml", []),
    ("h100-superpod-1su.yaml", ["racks.dgx.count=7"]),
    ("h100-superpod-1su.yaml", ["pulling.crew=3", "pathways.width=300 mm"]),
    ("h100-superpod-1su.yaml", []),
    ("ethernet-512-placed.yaml", []),
]


@cache
def fresh_one(file: str, *sets: str) -> hall.Design:
    return hall.compile_document(hall.read(str(HALLS / file), sets=sets), as_of=DAY)


def test_every_table_and_finding_is_that_of_a_fresh_compilation() -> None:
    session = Session()
    for file, sets in TURNS:
        warm, fresh = session.compiled(hall.read(str(HALLS / file), sets=sets), as_of=DAY), fresh_one(file, *sets)
        assert set(warm.tables) == set(fresh.tables)
        assert [name for name in fresh.tables if not warm.tables[name].equals(fresh.tables[name])] == [], (file, sets)
        assert warm.findings == fresh.findings
        assert dict(warm.inputs) == dict(fresh.inputs)


UNITS = """\
hall: small
designs: {dgx: rack.yaml, low: rack.yaml@low}
floor: {rows: 4, places: 10, pitch: 700 mm}
racks: {dgx: {design: dgx, count: 12}}
unit: 4
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
RACK = """\
rack: small
frame: eia/310-42u
trays: {dgx: {part: nvidia/dgx-h100, count: 2}}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
placement: {first_unit: 7}
variants: {low: {placement.first_unit: 3}}
"""


def test_an_edit_of_a_unit_is_judged_by_the_rules_that_see_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that look at nothing that a unit of another design changes are not asked again; and the same findings come out."""
    (tmp_path / "rack.yaml").write_text(RACK)
    (tmp_path / "hall.yaml").write_text(UNITS)
    asked, session, judge = list[str](), Session(), rule._judge
    monkeypatch.setattr(rule, "_judge", cache(lambda code: lambda t: (asked.append(code), judge(code)(t))[1]))
    same = {"NET302", "NET303", "NET310", "CAB302", "MEC407", "RED303"}
    for turn, sets in enumerate(([], ["units={2: {design: low}}"], [], ["units={3: {design: low}}"])):
        asked.clear()
        document = hall.read(str(tmp_path / "hall.yaml"), sets=sets)
        warm = session.compiled(document, as_of=DAY)
        assert same & set(asked) == (set() if turn else same)
        assert "SPC123" in asked  # a design that no rack has
        assert warm.findings == hall.compile_document(document, as_of=DAY).findings
