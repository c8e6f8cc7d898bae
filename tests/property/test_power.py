"""What holds for every power network: energy balances at every node, and more load never raises a voltage."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from rackwright.schema.check import violations
from rackwright.schema.tables import Tables, frame
from rackwright.sim.power.load_flow import run

Tree = tuple[list[int], list[float], list[float], list[int]]


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Parent, resistance and load of every busbar node, and where shelves stand (feeds A and B in turn)."""
    n = draw(st.integers(2, 14))
    parents = [draw(st.integers(0, i - 1)) for i in range(1, n)]
    ohms = draw(st.lists(st.sampled_from([0.0, 1e-6, 2e-5, 3e-4]), min_size=n - 1, max_size=n - 1))
    loads = draw(st.lists(st.sampled_from([0.0, 100.0, 4000.0, 9000.0]), min_size=n, max_size=n))
    shelves = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=4, unique=True))
    return parents, ohms, loads, shelves


def solved(tree: Tree, extra_w: float = 0.0) -> Tables:
    parents, ohms, loads, shelves = tree
    nodes = [
        {"name": f"busbar@{i}", "kind": "busbar", "is_ac": False, "voltage_nominal_v": 50.0, "load_w": w + (extra_w if i == len(loads) - 1 else 0.0)}
        for i, w in enumerate(loads)
    ]
    feeds = {f: len(nodes) + i for i, f in enumerate("AB")}
    mains = {"is_ac": True, "voltage_nominal_v": 415.0, "load_w": 0.0}
    nodes += [{"name": f"feed-{f}", "kind": "feed", "feed": f, **mains} for f in feeds]
    branches = [
        {"name": f"busbar {i}", "kind": "busbar", "a_node_id": p, "b_node_id": i + 1, "resistance_ohm": r, "efficiency": 1.0, "power_factor": 1.0}
        for i, (p, r) in enumerate(zip(parents, ohms, strict=True))
    ]
    for i, at in enumerate(shelves):
        own = {"feed": "AB"[i % 2], "efficiency": 0.97, "power_factor": 0.98}
        nodes.append({"name": f"shelf-{i}", "kind": "shelf", "feed": "AB"[i % 2], **mains})
        branches.append(
            {"name": f"whip {i}", "kind": "whip", "a_node_id": feeds["AB"[i % 2]], "b_node_id": len(nodes) - 1, "resistance_ohm": 0.005, **own}
        )
        branches.append(
            {
                "name": f"shelf {i}",
                "kind": "shelf",
                "a_node_id": len(nodes) - 1,
                "b_node_id": at,
                "resistance_ohm": 7.5e-4,
                "source_v": 50.5 - 0.2 * i,
                "power_rated_w": 33e3,
                "psu_count": 6,
                **own,
            }
        )
    cases = [
        {"name": "normal", "kind": "normal"},
        {"name": "feed A lost", "kind": "feed", "lost_feed": "A"},
        {"name": "psu", "kind": "psu", "psu_lost": 1},
    ]
    t = Tables(
        {
            "spans": frame("spans", [{"src": 0, "file": "r", "line": 1, "column": 1, "end_line": 1, "end_column": 2, "path": ""}]),
            "power_nodes": frame("power_nodes", [{"node_id": i, "src": 0, **n} for i, n in enumerate(nodes)]),
            "power_branches": frame("power_branches", [{"branch_id": i, "src": 0, **b} for i, b in enumerate(branches)]),
            "power_cases": frame("power_cases", [{"psu_lost": 0, **c, "case_id": i, "is_required": True} for i, c in enumerate(cases)]),
        }
    )
    t = t.put(run(t))
    assert violations(t) == []
    return t


@settings(max_examples=60, deadline=None)
@given(trees())
def test_power_in_is_power_out_plus_loss(tree: Tree) -> None:
    """At every node, over every branch and over the whole rack, in every case, to 1e-6."""
    t = solved(tree)
    nodes = t["power_node_states"]
    assert np.allclose(nodes["power_in_w"], nodes["power_out_w"], rtol=1e-6, atol=1e-4)
    branches = t["power_branch_states"].join(t["power_branches"].select("branch_id", "resistance_ohm", "kind"), on="branch_id")
    bars = branches.filter(kind="busbar")
    assert np.allclose(bars["loss_w"], bars["resistance_ohm"] * bars["current_a"] ** 2, rtol=1e-6, atol=1e-6)
    assert (branches["loss_w"] >= -1e-6).all()
    assert (branches.filter(pl.col("kind") == "shelf")["current_a"] >= -1e-6).all()
    for row in t["power_case_states"].iter_rows(named=True):
        assert abs(row["input_w"] - row["loss_w"] - (row["load_w"] - row["load_dark_w"])) <= 1e-6 * max(row["load_w"], 1)
        assert row["is_solved"] or row["input_w"] == 0


@settings(max_examples=40, deadline=None)
@given(trees(), st.floats(1.0, 5000.0))
def test_more_load_never_raises_a_voltage(tree: Tree, extra_w: float) -> None:
    before, after = (
        t["power_node_states"].join(t["power_nodes"].filter(~pl.col("is_ac")).select("node_id"), on="node_id")
        for t in (solved(tree), solved(tree, extra_w))
    )
    was, now = before["voltage_v"].to_numpy(), after["voltage_v"].to_numpy()
    both = ~(np.isnan(was) | np.isnan(now))
    assert (now[both] <= was[both] + 1e-9).all()
    assert not (np.isnan(was) & ~np.isnan(now)).any()
