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
PATHS = {"N": 1, "N+1": 1, "2N": 2, "3-to-make-2": 3, "4-to-make-3": 4, "block": 1, "catcher": 1}


@dataclass(frozen=True, slots=True)
class Racks:
    """n racks, (n,) each: hall, row, place in it, load VA, feeds, how many of those it needs, and the kind of busway it hangs on.

    `busway_va`: most that a run of its kind carries; `most`: racks of one, 0: any.
    """

    hall: Array
    row: Array
    place: Array
    load_va: Array
    feeds: Array
    needed: Array
    kind: Array
    busway_va: Array
    most: Array


@dataclass(frozen=True, slots=True)
class Plan:
    """Where racks hang: (n,) `run` of each; (n, most feeds) `path` of each feed, -1 none; `group` of each run; groups in each hall.

    A path that is `paths` is a busway behind a transfer switch: it hangs on path `home` (runs,) of its group and goes to the other when that is lost.

    `normal_va` (halls, paths): load with nothing lost. `block_va`: load of a block where the worst other one of its group is lost, or none; with
    `moves` also where it takes over a neighbour's.
    """

    run: Array
    path: Array
    group: Array
    groups: int
    paths: int
    block_va: float
    normal_va: Array
    home: Array


def plan(racks: Racks, word: str, block_va: float, moves: str = "none") -> Plan:
    """Deal the racks.

    Args:
        racks: to be fed.
        word: redundancy, one of PATHS.
        block_va: most that one block carries with the worst other one lost; as many groups as that takes, at most one for each run.
        moves: where a whole block's load goes when it is lost: `tie` (its partner, see `tied`), `next` (see `following`), or `none`.
    """
    paths = PATHS[word]
    run, hall = _runs(racks, paths)
    most = int(np.bincount(hall).max(initial=1))
    load = np.bincount(run, racks.load_va, len(hall))
    total = np.bincount(hall, load)
    before = np.cumsum(load) - load - (np.cumsum(total) - total)[hall]
    share = (before + load / 2) / np.maximum(total[hall], 1e-9)
    least = max(2 if moves != "none" and paths == 1 else 1, int(total.max(initial=0) // (block_va * max(paths - 1, 1))))
    for groups in range(min(least, most), most + 1):
        group = np.minimum((share * groups).astype(np.int64), groups - 1) + hall * groups
        path, home = _dealt(racks, run, group, paths)
        normal = np.where(path == paths, home[run][:, None], path)
        need = _need(racks, group[run], path, home[run], paths, int(total.size) * groups)
        if moves != "none":
            need = max(need, _moved(racks, group[run], normal, int(total.size), groups, paths, moves))
        if need <= block_va:
            break
    load = _loads(racks, group[run], normal, int(total.size) * groups, paths).reshape(int(total.size), groups, paths).sum(axis=1)
    return Plan(run, path, group, groups, paths, need, load, home)


def _runs(racks: Racks, paths: int) -> tuple[Array, Array]:
    """(n,) run of each rack, and the hall of each run. Runs of a row are as even as they go."""
    order = np.lexsort((racks.place, racks.kind, racks.row, racks.hall))
    _, first, key = np.unique(np.column_stack((racks.hall, racks.row, racks.kind)), axis=0, return_index=True, return_inverse=True)
    key = key.ravel()
    count = np.bincount(key)
    worst = np.zeros(len(count))
    np.maximum.at(worst, key, racks.load_va * on_busway(racks.feeds, paths))
    each, most = np.maximum(1, (racks.busway_va[first] // np.maximum(worst, 1.0)).astype(np.int64)), racks.most[first]
    pieces = -(-count // np.where(most > 0, np.minimum(each, np.maximum(most, 1)), each))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    run = (np.cumsum(pieces) - pieces)[key] + place * pieces[key] // count[key]
    hall = np.zeros(int(pieces.sum()), np.int64)
    hall[run] = racks.hall
    return run, hall


def on_busway(feeds: Array, paths: int) -> Array:
    """(n,) greatest share of a rack's load that one busway gets, the worst other path lost: all its feeds there over those that live."""
    on = np.where((paths == 2) & (feeds % 2 > 0) & (feeds > 2), feeds // 2, -(-feeds // paths))
    return np.asarray(np.minimum(on / np.maximum(feeds - on, 1), 1.0)) if paths > 1 else np.ones(len(feeds))


def turns(paths: int, feeds: int) -> Array:
    """(c, feeds) every combination of paths, ordered so that after each they are used as evenly as can be; more feeds than paths go round, and begin
    at each path in turn where they do not come out even. Of two paths an odd last feed hangs on a third busway that either of them can feed (2)."""
    if paths == 2 and feeds > 2 and feeds % 2:
        return np.array([[*([0, 1] * (feeds // 2)), 2]])
    if feeds >= paths:
        start = np.arange(paths if feeds % paths else 1)[:, None]
        return np.asarray((start + np.arange(feeds)) % paths)
    left, used, made = list(combinations(range(paths), feeds)), [0] * paths, []
    while left:
        best = min(left, key=lambda c: (max(used[p] for p in c), sum(used[p] for p in c), c))
        left.remove(best)
        made.append(best)
        for p in best:
            used[p] += 1
    return np.array(made)


def _dealt(racks: Racks, run: Array, group: Array, paths: int) -> tuple[Array, Array]:
    """(n, feeds) path of each feed; (runs,) the path that a busway behind a transfer switch hangs on."""
    turn = np.empty(len(group), np.int64)
    order = np.argsort(group, kind="stable")
    first = np.searchsorted(group[order], group[order])
    turn[order] = np.arange(len(order)) - first
    path = np.full((len(run), int(racks.feeds.max(initial=1))), -1)
    for feeds in np.unique(racks.feeds).tolist():
        own, table = np.flatnonzero(racks.feeds == feeds), turns(paths, feeds)
        path[own, :feeds] = table[turn[run[own]] % len(table)]
    return path, turn % paths


def _need(racks: Racks, group: Array, path: Array, home: Array, paths: int, groups: int) -> float:
    """Load of the block that has most, with the worst other one of its group lost or none."""
    worst = 0.0
    for lost in range(-1, paths):
        now = np.where(path == paths, np.where(home == lost, 1 - home, home)[:, None], path)
        on = np.stack([(now == p).sum(axis=1) for p in range(paths)], axis=1)
        gone = on[:, lost] if lost >= 0 else np.zeros(len(on), np.int64)
        alive = racks.feeds - gone
        each = np.where(alive >= np.maximum(racks.needed, 1), racks.load_va / np.maximum(alive, 1), 0.0)
        for p in set(range(paths)) - {lost}:
            worst = max(worst, float(np.bincount(group, each * on[:, p], groups).max(initial=0)))
    return worst


def _moved(racks: Racks, group: Array, path: Array, halls: int, groups: int, paths: int, moves: str) -> float:
    """Load of the block that has most when it takes over that of one neighbour."""
    load = _loads(racks, group, path, halls * groups, paths)
    if moves == "tie":
        ends = tied(halls, groups, paths)
        return float((load[ends[:, 0]] + load[ends[:, 1]]).max(initial=0)) if len(ends) else 0.0
    other = following(halls, groups, paths)
    return float((load + np.where(other != np.arange(len(load)), np.bincount(other, load, len(load)), 0)).max(initial=0))


def _loads(racks: Racks, group: Array, path: Array, groups: int, paths: int) -> Array:
    """(blocks,) load of each with nothing lost."""
    each = racks.load_va / np.maximum(racks.feeds, 1)
    return np.stack([np.bincount(group, each * (path == p).sum(axis=1), groups) for p in range(paths)], axis=1).ravel()


def _families(halls: int, groups: int, paths: int) -> Array:
    """(families, members) ids of blocks (group by group, path by path) that help one another: the paths of a group, or the groups of a hall."""
    return np.arange(halls * groups * paths).reshape(-1, paths if paths > 1 else groups)


def chain(count: int) -> Array:
    """(t, 2) neighbours in pairs: 0 and 1, 2 and 3, ...; an odd last one with the one before it."""
    first = np.arange(0, count - 1, 2)
    if count % 2 and count > 1:
        first = np.append(first, count - 2)
    return np.column_stack((first, first + 1))


def tied(halls: int, groups: int, paths: int) -> Array:
    """(t, 2) blocks whose boards a tie joins."""
    families = _families(halls, groups, paths)
    return np.asarray(families[:, chain(families.shape[1])].reshape(-1, 2))


def following(halls: int, groups: int, paths: int) -> Array:
    """(blocks,) the block that takes over from each; itself where there is no other."""
    return np.asarray(np.roll(_families(halls, groups, paths), -1, axis=1).ravel())


def letters(paths: int) -> Sequence[str]:
    """Names of the paths."""
    return [chr(ord("A") + p) for p in range(paths)]
