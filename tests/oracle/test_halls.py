"""Halls compiled whole against published counts. Sources: RA-11333-001 V11 (DGX H100 SuperPOD) tables 3, 4 and 8; scale.md's count of a
half-million campus is a prototype of ours and no oracle."""

import numpy as np
import polars as pl
import pytest

from rackwright.base.findings import DesignError
from rackwright.flow.hall import compile_hall
from rackwright.flow.pipeline import Design
from rackwright.schema.check import violations
from rackwright.sim.network import study

DAY = "2026-01-01"


@pytest.fixture(scope="module")
def one_unit(examples) -> Design:
    return compile_hall(str(examples.parent / "halls" / "h100-superpod-1su.yaml"), as_of=DAY)


def quantity(hall: Design, kind: str) -> dict[str, float]:
    return dict(hall.tables["hall_parts"].filter(pl.col("kind") == kind).select("part", "quantity").iter_rows())


def test_one_scalable_unit_has_the_published_switches(one_unit: Design) -> None:
    """Table 3: a unit of 32 nodes has 8 leaves; table 4's single unit has 4 spines and 256 leaf-to-spine links."""
    row = one_unit.tables["fabrics"].row(0, named=True)
    assert (row["endpoints"], row["leaves"], row["spines"], row["links_host"], row["links_spine"]) == (256, 8, 4, 256, 256)
    assert row["unreached"] == row["unrouted"] == 0


def test_modules_follow_the_rule_of_table_8(one_unit: Design) -> None:
    """Two ports a module: (host links + 2 x leaf-spine links) / 2 in switches, 4 modules a system; one fibre a link."""
    modules = quantity(one_unit, "transceiver")
    assert modules == {"nvidia/mma4z00-ns": (256 + 2 * 256) / 2, "nvidia/mma4z00-ns-flt": 32 * 4}
    assert sum(quantity(one_unit, "cable").values()) == 512


def test_four_units_in_the_same_hall(examples) -> None:
    """Table 3: 128 nodes, 32 leaves, 16 spines, 1,024 links each way; 1,536 switch modules as in table 8 (there with 4 UFM links)."""
    path = str(examples.parent / "halls" / "h100-superpod-1su.yaml")
    hall = compile_hall(path, as_of=DAY, sets=["racks.dgx.count=32", "floor.rows=6"])
    row = hall.tables["fabrics"].row(0, named=True)
    assert (row["leaves"], row["spines"], row["links_host"], row["links_spine"]) == (32, 16, 1024, 1024)
    assert quantity(hall, "transceiver")["nvidia/mma4z00-ns"] == 1536
    assert violations(hall.tables) == []


def test_no_port_is_used_twice_and_no_cable_is_short(one_unit: Design) -> None:
    c = one_unit.tables["fabric_cables"]
    ends = pl.concat([c.select(d="a_device_id", p="a_port"), c.select(d="b_device_id", p="b_port")])
    assert not ends.is_duplicated().any()
    assert (c["length_cut_mm"] >= c["length_route_mm"]).all()
    assert (c["length_stock_mm"] >= c["length_cut_mm"]).all()


def test_a_rack_more_renames_no_cable(examples) -> None:
    """Keys are made of both ends' places alone: of the host cables of a larger hall, those of the old racks keep theirs."""
    path = str(examples.parent / "halls" / "h100-superpod-1su.yaml")
    small = compile_hall(path, as_of=DAY, sets=["racks.dgx.count=7", "floor.network_racks=1"]).tables["fabric_cables"]
    large = compile_hall(path, as_of=DAY, sets=["floor.network_racks=1"]).tables["fabric_cables"]
    hosts = [set(t.filter(pl.col("tier") == 0)["key"].to_list()) for t in (small, large)]
    assert hosts[0] <= hosts[1]
    assert len(hosts[1] - hosts[0]) == 4 * 8


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ("racks.dgx.count=20", "MEC401", "too few"),
        ("fabrics.compute.ports=[dgx.nix]", "SPC122", "no design has ports `dgx.nix`"),
        ("racks.dgx.design=dgy", "SPC121", "there is no design `dgy`"),
        ("fabrics.compute.topology=star", "NET301", "no topology `star`"),
        ("fabrics.compute.switch=nvidia/qm9701", "SPC104", "there is no part"),
        ("fabrics.compute.oversubscription=0", "SPC102", "a ratio such as"),
        ("fabrics.compute.tiers=1", "NET301", "fabric `compute`"),
    ],
)
def test_what_cannot_be_is_told(examples, change: str, code: str, words: str) -> None:
    with pytest.raises(DesignError) as caught:
        compile_hall(str(examples.parent / "halls" / "h100-superpod-1su.yaml"), as_of=DAY, sets=[change])
    finding = caught.value.findings[0]
    assert finding.code == code
    assert words in finding.message
    assert finding.span.line >= 1


def test_half_a_million_accelerators(examples) -> None:
    """Three equal tiers of links, every port of every core used once, every cable routed; counts from k = 128 ports and pods of 56 racks."""
    hall = compile_hall(str(examples.parent / "halls" / "campus-1gw.yaml"), as_of=DAY)
    row = hall.tables["fabrics"].row(0, named=True)
    assert row["endpoints"] == 7168 * 72 * 2 == row["links_host"] == row["links_spine"] == row["links_core"]
    assert row["unrouted"] == 0
    c = hall.tables["fabric_cables"]
    assert np.unique(c["b_device_id"].to_numpy().astype(np.int64) * 1024 + c["b_port"].to_numpy()).size == c.height == 3 * row["endpoints"]


def test_the_built_fabric_is_what_the_design_claims(one_unit: Design) -> None:
    """Rail-optimized and non-blocking (RA-11333): full line rate, half of all 256 x 400 Gb/s as bisection, and a leaf serves one rail of 32 nodes."""
    rows = study.run(one_unit.tables)["network_results"]
    answer = dict(rows.select("question", "value").iter_rows())
    assert answer["unreachable"] == answer["bridges"] == 0
    assert answer["oversubscription_1"] == 1
    assert [answer[f"{n}_share"] for n in ("permutation", "shift", "all_to_all", "rail")] == [1, 1, 1, 1]
    assert answer["bisection_gbps"] == 256 * 400 / 2
    assert answer["switch_loss"] == 32


def test_a_missing_uplink_is_seen(one_unit: Design) -> None:
    """Without the cables of one leaf to one spine the fabric stays whole, loses its symmetry, and cannot carry all-to-all at line rate."""
    cables = one_unit.tables["fabric_cables"]
    leaf, spine = cables.filter(pl.col("tier") == 1).select("a_device_id", "b_device_id").row(0)
    gone = (pl.col("a_device_id") == leaf) & (pl.col("b_device_id") == spine)
    answer = dict(study.run(one_unit.tables.put({"fabric_cables": cables.filter(~gone)}))["network_results"].select("question", "value").iter_rows())
    assert answer["unreachable"] == 0
    assert answer["oversubscription_1"] == pytest.approx(4 / 3)
    # 32 hosts send 224 / 255 of what they have to other leaves, over 24 of 32 uplinks
    assert answer["all_to_all_share"] == pytest.approx(24 / (32 * 224 / 255), rel=0.02)
