"""Supplies for tests and benchmarks: a plain builder, and a hall of two paths whose racks pair every transformer of A with every one of B."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan, sqrt

import numpy as np

from rackwright.sim.power.supply import Supply

MV, LV = 13_800.0, 415.0
BRANCH = {
    "rank": 0,
    "resistance_ohm": 0.0,
    "reactance_ohm": 0.0,
    "power_rated_va": nan,
    "current_rated_a": nan,
    "loss_no_load_w": 0.0,
    "is_converter": False,
    "efficiency": (nan, nan, nan, nan),
    "window": (0.85, 1.1),
    "transfer_s": nan,
    "store_s": nan,
    "store_kind": 0,
}


@dataclass
class Builder:
    """Nodes, branches and racks one at a time; what carries a new component gets the next number."""

    nodes: list[tuple[bool, bool, float, float, int]] = field(default_factory=list)
    branches: list[dict[str, object]] = field(default_factory=list)
    feeds: list[tuple[int, int]] = field(default_factory=list)
    racks: list[tuple[float, int, float]] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    components: int = 0

    def node(self, volts: float, source: bool = False, ac: bool = True, power_factor: float = 1.0, fails: bool = False) -> int:
        """A node; a bus that can fail is a component."""
        self.nodes.append((source, ac, volts, power_factor, self._component() if fails else -1))
        return len(self.nodes) - 1

    def branch(self, a: int, b: int, component: int | None = None, **given: object) -> int:
        """A branch, a component of its own unless one is given (-1: cannot fail). Returns its component."""
        which = self._component() if component is None else component
        self.branches.append(BRANCH | given | {"a_node": a, "b_node": b, "branch_component": which})
        return which

    def place(self, *members: int) -> int:
        """A room with these components in it, a component itself."""
        which = self._component()
        self.places += [(which, c) for c in members]
        return which

    def rack(self, watts: float, *nodes: int, needed: int = 1, store_s: float = 0.0) -> None:
        """A rack on these nodes."""
        self.feeds += [(len(self.racks), n) for n in nodes]
        self.racks.append((watts, needed, store_s))

    def _component(self) -> int:
        self.components += 1
        return self.components - 1

    def build(self) -> Supply:
        """The arrays."""
        source, ac, volts, pf, component = (np.array(x) for x in zip(*self.nodes, strict=True))
        column = {c: np.array([x[c] for x in self.branches]) for c in (*BRANCH, "a_node", "b_node", "branch_component")}
        rack, node = (np.array(x, dtype=np.int64) for x in zip(*self.feeds, strict=True))
        power, needed, store = (np.array(x) for x in zip(*self.racks, strict=True))
        places = np.array(self.places, dtype=np.int64).reshape(-1, 2)
        return Supply(
            source,
            ac,
            volts,
            pf,
            feed_rack=rack,
            feed_node=node,
            rack_power_w=power,
            feeds_needed=needed,
            node_component=component,
            component_count=self.components,
            rack_store_s=store,
            place=places[:, 0],
            member=places[:, 1],
            **column,
        )


@dataclass(frozen=True)
class Hall:
    """A hall's supply and the components that tests fail: the two MV feeders and the transformers of each path."""

    supply: Supply
    feeders: list[int]
    transformers: list[list[int]]

    def branch(self, component: int) -> int:
        """The first branch of a component."""
        return int(np.flatnonzero(self.supply.branch_component == component)[0])


def hall(
    transformers: int = 3, pairs: int = 4, rack_w: float = 19_400.0, tie: bool = True, utility_ohm: complex = 0.02 + 0.2j, blocks: int = 1
) -> Hall:
    """Blocks of two paths of `transformers` (2 MVA at 10 with 14 pairs, scaled), two busways each, two racks a tap box.

    A block has transformers^2 * pairs racks, 0.95 lagging. Section 2 of the project's reference notes (power.md) describes the hall this follows:
    10 transformers a path and 14 racks a pair make its 1,400 racks on 40 busways. `feeders` and `transformers` are those of the first block.
    """
    b = Builder()
    grid, busbar = b.node(MV, source=True), b.node(MV)
    b.branch(grid, busbar, -1, resistance_ohm=utility_ohm.real, reactance_ohm=utility_ohm.imag)
    made = [_block(b, busbar, transformers, pairs, rack_w, tie) for _ in range(blocks)]
    return Hall(b.build(), *made[0])


def _block(b: Builder, busbar: int, transformers: int, pairs: int, rack_w: float, tie: bool) -> tuple[list[int], list[list[int]]]:
    each = transformers * pairs
    rated = 2e6 * each / 140
    buses = [b.node(MV), b.node(MV)]
    amps = transformers * rated * 1.1 * 2 / (sqrt(3) * MV)
    feeders = [b.branch(busbar, x, resistance_ohm=0.05, reactance_ohm=0.04, current_rated_a=amps) for x in buses]
    if tie:
        both = b.branch(buses[0], buses[1], rank=1, resistance_ohm=1e-3, transfer_s=0.1)
        b.branch(buses[1], buses[0], both, rank=1, resistance_ohm=1e-3, transfer_s=0.1)
    units: list[list[int]] = [[], []]
    taps: list[list[list[int]]] = [[], []]
    for path in (0, 1):
        for _ in range(transformers):
            board = b.node(LV)
            units[path].append(_transformer(b, buses[path], board, rated))
            taps[path].append([tap for _ in range(2) for tap in _busway(b, board, -(-each // 4))])
    for one in range(transformers):
        for two in range(transformers):
            for k in range(pairs):
                b.rack(rack_w, _feed(b, taps[0][one][(two * pairs + k) // 2]), _feed(b, taps[1][two][(one * pairs + k) // 2]))
    return feeders, units


def _transformer(b: Builder, bus: int, board: int, rated: float) -> int:
    base = LV**2 / rated
    own = {"power_rated_va": rated, "current_rated_a": rated / (sqrt(3) * LV), "loss_no_load_w": rated * 0.0015}
    return b.branch(bus, board, resistance_ohm=0.01 * base, reactance_ohm=0.06 * base, **own)


def _busway(b: Builder, board: int, sections: int) -> list[int]:
    """Tap boxes of a busway, one a section."""
    taps, at = [], board
    for _ in range(sections):
        end = b.node(LV)
        b.branch(at, end, resistance_ohm=4e-5, reactance_ohm=2e-5, current_rated_a=1600.0)
        taps.append(b.node(LV))
        b.branch(end, taps[-1], resistance_ohm=1e-5, current_rated_a=63.0)
        at = end
    return taps


def _feed(b: Builder, tap: int) -> int:
    """The rack's end of a whip."""
    end = b.node(LV, power_factor=0.95)
    b.branch(tap, end, resistance_ohm=3e-3, reactance_ohm=4e-4, current_rated_a=63.0)
    return end
