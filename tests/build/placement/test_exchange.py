"""Dealing entities to places by exchanges: what a first dealing may be, what comes out, and that it is always the same."""

from __future__ import annotations

import numpy as np
import pytest

from rackwright.build.placement.exchange import Deal, settle


def deal(seed: int, n: int, places: int, kinds: int = 2, shut: float = 0.0) -> Deal:
    random = np.random.default_rng(seed)
    weights = tuple(random.integers(0, 5, (n, n)) * (1 - np.eye(n)) for _ in range(kinds))
    costs = tuple(random.integers(0, 50, (places, places)).astype(float) for _ in range(kinds))
    allowed = random.random((n, places)) >= shut
    allowed[np.arange(n), np.arange(n)] = True
    return Deal(random.integers(0, 90, (n, places)).astype(float), weights, costs, allowed)


@pytest.mark.parametrize("seed", range(8))
def test_never_dearer_and_no_exchange_helps(seed):
    """Every pair of places, empty ones too, is tried by hand on the result: costs are not symmetric here, and two kinds of links mix."""
    d = deal(seed, 9, 12, shut=0.3)
    start = np.arange(9)
    at = settle(d, start, 25)
    assert d.total(at) <= d.total(start)
    assert len(set(at.tolist())) == 9
    assert d.allowed[np.arange(9), at].all()
    for i in range(9):
        for place in range(12):
            other = at.copy()
            other[at == place], other[i] = at[i], place
            if d.allowed[np.arange(9), other].all():
                assert d.total(other) >= d.total(at)


def test_the_same_every_time_and_more_steps_never_hurt():
    d, start = deal(3, 12, 14), np.arange(12)
    assert settle(d, start, 60).tolist() == settle(d, start, 60).tolist()
    totals = [d.total(settle(d, start, steps)) for steps in (0, 40, 400)]
    assert totals == sorted(totals, reverse=True)


def test_what_is_equal_stays_where_it_is():
    """No links and no wishes: every dealing costs the same, so nobody moves."""
    d = Deal(np.zeros((4, 6)), (np.zeros((4, 4)),), (np.zeros((6, 6)),), np.ones((4, 6), bool))
    assert settle(d, np.array([5, 0, 3, 1]), 30).tolist() == [5, 0, 3, 1]


@pytest.mark.parametrize("at", [[0, 0, 1], [0, 1, 3]])
def test_a_first_dealing_must_be_one(at):
    allowed = np.ones((3, 4), bool)
    allowed[2, 3] = False
    with pytest.raises(ValueError, match="an allowed place of its own"):
        settle(Deal(np.zeros((3, 4)), (), (), allowed), np.array(at), 1)
