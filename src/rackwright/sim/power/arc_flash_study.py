"""Arc-flash labels: what an arc at each board, busway and terminal of a hall's supply gives off before the device above it clears it.

Gaps, enclosures and working distances are the typical ones of IEEE 1584-2018 by class of equipment: switchgear above 1 kV, low-voltage switchgear,
panelboards (busways are taken as these). The worst of three electrode arrangements in a box counts, and the worst of the sources that can feed the
arc alone: utility at its greatest and least, generator at what it goes on giving, inverter. An arc burns 2 s at most, after which a person who can is
gone. DC behind a converter: the arc takes the whole voltage at the converter's limit of current, less what the loop takes. Whichever of the two
devices next above opens first clears it. Over a closed tie two sides feed the arc: each device is asked with what passes through it, and when that of
the own side has opened the tie goes on feeding until it opens too. Outside the range the model was fitted in (15 kV, 0.5 to 106 kA up to 600 V, 0.2
to 65 kA above) no figure is given, and a tie that brings less than that feeds no arc on its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.schema.tables import Tables, frame
from rackwright.sim.power import arc_flash
from rackwright.sim.power.arc_flash import CONFIGURATIONS, LONGEST_S, Equipment
from rackwright.sim.power.fault_study import Faults, currents
from rackwright.sim.power.protection_study import Devices, devices, latest, upstream
from rackwright.sim.power.supply import Bools, Floats, Ints, Supply
from rackwright.sim.power.supply_tables import CHAIN, ids, known, supply_of

KINDS = ("bus", "board", "ups", "busway")
BOXED = ("VCB", "VCBB", "HCB")
# Gap, working distance, height, width, depth of the box, mm; IEEE 1584-2018 tables 8 to 10, as repeated by makers' guides.
_SIZES = {
    "above 5 kV": (152.0, 914.4, 1143.0, 762.0, 762.0),
    "above 1 kV": (104.0, 914.4, 914.4, 914.4, 914.4),
    "switchgear": (32.0, 609.6, 508.0, 508.0, 508.0),
    "panelboard": (25.0, 457.2, 355.6, 304.8, 203.2),
}
_SOURCES = ("utility", "utility", "generator", "inverter")
_CONVERTER = len(_SOURCES)
_NAMES = (*_SOURCES, "converter")
_DC_BOX = 3.0
_WHOLE = 1e-9


@dataclass(frozen=True, slots=True)
class _Worst:
    """(k,) of each node; NaN and -1 where there is no figure."""

    energy: Floats
    boundary: Floats
    arcing: Floats
    clearing: Floats
    source: Ints
    configuration: Ints
    device: Ints
    bolted: Floats


@stage(reads=("inputs", "part_facts", "parts", *CHAIN), writes=("arc_flashes",))
def arc_flashes(t: Tables) -> dict[str, pl.DataFrame]:
    """Table `arc_flashes`."""
    s = supply_of(t)
    faults = currents(t, s)
    return {"arc_flashes": table(t, s, faults, devices(t, s, faults))}


def table(t: Tables, s: Supply, faults: Faults, d: Devices) -> pl.DataFrame:
    """Every node with a label."""
    kind = t["supply_nodes"]["kind"]
    fed = np.maximum(faults.most_a, faults.inverter_a) > 0
    node = np.flatnonzero(kind.is_in(KINDS).to_numpy() & fed)
    if not node.size:
        return frame("arc_flashes", [])
    size = _sizes(s.voltage_nominal_v[node], kind.to_numpy()[node] == "busway")
    own = np.stack([x[node] for x in (faults.utility_max_a, faults.utility_min_a, faults.generator_min_a, faults.inverter_a)])
    clears = _clearing(s, faults, d, node)
    sides = _sides(s, faults, d, node, (clears, _above(s, faults, d, clears)))
    worst, beyond = _alternating(s, d, node, size, own, sides)
    is_dc = ~s.is_ac[node]
    if is_dc.any():
        worst = _direct(s, d, node, size, (own[3], faults.loop_ohm[node]), clears[3], is_dc, worst)
    has = ~np.isnan(worst.energy)
    volts = s.voltage_nominal_v[node]
    outside = np.where(volts > 15e3, "above 15 kV, outside IEEE 1584", "fault current or voltage outside the range of IEEE 1584")
    unknown = np.where(worst.device < 0, "nothing known above it clears it; 2 s taken", "")
    unknown = np.where(beyond, "the greatest fault is outside the range of IEEE 1584; figure of a smaller one", unknown)
    note = np.where(~has, outside, np.where(is_dc, "DC: the arc of greatest power, three times its energy in open air", unknown))
    return frame(
        "arc_flashes",
        {
            "node_id": node,
            "enclosure": _named(~is_dc & has, CONFIGURATIONS, worst.configuration),
            "gap_mm": size[0],
            "working_distance_mm": size[1],
            "source": _named(has, _NAMES, worst.source),
            "bolted_a": known(worst.bolted),
            "arcing_a": known(worst.arcing),
            "device_id": ids(np.where(has, worst.device, -1)),
            "clearing_s": known(worst.clearing),
            "is_capped": has & (worst.clearing >= LONGEST_S),
            "energy_j_cm2": known(worst.energy),
            "boundary_mm": known(worst.boundary),
            "category": ids(np.where(has, arc_flash.ppe_category(np.nan_to_num(worst.energy)), -1)),
            "note": pl.select(pl.when(pl.Series(note) != "").then(pl.Series(note))).to_series(),
        },
    )


def _named(where: Bools, names: tuple[str, ...], which: Ints) -> pl.Series:
    """Names by place, null elsewhere."""
    return pl.select(pl.when(pl.Series(where)).then(pl.Series(np.array(names)[np.maximum(which, 0)]))).to_series()


def _sizes(volts: Floats, is_busway: Bools) -> Floats:
    """(5, k) of each node's class of equipment."""
    names = np.where(volts > 5e3, "above 5 kV", np.where(volts > 1e3, "above 1 kV", np.where(is_busway, "panelboard", "switchgear")))
    return np.array([_SIZES[x] for x in names.tolist()]).T


