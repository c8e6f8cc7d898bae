"""`flow.diff` on designs made by hand: what counts as a change, and what is only another name."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rackwright.flow.diff import diff
from rackwright.flow.names import KEY, named, named_tables
from rackwright.flow.renames import Rename
from rackwright.schema.check import violations
from rackwright.schema.tables import Tables


def test_the_hand_made_design_keeps_the_schema(make):
    assert violations(make()) == []


def test_a_design_is_the_same_as_itself(make):
    assert diff(make(), make()).is_empty


def test_every_row_of_every_table_has_a_name_of_its_own(make):
    for table in named_tables():
        assert not named(make(), table)[KEY].is_duplicated().any(), table


def test_renaming_a_group_is_one_change(make):
    found = diff(make(), make(group="xpu"))
    assert found.renames == [Rename("compute", "xpu", 3, True)]
    assert str(found.renames[0]) == "compute-* -> xpu-*"
    assert {n: d for n, d in found.tables.items() if not d.is_empty} == {}
    assert not found.is_empty


def test_renaming_one_tray_is_one_change(make):
    found = diff(make(), make(odd="zebra-07"))
    assert found.renames == [Rename("compute-02", "zebra-07", 1, False)]
    assert [n for n, d in found.tables.items() if not d.is_empty] == []


def test_renaming_a_group_and_swapping_its_part_is_a_rename_and_a_swap(make):
    found = diff(make(), make(group="xpu", part="acme/tray-2", power=1100.0))
    assert found.renames == [Rename("compute", "xpu", 3, True)]
    assert [(s.a, s.b, s.count, s.first) for s in found.swaps] == [("acme/tray", "acme/tray-2", 3, "compute-01")]
    assert found.tables["cables"].is_empty
    assert found.tables["devices"].rows_changed == 3


def test_a_waived_finding_is_told_as_waived(make):
    hot = make(part="acme/tray-2", power=2000.0)
    accepted = hot.put({"findings": hot["findings"].with_columns(waiver=pl.lit("agreed until 2030-01-01"))})
    assert diff(make(), accepted).findings("added").select("code", "severity").rows() == [("PWR102", "waived")]


def test_a_hotter_part_shows_in_figures_parts_and_findings(make):
    found = diff(make(), make(part="acme/tray-2", power=2000.0))
    assert [(f.title, f.a, f.b, f.delta, f.percent) for f in found.figures] == [
        ("IT power", "3,500 W", "6,500 W", "+3,000 W", pytest.approx(85.714, abs=1e-3))
    ]
    assert found.findings("added").select("code", "rows", "subject").rows() == [("PWR102", 1, "compute-01")]
    assert found.findings("removed").is_empty()
    assert found.bom.rows() == [("acme/tray", "Tray", 3.0, 0.0), ("acme/tray-2", "Tray", 0.0, 3.0)]
    changed = found.tables["devices"].changed.filter(pl.col("column") == "power_max_w")
    assert changed.rows() == [(f"compute-{i:02d}", "power_max_w", "1000.0", "2000.0") for i in (1, 2, 3)]


def test_a_tray_more_is_a_row_more_and_its_cable(make):
    found = diff(make(), make(count=4))
    assert found.renames == []
    assert found.tables["devices"].added["name"].to_list() == ["compute-04"]
    assert found.tables["cables"].added[KEY].to_list() == ["compute-04/p0--switch-01/p3"]
    assert found.tables["links"].removed.is_empty()
    assert found.tables["devices"].changed.select(KEY, "column").rows() == [("switch-01", "position_u")]


def test_other_ids_and_lines_are_no_change(make):
    a = make()
    shifted = {"devices": a["devices"].with_columns(pl.col("src") * 0), "spans": a["spans"].with_columns(pl.col("line") + 7)}
    turned = a["ports"].reverse().with_columns(port_id=pl.int_range(pl.len(), dtype=pl.Int32))
    ids = dict(zip(a["ports"]["port_id"], (a["ports"].height - 1 - i for i in range(a["ports"].height)), strict=True))
    for name in ("links", "cables"):
        shifted[name] = a[name].with_columns(pl.col("a_port_id", "b_port_id").replace_strict(ids, return_dtype=pl.Int32))
    assert diff(a, a.put({**shifted, "ports": turned})).is_empty


def test_a_last_digit_is_no_change(make):
    a = make()
    assert diff(a, a.put({"devices": a["devices"].with_columns(pl.col("power_max_w") * (1 + 1e-13))})).is_empty
    assert not diff(a, a.put({"devices": a["devices"].with_columns(pl.col("power_max_w") * (1 + 1e-6))})).is_empty


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["compute", "xpu", "a", "gpu-box"]), st.sampled_from(["compute", "zeta", "b-2"]), st.integers(1, 5))
def test_renames_are_derived_both_ways(make, before, after, count):
    a, b = make(group=before, count=count), make(group=after, count=count)
    found = diff(a, b)
    assert found.renames == ([] if before == after else [Rename(before, after, count, True)])
    assert all(d.is_empty for d in found.tables.values())


def test_nothing_against_something():
    empty = Tables()
    assert diff(empty, empty).is_empty
