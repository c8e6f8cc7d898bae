"""Currents of each phase: cords of PDUs hang between one phase and neutral, and what the three carry differs.

Phase by phase the loads are summed up the normal ways, each at the voltage that the balanced load flow gives it; the neutral carries what the three
do not cancel. A converter draws from three phases alike whatever hangs behind it. A Dyn11 transformer has no neutral above it: a line there carries
the difference of two phases below. What voltages differ by between phases is left out (some tenths of a per cent where feeders are short), as are
exchanges over ties closed in service. DC and what is above a converter's input without single-phase loads is balanced.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.schema.supply import CONVERTERS
from rackwright.schema.tables import Tables, frame
from rackwright.sim.power.supply import Complexes, Floats, Ints, Supply, forest, summed
from rackwright.sim.power.supply_tables import CHAIN, supply_of

KINDS = ("board", "bus", "busway", "ups")
EVEN = 1e-9  # of the mean: rounding
TURN = np.exp(-2j * np.pi / 3 * np.arange(3))
"""Directions of the phase voltages L1, L2, L3."""


def currents(s: Supply, node: Ints, power_va: Complexes, volts: Floats, input_va: Complexes) -> Complexes:
    """(n, 3) current of each phase into every AC node over its normal way, A at the node's voltage.

    Args:
        s: the supply.
        node: (f,) where each load hangs.
        power_va: (f, 3) complex power on each phase.
        volts: (n,) line voltage, V; 0: dark.
        input_va: (m,) what a converter draws at its a, of all three phases.
    """
    t = forest(s)
    phase = volts / np.sqrt(3)
    live = phase[node] > 0
    drawn = np.conj(power_va[live] / (phase[node[live], None] * TURN))
    into = summed(node[live], drawn, s.node_count)
    is_unit = np.zeros(s.node_count, dtype=bool)
    fed, ratio, into_a = t.way >= 0, np.ones(s.node_count), np.zeros((s.node_count, 3), dtype=complex)
    rows = np.flatnonzero(fed)
    way = t.way[rows]
    up = s.a_node[way]
    ratio[rows] = s.voltage_nominal_v[up] / s.voltage_nominal_v[s.b_node[way]]
    is_unit[rows] = (ratio[rows] != 1) & ~s.is_converter[way]
    converts = rows[s.is_converter[way] & (phase[up] > 0)]
    at = s.a_node[t.way[converts]]
    into_a[converts] = np.conj(input_va[t.way[converts], None] / 3 / (phase[at, None] * TURN))
    is_converter = np.zeros(s.node_count, dtype=bool)
    is_converter[rows[s.is_converter[way]]] = True
    for v in t.levels[:0:-1]:
        here = np.arange(v.low, v.high)
        own = into[t.node[here]]
        unit, out = is_unit[here], own.copy()
        out[unit] = (own[unit] - np.roll(own[unit], 1, axis=1)) / np.sqrt(3) / ratio[here[unit], None] * np.exp(1j * np.pi / 6)
        out[is_converter[here]] = into_a[here[is_converter[here]]]
        np.add.at(into, t.node[t.parent[here]], out)
    return np.asarray(into)


@stage(reads=(*CHAIN, "supply_branch_states", "supply_node_states"), writes=("supply_phases",))
def table(t: Tables) -> dict[str, pl.DataFrame]:
    """Table supply_phases, of switchgear, boards, UPS outputs and heads of busways."""
    s, nodes = supply_of(t), t["supply_nodes"]
    feeds = t["supply_feeds"].drop_nulls(["power_l1_w", "power_l2_w", "power_l3_w"])
    at = feeds["node_id"].to_numpy().astype(np.int64)
    tangent = np.sqrt(1 / s.power_factor**2 - 1)
    watts = feeds.select("power_l1_w", "power_l2_w", "power_l3_w").to_numpy()
    is_used = t["supply_branches"]["kind"].is_in(CONVERTERS).to_numpy() & (s.rank == 0)
    input_va = t["supply_branch_states"]["power_w"].to_numpy() * is_used * (1 + 1j * tangent[s.b_node])
    volts = t["supply_node_states"]["voltage_v"].to_numpy()
    amps = currents(s, at, watts * (1 + 1j * tangent[at, None]), volts, input_va)
    size, neutral = np.abs(amps), np.abs(amps.sum(axis=1))
    mean = size.mean(axis=1)
    keep = nodes["kind"].is_in(KINDS).to_numpy() & s.is_ac & (mean > 0)
    neutral = np.where(neutral > EVEN * mean, neutral, 0.0)
    uneven = np.divide(size.max(axis=1), mean, out=np.ones_like(mean), where=mean > 0) - 1
    made = {"node_id": np.arange(s.node_count), **{f"current_l{k + 1}_a": size[:, k] for k in range(3)}, "current_neutral_a": neutral}
    made["unbalance"] = np.where(uneven > EVEN, uneven, 0.0)
    return {"supply_phases": frame("supply_phases", pl.DataFrame(made).filter(pl.Series(keep)))}