def _clearing(s: Supply, faults: Faults, d: Devices, node: Ints) -> Ints:
    """(4, k) device that carries the current of each source to each node, the normal way first; -1 none."""
    device, place, is_normal = upstream(s, d, node)
    order = np.lexsort((device, ~is_normal, place))
    device, place = device[order], place[order]
    at = d.node[device]
    found = np.full((4, node.size), -1)
    for i, current in enumerate((faults.utility_max_a, faults.utility_min_a, faults.generator_min_a, faults.inverter_a)):
        own = np.flatnonzero(current[at] > 0)
        first = own[np.unique(place[own], return_index=True)[1]]
        found[i, place[first]] = device[first]
    return found


def _above(s: Supply, faults: Faults, d: Devices, clears: Ints) -> Ints:
    """(4, k) device next above each of `clears` that carries the same source: it may open sooner, as that of a generator does."""
    found = np.full(clears.shape, -1)
    if d.branch.size:
        for i, first in enumerate(clears):
            has = np.flatnonzero(first >= 0)
            found[i, has] = _clearing(s, faults, d, d.node[first[has]])[i]
    return found


def _scale(s: Supply, d: Devices, node: Ints, device: Ints) -> Floats:
    """(k,) current at the device over that at the node."""
    at = np.where(device >= 0, d.node[np.maximum(device, 0)], node) if d.branch.size else node
    return s.voltage_nominal_v[node] / s.voltage_nominal_v[at]


@dataclass(frozen=True, slots=True)
class _Side:
    """(4, k) of each source and node: a device, what of the arc's current it sees at its own voltage, and whether opening it ends that side."""

    device: Ints
    share: Floats
    ends: Bools


def _sides(s: Supply, faults: Faults, d: Devices, node: Ints, ways: tuple[Ints, Ints]) -> tuple[_Side, _Side, _Side]:
    """The device next above, the one above that, and that of the tie which brings most, with its share at the voltage of the node (0: none)."""
    made = [_Side(x, np.stack([_scale(s, d, node, row) for row in x]), np.ones(x.shape, dtype=bool)) for x in ways]
    over, other = np.full(ways[0].shape, -1), np.zeros(ways[0].shape)
    if faults.tied is not None and d.branch.size:
        part = []
        for side in made:
            at = np.where(side.device[0] >= 0, s.b_node[d.branch[np.maximum(side.device[0], 0)]], node)
            share, by_tie = faults.tied.shares(node, at)
            side.share[0] *= share
            part.append(share)
        joined = part[0] < 1 - _WHOLE
        made[1].ends[0] = np.abs(part[1] - part[0]) < _WHOLE  # a tie below it goes on feeding
        tie = by_tie.argmax(axis=0)
        device = d.of[faults.tied.branch[tie]]
        over[0] = np.where(joined, device, -1)
        other[0] = np.where(joined, by_tie[tie, np.arange(node.size)], 0.0)
    return made[0], made[1], _Side(over, other, other > 0)


