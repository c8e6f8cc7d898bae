"""Front of each switch as a picture: its cages in the order of their numbers, what each port goes to, and which are free.

A schematic: cages stand in two ranks from the left, odd numbers above, as most makers count them; more than 48 in four ranks. Cages of another
connector, as those for uplinks, stand beside them.

Reads what `port_maps` reads, and switch_ports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from html import escape

import polars as pl

from rackwright.export import only as choice
from rackwright.export import port_maps
from rackwright.export.only import ChoiceError, Only
from rackwright.schema import ends
from rackwright.schema.tables import Tables

TITLE = "Switch faceplates"
FOR = "crews that plug; any browser"
NEEDS = "links"
OF = ("hall",)
CHOICES = ("row", "rack", "device", "fabric")
ABOUT = "a picture of each switch with what every port goes to"
WHOLE = 48  # switches of a hall up to which `build` draws them
MOST = 1_000  # pictures of one call
_TIERS = {0: ("host", "endpoints"), 1: ("mid", "leaf to spine"), 2: ("top", "spine to core")}
_WIDE, _HEAD, _LINE, _GAP, _EDGE = 92, 13, 12, 4, 16
_STYLE = """
text { font-family: "DejaVu Sans", "Liberation Sans", Arial, sans-serif; fill: #16202b } .s { fill: #55606c }
.m { font-family: "DejaVu Sans Mono", "Liberation Mono", Menlo, monospace } .paper { fill: #fff } .body { fill: #e9ecef; stroke: #9aa4ae }
.cage { fill: #fff; stroke: #7b8794 } .host { fill: #cfe3f7 } .mid { fill: #ffe0b3 } .top { fill: #e2d3f4 } .other { fill: #cdeee4 }
.out { fill: #f6d5e0 }
.free { fill: #fff; stroke: #b5bec8; stroke-dasharray: 3 2 } .empty { fill: #f6f7f8; stroke: #d5dbe1 }
@media (prefers-color-scheme: dark) { .paper { fill: #14191f } text { fill: #e6ebf0 } .s { fill: #9fb0c0 } .body { fill: #252d36; stroke: #56616d }
 .cage, .free { fill: #1b2229 } .empty { fill: #20272f; stroke: #39434d }
 .host { fill: #1f4a73 } .mid { fill: #6b4a12 } .top { fill: #4b3270 } .other { fill: #17553f } .out { fill: #6b2440 } }
"""


def files(t: Tables) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """`faceplates/SWITCH.svg` of a hall with few switches."""
    if 0 < t["fabric_switches"].height <= WHOLE and t.height("fabric_cables"):
        yield from files_of(t, Only())


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """A picture of each switch chosen; with fabrics chosen, of their switches alone. Raises UnknownNameError."""
    if t["fabric_switches"].is_empty():
        return
    choice.no_cable(only, "faceplates")
    at = ends.devices(t)
    chosen = choice.devices(t, at, only)
    switches = t["fabric_switches"].filter(pl.col("device_id").is_in(chosen.implode()))
    if only.fabric:
        switches = switches.filter(pl.col("fabric_id").is_in(choice.fabric_ids(t, only)))
    if switches.height > MOST:
        raise ChoiceError(f"{switches.height:,} switches are more than the {MOST:,} pictures of one call; name a row, rack, device or fabric")
    if switches.is_empty():
        return
    links = t["fabric_cables"].select(pl.arg_where(_ends_in(switches["device_id"]))).to_series()
    ports = port_maps.ports_of(t, at, links, switches["device_id"])
    shapes = {part: _connectors(t, part) for part in switches["part"].unique(maintain_order=True)}
    for (device,), own in ports.group_by(["device_id"], maintain_order=True):
        switch = switches.row(by_predicate=pl.col("device_id") == device, named=True)
        yield f"faceplates/{switch['name']}.svg", partial(_drawn, switch, at["end"][int(str(device))], own, shapes[switch["part"]])


def _connectors(t: Tables, part: str) -> list[str]:
    """Connector of every cage of a switch part, by number from 0; the cage of a management port has no number on the front."""
    own = t["switch_ports"].filter((pl.col("part") == part) & ((pl.col("side") == "b") | ends.is_fabric_port("a")))
    cages = dict(own.select("cage", "connector").unique().sort("cage").iter_rows())
    return [cages.get(i, "") for i in range(max(cages, default=-1) + 1)]


def _ends_in(devices: pl.Series) -> pl.Expr:
    own = devices.implode()
    return pl.col("a_device_id").is_in(own) | pl.col("b_device_id").is_in(own)


def _drawn(switch: dict[str, object], end: str, ports: pl.DataFrame, connectors: list[str]) -> bytes:
    return picture(str(switch["name"]), str(switch["part"]), end, ports, connectors).encode()


def picture(name: str, part: str, end: str, ports: pl.DataFrame, connectors: list[str]) -> str:
    """The SVG of one switch from its rows of a port map and the connector of each cage; ports without a cage (management) are listed under it."""
    caged, others = ports.filter(pl.col("cage_number").is_not_null()), ports.filter(pl.col("cage_number").is_null())
    cages = {int(str(k[0])): g.sort("number").to_dicts() for k, g in caged.group_by(["cage_number"], maintain_order=True)}
    places, columns, ranks = _places(connectors)
    legs = max((len(g) for g in cages.values()), default=1)
    tall = _HEAD + legs * _LINE + 3
    width = 2 * _EDGE + 20 + int(max(columns, 5) * (_WIDE + _GAP))
    top, body = 54, ranks * (tall + _GAP) + 20
    parts = [
        f'<text x="{_EDGE}" y="24" font-size="16" font-weight="700">{escape(name)}</text>',
        f'<text class="s" x="{_EDGE}" y="42" font-size="12">{escape(f"{part} at {end} · {_counts(caged, others)}")}</text>',
        f'<rect class="body" x="{_EDGE}" y="{top}" width="{width - 2 * _EDGE}" height="{body}" rx="4"/>',
    ]
    for cage, (column, rank) in enumerate(places):
        parts.append(_cage(cages.get(cage, []), _EDGE + 12 + column * (_WIDE + _GAP), top + 12 + rank * (tall + _GAP), tall))
    y = top + body + 20
    lines = [f"{r['port']} → {r['far']}" for r in others.to_dicts()]
    parts += [f'<text class="m s" x="{_EDGE}" y="{y + 14 * i}" font-size="10">{escape(line)}</text>' for i, line in enumerate(lines)]
    y += 14 * len(lines) + (8 if lines else 0)
    parts.append(_legend(caged, y))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y + 20}" viewBox="0 0 {width} {y + 20}" role="img">'
        f"<title>{escape(name)}</title><style>{_STYLE}</style>"
        f'<rect class="paper" width="{width}" height="{y + 20}"/>' + "".join(parts) + "</svg>\n"
    )


def _places(connectors: list[str]) -> tuple[list[tuple[float, int]], float, int]:
    """Column and rank of every cage, columns of all, ranks. Cages of one connector in a row make a block, half a column from the last."""
    runs: list[int] = []
    for before, each in zip(["", *connectors], connectors, strict=False):
        if runs and each == before:
            runs[-1] += 1
        else:
            runs.append(1)
    ranks = 2 if max(runs, default=0) <= 48 else 4
    made, left = list[tuple[float, int]](), 0.0
    for count in runs:
        columns = -(-count // ranks)
        for cage in range(count):
            pair, side = divmod(cage, 2)
            block, column = divmod(pair, columns)
            made.append((left + column, 2 * block + side))
        left += columns + 0.5
    return made, max(left - 0.5, 0.0), ranks


def _counts(caged: pl.DataFrame, others: pl.DataFrame) -> str:
    """Ports of the front that are used and free; management ports are none of them."""
    used = int((caged["state"] != "free").sum())
    beside = f", and {', '.join(others['port'])} for management" if others.height else ""
    return f"{used} ports used, {caged.height - used} free{beside}"


def _cage(ports: list[dict[str, object]], x: float, y: float, tall: int) -> str:
    """One cage: its name, and a line for each port that it is broken out into."""
    if not ports:
        return f'<rect class="empty" x="{x}" y="{y}" width="{_WIDE}" height="{tall}" rx="2"/>'
    parts = [f'<rect class="cage" x="{x}" y="{y}" width="{_WIDE}" height="{tall}" rx="2"/>']
    shared = str(ports[0]["cage"])
    parts.append(f'<text class="m" x="{x + 4}" y="{y + 10}" font-size="9" font-weight="700">{escape(shared)}</text>')
    room = tall - _HEAD - 3
    line = room / len(ports)
    for i, p in enumerate(ports):
        css, tip, text = _shown(p)
        size = min(8.0, (_WIDE - 10) / (0.61 * max(len(text), 1)))
        top = y + _HEAD + i * line
        parts.append(
            f'<g><title>{escape(tip)}</title><rect class="{css}" x="{x + 2}" y="{top:.1f}" width="{_WIDE - 4}" height="{line - 1:.1f}"/>'
            f'<text class="m" x="{x + 5}" y="{top + line / 2 + size * 0.3:.1f}" font-size="{size:.1f}">{escape(text)}</text></g>'
        )
    return "".join(parts)


def _shown(p: dict[str, object]) -> tuple[str, str, str]:
    """Class, tip and text of a port."""
    if p["state"] == "outside":
        return "out", f"{p['port']} leads outside, to {p['far']}", str(p["far"])
    if p["state"] == "free":
        return "free", f"{p['port']} is free", "free"
    tip = f"{p['port']} → {p['far']} ({p['far_device']}), {p['cable_part'] or 'no cable reaches'}"
    return _TIERS.get(int(str(p["tier"])), ("other", ""))[0], tip, str(p["far"]).partition(".")[2]


def _legend(ports: pl.DataFrame, y: float) -> str:
    tiers = sorted(ports["tier"].drop_nulls().unique().to_list())
    states = ports["state"].unique().to_list()
    beside = (("out", "outside", "outside"), ("free", "free", "free"))
    keys = [_TIERS.get(k, ("other", "other links")) for k in tiers] + [(css, text) for css, text, state in beside if state in states]
    keys = list(dict.fromkeys(keys))
    return "".join(
        f'<rect class="{css}" x="{_EDGE + 120 * i}" y="{y - 9}" width="12" height="12"/>'
        f'<text class="s" x="{_EDGE + 120 * i + 17}" y="{y + 1}" font-size="11">{text}</text>'
        for i, (css, text) in enumerate(keys)
    )
