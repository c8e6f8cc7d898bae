"""The same supply in pandapower: transformers as pi, ties and alternatives in or out as a case says."""

from __future__ import annotations

import numpy as np
import pandapower as pp

from rackwright.sim.power import supply_flow
from rackwright.sim.power.supply import Bools, Complexes, Floats, Ints, Supply, Ways, forest


class Pandapower:
    """A network built once; `case` sets what is in service and what is drawn, `run` solves."""

    def __init__(self, s: Supply) -> None:
        self.supply = s
        self.net = pp.create_empty_network(f_hz=50.0)
        net, volts = self.net, s.voltage_nominal_v / 1e3
        bus = pp.create_buses(net, s.node_count, vn_kv=volts)
        pp.create_ext_grid(net, bus[int(np.flatnonzero(s.is_source)[0])], vm_pu=1.0)
        is_unit = volts[s.a_node] != volts[s.b_node]
        self.units, self.wires = np.flatnonzero(is_unit), np.flatnonzero(~is_unit)
        limit = np.nan_to_num(s.current_rated_a[self.wires], nan=1000.0) / 1e3
        ohm = (s.resistance_ohm[self.wires], s.reactance_ohm[self.wires])
        pp.create_lines_from_parameters(net, bus[s.a_node[self.wires]], bus[s.b_node[self.wires]], 1.0, *ohm, np.zeros(self.wires.size), limit)
        for j in self.units.tolist():
            base, rated = s.voltage_nominal_v[s.b_node[j]] ** 2 / s.power_rated_va[j], s.power_rated_va[j]
            pp.create_transformer_from_parameters(
                net,
                hv_bus=bus[s.a_node[j]],
                lv_bus=bus[s.b_node[j]],
                sn_mva=rated / 1e6,
                vn_hv_kv=volts[s.a_node[j]],
                vn_lv_kv=volts[s.b_node[j]],
                vk_percent=100 * abs(complex(s.resistance_ohm[j], s.reactance_ohm[j])) / base,
                vkr_percent=100 * s.resistance_ohm[j] / base,
                pfe_kw=s.loss_no_load_w[j] / 1e3,
                i0_percent=100 * s.loss_no_load_w[j] / rated,
            )
        self.lossy = self.wires[s.loss_no_load_w[self.wires] > 0]
        for end in (s.a_node, s.b_node):
            for j in self.lossy.tolist():
                pp.create_shunt(net, bus[end[j]], q_mvar=0.0, p_mw=s.loss_no_load_w[j] / 2e6)
        self.drawn = np.unique(s.feed_node)
        pp.create_loads(net, bus[self.drawn], p_mw=0.0, q_mvar=0.0)

    def case(self, used: Bools, power_va: Complexes) -> None:
        """Branches in service (m,) and power drawn at nodes (n,)."""
        self.net.line["in_service"] = used[self.wires]
        self.net.trafo["in_service"] = used[self.units]
        if self.lossy.size:
            self.net.shunt["in_service"] = np.tile(used[self.lossy], 2)
        self.net.load["p_mw"], self.net.load["q_mvar"] = power_va[self.drawn].real / 1e6, power_va[self.drawn].imag / 1e6

    def run(self, numba: bool = False) -> None:
        """Newton-Raphson from a flat start."""
        pp.runpp(self.net, trafo_model="pi", tolerance_mva=1e-10, max_iteration=30, numba=numba, init="flat")

    def voltages(self) -> Floats:
        """(n,) p.u.; 0: not supplied."""
        return np.asarray(np.nan_to_num(self.net.res_bus.vm_pu.to_numpy()))

    def loading(self) -> Floats:
        """(m,) by current."""
        found = np.full(self.supply.branch_count, np.nan)
        found[self.wires], found[self.units] = self.net.res_line.loading_percent / 100, self.net.res_trafo.loading_percent / 100
        return found


def one_case(s: Supply, out: list[int]) -> tuple[supply_flow.Flow, Floats, supply_flow.States]:
    """Ours: flow, voltages p.u. by node, branches, with these components out."""
    t = forest(s)
    f = supply_flow.figures(s, t)
    flow = supply_flow.flow(s, t, f, np.array([out or [-1]]))
    return flow, np.abs(flow.voltage[t.row, 0]), supply_flow.states(s, t, f, flow)


def drawn(s: Supply, alive: Bools) -> Complexes:
    """(n,) complex power drawn at each node, feeds counted anew from which are `alive` (f,)."""
    live: Ints = np.flatnonzero(alive)
    count = np.bincount(s.feed_rack[live], minlength=s.rack_power_w.size)
    power = np.zeros(s.node_count, dtype=complex)
    p = s.rack_power_w[s.feed_rack[live]] / count[s.feed_rack[live]]
    np.add.at(power, s.feed_node[live], p * (1 + 1j * np.sqrt(1 / s.power_factor[s.feed_node[live]] ** 2 - 1)))
    return power


def in_service(s: Supply, way: Ways) -> Bools:
    """(m,) branches in use in the first case: the way of every live node that is no source, and ties closed between two such nodes."""
    t = forest(s)
    used = np.zeros(s.branch_count, dtype=bool)
    fed = (t.way >= 0) & way.live[:, 0]
    fed[t.other_b[way.other[way.case == 0]]] = False
    used[t.way[fed]] = True
    used[t.other[way.other[way.case == 0]]] = True
    used[t.closed[way.looped[:, 0]]] = True
    return used
