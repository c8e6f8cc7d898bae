"""Runs of a power chain: feeders, transfer switches and sidecars at their heads, busways over the racks, taps, whips and feeds.

Each run has a busway for each path that its racks use. A tap is named after its rack and path; its place is told along the busway. Shelves load three
phases alike; the cords of PDUs are dealt to the phases in turn, and the next rack goes on where the last one on the busway stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from rackwright.build.hall.supply_blocks import SWITCH_OHM
from rackwright.build.hall.supply_parts import Market, curve, drawn_va, fact
from rackwright.build.hall.supply_plan import Array, Plan, following, letters
from rackwright.build.hall.supply_rows import Book, named
from rackwright.build.hall.supply_store import Stores, modules
from rackwright.catalog.part import Part
from rackwright.spec.supply import Supply


@dataclass(frozen=True, slots=True)
class Loss:
    """What a rack of one kind has `number` of: `kind` shelf, pdu or psu, its `part`, and whether the rack is dark with any one of them out, by the
    load flow of its own design.
    """

    kind: str
    name: str
    part: str | None
    number: int
    is_dark: bool


@dataclass(frozen=True, slots=True)
class Take:
    """What racks of one kind take at `power_factor` over `feeds` (names) of which they need some; of each feed the whips in parallel.

    `cords`: single-phase cords on each feed; 0: it loads three phases alike. `busbar`: share of its input that reaches the busbar of a rack with AC
    shelves; NaN: it has none, and nothing can take the place of its AC inlets. `ride_s`: how long its batteries carry it; NaN: none. `losses`: what
    of its own may fail. `inlet_v`: least rated voltage of the inlets of its cords; NaN: it has none, or it is not known.
    """

    feeds: Sequence[str]
    needed: int
    power_factor: float
    whip_ohm: Sequence[float]
    whip_a: Sequence[float]
    breaker_a: Sequence[float]
    whips: Sequence[int]
    cords: int = 0
    busbar: float = float("nan")
    ride_s: float = float("nan")
    losses: Sequence[Loss] = ()
    inlet_v: float = float("nan")


def shelved(market: Market, racks: pl.DataFrame, takes: Sequence[Take], take: Array, share: Array) -> list[Take]:
    """The takes with the feeds that racks behind sidecars need where DC shelves, as many as of AC and dealt to the feeds alike, stand in them.

    As many as the power of the shelves on the live ones asks for, and no fewer than by their design. `racks`, `take` and `share` (n,) as of `Runs`.
    """
    made = list(takes)
    for i in np.unique(take[~np.isnan(share)]).tolist():
        own, part = takes[i], market.dc_shelf
        number, feeds = sum(loss.number for loss in own.losses if loss.kind == "shelf"), len(own.feeds)
        if part is None or not number:
            continue
        want = float(racks["power_w"].to_numpy()[take == i].max()) * own.busbar
        enough = [n for n in range(1, feeds) if number * n // feeds * fact(part, "power_rated") >= want * (1 - 1e-9)]
        made[i] = replace(own, needed=max(own.needed, min(enough, default=feeds)))
    return made


@dataclass(frozen=True, slots=True)
class Side:
    """What racks hang on: the busway over them, its voltage, and the sidecar before it, none for AC."""

    busway: Part
    volts: float
    sidecar: Part | None


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of one chain. `racks`, `take` (n,) and `power_w` (n,) are the racks fed; `out` and `reserve` where busways may begin.

    `share` (n,): what a rack takes of its AC power behind sidecars; NaN: it takes AC.
    """

    wish: Supply
    market: Market
    book: Book
    plan: Plan
    racks: pl.DataFrame
    takes: Sequence[Take]
    take: Array
    share: Array
    low_v: float
    switch: Callable[[float], Part]

    def made(self, out: Array, reserve: Array | None, *, is_ac: bool) -> pl.DataFrame:
        """Busways, taps and whips of racks that take AC or DC; the columns of table supply_feeds but its key."""
        rack, slot = np.nonzero((self.plan.path >= 0) & (np.isnan(self.share) == is_ac)[:, None])
        if not len(rack):
            return pl.DataFrame()
        side = self._side(is_ac)
        path, run = self.plan.path[rack, slot], self.plan.run[rack]
        columns = {c: self.racks[c].to_numpy() for c in ("hall_id", "position", "x_mm", "y_mm", "width_mm")}
        key, way = np.unique(run * (self.plan.paths + 1) + path, return_inverse=True)
        ways_run, ways_path = np.divmod(key, self.plan.paths + 1)
        words, hall = letters(self.plan.paths + 1), np.zeros(len(key), np.int64)
        hall[way] = columns["hall_id"][rack]
        letter = pl.Series(words).gather(ways_path)
        name = named("H{:02d} run {}{}", hall + 1, ways_run + 1, letter)
        load = np.bincount(way, self._worst(rack), len(key))
        head = self._heads(name, {"path": letter, "hall_id": hall}, self._sources(out, reserve, hall, ways_run, ways_path), side, load)
        if side.sidecar is not None:
            middle = {c: np.bincount(way, columns[c][rack]) / np.bincount(way) for c in ("x_mm", "y_mm")}
            self.book.cabinets.append(pl.DataFrame({"name": name + " sidecar", "node_id": head, "hall_id": hall.astype(np.int32), **middle}))
        place, at = np.unique(np.column_stack((way, columns["position"][rack], rack)), axis=0, return_inverse=True)
        of, tapped = place[:, 0], place[:, 2]
        x, y = (columns[c][tapped] for c in ("x_mm", "y_mm"))
        first = np.r_[True, of[1:] != of[:-1]]
        step = np.where(first, columns["width_mm"][tapped] / 2, np.r_[0, np.abs(np.diff(x)) + np.abs(np.diff(y))])
        ends = np.cumsum(step)
        along = ends - np.repeat((ends - step)[first], np.diff(np.r_[np.flatnonzero(first), len(of)]))
        where = {"path": letter.gather(of), "hall_id": hall[of], "x_mm": x, "y_mm": y, "position_mm": np.rint(along).astype(np.int64)}
        section, piece = np.unique(np.column_stack((of, np.ceil(along / SECTION_MM).clip(1))).astype(np.int64), axis=0, return_inverse=True)
        called = named("{} busway section {}", name.gather(section[:, 0]), section[:, 1])
        component = self.book.component("busway", called, part=side.busway.name)[piece.ravel()]
        names = self.racks["name"].gather(tapped) + " " + where["path"]
        tap = self.book.node("tap", names + " tap", side.volts, is_ac=is_ac, **where)
        above = np.where(first, head[of], np.r_[0, tap[:-1]])
        self.book.branch("busway", names + " busway", above, tap, component, **bar(side.busway, step))
        return pl.DataFrame(self._whips(rack, slot, tap[at.ravel()], pl.Series(words).gather(path), way, side))

    def own(self) -> None:
        """Shelves, PDUs and PSUs of racks, a component for all alike: the loss of any one of them does the same.

        Behind sidecars the shelves are of DC, as many as the design has of AC; a rack is dark without one where it is by its design, or where the
        rest cannot give what its busbar takes. What is inside such a shelf is not known.
        """
        for i, take in enumerate(self.takes):
            for is_ac in (True, False):
                racks = np.flatnonzero((self.take == i) & (np.isnan(self.share) == is_ac))
                for loss in take.losses if len(racks) else ():
                    if is_ac or loss.kind == "shelf":
                        self._lose(loss if is_ac else self._direct(loss, take, int(racks[0])), racks)

    def _direct(self, loss: Loss, take: Take, rack: int) -> Loss:
        """The loss of a DC shelf in place of that of an AC one."""
        part = self.market.dc_shelf
        assert part is not None
        short = (loss.number - 1) * fact(part, "power_rated") < float(self.racks["power_w"][rack]) * take.busbar
        return replace(loss, name=loss.name.replace(str(loss.part), part.name), part=part.name, is_dark=loss.is_dark or short)

    def _lose(self, loss: Loss, racks: Array) -> None:
        lost = float(self.racks["power_w"][int(racks[0])]) if loss.is_dark else 0.0
        self.book.component(loss.kind, pl.Series([loss.name]), part=loss.part, quantity=loss.number * len(racks), load_lost_w=lost)

    def _side(self, is_ac: bool) -> Side:
        if is_ac:
            return Side(self.market.busway, self.low_v, None)
        assert self.market.sidecar is not None
        assert self.market.dc_busway is not None
        return Side(self.market.dc_busway, fact(self.market.sidecar, "voltage_output"), self.market.sidecar)

    def _sources(self, out: Array, reserve: Array | None, hall: Array, run: Array, path: Array) -> tuple[Array, Array]:
        """(ways,) nodes that feed each busway, and that may instead; the same where there is none or no transfer switch."""
        group, is_shared = self.plan.group[run], path == self.plan.paths
        at = np.where(is_shared, self.plan.home[run], path)
        own = out[group, at]
        if self.wish.transfer != "row":
            return own, np.where(is_shared, out[group, 1 - at], own) if is_shared.any() else own
        halls = len(out) // self.plan.groups
        following_ = out.ravel()[following(halls, self.plan.groups, self.plan.paths)].reshape(out.shape)
        return own, reserve[hall] if reserve is not None else following_[group, at]

    def _worst(self, rack: Array) -> Array:
        """(f,) VA that a feed of each of these racks draws while only as many live as it needs."""
        factor, needed = (np.array([getattr(t, c) for t in self.takes])[self.take[rack]] for c in ("power_factor", "needed"))
        return np.asarray(self.racks["power_w"].to_numpy()[rack] / factor / np.maximum(needed, 1))

    def _heads(self, name: pl.Series, where: dict[str, Any], sources: tuple[Array, Array], side: Side, load_va: Array) -> Array:
        """Where the busways over the racks begin, fed from their blocks; through a transfer switch where two may."""
        feeder, sidecar, row_ups = self.market.busway, side.sidecar, None if side.sidecar else self.market.row_ups
        count = 1
        if sidecar is not None:
            amps = drawn_va(sidecar, fact(sidecar, "power_rated")) / np.sqrt(3) / self.low_v
            count = max(1, int(np.ceil(amps / (self.wish.continuous * fact(feeder, "current_rated")))))
        own, other = sources
        bus = bar(feeder, np.array([self.wish.busway_feeder]), count)
        columns = {k: v[0] if isinstance(v, np.ndarray) else v for k, v in bus.items()}
        columns |= {"breaker_a": bus["current_rated_a"], "device_part": self.market.breaker(bus["current_rated_a"], self.low_v)}
        kind, text = ("bus", " sidecar input") if sidecar else ("bus", " UPS input") if row_ups else ("busway", " head")
        head = self.book.node(kind, name + text, self.low_v, **where)
        plain = own == other
        if plain.any():
            self.book.branch("breaker", (name + " feeder").filter(pl.Series(plain)), own[plain], head[plain], **columns)
        if not plain.all():
            keep = pl.Series(~plain)
            at = {k: v.filter(keep) if isinstance(v, pl.Series) else v[~plain] for k, v in where.items()}
            self._switched(name.filter(keep), at, (own[~plain], other[~plain]), head[~plain], columns)
        if sidecar is not None:
            return self._sidecars(name, where, head, sidecar, side.volts)
        return head if row_ups is None else self._stores(name, where, head, row_ups, load_va)

    def _stores(self, name: pl.Series, where: dict[str, Any], above: Array, part: Part, load_va: Array) -> Array:
        """A UPS before each busway, of as many modules as it needs when other feeds of its racks are lost."""
        spare = self.wish.redundancy == "N+1"
        stores = Stores(self.book, self.market, part, self.low_v, self.wish.continuous, is_spare=spare)
        counts, head = np.array([modules(part, x, self.wish.load_max) for x in load_va.tolist()]) + spare, np.empty(len(above), np.int64)
        for count in np.unique(counts).tolist():
            own = np.flatnonzero(counts == count)
            at = {k: v.gather(own) if isinstance(v, pl.Series) else v[own] for k, v in where.items()}
            head[own] = stores.behind(name.gather(own), above[own], count, "busway", " head", at)
        return head

    def _switched(self, name: pl.Series, where: dict[str, Any], sources: tuple[Array, Array], head: Array, columns: dict[str, Any]) -> None:
        """A transfer switch before each head: its block, and another one in reserve."""
        part = self.switch(columns["current_rated_a"] * self.wish.continuous)
        kind = "static-switch" if part.text("type") == "static" else "transfer-switch"
        component = self.book.component(kind, name + " transfer switch", part=part.name)
        amps = min(fact(part, "current_rated"), float(columns["current_rated_a"]))
        for rank, (word, source) in enumerate(zip(("", " second"), sources, strict=True)):
            entry = self.book.node("bus", name + word + " input", self.low_v, **where)
            self.book.branch("breaker", name + word + " feeder", source, entry, **columns)
            wait = fact(part, "transfer") if rank else None
            rest = {"rank": rank, "transfer_s": wait, "current_rated_a": amps, "part": part.name, "resistance_ohm": SWITCH_OHM}
            self.book.branch(kind, name + word + " way", entry, head, component, **rest)

    def _sidecars(self, name: pl.Series, where: dict[str, Any], above: Array, part: Part, volts: float) -> Array:
        """A sidecar between each feeder and its DC busway."""
        rated, factor = fact(part, "power_rated"), fact(part, "power_factor_input")
        head = self.book.node("busway", name + " DC head", volts, is_ac=False, power_factor=factor, **where)
        rest = {"power_rated_va": rated, "current_rated_a": rated / volts, "fault_multiple": fact(part, "fault_multiple"), "part": part.name}
        rest |= {"ride_through_s": part.number("ride_through"), "fault_hold_s": part.number("fault_hold")}
        self.book.branch("rectifier", name + " sidecar", above, head, **rest, **curve(part))
        return head

    def _of(self, column: str, take: Array, slot: Array) -> Array:
        """(f,) what the takes say of each feed."""
        width = max(len(t.feeds) for t in self.takes)
        return np.array([[*getattr(t, column), *[np.nan] * (width - len(t.feeds))] for t in self.takes])[take, slot]

    def _whips(self, rack: Array, slot: Array, tap: Array, path: pl.Series, way: Array, side: Side) -> dict[str, Any]:
        """One row a feed of a rack."""
        width, take = max(len(t.feeds) for t in self.takes), self.take[rack]
        feed = pl.Series([f for t in self.takes for f in [*t.feeds, *[""] * (width - len(t.feeds))]]).gather(take * width + slot)
        factor, needed, count, cords = (np.array([f(t) for t in self.takes])[take] for f in _KINDS)
        name, ids = self.racks["name"].gather(rack) + " feed " + feed, self.racks["rack_id"].gather(rack).to_numpy()
        where = {"path": path, **{c: self.racks[c].gather(rack).to_numpy() for c in ("hall_id", "x_mm", "y_mm")}}
        design = self.racks["power_w"].to_numpy()[rack] / count
        is_ac = side.sidecar is None
        power, factor = (design, factor) if is_ac else (design * self.share[rack], np.ones(len(rack)))
        end = self.book.node("rack", name, side.volts, rack_id=ids, power_factor=factor, is_ac=is_ac, **where)
        columns = self._whip(take, slot) if is_ac else self._dc_whip(side.volts, power * count / np.maximum(needed, 1))
        self.book.taps(name + " tap", self.book.branch("whip", name + " whip", tap, end, **columns))
        made = {"rack_id": ids, "feed": feed, "path": path, "node_id": end, "tap_id": tap,
                "power_w": power, "power_design_w": design, "feeds_needed": needed,
                "ride_through_s": pl.Series(np.array([t.ride_s for t in self.takes])[take]).fill_nan(None),
                "voltage_inlet_v": pl.Series(np.array([t.inlet_v for t in self.takes])[take]).fill_nan(None) if is_ac else None,
                "src": np.full(len(rack), self.book.src)}  # fmt: skip
        return made | (_phases(power, cords, way, self.racks["position"].to_numpy()[rack]) if is_ac else {})

    def _whip(self, take: Array, slot: Array) -> dict[str, Any]:
        """Columns of the whips, as the designs have them."""
        number, breaker = self._of("whips", take, slot).astype(np.int64), self._of("breaker_a", take, slot)
        ratings, which = np.unique(breaker / number, return_inverse=True)
        devices = pl.Series([self.market.breaker(float(r), self.low_v) for r in ratings], dtype=pl.String).gather(which.ravel())
        return {"resistance_ohm": self._of("whip_ohm", take, slot), "current_rated_a": self._of("whip_a", take, slot), "breaker_a": breaker,
                "modules": number, "device_part": devices}  # fmt: skip

    def _dc_whip(self, volts: float, worst_w: Array) -> dict[str, Any]:
        """Columns of DC whips, as many in parallel as the greatest load of the feed needs within `continuous`."""
        part = self.market.dc_whip
        assert part is not None
        amps = fact(part, "current_rated")
        number = np.maximum(1, np.ceil(worst_w / volts / (amps * self.wish.continuous))).astype(np.int64)
        ohm = 2 * WHIP_M * fact(part, "resistance_per_m") / number
        return {"resistance_ohm": ohm, "current_rated_a": amps * number, "breaker_a": amps * number, "modules": number, "part": part.name,
                "length_mm": 1000 * WHIP_M, "device_part": self.market.fuse(amps, volts)}  # fmt: skip


