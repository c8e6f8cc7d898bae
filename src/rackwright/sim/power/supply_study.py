"""The power chain of a hall asked: what flows normally, what does the loss of any one component do, what of any two, how large are faults, what
clears them, what an arc gives off, how often racks go dark.

Reads the tables `supply_*` of a build. Loading is told by apparent power and by current, which differ where the voltage is not nominal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.schema.tables import Tables, frame
from rackwright.sim.power import phase_study, supply_carry, supply_flow, supply_window
from rackwright.sim.power.supply import Floats, Forest, Ints, Supply, forest
from rackwright.sim.power.supply_tables import CHAIN, alike, ids, known, sets_as_one, supply_of

READS = ("designs", "hall_racks", "halls", "inputs", "part_facts", "parts", "spans", *CHAIN)
BUILT = ("inputs", "part_facts", "parts", *CHAIN)
PAIRS_AT_MOST = 5000
STATES = ("supply_branch_states", "supply_node_states", "supply_phases")
PROTECTION = ("arc_flashes", "fault_levels", "supply_curves", "supply_device_pairs", "supply_devices")
BUILT_WRITES = (*PROTECTION, *STATES)
WRITES = (*PROTECTION, *STATES, "supply_availabilities", "supply_contributions", "supply_outages", "supply_results")
Progress = Callable[[str], None]


@stage(reads=CHAIN, writes=STATES)
def normal(t: Tables, out: Sequence[int] = ()) -> dict[str, pl.DataFrame]:
    """Load flow with everything in service, or with the components `out`."""
    s = supply_of(t)
    order = forest(s)
    figures = supply_flow.figures(s, order)
    flow = supply_flow.flow(s, order, figures, np.array([list(out) or [-1]]))
    states = supply_flow.states(s, order, figures, flow)
    volts = supply_flow.voltages(s, order, flow)[:, 0]
    power_a, power_b = states.power_a_va[:, 0], states.power_b_va[:, 0]
    size = np.abs(power_a)
    branches = {
        "branch_id": np.arange(s.branch_count),
        "power_w": power_a.real,
        "loss_w": (power_a - power_b).real,
        "power_factor": known(np.divide(power_a.real, size, out=np.full(s.branch_count, np.nan), where=size > 0).clip(0, 1)),
        "current_a": states.current_a[:, 0],
        "current_in_a": states.current_in_a[:, 0],
        "battery_s": known(_on_battery(s, order, flow, states)),
        "loading_power": known(states.loading_s[:, 0]),
        "loading_current": known(states.loading_i[:, 0]),
    }
    nodes = {"node_id": np.arange(s.node_count), "voltage_v": volts, "voltage_share": volts / s.voltage_nominal_v}
    nodes["is_collapsed"] = np.arange(s.node_count) == flow.collapsed[0]
    made = {"supply_branch_states": frame("supply_branch_states", branches), "supply_node_states": frame("supply_node_states", nodes)}
    return made if out else made | phase_study.table(t.put(made))


def _on_battery(s: Supply, t: Forest, flow: supply_flow.Flow, states: supply_flow.States) -> Floats:
    """(m,) how long what a converter stores lasts whose input is outside its window; NaN of others."""
    found, rows = np.full(s.branch_count, np.nan), supply_window.outside(s, t, flow)[0]
    found[t.way[rows]] = supply_carry.held(s, states)[t.way[rows], 0]
    return found


@stage(reads=BUILT, writes=PROTECTION)
def protection(t: Tables) -> dict[str, pl.DataFrame]:
    """Faults, what clears them and what an arc gives off: cheap enough for every build."""
    from rackwright.sim.power import arc_flash_study, fault_study, protection_study  # noqa: PLC0415  0.02 s, and only a hall with a chain needs them

    s = supply_of(t)
    faults = fault_study.currents(t, s)
    devices = protection_study.devices(t, s, faults)
    made = fault_study.table(t, faults) | protection_study.tables(t, s, faults, devices)
    return made | {"arc_flashes": arc_flash_study.table(t, s, faults, devices)}


@stage(reads=BUILT, writes=BUILT_WRITES)
def built(t: Tables) -> dict[str, pl.DataFrame]:
    """What a build tells of its chain: the normal case and its protection."""
    return normal(t) | protection(t)


@stage(reads=READS, writes=WRITES)
def run(t: Tables, failed: Sequence[int] | None = None, progress: Progress = lambda _: None) -> dict[str, pl.DataFrame]:
    """Everything: the normal case, every single outage, what a second one adds, faults, protection, availability.

    With components `failed` only the load flow of that one case, as the two tables of states, and its answers.
    """
    if failed:
        progress("load flow")
        return normal(t, failed) | {"supply_results": _case(t, failed)}
    from rackwright.sim.power import availability_study, supply_results  # noqa: PLC0415  scipy.sparse, 0.1 s, not wanted at build

    progress("load flow")
    made = normal(t)
    s = supply_of(t)
    progress("outages")
    states, outages = _outages(t, s, made["supply_branch_states"], progress)
    made |= {"supply_branch_states": states}
    if len(np.unique(alike(t, s)[0])) <= PAIRS_AT_MOST:
        progress("pairs")
        outages = outages.with_columns(*_next(t, s))
    progress("faults")
    made |= protection(t) | {"supply_outages": frame("supply_outages", outages)}
    progress("availability")
    made |= availability_study.tables(t, s)
    return made | {"supply_results": supply_results.results(t.put(made))}


def _case(t: Tables, out: Sequence[int]) -> pl.DataFrame:
    """Answers about one case."""
    from rackwright.sim.power import supply_outages, supply_results  # noqa: PLC0415  scipy.sparse, 0.1 s, not wanted at build

    s, cases = supply_of(t), np.array([list(out)])
    found = supply_outages.sweep(s, cases)
    racks = t["supply_feeds"]["rack_id"].unique().sort().gather(found.dark_rack)
    names = t["hall_racks"].filter(pl.col("rack_id").is_in(racks.implode()))["name"].to_list()
    return supply_results.case(t, found, out, names)


def _outages(t: Tables, s: Supply, states: pl.DataFrame, progress: Progress) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Branch states with the worst over all single outages, and the outages."""
    from rackwright.sim.power import supply_reach  # noqa: PLC0415  scipy.sparse, 0.1 s, not wanted at build

    (same, is_own), lost = alike(t, s), t["supply_components"]["load_lost_w"].to_numpy()
    tried = np.append(np.flatnonzero((same == np.arange(s.component_count)) & ~is_own), -1)  # the last one: nothing of the chain is out
    of = np.full(s.component_count, len(tried) - 1)
    of[tried[:-1]] = np.arange(len(tried) - 1)
    of = of[same]
    found = supply_reach.sweep_near(s, tried[:, None], lambda done: progress(f"outages, {done:,} of {len(tried):,}"))
    dark = found.racks_dark[of] + (lost > 0)
    rows: dict[str, Any] = {
        "component_id": np.arange(s.component_count),
        "racks_dark": dark,
        "racks_low": found.racks_low[of],
        "low_s": known(found.low_s[of]),
        "load_dark_w": found.load_dark_w[of] + lost,
        "branches_over": found.over[of],
        "loading_worst": known(found.loading[of]),
        "branch_id": ids(found.branch[of]),
        "voltage_share": known(found.voltage[of]),
        "transfer_s": known(found.transfer_s[of]),
        "collapsed_id": ids(found.collapsed[of]),
        "is_maintainable": (dark == 0) & (found.over[of] == 0) & (found.collapsed[of] < 0),
        "carry_s": known(found.carry_s[of]),
        "carried_by": [supply_carry.told(x) or None for x in found.carried_by[of].tolist()],
        "is_carried": found.is_carried[of],
        "racks_stopped": found.stopped[of],
    }
    cause = ids(tried[found.branch_case]).cast(pl.Int32)
    worst = states.with_columns(loading_worst=known(found.branch_loading), current_in_worst_a=known(found.branch_current_in), component_id=cause)
    return worst, pl.DataFrame(rows)


