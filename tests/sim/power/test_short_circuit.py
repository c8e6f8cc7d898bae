"""Short-circuit kernels where no outside tool gives the answer: limited sources, dark trees, bad networks, limits of the factors."""

from __future__ import annotations

from math import inf, nan, sqrt

import numpy as np
import pytest

from rackwright.sim.power.short_circuit import Network, Sources, Ties, levels, peak_factor, short_circuit, thermal_factor, voltage_factor

VOLTS = 415.0


def feeder(parent: list[int], ohm: float = 0.01, volts: float = VOLTS) -> Network:
    """Nodes at one voltage, each 0.01 + j 0.01 ohm below its parent."""
    n = len(parent)
    return Network(np.array(parent), np.full(n, volts), np.full(n, ohm), np.full(n, ohm), np.full(n, nan))


def sources(*rows: tuple[int, float, float]) -> Sources:
    """(node, fault level VA, current limit A)."""
    node, level, limit = (np.array(column) for column in zip(*rows, strict=True))
    same = np.ones(len(rows))
    return Sources(node, level, level, 0.1 * same, limit, same, same)


def test_a_converter_gives_its_limit_until_the_cable_limits_more() -> None:
    got = short_circuit(feeder([-1, 0, 1], 0.05), sources((0, inf, 2000.0)), "min")
    drive = 0.9 * VOLTS / sqrt(3)
    assert got.ik3_a == pytest.approx([2000, 2000, drive / (0.1 * sqrt(2))])
    assert got.is_limited.tolist() == [True, True, False]
    assert got.ip_a[:2] == pytest.approx([2000 * sqrt(2)] * 2)
    assert got.ith_a[:2] == pytest.approx([2000, 2000])


def test_the_limit_crosses_a_transformer_by_its_ratio() -> None:
    base = feeder([-1, 0])
    net = Network(base.parent, np.array([830.0, 415.0]), base.resistance_ohm * 1e-4, base.reactance_ohm * 1e-4, np.array([nan, 0.06]))
    assert short_circuit(net, sources((0, inf, 500.0)), "max").ik3_a == pytest.approx([500, 1000])


def test_a_tree_without_source_is_dark_and_leaves_the_others_alone() -> None:
    got = short_circuit(feeder([-1, 0, -1, 2]), sources((0, 1e8, inf)), "max")
    assert got.ik3_a[2:].tolist() == [0, 0]
    assert got.ip_a[2:].tolist() == [0, 0]
    assert got.ik3_a[:2] == pytest.approx(short_circuit(feeder([-1, 0]), sources((0, 1e8, inf)), "max").ik3_a)


def test_unknown_zero_sequence_is_unknown_and_not_zero() -> None:
    assert np.isnan(short_circuit(feeder([-1, 0]), sources((0, 1e8, inf)), "min").ik1_a[1])


def test_bad_networks_are_refused() -> None:
    with pytest.raises(ValueError, match="own ancestor"):
        levels(np.array([1, 0, -1]))
    with pytest.raises(ValueError, match="top of its tree"):
        short_circuit(feeder([-1, 0]), sources((1, 1e8, inf)), "max")
    one = np.ones(1)
    tie = Ties(np.array([1]), np.array([3]), 1e-3 * one, 1e-3 * one, one, np.full(1, nan))
    for own in (sources((0, 1e8, inf), (2, inf, 100.0)), sources((0, 1e8, inf))):
        with pytest.raises(ValueError, match="without a stiff source"):
            short_circuit(feeder([-1, 0, -1, 2]), own, "max", ties=tie)
    with pytest.raises(ValueError, match=r"0\.06 or 0\.10"):
        voltage_factor(np.array([415.0]), "max", 0.05)


def test_levels_put_every_node_below_its_parent() -> None:
    rng = np.random.default_rng(3)
    parent = np.array([-1, -1, *(int(rng.integers(k)) for k in range(2, 300))])
    depth = np.empty(300, dtype=int)
    for k, nodes in enumerate(levels(parent)):
        depth[nodes] = k
    assert (depth[2:] == depth[parent[2:]] + 1).all()
    assert depth[:2].tolist() == [0, 0]


def test_two_grids_joined_by_a_coupler_add_up() -> None:
    one = np.ones(1)
    tie = Ties(np.array([0]), np.array([1]), 0 * one, 0 * one, one, np.full(1, nan))
    apart = short_circuit(feeder([-1, -1]), sources((0, 2e7, inf), (1, 3e7, inf)), "max")
    joined = short_circuit(feeder([-1, -1]), sources((0, 2e7, inf), (1, 3e7, inf)), "max", ties=tie)
    assert joined.ik3_a == pytest.approx([apart.ik3_a.sum()] * 2)


def test_voltage_factors_of_the_standard() -> None:
    volts = np.array([230.0, 1000.0, 1001.0, 33e3])
    assert voltage_factor(volts, "max", 0.06).tolist() == [1.05, 1.05, 1.10, 1.10]
    assert voltage_factor(volts, "min", 0.06).tolist() == [0.95, 0.95, 1.00, 1.00]
    assert voltage_factor(volts, "max", 0.10).tolist() == [1.10, 1.10, 1.10, 1.10]
    assert voltage_factor(volts, "min", 0.10).tolist() == [0.90, 0.90, 1.00, 1.00]


def test_factors_at_their_limits() -> None:
    assert peak_factor(np.array([0.0, inf])).tolist() == [2.0, 1.02]
    # m is the mean square of the direct current exp(ln(kappa - 1) 2 f t) over the fault, twice: checked by quadrature.
    t = np.linspace(0, 0.1, 200_001)
    for kappa in (1.05, 1.4, 1.8, 1.995, 1.9999999):
        decay = 2 * np.exp(4 * 50 * t * np.log(kappa - 1))
        assert thermal_factor(np.array([kappa]), 50.0, 0.1)[0] == pytest.approx(np.trapezoid(decay, t) / 0.1, rel=1e-6)
    assert thermal_factor(np.array([2.0]), 50.0, 1.0).tolist() == [2.0]
