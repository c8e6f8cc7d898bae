"""Times of the hall's supply: load flow, failure sweep, pairs, availability; next to pandapower solving the same cases in the same run.

The hall has the shape of section 2 of the project's reference notes: 2 paths, 20 transformers, 40 busways, 1,400 racks, 2,800 feeds, 5,624 nodes.
Every figure runs in its own process, so that its peak memory is its own; the best of several rounds counts, with the processor time of that round.
Building either network is not timed. pandapower solves a stated sample of the cases, scaled; its branches in service and loads are set between
solves, not timed. It uses numba where that is installed (its name says so). Voltages must agree to 1e-9 p.u. or there is no figure. Exit 1 where a
limit is missed.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from figures import ROUNDS, Figure, best_of, main

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.sim.power.supply_halls import Hall, hall

from rackwright.sim.power import supply_flow
from rackwright.sim.power.availability import simulate, unavailability
from rackwright.sim.power.supply import Ints, Supply, forest
from rackwright.sim.power.supply_outages import pairs, singles, sweep
from rackwright.sim.power.supply_paths import paths
from rackwright.sim.power.supply_reach import sweep_near

SAMPLE = 6
CASES = 500


def whole() -> Hall:
    """The hall."""
    return hall(10, 14)


def outages(h: Hall) -> Ints:
    """500 single outages: every feeder and transformer, the rest drawn."""
    first = [*h.feeders, *(x for path in h.transformers for x in path)]
    rest = np.setdiff1d(np.arange(h.supply.component_count), first)
    return np.concatenate((first, np.random.default_rng(1).choice(rest, CASES - len(first), replace=False)))[:, None]


def by_pandapower(s: Supply, out: Ints) -> tuple[float, str]:
    """Processor seconds a case of pandapower, checked against ours, and its name."""
    from tests.sim.power.supply_peers import Pandapower, drawn, in_service, one_case  # noqa: PLC0415  pandapower: 2 s and 200 MB, only where it is the peer

    numba = importlib.util.find_spec("numba") is not None
    peer, seconds = Pandapower(s), []
    for i, one in enumerate([out[0].tolist(), *out.tolist()]):
        flow, volts, _ = one_case(s, [x for x in one if x >= 0])
        peer.case(in_service(s, flow.ways), drawn(s, flow.ways.feed_live[:, 0]))
        start = time.process_time()
        peer.run(numba)
        seconds.append(time.process_time() - start)
        if np.abs(volts - peer.voltages()).max() > 1e-9:
            sys.exit(f"case {i}: voltages differ from pandapower's")
    return float(np.mean(seconds[1:])), "pandapower" + ("" if numba else " without numba")


def one_flow() -> Figure:
    """One load flow, branch states included. Ratio of processor times."""
    s, none = whole().supply, np.array([[-1]])
    t = forest(s)
    f = supply_flow.figures(s, t)
    wall, cpu = best_of(lambda: supply_flow.states(s, t, f, supply_flow.flow(s, t, f, none)))
    theirs, name = by_pandapower(s, np.repeat(none, ROUNDS, axis=0))
    return Figure("", wall, "s", name, theirs / cpu, cpu, 0)


def failures() -> Figure:
    """500 single outages with load transfer, verdicts included. Ratio of processor times."""
    h = whole()
    out = outages(h)
    wall, cpu = best_of(lambda: sweep(h.supply, out))
    theirs, name = by_pandapower(h.supply, out[:: CASES // SAMPLE][:SAMPLE])
    return Figure("", wall, "s", f"{name}, {SAMPLE} of {CASES} cases, scaled", theirs * CASES / cpu, cpu, 0)


def campus() -> Figure:
    """Every single failure of 25 blocks with 7,200 racks: 29,052 nodes, 29,075 cases, one round."""
    s = hall(4, 18, blocks=25).supply
    wall, cpu = best_of(lambda: sweep_near(s, singles(s)), rounds=1)
    return Figure("", wall, "s", None, None, cpu, 0)


def every_pair() -> Figure:
    """Racks lost by every pair of components, ways included."""
    s = whole().supply
    return Figure("", *_timed(lambda: pairs(s, paths(s))), 0)


def exact() -> Figure:
    """Exact unavailability of every rack."""
    s = whole().supply
    p, out = paths(s), np.full(s.component_count, 1e-5)
    return Figure("", *_timed(lambda: unavailability(p, out)), 0)


def drawn_lots() -> Figure:
    """1,000 simulated years of 1,400 racks: 0.02 failures a year and 10 h repair each."""
    s = whole().supply
    p, rate, repair = paths(s), np.full(s.component_count, 0.02), np.full(s.component_count, 10.0)
    return Figure("", *_timed(lambda: simulate(p, rate, repair, 100.0, 10, 1)), 0)


def _timed(work: Callable[[], object]) -> tuple[float, str, None, None, float]:
    wall, cpu = best_of(work)
    return wall, "s", None, None, cpu


# What is measured, and the most it may take where something was promised.
WORK: dict[str, tuple[Callable[[], Figure], float | None]] = {
    "flow.5600-nodes": (one_flow, 0.02),
    "sweep-500-outages.5600-nodes": (failures, 4.0),
    "sweep-every-failure.7200-racks": (campus, 60.0),
    "pairs-every-two.5600-nodes": (every_pair, None),
    "unavailability-exact.1400-racks": (exact, None),
    "unavailability-1000-years.1400-racks": (drawn_lots, None),
}
LEAST = {"sweep-500-outages.5600-nodes": 10.0}


if __name__ == "__main__":
    sys.exit(main(__doc__, str(Path(__file__).resolve()), WORK, LEAST))
