"""Ties closed in service against pandapower (Newton-Raphson, transformers as pi), voltages to 1e-9 p.u.: what boards exchange is solved."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from tests.sim.power.supply_halls import LV, MV, Builder
from tests.sim.power.supply_peers import Pandapower, drawn, in_service, one_case

from rackwright.sim.power import supply_flow
from rackwright.sim.power.supply import Supply, forest
from rackwright.sim.power.supply_outages import singles, sweep
from rackwright.sim.power.supply_reach import sweep_near

pytestmark = pytest.mark.oracle


def boards(*sizes: tuple[float, float], tie_ohm: float = 2e-4, shared_ohm: float = 0.4) -> Supply:
    """Transformers (VA) with a load (W) on the board of each, neighbours tied, behind a common line and a feeder each; transformer k is component
    2 k + 2."""
    b = Builder()
    grid, bus = b.node(MV, source=True), b.node(MV)
    b.branch(grid, bus, resistance_ohm=shared_ohm / 5, reactance_ohm=shared_ohm)
    made = []
    for rated, watts in sizes:
        terminals, board, end = b.node(MV), b.node(LV), b.node(LV, power_factor=0.95)
        b.branch(bus, terminals, resistance_ohm=0.06, reactance_ohm=0.04, current_rated_a=300.0)
        base = LV**2 / rated
        unit = {"power_rated_va": rated, "current_rated_a": rated / (np.sqrt(3) * LV), "loss_no_load_w": 1.2e-3 * rated}
        b.branch(terminals, board, resistance_ohm=0.011 * base, reactance_ohm=0.059 * base, **unit)
        b.branch(board, end, -1, resistance_ohm=1e-4, current_rated_a=4000.0)
        b.rack(watts, end)
        made.append(board)
    for one, two in pairwise(made):
        tie = {"rank": 1, "resistance_ohm": tie_ohm, "reactance_ohm": tie_ohm / 2, "transfer_s": 0.0, "current_rated_a": 4000.0}
        own = b.branch(one, two, **tie)
        b.branch(two, one, own, **tie)
    return b.build()


CASES = {
    "two unlike": boards((1e6, 8e5), (2e6, 5e5)),
    "all load on one": boards((1e6, 9e5), (1e6, 1.0)),
    "three in a row": boards((1e6, 9e5), (1.6e6, 2e5), (2e6, 1.2e6)),
    "stiff tie, weak source": boards((1e6, 7e5), (2.5e6, 4e5), tie_ohm=1e-6, shared_ohm=6.0),
}


@pytest.mark.parametrize("name", CASES)
def test_closed_ties_equal_pandapower(name: str) -> None:
    """In service, and with each transformer and each tie out."""
    s = CASES[name]
    peer, t = Pandapower(s), forest(s)
    count = s.rack_power_w.size
    ties = np.unique(s.branch_component[t.closed]).tolist()
    assert len(ties) == count - 1
    for out in ([], *([2 * k + 2] for k in range(count)), *([c] for c in ties)):
        flow, mine, states = one_case(s, out)
        assert flow.ways.rack_live.all()
        peer.case(in_service(s, flow.ways), drawn(s, flow.ways.feed_live[:, 0]))
        peer.run()
        assert np.abs(mine - peer.voltages()).max() < 1e-9
        amps = np.nan_to_num(peer.loading()) * np.nan_to_num(s.current_rated_a)
        for k, tie in enumerate(t.closed.tolist()):
            own = np.flatnonzero(s.branch_component == s.branch_component[tie])
            if flow.ways.looped[k, 0]:
                assert np.nanmax(states.current_a[own, 0]) == pytest.approx(amps[tie], rel=1e-6, abs=0.1)


def test_the_exchange_is_what_two_sources_share() -> None:
    """Two like transformers, all load on one board: the tie carries near half of it, and no current appears or is lost at any node."""
    s = CASES["all load on one"]
    t = forest(s)
    f = supply_flow.figures(s, t)
    flow = supply_flow.flow(s, t, f, np.array([[-1]]))
    states = supply_flow.states(s, t, f, flow)
    tie = np.flatnonzero((s.rank > 0) & (states.current_a[:, 0] > 0))
    assert states.power_b_va[tie, 0].real == pytest.approx(4.5e5, rel=0.02)
    rest = np.zeros(s.node_count, dtype=complex)
    np.add.at(rest, s.b_node, states.power_b_va[:, 0])
    np.add.at(rest, s.a_node, -states.power_a_va[:, 0])
    np.add.at(rest, t.node[f.loaded], -flow.load[:, 0] * f.base_va)
    assert np.abs(rest[~s.is_source]).max() < 1e-5


def test_every_single_outage_where_it_reaches_is_that_of_the_whole() -> None:
    s = CASES["three in a row"]
    whole, near = sweep(s, singles(s)), sweep_near(s, singles(s))
    assert near.loading == pytest.approx(whole.loading, abs=1e-7, nan_ok=True)
    assert near.voltage == pytest.approx(whole.voltage, abs=1e-7, nan_ok=True)
    assert np.array_equal(near.racks_dark, whole.racks_dark)
