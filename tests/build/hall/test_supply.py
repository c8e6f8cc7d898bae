"""Racks dealt to busways, groups and paths, and what a block must carry."""

from __future__ import annotations

import numpy as np
import pytest

from rackwright.build.hall.supply_plan import PATHS, Racks, plan, turns


def racks(rows: int, each: int, load: float = 100e3, feeds: int = 2, needed: int = 1, halls: int = 1) -> Racks:
    n = rows * each * halls
    at = np.arange(n)
    ones = np.ones(n, np.int64)
    return Racks(at // (rows * each), at // each % rows, at % each, np.full(n, load), feeds * ones, needed * ones)


@pytest.mark.parametrize(("paths", "feeds", "count"), [(1, 2, 1), (2, 2, 1), (3, 2, 3), (4, 2, 6), (4, 3, 4), (3, 3, 1), (2, 3, 1)])
def test_turns_use_every_path_alike(paths: int, feeds: int, count: int) -> None:
    """All combinations, each path as often as any other, and after each as evenly as can be."""
    table = turns(paths, feeds)
    assert table.shape == (count, feeds)
    if feeds <= paths:
        assert np.ptp(np.bincount(table.ravel(), minlength=paths)) == 0
        for i in range(1, count + 1):
            assert np.ptp(np.bincount(table[:i].ravel(), minlength=paths)) <= 1


def test_runs_are_no_longer_than_a_busway_carries() -> None:
    """10 racks of 100 kVA in a row on a busway of 460 kVA, with one feed lost: 4 at most, so runs of 4, 3 and 3; no run leaves its row."""
    r = racks(3, 10)
    made = plan(r, "2N", 460e3, 1e9)
    assert np.bincount(made.run).tolist() == [4, 3, 3] * 3
    for run in range(9):
        assert len(set(r.row[made.run == run].tolist())) == 1


@pytest.mark.parametrize(("word", "share"), [("N", 1.0), ("2N", 1 / 2), ("3-to-make-2", 2 / 3), ("4-to-make-3", 3 / 4), ("block", 1.0)])
def test_blocks_are_used_up_to_the_bound_of_their_redundancy(word: str, share: float) -> None:
    """2N <= 1/2, r-to-make-(r-1) <= (r-1)/r of what blocks can carry (power.md), reached where racks fall evenly."""
    r = racks(12, 10)
    made = plan(r, word, 1e6, 1e12)
    blocks = PATHS[word] * made.groups
    assert r.load_va.sum() / (blocks * made.block_va) == pytest.approx(share, rel=1e-12)


def test_groups_grow_with_the_load() -> None:
    """12 runs of 1 MVA in blocks of 2.5: runs are whole, so 6 groups of two; halls are equal."""
    r = racks(12, 10, halls=2)
    made = plan(r, "2N", 1e6, 2.5e6)
    assert made.groups == 6
    assert made.block_va == pytest.approx(2e6)
    assert sorted(set(made.group.tolist())) == list(range(12))


def test_a_rack_of_three_feeds_goes_round_two_paths() -> None:
    made = plan(racks(1, 4, feeds=3, needed=2), "2N", 1e6, 1e9)
    assert made.path.tolist() == [[0, 1, 0]] * 4
