"""How the racks of a hall are dealt to busways, groups of paths and blocks, and how large a block must be.

Racks of a row stand in runs, as many to a run as a busway carries with one of a rack's feeds lost. Runs go to groups of paths by load, and inside
a group to combinations of paths in turn, so that what a lost path leaves behind falls evenly on the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
PATHS = {"N": 1, "2N": 2, "3-to-make-2": 3, "4-to-make-3": 4, "block": 1}


@dataclass(frozen=True, slots=True)
class Racks:
    """n racks, (n,) each: hall, row, place in it, load VA, feeds, and how many of those it needs."""

    hall: Array
    row: Array
    place: Array
    load_va: Array
    feeds: Array
    needed: Array


@dataclass(frozen=True, slots=True)
class Plan:
    """Where racks hang: (n,) `run` of each; (n, most feeds) `path` of each feed, -1 none; `group` of each run; groups in each hall.

    `block_va`: load of a block where the worst other one of its group is lost, or none.
    """

    run: Array
    path: Array
    group: Array
    groups: int
    paths: int
    block_va: float


def plan(racks: Racks, word: str, busway_va: float, block_va: float) -> Plan:
    """Deal the racks.

    Args:
        racks: to be fed.
        word: redundancy, one of PATHS.
        busway_va: most that one run carries.
        block_va: most that one block carries with the worst other one lost; as many groups as that takes, at most one for each run.
    """
    run, hall = _runs(racks, busway_va)
    paths, most = PATHS[word], int(np.bincount(hall).max(initial=1))
    load = np.bincount(run, racks.load_va, len(hall))
    total = np.bincount(hall, load)
    before = np.cumsum(load) - load - (np.cumsum(total) - total)[hall]
    share = (before + load / 2) / np.maximum(total[hall], 1e-9)
    least = max(1, int(total.max(initial=0) // (block_va * max(paths - 1, 1))))
    for groups in range(min(least, most), most + 1):
        group = np.minimum((share * groups).astype(np.int64), groups - 1) + hall * groups
        path = _dealt(racks, run, group, paths)
        need = _need(racks, group[run], path, paths, int(total.size) * groups)
        if need <= block_va:
            break
    return Plan(run, path, group, groups, paths, need)


def _runs(racks: Racks, busway_va: float) -> tuple[Array, Array]:
    """(n,) run of each rack, and the hall of each run. Runs of a row are as even as they go."""
    order = np.lexsort((racks.place, racks.row, racks.hall))
    key = np.unique(np.column_stack((racks.hall, racks.row)), axis=0, return_inverse=True)[1].ravel()
    count = np.bincount(key)
    worst = np.zeros(len(count))
    np.maximum.at(worst, key, racks.load_va / np.maximum(racks.feeds - 1, 1))
    each = np.maximum(1, (busway_va // np.maximum(worst, 1.0)).astype(np.int64))
    pieces = -(-count // each)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    run = (np.cumsum(pieces) - pieces)[key] + place * pieces[key] // count[key]
    hall = np.zeros(int(pieces.sum()), np.int64)
    hall[run] = racks.hall
    return run, hall


def turns(paths: int, feeds: int) -> Array:
    """(c, feeds) every combination of paths, ordered so that after each they are used as evenly as can be; more feeds than paths go round."""
    left, used, made = list(combinations(range(paths), min(feeds, paths))), [0] * paths, []
    while left:
        best = min(left, key=lambda c: (max(used[p] for p in c), sum(used[p] for p in c), c))
        left.remove(best)
        made.append([best[i % len(best)] for i in range(feeds)])
        for p in best:
            used[p] += 1
    return np.array(made)


def _dealt(racks: Racks, run: Array, group: Array, paths: int) -> Array:
    turn = np.empty(len(group), np.int64)
    order = np.argsort(group, kind="stable")
    first = np.searchsorted(group[order], group[order])
    turn[order] = np.arange(len(order)) - first
    path = np.full((len(run), int(racks.feeds.max(initial=1))), -1)
    for feeds in np.unique(racks.feeds).tolist():
        own, table = np.flatnonzero(racks.feeds == feeds), turns(paths, feeds)
        path[own, :feeds] = table[turn[run[own]] % len(table)]
    return path


def _need(racks: Racks, group: Array, path: Array, paths: int, groups: int) -> float:
    """Load of the block that has most, with the worst other one of its group lost or none."""
    on = np.stack([(path == p).sum(axis=1) for p in range(paths)], axis=1)
    worst = 0.0
    for lost in range(-1, paths):
        gone = on[:, lost] if lost >= 0 else np.zeros(len(on), np.int64)
        alive = racks.feeds - gone
        each = np.where(alive >= np.maximum(racks.needed, 1), racks.load_va / np.maximum(alive, 1), 0.0)
        for p in set(range(paths)) - {lost}:
            worst = max(worst, float(np.bincount(group, each * on[:, p], groups).max(initial=0)))
    return worst


def letters(paths: int) -> Sequence[str]:
    """Names of the paths."""
    return [chr(ord("A") + p) for p in range(paths)]
