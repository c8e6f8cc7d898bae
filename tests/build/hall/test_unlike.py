"""Halls that differ from the rest: like equal ones where they do not differ, like a hall of its own where they do."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from rackwright.base.findings import DesignError
from rackwright.flow.hall import compile_document
from rackwright.flow.pipeline import Design
from rackwright.schema.check import violations
from rackwright.spec.document import one_root, read_tree
from rackwright.spec.hall import HallSpec

RACKS = Path(__file__).resolve().parents[3] / "examples" / "racks"
HALL = """\
hall: campus
designs: {dgx: dgx-h100-x4.yaml}
floor: {rows: 3, places: 8, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 16}
  extra: {design: dgx, count: 1, unit: 0}
unit: 8
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
  local: {topology: node-local, ports: [dgx.net/p0], switch: nvidia/sn5600, tiers: 2, speed: 200 Gb/s}
"""
SMALL = "{floor: {rows: 2, places: 6, pitch: 700 mm}, racks: {dgx: 6, extra: 0}}"


def made(more: str, text: str = HALL) -> Design:
    root = one_root(text + more, "hall.yaml")
    return compile_document(read_tree(root, "hall.yaml", RACKS, text + more, HallSpec), as_of="2026-01-01")


def errors(more: str) -> list[tuple[str, int, str]]:
    with pytest.raises(DesignError) as caught:
        made(more)
    return [(f.code, f.span.line, f.message) for f in caught.value.findings]


def test_a_hall_that_does_not_differ_is_equal() -> None:
    plain = made("halls: 2\n").tables
    said = made("halls: 2\nunlike: {2: {floor: {rows: 3, places: 8, pitch: 700 mm}, racks: {dgx: 16}}}\n").tables
    for table in ("fabric_cables", "fabric_switches", "fabrics", "trays"):
        assert said[table].drop("src", strict=False).equals(plain[table].drop("src", strict=False)), table
    assert said["hall_racks"].drop("src").equals(plain["hall_racks"].drop("src"))


def test_each_hall_has_its_own_floor_and_racks() -> None:
    """17, 6 and 13 racks; units counted through: 3 in hall 1 (the last is `extra`), 1 in hall 2, where there is none, and 3 in hall 3."""
    t = made(f"halls: 3\nunlike:\n  2: {SMALL}\n  3: {{racks: {{dgx: 12}}}}\n").tables
    assert violations(t) == []
    assert t["halls"].select("racks", "places", "width_mm").rows() == [(17, 24, 9200), (6, 12, 7800), (13, 24, 9200)]
    assert t["halls"]["x_mm"].to_list() == [0, 9200 + 20000, 9200 + 7800 + 40000]
    units = t["hall_racks"].drop_nulls("pod").group_by("hall_id").agg(pl.col("pod").unique().sort()).sort("hall_id")
    assert units["pod"].to_list() == [[0, 1, 2], [3], [4, 5, 6]]
    assert t["fabrics"]["unreached"].sum() == t["fabrics"]["unrouted"].sum() == 0
    assert t["fabrics"]["endpoints"].to_list() == [36 * 32, 36 * 8]
    # a switch of a unit stands in the hall of that unit
    hall = dict(t["hall_racks"].select("rack_id", "hall_id").iter_rows())
    of_unit = dict(t["hall_racks"].drop_nulls("pod").select("pod", "hall_id").iter_rows())
    leaves = t["fabric_switches"].filter((pl.col("pod") >= 0) & (pl.col("tier") == 0))
    assert all(hall[rack] == of_unit[pod] for rack, pod in leaves.select("rack_id", "pod").iter_rows())


def test_a_hall_is_laid_as_if_it_stood_alone() -> None:
    """Cables from racks to the leaves of their unit never leave the hall: those of hall 2 are as long as in a spec of that hall alone."""
    campus = made(f"halls: 2\nunlike: {{2: {SMALL}}}\n").tables
    own = HALL.replace("rows: 3, places: 8", "rows: 2, places: 6").replace("count: 16", "count: 6").replace("count: 1,", "count: 0,")
    alone = made("", own).tables
    racks = [t["hall_racks"].drop_nulls("design_id") for t in (campus, alone)]
    there = racks[0].filter(hall_id=1)
    x = int(campus["halls"]["x_mm"][1])
    assert there.select(pl.col("x_mm") - x, "y_mm", "row", "position").rows() == racks[1].select("x_mm", "y_mm", "row", "position").rows()
    first = len(racks[0].filter(hall_id=0)) * campus["design_devices"].height
    switches = campus["fabric_switches"]["device_id"].min()
    links = campus["fabric_cables"].filter((pl.col("tier") == 0) & pl.col("a_device_id").is_between(first, switches, closed="left"))
    assert links.height == 6 * (32 + 8)
    want = alone["fabric_cables"].filter(tier=0)
    columns = ["fabric_id", "rail", "a_port", "length_route_mm", "length_cut_mm"]
    assert links.select(*columns, d=pl.col("a_device_id") - first).rows() == want.select(*columns, d="a_device_id").rows()


def test_faults_name_the_hall_and_its_lines() -> None:
    at = HALL.count("\n") + 1
    assert errors("unlike: {2: {racks: {dgx: 1}}}\n") == [("SPC105", at, "there is no hall 2; there is one")]
    (found,) = errors("halls: 2\nunlike:\n  2:\n    floor: {rows: 1, places: 6, pitch: 700 mm}\n    racks: {dgx: 6}\n")
    assert found[:2] == ("MEC401", at + 3)
    assert found[2].startswith("hall 2: 7 racks want a place")
    (found,) = errors("halls: 2\nunlike:\n  2:\n    racks: {dgx: 40}\n")
    assert found[0] == "MEC401"
    assert found[2].startswith("hall 2: 41 racks want a place")
    assert errors("halls: 2\nunlike:\n  2:\n    racks: {dgx: 0, extra: 0}\n") == [("SPC108", at + 3, "hall 2 has no rack")]
    (found,) = errors("halls: 2\nunlike:\n  2:\n    racks: {dxg: 1}\n")
    assert found == ("SPC105", at + 3, "there is no group of racks `dxg`")
    (found,) = errors("halls: 2\nunlike:\n  2:\n    floor: {rows: 2, places: 12, pitch: 400 mm}\n")
    assert found[:2] == ("MEC404", at + 3)
