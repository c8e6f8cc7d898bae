"""Racks dealt to busways, groups and paths, and what a block must carry."""

from __future__ import annotations

import numpy as np
import pytest

from rackwright.build.hall.supply_plan import PATHS, Racks, chain, following, on_busway, plan, tied, turns


def racks(
    rows: int, each: int, load: float = 100e3, feeds: int = 2, needed: int = 1, halls: int = 1, busway: float = 1e6, most: int = 0, kinds: int = 1
) -> Racks:
    n = rows * each * halls
    at = np.arange(n)
    ones = np.ones(n, np.int64)
    place = at % each
    return Racks(
        at // (rows * each), at // each % rows, place, np.full(n, load), feeds * ones, needed * ones, place % kinds, np.full(n, busway), most * ones
    )


@pytest.mark.parametrize(
    ("paths", "feeds", "count"), [(1, 2, 1), (2, 2, 1), (3, 2, 3), (4, 2, 6), (4, 3, 4), (3, 3, 1), (2, 4, 1), (3, 4, 3), (3, 5, 3)]
)
def test_turns_use_every_path_alike(paths: int, feeds: int, count: int) -> None:
    """All combinations, each path as often as any other, and after each as evenly as can be."""
    table = turns(paths, feeds)
    assert table.shape == (count, feeds)
    assert np.ptp(np.bincount(table.ravel(), minlength=paths)) == 0
    if feeds <= paths:
        for i in range(1, count + 1):
            assert np.ptp(np.bincount(table[:i].ravel(), minlength=paths)) <= 1


def test_runs_are_no_longer_than_a_busway_carries() -> None:
    """10 racks of 100 kVA in a row on a busway of 460 kVA, with one feed lost: 4 at most, so runs of 4, 3 and 3; no run leaves its row."""
    r = racks(3, 10, busway=460e3)
    made = plan(r, "2N", 1e9)
    assert np.bincount(made.run).tolist() == [4, 3, 3] * 3
    for run in range(9):
        assert len(set(r.row[made.run == run].tolist())) == 1


def test_runs_hold_racks_of_one_kind_and_no_more_than_a_sidecar_has_outlets() -> None:
    """Rows of 10 where every second rack takes AC: runs of one kind each, of at most 3 racks."""
    r = racks(2, 10, kinds=2, most=3)
    made = plan(r, "2N", 1e9)
    assert np.bincount(made.run).tolist() == [3, 2] * 4
    for run in range(8):
        assert len(set(r.kind[made.run == run].tolist())) == 1


@pytest.mark.parametrize(("word", "share"), [("N", 1.0), ("2N", 1 / 2), ("3-to-make-2", 2 / 3), ("4-to-make-3", 3 / 4), ("block", 1.0)])
def test_blocks_are_used_up_to_the_bound_of_their_redundancy(word: str, share: float) -> None:
    """2N <= 1/2, r-to-make-(r-1) <= (r-1)/r of what blocks can carry (power.md), reached where racks fall evenly."""
    r = racks(12, 10)
    made = plan(r, word, 1e12)
    blocks = PATHS[word] * made.groups
    assert r.load_va.sum() / (blocks * made.block_va) == pytest.approx(share, rel=1e-12)
    assert made.normal_va.sum() == pytest.approx(r.load_va.sum(), rel=1e-12)


@pytest.mark.parametrize(("moves", "share"), [("tie", 1 / 2), ("next", 1 / 2)])
def test_one_path_that_moves_is_used_by_half(moves: str, share: float) -> None:
    """N with ties, or with transfer switches from the next block: each block must have room for a neighbour's load."""
    r = racks(12, 10)
    made = plan(r, "N", 1e12, moves)
    assert made.groups == 2
    assert r.load_va.sum() / (made.groups * made.block_va) == pytest.approx(share, rel=1e-12)


def test_groups_grow_with_the_load() -> None:
    """12 runs of 1 MVA in blocks of 2.5: runs are whole, so 6 groups of two; halls are equal."""
    r = racks(12, 10, halls=2)
    made = plan(r, "2N", 2.5e6)
    assert made.groups == 6
    assert made.block_va == pytest.approx(2e6)
    assert sorted(set(made.group.tolist())) == list(range(12))


def test_three_feeds_on_two_paths_have_a_busway_that_either_feeds() -> None:
    """A, B, and a third (2) whose home turns with the runs of a group; either path alone carries all, and normally a half."""
    r = racks(2, 4, feeds=3, needed=2, busway=200e3)
    made = plan(r, "2N", 1e9)
    assert made.path.tolist() == [[0, 1, 2]] * 8
    assert made.home.tolist() == [0, 1]
    assert made.block_va == pytest.approx(800e3)
    assert made.normal_va.tolist() == [[pytest.approx(400e3)] * 2]


def test_who_helps_whom() -> None:
    """Paths of a group help one another; with one path, groups of a hall; an odd last one is tied to the one before it."""
    assert chain(5).tolist() == [[0, 1], [2, 3], [3, 4]]
    assert chain(1).size == 0
    assert tied(2, 1, 2).tolist() == [[0, 1], [2, 3]]
    assert tied(1, 3, 1).tolist() == [[0, 1], [1, 2]]
    assert following(1, 2, 3).tolist() == [1, 2, 0, 4, 5, 3]
    assert following(2, 2, 1).tolist() == [1, 0, 3, 2]


SHARES = [(2, 1, 1), (3, 1, 1), (1, 2, 1), (2, 2, 1), (3, 2, 1 / 2), (4, 2, 1), (5, 2, 2 / 3), (2, 3, 1), (3, 3, 1 / 2), (4, 4, 1 / 3)]


@pytest.mark.parametrize(("feeds", "paths", "share"), SHARES)
def test_share_of_a_rack_on_one_busway(feeds: int, paths: int, share: float) -> None:
    """With one path all its feeds are there; with several those left by the worst lost path share its load."""
    assert on_busway(np.array([feeds]), paths).tolist() == [pytest.approx(share)]
