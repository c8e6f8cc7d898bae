"""From the utility to the medium-voltage boards of the halls: services, a substation, feeders for each path or open rings.

Path p of hall h hangs on service p + paths * (h mod m), where m is how many times the services go round the paths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rackwright.build.hall.supply_parts import Market, SupplyFault, fact, impedance
from rackwright.build.hall.supply_plan import Array, chain, letters
from rackwright.build.hall.supply_rows import Book, named
from rackwright.catalog.part import Part
from rackwright.spec.supply import Supply

TIE_M = 20.0
"""Length of the cables between two main buses."""


@dataclass(frozen=True, slots=True)
class Medium:
    """The medium-voltage side of one chain: (halls, paths) VA of each path of each hall, `load_va` with the worst other one lost and `normal_va` with
    none; `groups` in each hall."""

    wish: Supply
    market: Market
    book: Book
    load_va: Array
    normal_va: Array
    groups: int

    @property
    def volts(self) -> float:
        """Voltage of the campus."""
        return self.wish.substation.voltage if self.wish.substation else self.wish.utility.voltage

    def boards(self) -> Array:
        """(halls, paths, groups) node that the transformers of a group hang on."""
        halls, paths = self.load_va.shape
        buses = self._buses(services(self.wish, paths))
        at = of_service(halls, paths, len(buses))
        if self.wish.medium == "ring":
            return self._rings(buses, at)
        hall, path = (x.ravel() for x in np.divmod(np.arange(halls * paths), paths))
        words = pl.Series(letters(paths)).gather(path)
        name = named("H{:02d}-{} medium-voltage", hall + 1, words)
        boards = self.book.bus("board", name + " board", self.volts, path=words, hall_id=hall, room=words)
        device = self.market.breaker(0.0, self.volts)
        self.book.branch("line", name + " feeder", buses[at.ravel()], boards, device_part=device, **self._cable(self.wish.feeder_length))
        return np.repeat(boards.reshape(halls, paths, 1), self.groups, axis=2)

    def _buses(self, count: int) -> Array:
        """(services,) medium-voltage nodes, behind a substation transformer each where there is one."""
        u, s, book = self.wish.utility, self.wish.substation, self.book
        device = self.market.breaker(float(self.normal_va.sum()) / count / np.sqrt(3) / u.voltage, u.voltage)
        grid = book.bus("grid", pl.Series(["utility"]), u.voltage)
        names = named("service {}", np.arange(count) + 1)
        at = book.node("bus", names, u.voltage)
        size = u.voltage / np.sqrt(3) / u.fault_current
        r = size / np.hypot(1.0, u.x_r)
        book.branch("source", names, np.repeat(grid, count), at, resistance_ohm=r, reactance_ohm=r * u.x_r, device_part=device)
        if s is None:
            return at
        part = self._substation(count)
        rated = fact(part, "power_rated")
        buses = book.bus("board", named("main bus {}", np.arange(count) + 1), s.voltage)
        ohm = impedance(part, s.voltage)
        amps = rated / np.sqrt(3) / s.voltage
        name = named("substation transformer {}", np.arange(count) + 1)
        device = self.market.breaker(rated / np.sqrt(3) / u.voltage, u.voltage, of_transformer=True)
        book.branch("transformer", name, at, buses, part=part.name, device_part=device, power_rated_va=rated, current_rated_a=amps, **ohm)
        if s.ties != "none" and count > 1:
            a, b = chain(count).T
            wait = 0.0 if s.ties == "closed" else self.wish.tie_transfer
            own = self.market.breaker(amps, s.voltage)
            cables = max(1, int(np.ceil(amps / fact(self.market.feeder, "current_rated"))))
            ohm = {f"{k}_ohm": fact(self.market.feeder, f"{k}_per_m") * TIE_M / cables for k in ("resistance", "reactance")}
            rest = {"rank": 1, "current_rated_a": amps, "transfer_s": wait, "device_part": own, "length_mm": 1000 * TIE_M, "modules": cables}
            book.both_ways("tie", named("main bus tie {}-{}", a + 1, b + 1), buses[a], buses[b], part=self.market.feeder.name, **rest, **ohm)
        return buses

    def _substation(self, count: int) -> Part:
        """The smallest transformer that carries its bus and, where ties can close, a neighbour's; or the one given."""
        s = self.wish.substation
        assert s is not None
        halls, paths = self.load_va.shape
        bus = of_service(halls, paths, count).ravel()
        load, most = np.bincount(bus, self.normal_va.ravel(), count), float(np.bincount(bus, self.load_va.ravel(), count).max())
        if s.ties != "none" and count > 1:
            most = max(most, float(load[chain(count)].sum(axis=1).max()))
        wanted = most / self.wish.load_max
        part = self.market.smallest("substation-transformer", "power_rated", wanted)
        if part is None:
            largest = fact(self.market.offered["substation-transformer"][-1], "power_rated")
            if s.part is not None:
                return self.market.offered["substation-transformer"][-1]
            text = f"a transformer of the substation would have to be of {wanted / 1e6:,.0f} MVA, and the largest of the catalogue is of "
            text += f"{largest / 1e6:,.0f} MVA"
            help = f"`transformers: {int(np.ceil(count * wanted / largest))}` or more"
            raise SupplyFault("PWR408", "no-part-carries-it", text, "substation.transformers", help)
        return part

    def _rings(self, buses: Array, at: Array) -> Array:
        """A ring for each path of a hall, from its service to the next one, a switchgear for each group; open between the middle ones."""
        (halls, paths), groups = self.load_va.shape, self.groups
        hall, path = (x.ravel() for x in np.divmod(np.arange(halls * paths), paths))
        words, ring = pl.Series(letters(paths)), np.arange(halls * paths)
        each, number = np.repeat(ring, groups), np.tile(np.arange(groups), halls * paths)
        name = named("H{:02d}-{}{} ring switchgear", hall[each] + 1, number + 1, words.gather(path[each]))
        letter = words.gather(path[each])
        gear = self.book.bus("board", name, self.volts, path=letter, hall_id=hall[each], room=letter).reshape(-1, groups)
        ends = np.column_stack((buses[at.ravel()], gear, buses[(at.ravel() + 1) % len(buses)]))
        opened, device = (groups + 1) // 2, self.market.breaker(0.0, self.volts)
        for k in range(groups + 1):  # sections of a ring, not rings
            a, b = ends[:, k], ends[:, k + 1]
            section = named("H{:02d}-{} ring section {}", hall + 1, words.gather(path), np.full(len(ring), k + 1))
            cable = self._cable(self.wish.feeder_length if k in (0, groups) else self.wish.ring_section) | {"device_part": device}
            if k == opened:
                alternative = {"rank": 1, "transfer_s": self.wish.switching}
                if k == groups:
                    self.book.branch("tie", section + ", open", b, a, **cable, **alternative)
                else:
                    self.book.both_ways("tie", section + ", open", a, b, **cable, **alternative)
                continue
            up, down = (a, b) if k < opened else (b, a)
            own = self.book.branch("line", section, up, down, **cable)
            if k not in (0, groups):
                self.book.branch("line", section + ", backwards", down, up, own, rank=2, transfer_s=self.wish.switching, **cable)
        return np.asarray(gear.reshape(halls, paths, groups))

    def _cable(self, length_mm: float) -> dict[str, float | str | int]:
        """As many cables in parallel as the load of the worst path of a hall needs."""
        part = self.market.feeder
        amps, metres = fact(part, "current_rated"), length_mm / 1000
        cables = max(1, int(np.ceil(float(self.load_va.max()) / (self.wish.load_max * np.sqrt(3) * self.volts * amps))))
        ohm = {f"{k}_ohm": fact(part, f"{k}_per_m") * metres / cables for k in ("resistance", "reactance")}
        return {"part": part.name, "current_rated_a": amps * cables, "length_mm": length_mm, "modules": cables, **ohm}


def services(wish: Supply, paths: int) -> int:
    """How many services there are."""
    u, s = wish.utility, wish.substation
    if s is not None:
        return s.transformers
    return u.services or (2 if paths > 1 or wish.medium == "ring" else 1)


def of_service(halls: int, paths: int, count: int) -> Array:
    """(halls, paths) which of `count` services feeds a path of a hall."""
    rounds = max(1, count // paths)
    return np.asarray((np.arange(paths)[None, :] + paths * (np.arange(halls)[:, None] % rounds)) % count)
