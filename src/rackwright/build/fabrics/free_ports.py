"""Which ports links get that are laid anew beside links that stay: free ones of the plan, and cages with nothing in them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from rackwright.build.fabrics.fabric import Array, LinkArrays, turn
from rackwright.build.fabrics.plan import Plan
from rackwright.schema.links import HOST, THIRD, TORUS

SLOTS = 1 << 14  # ports of a switch, as keys of cables count them
_LEGS = 1 << 8  # of a cage
_NOBODY, _SEVERAL = -1, -2  # instead of the cell of a cage


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Ends of links on switches: switch, tier, port, legs of the cage, row; upper ends of all, then lower ends of those between switches."""

    switch: Array
    tier: Array
    port: Array
    legs: Array
    row: Array

    def role(self) -> Array:
        """Number of a switch and tier."""
        return self.switch * (TORUS + 1) + self.tier

    def kind(self) -> Array:
        """Number of a switch and a way to break out its cages."""
        return self.switch * _LEGS + self.legs

    def cage(self) -> Array:
        """Number of a cage."""
        out: Array = self.switch * SLOTS + self.port // self.legs
        return out

    def pick(self, rows: Array) -> Ends:
        """Those ends."""
        return Ends(*(getattr(self, f.name)[rows] for f in fields(self)))


def _ends(made: LinkArrays, b: Array, a_port: Array, b_port: Array) -> Ends:
    up = np.flatnonzero(made.tier != HOST)
    row = np.r_[np.arange(len(made)), up]
    switch, port, legs = np.r_[b, made.a[up]], np.r_[b_port, a_port[up]], np.r_[made.b_legs, made.a_legs[up]]
    return Ends(*(v.astype(np.int64) for v in (switch, made.tier[row], port, legs, row)))


