"""Max-min fair rates: no flow can get more without taking from one that has no more than it. Exact, by water-filling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rackwright.sim.network.graph import Floats, Ints, sums

# Flows looked at together: this part of those left, but not fewer than FEW. They bound work, not results.
PART = 0.3
FEW = 20_000

Hops = list[NDArray[np.intp]]


def max_min(start: Ints, links: Ints, capacity_gbps: Floats) -> Floats:
    """(f,) rate of each flow. start (f + 1,), links: CSR of the directed links each flow takes; capacity_gbps of every directed link, above 0.

    A round freezes the flows of every link whose fair share (what is left over flows left) none of its flows can undercut elsewhere; such links
    saturate whatever happens later, so many go at once and the rates are those of freezing one link at a time. Fair shares never fall, so all that
    happens below a limit concerns only flows that have a share below it now: the water rises limit by limit. A flow without links: infinity.
    """
    rate = np.full(start.size - 1, np.inf)
    flow = np.flatnonzero(np.diff(start) > 0)
    hops = _columns(start, links, flow, capacity_gbps.size)
    left = np.append(capacity_gbps.astype(np.float64), np.inf)
    count = np.bincount(links, minlength=left.size)
    share = _share(left, count)
    while flow.size:
        least = np.minimum.reduce([share[h] for h in hops])
        wanted = max(FEW, int(PART * flow.size))
        limit = float(np.partition(least, wanted)[wanted]) if wanted < flow.size else np.inf
        low = np.flatnonzero(least <= limit)
        got = _below(limit, [h[low] for h in hops], left, count, share)
        frozen = np.zeros(flow.size, np.bool_)
        frozen[low] = np.isfinite(got)
        rate[flow[low]] = got
        flow, hops = flow[~frozen], [h[~frozen] for h in hops]
    return rate


def _below(limit: float, hops: Hops, left: Floats, count: Ints, share: Floats) -> Floats:
    """Rates, up to `limit`, of all flows that may get no more; infinity for those that get more. Brings `left`, `count` and `share` up to date."""
    rate = np.full(hops[0].size, np.inf)
    flow = np.arange(rate.size)
    while flow.size:
        offers = [share[h] for h in hops]
        least = np.minimum.reduce(offers)
        tight = [np.flatnonzero(offer == least) for offer in offers]
        necks = [h[t] for h, t in zip(hops, tight, strict=True)]
        support = np.bincount(np.concatenate(necks), minlength=left.size)
        ready = (support == count) & (count > 0) & (share <= limit)
        frozen = np.zeros(flow.size, np.bool_)
        for t, neck in zip(tight, necks, strict=True):
            frozen[t[ready[neck]]] = True
        given = least[frozen]
        rate[flow[frozen]] = given
        taken = np.concatenate([h[frozen] for h in hops])
        left -= sums(taken, np.tile(given, len(hops)), left.size)
        np.maximum(left, 0.0, out=left)
        left[-1] = np.inf
        count -= np.bincount(taken, minlength=left.size)
        # Rounding must not let a share fall: a flow set aside would stand in the way of a link for ever.
        np.maximum(share, _share(left, count), out=share)
        on = ~frozen & (least <= limit)
        flow, hops = flow[on], [h[on] for h in hops]
    return rate


def _share(left: Floats, count: Ints) -> Floats:
    """What each flow of a link would get of what is left; infinity where there are none, and on the last link, which pads paths."""
    share = np.full(left.size, np.inf)
    np.divide(left, count, out=share, where=count > 0)
    return share


def _columns(start: Ints, links: Ints, flow: Ints, none: int) -> Hops:
    """The first, second, ... link of each of these flows; `none`, a link that never binds, after the last."""
    length = np.diff(start)[flow]
    columns = []
    for i in range(int(length.max(initial=0))):
        there = np.flatnonzero(length > i)
        column = np.full(flow.size, none, np.intp)
        column[there] = links[start[flow[there]] + i]
        columns.append(column)
    return columns
