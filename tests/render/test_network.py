"""What people see of the network: every tier in the picture, every loss in chart and tables, nothing where nothing was simulated."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl

from rackwright.flow.hall import compile_hall
from rackwright.render.drawings import fabric_topology, network_losses
from rackwright.render.report import report
from rackwright.render.sections import network
from rackwright.schema.tables import Tables
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


def test_nothing_leaves_the_page():
    for scene in (fabric_topology.draw(simulated()), network_losses.draw(simulated())):
        assert scene is not None
        rects = scene.shapes.filter(pl.col("kind") == "rect")
        assert rects.filter((pl.col("x") < 0) | (pl.col("x") + pl.col("w") > scene.width) | (pl.col("y") + pl.col("h") > scene.height)).is_empty()


def test_bars_are_as_long_as_the_losses():
    """Bars of one panel: their lengths are in the ratio of the worst losses of their kinds, to a pixel."""
    t = simulated()
    scene = network_losses.draw(t)
    assert scene is not None
    bars = scene.shapes.filter(pl.col("layer") == "bars")
    name = dict(t["fabrics"].select("fabric_id", "fabric").iter_rows())
    worst = t["network_failures"].group_by("fabric_id", "what").agg(lost=(1 - pl.col("share_permutation")).max())
    wanted = {f"network_failures:{name[f]}-{what}": lost for f, what, lost in worst.iter_rows()}
    drawn = dict(bars.select("ref", "w").iter_rows())
    assert set(drawn) == set(wanted)
    most = max(wanted, key=lambda k: wanted[k])
    for ref, lost in wanted.items():
        assert abs(drawn[ref] - drawn[most] * lost / wanted[most]) < 1


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
