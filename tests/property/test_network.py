"""What must hold on any fabric: conservation, feasibility, bottlenecks, names of switches that do not matter, no collective beats its bytes."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sim.network import fabrics

from rackwright.sim.network import collective, ecmp, maxmin, paths, traffic
from rackwright.sim.network.graph import Graph


@st.composite
def broken_fabrics(draw: st.DrawFn) -> Graph:
    """A random small fabric of any of several shapes, some links and switches lost."""
    shape = draw(st.sampled_from(["tree", "spine", "mesh", "planes", "torus", "dragonfly"]))
    if shape == "tree":
        whole = fabrics.fat_tree(draw(st.sampled_from([4, 6])))
    elif shape == "spine":
        whole = fabrics.leaf_spine(draw(st.integers(1, 5)), draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    elif shape == "mesh":
        whole = fabrics.meshed_spines(draw(st.integers(1, 3)), 2, draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    elif shape == "planes":
        whole = fabrics.planes(fabrics.leaf_spine(3, 2, 1, 2), 2)
    elif shape == "torus":
        whole = fabrics.torus(3, 3, 3)
    else:
        whole = fabrics.dragonfly(draw(st.integers(2, 5)), draw(st.integers(2, 4)), 2)
    links, switches = draw(st.integers(0, whole.m // 3)), draw(st.integers(0, 1))
    return fabrics.broken(whole, links, switches, draw(st.integers(0, 2**16)))


def net_out(g: Graph, forward: np.ndarray, backward: np.ndarray) -> np.ndarray:
    """(n,) what leaves each switch over links less what enters."""
    flow = forward - backward
    return np.bincount(g.a, flow, g.n) - np.bincount(g.b, flow, g.n)


@settings(max_examples=60, deadline=None)
@given(broken_fabrics(), st.integers(0, 2**16))
def test_loads_are_conserved(g: Graph, seed: int):
    """At each switch: what it sends less what it receives, of all pairs that have a path. Nothing negative, nothing lost."""
    for t in (traffic.permutation(g, seed), traffic.all_to_all(g)):
        loads = ecmp.link_loads(g, t)
        reached = fabrics.to_networkx(g)
        part = np.zeros(g.n, int)
        for i, nodes in enumerate(nx.connected_components(reached)):
            part[list(nodes)] = i
        demand = np.asarray(t.pairs.todense()) + t.out @ t.into.T
        np.fill_diagonal(demand, 0.0)
        joined = np.where(part[:, None] == part[None, :], demand, 0.0)
        np.testing.assert_allclose(net_out(g, loads.forward, loads.backward), joined.sum(axis=1) - joined.sum(axis=0), atol=1e-7)
        assert abs(loads.unrouted_gbps + joined.sum() - t.total_gbps()) < 1e-6
        assert min(loads.forward.min(initial=0), loads.backward.min(initial=0)) >= -1e-9


@settings(max_examples=60, deadline=None)
@given(broken_fabrics(), st.integers(0, 2**16))
def test_names_of_switches_and_order_of_links_do_not_matter(g: Graph, seed: int):
    random = np.random.default_rng(seed)
    name, order = random.permutation(g.n).astype(np.int32), random.permutation(g.m)
    leaf = np.where(g.host_leaf >= 0, name[g.host_leaf], -1).astype(np.int32)
    renamed = replace(g, a=name[g.a], b=name[g.b], host_leaf=leaf).keep(np.ones(g.m, np.bool_))
    renamed = replace(renamed, **{x: getattr(renamed, x)[order] for x in ("a", "b", "capacity_gbps", "tier", "plane")})
    one, other = (ecmp.link_loads(x, traffic.permutation(x, 3)) for x in (g, renamed))
    np.testing.assert_allclose(other.forward, one.forward[order], atol=1e-8)
    np.testing.assert_allclose(other.backward, one.backward[order], atol=1e-8)


@settings(max_examples=60, deadline=None)
@given(broken_fabrics(), st.integers(0, 2**16), st.integers(1, 200), st.sampled_from([1, 5, 20_000]))
def test_max_min_rates_are_feasible_and_maximal(g: Graph, seed: int, flows: int, few: int):
    """No link over its capacity, and every flow crosses a full link on which no other flow is faster."""
    random = np.random.default_rng(seed)
    source, target = random.integers(0, g.host_leaf.size, (2, flows))
    way = paths.hashed(g, source, target, seed)
    before, maxmin.FEW = maxmin.FEW, few
    try:
        rate = maxmin.max_min(way.start, way.links, way.capacity_gbps)
    finally:
        maxmin.FEW = before
    assert np.array_equal(np.isinf(rate), ~way.is_routed)
    flow = np.repeat(np.arange(flows), np.diff(way.start))
    load = np.bincount(way.links, rate[flow], way.capacity_gbps.size)
    assert np.all(load <= way.capacity_gbps * (1 + 1e-9))
    fastest = np.zeros(way.capacity_gbps.size)
    np.maximum.at(fastest, way.links, rate[flow])
    is_neck = (load[way.links] >= way.capacity_gbps[way.links] * (1 - 1e-9)) & (rate[flow] >= fastest[way.links] * (1 - 1e-9))
    assert np.all(np.bincount(flow, is_neck, flows)[way.is_routed] > 0)


@settings(max_examples=60, deadline=None)
@given(broken_fabrics(), st.integers(0, 2**16))
def test_placement_is_the_same_for_the_same_seed(g: Graph, seed: int):
    source, target = traffic.shift_pairs(g)
    one, other = (paths.hashed(g, source, target, seed) for _ in range(2))
    assert np.array_equal(one.links, other.links)
    assert np.array_equal(one.start, other.start)


speeds = st.floats(1, 10_000)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 3000), st.integers(1, 144), speeds, speeds, st.floats(0, 1e-4), st.floats(0, 1e-4), st.floats(1, 1e12))
def test_no_collective_is_faster_than_its_bytes(servers: int, each: int, rail: float, up: float, alpha_rail: float, alpha_up: float, size: float):
    """S 2 (n - 1) / n / B for all-reduce, S (n - 1) / n / B for the others; with one of the two fabrics alone the bound is met but for start-up."""
    ranks = collective.Ranks(servers, each, rail, up, alpha_rail, alpha_up)
    s = np.array([size])
    slack = 1 - 1e-12
    assert collective.all_reduce(s, ranks)[0] >= collective.least_all_reduce(s, ranks)[0] * slack
    assert collective.all_gather(s, ranks)[0] >= collective.least_all_gather(s, ranks)[0] * slack
    assert collective.all_to_all(s, ranks)[0] >= collective.least_all_gather(s, ranks)[0] * slack
    if 1 in (servers, each) and alpha_rail == alpha_up == 0:
        np.testing.assert_allclose(collective.all_reduce(s, ranks), collective.least_all_reduce(s, ranks), rtol=1e-12)
