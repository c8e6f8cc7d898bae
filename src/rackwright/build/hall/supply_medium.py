"""From the utility to the medium-voltage boards of the halls: services, a substation, feeders for each path or open rings.

Paths are dealt to the services in turn, and those of the next hall go on where the last one's stopped. Of `block` each block has a feeder and
board of its own and so has its reserve; blocks are dealt to all services but the last, which is the reserve's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from rackwright.build.hall.supply_parts import Market, SupplyFault, fact, impedance
from rackwright.build.hall.supply_plan import Array, chain, letters
from rackwright.build.hall.supply_rows import Book, named
from rackwright.catalog.part import Part
from rackwright.spec.supply import Supply

TIE_M = 20.0
"""Length of the cables between two main buses."""
SINGLE = ("block", "catcher")
"""Words for blocks with one reserve."""


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

    @property
    def is_single(self) -> bool:
        """Blocks with a reserve."""
        return self.wish.redundancy in SINGLE

    def boards(self) -> tuple[Array, Array | None]:
        """(halls, paths, groups) node that the transformers of a group hang on; (halls,) that of the reserve, none without one.

        Raises:
            SupplyFault: SPC108, a service that nothing hangs on.
        """
        halls, paths = self.load_va.shape
        count = services(self.wish, paths)
        at = of_block(halls, self.groups, count) if self.is_single and self.wish.medium == "radial" else of_service(halls, paths, count)
        spare = (at[:, 0] + 1) % count if self.wish.medium == "ring" else np.full(halls, count - 1)
        self._used(at, spare, count)
        buses = self._buses(at, count)
        every, reserve = np.arange(halls), None
        if self.is_single:
            reserve = self._radial(named("H{:02d}-R", every + 1), every, pl.Series(["R"] * halls), buses[spare])
        if self.wish.medium == "ring":
            return self._rings(buses, at), reserve
        if self.is_single:
            hall, group = (x.ravel() for x in np.divmod(np.arange(halls * self.groups), self.groups))
            name = named("H{:02d}-{}A", hall + 1, group + 1)
            made = self._radial(name, hall, pl.Series(["A"] * len(hall)), buses[at.ravel()], named("{}A", group + 1))
            return made.reshape(halls, 1, self.groups), reserve
        hall, path = (x.ravel() for x in np.divmod(np.arange(halls * paths), paths))
        words = pl.Series(letters(paths)).gather(path)
        made = self._radial(named("H{:02d}-{}", hall + 1, words), hall, words, buses[at.ravel()])
        return np.repeat(made.reshape(halls, paths, 1), self.groups, axis=2), reserve

    def _radial(self, name: pl.Series, hall: Array, path: pl.Series, bus: Array, room: pl.Series | None = None) -> Array:
        """Boards, each behind a feeder from its bus."""
        name = name + " medium-voltage"
        boards = self.book.bus("board", name + " board", self.volts, path=path, hall_id=hall, room=path if room is None else room)
        self.book.branch("line", name + " feeder", bus, boards, **self._cable(self.wish.feeder_length))
        return boards

    def _used(self, at: Array, spare: Array, count: int) -> None:
        """Every service feeds something, or stands in for one that does: by a tie of a substation or at the far end of a ring."""
        used = np.zeros(count, bool)
        used[at] = True
        if self.is_single:
            used[spare] = True
        if self.wish.medium == "ring":
            used[(at + 1) % count] = True
        s = self.wish.substation
        if s is not None and s.ties != "none" and count > 1:
            pairs = chain(count)
            pairs = pairs[used[pairs].any(axis=1)]
            used[pairs] = True
        if used.all():
            return
        halls, paths = self.load_va.shape
        what = "transformers of the substation" if s is not None else "services"
        text = f"{int(used.sum())} of {count} {what} feed something, of {halls} hall{'s' * (halls > 1)} with {paths} path{'s' * (paths > 1)} each"
        path = "substation.transformers" if s is not None else "utility.services"
        raise SupplyFault("SPC108", "contradiction", text, path, f"`{path.split('.')[1]}: {int(used.sum())}`")

    def _carried(self, at: Array, count: int) -> tuple[Array, float]:
        """(services,) VA of each with nothing lost, and the most that one may carry: with a path lost, or that of the one it stands in for too.

        `at`: (halls, paths), or (halls, groups) of single paths, service of each.
        """
        share = at.shape[1] // self.load_va.shape[1]
        normal, worst = (np.bincount(at.ravel(), np.repeat(x.ravel() / share, share), count) for x in (self.normal_va, self.load_va))
        most = float(worst.max())
        if self.wish.medium == "ring":
            most = max(most, float((normal + np.roll(normal, 1)).max()))
        if self.is_single:
            most = max(most, float(self.load_va.max()) / self.groups)
        s = self.wish.substation
        if s is not None and s.ties != "none" and count > 1:
            most = max(most, float(normal[chain(count)].sum(axis=1).max()))
        return normal, most

    def _buses(self, at: Array, count: int) -> Array:
        """(services,) medium-voltage nodes, behind a substation transformer each where there is one."""
        u, s, book = self.wish.utility, self.wish.substation, self.book
        normal, most = self._carried(at, count)
        part = self._substation(count, most) if s is not None else None
        amps = max(most / self.wish.load_max, fact(part, "power_rated") if part else 0.0) / np.sqrt(3) / u.voltage
        device = self.market.breaker(amps, u.voltage)
        grid = book.bus("grid", pl.Series(["utility"]), u.voltage)
        names = named("service {}", np.arange(count) + 1)
        ends = book.node("bus", names, u.voltage)
        size = u.voltage / np.sqrt(3) / u.fault_current
        r = size / np.hypot(1.0, u.x_r)
        book.branch("source", names, np.repeat(grid, count), ends, resistance_ohm=r, reactance_ohm=r * u.x_r, **self._behind(device))
        if s is None or part is None:
            return ends
        rated = fact(part, "power_rated")
        buses = book.bus("board", named("main bus {}", np.arange(count) + 1), s.voltage)
        ohm = impedance(part, s.voltage)
        amps = rated / np.sqrt(3) / s.voltage
        name = named("substation transformer {}", np.arange(count) + 1)
        device = self.market.breaker(rated / np.sqrt(3) / u.voltage, u.voltage, of_transformer=True)
        book.branch("transformer", name, ends, buses, part=part.name, device_part=device, power_rated_va=rated, current_rated_a=amps, **ohm)
        if s.ties != "none" and count > 1:
            a, b = chain(count).T
            wait = 0.0 if s.ties == "closed" else self.wish.tie_transfer
            amps = float(normal.max()) / self.wish.load_max / np.sqrt(3) / s.voltage
            own = self.market.breaker(amps, s.voltage)
            cables = max(1, int(np.ceil(amps / fact(self.market.feeder, "current_rated"))))
            ohm = {f"{k}_ohm": fact(self.market.feeder, f"{k}_per_m") * TIE_M / cables for k in ("resistance", "reactance")}
            rest = {"rank": 1, "transfer_s": wait, "length_mm": 1000 * TIE_M, "modules": cables} | self._behind(own, amps)
            book.both_ways("tie", named("main bus tie {}-{}", a + 1, b + 1), buses[a], buses[b], part=self.market.feeder.name, **rest, **ohm)
        return buses

    def _substation(self, count: int, most: float) -> Part:
        """The smallest transformer that carries its bus and, where ties can close, a neighbour's; or the one given."""
        s = self.wish.substation
        assert s is not None
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
        opened = (groups + 1) // 2
        for k in range(groups + 1):  # sections of a ring, not rings
            a, b = ends[:, k], ends[:, k + 1]
            section = named("H{:02d}-{} ring section {}", hall + 1, words.gather(path), np.full(len(ring), k + 1))
            cable = self._cable(self.wish.feeder_length if k in (0, groups) else self.wish.ring_section)
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

    def _cable(self, length_mm: float) -> dict[str, Any]:
        """As many cables in parallel as the load of the worst path of a hall (of blocks with a reserve: of one) needs, behind one breaker."""
        part = self.market.feeder
        own, metres = fact(part, "current_rated"), length_mm / 1000
        load = float(self.load_va.max()) / (self.groups if self.is_single and self.wish.medium == "radial" else 1)
        amps = load / (self.wish.load_max * np.sqrt(3) * self.volts)
        cables = max(1, int(np.ceil(amps / own)))
        ohm = {f"{k}_ohm": fact(part, f"{k}_per_m") * metres / cables for k in ("resistance", "reactance")}
        device = self.market.breaker(amps, self.volts)
        return {"part": part.name, "length_mm": length_mm, "modules": cables, **self._behind(device, own * cables), **ohm}

    def _behind(self, device: str | None, amps: float = np.inf) -> dict[str, Any]:
        """Columns of a branch of so many A behind one breaker: the smaller of them is its rating."""
        own = self.market.rated(device)
        least = min(own, amps)
        rated = {"current_rated_a": least} if np.isfinite(least) else {}
        return rated | ({"device_part": device, "breaker_a": own} if device else {})


def services(wish: Supply, paths: int) -> int:
    """How many services there are."""
    u, s = wish.utility, wish.substation
    if s is not None:
        return s.transformers
    return u.services or (2 if paths > 1 or wish.medium == "ring" or wish.redundancy in SINGLE else 1)


def of_service(halls: int, paths: int, count: int) -> Array:
    """(halls, paths) which of `count` services feeds a path of a hall."""
    return np.asarray(np.arange(halls * paths).reshape(halls, paths) % count)


def of_block(halls: int, groups: int, count: int) -> Array:
    """(halls, groups) which of `count` services feeds a block: all but the last, in turn; with one service that."""
    return np.asarray(np.arange(halls * groups).reshape(halls, groups) % max(1, count - 1))
