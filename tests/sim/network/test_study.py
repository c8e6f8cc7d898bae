"""The study on compiled halls: planes that are alike told once, what fails together, names both ways, what is left after failures."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from rackwright.export import only
from rackwright.flow.compile import compile_text
from rackwright.rules.halls import RACK
from rackwright.schema import ends
from rackwright.schema.tables import Tables
from rackwright.sim.network import study
from rackwright.sim.network.modules import together
from rackwright.sim.network.naming import Names
from rackwright.sim.network.planes import Failed, planes

HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 12, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 16}
unit: 8
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2, uplinks: 8}
  manage: {topology: tree, ports: [dgx.bmc], switch: nvidia/sn2201, spine: nvidia/sn4600c}
"""


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """16 servers; compute: 8 rails x 2 pods = 16 leaves with 8 ports and 8 uplinks to 2 spines."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "rack.yaml").write_text(RACK, encoding="utf-8")
    return compile_text(HALL, folder=folder).tables


@pytest.fixture(scope="module")
def made(hall: Tables) -> dict[str, pl.DataFrame]:
    return study.run(hall)


def answer(made: dict[str, pl.DataFrame], question: str, fabric: int = 0) -> float:
    own = made["network_results"].filter((pl.col("question") == question) & (pl.col("fabric_id") == fabric))
    return float(own["value"][0])


def test_a_whole_hall(made: dict[str, pl.DataFrame]):
    assert answer(made, "unreachable") == 0
    assert answer(made, "shift_share") == answer(made, "guaranteed_share") == 1
    assert 0 < answer(made, "hashed_permutation_min") <= answer(made, "hashed_permutation_p1") <= answer(made, "hashed_permutation_mean") <= 1
    assert answer(made, "bound_share") >= answer(made, "guaranteed_share")


def test_every_switch_and_cable_is_in_one_row(hall: Tables, made: dict[str, pl.DataFrame]):
    """Counts of the classes: 16 leaves, 2 spines, every cable by its key; modules, where there are any, with the ports of one cage."""
    lost = made["network_failures"].filter(pl.col("fabric_id") == 0)
    counts = dict(lost.group_by("what").agg(pl.col("count").sum()).iter_rows())
    keys = dict(hall["fabric_cables"].filter(pl.col("fabric_id") == 0).group_by("tier").agg(pl.col("key").n_unique()).iter_rows())
    assert (counts["leaf"], counts["spine"], counts["cable"], counts["endpoint cable"]) == (16, 2, keys[1], keys[0])
    worst = dict(lost.group_by("what").agg(pl.col("share_permutation").min()).iter_rows())
    # a leaf has four links to each of two spines: a spine is half of all, a cable as many in four of those to its spine as it carries
    assert (worst["spine"], worst["cable"]) == pytest.approx((0.5, 1 - 128 / keys[1] / 4))
    ports = dict(lost.group_by("what").agg(pl.col("endpoints_lost").max()).iter_rows())
    assert (ports["leaf"], ports["spine"], ports["cable"], ports["endpoint cable"]) == (8, 0, 0, 128 // keys[0])


def test_loads_are_those_of_the_answers(made: dict[str, pl.DataFrame]):
    loads = made["network_loads"].filter(pl.col("fabric_id") == 0)
    for name in ("permutation", "shift", "all_to_all", "rail", "ring"):
        used = float(loads.filter(pl.col("traffic") == name)["utilisation"].max())  # type: ignore[arg-type]
        assert answer(made, f"{name}_share") == pytest.approx(min(1, 1 / used))


def test_a_failed_spine_leaves_half(hall: Tables, made: dict[str, pl.DataFrame]):
    spine = hall["fabric_switches"].filter((pl.col("fabric_id") == 0) & (pl.col("tier") == 1))["device_id"][0]
    left = study.run(hall, Failed(frozenset([spine])))
    assert (answer(left, "unreachable"), answer(left, "shift_share"), answer(left, "oversubscription_1")) == pytest.approx((0, 0.5, 2))
    assert left["network_failures"].is_empty()
    assert answer(left, "shift_share", 1) == answer(made, "shift_share", 1)


def test_failed_leaf_server_and_cable(hall: Tables):
    """A failed leaf cuts its 8 ports off, a failed cable its one; a failed server asks for nothing."""
    names = Names(hall)
    leaf, server = hall["fabric_switches"]["device_id"][0], names.find("H01.AA01")
    cable = hall["fabric_cables"].with_row_index("row").filter((pl.col("tier") == 0) & (pl.col("b_device_id") != leaf))["row"][0]
    assert answer(study.run(hall, Failed(frozenset([leaf]))), "unreachable") == 8
    assert answer(study.run(hall, Failed(rows=frozenset([cable]))), "unreachable") == 1
    gone = planes(hall, 0, Failed(frozenset(server)))[0]
    assert gone.graph.host_leaf.size == 120
    assert answer(study.run(hall, Failed(frozenset(server))), "unreachable") == 0


def test_every_name_is_found_again(hall: Tables):
    names = Names(hall)
    first = int(hall["fabric_switches"]["device_id"].min())  # type: ignore[arg-type]
    for device in [*range(0, first, 5), *hall["fabric_switches"]["device_id"].to_list()]:
        assert names.find(names.name(device)) == [device]
    assert names.find("H09.AA01") == names.find("H01.AA01/none") == []
    assert "H01.AA01/dgx-01" in names.known("H01.AA01/dgx-1")
    assert sum(len(names.find(name)) for name in hall["hall_racks"]["name"]) == first + hall["fabric_switches"].height


def test_planes_that_differ_are_told_apart(hall: Tables):
    """A second plane is made of the first one's rows: alike it is counted, with a cable less it is a plane of its own."""
    cables, switches = hall["fabric_cables"].filter(pl.col("fabric_id") == 0), hall["fabric_switches"].filter(pl.col("fabric_id") == 0)
    size, rows = switches.height, cables.height
    other = cables.with_columns(
        pl.col("b_device_id") + size,
        a_device_id=pl.when(pl.col("tier") > 0).then(pl.col("a_device_id") + size).otherwise("a_device_id"),
        plane=pl.lit(1, pl.UInt8),
        link_id=pl.col("link_id") + rows,
    )
    twice = hall.put(
        {
            "fabric_switches": pl.concat([switches, switches.with_columns(pl.col("device_id") + size, plane=pl.lit(1, pl.Int32))]),
            "fabric_cables": pl.concat([cables, other.select(cables.columns)]),
        }
    )
    assert [p.alike for p in planes(twice, 0)] == [2]
    assert [(p.plane, p.alike) for p in planes(twice, 0, Failed(rows=frozenset([rows + 200])))] == [(0, 1), (1, 1)]


