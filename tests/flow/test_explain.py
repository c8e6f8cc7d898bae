"""`flow.explain` on a design made by hand: every row leads back to its line and facts."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from rackwright.flow.explain import explain, inputs
from rackwright.flow.hall import compile_hall
from rackwright.flow.manifest import PackageError
from rackwright.flow.names import KEY, named, named_tables


def test_every_input_says_who_decided_it_and_where(make):
    assert [(i.path, i.text, i.origin, str(i.span)) for i in inputs(make())] == [
        ("trays.compute.count", "3", "written", "spec/demo.yaml:3:12"),
        ("scale_up.from", "compute", "written", "spec/demo.yaml:1:1"),
        ("cooling.rise", "10 K", "default", "spec/demo.yaml:1:1"),
    ]


def test_a_device_leads_to_its_line_stage_inputs_and_facts(make):
    found = explain(make(), "devices:compute-02")
    assert (found.table, found.key, str(found.span), found.path) == ("devices", "compute-02", "spec/demo.yaml:3:12", "trays.compute")
    cells = {c.column: c for c in found.cells}
    assert (cells["power_max_w"].text, cells["power_max_w"].unit, cells["power_max_w"].stage) == ("1000", "W", "build.expand")
    assert (cells["rack"].text, cells["position_u"].stage) == ("demo", "build.place")
    assert [i.path for i in found.inputs] == ["trays.compute.count"]
    assert [(f.fact, f.confidence, f.source) for f in found.facts] == [("power_max", "read", "Acme data sheet")]
    assert dict(found.users) == {"devices": 3, "links": 3, "cables": 3, "parts": 4, "bom": 1}


def test_a_cable_is_found_by_its_ends_in_either_order(make):
    one, two = explain(make(), "cables:compute-01/p0--switch-01/p0"), explain(make(), "cables:switch-01/p0--compute-01/p0")
    assert one == two
    assert {c.column: c.text for c in one.cells}["a_port"] == "compute-01/p0"


def test_a_row_without_a_line_of_its_own_takes_that_of_what_it_belongs_to(make):
    found = explain(make(), "ports:switch-01/p2")
    assert (str(found.span), found.path) == ("spec/demo.yaml:4:11", "trays.switch")


def test_bare_paths_sections_and_names_will_do(make):
    assert explain(make(), "cooling.rise").table == "inputs"
    assert explain(make(), "trays.compute").key == "trays.compute.count"
    assert explain(make(), "compute-03").table == "devices"
    assert explain(make(), "power_it_w").table == "summary"


def test_every_row_of_every_table_can_be_explained(make):
    for table in named_tables():
        for key in named(make(), table)[KEY]:
            assert explain(make(), f"{table}:{key}").key == key


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("devices:compute-99", "`devices` has no row `compute-99`; did you mean `compute-0"),
        ("device:compute-01", "there is no table `device`; did you mean `devices`"),
        ("cooling.ris", "did you mean `cooling.rise`?"),
        ("spans:0", "rows of `spans` have no names"),
        ("", "neither a spec path nor a name"),
    ],
)
def test_a_row_that_is_not_there_is_one_clear_message(make, row, said):
    with pytest.raises(PackageError) as fault:
        explain(make(), row)
    assert said in str(fault.value)


def test_the_route_of_a_cable(examples: Path):
    """Segments in order, each beginning where the last one ends, on the level and side of their trays."""
    spec = str(examples.parent / "halls" / "h100-superpod-1su.yaml")
    t = compile_hall(spec, as_of="2026-01-01", sets=["pathways.diverse=true"]).tables
    cables = t["fabric_cables"].with_row_index("at").filter(pl.col("path_id") >= 0)
    longest = cables.sort("length_route_mm", descending=True).row(0, named=True)
    found = explain(t, f"fabric_cables:{longest['at']}")
    assert len(found.route) == 3
    assert all("data, side " in step.what for step in found.route)
    for step, after in pairwise(found.route):
        assert step.end == after.start
    assert sum(s.length_mm for s in found.route) >= longest["length_route_mm"] - 2 * 3500  # drops at both ends are no tray
    inside = t["fabric_cables"].with_row_index("at").filter(pl.col("path_id") < 0)
    assert not inside.height or explain(t, f"fabric_cables:{inside['at'][0]}").route == []
