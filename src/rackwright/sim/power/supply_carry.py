"""Who carries the load between the loss of a way and the taking of another: stores in the chain below the break, batteries of the rack, or its own
power supplies.

What a store carries takes its energy, the minutes at its rating, so it lasts as much longer as its load with the loss of its converter is below that
at its rating; batteries give more at a lower current, so this is the least. The load is that of the case after the transfer. Where a feed stops
before its way comes, others get more until then: no store of that case counts for longer than at its rating.

A feed whose way is dead until an alternative is taken waits as long as the slowest alternative on its new way takes. A store (UPS, BESS, sidecar
with a battery) on that way below the break carries it; when that is empty, the batteries of the rack (BBU) do for as long as they carry the whole
rack, at least its power supplies for 20 ms. A rack rides through as long as enough of its feeds never stopped or were carried.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackwright.schema.supply import HOLD_UP_S
from rackwright.sim.power.supply import Bools, Floats, Forest, Ints, Supply, Ways, per_rack
from rackwright.sim.power.supply_flow import States
from rackwright.sim.power.supply_window import of

CARRIERS = ("UPS", "BESS", "sidecar", "BBU", "power supplies")
"""Who carries, by bit of `Carried.by`."""
BBU, SUPPLIES = 1 << 3, 1 << 4


@dataclass(frozen=True, slots=True)
class Carried:
    """(c,) least time that anything carries a feed that waits (NaN: none waits longer than power supplies hold up), who does there (bits of
    CARRIERS), and how many racks stop meanwhile."""

    carry_s: Floats
    by: Ints
    stopped: Ints

    @property
    def is_carried(self) -> Bools:
        """(c,) all racks live on."""
        return np.asarray(self.stopped == 0)


def told(by: int) -> str:
    """Names of the carriers of these bits."""
    return " + ".join(name for i, name in enumerate(CARRIERS) if by >> i & 1)


def held(s: Supply, states: States) -> Floats:
    """(m, c) how long what each branch stores carries what it carries in each case; at its rating where it carries nothing."""
    found = np.repeat(np.nan_to_num(s.store_s)[:, None], states.power_b_va.shape[1], axis=1)
    of = np.flatnonzero((found[:, 0] > 0) & (s.power_rated_va > 0))
    out, loss = np.abs(states.power_b_va[of]), (states.power_a_va[of] - states.power_b_va[of]).real
    rated = s.power_rated_va[of]
    rated = np.where(s.is_converter[of], rated / np.nan_to_num(s.efficiency[of, 3], nan=1.0), rated + s.loss_no_load_w[of])[:, None]
    found[of] *= np.divide(rated, out + loss, out=np.ones_like(out), where=out > 0)
    return found


def carried(s: Supply, t: Forest, after: Ways, hold: Floats | None = None) -> Carried:
    """Every case of `after`. `hold` (m, c) of `held`; without it stores count as at their rating."""
    at_rating = np.nan_to_num(s.store_s)[:, None]
    hold = np.broadcast_to(at_rating, (s.branch_count, after.live.shape[1])) if hold is None else hold
    found, is_even = _carried(s, t, after, hold)
    again = np.flatnonzero(~is_even)
    if again.size:
        least, _ = _carried(s, t, of(after, again), np.minimum(hold[:, again], at_rating))
        found.carry_s[again], found.by[again], found.stopped[again] = least.carry_s, least.by, least.stopped
    return found


def _carried(s: Supply, t: Forest, after: Ways, hold: Floats) -> tuple[Carried, Bools]:
    """Every case, and (c,) whether no feed stops."""
    longest = np.zeros(after.live.shape[1])
    np.maximum.at(longest, after.case, np.nan_to_num(s.transfer_s[t.other[after.other]]))
    found = Carried(np.full(longest.size, np.nan), np.zeros(longest.size, dtype=np.int64), np.zeros(longest.size, dtype=np.int64))
    is_even = np.ones(longest.size, dtype=bool)
    some = np.flatnonzero(longest > HOLD_UP_S)
    if not some.size:
        return found, is_even
    wait, store, kind = _waits(s, t, of(after, some), hold[:, some])
    rows, rack_s = t.row[s.feed_node], s.rack_store_s[s.feed_rack][:, None]
    own_wait, own_store = wait[rows], store[rows]
    live = after.feed_live[:, some]
    carry = np.maximum(own_store + rack_s, HOLD_UP_S)
    least = np.where(live & (own_wait > HOLD_UP_S), carry, np.inf)
    feed = least.argmin(axis=0)
    least = least[feed, np.arange(some.size)]
    by = np.where(own_store > 0, kind[rows], 0) + np.where(rack_s > 0, BBU, 0)
    by = np.where(carry > HOLD_UP_S, by, SUPPLIES)[feed, np.arange(some.size)]
    rides = per_rack(s, live & (own_wait <= carry)) >= np.maximum(s.feeds_needed, 1)[:, None]
    found.carry_s[some], found.by[some] = np.where(np.isfinite(least), least, np.nan), np.where(np.isfinite(least), by, 0)
    found.stopped[some] = (~rides & after.rack_live[:, some]).sum(axis=0)
    is_even[some] = (~live | (own_wait <= carry)).all(axis=0)
    return found, is_even


def _waits(s: Supply, t: Forest, after: Ways, hold: Floats) -> tuple[Floats, Floats, Ints]:
    """(n, c) by row: time until an alternative is taken, the greatest store since then, and its kind."""
    shape = after.live.shape
    has = t.way >= 0
    above = np.repeat(t.parent[:, None], shape[1], axis=1)
    store = np.where(has[:, None], hold[t.way], 0.0)
    kind = np.repeat(np.where(has, s.store_kind[t.way], 0)[:, None], shape[1], axis=1)
    take = np.zeros(shape)
    row, branch = t.other_b[after.other], t.other[after.other]
    above[row, after.case] = t.other_a[after.other]
    take[row, after.case] = np.nan_to_num(s.transfer_s[branch])
    store[row, after.case], kind[row, after.case] = hold[branch, after.case], s.store_kind[branch]
    wait, carry, by = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=np.int64)
    column = np.arange(shape[1])[None, :]
    for _ in range(2):  # an alternative may come from a row further down
        for v in t.levels[1:]:
            here = slice(v.low, v.high)
            up = above[here]
            before = wait[up, column]
            wait[here] = np.maximum(before, take[here])
            was, own = carry[up, column], store[here]
            carry[here] = np.where(before > 0, np.maximum(was, own), 0.0)
            by[here] = np.where(before > 0, np.where(own > was, kind[here], by[up, column]), 0)
    return wait, carry, by
