"""Waivers, grouping and order of findings, on designs that the pipeline really compiled."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from rackwright.flow.compile import compile_text as compile_any
from rackwright.flow.pipeline import compile_text
from rackwright.rules.halls import RACK
from rackwright.rules.rule import all_rules, find_rule, grouped, run
from rackwright.schema.check import violations
from rackwright.schema.tables import Tables

WARM = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch: {part: nvidia/nvlink5-switch-tray}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm, supply: 48 degC}
"""
WAIVER = "waivers:\n  - {{rule: THM102, for: {subject}, until: {until}, because: trial of warm water}}\n"
# One leaf a unit and no second home: a note about either fabric.
HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 8, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
  storage: {topology: node-local, ports: [dgx.net/p0], switch: nvidia/qm9700}
  in-band: {topology: node-local, ports: [dgx.net/p1], switch: nvidia/qm9700}
"""


def findings(text: str, as_of: str = "2026-01-01") -> pl.DataFrame:
    return compile_text(text, as_of=as_of).tables["findings"]


def test_rows_of_one_rule_and_place_are_shown_as_one() -> None:
    design = compile_text(WARM)
    shown = [f for f in design.findings if f.code == "THM102"]
    assert [f.more for f in shown] == [2]
    assert shown[0].subject == "compute-01"
    assert shown[0].notes[0].text == "tray here"
    assert shown[0].notes[0].span.line == 4
    assert (shown[0].value, shown[0].limit, shown[0].unit) == (48.0, 45.0, "degC")
    assert shown[0].message == "`compute-01` may be given coolant of 45 degC at most, it is supplied at 48 degC, 3 K too warm"


def test_pattern_waives_some_rows_and_marks_them() -> None:
    rows = findings(WARM + WAIVER.format(subject="compute-*", until="2026-01-01"))
    warm = rows.filter(pl.col("code") == "THM102")
    assert dict(zip(warm["subject"], warm["waiver"], strict=True)) == {
        "compute-01": "trial of warm water (until 2026-01-01)",
        "compute-02": "trial of warm water (until 2026-01-01)",
        "switch-01": None,
    }
    assert "SPC901" not in rows["code"]


def test_waiver_without_subject_covers_all_and_one_of_another_name_none() -> None:
    every = findings(WARM + "waivers:\n  - {rule: THM102, until: 2026-06-30, because: trial of warm water}\n")
    assert every.filter((pl.col("code") == "THM102") & pl.col("waiver").is_null()).is_empty()
    other = findings(WARM + WAIVER.format(subject="compute", until="2026-06-30"))
    assert other.filter(pl.col("waiver").is_not_null()).is_empty()
    assert other.filter(pl.col("code") == "SPC901")["severity"].to_list() == ["warning"]


def test_waiver_holds_on_its_last_day_and_not_after() -> None:
    text = WARM + WAIVER.format(subject="'*'", until="2026-03-31")
    assert findings(text, "2026-03-31").filter(pl.col("code") == "THM102")["waiver"].null_count() == 0
    late = findings(text, "2026-04-01")
    assert late.filter(pl.col("code") == "THM102")["waiver"].null_count() == 3
    assert late.filter(pl.col("code") == "SPC902")["message"].to_list() == ["waiver of THM102 ended on 2026-03-31"]


def test_order_is_severity_then_code_and_ids_are_dense() -> None:
    rows = findings(WARM + "floor: {rating: 500 kg/m2}\n")
    assert rows["finding_id"].to_list() == list(range(rows.height))
    rank = {"error": 0, "warning": 1, "info": 2}
    keys = [(rank[s], c, p, n) for s, c, p, n in rows.select("severity", "code", "src", "subject").iter_rows()]
    assert keys == sorted(keys)
    assert {"MEC202", "THM102", "BOM102"} <= set(rows["code"])


def test_order_of_rows_in_the_tables_changes_nothing() -> None:
    tables = compile_text(WARM).tables
    turned = tables.put({name: tables[name].reverse() for name in ("devices", "part_facts", "coolant_branches", "masses", "bom")})
    assert run(turned, "2026-01-01")["findings"].equals(run(tables, "2026-01-01")["findings"])


def test_findings_fit_their_schema_and_an_empty_design_has_none() -> None:
    tables = compile_text(WARM).tables
    assert [v for v in violations(tables) if v.startswith("findings")] == []
    assert run(Tables(), "2026-01-01")["findings"].is_empty()
    assert grouped(Tables()) == []


def test_rack_without_room_is_only_judged_by_rules_that_need_no_place() -> None:
    rule = find_rule("MEC101")
    assert rule is not None
    codes = {f.code for f in compile_text(rule.bad).findings if f.severity != "info"}
    assert codes == {"MEC101"}


def test_rules_are_found_by_code_and_by_name() -> None:
    assert find_rule("pwr101") is find_rule("shelves-below-redundancy") is next(r for r in all_rules() if r.code == "PWR101")
    assert find_rule("nothing") is None


@pytest.mark.parametrize(
    ("waiver", "held", "told"),
    [
        ("for: storage, until: 2026-01-01", ["storage"], []),
        ("until: 2026-01-01", ["in-band", "storage"], []),
        ("for: s*, until: 2026-01-01", ["storage"], []),
        ("for: storage, until: 2025-12-31", [], ["SPC902"]),
        ("for: compute, until: 2026-01-01", [], ["SPC901"]),
    ],
)
def test_waivers_of_a_hall(tmp_path: Path, waiver: str, held: list[str], told: list[str]) -> None:
    (tmp_path / "rack.yaml").write_text(RACK, encoding="utf-8")
    text = HALL + f"waivers:\n  - {{rule: RED301, {waiver}, because: one leaf is a trial}}\n"
    design = compile_any(text, folder=tmp_path, as_of="2026-01-01")
    rows = design.tables["findings"]
    single = rows.filter(pl.col("code") == "RED301")
    assert sorted(single["subject"]) == ["in-band", "storage"]
    assert sorted(single.filter(pl.col("waiver").is_not_null())["subject"]) == held
    assert rows.filter(pl.col("code").str.starts_with("SPC9"))["code"].to_list() == told
    assert violations(design.tables) == []
