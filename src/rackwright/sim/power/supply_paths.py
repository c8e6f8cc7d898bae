"""Which components stand on which ways to a rack, as bits: the ground of N-2 and availability.

A rack numbers all ways from a source to its feeds, alternatives included. A component has, for a rack, the mask of the ways that it stands on; a set
of components out hits the union of their masks; a feed is dead when all its ways are hit. That is what `supply.ways` finds by taking alternatives,
since it reaches whatever can be reached. Masks are rows of as many words of 64 ways as the rack with most ways needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rackwright.sim.power.supply import Bools, Ints, Supply

Masks = NDArray[np.uint64]
"""(..., words), the lowest ways first."""

_BITS = 64


@dataclass(frozen=True, slots=True)
class RackClass:
    """Racks alike: the masks (f, words) of their feeds (0: no way at all), and how many live feeds they need."""

    racks: Ints
    feeds: Masks
    needed: int

    def is_dark(self, mask: Masks) -> Bools:
        """(...) whether a rack is dark when these ways (..., words) are hit."""
        dead = ((mask[..., None, :] & self.feeds) == self.feeds).all(axis=-1).sum(axis=-1)
        return np.asarray(len(self.feeds) - dead < self.needed)

    def nothing(self) -> Masks:
        """(words,) no way hit."""
        return np.zeros(self.feeds.shape[1], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Paths:
    """Classes of racks, and per class, sorted by rack and component: `rack` (place in the class), `component`, `mask`."""

    classes: list[RackClass]
    rack: list[Ints]
    component: list[Ints]
    mask: list[Masks]


def paths(s: Supply) -> Paths:
    """Every way of every rack."""
    found = list(_ways(s))
    feed = np.concatenate([x for x, _ in found]) if found else np.zeros(0, dtype=np.int64)
    rack = s.feed_rack[feed]
    order = np.lexsort((feed, rack))
    count = np.bincount(rack, minlength=s.rack_power_w.size)
    word, place = np.divmod(np.arange(feed.size) - np.repeat(np.cumsum(count) - count, count), _BITS)
    bit = np.zeros((feed.size, max(1, -(-int(count.max(initial=0)) // _BITS))), dtype=np.uint64)
    bit[order, word] = np.uint64(1) << place.astype(np.uint64)
    feed_mask = np.zeros((s.feed_rack.size, bit.shape[1]), dtype=np.uint64)
    np.bitwise_or.at(feed_mask, feed, bit)
    key, mask, at = [], [], 0
    for own, components in found:
        row, column = np.nonzero(components >= 0)
        key.append(s.feed_rack[own][row] * s.component_count + components[row, column])
        mask.append(bit[at : at + own.size][row])
        at += own.size
    return _by_class(s, feed_mask, np.concatenate(key) if key else feed, np.concatenate(mask) if mask else bit)


def _ways(s: Supply) -> Iterator[tuple[Ints, Ints]]:
    """Ways that end together: feed (p,), components on them (p, any), -1 none. No way passes a node twice."""
    branches = _unlike(s)
    into = branches[np.argsort(s.b_node[branches], kind="stable")]
    many = np.bincount(s.b_node[branches], minlength=s.node_count)
    begin = np.cumsum(many) - many
    feed, node = np.arange(s.feed_node.size), s.feed_node
    visited, components = node[:, None], s.node_component[node][:, None]
    while feed.size:
        done = s.is_source[node]
        if done.any():
            yield feed[done], components[done]
        going = np.flatnonzero(~done)
        step = np.repeat(going, many[node[going]])
        ways = many[node[going]]
        branch = into[np.repeat(begin[node[going]] - np.cumsum(ways) + ways, ways) + np.arange(step.size)]
        above = s.a_node[branch]
        new = ~(visited[step] == above[:, None]).any(axis=1)
        step, branch, above = step[new], branch[new], above[new]
        feed, node = feed[step], above
        visited = np.column_stack((visited[step], above))
        components = np.column_stack((components[step], s.branch_component[branch], s.node_component[above]))


def _unlike(s: Supply) -> Ints:
    """Branches without those that another one between the same nodes outlives: one that fails only with a node at its end, or of the same component.

    Modules in parallel less the one that may be lost are such a branch, and so stand for the whole set.
    """
    own = s.branch_component
    lasting = (own < 0) | (own == s.node_component[s.a_node]) | (own == s.node_component[s.b_node])
    key = np.column_stack((s.a_node, s.b_node, np.where(lasting, -1, own)))
    order = np.lexsort((key[:, 2], key[:, 1], key[:, 0]))
    key = key[order]
    alike = np.concatenate(([False], (key[1:, :2] == key[:-1, :2]).all(axis=1)))[: len(key)]
    start = np.maximum.accumulate(np.where(alike, 0, np.arange(len(key))))
    again = np.concatenate(([False], key[1:, 2] == key[:-1, 2]))[: len(key)] & alike
    # The least component of a pair of nodes is -1 where one of its branches is lasting.
    return np.sort(order[~alike | ((key[start, 2] >= 0) & ~again)])


def _by_class(s: Supply, feed_mask: Masks, key: Ints, mask: Masks) -> Paths:
    """Unite the masks of a rack and component, and split by class of rack."""
    order = np.argsort(key, kind="stable")
    key, mask = key[order], mask[order]
    start = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1]))) if key.size else key
    mask = np.bitwise_or.reduceat(mask, start, axis=0) if key.size else mask
    rack, component = np.divmod(key[start], max(s.component_count, 1))
    order, words = np.lexsort((*feed_mask.T, s.feed_rack)), feed_mask.shape[1]
    count = np.bincount(s.feed_rack, minlength=s.rack_power_w.size)
    feeds = np.zeros((s.rack_power_w.size, int(count.max(initial=0)), words), dtype=np.uint64)
    at = s.feed_rack[order]
    feeds[at, np.arange(order.size) - (np.cumsum(count) - count)[at]] = feed_mask[order]
    table = np.column_stack((feeds.reshape(len(feeds), -1), count.astype(np.uint64), np.maximum(s.feeds_needed, 1).astype(np.uint64)))
    kinds, which = np.unique(table, axis=0, return_inverse=True)
    which = which.ravel()
    found = Paths([], [], [], [])
    for i, kind in enumerate(kinds):
        racks, rows = np.flatnonzero(which == i), np.flatnonzero(which[rack] == i)
        found.classes.append(RackClass(racks, kind[:-2].reshape(-1, words)[: int(kind[-2])], int(kind[-1])))
        found.rack.append(np.searchsorted(racks, rack[rows]))
        found.component.append(component[rows])
        found.mask.append(mask[rows])
    return found


def distinct(mask: Masks) -> tuple[Masks, Ints]:
    """Different masks (b, words) of (p, words), in order, and which of them each is."""
    if mask.shape[1] == 1:  # five times as fast as by rows
        found, which = np.unique(mask[:, 0], return_inverse=True)
        return found[:, None], which.ravel()
    found, which = np.unique(mask, axis=0, return_inverse=True)
    return found, which.ravel()
