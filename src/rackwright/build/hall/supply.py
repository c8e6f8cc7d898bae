"""The power chain of a hall written out: every node, branch, feed and component from the utility to the racks.

utility -> services -> a medium-voltage board for each path of a hall -> blocks (transformer, switchboard, generator, UPS with its bypass, the way
from the reserve) -> runs of busway, one for each path that a run of racks uses -> a tap and whip for each feed of a rack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from rackwright.build.hall.supply_plan import Array, Plan, Racks, letters, plan
from rackwright.catalog.part import Part
from rackwright.schema.tables import frame, table_schema
from rackwright.spec.supply import Supply

SWITCH_S = 0.004  # static switch between two live inputs: a quarter of a cycle


@dataclass(frozen=True, slots=True)
class Take:
    """What one rack of a design takes: W at `power_factor` over `feeds` (names) of which it needs some; of each feed the whips in parallel."""

    power_w: float
    power_factor: float
    feeds: Sequence[str]
    needed: int
    whip_ohm: Sequence[float]
    whip_a: Sequence[float]
    breaker_a: Sequence[float]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Parts of the chain; `transformers` those to choose from, smallest first."""

    feeder: Part
    transformers: Sequence[Part]
    ups: Part | None
    busway: Part


class _Rows:
    """Rows of a table gathered as columns; scalars are spread."""

    def __init__(self, key: str) -> None:
        self.key, self.count, self.parts = key, 0, list[pl.DataFrame]()

    def add(self, count: int, **columns: Any) -> Array:
        """Ids of `count` new rows."""
        ids = np.arange(self.count, self.count + count)
        spread = {k: np.broadcast_to(np.asarray(v), count) if not isinstance(v, pl.Series) else v for k, v in columns.items() if v is not None}
        self.parts.append(pl.DataFrame({self.key: ids.astype(np.int32), **{k: pl.Series(k, np.ascontiguousarray(v)) for k, v in spread.items()}}))
        self.count += count
        return ids

    def table(self, name: str) -> pl.DataFrame:
        """As table `name`; what rows leave open has the default of its column."""
        made = pl.concat(self.parts, how="diagonal_relaxed")
        given = {c.name: float(c.default) for c in table_schema(name).columns if c.default and c.dtype != "bool" and c.name in made.columns}
        return frame(name, made.with_columns(pl.col(c).fill_null(v) for c, v in given.items()))


