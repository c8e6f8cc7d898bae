"""Rules of halls on tables with planted faults, faults that are told together, and port counts that hold whatever the spec."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rackwright.base.findings import DesignError
from rackwright.build.fabrics import topology
from rackwright.flow.compile import compile_text
from rackwright.flow.hall import compile_hall
from rackwright.rules.halls import RACK, components
from rackwright.rules.net import link_ends_differ, switch_port_taken_twice
from rackwright.rules.rule import run
from rackwright.schema.tables import Tables

HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 12, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 16}
unit: 8
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, tiers: 2, uplinks: 8}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hall")
    (made / "rack.yaml").write_text(RACK, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def tables(folder: Path) -> Tables:
    return compile_text(HALL, folder=folder).tables


def judged(t: Tables) -> dict[str, tuple[float, float]]:
    """Value and limit of each code found, notes left out."""
    found = run(t, "2026-01-01")["findings"].filter(pl.col("severity") != "info")
    return {code: (value, limit) for code, value, limit in found.select("code", "value", "limit").iter_rows()}


def planted(t: Tables, cables: pl.DataFrame) -> Tables:
    return t.put({"fabric_cables": cables})


def test_healthy_hall_has_no_finding(tables: Tables) -> None:
    """16 servers x 8 NICs; 2 pods x 8 rails = 16 leaves with 8 uplinks each."""
    row = tables["fabrics"].row(0, named=True)
    assert (row["links_host"], row["leaves"], row["links_spine"]) == (128, 16, 128)
    assert judged(tables) == {}


def test_swapped_cables_between_spines_are_seen(tables: Tables) -> None:
    """One uplink moved to another spine of the same leaf, to a port that is taken: one spine has a link more than the other one less."""
    c = tables["fabric_cables"]
    up = c.filter(pl.col("tier") == 1)
    leaf, one = up.select("a_device_id", "b_device_id").row(0)
    other = up.filter((pl.col("a_device_id") == leaf) & (pl.col("b_device_id") != one))["b_device_id"][0]
    width = up.filter((pl.col("a_device_id") == leaf) & (pl.col("b_device_id") == one)).height
    first = up["link_id"][0]
    moved = c.with_columns(b_device_id=pl.when(pl.col("link_id") == first).then(pl.lit(other, pl.Int32)).otherwise("b_device_id"))
    assert judged(planted(tables, moved)) == {"NET302": (width - 1, width + 1), "NET310": (1, 0)}
    assert width > 1, "the fabric of this test has several links to a spine"


def test_leaf_without_uplinks_cuts_its_ports_off(tables: Tables) -> None:
    c = tables["fabric_cables"]
    leaf = c.filter(pl.col("tier") == 1)["a_device_id"][0]
    ports = c.filter((pl.col("tier") == 0) & (pl.col("b_device_id") == leaf)).height
    assert judged(planted(tables, c.filter((pl.col("tier") == 0) | (pl.col("a_device_id") != leaf)))) == {"NET303": (ports, 128.0)}


def test_two_equal_halves_cannot_reach_each_other(tables: Tables) -> None:
    """Leaves of each pod keep the links to one of the two spines: 64 ports on either side, told once; half the uplinks are gone."""
    c, switches = tables["fabric_cables"], tables["fabric_switches"]
    spines = switches.filter(pl.col("tier") == 1)["device_id"].sort().to_list()
    assert len(spines) == 2
    pod = switches.filter(pl.col("tier") == 0).select(a_device_id="device_id", pod="pod")
    mine = c.join(pod, on="a_device_id", how="left", maintain_order="left")
    kept = mine.filter((pl.col("tier") == 0) | (pl.col("b_device_id") == pl.lit(spines[0]) + pl.col("pod"))).drop("pod")
    assert judged(planted(tables, kept)) == {"NET303": (64.0, 128.0), "NET304": (2.0, 1.0)}


def test_missing_uplinks_are_measured_as_oversubscription(tables: Tables) -> None:
    """A leaf of 8 ports that keeps one link in four to each spine has 8 : 2."""
    c = tables["fabric_cables"]
    up = c.filter(pl.col("tier") == 1)
    turn = pl.int_range(pl.len()).over("a_device_id", "b_device_id")
    width = up.group_by("a_device_id", "b_device_id").len()["len"].unique().to_list()
    assert len(width) == 1
    kept = up.with_columns(turn=turn).filter(pl.col("turn") == 0).drop("turn")
    assert judged(planted(tables, pl.concat([c.filter(pl.col("tier") == 0), kept]))) == {"NET304": (float(width[0]), 1.0)}


def test_faults_of_one_step_are_told_together(folder: Path) -> None:
    text = HALL.replace("design: dgx,", "design: dgy,").replace("[dgx.nic]", "[dgx.nix, dgx.nic, dgz.bmc]")
    with pytest.raises(DesignError) as caught:
        compile_text(text, folder=folder)
    assert [(f.code, f.span.line) for f in caught.value.findings] == [("SPC121", 5), ("SPC122", 8), ("SPC122", 8)]
    text = HALL.replace("uplinks: 8", "uplinks: 99") + "  storage: {topology: star, ports: [dgx.net], switch: nvidia/qm9700}\n"
    with pytest.raises(DesignError) as caught:
        compile_text(text, folder=folder)
    assert [(f.code, f.span.line) for f in caught.value.findings] == [("NET301", 8), ("NET301", 9)]
    assert all("smallest change" in f.help for f in caught.value.findings)


@pytest.mark.parametrize("network", ["start", "end", "middle", "rows"])
def test_rows_that_would_do_are_the_fewest(folder: Path, network: str) -> None:
    """The number of rows that the message gives is enough, and one row less is not."""
    text = HALL.replace("pitch:", f"network: {network}, pitch:").replace("count: 16", "count: 61")
    with pytest.raises(DesignError) as caught:
        compile_text(text, folder=folder)
    (found,) = caught.value.findings
    rows = int(found.help.split("`")[1].split()[1])
    compile_text(text, folder=folder, sets=[f"floor.rows={rows}"])
    with pytest.raises(DesignError):
        compile_text(text, folder=folder, sets=[f"floor.rows={rows - 1}"])


@pytest.mark.parametrize("change", ["floor.rows=0", "floor.places=0"])
def test_floor_without_places_is_one_finding(folder: Path, change: str) -> None:
    with pytest.raises(DesignError) as caught:
        compile_text(HALL, folder=folder, sets=[change])
    assert [f.code for f in caught.value.findings] == ["MEC401"]


@given(st.integers(1, 60), st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), max_size=80))
def test_components_are_those_of_a_search_from_every_node(size: int, edges: list[tuple[int, int]]) -> None:
    edges = [(a % size, b % size) for a, b in edges]
    beside: dict[int, set[int]] = {n: set() for n in range(size)}
    for a, b in edges:
        beside[a].add(b)
        beside[b].add(a)
    lowest: dict[int, int] = {}
    for start in range(size):
        todo = [start]
        while todo:
            node = todo.pop()
            if node not in lowest:
                lowest[node] = start
                todo += beside[node]
    ends = np.array(edges, np.int32).reshape(-1, 2)
    assert components(ends[:, 0], ends[:, 1], size).tolist() == [lowest[n] for n in range(size)]


FABRIC = st.fixed_dictionaries(
    {
        "topology": st.sampled_from(["rail-optimized", "rail-only", "node-local", "leaf-mesh", "collapsed-core", "tree"]),
        "planes": st.sampled_from([1, 2]),
        "homing": st.sampled_from([None, 1, 2]),
        "rails_per_leaf": st.sampled_from([1, 2, 8]),
        "leaf_scope": st.sampled_from(["rack", "pod", "all"]),
        "reserve": st.integers(0, 4),
        "oversubscription": st.sampled_from(["1:1", "3:2", "2:1"]),
    }
)


@given(fabric=FABRIC, racks=st.integers(1, 40), unit=st.integers(1, 40))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_port_takes_two_cables_whatever_the_fabric(folder: Path, fabric: dict[str, object], racks: int, unit: int) -> None:
    """Every (device, port) of a fabric once, ports of switches inside the part, and rules that agree; or one finding that says why not."""
    known = topology.wishes()[str(fabric["topology"])]
    wish = ", ".join(f"{k}: {v}" for k, v in fabric.items() if v is not None and (k == "topology" or k in known))
    text = HALL.partition("racks:")[0].replace("rows: 2", "rows: 8")
    text += f"racks:\n  dgx: {{design: dgx, count: {racks}}}\nunit: {unit}\nfabrics:\n"
    text += f"  compute: {{ports: [dgx.nic], switch: nvidia/qm9700, {wish}}}\n"
    refused: list[str] = []
    t = Tables()
    try:
        t = compile_text(text, folder=folder).tables
    except DesignError as fault:
        refused = [f.code for f in fault.findings]
    assert refused in ([], ["NET301"])
    c = t["fabric_cables"]
    ends = pl.concat([c.select(device="a_device_id", port="a_port"), c.select(device="b_device_id", port="b_port")])
    assert not ends.is_duplicated().any()
    switch = ends.join(t["fabric_switches"].select(device="device_id"), on="device", how="semi")
    assert switch["port"].is_between(0, 32 * 4 - 1).all()
    codes = set(t["findings"]["code"])
    # 200G legs find no medium in this catalogue, and are told so; a tree has the uplinks it is given, whatever ratio is asked
    if "CAB301" not in codes:
        assert not codes & ({"NET302", "NET303"} if fabric["topology"] == "tree" else {"NET302", "NET303", "NET304"})


def test_links_are_judged_by_the_ports_and_media_they_have(tables: Tables) -> None:
    """128 links to servers and 128 to spines; a medium that is too slow, and a port with another cage, are told with the links they have."""

    def told(t: Tables) -> list[tuple[str, float, str]]:
        return [(f["subject"], f["value"], f["text"]) for f in link_ends_differ.check(t).iter_rows(named=True)]

    assert told(tables) == []
    slow = tables["fabric_skus"].with_columns(speed_gbps=pl.when(pl.col("tier") == 0).then(200.0).otherwise("speed_gbps").cast(pl.Float32))
    assert {(s, "drives 200 Gb/s" in text) for s, _, text in told(tables.put({"fabric_skus": slow}))} == {("compute", True)}
    assert sum(n for _, n, _ in told(tables.put({"fabric_skus": slow}))) == 128
    is_first = (pl.col("device") == pl.col("device").min()) & (pl.col("port") == 0)
    other = tables["nic_ports"].with_columns(connector=pl.when(is_first).then(pl.lit("qsfp112")).otherwise("connector"))
    found = told(tables.put({"nic_ports": other}))
    assert sum(n for _, n, _ in found) == 16  # the first port of each of 16 servers
    assert all("(qsfp112)" in text for _, _, text in found)


def test_a_cage_broken_out_in_two_ways_is_told_apart_by_cage_not_by_port_number(examples: Path) -> None:
    """Frontend leaves have cages of four 200G links and cages of one 800G link: the numbers of their ports meet, the ports do not."""
    hall = compile_hall(str(examples.parent / "halls" / "gb200-superpod-2su.yaml"), as_of="2026-01-01").tables
    numbers = hall["fabric_cables"].filter(pl.col("fabric_id") == 1)
    ends = pl.concat(numbers.select(device=f"{s}_device_id", port=f"{s}_port") for s in "ab")
    leaf = hall["fabric_switches"].filter((pl.col("fabric_id") == 1) & (pl.col("tier") == 0))["device_id"]
    assert ends.filter(pl.col("device").is_in(leaf.implode())).is_duplicated().any()
    assert switch_port_taken_twice.check(hall).is_empty()
    one, two = numbers.filter(pl.col("tier") == 1)["link_id"].head(2)
    port = numbers.filter(pl.col("link_id") == one)["a_port"][0]
    moved = pl.when(pl.col("link_id") == two).then(pl.lit(port, pl.Int32)).otherwise("a_port")
    planted = hall.put({"fabric_cables": hall["fabric_cables"].with_columns(a_port=moved)})
    assert switch_port_taken_twice.check(planted)["value"].to_list() == [1.0]
