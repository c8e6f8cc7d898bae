"""RED304 recounted with sets, and `network.spread` as its cure."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from rackwright.flow.hall import compile_hall
from rackwright.rules.red import homes_share_rack, spread_not_kept
from rackwright.rules.red.rack_is_single_point import check
from rackwright.schema.tables import Tables

HALLS = Path(__file__).resolve().parents[2] / "examples" / "halls"


@cache
def tables(name: str, *sets: str) -> Tables:
    return compile_hall(str(HALLS / f"{name}.yaml"), as_of="2026-01-01", sets=sets).tables


def neighbours(t: Tables, fabric: int, tiers: tuple[int, ...], end: str) -> dict[int, set[int]]:
    """What the device at `end` of a fabric's links is joined to."""
    found, far = defaultdict[int, set[int]](set), "b" if end == "a" else "a"
    rows = t["fabric_cables"].filter((pl.col("fabric_id") == fabric) & pl.col("tier").is_in(tiers))
    for near, other in rows.select(f"{end}_device_id", f"{far}_device_id").iter_rows():
        found[near].add(other)
    return found


@pytest.mark.parametrize("name", ["h100-superpod-4su", "gb200-superpod-2su", "dual-plane-512"])
def test_counts_are_those_of_sets(name: str) -> None:
    t = tables(name, "network.spread=1")
    rack = dict(t["fabric_switches"].select("device_id", "rack_id").iter_rows())
    want = set[tuple[str, float]]()
    for fabric, label in t["fabrics"].select("fabric_id", "fabric").iter_rows():
        servers, leaves, planes = defaultdict[int, int](int), defaultdict[int, int](int), defaultdict[int, set[int]](set)
        plane_of = dict(t["fabric_switches"].filter(fabric_id=fabric).select("device_id", "plane").iter_rows())
        for own in neighbours(t, fabric, (0,), "a").values():
            racks = {rack[s] for s in own}
            if len(own) > 1 and len(racks) == 1:
                servers[racks.pop()] += 1
        served = neighbours(t, fabric, (0,), "b")
        for leaf, above in neighbours(t, fabric, (1,), "a").items():
            racks = {rack[s] for s in above}
            if leaf in served and len(above) > 1 and len(racks) == 1 and rack[leaf] not in racks:
                planes[above_in := racks.pop()].add(plane_of[leaf])
                leaves[above_in] += 1
        leaves = {r: n for r, n in leaves.items() if planes[r] == set(plane_of.values())}  # what another plane still reaches is not lost
        want |= {(label, float(max(found.values()))) for found in (servers, leaves) if found}
        cores = t["fabric_switches"].filter((pl.col("fabric_id") == fabric) & (pl.col("tier") == 2))["rack_id"]
        want |= {(label, float(len(cores)))} if len(cores) > 1 and cores.n_unique() == 1 else set()
    assert want
    told = pl.concat([rule(t).select("subject", "value") for rule in (check, homes_share_rack.check)])
    assert set(told.iter_rows()) == want


@pytest.mark.parametrize("name", ["h100-superpod-4su", "dual-plane-512", "ethernet-512-placed"])
def test_spread_leaves_no_such_rack(name: str) -> None:
    """Neither rack has both homes, both planes or all spines; and no two switches stand in the same units."""
    t = tables(name, "network.spread=2")
    assert check(t).is_empty()
    switches = t["fabric_switches"]
    tall = {p: int(h) for p, h in t["part_facts"].filter(fact="height_units").select("part", "value").iter_rows()}
    taken = [(r, u + i) for r, u, p in switches.select("rack_id", "position_u", "part").iter_rows() for i in range(tall[p])]
    assert len(taken) == len(set(taken))
    for planes in switches.filter(pl.col("plane").max().over("fabric_id") > 0).partition_by("fabric_id"):
        assert planes.group_by("rack_id").agg(pl.col("plane").n_unique())["plane"].to_list() == [1] * planes["rack_id"].n_unique()


@pytest.mark.parametrize("name", ["h100-superpod-4su", "gb200-superpod-2su"])
def test_a_promise_is_told_with_its_field(name: str) -> None:
    """Every home of a server in one rack: told at `homing` where the spec asks for two, at the fabric where it does not; never both."""
    t = tables(name, "network.spread=1")
    asked = {p.split(".")[1] for p, v in t["inputs"].select("path", "value").iter_rows() if p.endswith(".homing") and v and v > 1}
    broken, others = homes_share_rack.check(t), check(t)
    assert asked == set(broken["subject"])
    assert set(others.filter(pl.col("what").str.starts_with("every leaf of"))["subject"]).isdisjoint(asked)
    assert broken["kind"].to_list() == ["homing"]
    where = t["spans"].filter(pl.col("src").is_in(broken["src"].implode()))["path"].to_list()
    assert where == [f"fabrics.{asked.pop()}.homing"]


def test_switches_placed_by_cost_keep_their_series() -> None:
    """Of 2 planes and 2 homes on `spread: 2`, each rack holds one, and the cost falls all the same."""
    name, sets = "dual-plane-512", ("network.spread=2", "placement.switches=cost")
    free, kept = tables(name, "network.spread=1", "placement.switches=cost"), tables(name, *sets)
    assert check(free).height + homes_share_rack.check(free).height
    assert check(kept).is_empty()
    assert homes_share_rack.check(kept).is_empty()
    assert spread_not_kept.check(kept).is_empty()
    order, cost = (kept["placements"].filter(pl.col("layout") == layout)["weight_usd"][0] for layout in ("order", "cost"))
    assert cost < order
