"""Graphs, traffic, and what is measured on them, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.sim.network import fabrics

from rackwright.sim.network import bisection, bounds, collective, concurrent, connectivity, ecmp, failures, outages, traffic
from rackwright.sim.network.graph import Graph
from rackwright.sim.network.quotient import quotient

DGX_LEAF = fabrics.leaf_spine(4, 2, 4, 8)  # 8 hosts below, 2 spines x 4 links above


@pytest.mark.parametrize("most", [1, 6, 8])
def test_a_programme_that_is_stopped_early_has_no_answer(monkeypatch: pytest.MonkeyPatch, most: int):
    """Trap 6 of power.md (OSQP under `user_limit` hands out what it has): a solver's last point is an answer only where it is proven the best.
    After six steps it is feasible, and 1.2 % too low.
    """
    g = fabrics.leaf_spine(8, 4, 2, 4)
    whole = concurrent.concurrent_flow(g, traffic.all_to_all(g))
    monkeypatch.setattr(concurrent, "_OPTIONS", (*concurrent._OPTIONS, ("ipm_iteration_limit", most)))
    with pytest.raises(RuntimeError, match="HiGHS found no optimum"):
        concurrent.concurrent_flow(g, traffic.all_to_all(g))
    assert whole == pytest.approx(8 * 31 / (4 * 28), rel=1e-6)  # 8 links up of each leaf; its 4 hosts send 28/31 of theirs over them


def test_a_loop_and_a_wrong_length_are_refused():
    g = fabrics.leaf_spine(2, 1, 1, 1)
    with pytest.raises(ValueError, match="link 0 joins a switch to itself"):
        replace(g, b=g.a)
    with pytest.raises(ValueError, match=r"graph of 2 links and 2 hosts: wrong length of tier"):
        replace(g, tier=g.tier[:1])
    with pytest.raises(ValueError, match="host_leaf goes from 0 to 9, switches are 0 to 2"):
        replace(g, host_leaf=np.array([0, 9], np.int32))
    with pytest.raises(ValueError, match="link 1 has no capacity"):
        replace(g, capacity_gbps=np.array([1, 0], np.float32))


def test_losing_a_switch_loses_its_links_and_hosts():
    g = fabrics.leaf_spine(3, 2, 2, 2)
    after = g.without(switches=np.array([1]))
    assert after.m == g.m - 4
    assert after.host_leaf.tolist() == [0, 0, -1, -1, 2, 2]
    assert g.without(links=np.array([0, 5])).m == g.m - 2


def test_twins_of_a_fat_tree():
    """Radix 16: 8 leaves of each of 16 pods, 8 groups of 8 cores, and 128 aggregation switches, each alone."""
    q = quotient(fabrics.fat_tree(16))
    assert np.bincount(q.size).tolist() == [0, 128, 0, 0, 0, 0, 0, 0, 24]
    assert q.head.size == 2 * (128 + 128)


def test_a_lost_link_takes_its_two_ends_out_of_their_classes():
    g = fabrics.fat_tree(8)
    whole, cut = quotient(g), quotient(g.without(links=np.array([0])))
    assert cut.q == whole.q + 1
    assert sorted(cut.size)[-1] == 4


def test_ring_of_leaves_by_hand():
    """Hosts 0 1 | 2 3 | 4 5 on three leaves, ring: one flow from each leaf to the next, split over two spines."""
    g = fabrics.leaf_spine(3, 2, 1, 2, 400.0)
    loads = ecmp.link_loads(g, traffic.ring(g))
    assert np.allclose(loads.forward, 200)
    assert np.allclose(loads.backward, 200)
    tier = ecmp.by_tier(g, loads)
    assert (tier.links.tolist(), tier.max_gbps.tolist(), tier.mean_gbps.tolist(), tier.imbalance.tolist()) == ([6], [200], [200], [1])
    assert tier.utilisation.tolist() == [0.5]


@pytest.mark.parametrize("seed", range(5))
def test_permutations_send_and_receive_once(seed: int):
    g = fabrics.planes(fabrics.fat_tree(4), 3)
    for source, target in (traffic.permutation_pairs(g, seed), traffic.ring_pairs(g), traffic.shift_pairs(g)):
        assert np.array_equal(np.sort(source), np.arange(48))
        assert np.array_equal(np.sort(target), np.arange(48))
        assert np.all(source != target)
        assert np.array_equal(g.host_plane[source], g.host_plane[target])


def test_a_host_alone_sends_nothing():
    g = fabrics.leaf_spine(1, 1, 1, 1)
    assert traffic.permutation(g, 1).total_gbps() == traffic.all_to_all(g).total_gbps() == 0


def test_all_to_all_fills_equal_hosts_and_never_overfills():
    g = fabrics.leaf_spine(4, 2, 1, 2, 400.0)
    t = traffic.all_to_all(g)
    # Each of 2 hosts sends 400, of which 1/7 stays under the leaf.
    assert t.total_gbps() == pytest.approx(8 * 400 * 6 / 7)
    mixed = replace(g, host_gbps=np.array([100, 400] * 4, np.float32))
    uneven = traffic.all_to_all(mixed)
    sent = uneven.out @ uneven.into.sum(axis=0) - np.einsum("ij,ij->i", uneven.out, uneven.into)
    assert np.all(sent[:4] <= 500)


def test_rail_wise_traffic_stays_on_its_rail():
    """Two rails, one leaf each: nothing crosses a spine. Server-wise order instead: everything does."""
    g = fabrics.leaf_spine(2, 1, 4, 4)
    assert ecmp.link_loads(g, traffic.rail_wise(g, g.host_leaf)).worst_utilisation(g) == 0
    assert ecmp.link_loads(g, traffic.rail_wise(g, np.arange(8) % 4)).worst_utilisation(g) == pytest.approx(1)


def test_demand_of_lost_hosts_is_counted():
    g = fabrics.leaf_spine(3, 2, 1, 1).without(switches=np.array([0]))
    assert traffic.ring(g).lost_gbps == 800
    assert traffic.ring(g).total_gbps() == 400


def test_oversubscription_by_hand():
    """Leaf: 8 x 400 over 8 x 400. One link less: 8/7. A leaf without links: infinite, as a checker that counts ports would not see."""
    whole = connectivity.oversubscription(DGX_LEAF)
    assert (whole.tier.tolist(), whole.greatest.tolist(), whole.switches.tolist()) == ([1], [1], [4])
    one = connectivity.oversubscription(DGX_LEAF.without(links=np.array([0])))
    assert (one.greatest[0], one.least[0], one.worst_switch[0]) == (pytest.approx(8 / 7), 1, 0)
    none = connectivity.oversubscription(DGX_LEAF.keep(DGX_LEAF.a != 2))
    assert (none.greatest[0], none.worst_switch[0]) == (np.inf, 2)
    upper = connectivity.oversubscription(fabrics.meshed_spines(3, 2, 2, 3))
    # Leaf 3 x 400 over 2 x 400; spine 2 x 400 over 3 x 200.
    assert upper.greatest == pytest.approx([1.5, 4 / 3])


def test_rails_that_are_apart_by_design_are_not_unreachable():
    g = fabrics.graph(2, [], [0, 0, 1, 1])
    assert connectivity.reach(g).unreachable.tolist() == [2]
    assert connectivity.reach(g, g.host_leaf).unreachable.tolist() == [0, 0]


def test_links_of_another_plane_join_nobody():
    g = fabrics.graph(3, [(0, 2, 400, 1), (1, 2, 400, 1)], [0, 1], planes=([0, 1], [0, 0]))
    assert connectivity.reach(g).unreachable.tolist() == [1]


def test_kinds_of_switches():
    assert np.unique(failures.kinds(fabrics.fat_tree(8))).size == 3
    assert np.unique(failures.kinds(fabrics.torus(3, 3, 3))).size == 1
    assert np.unique(failures.kinds(fabrics.graph(3, [(0, 1, 100, 1), (1, 2, 400, 1)], [0, 2]))).size == 3


def test_errors_say_what_to_do():
    g = fabrics.leaf_spine(100, 40, 1, 1)
    with pytest.raises(ValueError, match="140 switches, at most 128"):
        concurrent.concurrent_flow(g, traffic.ring(g))
    apart = fabrics.planes(fabrics.leaf_spine(2, 1, 1, 1), 2)
    with pytest.raises(ValueError, match="no path between switches 0 and 3"):
        bounds.throughput_bound(apart)
    with pytest.raises(ValueError, match="hosts in 2 parts"):
        bisection.bisection(apart)
    with pytest.raises(ValueError, match="from 0 to 1"):
        failures.random_failures(g, 1.5, 1, 1)
    with pytest.raises(ValueError, match="at least 1"):
        collective.Ranks(0, 8, 400, 3600, 0, 0)
    with pytest.raises(ValueError, match="above 0"):
        collective.Ranks(2, 8, 0, 3600, 0, 0)
    with pytest.raises(ValueError, match="negative"):
        collective.Ranks(2, 8, 400, 3600, -1e-6, 0)


def test_all_reduce_by_hand():
    """2 servers of 4: 2 x 3/4 S on the scale-up at 100 GB/s, S/4 both ways on rails of 10 GB/s: rails bind. 1 GB: 25 ms; 2 x 3 + 2 x 1 start-ups."""
    ranks = collective.Ranks(2, 4, 80.0, 800.0, 1e-3, 1e-6)
    assert collective.all_reduce(np.array([1e9]), ranks)[0] == pytest.approx(0.025 + 6e-6 + 2e-3)
    assert collective.all_gather(np.array([1e9]), ranks)[0] == pytest.approx(0.0125 + 3e-6 + 1e-3)
    assert collective.all_to_all(np.array([1e9]), ranks)[0] == pytest.approx(0.05 + 3e-6 + 1e-3)


def test_a_graph_of_nothing():
    g: Graph = fabrics.graph(0, [], [])
    t = traffic.all_to_all(g)
    assert ecmp.link_loads(g, t).worst_utilisation(g) == 0
    assert connectivity.reach(g).unreachable.size == 0
    assert outages.costs(g, outages.switches(g, np.zeros(0, np.int64)), 1, None) == []