def _phases(power: Array, cords: Array, way: Array, position: Array) -> dict[str, Any]:
    """Power on each phase."""
    order = np.lexsort((position, way))
    counted, start = cords[order], np.empty(len(way), np.int64)
    begins = np.cumsum(counted) - counted
    start[order] = (begins - begins[np.searchsorted(way[order], way[order])]) % 3
    made = {}
    for phase in range(3):
        own = cords // 3 + ((phase - start) % 3 < cords % 3)
        made[f"power_l{phase + 1}_w"] = power * np.where(cords > 0, own / np.maximum(cords, 1), 1 / 3)
    return made


SECTION_MM = 3048
"""Length of a section of busway, after which the next is bolted on: 10 ft, the usual straight piece. A failure takes one and what lies behind it."""
WHIP_M = 4.0
"""Length of a DC whip: from the busway over the rack to its inlet."""
_KINDS = (lambda t: t.power_factor, lambda t: t.needed, lambda t: len(t.feeds), lambda t: t.cords)


def bar(part: Part, length_mm: Array, count: int = 1) -> dict[str, Any]:
    """Columns of pieces of busway, `count` in parallel; of a DC one its resistance is that of both bars."""
    ohm = {f"{k}_ohm": fact(part, f"{k}_per_m") * length_mm / 1000 / count for k in ("resistance", "reactance")}
    return {"part": part.name, "current_rated_a": fact(part, "current_rated") * count, "length_mm": length_mm.astype(float), "modules": count, **ohm}
