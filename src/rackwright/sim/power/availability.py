"""Unavailability of every rack from failure and repair rates of components: exactly, and by Monte Carlo as its witness.

Components fail and are repaired on their own, as many at once as have failed; transfers always succeed and take no time. A component is out for
U = repair / (8760 h / failures a year + repair), failures counted per year in service. Public rates and repair times: Department of the Army,
TM 5-698-5, Survey of Reliability and Availability Information for Power Distribution, Power Generation, and HVAC Components, 22 July 2006.

Components that stand on the same ways of a rack are one block in series. Putting the blocks together one by one gives the probability of every set
of ways hit; sets that leave the rack dark are summed. That conditions on all shared components and holds for any k of n feeds; for two feeds without
alternatives it is U = Uc + (1 - Uc) UA UB. Only positive terms are added, so small figures keep their digits. Of racks whose sets are more than
STATES_AT_MOST the closed form is not counted (NaN); the Monte Carlo tells of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, binom

from rackwright.base.units import YEAR_H
from rackwright.sim.power.supply import Bools, Floats, Ints
from rackwright.sim.power.supply_paths import Masks, Paths, RackClass, distinct

STATES_AT_MOST = 40_000
"""Sets of ways that are told apart: about a second of a class of racks."""
_FIGURES_AT_MOST = 1 << 26


def out_of_service(failures_per_year: Floats, repair_h: Floats) -> Floats:
    """(k,) share of time a component is out."""
    lost = failures_per_year * repair_h
    return np.asarray(lost / (YEAR_H + lost))


def sets_as_one(failures_per_year: Floats, repair_h: Floats, modules: Ints, spare: Ints) -> tuple[Floats, Floats]:
    """(k,) failures a year in service and hours to repair of sets of `modules`, of which `spare` may be out, as of one component each: more
    are out than may be. Modules are equal, fail and are repaired on their own (binomial); one with none to spare stays what it is.
    """
    out, left = out_of_service(failures_per_year, repair_h), modules - spare
    dark = betainc(spare + 1.0, left, out)
    often = binom(modules, spare) * out**spare * (1 - out) ** left * left * failures_per_year
    is_set = (spare > 0) & (often > 0)
    safe = np.where(is_set, often, 1.0)
    return np.where(is_set, often / (1 - dark), failures_per_year), np.where(is_set, dark / safe * YEAR_H, repair_h)


def unavailability(p: Paths, component_out: Floats) -> Floats:
    """(r,) exact share of time that each rack is dark; times 8,760 h, its annual downtime. `component_out` (k,) as `out_of_service` gives."""
    rack_out = np.zeros(sum(x.racks.size for x in p.classes))
    for kind, rack, component, mask in zip(p.classes, p.rack, p.component, p.mask, strict=True):
        if kind.is_dark(kind.nothing()):
            rack_out[kind.racks] = 1.0
        else:
            rack_out[kind.racks] = _of_class(kind, rack, mask, component_out[component])
    return rack_out


def _of_class(kind: RackClass, rack: Ints, mask: Masks, out: Floats) -> Floats:
    """Racks of one class: `rack` place in it, `mask` and `out` of its components."""
    blocks, which = distinct(mask)
    size = kind.racks.size
    with np.errstate(divide="ignore"):
        survives = np.bincount(rack * len(blocks) + which, weights=np.log1p(-out), minlength=size * len(blocks))
    return _dark(kind, blocks, -np.expm1(survives).reshape(size, len(blocks)))


def _dark(kind: RackClass, blocks: Masks, fails: Floats) -> Floats:
    """(k,) chance that a rack is dark whose `blocks` (b, words) fail on their own with chances `fails` (k, b); NaN: too many sets."""
    dark, chance = np.zeros(len(fails)), {0: np.ones(len(fails))}
    feeds = _numbers(kind.feeds)
    for i, block in enumerate(_numbers(blocks)):
        then: dict[int, Floats] = {}
        for state, share in chance.items():
            then[state] = then.get(state, 0.0) + share * (1 - fails[:, i])
            hit = share * fails[:, i]
            both = state | block
            if sum(both & feed != feed for feed in feeds) < kind.needed:
                dark += hit
            else:
                then[both] = then.get(both, 0.0) + hit
        if len(then) > STATES_AT_MOST or len(then) * len(fails) > _FIGURES_AT_MOST:
            return np.full(len(fails), np.nan)
        chance = then
    return dark


def _numbers(mask: Masks) -> list[int]:
    """Masks (b, words) as whole numbers of any size."""
    return [int.from_bytes(row.astype("<u8").tobytes(), "little") for row in mask]


@dataclass(frozen=True, slots=True)
class Importance:
    """What `importance` finds.

    Attributes:
        unavailability: (r,) share of time that each rack is dark; NaN: not counted.
        interruptions_per_year: (r,) how often it goes dark; likewise.
        component_share: (k,) share of time, summed over the racks counted, that would not be dark if this component never failed.
    """

    unavailability: Floats
    interruptions_per_year: Floats
    component_share: Floats


def importance(p: Paths, failures_per_year: Floats, repair_h: Floats) -> Importance:
    """Closed form: unavailability and interruptions of every rack, and what each component adds (Birnbaum's importance times its own share out).

    How often a rack goes dark is the sum over its blocks of how often each fails, times the chance that the rack is dark with it and not without it.
    Racks whose blocks fail alike to ten digits are worked out once.
    """
    racks = sum(x.racks.size for x in p.classes)
    found = Importance(np.zeros(racks), np.zeros(racks), np.zeros(len(failures_per_year)))
    out = out_of_service(failures_per_year, repair_h)
    for kind, rack, component, mask in zip(p.classes, p.rack, p.component, p.mask, strict=True):
        if kind.is_dark(kind.nothing()):
            found.unavailability[kind.racks] = 1.0
            continue
        blocks, which = distinct(mask)
        place, size = rack * len(blocks) + which, kind.racks.size * len(blocks)
        up = np.bincount(place, weights=np.log1p(-out[component]), minlength=size).reshape(-1, len(blocks))
        rate = np.bincount(place, weights=failures_per_year[component], minlength=size).reshape(-1, len(blocks))
        _, first, group = np.unique(np.round(np.hstack((up * 1e16, rate * 1e10))), axis=0, return_index=True, return_inverse=True)
        group = group.ravel()
        fails = -np.expm1(up[first])
        dark, adds = _with_each(kind, blocks, fails)
        found.unavailability[kind.racks] = dark[group]
        found.interruptions_per_year[kind.racks] = (adds * np.exp(up[first]) * rate[first]).sum(axis=1)[group]
        if np.isnan(dark).any():
            continue
        own = adds[group[rack], which] * (1 - fails[group[rack], which]) / (1 - out[component]) * out[component]
        np.add.at(found.component_share, component, own)
    return found


def _with_each(kind: RackClass, blocks: Masks, fails: Floats) -> tuple[Floats, Floats]:
    """(k,) chance of dark, and (k, b) by how much each block failed for sure raises it over that block never failing."""
    number = len(blocks)
    cases = np.repeat(fails[:, None], 1 + 2 * number, axis=1)
    for i in range(number):
        cases[:, 1 + 2 * i, i], cases[:, 2 + 2 * i, i] = 1.0, 0.0
    dark = _dark(kind, blocks, cases.reshape(-1, number)).reshape(len(fails), -1)
    return dark[:, 0], dark[:, 1::2] - dark[:, 2::2]


@dataclass(frozen=True, slots=True)
class Simulated:
    """(r,) mean share of time dark, the standard error of that mean over the histories, and interruptions a year; (histories, r) shares of each."""

    unavailability: Floats
    standard_error: Floats
    interruptions_per_year: Floats
    dark: Floats


def simulate(
    p: Paths,
    failures_per_year: Floats,
    repair_h: Floats,
    years: float,
    histories: int,
    seed: int,
    modules: Ints | None = None,
    spare: Ints | None = None,
) -> Simulated:
    """Histories of so many years, each from a time when all is well, with exponential times to failure and to repair.

    Of a component that is a set of `modules` (k,) each fails on its own, and it is out while more than `spare` (k,) are.
    """
    modules = np.ones(len(failures_per_year), dtype=np.int64) if modules is None else modules
    spare = np.zeros(len(failures_per_year), dtype=np.int64) if spare is None else spare
    unit = np.repeat(np.arange(len(failures_per_year)), modules)
    racks = sum(x.racks.size for x in p.classes)
    random = np.random.default_rng(seed)
    dark, breaks = np.zeros((histories, racks)), np.zeros(racks)
    for h in range(histories):
        drawn, start, end = _history(failures_per_year[unit], repair_h[unit], years * YEAR_H, random)
        component, start, end = _of_sets(unit[drawn], start, end, spare)
        for kind, rack, on, mask in zip(p.classes, p.rack, p.component, p.mask, strict=True):
            dark[h, kind.racks], lost = _darkness(kind, rack, on, mask, component, start, end, years * YEAR_H)
            breaks[kind.racks] += lost
    mean = dark.mean(axis=0)
    error = dark.std(axis=0, ddof=1) / np.sqrt(histories) if histories > 1 else np.full(racks, np.nan)
    return Simulated(mean, error, breaks / (years * histories), dark)


def _history(failures_per_year: Floats, repair_h: Floats, hours: float, random: np.random.Generator) -> tuple[Ints, Floats, Floats]:
    """Outages of one history: component, start and end in h, sorted by component."""
    alive = np.flatnonzero(failures_per_year > 0)
    now, found = np.zeros(alive.size), []
    while alive.size:
        start = now + random.exponential(YEAR_H / failures_per_year[alive])
        end = start + random.exponential(repair_h[alive])
        keep = start < hours
        alive, now = alive[keep], end[keep]
        found.append((alive, start[keep], np.minimum(end[keep], hours)))
    if not found:
        return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
    component, begins, ends = (np.concatenate(x) for x in zip(*found, strict=True))
    order = np.argsort(component, kind="stable")
    return component[order], begins[order], ends[order]


def _of_sets(component: Ints, start: Floats, end: Floats, spare: Ints) -> tuple[Ints, Floats, Floats]:
    """Outages of components, sorted by component: of sets the times when more modules are out than `spare` (k,)."""
    is_set = spare[component] > 0
    if not is_set.any():
        return component, start, end
    who, time = np.tile(component[is_set], 2), np.concatenate((start[is_set], end[is_set]))
    step = np.repeat([1, -1], int(is_set.sum()))
    order = np.lexsort((step, time, who))
    who, time, out = who[order], time[order], np.cumsum(step[order])
    few = out > spare[who]
    edge = np.diff(few.astype(np.int64), prepend=0)
    begins, ends = edge > 0, edge < 0
    component = np.concatenate((component[~is_set], who[begins]))
    start, end = np.concatenate((start[~is_set], time[begins])), np.concatenate((end[~is_set], time[ends]))
    order = np.argsort(component, kind="stable")
    return component[order], start[order], end[order]


def _darkness(
    kind: RackClass, rack: Ints, on: Ints, mask: Masks, component: Ints, start: Floats, end: Floats, hours: float
) -> tuple[Floats, Ints]:  # fmt: skip
    """(racks of the class,) share of a history that each is dark, and how often it went dark."""
    size = kind.racks.size
    low, high = np.searchsorted(component, on), np.searchsorted(component, on, side="right")
    many = high - low
    place = np.repeat(low - np.cumsum(many) + many, many) + np.arange(int(many.sum()))
    who, what = np.repeat(rack, many), np.repeat(mask, many, axis=0)
    time = np.concatenate((start[place], end[place]))
    order = np.lexsort((time, np.concatenate((who, who))))
    who, what, time = np.tile(who, 2)[order], np.tile(what, (2, 1))[order], time[order]
    sign = np.repeat([1, -1], place.size)[order]
    hit = np.zeros(what.shape, dtype=np.uint64)
    for word, used in enumerate(np.bitwise_or.reduce(kind.feeds, axis=0).tolist()):
        for bit in range(used.bit_length()):
            one = np.uint64(1 << bit)
            hit[:, word] |= np.where(np.cumsum(np.where(what[:, word] & one, sign, 0)) > 0, one, np.uint64(0))
    dark: Bools = kind.is_dark(hit)
    first = np.concatenate(([True], who[1:] != who[:-1])) if who.size else np.zeros(0, dtype=bool)
    last = np.concatenate((first[1:], [True])) if who.size else first
    lasts = np.where(last, 0.0, np.diff(time, append=0.0))
    went = dark & (first | ~np.concatenate(([False], dark[:-1]))[: dark.size])
    never = 1.0 if kind.is_dark(kind.nothing()) else 0.0
    share = np.bincount(who, weights=dark * lasts, minlength=size) / hours if not never else np.ones(size)
    return share, np.bincount(who, weights=went, minlength=size).astype(np.int64) * int(not never)
