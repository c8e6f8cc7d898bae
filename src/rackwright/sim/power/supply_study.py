"""The power chain of a hall asked: what flows normally, what does the loss of any one component do, what of any two, how large are faults, what
clears them, what an arc gives off, how often racks go dark.

Reads the tables `supply_*` of a build. Loading is told by apparent power and by current, which differ where the voltage is not nominal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.schema.tables import Tables, frame
from rackwright.sim.power import phase_study, supply_flow
from rackwright.sim.power.supply import Ints, Supply, forest
from rackwright.sim.power.supply_paths import TooManyWaysError
from rackwright.sim.power.supply_tables import CHAIN, ids, known, sets_as_one, supply_of

READS = ("designs", "hall_racks", "halls", "inputs", "part_facts", "parts", "spans", *CHAIN)
BUILT = ("inputs", "part_facts", "parts", *CHAIN)
PAIRS_AT_MOST = 5000
STATES = ("supply_branch_states", "supply_node_states", "supply_phases")
PROTECTION = ("arc_flashes", "fault_levels", "supply_curves", "supply_device_pairs", "supply_devices")
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
        "loading_power": known(states.loading_s[:, 0]),
        "loading_current": known(states.loading_i[:, 0]),
    }
    nodes = {"node_id": np.arange(s.node_count), "voltage_v": volts, "voltage_share": volts / s.voltage_nominal_v}
    nodes["is_collapsed"] = np.arange(s.node_count) == flow.collapsed[0]
    made = {"supply_branch_states": frame("supply_branch_states", branches), "supply_node_states": frame("supply_node_states", nodes)}
    return made if out else made | phase_study.table(t.put(made))


@stage(reads=BUILT, writes=PROTECTION)
def protection(t: Tables) -> dict[str, pl.DataFrame]:
    """Faults, what clears them and what an arc gives off: cheap enough for every build."""
    from rackwright.sim.power import arc_flash_study, fault_study, protection_study  # noqa: PLC0415  0.02 s, and only a hall with a chain needs them

    s = supply_of(t)
    faults = fault_study.currents(t, s)
    devices = protection_study.devices(t, s, faults)
    made = fault_study.table(t, faults) | protection_study.tables(t, s, faults, devices)
    return made | {"arc_flashes": arc_flash_study.table(t, s, faults, devices)}


@stage(reads=BUILT, writes=(*PROTECTION, *STATES))
def built(t: Tables) -> dict[str, pl.DataFrame]:
    """What a build tells of its chain: the normal case and its protection."""
    return normal(t) | protection(t)


@stage(reads=READS, writes=WRITES)
def run(t: Tables, failed: Sequence[int] | None = None, progress: Progress = lambda _: None) -> dict[str, pl.DataFrame]:
    """Everything: the normal case, every single outage, what a second one adds, faults, protection, availability.

    Where a rack has more ways from a source than are counted (63), what a second outage adds and availability stay empty; the answers say so.
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
    if s.component_count <= PAIRS_AT_MOST:
        progress("pairs")
        with suppress(TooManyWaysError):
            outages = outages.with_columns(*_next(t, s))
    progress("faults")
    made |= protection(t) | {"supply_outages": frame("supply_outages", outages)}
    progress("availability")
    try:
        made |= availability_study.tables(t, s)
    except TooManyWaysError:
        made |= {name: frame(name, []) for name in ("supply_availabilities", "supply_contributions")}
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
    from rackwright.sim.power import supply_carry, supply_outages, supply_reach  # noqa: PLC0415  scipy.sparse, 0.1 s, not wanted at build

    singles = supply_outages.singles(s)
    found = supply_reach.sweep_near(s, singles, lambda done: progress(f"outages, {done:,} of {len(singles):,}"))
    rows: dict[str, Any] = {
        "component_id": np.arange(s.component_count),
        "racks_dark": found.racks_dark,
        "load_dark_w": found.load_dark_w,
        "branches_over": found.over,
        "loading_worst": known(found.loading),
        "branch_id": ids(found.branch),
        "voltage_share": known(found.voltage),
        "transfer_s": known(found.transfer_s),
        "collapsed_id": ids(found.collapsed),
        "is_maintainable": (found.racks_dark == 0) & (found.over == 0) & (found.collapsed < 0),
        "carry_s": known(found.carry_s),
        "carried_by": [supply_carry.told(x) or None for x in found.carried_by.tolist()],
        "is_carried": found.is_carried,
    }
    worst = states.with_columns(loading_worst=known(found.branch_loading), component_id=ids(found.branch_case).cast(pl.Int32))
    return worst, pl.DataFrame(rows)


def _next(t: Tables, s: Supply) -> tuple[pl.Series, pl.Series]:
    """What a second failure makes dark while each component is out, and which one: of a set with some to spare also one more of it. Rooms and
    trenches are neither, they are not taken out."""
    from rackwright.sim.power import supply_outages, supply_paths  # noqa: PLC0415  scipy.sparse, 0.1 s, not wanted at build

    pairs, whole = supply_outages.pairs(s, supply_paths.paths(s)), sets_as_one(t, s)
    set_dark = np.asarray(supply_outages.pairs(whole, supply_paths.paths(whole)).alone.sum(axis=1)).ravel()
    is_set, is_place = t["supply_components"]["spare"].to_numpy() > 0, np.isin(np.arange(s.component_count), s.place)
    dark, which = np.zeros(s.component_count, np.int64), np.full(s.component_count, -1)
    for c in np.flatnonzero(~is_place).tolist():
        lost: Ints = pairs.lost_with(c)
        lost[c] = max(lost[c], set_dark[c] if is_set[c] else 0)
        which[c] = lost.argmax()
        dark[c] = lost[which[c]]
    return ids(np.where(is_place, -1, dark)).alias("racks_dark_next"), ids(np.where(dark > 0, which, -1)).alias("next_id")
