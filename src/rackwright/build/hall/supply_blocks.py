"""Blocks of a power chain: unit transformer, main breaker, switchboard, generator, UPS or storage with its bypass, and what takes over from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from rackwright.build.hall.supply_parts import BEHIND, Market, SupplyFault, drawn_va, fact, impedance, least_efficiency
from rackwright.build.hall.supply_places import GENERATORS
from rackwright.build.hall.supply_plan import Array, Plan, following, letters, tied
from rackwright.build.hall.supply_rows import Book, named
from rackwright.build.hall.supply_store import Stores, modules
from rackwright.catalog.part import Part
from rackwright.spec.supply import Supply

LAST = 8  # rank of generators: they come after every other way
LOW = 0.95  # of nominal voltage, at which a current is reckoned that must not be underrated
MAIN = 1.25  # of a transformer's rated current, the most that its secondary breaker may have: NEC 450.3(B)
SWITCH_OHM = 1e-5  # of a closed transfer switch: 0.1 V at 10 kA


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a block is made of: a transformer (`modules` of it with N+1), UPS modules and generating sets."""

    transformer: Part
    modules: int
    ups: int
    generator: Part | None
    sets: int


def size(wish: Supply, market: Market, need_va: float) -> Sizes:
    """The smallest parts that carry a block of so many VA at its busways.

    Raises:
        SupplyFault: PWR408, where the largest does not.
    """
    spare = wish.redundancy == "N+1"
    units = wish.modules if spare else 1
    need_va *= BEHIND
    above = drawn_va(market.ups, need_va)
    wanted = above / wish.load_max / max(units - spare, 1)
    unit = market.smallest("transformer", "power_rated", wanted)
    if unit is None:
        unit = market.offered["transformer"][-1]
        if wish.transformer is None:
            text = f"a block carries {wanted / 1e6:,.2f} MVA when the worst other one is lost, and the largest transformer of the catalogue is of "
            text += f"{fact(unit, 'power_rated') / 1e6:,.2f} MVA"
            help = "a smaller busway makes smaller runs, or add a larger transformer to `parts`"
            raise SupplyFault("PWR408", "no-part-carries-it", text, "redundancy", help)
    ups = 0
    if market.ups is not None:
        ups = modules(market.ups, need_va, wish.load_max) + spare
    generator, sets = None, 0
    if wish.generators == "block":
        generator, sets = generating(market, above)
        sets += spare
    return Sizes(unit, units, ups, generator, sets)


def generating(market: Market, power_w: float) -> tuple[Part, int]:
    """The smallest set that carries so many W alone, else the largest, and how many."""
    offered = market.offered["generator"]
    part = next((p for p in offered if _watts(p) >= power_w), offered[-1])
    return part, max(1, int(np.ceil(power_w / _watts(part))))


