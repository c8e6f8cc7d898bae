"""Fuses and breakers of DC against the discharge of the capacitors before them.

A fuse melts once its pre-arcing I2t has flowed. Where that is before the peak it limits the current: it lets through what flows then, and its arc,
at more than the voltage of the circuit, brings it down. Where it is later, the whole peak has passed. Where all of the discharge is less, the fuse
stays whole and opens on what the converter goes on giving. A breaker is slower than any discharge: it carries the peak, or closes onto it (IEC
60947-2 4.3.6.3: the making capacity of DC breakers is their breaking capacity). The breaking capacity of a fuse is one of prospective current (IEC
60269-1), and of a discharge that is its peak. All of it flows through one of several fuses in parallel, when it is right behind that one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackwright.sim.power.dc_fault import Capacitors
from rackwright.sim.power.supply import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Discharge:
    """(n,) of each DC node: F before it (0: not known) and the loop from there to the node, ohm and H."""

    voltage_v: Floats
    capacitance_f: Floats
    resistance_ohm: Floats
    inductance_h: Floats

    def loops(self, at: Bools) -> Capacitors:
        """Of some nodes that have one."""
        return Capacitors(self.voltage_v[at], self.capacitance_f[at], self.resistance_ohm[at], self.inductance_h[at])


@dataclass(frozen=True, slots=True)
class Against:
    """(d,) each device: s until the discharge has melted it (NaN: it does not), the greatest current that flows through it in the discharge (NaN:
    there is none), and whether it withstands and breaks that."""

    melt_s: Floats
    let_through_a: Floats
    is_able: Bools


def against(d: Discharge, node: Ints, i2t: Floats, breaking_a: Floats) -> Against:
    """Devices at these nodes (d,).

    Args:
        d: of every node.
        node: (d,) where each stands.
        i2t: (d,) A2s that surely melt it; NaN: no fuse.
        breaking_a: (d,) rated breaking current; NaN: not known, which is enough.
    """
    melt, through = np.full(node.size, np.nan), np.full(node.size, np.nan)
    on = np.flatnonzero(d.capacitance_f[node] > 0)
    if on.size:
        of = node[on]
        table = np.column_stack((d.voltage_v[of], d.capacitance_f[of], d.resistance_ohm[of], d.inductance_h[of], np.nan_to_num(i2t[on], nan=np.inf)))
        kinds, which = np.unique(table, axis=0, return_inverse=True)
        loops = Capacitors(*kinds[:, :4].T)
        when, peak = loops.melts(kinds[:, 4]), loops.peak()
        is_early = when < loops.time_to_peak()
        flows = np.where(is_early, loops.current(np.where(is_early, when, 0.0)[:, None])[:, 0], peak)
        melt[on], through[on] = np.where(np.isfinite(when), when, np.nan)[which.ravel()], flows[which.ravel()]
    stays = ~np.isnan(i2t) & np.isnan(melt)
    able = np.isnan(through) | np.isnan(breaking_a) | stays | (through <= breaking_a)
    return Against(melt, through, able)
