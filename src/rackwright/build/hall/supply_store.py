"""Stores of a power chain: UPS modules in parallel with their bypass, or battery storage in line; behind a switchboard or before one busway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from rackwright.build.hall.supply_parts import Market, curve, drawn_va, fact
from rackwright.build.hall.supply_plan import Array
from rackwright.build.hall.supply_rows import Book
from rackwright.catalog.part import Part

BYPASS = 3  # rank: after ties and transfer switches
OVER_FEEDER = 1.25  # bands of pickups of 10 % tolerance, one above the other: 1.1 / 0.9


def modules(part: Part, need_va: float, load_max: float) -> int:
    """How many of them carry so many VA."""
    return max(1, int(np.ceil(need_va / load_max / fact(part, "power_rated"))))


@dataclass(frozen=True, slots=True)
class Stores:
    """Sets of `part` (a UPS or BESS) in one chain at `volts`, whose breakers carry `continuous` of their rating; with `is_spare` one module of each
    set may be out."""

    book: Book
    market: Market
    part: Part
    volts: float
    continuous: float
    is_spare: bool

    def behind(self, name: pl.Series, above: Array, count: int, kind: str, output: str, where: dict[str, Any]) -> Array:
        """Nodes of `kind`, called by their name and `output`, behind a set of `count` modules each."""
        book, part = self.book, self.part
        module = fact(part, "power_rated")
        amps = float(module / np.sqrt(3) / self.volts)
        drawn = drawn_va(part, module) / np.sqrt(3) / self.volts  # at its input, which its breaker carries at full load all day
        device = self.market.breaker(drawn / self.continuous, self.volts)  # each module has its own
        same = {"part": part.name, "power_rated_va": module, "current_rated_a": amps, "fault_multiple": fact(part, "fault_multiple"),
                "device_part": device}  # fmt: skip
        if part.kind == "bess":
            after = book.bus(kind, name + output, self.volts, **where)
            own = {"loss_no_load_w": fact(part, "loss_idle"), "ride_through_s": fact(part, "energy") / module, "resistance_ohm": 1e-6}
            book.parallel("bess", name + " storage", above, after, count, is_spare=self.is_spare, **same | own)
            return after
        after = book.bus(kind, name + output, self.volts, power_factor=fact(part, "power_factor_input"), **where)
        wait = {"ride_through_s": part.number("ride_through")}
        book.parallel("ups", name + " UPS", above, after, count, is_spare=self.is_spare, **same | curve(part) | wait)
        rest = {"rank": BYPASS, "transfer_s": fact(part, "transfer"), "current_rated_a": amps * count, "part": part.name}
        # Larger than the feeders behind it, so that these open first.
        most = max(amps * count, OVER_FEEDER * fact(self.market.busway, "current_rated"))
        rest |= {"breaker_a": most, "device_part": self.market.breaker(most, self.volts, waits=True)}
        book.branch("static-switch", name + " bypass", above, after, **rest)
        return after
