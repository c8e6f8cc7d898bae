"""Every breaker and fuse of a hall's supply: its settings, the faults it meets, whether it clears them, and which devices above it wait.

A device stands at the upstream end of its branch. What it protects reaches to the next devices down the normal ways: the least fault there must still
trip it. A branch of kind whip or ups stands for cables or modules of which each has a device of its own: the row tells of one. Other devices in
parallel share the current: the row tells of all together. Of DC fuses in parallel to one rack each sees its share of a fault there. A sidecar that
shuts its output after a while is the device at the head of its DC, at the downstream end of its branch. An inverter gives too little to trip what
feeds racks: a UPS then goes to its bypass, which is why the least fault is that of utility or generator, and what the inverter alone would do is told
beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rackwright.base.stage import stage
from rackwright.schema.tables import Tables, frame
from rackwright.sim.power import short_circuit
from rackwright.sim.power.dc_devices import against
from rackwright.sim.power.fault_study import GENERATOR_MULTIPLE, Faults, currents
from rackwright.sim.power.protection import GREATEST_A, making_factor, selectivity
from rackwright.sim.power.supply import Bools, Floats, Ints, Supply
from rackwright.sim.power.supply_tables import CHAIN, column, known, normal_tree, supply_of
from rackwright.sim.power.trip_settings import Facts, Trip, Wanted, rated, trip

_RULED = ("breaker", "whip")
SQRT3 = np.sqrt(3.0)


@dataclass(frozen=True, slots=True)
class Devices:
    """d devices: their branches (d,), the nodes that they stand at, how many in parallel, which of `trips` each is; `of` (m,) device of a branch, -1
    none."""

    branch: Ints
    node: Ints
    quantity: Ints
    curve: Ints
    trips: list[Trip]
    first: Ints
    of: Ints


@dataclass(frozen=True, slots=True)
class Meets:
    """(d,) A, NaN: nobody gives it."""

    most: Floats
    peak: Floats
    utility: Floats
    generator: Floats
    converter: Floats
    inverter: Floats


@stage(reads=("inputs", "part_facts", "parts", *CHAIN), writes=("supply_curves", "supply_device_pairs", "supply_devices"))
def protection(t: Tables) -> dict[str, pl.DataFrame]:
    """Devices, their curves and their pairs."""
    s = supply_of(t)
    faults = currents(t, s)
    return tables(t, s, faults, devices(t, s, faults))


def tables(t: Tables, s: Supply, faults: Faults, d: Devices) -> dict[str, pl.DataFrame]:
    """The three tables."""
    meets = _meets(t, s, faults, d)
    return {
        "supply_devices": _devices(t, s, faults, d, meets),
        "supply_curves": _curves(d),
        "supply_device_pairs": _pairs(t, s, d, meets),
    }


def devices(t: Tables, s: Supply, faults: Faults) -> Devices:
    """Every branch with a breaker or fuse that something feeds."""
    branch = t["supply_branches"]
    given, rating = branch["device_part"], column(t, "breaker_a")
    hold = np.where(given.is_null().to_numpy() & ~s.is_ac[s.b_node] & s.is_ac[s.a_node], column(t, "fault_hold_s"), np.nan)
    has = given.is_not_null().to_numpy() | (branch["kind"].is_in(_RULED).to_numpy() & ~np.isnan(rating)) | ~np.isnan(hold)
    most, node = np.maximum(faults.most_a, faults.inverter_a), np.where(np.isnan(hold), s.a_node, s.b_node)
    same = _standing(t)
    at = np.flatnonzero(has & (most[node] > 0) & (same == np.arange(branch.height)))
    facts = Facts(t, given.gather(at).drop_nulls().unique().to_list())
    stage, stages = _stages(s, given.is_in([p for p in given.gather(at).unique().drop_nulls() if facts.waits(p)]).fill_null(value=False).to_numpy())
    found = {"volts": s.voltage_nominal_v[node], "sustained": _sustained(t, s), "stage": stage, "stages": stages, "draws": _draws(t, s), "hold": hold,
             "limit": faults.inverter_a[node]}  # fmt: skip
    rows = branch[at].select("device_part", "kind", "modules", "breaker_a", "power_rated_va")
    rows = rows.with_columns(*(pl.Series(k, v[at]) for k, v in found.items()), branch=pl.Series(at))
    kinds = rows.group_by(pl.exclude("branch"), maintain_order=True).agg(pl.col("branch"))
    quantity, curve = np.ones(branch.height, np.int64), np.zeros(branch.height, np.int64)
    trips: dict[Wanted, int] = {}
    for part, kind, modules, amps, power, volts, sustained, position, among, own, wait, limit, which in kinds.iter_rows():
        one, amps = rated(facts, part), amps if amps is not None else np.nan
        count = max(1, round(amps / one)) if np.isfinite(amps / one) else int(modules)
        each = kind in ("whip", "ups")
        protected = own if kind != "transformer" or power is None else power / SQRT3 / volts
        if amps == amps and volts < short_circuit.LOW_VOLTAGE_V:
            protected = amps / count if each else amps
        share, parallel = (amps / count, 1) if each else (amps, count)
        share = own if np.isfinite(wait) else share
        wanted = Wanted(part, parallel, share, float(protected or np.nan), volts, int(position), int(among), sustained, wait, limit)
        quantity[which], curve[which] = count, trips.setdefault(wanted, len(trips))
    of = np.full(branch.height, -1)
    of[at] = np.arange(at.size)
    of = of[same]
    first = np.unique(curve[at], return_index=True)[1]
    return Devices(at, node[at], quantity[at], curve[at], [trip(facts, w) for w in trips], at[first], of)


def _draws(t: Tables, s: Supply) -> Floats:
    """(m,) rated current of what a device at the upstream end protects: of a UPS what it draws at its rating; of a sidecar what it gives."""
    factor = s.power_factor[s.b_node] * np.nan_to_num(s.efficiency[:, 3], nan=1.0)
    volts = s.voltage_nominal_v
    drawn = s.current_rated_a * volts[s.b_node] / volts[s.a_node] / np.where(factor > 0, factor, 1.0)
    return np.where(s.is_converter & s.is_ac[s.b_node], drawn, s.current_rated_a)


def _standing(t: Tables) -> Ints:
    """(m,) the branch that stands for a set of modules: rows between the same nodes that hold all of them, or all but one, have the same devices.

    That is the whole set; of generators all but one, whose fault current is the least.
    """
    rows = t["supply_branches"].select("branch_id", "a_node_id", "b_node_id", "kind", "part", "device_part", "modules")
    sign = pl.when(pl.col("kind") == "generator").then(-1).otherwise(1)
    alike = ("a_node_id", "b_node_id", "kind", "part", "device_part")
    found = rows.select(pl.col("branch_id").sort_by(pl.col("modules") * sign, descending=True, maintain_order=True).first().over(alike))
    return found.to_series().to_numpy().astype(np.int64)


def _sustained(t: Tables, s: Supply) -> Floats:
    """(m,) A that a generator goes on giving; NaN on other branches."""
    multiple = column(t, "fault_multiple")
    own = np.where(np.isnan(multiple), GENERATOR_MULTIPLE, multiple) * s.current_rated_a
    return np.where(t["supply_branches"]["kind"].to_numpy() == "generator", own, np.nan)


def _stages(s: Supply, waits: Bools) -> tuple[Ints, Ints]:
    """(m,) how many devices that wait stand below each branch at its own voltage, and how many there are in a row at that voltage, itself counted.

    `waits` (m,): branches with such a device. A UPS counts as its bypass.
    """
    above, way = normal_tree(s)
    on = np.where(way >= 0, waits[_bypass(s)[way]] | waits[way], False)
    same = np.where(above >= 0, s.voltage_nominal_v[above] == s.voltage_nominal_v, False)
    below = np.zeros(s.node_count, np.int64)
    for step in reversed(short_circuit.levels(above)[1:]):
        np.maximum.at(below, above[step], np.where(same[step], below[step] + on[step], 0))
    level, at = np.unique(s.voltage_nominal_v[s.a_node], return_inverse=True)
    stage = np.where(s.voltage_nominal_v[s.a_node] == s.voltage_nominal_v[s.b_node], below[s.b_node], 0)
    most = np.zeros(level.size, np.int64)
    np.maximum.at(most, at, np.where(waits, stage, 0))
    return stage, most[at] + 1


def _meets(t: Tables, s: Supply, faults: Faults, d: Devices) -> Meets:
    """What each device meets: the greatest fault right behind it, the least in its zone from each that can feed it."""
    above, way = normal_tree(s)
    way = np.where(way >= 0, _bypass(s)[way], -1)
    owner, own = np.full(s.node_count, -1), np.where(way >= 0, d.of[way], -1)
    for step in short_circuit.levels(above)[1:]:
        owner[step] = np.where(own[step] >= 0, own[step], owner[above[step]])
    a, b = d.node, s.b_node[d.branch]
    rank = s.rank[d.branch]
    zone = np.where(rank > 0, owner[b], np.arange(d.branch.size))
    volts = s.voltage_nominal_v

    def least(current: Floats) -> Floats:
        """(d,) at the voltage of the device; NaN where its own side gets nothing of this source."""
        here = np.where((current > 0) & (owner >= 0), current * volts, np.inf)
        found = np.full(d.branch.size, np.inf)
        np.minimum.at(found, np.maximum(owner, 0), here)
        ends = np.where(zone >= 0, found[zone], np.inf)
        at_b = np.where(current[b] > 0, current[b] * volts[b], np.inf)
        ends = np.minimum(ends, at_b) / volts[a]
        return np.where((current[a] > 0) & np.isfinite(ends), ends, np.nan)

    kind = t["supply_branches"]["kind"].to_numpy()[d.branch]
    single = np.isin(kind, ["whip", "ups"]) & (d.quantity > 1)
    utility = least(faults.utility_two_a)
    alone = faults.utility_ohm[b] + (d.quantity - 1) * (s.resistance_ohm + 1j * s.reactance_ohm)[d.branch]
    drive = short_circuit.voltage_factor(volts[b], "min") * volts[b] / 2  # between two phases
    utility = np.where(single & ~np.isnan(utility), np.minimum(utility, drive / np.abs(alone)), utility)
    direct = ~s.is_ac[a]
    given = least(faults.inverter_a) / np.where(direct & single, d.quantity, 1)
    most = np.where(direct, faults.inverter_a[a], np.maximum(faults.most_a[a], faults.generator_max_a[a]))
    peak = faults.peak_a[a]
    # The impedance of the grid is in its branch: the first breaker meets what there is behind that.
    most, peak = (np.where(np.isfinite(most), own, behind[b]) for own, behind in ((most, faults.most_a), (peak, faults.peak_a)))
    share = _others(t, s)[d.branch]
    most, peak = most * share, peak * share
    return Meets(
        most,
        np.fmax(peak, most),
        np.where(direct, np.nan, utility),
        np.where(direct, np.nan, least(faults.generator_min_a)),
        np.where(direct, given, np.nan),
        np.where(direct, np.nan, given),
    )


def _others(t: Tables, s: Supply) -> Floats:
    """(m,) share of all sets that bring current through the breaker of one generator out of them: its own, or the others; 1 of other branches."""
    is_set = t["supply_branches"]["kind"].to_numpy() == "generator"
    modules, most = np.where(is_set, column(t, "modules"), 0.0), np.zeros(s.node_count)
    np.maximum.at(most, s.b_node, modules)
    return np.divide(modules, most[s.b_node], out=np.ones(s.branch_count), where=is_set & (most[s.b_node] > 0))


def _devices(t: Tables, s: Supply, faults: Faults, d: Devices, m: Meets) -> pl.DataFrame:
    branch = t["supply_branches"]
    each = np.stack([m.utility, m.generator, m.converter])
    least = np.where(np.isnan(each), np.inf, each)
    source, fault = least.argmin(axis=0), least.min(axis=0)
    # A device whose zone gets nothing of its own sources is there for what stands right behind it.
    fault = np.where(np.isfinite(fault), fault, m.most)
    number = {k: np.array([getattr(x, k) for x in d.trips])[d.curve] for k in
              ("rated_a", "long_pickup_a", "long_s", "short_pickup_a", "short_s", "instant_pickup_a", "breaking_a")}  # fmt: skip
    kind, is_dc = np.array([x.kind for x in d.trips], dtype=str)[d.curve], ~s.is_ac[d.node]
    is_fuse = kind == "fuse"
    peak = np.where(is_fuse | is_dc | (s.voltage_nominal_v[d.node] > short_circuit.LOW_VOLTAGE_V), 0.0, m.peak)
    # Of n in parallel between two boards one breaks what the others bring, or its share of what all bring.
    joint = (branch["kind"].gather(d.branch) == "breaker").to_numpy() & (branch["modules"].gather(d.branch) == d.quantity).to_numpy()
    share = np.where(joint, np.maximum(d.quantity - 1, 1) / d.quantity, 1.0)
    melting = np.array([x.band.late_a[-1] ** 2 * x.band.late_s[-1] if x.kind == "fuse" else np.nan for x in d.trips])[d.curve]
    shot = against(faults.discharge, d.node, np.where(is_dc, melting, np.nan), np.where(kind == "converter", np.nan, number["breaking_a"]))
    rating = number["breaking_a"]
    makes = np.where(
        is_fuse | (s.voltage_nominal_v[d.node] > short_circuit.LOW_VOLTAGE_V), np.nan, rating * np.where(is_dc, 1.0, making_factor(rating))
    )
    # The first that is lacking; of a rating that is not known nothing is said.
    lacks = np.select([rating < m.most * share, ~shot.is_able, makes < peak * share], ["breaking", "discharge", "making"], "")
    return frame(
        "supply_devices",
        {
            "device_id": np.arange(d.branch.size),
            "branch_id": d.branch,
            "node_id": d.node,
            "name": branch["name"].gather(d.branch),
            "kind": kind,
            "part": pl.select(
                pl.when(pl.Series(kind == "converter")).then(branch["part"].gather(d.branch)).otherwise(branch["device_part"].gather(d.branch))
            ).to_series(),
            "quantity": d.quantity,
            "current_rated_a": number["rated_a"],
            "long_pickup_a": known(number["long_pickup_a"]),
            "long_time_s": known(number["long_s"]),
            "short_pickup_a": known(number["short_pickup_a"]),
            "short_time_s": known(number["short_s"]),
            "instant_pickup_a": known(number["instant_pickup_a"]),
            "interrupting_a": known(rating),
            "making_a": known(makes),
            "curve": d.curve,
            "settings": np.array([x.settings for x in d.trips])[d.curve],
            "fault_max_a": m.most,
            "fault_peak_a": m.peak,
            "fault_min_a": fault,
            "fault_source": np.array(["utility", "generator", "converter"])[source],
            "fault_inverter_a": known(m.inverter),
            "trip_s": _time(d, fault),
            "trip_max_s": _time(d, m.most),
            "trip_inverter_s": _time(d, m.inverter),
            "melt_s": known(shot.melt_s),
            "let_through_a": known(np.where(np.isnan(shot.melt_s), np.nan, shot.let_through_a)),
            "is_interrupting": pl.select(pl.when(pl.Series(~np.isnan(rating))).then(pl.Series(lacks == ""))).to_series(),
            "lacks": pl.select(pl.when(pl.Series(lacks) != "").then(pl.Series(lacks))).to_series(),
            "src": branch["src"].gather(d.branch),
        },
    )


def latest(d: Devices, which: Ints, current: Floats) -> Floats:
    """(k,) s until devices `which` (-1: none) have surely opened at these currents of their own voltage; inf: they may never."""
    found = np.full(which.size, np.inf)
    curve = np.where(which >= 0, d.curve[np.maximum(which, 0)], -1) if d.branch.size else np.full(which.size, -1)
    for c in np.unique(curve[curve >= 0]).tolist():
        on = (curve == c) & (current > 0)
        found[on] = d.trips[c].band.latest(current[on])
    return found


def _time(d: Devices, current: Floats) -> pl.Series:
    found = latest(d, np.arange(d.branch.size), np.nan_to_num(current))
    return known(np.where(np.isfinite(found), found, np.nan))


def _curves(d: Devices) -> pl.DataFrame:
    parts: list[dict[str, Any]] = []
    for c, x in enumerate(d.trips):
        for is_late, amps, times in ((False, x.band.early_a, x.band.early_s), (True, x.band.late_a, x.band.late_s)):
            spread = {"curve": c, "is_late": is_late, "branch_id": int(d.first[c])}
            parts.append({k: np.full(amps.size, v) for k, v in spread.items()} | {"point": np.arange(amps.size), "current_a": amps, "time_s": times})
    return frame("supply_curves", {k: np.concatenate([p[k] for p in parts]) for k in parts[0]} if parts else [])


def _bypass(s: Supply) -> Ints:
    """(m,) the branch that fault current takes: of a UPS its bypass where it has one, else the branch itself."""
    found = np.arange(s.branch_count)
    converters = np.flatnonzero(s.is_converter)
    others = np.flatnonzero(s.rank > 0)
    key = s.a_node * s.node_count + s.b_node
    place = np.searchsorted(key[others], key[converters], sorter=np.argsort(key[others], kind="stable"))
    order = others[np.argsort(key[others], kind="stable")]
    has = place < order.size
    has[has] = key[order[place[has]]] == key[converters[has]]
    found[converters[has]] = order[place[has]]
    return found


def upstream(s: Supply, d: Devices, start: Ints) -> tuple[Ints, Ints, Bools]:
    """The next devices above nodes `start` (k,) that fault current takes: device, place in `start`, and whether the way is the normal one.

    Fault current passes a UPS over its bypass, and no other converter; one that shuts its output is the device of what is behind it.
    """
    ends = np.zeros(s.branch_count, dtype=bool)
    ends[d.branch[d.node != s.a_node[d.branch]]] = True
    bypass = _bypass(s)
    is_bypass = np.zeros(s.branch_count, dtype=bool)
    is_bypass[bypass[bypass != np.arange(s.branch_count)]] = True
    into = np.argsort(s.b_node, kind="stable")
    count = np.bincount(s.b_node, minlength=s.node_count)
    begin = np.cumsum(count) - count
    place, node, normal = np.arange(start.size), start, np.ones(start.size, dtype=bool)
    seen: NDArray[np.int64] = np.unique(place * s.node_count + node)
    found: list[tuple[Ints, Ints, Bools]] = []
    while node.size:
        many = count[node]
        step = np.repeat(np.arange(node.size), many)
        way = into[np.repeat(begin[node] - np.cumsum(many) + many, many) + np.arange(step.size)]
        keep = ~s.is_converter[way] | ends[way]
        step, way = step[keep], way[keep]
        is_normal, hit = normal[step] & ((s.rank[way] == 0) | is_bypass[way]), d.of[way]
        done = hit >= 0
        found.append((hit[done], place[step[done]], is_normal[done]))
        place, node, normal = place[step[~done]], s.a_node[way[~done]], is_normal[~done]
        key = place * s.node_count + node
        # The normal way first, so that what it shares with an alternative counts as normal.
        order = np.lexsort((~normal, key))
        first = order[np.r_[True, key[order][1:] != key[order][:-1]]] if key.size else order
        first = first[~np.isin(key[first], seen)]
        seen = np.union1d(seen, key[first])
        place, node, normal = place[first], node[first], normal[first]
    device, at, is_normal = (np.concatenate([x[i] for x in found]) for i in range(3)) if found else (start[:0], start[:0], start[:0] > 0)
    order = np.lexsort((~is_normal, device, at))
    device, at, is_normal = device[order], at[order], is_normal[order]
    new = np.r_[True, (device[1:] != device[:-1]) | (at[1:] != at[:-1])][: device.size]
    return device[new], at[new], is_normal[new]


def _units(t: Tables, s: Supply, up: Ints, down: Ints) -> Bools:
    """(k,) whether branches `up` and `down` are sections of a ring: their line differential protection opens for faults in its own section alone."""
    kind, high = t["supply_branches"]["kind"].to_numpy(), s.voltage_nominal_v[s.a_node] > short_circuit.LOW_VOLTAGE_V
    ends = np.column_stack((s.branch_component, s.a_node))
    both = np.isin(ends[:, 0] * s.node_count + s.b_node, ends[:, 0] * s.node_count + ends[:, 1])
    is_line = (kind == "line") & high & (both | (s.rank == 0))
    return np.asarray(is_line[up] & high[down] & np.isin(kind[down], ["line", "tie"]) & both[down] | is_line[down] & both[up] & (kind[up] == "tie"))


def _pairs(t: Tables, s: Supply, d: Devices, m: Meets) -> pl.DataFrame:
    """Each device with the next ones above it."""
    starts, which = np.unique(d.node, return_inverse=True)
    up, at, is_normal = upstream(s, d, starts)
    # Devices at one node share what is above it.
    order = np.argsort(which, kind="stable")
    count = np.bincount(which, minlength=starts.size)
    begin = np.cumsum(count) - count
    many = count[at]
    down = order[np.repeat(begin[at] - np.cumsum(many) + many, many) + np.arange(int(many.sum()))]
    up, is_normal = np.repeat(up, many), np.repeat(is_normal, many)
    keep = up != down
    up, down, is_normal = up[keep], down[keep], is_normal[keep]
    if not up.size:
        return frame("supply_device_pairs", [])
    volts = s.voltage_nominal_v[d.node]
    ratio, fault = volts[down] / volts[up], m.most[down]
    # A converter's fault is of one size: through one of several DC fuses in parallel, or, where these end, through all of them.
    joint = np.where(~s.is_ac[d.node[down]], d.quantity[down], 0)
    kinds, kind = np.unique(np.column_stack((d.curve[up], d.curve[down], ratio, joint)), axis=0, return_inverse=True)
    limit, margin = np.zeros(up.size), np.full(up.size, np.nan)
    for k, (above, below, share, many) in enumerate(kinds.tolist()):
        on = kind.ravel() == k
        upper, lower = d.trips[int(above)].band, d.trips[int(below)].band
        parts = fault[on] / np.array([[max(many, 1.0)], [1.0]])
        one = np.where(lower.latest(parts) < upper.earliest(fault[on] * share), GREATEST_A, parts).min(axis=0)
        limit[on] = one if many else selectivity(lower, upper, GREATEST_A, ratio=share).limit_a
        early = upper.earliest(fault[on] * share)
        late = lower.latest(fault[on])
        margin[on] = np.subtract(early, late, out=np.full(early.shape, np.nan), where=np.isfinite(early) & np.isfinite(late))
    unit = _units(t, s, d.branch[up], d.branch[down])
    limit = np.where(unit, fault, limit)
    columns = {"a_device_id": up, "b_device_id": down, "is_normal": is_normal, "is_selective": limit >= fault, "is_unit": unit,
               "limit_a": np.minimum(limit, fault), "fault_a": fault, "margin_s": known(np.where(np.isfinite(margin), margin, np.nan))}  # fmt: skip
    return frame("supply_device_pairs", pl.DataFrame(columns).sort("a_device_id", "b_device_id"))
