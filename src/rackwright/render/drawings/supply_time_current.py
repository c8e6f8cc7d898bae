"""Time-current curves of breakers and fuses in series: one panel for each distinct chain of devices, from the utility down to a rack's whip.

Bands run from the earliest to the latest opening. All currents of a panel are referred to the voltage of its last device. Reads supply_devices,
supply_curves, supply_device_pairs, supply_nodes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
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
_LOW_S, _HIGH_S = 0.01, 1000.0
_LINE, _SIZE = 16.0, 10.0


@dataclass(frozen=True, slots=True)
class Chain:
    """Device ids from the last one up; how many last devices have the same chain."""

    devices: tuple[int, ...]
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
    is_last = np.ones(devices.height, dtype=bool)
    is_last[above[above >= 0]] = False
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
        own, at = [], int(last[i])
        while at >= 0:
            own.append(at)
            at = int(above[at])
        made.append(Chain(tuple(own), n))
    return [c for c in made if len(c.devices) > 1]


def _shape(t: Tables) -> pl.Series:
    """By curve, the first curve with the same corners."""
    points = t["supply_curves"].sort("curve", "is_late", "point").group_by("curve", maintain_order=True).agg("is_late", "current_a", "time_s")
    return points.with_columns(same=pl.col("curve").first().over("is_late", "current_a", "time_s"))["same"]


def draw(t: Tables) -> Scene | None:
    """Panels two beside each other. None without devices in series."""
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
    more = f", the {MOST} most common drawn" if len(found) > MOST else ""
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
        self.low = 10.0 ** math.floor(math.log10(max(min([*amps, *faults]) * 0.8, 1e-3)))
        self.high = 10.0 ** math.ceil(math.log10(max(max([*amps, *faults]), self.low * 10)))

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
        up = math.log(max(min(seconds, _HIGH_S), _LOW_S) / _LOW_S) / math.log(_HIGH_S / _LOW_S)
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
        (x0, y1), (x1, y0) = self.at(self.low, _LOW_S), self.at(self.high, _HIGH_S)
        self.canvas.rect("panel", x0, y0, x1 - x0, y1 - y0, "panel")
        decades = round(math.log10(self.high / self.low))
        for k in range(decades + 1):
            amps = self.low * 10.0**k
            for m in range(1, 10 if k < decades else 2):
                x, _ = self.at(amps * m, 1)
                self.canvas.line("grid", x, y0, x, y1, "axis" if m == 1 else "grid")
            self.canvas.text("axis", self.at(amps, 1)[0], y1 + 12, amount(amps, "A"), _SIZE, "t soft", "middle")
        for k in range(round(math.log10(_HIGH_S / _LOW_S)) + 1):
            seconds = _LOW_S * 10.0**k
            for m in range(1, 10 if seconds < _HIGH_S * 0.99 else 2):
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
            x, top = self.at(amps, _HIGH_S)
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
        edge = [(early[0][0], _HIGH_S), *early], [(late[0][0], _HIGH_S), *late]
        points = [self.at(*p) for p in (*edge[0], *reversed(edge[1]))]
        self.canvas.path("bands", points, f"tc-band {css}", f"{r['name']}, {r['settings']}", f"supply_devices:{r['device_id']}", is_area=True)
        for own in edge:
            self.canvas.path("curves", [self.at(*p) for p in own], f"tc-line {css}")
        x, y = self.at(early[0][0], _HIGH_S)
        self.canvas.circle("numbers", x, y + 14 + 17 * i, 7, f"tc-dot {css}")
        self.canvas.text("number-text", x, y + 14 + 17 * i, str(i + 1), _SIZE, "t on-dot", "middle")

    def told(self) -> float:
        """A line a device under the panel: number, name, settings, how far it is selective with the one before; returns the height taken."""
        y = self.y + _HEAD + _HIGH + 38
        own = self.t["supply_device_pairs"].filter(pl.col("b_device_id").is_in(self.chain.devices))
        found = own.select("a_device_id", "b_device_id", "is_selective", "limit_a").iter_rows()
        pairs = {(a, b): (is_selective, limit) for a, b, is_selective, limit in found}
        verdicts: list[tuple[bool, float] | None] = [None, *(pairs.get((a, b)) for b, a in pairwise(self.chain.devices))]
        for i, (r, v, verdict) in enumerate(zip(self.rows, self.volts, verdicts, strict=True)):
            self.canvas.circle("numbers", self.x + _LEFT - 30, y, 7, f"tc-dot tc-{i % COLOURS}")
            self.canvas.text("number-text", self.x + _LEFT - 30, y, str(i + 1), _SIZE, "t on-dot", "middle")
            part = str(r["part"]).rpartition("/")[2] if r["part"] else r["kind"]
            rated = f"{amount(r['current_rated_a'], 'A')} at {amount(v, 'V')}"
            words = "" if verdict is None else f"selective with {i}" if verdict[0] else f"with {i} to {amount(verdict[1], 'A')}"
            room = _WIDE + 14 - text_width(words, _SIZE) - 10
            self.canvas.text("told", self.x + _LEFT - 18, y, fit(f"{r['name']} · {part} · {rated}", room, _SIZE), _SIZE, "t")
            css = "t soft" if verdict is None or verdict[0] else "t t-limit"
            self.canvas.text("told", self.x + _LEFT + _WIDE, y, words, _SIZE, css, "end")
            y += _LINE
        return y - self.y


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