class Chain:
    """One expansion. `racks` has columns rack_id, name, hall_id, row, position, x_mm, y_mm, width_mm; `take` (n,) says which of `takes` each is."""

    def __init__(self, wish: Supply, chosen: Chosen, racks: pl.DataFrame, takes: Sequence[Take], take: Array, src: int) -> None:
        self.wish, self.chosen, self.racks, self.takes, self.take, self.src = wish, chosen, racks, takes, take, src
        self.node, self.branch, self.component = _Rows("node_id"), _Rows("branch_id"), _Rows("component_id")
        self.low_v = 415.0
        self.halls = int(racks["hall_id"].max() or 0) + 1  # type: ignore[arg-type]

    def tables(self, low_v: float) -> dict[str, pl.DataFrame]:
        """The four tables; `low_v` is the voltage that the racks want."""
        self.low_v = low_v
        plan = self._plan()
        boards = self._medium(plan)
        out = self._blocks(plan, boards)
        feeds = self._runs(plan, out)
        made = {"supply_nodes": self.node, "supply_branches": self.branch, "supply_components": self.component}
        return {k: v.table(k) for k, v in made.items()} | {"supply_feeds": frame("supply_feeds", feeds)}

    def _plan(self) -> Plan:
        load = np.array([t.power_w / t.power_factor for t in self.takes])[self.take]
        feeds = np.array([len(t.feeds) for t in self.takes])[self.take]
        needed = np.array([t.needed for t in self.takes])[self.take]
        hall, row, place = (self.racks[c].to_numpy() for c in ("hall_id", "row", "position"))
        busway = self.wish.continuous * np.sqrt(3) * self.low_v * _fact(self.chosen.busway, "current_rated")
        most = _fact(self.chosen.transformers[-1], "power_rated") * self.wish.load_max * self._efficiency()
        made = plan(Racks(hall, row, place, load, feeds, needed), self.wish.redundancy, float(busway), most)
        wanted = made.block_va / self.wish.load_max / self._efficiency()
        fitting = [p for p in self.chosen.transformers if _fact(p, "power_rated") >= wanted]
        self.transformer = fitting[0] if fitting else self.chosen.transformers[-1]
        return made

    def _efficiency(self) -> float:
        ups = self.chosen.ups
        return min(_fact(ups, f"efficiency_{i}") for i in (25, 50, 75, 100)) if ups else 1.0

    def _add(self, kind: str, name: pl.Series, a: Array, b: Array, **columns: Any) -> Array:
        """Branches, each a component of its own."""
        own = self.component.add(len(name), name=name, kind=kind, part=columns.get("part"), src=self.src)
        zero = {"rank": 0, "resistance_ohm": 0.0, "reactance_ohm": 0.0}
        return self.branch.add(len(name), name=name, kind=kind, a_node_id=a, b_node_id=b, component_id=own, src=self.src, **(zero | columns))

    def _bus(self, kind: str, name: pl.Series, voltage: float, **columns: Any) -> Array:
        """Nodes, each a component of its own."""
        made = self.node.add(len(name), name=name, kind=kind, voltage_nominal_v=voltage, src=self.src, **columns)
        self.component.add(len(name), name=name, kind=kind, node_id=made, src=self.src)
        return made

    def _medium(self, plan: Plan) -> Array:
        """(halls, paths) medium-voltage boards, each at the end of as many cables in parallel as its blocks need."""
        u, paths = self.wish.utility, plan.paths
        words = letters(paths)
        grid = self._bus("grid", pl.Series(["utility"]), u.voltage)
        services = min(u.services or (1 if paths == 1 else 2), paths)
        names = pl.Series([f"service {i + 1}" for i in range(services)])
        at = self.node.add(services, name=names, kind="bus", voltage_nominal_v=u.voltage, src=self.src)
        size = u.voltage / np.sqrt(3) / u.fault_current
        r = size / np.hypot(1.0, u.x_r)
        self._add("source", names, np.repeat(grid, services), at, resistance_ohm=r, reactance_ohm=r * u.x_r)
        hall, path = (x.ravel() for x in np.divmod(np.arange(self.halls * paths), paths))
        name = _named("H{:02d}-{} medium-voltage", hall + 1, [words[p] for p in path])
        boards = self._bus("board", name + " board", u.voltage, path=pl.Series([words[p] for p in path]), hall_id=hall)
        part, metres = self.chosen.feeder, self.wish.feeder_length / 1000
        amps = _fact(part, "current_rated")
        load = plan.block_va * plan.groups / self._efficiency()
        cables = max(1, int(np.ceil(load / (self.wish.load_max * np.sqrt(3) * u.voltage * amps))))
        ohm = {f"{k}_ohm": _fact(part, f"{k}_per_m") * metres / cables for k in ("resistance", "reactance")}
        amps *= cables
        self._add(
            "line", name + " feeder", at[path % services], boards, part=part.name, current_rated_a=amps, length_mm=self.wish.feeder_length, **ohm
        )
        return boards.reshape(self.halls, paths)

    def _blocks(self, plan: Plan, boards: Array) -> Array:
        """(groups of all halls, paths) where the busways of each block begin."""
        words = letters(plan.paths)
        block = np.arange(self.halls * plan.groups * plan.paths)
        group, path = np.divmod(block, plan.paths)
        hall, number = np.divmod(group, plan.groups)
        name = _named("H{:02d}-{}{}", hall + 1, number + 1, [words[p] for p in path])
        out = self._block(name, hall, pl.Series([words[p] for p in path]), boards[hall, path], plan)
        if self.wish.redundancy == "block":
            every = np.arange(self.halls)
            reserve = self._block(_named("H{:02d}-R", every + 1), every, pl.Series(["R"] * self.halls), boards[:, 0], plan)
            amps = self._amps(_fact(self.transformer, "power_rated"))
            self._add("static-switch", name + " from reserve", reserve[hall], out, rank=1, transfer_s=SWITCH_S, current_rated_a=amps)
        return out.reshape(-1, plan.paths)

    def _amps(self, power_va: float) -> float:
        return float(power_va / np.sqrt(3) / self.low_v)

    def _block(self, name: pl.Series, hall: Array, path: pl.Series, above: Array, plan: Plan) -> Array:
        """Transformer, switchboard, generator and UPS of blocks; the nodes that feed busways."""
        part, where = self.transformer, {"path": path, "hall_id": hall}
        rated, loss = _fact(part, "power_rated"), _fact(part, "loss_load")
        base, r = self.low_v**2 / rated, loss / rated
        x = np.sqrt(_fact(part, "impedance") ** 2 - r**2)
        board = self._bus("board", name + " board", self.low_v, **where)
        amps = self._amps(rated)
        ohm = {"resistance_ohm": r * base, "reactance_ohm": x * base, "loss_no_load_w": _fact(part, "loss_no_load")}
        self._add(
            "transformer", name + " transformer", above, board, part=part.name, power_rated_va=rated, current_rated_a=amps, breaker_a=amps, **ohm
        )
        ups, rank = self.chosen.ups, 8  # generators come after every other way
        if self.wish.generators:
            source = self.node.add(len(name), name=name + " generator", kind="generator", voltage_nominal_v=self.low_v, src=self.src, **where)
            self._add(
                "generator", name + " generator", source, board, rank=rank, power_rated_va=rated, current_rated_a=amps, transfer_s=self.wish.start
            )
        if ups is None:
            return board
        factor = _fact(ups, "power_factor_input")
        after = self.node.add(
            len(name), name=name + " UPS output", kind="ups", voltage_nominal_v=self.low_v, power_factor=factor, src=self.src, **where
        )
        module = _fact(ups, "power_rated")
        size = module * max(1, int(np.ceil(plan.block_va / self.wish.load_max / module)))
        curve = {f"efficiency_{i}": _fact(ups, f"efficiency_{i}") for i in (25, 50, 75, 100)}
        self._add(
            "ups",
            name + " UPS",
            board,
            after,
            part=ups.name,
            power_rated_va=size,
            current_rated_a=self._amps(size),
            fault_multiple=_fact(ups, "fault_multiple"),
            **curve,
        )
        wait = _fact(ups, "transfer")
        self._add("static-switch", name + " bypass", board, after, rank=2, transfer_s=wait, current_rated_a=self._amps(size), part=ups.name)
        return after

    def _runs(self, plan: Plan, out: Array) -> dict[str, Any]:
        """Busways, taps and whips; the columns of table supply_feeds."""
        rack, slot = np.nonzero(plan.path >= 0)
        path, run = plan.path[rack, slot], plan.run[rack]
        columns = {c: self.racks[c].to_numpy() for c in ("hall_id", "position", "x_mm", "y_mm", "width_mm")}
        key, way = np.unique(run * plan.paths + path, return_inverse=True)
        ways_run, ways_path = np.divmod(key, plan.paths)
        words, hall = letters(plan.paths), np.zeros(len(key), np.int64)
        hall[way] = columns["hall_id"][rack]
        letter = [words[p] for p in ways_path]
        name = _named("H{:02d} run {}{}", hall + 1, ways_run + 1, letter)
        component = self.component.add(len(key), name=name + " busway", kind="busway", part=self.chosen.busway.name, src=self.src)
        head = self.node.add(
            len(key), name=name + " head", kind="busway", voltage_nominal_v=self.low_v, path=pl.Series(letter), hall_id=hall, src=self.src
        )
        length = np.full(len(key), self.wish.busway_feeder)
        bus = self._busway(length)
        self._add("breaker", name + " feeder", out[plan.group[ways_run], ways_path], head, breaker_a=bus["current_rated_a"], **bus)

        place, at = np.unique(np.column_stack((way, columns["position"][rack], rack)), axis=0, return_inverse=True)
        of, tapped = place[:, 0], place[:, 2]
        x, y = (columns[c][tapped] for c in ("x_mm", "y_mm"))
        first = np.r_[True, of[1:] != of[:-1]]
        step = np.r_[0, np.abs(np.diff(x)) + np.abs(np.diff(y))]
        where = {"path": pl.Series(words).gather(ways_path[of]), "hall_id": hall[of], "x_mm": x, "y_mm": y}
        names = self.racks["name"].gather(tapped) + " " + where["path"]
        tap = self.node.add(len(place), name=names + " tap", kind="tap", voltage_nominal_v=self.low_v, src=self.src, **where)
        above = np.where(first, head[of], np.r_[0, tap[:-1]])
        ohm = self._busway(np.where(first, columns["width_mm"][tapped] / 2, step))
        self.branch.add(
            len(place), name=names + " busway", kind="busway", a_node_id=above, b_node_id=tap, rank=0, component_id=component[of], src=self.src, **ohm
        )
        return self._whips(rack, slot, tap[at.ravel()], pl.Series(words).gather(path))

    def _busway(self, length_mm: Array) -> dict[str, Any]:
        part = self.chosen.busway
        ohm = {f"{k}_ohm": _fact(part, f"{k}_per_m") * length_mm / 1000 for k in ("resistance", "reactance")}
        return {"part": part.name, "current_rated_a": _fact(part, "current_rated"), "length_mm": length_mm.astype(float), **ohm}

    def _whips(self, rack: Array, slot: Array, tap: Array, path: pl.Series) -> dict[str, Any]:
        """One row a feed of a rack."""
        width, take = max(len(t.feeds) for t in self.takes), self.take[rack]

        def of(column: str) -> Array:
            return np.array([[*getattr(t, column), *[np.nan] * (width - len(t.feeds))] for t in self.takes])[take, slot]

        feed = pl.Series([f for t in self.takes for f in [*t.feeds, *[""] * (width - len(t.feeds))]]).gather(take * width + slot)
        per = {k: np.array([getattr(t, k) for t in self.takes])[take] for k in ("power_w", "power_factor", "needed")}
        count = np.array([len(t.feeds) for t in self.takes])[take]
        name, ids = self.racks["name"].gather(rack) + " feed " + feed, self.racks["rack_id"].gather(rack).to_numpy()
        where = {"path": path, **{c: self.racks[c].gather(rack).to_numpy() for c in ("hall_id", "x_mm", "y_mm")}}
        end = self.node.add(
            len(rack), name=name, kind="rack", voltage_nominal_v=self.low_v, rack_id=ids, power_factor=per["power_factor"], src=self.src, **where
        )
        self._add("whip", name + " whip", tap, end, resistance_ohm=of("whip_ohm"), current_rated_a=of("whip_a"), breaker_a=of("breaker_a"))
        feeds = np.arange(len(rack), dtype=np.int32)
        power = per["power_w"] / count
        return {"feed_id": feeds, "rack_id": ids, "feed": feed, "path": path, "node_id": end, "power_w": power, "feeds_needed": per["needed"],
                "src": np.full(len(rack), self.src)}  # fmt: skip


def _fact(part: Part, name: str) -> float:
    """A fact that its kind requires."""
    return float(part.number(name) or 0.0)


def _named(pattern: str, *columns: Any) -> pl.Series:
    return pl.Series([pattern.format(*row) for row in zip(*(list(c) for c in columns), strict=True)], dtype=pl.String)