def _alternating(s: Supply, d: Devices, node: Ints, size: Floats, own: Floats, sides: tuple[_Side, _Side, _Side]) -> tuple[_Worst, Bools]:
    """The worst over sources and electrode arrangements of IEEE 1584; whether a greater fault is out of its range."""
    k, config = node.size, np.array([CONFIGURATIONS.index(x) for x in BOXED])
    case, of, at = (x.ravel() for x in np.meshgrid(np.arange(len(_SOURCES)), config, np.arange(k), indexing="ij"))
    equipment = Equipment(s.voltage_nominal_v[node[at]], of, *(v[at] for v in size))
    bolted = own[case, at]
    fits = arc_flash.in_range(equipment, bolted) & s.is_ac[node[at]]
    keep = np.flatnonzero(fits)
    greatest = np.zeros(k)
    np.maximum.at(greatest, at[keep], bolted[keep])
    beyond = (greatest > 0) & (own.max(axis=0) > greatest)
    nothing, none = np.full(k, np.nan), np.full(k, -1)
    if not keep.size:
        return _Worst(nothing, nothing, nothing, nothing, none, none, none, nothing), beyond
    equipment = Equipment(*(getattr(equipment, f)[keep] for f in Equipment.__dataclass_fields__))
    bolted, case, at = bolted[keep], case[keep], at[keep]
    full, reduced = arc_flash.arcing_currents(equipment, bolted)
    rest = _Rest(bolted * sides[2].share[case, at], sides[2].device[case, at], _scale(s, d, node[at], sides[2].device[case, at]))
    burns = [_burns(d, sides, amps, case, at) for amps in (full, reduced)]
    last = [_goes_on(d, equipment, bolted, rest, own, is_reduced=bool(i)) for i, own in enumerate(burns)]
    found = arc_flash.worst(equipment, bolted, last[0][2], last[1][2])
    is_reduced = found.arcing_a == reduced
    clearing, device = (np.where(is_reduced, last[1][i], last[0][i]) for i in (0, 1))
    order = np.lexsort((-found.energy_j_cm2, at))
    first = order[np.r_[True, at[order][1:] != at[order][:-1]]]
    made = [nothing.copy() for _ in range(5)] + [none.copy() for _ in range(3)]
    values = (found.energy_j_cm2, found.boundary_mm, found.arcing_a, clearing, bolted, case, of[keep], device)
    for target, value in zip(made, values, strict=True):
        target[at[first]] = value[first]
    energy, boundary, arcing, clearing, most, source, configuration, which = made
    return _Worst(energy, boundary, arcing, clearing, source, configuration, which, most), beyond


@dataclass(frozen=True, slots=True)
class _Rest:
    """(j,) of each case what a tie brings (bolted, at the node; 0: nothing), its device, and the device's current over the node's."""

    bolted: Floats
    device: Ints
    scale: Floats


def _burns(d: Devices, sides: tuple[_Side, _Side, _Side], amps: Floats, case: Ints, at: Ints) -> tuple[Floats, Ints]:
    """Time (s, at most the longest) that the own side feeds an arc of these currents, and the device that ends it; -1: none is known."""
    devices = [x.device[case, at] for x in sides[:2]]
    times = [latest(d, x.device[case, at], amps * x.share[case, at]) for x in sides[:2]]
    above = np.where(sides[1].ends[case, at], times[1], np.inf)
    is_above = above < times[0]
    return np.minimum(np.where(is_above, above, times[0]), LONGEST_S), np.where(is_above, devices[1], devices[0])


def _goes_on(d: Devices, e: Equipment, bolted: Floats, rest: _Rest, own: tuple[Floats, Ints], *, is_reduced: bool) -> tuple[Floats, Ints, Floats]:
    """Time until the last side has opened, its device, and the time in which the arc of all sides would give off the energy of both."""
    first, by = own
    longer = (rest.bolted > 0) & arc_flash.in_range(e, np.maximum(rest.bolted, 1.0))
    if not longer.any():
        return first, by, first
    left = np.where(longer, rest.bolted, bolted)
    amps = arc_flash.arcing_currents(e, left)[int(is_reduced)]
    until = np.where(longer, np.minimum(latest(d, rest.device, amps * rest.scale), LONGEST_S), 0.0)
    second = np.ones(len(bolted))
    power, weaker = (arc_flash.flash(e, x, second, is_reduced=is_reduced).energy_j_cm2 for x in (bolted, left))
    is_last = until > first
    return np.maximum(until, first), np.where(is_last, rest.device, by), first + np.where(is_last, (until - first) * weaker / power, 0.0)


def _direct(s: Supply, d: Devices, node: Ints, size: Floats, behind: tuple[Floats, Floats], device: Ints, is_dc: Bools, rest: _Worst) -> _Worst:
    """DC nodes: the arc of greatest power in a box, `behind`: bolted current (the converter's limit, or what the loop lets through) and loop."""
    bolted, loop = behind
    arcing, power = arc_flash.dc_arc(s.voltage_nominal_v[node], bolted, loop)
    clearing = np.minimum(latest(d, device, arcing * _scale(s, d, node, device)), LONGEST_S)
    energy = _DC_BOX * arc_flash.dc_energy(power, clearing, size[1])
    boundary = size[1] * np.sqrt(energy / arc_flash.BOUNDARY_J_CM2)
    has = is_dc & (bolted > 0)

    def mixed(own: Floats, other: Floats) -> Floats:
        return np.where(has, own, np.where(is_dc, np.nan, other))

    return _Worst(
        mixed(energy, rest.energy),
        mixed(boundary, rest.boundary),
        mixed(arcing, rest.arcing),
        mixed(clearing, rest.clearing),
        np.where(has, _CONVERTER, rest.source),
        rest.configuration,
        np.where(has, device, rest.device),
        mixed(bolted, rest.bolted),
    )