def _watts(part: Part) -> float:
    return fact(part, "power_rated") * fact(part, "power_factor")


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of one chain; `boards` (halls, paths, groups) is the medium voltage, `spare` (halls,) that of reserves, `low_v` the
    voltage of the racks."""

    wish: Supply
    market: Market
    sizes: Sizes
    book: Book
    plan: Plan
    boards: Array
    spare: Array | None
    low_v: float

    def made(self) -> tuple[Array, Array | None]:
        """(groups of all halls, paths) where the busways of each block begin; (halls,) where those of the reserve do."""
        halls, paths, groups = self.boards.shape
        group, path = np.divmod(np.arange(halls * groups * paths), paths)
        hall, number = np.divmod(group, groups)
        words = pl.Series(letters(paths)).gather(path)
        names = named("H{:02d}-{}{}", hall + 1, number + 1, words)
        room = named("{}{}", number + 1, words) if self.spare is not None else words
        board, out = self._block(names, {"path": words, "hall_id": hall, "room": room}, self.boards[hall, path, number])
        if self.wish.ties != "none":
            self._ties(names, tied(halls, groups, paths), board)
        every, reserve = np.arange(halls), None
        if self.spare is not None:
            letter = pl.Series(["R"] * halls)
            reserve = self._block(named("H{:02d}-R", every + 1), {"path": letter, "hall_id": every, "room": letter}, self.spare)[1]
        if self.wish.transfer == "board" or (reserve is not None and self.wish.transfer == "none"):
            other = reserve[hall] if reserve is not None else out[following(halls, groups, paths)]
            out = self._switched(names, words, hall, (out, other))
        if self.wish.generators == "common":
            self._common()
        return out.reshape(-1, paths), reserve

    def switch(self, amps: float) -> Part:
        """The transfer switch for so many A.

        Raises:
            SupplyFault: PWR408, where none is large enough.
        """
        offered = [p for p in self.market.offered["transfer-switch"] if self.wish.transfer_switch or p.text("type") == "static"]
        part = next((p for p in offered if fact(p, "current_rated") >= amps), None)
        if part is None:
            largest = fact(offered[-1], "current_rated")
            given = self.wish.transfer_switch
            text = f"a transfer switch carries {amps:,.0f} A, and {'this one' if given else 'the largest of the catalogue'} is of {largest:,.0f} A"
            help = "leave it out, and the smallest that carries it is taken" if given else "`transfer: row` wants smaller ones, or add one to `parts`"
            raise SupplyFault("PWR408", "no-part-carries-it", text, "transfer_switch" if given else "transfer", help)
        return part

    def _amps(self, power_va: float) -> float:
        return float(power_va / np.sqrt(3) / self.low_v)

    def _ties(self, names: pl.Series, ends: Array, board: Array) -> None:
        amps = self._amps(fact(self.sizes.transformer, "power_rated") * max(self.sizes.modules - 1, 1))
        device = self.market.breaker(amps, self.low_v)
        wait = 0.0 if self.wish.ties == "closed" else self.wish.tie_transfer
        pairs = [names.gather(ends[:, i]) for i in (0, 1)]
        rest = {"rank": 1, "transfer_s": wait, "current_rated_a": amps, "breaker_a": amps, "device_part": device}
        ohm = max(self.market.pole_ohm(device), 1e-6)
        self.book.both_ways("tie", named("{} tie {}", *pairs), board[ends[:, 0]], board[ends[:, 1]], resistance_ohm=ohm, **rest)

    def _switched(self, name: pl.Series, path: pl.Series, hall: Array, ways: tuple[Array, Array]) -> Array:
        """What the busways of blocks begin at: a load board behind a transfer switch, below what its block gives and what stands in for it. It stands
        at the rows, in no room: neither the loss of an output nor a fire in its room is the loss of the load. A block that nothing stands in for has
        none."""
        own, other = ways
        real, found = np.flatnonzero(own != other), own.copy()
        part, amps = self.switch(self._amps(self.plan.block_va)), self._amps(self.plan.block_va) / LOW / self.wish.continuous
        kind = "static-switch" if part.text("type") == "static" else "transfer-switch"
        at, name = {"path": path.gather(real), "hall_id": hall[real]}, name.gather(real)
        found[real] = self.book.bus("board", name + " load board", self.low_v, **at)
        switch = self.book.component(kind, name + " transfer switch", part=part.name)
        device = self.market.breaker(amps, self.low_v, waits=True)
        breaker = {"resistance_ohm": max(self.market.pole_ohm(device), 1e-6), "current_rated_a": amps, "breaker_a": amps, "device_part": device}
        words = ("", " from reserve" if self.spare is not None else " from the next")
        for rank, (word, source) in enumerate(zip(words, ways, strict=True)):
            entry = self.book.node("bus", name + " switch input" + word, self.low_v, **at)
            self.book.branch("breaker", name + " output" + word, source[real], entry, **breaker)
            rest = {"rank": rank, "transfer_s": fact(part, "transfer") if rank else None, "part": part.name, "resistance_ohm": SWITCH_OHM}
            self.book.branch(kind, name + " way" + word, entry, found[real], switch, current_rated_a=fact(part, "current_rated"), **rest)
        return found

    def _block(self, name: pl.Series, where: dict[str, Any], above: Array) -> tuple[Array, Array]:
        """Board and output of blocks; `where` they stand: path, hall_id and room."""
        book, part = self.book, self.sizes.transformer
        rated, spare = fact(part, "power_rated"), self.sizes.modules > 1
        terminals = book.bus("bus", name + " terminals", self.low_v, **where)
        board = book.bus("board", name + " board", self.low_v, **where)
        amps = self._amps(rated)
        # A single path carries all day what others carry with one lost, and a breaker that within `continuous`.
        share = self.plan.block_va / least_efficiency(self.market.ups) / self.sizes.modules
        daily = self._amps(share) / LOW / self.wish.continuous if self.plan.paths == 1 else 0.0
        trips = min(max(amps, daily), MAIN * amps)
        main = self.market.breaker(trips, self.low_v)
        above_v = self.wish.substation.voltage if self.wish.substation else self.wish.utility.voltage
        device = self.market.breaker(rated / np.sqrt(3) / above_v, above_v, of_transformer=True)
        ohm = impedance(part, self.low_v) | {"power_rated_va": rated, "current_rated_a": amps, "part": part.name, "device_part": device}
        book.parallel("transformer", name + " transformer", above, terminals, self.sizes.modules, is_spare=spare, **ohm)
        closed = {"resistance_ohm": max(self.market.pole_ohm(main), 1e-6), "current_rated_a": amps, "breaker_a": trips, "device_part": main}
        book.parallel("breaker", name + " main breaker", terminals, board, self.sizes.modules, is_spare=spare, **closed)
        if self.sizes.generator is not None:
            source = book.node("generator", name + " generator", self.low_v, **where)
            columns = self._set(self.sizes.generator, self.low_v)
            wait = fact(self.sizes.generator, "start") if self.wish.start is None else self.wish.start
            book.parallel("generator", name + " generator", source, board, self.sizes.sets, is_spare=spare, rank=LAST, transfer_s=wait, **columns)
        ups = self.market.ups
        if ups is None:
            return board, board
        stores = Stores(book, self.market, ups, self.low_v, self.wish.continuous, is_spare=self.wish.redundancy == "N+1")
        return board, stores.behind(name, board, self.sizes.ups, "ups", " storage output" if ups.kind == "bess" else " UPS output", where)

    def _set(self, part: Part, volts: float) -> dict[str, Any]:
        """Columns of a branch of one generating set."""
        rated = fact(part, "power_rated")
        amps = rated / np.sqrt(3) / volts
        reactance = fact(part, "subtransient_reactance") * volts**2 / rated
        device = self.market.breaker(amps, volts)  # each set has its own
        return {"part": part.name, "power_rated_va": rated, "current_rated_a": amps, "subtransient_ohm": reactance,
                "fault_multiple": part.number("fault_multiple"), "device_part": device}  # fmt: skip

    def _common(self) -> None:
        """Sets in parallel at the medium voltage of each hall, one more than it needs, with a line to every board there."""
        halls, paths, _ = self.boards.shape
        volts = self.wish.substation.voltage if self.wish.substation else self.wish.utility.voltage
        need = self.plan.normal_va.sum(axis=1).max(initial=0.0) / least_efficiency(self.market.ups)
        part, count = generating(self.market, float(need))
        every = np.arange(halls)
        source = self.book.node("generator", named("H{:02d} generators", every + 1), volts, hall_id=every, room=GENERATORS)
        board = self.book.bus("board", named("H{:02d} generator board", every + 1), volts, hall_id=every, room=GENERATORS)
        name = named("H{:02d} generator", every + 1)
        self.book.parallel("generator", name, source, board, count + 1, is_spare=True, resistance_ohm=1e-6, **self._set(part, volts))
        hall, path, number = (x.ravel() for x in np.indices(self.boards.shape))
        to, first = np.unique(self.boards, return_index=True)
        if self.wish.medium == "ring":  # the others of a ring hang on its first
            to, first = self.boards[:, :, 0].ravel(), np.flatnonzero(number == 0)
        hall, path = hall[first], path[first]
        letter = pl.Series(letters(paths)).gather(path)
        name = named("H{:02d}-{}{}", hall + 1, number[first] + 1, letter) if self.spare is not None else named("H{:02d}-{}", hall + 1, letter)
        if self.spare is not None:
            to, hall, name = np.r_[to, self.spare], np.r_[hall, every], pl.concat([name, named("H{:02d}-R", every + 1)])
        wait = fact(part, "start") if self.wish.start is None else self.wish.start
        amps = fact(part, "power_rated") * count / np.sqrt(3) / volts
        load = self.plan.block_va * (1 if self.spare is not None else self.plan.groups) / least_efficiency(self.market.ups) / self.wish.load_max
        device = self.market.breaker(load / np.sqrt(3) / volts, volts)
        amps = min(amps, self.market.rated(device))
        rest = {"rank": LAST, "transfer_s": wait, "current_rated_a": amps, "device_part": device}
        if device is not None:
            rest["breaker_a"] = self.market.rated(device)
        self.book.branch("line", name + " from generators", board[hall], to, resistance_ohm=1e-4, **rest)
