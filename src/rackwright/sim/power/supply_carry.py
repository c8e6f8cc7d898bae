"""Who carries the load between the loss of a way and the taking of another: stores in the chain below the break, or the racks' own hold-up.

A feed whose way is dead until an alternative is taken waits as long as the slowest alternative on its new way takes. A store (UPS, BESS, rectifier
with a battery) on that way below the break carries it; a rack rides through as long as enough of its feeds never stopped or were carried.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackwright.sim.power import supply_flow
from rackwright.sim.power.supply import Bools, Floats, Forest, Ints, Supply, Ways, ways

HOLD_UP_S = 0.02
"""What any power supply of IT equipment rides through without input: ITIC curve, 20 ms at no voltage."""


@dataclass(frozen=True, slots=True)
class Carried:
    """(c,) least time that anything carries a feed that waits (NaN: none waits longer than racks hold up), and whether all racks live on."""

    carry_s: Floats
    is_carried: Bools


def carried(s: Supply, t: Forest, store_s: Floats, out: Ints) -> Carried:
    """Every case of `out` (c, any), -1 none; `store_s` (m,) what a branch stores at its rating, NaN none."""
    found = Carried(np.full(len(out), np.nan), np.ones(len(out), dtype=bool))
    for part in supply_flow.chunks(s, len(out)):
        found.carry_s[part], found.is_carried[part] = _of_cases(s, t, store_s, out[part])
    return found


def _of_cases(s: Supply, t: Forest, store_s: Floats, out: Ints) -> tuple[Floats, Bools]:
    after = ways(s, t, out)
    wait, carry = _waits(s, t, store_s, after)
    rows = t.row[s.feed_node]
    own_wait, own_carry = wait[rows], np.maximum(carry[rows], HOLD_UP_S)
    waits = after.feed_live & (own_wait > HOLD_UP_S)
    least = np.where(waits, own_carry, np.inf).min(axis=0, initial=np.inf)
    lives = np.zeros(after.rack_live.shape, dtype=np.int64)
    np.add.at(lives, s.feed_rack, after.feed_live & (own_wait <= own_carry))
    rides = lives >= np.maximum(s.feeds_needed, 1)[:, None]
    return np.where(np.isfinite(least), least, np.nan), np.asarray((rides | ~after.rack_live).all(axis=0))


def _waits(s: Supply, t: Forest, store_s: Floats, after: Ways) -> tuple[Floats, Floats]:
    """(n, c) by row: time until an alternative is taken, and the greatest store since then."""
    shape = after.live.shape
    above = np.repeat(t.parent[:, None], shape[1], axis=1)
    take, store = np.zeros(shape), np.repeat(np.where(t.way >= 0, np.nan_to_num(store_s)[t.way], 0.0)[:, None], shape[1], axis=1)
    row, branch = t.other_b[after.other], t.other[after.other]
    above[row, after.case] = t.other_a[after.other]
    take[row, after.case] = np.nan_to_num(s.transfer_s[branch])
    store[row, after.case] = np.nan_to_num(store_s[branch])
    wait, carry = np.zeros(shape), np.zeros(shape)
    column = np.arange(shape[1])[None, :]
    for _ in range(2):  # an alternative may come from a row further down
        for v in t.levels[1:]:
            here = slice(v.low, v.high)
            up = above[here]
            before = wait[up, column]
            wait[here] = np.maximum(before, take[here])
            carry[here] = np.where(before > 0, np.maximum(carry[up, column], store[here]), 0.0)
    return wait, carry
