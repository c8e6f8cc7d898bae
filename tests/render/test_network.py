"""What people see of the network: every tier in the picture, every loss in chart and tables, nothing where nothing was simulated."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl

from rackwright.flow.hall import compile_hall
from rackwright.render.drawings import fabric_topology, network_losses
from rackwright.render.report import report
from rackwright.render.sections import network
from rackwright.schema.tables import Tables, frame
from rackwright.sim.network import study

SPEC = Path(__file__).resolve().parents[2] / "examples" / "halls" / "h100-superpod-1su.yaml"


@cache
def compiled() -> Tables:
    return compile_hall(str(SPEC), as_of="2026-01-01").tables


@cache
def simulated() -> Tables:
    return compiled().put(study.run(compiled()))


def test_every_tier_of_every_fabric_is_in_the_picture():
    t = compiled()
    scene = fabric_topology.draw(t)
    assert scene is not None
    texts = set(scene.shapes["text"].drop_nulls())
    for f in t["fabrics"].iter_rows(named=True):
        assert f["fabric"] in texts
        for tier, name in enumerate(("leaves", "spines", "cores")):
            if f[name] > 1:
                assert f"{f[name] // f['planes']:,} {name}" in texts
            if f[name]:
                links = f[("links_host", "links_spine", "links_core")[tier]] // f["planes"]
                assert any(x.startswith(f"{links:,} links") for x in texts)
        assert f"{f['endpoints'] // f['planes']:,} endpoints" in texts


def test_ports_of_a_leaf_are_counted_on_the_cables():
    """32 servers, a leaf a rail: 32 links to every leaf; where one leaf has fewer, both numbers are shown."""
    t = compiled()
    each = t["fabric_cables"].filter(pl.col("tier") == 0).group_by("b_device_id").len()["len"]
    assert each.min() == each.max() == 32
    texts = fabric_topology.draw(t).shapes["text"].drop_nulls().to_list()
    assert "32 links to each leaf" in texts
    first = t["fabric_cables"]["b_device_id"].filter(t["fabric_cables"]["tier"] == 0)[0]
    mine = (t["fabric_cables"]["tier"] == 0) & (t["fabric_cables"]["b_device_id"] == first)
    fewer = t["fabric_cables"].filter(~mine | (mine.cum_sum() > 3))
    texts = fabric_topology.draw(t.put({"fabric_cables": fewer})).shapes["text"].drop_nulls().to_list()
    assert "29 to 32 links to each leaf" in texts


def test_nothing_leaves_the_page():
    for scene in (fabric_topology.draw(simulated()), network_losses.draw(simulated())):
        assert scene is not None
        rects = scene.shapes.filter(pl.col("kind") == "rect")
        assert rects.filter((pl.col("x") < 0) | (pl.col("x") + pl.col("w") > scene.width) | (pl.col("y") + pl.col("h") > scene.height)).is_empty()


def test_bars_are_as_long_as_the_losses():
    """A bar ends at the whole loss: ports cut off, and what the others lose of the hard permutation; to a pixel, on one scale."""
    t = simulated()
    scene = network_losses.draw(t)
    assert scene is not None
    bars = scene.shapes.filter(pl.col("layer") == "bars")
    name = dict(t["fabrics"].select("fabric_id", "fabric").iter_rows())
    lost = 1 - (1 - pl.col("endpoints_lost") / pl.col("endpoints")) * pl.col("share_permutation")
    kinds = t["network_failures"].group_by("fabric_id", "what").agg(lost.max())
    wanted = {f"network_failures:{name[f]}-{what}": x for f, what, x in kinds.iter_rows()}
    ends = dict(bars.select(pl.col("ref").str.strip_suffix("-cut"), pl.col("x") + pl.col("w")).group_by("ref").agg(pl.col("x").max()).iter_rows())
    start, most = bars["x"].min(), max(wanted, key=lambda k: wanted[k])
    assert set(ends) == set(wanted)
    for ref, share in wanted.items():
        assert abs((ends[ref] - start) - (ends[most] - start) * share / wanted[most]) < 1


def test_a_sole_spine_is_the_longest_bar():
    """Without its only spine each of four leaves keeps its own quarter of the ports: three quarters are cut off from the largest part."""
    rows = [
        {"failure_id": i, "fabric_id": 0, "plane": 0, "what": what, "example": "x", "count": n, "endpoints": 64, "endpoints_lost": cut}
        | {"share_permutation": share, "share_all_to_all": share, "share_uplinks": 0.0}
        for i, (what, n, cut, share) in enumerate((("leaf", 4, 16, 1.0), ("spine", 1, 48, 1.0), ("cable", 64, 0, 0.9375)))
    ]
    fabrics = compiled()["fabrics"].head(1).with_columns(fabric_id=pl.lit(0, pl.Int32))
    t = compiled().put({"network_failures": frame("network_failures", rows), "fabrics": fabrics})
    scene = network_losses.draw(t)
    assert scene is not None
    bars = scene.shapes.filter(pl.col("layer") == "bars").with_columns(end=pl.col("x") + pl.col("w")).sort("end", descending=True)
    assert bars["ref"][0].partition("-")[2].startswith("spine")
    texts = scene.shapes["text"].drop_nulls().to_list()
    assert "75.00 %; 48 of 64 ports cut off" in texts
    assert "6.25 %" in texts


def test_tables_hold_every_row():
    t = simulated()
    made = network.content(t)
    assert made is not None
    assert [len(g.rows) for g in made.grids] == [t[n].height for n in ("network_results", "network_loads", "network_failures")]
    page = report(t)
    assert "Network under load and loss" in page
    assert page == report(t)


def test_nothing_is_said_of_what_was_not_simulated(tables: Tables):
    assert network.content(compiled()) is None
    assert network_losses.draw(compiled()) is None
    assert fabric_topology.draw(tables) is None
    assert network.content(tables) is None