def _free(made: LinkArrays, stay: Ends) -> tuple[Ends, Array, Array]:
    """Every port that the plan uses, by switch and port; whether a link that stays has it; and whether its cage is broken out otherwise by one."""
    planned = _ends(made, made.b, made.a_port, made.b_port)
    wide = int(max(planned.port.max(initial=0), stay.port.max(initial=0))) + 1
    order = np.argsort(planned.switch * wide + planned.port, kind="stable")
    planned = planned.pick(order)
    size = (int(max(planned.switch.max(initial=0), stay.switch.max(initial=0))) + 1) * wide
    spot, taken = planned.switch * wide + planned.port, np.zeros(len(planned.port), bool)
    broken = np.zeros(size, np.uint8)
    broken[stay.switch * wide + stay.port // stay.legs] = stay.legs
    for legs in np.flatnonzero(np.bincount(stay.legs)).tolist():
        held = np.zeros(size, bool)
        own = stay.legs == legs
        held[stay.switch[own] * wide + stay.port[own]] = True
        taken |= held[spot] & (planned.legs == legs)
    by_others = broken[planned.switch * wide + planned.port // planned.legs]
    return planned, taken, (by_others > 0) & (by_others != planned.legs)


def in_the_way(made: LinkArrays, b: Array, a_port: Array, b_port: Array, kept: Array) -> Array:
    """Links that must give up their ports after all: where a switch lacks ports because cages are broken out for another speed than planned."""
    ends = _ends(made, b, a_port, b_port)
    stay, fresh = ends.pick(np.flatnonzero(kept[ends.row])), ends.pick(np.flatnonzero(~kept[ends.row]))
    planned, taken, is_broken = _free(made, stay)
    if not is_broken.any():
        return np.zeros(0, np.int64)
    kinds = np.unique(fresh.kind())
    short = np.bincount(np.searchsorted(kinds, fresh.kind()), minlength=len(kinds))
    free = np.sort(planned.kind()[~taken & ~is_broken])
    short -= np.searchsorted(free, kinds, side="right") - np.searchsorted(free, kinds)
    wanted = planned.pick(np.flatnonzero(np.isin(planned.kind(), kinds[short > 0]) & is_broken))
    cages, first = np.unique(wanted.cage(), return_index=True)
    if not len(cages):
        return np.zeros(0, np.int64)
    at = np.minimum(np.searchsorted(cages, stay.cage()), len(cages) - 1)
    out: Array = stay.row[(cages[at] == stay.cage()) & (wanted.legs[first][at] != stay.legs)]
    return out


def given(plan: Plan, made: LinkArrays, b: Array, a_port: Array, b_port: Array, kept: Array, unit: Array) -> tuple[Array, Array]:
    """Ports of all links: those that stay, and for the others free ones of the same switch, in order.

    A cage has one module, and links of one cell are as a rule of one reach. So a link goes beside one of its cell that stays, or else into a cage
    with nothing in it, planned or not, and beside others only where there is no such cage.
    """
    every = _ends(made, b, a_port, b_port)
    stay = every.pick(np.flatnonzero(kept[every.row]))
    planned, taken, is_broken = _free(made, stay)
    free = planned.pick(np.flatnonzero(~taken & ~is_broken))
    # side by side what is pulled together; endpoints in their order
    by, other = np.where(made.tier[every.row] == HOST, made.a[every.row], unit[every.row]), np.r_[made.a, b[made.tier != HOST]]
    ends = np.flatnonzero(~kept[every.row])
    ends = ends[np.lexsort((every.row[ends], other[ends], by[ends], every.role()[ends]))]
    fresh, cell = every.pick(ends), made.cell[every.row[ends]].astype(np.int64)
    beside = _cells_of(stay, made.cell[stay.row].astype(np.int64), free)
    more = _unplanned(plan, planned, stay, fresh.pick(np.flatnonzero(fresh.tier <= THIRD)))
    spots = Ends(*(np.concatenate([getattr(free, f.name), getattr(more, f.name)]) for f in fields(free)))
    beside = np.r_[beside, np.full(len(more.port), _NOBODY)]
    at, used = np.full(len(ends), -1, np.int64), np.zeros(len(spots.port), bool)
    cells = plan.cells + 1
    for has, wants, chosen in (
        (spots.role() * cells + beside, fresh.role() * cells + cell, beside >= 0),
        (spots.role(), fresh.role(), beside == _NOBODY),
        (spots.role(), fresh.role(), beside != _NOBODY),
        (spots.kind(), fresh.kind(), np.ones(len(used), bool)),
    ):
        left, without = np.flatnonzero(chosen & ~used), np.flatnonzero(at < 0)
        found = _dealt(has[left], wants[without])
        at[without] = np.where(found >= 0, left[found] if len(left) else -1, -1)
        used[at[at >= 0]] = True
    assert (at >= 0).all(), "a free port for each link that is laid anew"
    port = every.port.copy()
    port[ends] = spots.port[at]
    lower = made.a_port.copy()
    lower[made.tier != HOST] = port[len(made) :]
    return lower, port[: len(made)]


def _cells_of(stay: Ends, cell: Array, free: Ends) -> Array:
    """The cell of the links that stay in the cage of each free port: `_NOBODY` where there are none, `_SEVERAL` where they are of several."""
    cages, of = np.unique(stay.cage(), return_inverse=True)
    low, high = np.full(len(cages), np.iinfo(np.int64).max), np.full(len(cages), -1, np.int64)
    np.minimum.at(low, of, cell)
    np.maximum.at(high, of, cell)
    if not len(cages):
        return np.full(len(free.port), _NOBODY)
    at = np.minimum(np.searchsorted(cages, free.cage()), len(cages) - 1)
    return np.where(cages[at] != free.cage(), _NOBODY, np.where(low[at] == high[at], low[at], _SEVERAL))


def _unplanned(plan: Plan, planned: Ends, stay: Ends, fresh: Ends) -> Ends:
    """Ports of cages that nobody has and the plan leaves empty, of the switches and tiers that `fresh` links are of."""
    first = np.unique(fresh.role(), return_index=True)[1]
    model = [plan.models[min(t, len(plan.models) - 1)] for t in range(int(plan.switches.tier.max(initial=0)) + 1)]
    cages = np.array([m.cages for m in model], np.int64)[plan.switches.tier[fresh.switch[first]]]
    wide = int(cages.max(initial=0))
    busy = np.zeros((len(plan.switches), max(wide, int(max(planned.port.max(initial=0), stay.port.max(initial=0))) + 1)), bool)
    for ends in (planned, stay):
        busy[ends.switch, ends.port // ends.legs] = True
    row, cage = np.nonzero(~busy[fresh.switch[first], :wide] & (np.arange(wide) < cages[:, None]))
    legs = fresh.legs[first][row]
    row, cage, legs = (np.repeat(v, legs) for v in (row, cage, legs))
    leg = turn(row * max(wide, 1) + cage)
    return Ends(fresh.switch[first][row], fresh.tier[first][row], cage * legs + leg, legs, np.full(len(row), -1, np.int64))


def _dealt(has: Array, wants: Array) -> Array:
    """For each of `wants` the place in `has` of an equal number, each given once, in order; -1 where there is none left."""
    order = np.argsort(has, kind="stable")
    begins = np.searchsorted(has[order], wants)
    at = begins + turn(wants)
    found = at < np.searchsorted(has[order], wants, side="right")
    out = np.full(len(wants), -1, np.int64)
    out[found] = order[at[found]]
    return out