def _next(t: Tables, s: Supply) -> tuple[pl.Series, pl.Series]:
    """What a second failure makes dark while each component is out, and which one: of a set with some to spare also one more of it. Rooms and
    trenches are neither, they are not taken out."""
    from rackwright.sim.power import supply_outages, supply_paths  # noqa: PLC0415  scipy.sparse, 0.1 s, not wanted at build

    same, _ = alike(t, s)
    pairs, whole = supply_outages.pairs(s, supply_paths.paths(s)), sets_as_one(t, s)
    set_dark = np.asarray(supply_outages.pairs(whole, supply_paths.paths(whole)).alone.sum(axis=1)).ravel()
    is_set, is_place = t["supply_components"]["spare"].to_numpy() > 0, np.isin(np.arange(s.component_count), s.place)
    dark, which = np.zeros(s.component_count, np.int64), np.full(s.component_count, -1)
    for c in np.flatnonzero(~is_place).tolist():
        lost: Ints = pairs.lost_with(c)
        lost[c] = max(lost[c], set_dark[c] if is_set[c] else 0)
        which[c] = lost.argmax()
        dark[c] = lost[which[c]]
    dark, which, is_place = dark[same], which[same], is_place[same]
    return ids(np.where(is_place, -1, dark)).alias("racks_dark_next"), ids(np.where(dark > 0, which, -1)).alias("next_id")
