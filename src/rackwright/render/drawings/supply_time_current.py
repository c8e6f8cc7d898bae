"""Time-current curves of breakers and fuses in series: one panel for each distinct chain of devices, from the utility down to a rack's whip.

Bands run from the earliest to the latest opening. All currents of a panel are referred to the voltage of its last device. Of the sections of a ring,
which line differential protection keeps apart, a chain shows the last one alone. Where there are more chains than panels, those are drawn first
that show most curves not yet seen. Reads supply_devices,
supply_curves, supply_device_pairs, supply_nodes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from rackwright.render.chain import amount
from rackwright.render.content import text_input
from rackwright.render.scene import Canvas, Scene, fit, text_width
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "supply_time_current", "Time-current curves", "supply", 4
MOST = 8  # panels; chains beyond are told of, not drawn
COLOURS = 7
_WIDE, _HIGH, _LEFT, _HEAD, _GAP = 430.0, 380.0, 58.0, 58.0, 40.0
_LOW_S, _MOST_S = 0.01, 3  # from 10 ms to 10^3 s at most
_LINE, _SIZE = 16.0, 10.0


@dataclass(frozen=True, slots=True)
class Chain:
    """Device ids from the last one up; how many last devices have the same chain; `under` each the device that the pair with the next one is of:
    itself, or of a ring the first section."""

    devices: tuple[int, ...]
    under: tuple[int, ...]
    count: int


def chains(t: Tables) -> list[Chain]:
    """Distinct chains by the curves of their devices, most common first. A chain stays on one side of a rectifier."""
    devices = t["supply_devices"].sort("device_id")
    if devices.is_empty():
        return []
    is_ac = t["supply_nodes"].sort("node_id")["is_ac"].gather(devices["node_id"]).to_numpy()
    pairs = t["supply_device_pairs"].filter("is_normal").sort("b_device_id", "a_device_id").unique("b_device_id", keep="first", maintain_order=True)
    above = np.full(devices.height, -1)
    above[pairs["b_device_id"].to_numpy()] = pairs["a_device_id"].to_numpy()
    above = np.where((above >= 0) & (is_ac[above] == is_ac), above, -1)
    under, unit = np.arange(devices.height), np.zeros(devices.height, dtype=bool)
    unit[pairs.filter("is_unit")["b_device_id"].to_numpy()] = True
    is_last = np.ones(devices.height, dtype=bool)
    is_last[above[above >= 0]] = False
    own = above.copy()
    while (ring := unit[under] & (above >= 0)).any():
        under[ring], above[ring] = above[ring], own[above[ring]]
    curve, key = _shape(t).gather(devices["curve"]).to_numpy(), np.zeros(devices.height, np.int64)
    while True:
        pair = np.stack([np.where(above >= 0, key[above] + 1, 0), curve], axis=1)
        found = np.unique(pair, axis=0, return_inverse=True)[1].ravel()
        if len(np.unique(found)) == len(np.unique(key)):
            break
        key = found
    last = np.flatnonzero(is_last)
    _, first, count = np.unique(key[last], return_index=True, return_counts=True)
    made = []
    for i, n in sorted(zip(first.tolist(), count.tolist(), strict=True), key=lambda x: (-x[1], x[0])):
        row, at = [], int(last[i])
        while at >= 0:
            row.append(at)
            at = int(above[at])
        made.append(Chain(tuple(row), tuple(under[row].tolist()), n))
    return _varied(made, curve)


def _varied(found: list[Chain], curve: np.ndarray) -> list[Chain]:
    """Chains with most curves that those before them do not have first, of equal ones the most common; the rest as they were."""
    left, made, seen = list(found), list[Chain](), set[int]()
    while left and len(made) < MOST:
        best = max(left, key=lambda c: (len(set(curve[list(c.devices)].tolist()) - seen), c.count))
        seen |= set(curve[list(best.devices)].tolist())
        left.remove(best)
        made.append(best)
    return made + left


def _shape(t: Tables) -> pl.Series:
    """By curve, the first curve with the same corners."""
    points = t["supply_curves"].sort("curve", "is_late", "point").group_by("curve", maintain_order=True).agg("is_late", "current_a", "time_s")
    return points.with_columns(same=pl.col("curve").first().over("is_late", "current_a", "time_s"))["same"]


def draw(t: Tables) -> Scene | None:
    """Panels two beside each other. None without devices."""
    found = chains(t)
    if not found:
        return None
    canvas, x, y, row, right = Canvas(), 0.0, 0.0, 0.0, 0.0
    for i, chain in enumerate(found[:MOST]):
        panel = _Panel(t, chain, canvas, x, y)
        row, right = max(row, panel.draw()), max(right, x + _LEFT + _WIDE + 20)
        is_end = i % 2 == 1
        x, y, row = (0.0, y + row + _GAP, 0.0) if is_end else (_LEFT + _WIDE + _GAP, y, row)
    y += row
    more = f", {MOST} of them drawn" if len(found) > MOST else ""
    about = f"{len(found)} distinct chains of breakers and fuses{more}; bands from the earliest to the latest opening"
    notes = (("hall", text_input(t, "hall")), ("chains", f"{len(found)}{more}"))
    return Scene(NAME, TITLE, about, right, y + 8, "px", 1.0, canvas.frame(), notes)


class _Panel:
    """One chain on log-log axes."""

    def __init__(self, t: Tables, chain: Chain, canvas: Canvas, x: float, y: float) -> None:
        self.t, self.chain, self.canvas, self.x, self.y = t, chain, canvas, x, y
        devices = t["supply_devices"].sort("device_id")
        volts = t["supply_nodes"].sort("node_id")["voltage_nominal_v"]
        self.rows: list[dict[str, Any]] = [devices.row(d, named=True) for d in chain.devices]
        self.volts = [float(volts[r["node_id"]]) for r in self.rows]
        self.bands = [self._band(r, v / self.volts[0]) for r, v in zip(self.rows, self.volts, strict=True)]
        amps = [a for low, high in self.bands for a, _ in (*low, *high)]
        faults = [
            self.rows[0]["fault_max_a"],
            self.rows[0]["fault_min_a"],
            *(r["fault_max_a"] * v / self.volts[0] for r, v in zip(self.rows, self.volts, strict=True)),
        ]
        self.low = _stepped(max(min([*amps, *faults]) * 0.8, 1e-3), up=False)
        self.high = _stepped(max(max([*amps, *faults]) * 1.05, self.low * 10), up=True)
        times = [s for low, high in self.bands for _, s in (*low, *high) if s > 0]
        self.most_s = 10.0 ** min(math.ceil(math.log10(max([10.0, *times]))), _MOST_S)

    def _band(self, r: dict[str, Any], factor: float) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """Earliest and latest opening as (A at the last device's voltage, s), up to the greatest fault behind the device."""
        own = self.t["supply_curves"].filter(curve=r["curve"]).sort("is_late", "point")
        most = r["fault_max_a"]
        made = []
        for is_late in (False, True):
            points = list(own.filter(pl.col("is_late") == is_late).select("current_a", "time_s").iter_rows())
            made.append([(a * factor, s) for a, s in _ended(points, most)])
        return made[0], made[1]

    def at(self, amps: float, seconds: float) -> tuple[float, float]:
        """A point on paper; held inside the panel."""
        across = math.log(max(min(amps, self.high), self.low) / self.low) / math.log(self.high / self.low)
        up = math.log(max(min(seconds, self.most_s), _LOW_S) / _LOW_S) / math.log(self.most_s / _LOW_S)
        return self.x + _LEFT + across * _WIDE, self.y + _HEAD + (1 - up) * _HIGH

    def draw(self) -> float:
        """Everything; returns the height taken."""
        first = self.rows[0]
        title = f"{first['name']}" + (f" and {self.chain.count - 1:,} alike" if self.chain.count > 1 else "")
        volts = amount(self.volts[0], "V")
        self.canvas.text("names", self.x + 12, self.y + 16, fit(title, _LEFT + _WIDE - 12, 12, True), 12, "t strong")
        self.canvas.text(
            "figures", self.x + 12, self.y + 33, f"currents at {volts}; bands end at the greatest fault behind each device", _SIZE, "t soft"
        )
        self.axes()
        self.faults()
        for i in reversed(range(len(self.bands))):
            self.band(i)
        return self.told()

    def axes(self) -> None:
        """Grid of decades, labels, the panel itself."""
        (x0, y1), (x1, y0) = self.at(self.low, _LOW_S), self.at(self.high, self.most_s)
        self.canvas.rect("panel", x0, y0, x1 - x0, y1 - y0, "panel")
        first = math.floor(math.log10(self.low))
        ticks = [m * 10.0**k for k in range(first, math.ceil(math.log10(self.high)) + 1) for m in range(1, 10)]
        end = -math.inf
        for amps in (a for a in ticks if self.low * 0.999 <= a <= self.high * 1.001):
            x, digit = self.at(amps, 1)[0], round(amps / 10.0 ** math.floor(math.log10(amps) + 1e-9))
            self.canvas.line("grid", x, y0, x, y1, "axis" if digit == 1 else "grid")
            words = amount(amps, "A")
            if digit in (1, 2, 5) and x - text_width(words, _SIZE) / 2 > end + 4:
                self.canvas.text("axis", x, y1 + 12, words, _SIZE, "t soft", "middle")
                end = x + text_width(words, _SIZE) / 2
        for k in range(round(math.log10(self.most_s / _LOW_S)) + 1):
            seconds = _LOW_S * 10.0**k
            for m in range(1, 10 if seconds < self.most_s * 0.99 else 2):
                _, y = self.at(self.low, seconds * m)
                self.canvas.line("grid", x0, y, x1, y, "axis" if m == 1 else "grid")
            self.canvas.text("axis", x0 - 6, self.at(self.low, seconds)[1], f"{seconds:g} s", _SIZE, "t soft", "end")

    def faults(self) -> None:
        """Least and greatest fault behind the last device, as vertical lines with their values over the panel."""
        r = self.rows[0]
        lines = [("least", r["fault_min_a"], "fault-least"), ("greatest", r["fault_max_a"], "limit")]
        if r["fault_inverter_a"] is not None:
            lines.append(("inverter", r["fault_inverter_a"], "fault-inverter"))
        end = -math.inf
        for name, amps, css in sorted(lines, key=lambda x: x[1]):
            x, top = self.at(amps, self.most_s)
            words = f"{name} {amount(amps, 'A')}"
            wide = text_width(words, _SIZE)
            start = min(max(x - wide / 2, end + 6), self.x + _LEFT + _WIDE - wide + 14)
            self.canvas.line("faults", x, top, x, top + _HIGH, css, f"{name} fault behind {r['name']}: {amount(amps, 'A')}", f"fault:{name}")
            if start >= end:
                self.canvas.text("fault-text", start, top - 9, words, _SIZE, "t t-limit" if name == "greatest" else "t")
                end = start + wide

    def band(self, i: int) -> None:
        """The band of a device with its number at its pickup."""
        early, late = self.bands[i]
        r, css = self.rows[i], f"tc-{i % COLOURS}"
        if not early or not late:
            return
        edge = [(early[0][0], self.most_s), *early], [(late[0][0], self.most_s), *late]
        points = [self.at(*p) for p in (*edge[0], *reversed(edge[1]))]
        self.canvas.path("bands", points, f"tc-band {css}", f"{r['name']}, {r['settings']}", f"supply_devices:{r['device_id']}", is_area=True)
        for own in edge:
            self.canvas.path("curves", [self.at(*p) for p in own], f"tc-line {css}")
        x, y = self.at(early[0][0], self.most_s)
        self.canvas.circle("numbers", x, y + 14 + 17 * i, 7, f"tc-dot {css}")
        self.canvas.text("number-text", x, y + 14 + 17 * i, str(i + 1), _SIZE, "t on-dot", "middle")

    def told(self) -> float:
        """A line a device under the panel: number, name, settings, how far it is selective with the one before; returns the height taken."""
        y = self.y + _HEAD + _HIGH + 38
        found = self.t["supply_device_pairs"].filter(pl.col("b_device_id").is_in(self.chain.under))
        rows = found.select("a_device_id", "b_device_id", "is_selective", "limit_a").iter_rows()
        pairs = {(a, b): (is_selective, limit) for a, b, is_selective, limit in rows}
        steps = zip(self.chain.devices[1:], self.chain.under, strict=False)
        verdicts: list[tuple[bool, float] | None] = [None, *map(pairs.get, steps)]
        for i, (r, v, verdict) in enumerate(zip(self.rows, self.volts, verdicts, strict=True)):
            self.canvas.circle("numbers", self.x + _LEFT - 30, y, 7, f"tc-dot tc-{i % COLOURS}")
            self.canvas.text("number-text", self.x + _LEFT - 30, y, str(i + 1), _SIZE, "t on-dot", "middle")
            part = str(r["part"]).rpartition("/")[2] if r["part"] else r["kind"]
            own = f"{part} · {amount(r['current_rated_a'], 'A')} at {amount(v, 'V')}"
            if self.chain.under[i] != self.chain.devices[i]:
                own += " · line differential"
            words = "" if verdict is None else f"selective with {i}" if verdict[0] else f"with {i} to {amount(verdict[1], 'A')}"
            lines = _lines(r["name"], own, words)
            for text in lines:
                self.canvas.text("told", self.x + _LEFT - 18, y, fit(text, _WIDE + 14, _SIZE), _SIZE, "t")
                y += _LINE
            css = "t soft" if verdict is None or verdict[0] else "t t-limit"
            self.canvas.text("told", self.x + _LEFT + _WIDE, y - _LINE, words, _SIZE, css, "end")
        return y - self.y


def _lines(name: str, own: str, verdict: str) -> list[str]:
    """What is told of a device on one line, or two, so that the verdict at the end of the last stands free."""
    room = _WIDE + 14 - (text_width(verdict, _SIZE) + 10 if verdict else 0)
    whole = f"{name} · {own}"
    if text_width(whole, _SIZE) <= room:
        return [whole]
    return [name, own] if text_width(own, _SIZE) <= room else [whole, ""]


def _stepped(amps: float, *, up: bool) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    steps = [m * 10.0 ** (math.floor(math.log10(amps)) + k) for k in (0, 1) for m in (1, 2, 5)]
    return min(x for x in steps if x >= amps * 0.999) if up else max(x for x in steps if x <= amps * 1.001)


def _ended(points: list[tuple[float, float]], most: float) -> list[tuple[float, float]]:
    """A curve (A, s) up to a current: cut there, or carried on level to it."""
    kept = [p for p in points if p[0] <= most]
    beyond = next((p for p in points if p[0] > most), None)
    if not kept:
        return []
    if beyond is None:
        return [*kept, (most, kept[-1][1])]
    (a0, s0), (a1, s1) = kept[-1], beyond
    share = math.log(most / a0) / math.log(a1 / a0) if a0 > 0 and a1 > a0 else 0.0
    return [*kept, (most, math.exp(math.log(max(s0, 1e-6)) * (1 - share) + math.log(max(s1, 1e-6)) * share))]