def test_legs_of_a_cable_fail_together(hall: Tables):
    """Neighbouring links that get one key and two legs are one cable: half as many, and its loss costs what both cost."""
    cables = hall["fabric_cables"].sort("tier", "a_device_id", "a_port").with_columns(turn=pl.int_range(pl.len()))
    legs = cables.with_columns(leg=(pl.col("turn") % 2 + 1).cast(pl.UInt8), key=pl.col("key").first().over("fabric_id", "tier", pl.col("turn") // 2))
    keys = legs.drop("turn").sort("link_id")
    t = hall.put({"fabric_cables": keys})
    lost = study.run(t)["network_failures"].filter((pl.col("fabric_id") == 0) & (pl.col("what") == "cable"))
    assert lost["count"].sum() == 64
    assert float(lost["share_permutation"].min()) == pytest.approx(0.5)  # type: ignore[arg-type]


def test_modules_are_cages_of_one_switch(hall: Tables):
    p = planes(hall, 0)[0]
    for each in together(hall, p):
        if each.what == "module":
            ends = p.graph.b if each.side == "b" else p.graph.a
            for group in np.unique(each.link[each.link >= 0])[:10]:
                assert np.unique(ends[each.link == group]).size == 1


def test_a_cable_is_called_by_its_label_and_a_module_by_its_cage(hall: Tables, made: dict[str, pl.DataFrame]):
    """As on labels and in cut sheets: the names are those that `--fail` takes, and the rows found are of the tier that the row tells of."""
    at = ends.devices(hall)
    links = ends.named(hall, at, hall["fabric_cables"]["link_id"].cast(pl.UInt32))
    cages = {*links["a_cage_name"], *links["b_cage_name"]}
    tiers = {"cable": 1, "endpoint cable": 0}
    seen = set[str]()
    for what, example in made["network_failures"].select("what", "example").iter_rows():
        seen.add(what)
        if what in tiers:
            rows = only.cable(hall, at, example)
            assert set(hall["fabric_cables"]["tier"].gather(rows)) == {tiers[what]}
        elif "module" in what:
            assert example in cages
    assert tiers.keys() <= seen


def test_leaves_that_lost_their_servers_cost_the_others_nothing(hall: Tables):
    """All servers of the first pod fail: 64 ports of 400 Gb/s, at 1:1."""
    names = Names(hall)
    racks = hall["hall_racks"].filter(pl.col("pod") == 0)["name"].to_list()
    left = study.run(hall, Failed(frozenset(d for name in racks for d in names.find(name))))
    assert (answer(left, "guaranteed_share"), answer(left, "bisection_gbps")) == (1, 64 * 400 / 2)


def test_a_flow_without_a_path_gets_nothing(hall: Tables):
    """Without spines no leaf reaches another; without any switch nobody asks for anything."""
    switches = hall["fabric_switches"].filter(pl.col("fabric_id") == 0)
    parted = study.run(hall, Failed(frozenset(switches.filter(pl.col("tier") == 1)["device_id"].to_list())))
    assert (answer(parted, "shift_share"), answer(parted, "all_to_all_share")) == (0, 0)
    dark = study.run(hall, Failed(frozenset(switches["device_id"].to_list())))["network_results"].filter(fabric_id=0)
    assert dark.filter(pl.col("question").is_in(["shift_share", "all_to_all_share", "bisection_gbps"]))["value"].to_list() == [None] * 3
    assert dark.filter(question="unreachable")["value"].to_list() == [128]
