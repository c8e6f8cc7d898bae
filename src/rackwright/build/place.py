"""Where everything stands: units for every device, chosen where the spec leaves them open, then millimetres for devices and ports.

Groups are blocks in a stack. Every order of the blocks that keeps the constraints, and every split of a group around the one within it, is
tried (up to `TRIES`); the best is the one with, in this order: room for every device, neighbours that stay together, the centre of mass (of
frame and devices) within its limit, the fewest scale-up cables beyond their reach, busbar sections within their rating, the shortest scale-up
cables, the lowest centre of mass. Own search, because a solver would need |z| differences of every
tray pair linearised to answer what a few hundred layouts answer exactly (decisions/0003).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

import numpy as np
import polars as pl

from rackwright.base.findings import DesignError, Finding
from rackwright.base.spans import Span
from rackwright.base.stage import stage
from rackwright.schema.tables import Tables, frame
from rackwright.spec.rack import RackSpec

TRIES = 5000


@dataclass(frozen=True, slots=True)
class Block:
    """Devices that stand in one stack, from the bottom up; `name` is the group (or zone) that the spec's order speaks of."""

    name: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to stack the rack: lowest unit per device (0: no room), and how the choice was made."""

    units: dict[int, int]
    score: tuple[float, ...]
    order: tuple[str, ...]


@stage(reads=("devices", "racks", "ports", "parts", "part_facts", "inputs", "spans"), writes=("devices", "ports", "inputs"))
def place(spec: RackSpec, t: Tables) -> dict[str, pl.DataFrame]:
    """Devices and ports with positions. A device without room keeps an empty position; a rule says so.

    Raises:
        DesignError: SPC108, no layout keeps `order` and `together`.
    """
    devices = t["devices"]
    fixed = _given(spec, devices)
    taken = {u for d, u0 in fixed.items() for u in range(u0, u0 + _height(devices, d))}
    free = _free_units(spec, t, taken)
    judge = _Judge(spec, t)
    layouts = [Layout(units | fixed, judge.score(units | fixed), order) for units, order in _layouts(spec, devices, fixed, free)]
    if not layouts:
        raise _no_layout(t)
    best = min(layouts, key=lambda y: y.score)
    placed = _positions(t, best.units, set(fixed))
    inputs = _note(t, best, len(layouts)) if len(layouts) > 1 else t["inputs"]
    return {"devices": placed, "ports": _ports(t["ports"], placed), "inputs": inputs}


def _no_layout(t: Tables) -> DesignError:
    place = t["spans"].filter(pl.col("src") == t.input_src("placement.together")).row(0, named=True)
    where = Span(*(place[c] for c in ("file", "line", "column", "end_line", "end_column")))
    text, help = "no layout keeps both `order` and `together`", "take one group out of `together`, or move it in the order"
    return DesignError([Finding("SPC108", "contradiction", "error", text, where, help=help)])


def _height(devices: pl.DataFrame, device: int) -> int:
    return int(devices["height_u"][device])


def _given(spec: RackSpec, devices: pl.DataFrame) -> dict[int, int]:
    """Units the spec gives; members are numbered from the bottom up."""
    found: dict[int, int] = {}
    for name, g in spec.trays.items():
        if g.at is not None:
            found |= dict(zip(devices.filter(pl.col("group") == name)["device_id"], sorted(g.at), strict=True))
    return found


def _free_units(spec: RackSpec, t: Tables, taken: set[int]) -> list[int]:
    kept = {u for k in spec.placement.keep_out for u in k.units} | taken
    return [u for u in range(max(spec.placement.first_unit, 1), int(t["racks"]["height_units"][0]) + 1) if u not in kept]


def _layouts(spec: RackSpec, devices: pl.DataFrame, fixed: dict[int, int], free: list[int]) -> Iterator[tuple[dict[int, int], tuple[str, ...]]]:
    heights = devices["height_u"].to_list()
    bounds = _bounds(spec, devices, fixed)
    for blocks in islice(_stacks(spec, devices, fixed), TRIES):
        yield _fill(_runs(spec, blocks), heights, free, bounds), tuple(b.name for b in blocks)


def _bounds(spec: RackSpec, devices: pl.DataFrame, fixed: dict[int, int]) -> dict[str, tuple[int, int]]:
    """Lowest and highest unit that `order` leaves a group beside the groups whose `at` is given."""
    order = spec.placement.order or []
    stands = {name: [(u, u + _height(devices, d)) for d, u in fixed.items() if devices["group"][d] == name] for name in order}
    return {
        name: (
            max((end for below in order[:i] for _, end in stands[below]), default=1),
            min((start - 1 for above in order[i + 1 :] for start, _ in stands[above]), default=10**6),
        )
        for i, name in enumerate(order)
        if order.count(name) == 1
    }


def _runs(spec: RackSpec, blocks: tuple[Block, ...]) -> list[list[Block]]:
    """Blocks in their order: neighbours of a row of `together` in one run, which must not be torn; every other device in a run of its own."""
    runs: list[list[Block]] = []
    rows = [set(row) for row in spec.placement.together]
    for block in blocks:
        if runs and any({runs[-1][-1].name, block.name} <= row for row in rows):
            runs[-1].append(block)
        elif any(block.name in row for row in rows):
            runs.append([block])
        else:
            runs += [[Block(block.name, (device,))] for device in block.members]
    return runs


def _fill(runs: list[list[Block]], heights: list[int], free: list[int], bounds: dict[str, tuple[int, int]]) -> dict[int, int]:
    """Lowest free units for each run in turn, torn only where it fits nowhere in one piece; 0 for a device that finds none above."""
    units: dict[int, int] = {}
    usable, at = set(free), 1

    def lowest(least: int, most: int, height: int) -> int:
        return next((u for u in range(least, most + 2 - height) if all(u + i in usable for i in range(height))), 0)

    for run in runs:
        least = max(at, *(bounds[b.name][0] for b in run if b.name in bounds), 1)
        most = min(free[-1] if free else 0, *(bounds[b.name][1] for b in run if b.name in bounds), 10**6)
        members = [d for b in run for d in b.members]
        at = lowest(least, most, sum(heights[d] for d in members)) or least
        for device in members:
            units[device] = lowest(at, most, heights[device])
            at = units[device] + heights[device] if units[device] else at
    return units


def _stacks(spec: RackSpec, devices: pl.DataFrame, fixed: dict[int, int]) -> Iterator[tuple[Block, ...]]:
    """Every sequence of blocks that keeps `order` and `together`; equal zones are not told apart."""
    groups: dict[str, tuple[int, ...]] = {}
    for device, group in devices.filter(pl.col("height_u") > 0).select("device_id", "group").iter_rows():
        groups[group] = (*groups.get(group, ()), device)
    members = {group: ids for group, ids in groups.items() if ids[0] not in fixed}
    inner = {n: g for n, g in spec.trays.items() if g.within in members and n in members}
    splits = [[(n, below) for below in ([g.below] if g.below is not None else range(len(members[g.within or ""]) + 1))] for n, g in inner.items()]
    for chosen in product(*splits):
        whole = _blocks(spec, devices, members, dict(chosen))
        for names in _sequences(spec, Counter(b.name for b in whole)):
            zones = {n: iter([b for b in whole if b.name == n]) for n in names}
            yield tuple(next(zones[n]) for n in names)


def _blocks(spec: RackSpec, devices: pl.DataFrame, members: dict[str, tuple[int, ...]], below: dict[str, int]) -> list[Block]:
    blocks = []
    zone = devices["zone"].to_list()
    for group, ids in members.items():
        if group in below:
            continue
        if group in ("power-shelf", "battery"):
            blocks += [Block(group, tuple(d for d in ids if zone[d] == z)) for z in sorted({zone[d] for d in ids})]
            continue
        inner = [n for n, g in spec.trays.items() if g.within == group and n in below]
        cuts = sorted((below[n], n) for n in inner)
        stacked, done = [], 0
        for cut, name in cuts:
            stacked += [*ids[done:cut], *members[name]]
            done = cut
        blocks.append(Block(group, (*stacked, *ids[done:])))
    return blocks


def _sequences(spec: RackSpec, counts: Counter[str]) -> Iterator[tuple[str, ...]]:
    """Every sequence of the block names that keeps `order` and `together`, built name by name, so that none is begun that cannot end well.

    A name that the order holds once means all blocks of that name; one that it holds more often, a block at each place.
    """
    asked = [n for n in spec.placement.order or [] if n in counts]
    order = [n for n in asked for _ in range(1 if asked.count(n) > 1 else counts[n])]
    for name in set(asked):  # fewer shelves than zones leave the last places empty
        for _ in range(order.count(name) - counts[name]):
            order.pop(len(order) - 1 - order[::-1].index(name))
    rows = [row for row in (set(r) & set(counts) for r in spec.placement.together) if row]

    def grow(done: tuple[str, ...], left: Counter[str], turn: int) -> Iterator[tuple[str, ...]]:
        if not left:
            yield done
        opened = [row for row in rows if row & set(done) and any(left[n] for n in row)]
        for name in [n for n in counts if left[n]]:
            is_next = turn < len(order) and name == order[turn]
            if (is_next or name not in order) and all(name in row for row in opened):
                yield from grow((*done, name), left - Counter([name]), turn + is_next)

    return grow((), counts, 0)


class _Judge:
    """Scores of layouts: what makes one better than another, in order of weight."""

    def __init__(self, spec: RackSpec, t: Tables) -> None:
        d, rack = t["devices"], t["racks"].row(0, named=True)
        self.unit, self.base = float(rack["unit_mm"]), float(rack["base_mm"])
        self.half, self.mass = d["height_mm"].to_numpy() / 2, d["mass_kg"].to_numpy()
        group = d["group"].to_numpy()
        self.load = np.where([t.fact(p, "clip_current_rated") is not None for p in d["part"]], d["power_max_w"].to_numpy(), 0.0)
        self.heights = d["height_u"].to_numpy()
        self.together = [np.isin(group, row) & (self.heights > 0) for row in spec.placement.together]
        self.frame_kg, self.frame_mm = (t.fact(rack["part"], "mass") or 0.0), self.base + rack["height_units"] * self.unit / 2
        self.com_max = spec.placement.centre_of_mass_max or np.inf
        self.is_shelf = (d["role"] == "power").to_numpy()
        up = spec.scale_up
        self.pairs = (np.flatnonzero(group == up.accelerators), np.flatnonzero(group == up.switches)) if up else (np.empty(0, int),) * 2
        self.reach = (t.fact(up.cable, "reach_max") if up else None) or np.inf
        self.channel = 2 * up.channel if up else 0.0
        self.rating = (t.fact(spec.power.busbar, "current_rated") if spec.power.busbar else None) or np.inf
        self.volts = (t.fact(spec.power.busbar, "voltage_nominal") if spec.power.busbar else None) or 1.0

    def score(self, units: dict[int, int]) -> tuple[float, ...]:
        """Devices without room, torn rows of `together`, mm of the centre of mass above its limit, cable pairs beyond reach, A above the
        busbar rating, mm of tray-to-switch distance, mm centre of mass.
        """
        ids = np.fromiter(units, int)
        at = np.fromiter(units.values(), float)
        z = np.full(len(self.mass), np.nan)
        z[ids] = np.where(at > 0, self.base + (at - 1) * self.unit, np.nan) + self.half[ids]
        known = ~np.isnan(z)
        distance = np.abs(z[self.pairs[0]][:, None] - z[self.pairs[1]][None, :])
        far = float(np.nansum(distance + self.channel > self.reach))
        moment, total = self.mass[known] @ z[known] + self.frame_kg * self.frame_mm, self.mass[known].sum() + self.frame_kg
        com = round(float(moment / max(total, 1e-9)), 3)
        over = max(com - self.com_max, 0.0)
        return float((at == 0).sum()), self._torn(ids, at), over, far, round(self._over(z), 3), round(float(np.nansum(distance)), 3), com

    def _torn(self, ids: np.ndarray, at: np.ndarray) -> float:
        """Rows of `together` with something, or nothing, between their devices."""
        low = np.zeros(len(self.mass))
        low[ids] = at
        rows = [row & (low > 0) for row in self.together]
        return float(sum((low + self.heights)[row].max() - low[row].min() > self.heights[row].sum() for row in rows if row.any()))

    def _over(self, z: np.ndarray) -> float:
        """Greatest section current above the rating, with the load shared equally by the shelves."""
        on = ~np.isnan(z) & (self.is_shelf | (self.load > 0))
        if not (on & self.is_shelf).any():
            return 0.0
        net = np.where(self.is_shelf, -self.load.sum() / self.is_shelf.sum(), self.load)[on] / self.volts
        return max(float(np.abs(np.cumsum(net[np.argsort(z[on], kind="stable")])).max()) - self.rating, 0.0)


def _positions(t: Tables, units: dict[int, int], fixed: set[int]) -> pl.DataFrame:
    rack = t["racks"].row(0, named=True)
    width, depth = (t.fact(rack["part"], f) or 0.0 for f in ("width", "depth"))
    rows = t["devices"]
    lowest = pl.Series([units.get(device) for device in rows["device_id"]], dtype=pl.Int32)
    stands, outside = lowest > 0, pl.col("height_u") == 0
    turn = outside.cast(pl.Int32).cum_sum() - 1  # vertical PDUs stand left and right in turn, each pair further in
    inward = (turn // 2) * pl.col("width_mm")
    side = pl.when(turn % 2 == 0).then(inward).otherwise(width - pl.col("width_mm") - inward)
    rows = rows.with_columns(
        position_u=pl.when(stands).then(lowest),
        is_derived=stands.fill_null(False) & ~pl.col("device_id").is_in(sorted(fixed)),
        x_mm=pl.when(outside).then(side).otherwise((width - pl.col("width_mm")) / 2),
        y_mm=pl.when(outside | pl.col("is_rear")).then(depth - pl.col("depth_mm")).otherwise(0.0),
        z_mm=pl.when(outside).then(rack["base_mm"]).otherwise(rack["base_mm"] + (pl.when(stands).then(lowest) - 1) * rack["unit_mm"]),
    )
    return frame("devices", rows)


def _ports(ports: pl.DataFrame, devices: pl.DataFrame) -> pl.DataFrame:
    """Ports from their device's coordinates to the rack's; a device mounted from the rear turns its faces around."""
    of = devices.select(dx="x_mm", dy="y_mm", dz="z_mm", deep="depth_mm", turned="is_rear", wide="width_mm")[ports["device_id"]]
    rows = pl.concat([ports, of], how="horizontal").with_columns(is_rear=pl.col("is_rear") != pl.col("turned"))
    return frame(
        "ports",
        rows.with_columns(
            x_mm=pl.col("dx") + pl.when("turned").then(pl.col("wide") - pl.col("x_mm")).otherwise("x_mm"),
            y_mm=pl.col("dy") + pl.when("is_rear").then("deep").otherwise(0.0),
            z_mm=pl.col("dz") + pl.col("z_mm"),
        ).drop("dx", "dy", "dz", "deep", "turned", "wide"),
    )


def _note(t: Tables, best: Layout, tried: int) -> pl.DataFrame:
    """The chosen order as a derived input, where nobody wrote one, so that a reader sees that nobody typed it."""
    own = (pl.col("path") == "placement.order") & (pl.col("origin") == "default")
    why = f"Derived: best of {tried:,} layouts (reach, busbar sections, cable length, centre of mass), from the bottom up"
    text = {"text": ", ".join(best.order), "origin": "derived", "description": why}
    return t["inputs"].with_columns([pl.when(own).then(pl.lit(v)).otherwise(c).alias(c) for c, v in text.items()])
