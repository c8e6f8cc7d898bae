"""A cost that no placement can undercut: every hub with its partners as near as places allow, whatever other hubs want.

The star bound: of all ways to set the partners of a hub onto distinct places, the cheapest pairs the most links with the nearest place (the
rearrangement inequality, as in the bounds of Gilmore (1962) and Lawler (1963) for quadratic assignment). Hubs compete for nothing here, so the
least over the hub's own places is below any placement of all.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

I64: TypeAlias = NDArray[np.int64]


def star_bound(cost: I64, links: I64, same: int, other: int) -> I64:
    """Least cost of each hub with its partners, shape (hubs,).

    `cost` (hub places, P) is the least a link costs from a hub at p to a partner at q, with q = p in the first columns; `links` (hubs, partners) how
    many links each partner takes (0: none). A partner may share the hub's place with `same - 1` others, another place holds up to `other`.
    """
    if not links.size:
        return np.zeros(len(links), np.int64)
    wanted = -np.sort(-links, axis=1)
    wanted = wanted[:, : max(int((wanted > 0).sum(1).max()), 1)]
    m, rows = wanted.shape[1], len(cost)
    caps = np.full(cost.shape, other)
    caps[np.arange(rows), np.arange(rows)] = same
    profiles, which = np.unique(wanted, axis=0, return_inverse=True)
    best = np.full(len(profiles), np.iinfo(np.int64).max)
    for p in range(rows):
        order = np.argsort(cost[p], kind="stable")
        upto = np.cumsum(np.minimum(caps[p][order], m))
        if upto[-1] < m:
            raise ValueError(f"{m} partners do not fit onto places for {upto[-1]}")
        near = cost[p][order][np.searchsorted(upto, np.arange(m), side="right")]
        best = np.minimum(best, profiles @ near)
    return np.asarray(best[which.ravel()])
