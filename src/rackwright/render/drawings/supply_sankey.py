"""Power from the utility to the chips: what is lost at each step of the chain and what racks do with the rest, widths to scale.

Reads supply_branches, supply_branch_states, supply_nodes, hall_racks, designs, design_loads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from rackwright.base import units
from rackwright.render.chain import outage, with_states
from rackwright.render.content import text_input
from rackwright.render.scene import Canvas, Scene, fit, text_width
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "supply_sankey", "Power from the utility to the chips", "supply", 3
STEPS = (
    ("medium voltage", ("source", "line", "generator")),
    ("transformers", ("transformer",)),
    ("UPS", ("ups", "bess", "static-switch", "transfer-switch", "tie")),
    ("sidecars", ("rectifier",)),
    ("busways", ("breaker", "busway")),
    ("whips to racks", ("whip",)),
)
"""Losses of the chain in the order of the flow: what people call them, kinds of branches."""
SWITCHES, MODULES = "switches", "optical modules"
_LOSS = ("whip", "cord", "shelf", "busbar")
_HEIGHT, _TOP, _SIZE, _SLOT, _TURN = 250.0, 44.0, 11.0, 30.0, 8.0
_LEFT, _STEP, _SPREAD, _NODE, _RIGHT = 118.0, 104.0, 250.0, 10.0, 230.0
_WORDS = {"accelerator": "accelerators", "cpu": "CPUs", "nic": "NICs", "dpu": "DPUs", "switch-chip": "switch chips"}
_COLOURS = {"accelerator": "compute", "cpu": "host", "switch-chip": "switch", "nic": "battery", "dpu": "battery", SWITCHES: "switch"}


@dataclass(frozen=True, slots=True)
class Flows:
    """All in W. `losses`: by step of the chain; `racks`: (what, racks, taken); `uses`: (what of `racks`, use, watts, whether lost)."""

    taken: float
    losses: list[tuple[str, float]]
    racks: list[tuple[str, int, float]]
    uses: list[tuple[str, str, float, bool]]


def flows(t: Tables) -> Flows:
    """What the tables say, as they are: with everything in service, or of a case that was asked."""
    states = with_states(t)
    into = states.filter(pl.col("kind").is_in(["source", "generator"]))
    losses = [(name, float(states.filter(pl.col("kind").is_in(kinds))["loss_w"].sum())) for name, kinds in STEPS]
    rack = t["supply_nodes"].select(b_node_id="node_id", rack_id="rack_id").filter(pl.col("rack_id").is_not_null())
    got = states.filter(pl.col("rank") == 0).join(rack, on="b_node_id").group_by("rack_id").agg(got=(pl.col("power_w") - pl.col("loss_w")).sum())
    by = (
        got.join(t["hall_racks"].select("rack_id", "design_id", "power_modules_w"), on="rack_id")
        .group_by("design_id")
        .agg(pl.len(), pl.col("got").sum(), (pl.col("got") > 0).sum().alias("live"), pl.col("power_modules_w").filter(pl.col("got") > 0).sum())
        .sort("design_id", nulls_last=True)
    )
    designs: dict[int | None, str] = dict(t["designs"].select("design_id", "design").iter_rows())
    racks, uses = [], list[tuple[str, str, float, bool]]()
    for design, count, watts, live, modules in by.iter_rows():
        name = designs.get(design, "network")
        racks.append((name, int(count), float(watts)))
        inside = t["design_loads"].filter(pl.col("design_id") == design) if design is not None else t["design_loads"].head(0)
        rows = [(str(use), float(w) * live, kind in _LOSS) for kind, use, w in inside.select("kind", "name", "power_w").iter_rows()]
        rows += [(MODULES, float(modules), False)] if modules else []
        rows += [] if inside.height else [(SWITCHES if design is None else "racks", float(watts - modules), False)]
        uses += [(name, *use) for use in _balanced(rows, float(watts))]
    return Flows(float(into["power_w"].sum()), [(n, w) for n, w in losses if w > 0], racks, uses)


def _balanced(rows: list[tuple[str, float, bool]], got: float) -> list[tuple[str, float, bool]]:
    """(use, W, whether lost): uses as they are, and losses in proportion for what is left; all in proportion where that is not enough."""
    lost = sum(w for _, w, is_lost in rows if is_lost)
    used = sum(w for _, w, is_lost in rows if not is_lost)
    if lost <= 0 or got < used:
        return [(name, w * got / (used + lost) if used + lost else 0.0, is_lost) for name, w, is_lost in rows]
    return [(name, w * (got - used) / lost if is_lost else w, is_lost) for name, w, is_lost in rows]


def draw(t: Tables) -> Scene | None:
    """None without a power chain, or where nothing reaches a rack."""
    if t["supply_branch_states"].is_empty():
        return None
    f = flows(t)
    if sum(w for _, _, w in f.racks) <= 0:
        return None
    canvas, scale = Canvas(), _HEIGHT / f.taken
    end = _chain(canvas, f, scale)
    bottom = max(_racks(canvas, f, scale, end), _TOP + _HEIGHT + 130)
    delivered = sum(w for _, _, w in f.racks)
    used = sum(w for _, _, w, is_lost in f.uses if not is_lost)
    about = f"{units.show(f.taken, 'W')} taken; {_share(delivered / f.taken)} reaches the racks, {_share(used / f.taken)} chips, boards and switches"
    notes = (
        ("hall", text_input(t, "hall")),
        *outage(t),
        ("to racks", f"{_share(delivered / f.taken)}"),
        ("to chips and boards", f"{_share(used / f.taken)}"),
    )
    return Scene(NAME, TITLE, about, end + _SPREAD + _RIGHT, bottom, "px", 1.0, canvas.frame(), notes)


def _figures(watts: float, taken: float) -> str:
    return f"{units.show(watts, 'W')} · {_share(watts / taken)}"


def _share(share: float) -> str:
    if 0 < share < 5e-5:
        return "< 0.01 %"
    return f"{100 * share:.1f} %" if share >= 0.1 else f"{100 * share:.2f} %"


def _chain(canvas: Canvas, f: Flows, scale: float) -> float:
    """The trunk, thinner after every loss; returns where it ends."""
    at = [_LEFT + _STEP * (i + 0.3) for i in range(len(f.losses))]
    end = _LEFT + _STEP * (len(f.losses) + 0.5)
    left = f.taken
    xs = [_LEFT, *at, end]
    floor = _TOP + _HEIGHT + 62
    for i, (x0, x1) in enumerate(pairwise(xs)):
        canvas.rect("flow", x0, _TOP, x1 - x0, left * scale, "flow", f"{units.show(left, 'W')}", "flow")
        if i == len(f.losses):
            break
        name, lost = f.losses[i]
        _turned(canvas, x1, _TOP + left * scale, lost * scale, floor, f"{name}: {_figures(lost, f.taken)}", f"loss:{name}")
        middle = x1 + _TURN + lost * scale / 2
        canvas.text("names", middle, floor + 16, name, _SIZE, "t", "middle")
        canvas.text("figures", middle, floor + 31, units.show(lost, "W"), _SIZE, "t soft", "middle")
        canvas.text("figures", middle, floor + 46, _share(lost / f.taken), _SIZE, "t soft", "middle")
        left -= lost
    canvas.text("names", _LEFT - 10, _TOP + _HEIGHT / 2 - 15, "utility", _SIZE, "t strong", "end")
    canvas.text("figures", _LEFT - 10, _TOP + _HEIGHT / 2 + 1, units.show(f.taken, "W"), _SIZE, "t", "end")
    canvas.text("figures", _LEFT - 10, _TOP + _HEIGHT / 2 + 16, "100 %", _SIZE, "t soft", "end")
    return end


def _turned(canvas: Canvas, x: float, y: float, width: float, floor: float, title: str, ref: str) -> None:
    """A loss: off the lower edge of the trunk at x, a quarter turn, down to an arrow at `floor`."""
    arc = [math.pi / 2 * i / 8 for i in range(9)]
    outer = [(x + (_TURN + width) * math.sin(a), y + _TURN - (_TURN + width) * math.cos(a)) for a in arc]
    inner = [(x + _TURN * math.sin(a), y + _TURN - _TURN * math.cos(a)) for a in arc]
    low = floor - 6
    head = max(width / 2 + 2, 4)
    middle = x + _TURN + width / 2
    tip = [(x + _TURN + width, low), (middle + head, low), (middle, floor), (middle - head, low), (x + _TURN, low)]
    canvas.path("losses", [*outer, *tip, *reversed(inner)], "flow-loss", title, ref, is_area=True)


def _racks(canvas: Canvas, f: Flows, scale: float, end: float) -> float:
    """Racks by design, and from there to what they use it for; returns the lower end."""
    y, start, total = _TOP, _TOP, dict[str, float]()
    tops: dict[str, float] = {}
    for name, count, watts in f.racks:
        height = watts * scale
        _ribbon(canvas, end, start, end + 60, y, height, f"{name}: {_figures(watts, f.taken)}", f"racks:{name}", "flow")
        canvas.rect("nodes", end + 60, y, _NODE, height, "mark compute" if name != "network" else "mark switch", f"{count} racks {name}")
        words, middle = f"{count:,} × {name}", y + height / 2 if height > 40 else y + height + 17
        canvas.text("names", end + 52, middle - 7, fit(words, 160, _SIZE, True), _SIZE, "t strong", "end")
        canvas.text("figures", end + 52, middle + 7, _figures(watts, f.taken), _SIZE, "t soft", "end")
        tops[name] = y
        start, y = start + height, y + height + 44
    lost, first = {use: is_lost for _, use, _, is_lost in f.uses}, dict[str, int]()
    for i, (name, _, _) in enumerate(f.racks):
        for use in (u for n, u, _, _ in f.uses if n == name):
            first.setdefault(use, i)
    for _, use, watts, _ in f.uses:
        total[use] = total.get(use, 0.0) + watts
    order = sorted(total, key=lambda u: (lost[u], first[u], -total[u], u))
    x0, x1, place, used = end + 60 + _NODE, end + _SPREAD, _TOP - 20, dict.fromkeys(total, 0.0)
    at = {}
    for use in order:
        at[use] = place + max(0.0, (_SLOT - total[use] * scale) / 2)
        place += max(_SLOT, total[use] * scale + 8)
    for name, _, _ in f.racks:
        for use in order:
            for watts in (w for n, u, w, _ in f.uses if n == name and u == use):
                css, tip = "flow-loss" if lost[use] else "flow", f"{name} to {use}: {_figures(watts, f.taken)}"
                _ribbon(canvas, x0, tops[name], x1, at[use] + used[use], watts * scale, tip, f"use:{name}:{use}", css)
                tops[name] += watts * scale
                used[use] += watts * scale
    for use in order:
        height, colour = total[use] * scale, "over-loss" if lost[use] else f"mark {_COLOURS.get(use, 'other')}"
        canvas.rect("nodes", x1, at[use], _NODE, max(height, 0.5), colour, f"{use}: {_figures(total[use], f.taken)}", f"node:{use}")
        middle = at[use] + height / 2
        canvas.text("names", x1 + _NODE + 8, middle - 7, _WORDS.get(use, use), _SIZE, "t")
        figures = _figures(total[use], f.taken)
        canvas.text("figures", x1 + _NODE + 8, middle + 7, fit(figures, _RIGHT - 30 - text_width(" ", _SIZE), _SIZE), _SIZE, "t soft")
    return max(place, y) + 12


def _ribbon(canvas: Canvas, x0: float, y0: float, x1: float, y1: float, height: float, title: str, ref: str, css: str) -> None:
    """A band of one height from x0, y0 to x1, y1 (upper edge) along a cosine."""
    steps = [i / 16 for i in range(17)]
    ease = [(x0 + (x1 - x0) * s, y0 + (y1 - y0) * (1 - math.cos(math.pi * s)) / 2) for s in steps]
    canvas.path("flow", [*ease, *((x, y + height) for x, y in reversed(ease))], css, title, ref, is_area=True)
