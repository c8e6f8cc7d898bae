"""The scale-up cabling of a rack the way a script does it: one Python object per thing, dictionaries between them.

The yardstick for `bench/rack.py`, written for that purpose and knowing nothing of Rackwright but its spec and part files. It does a part of
what Rackwright does: trays in the order of the spec, ports, links, cables with route and cut length, pairs, four CSV files. No spans, no
checks, no power, no coolant.
"""

from __future__ import annotations

import csv
import math
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import yaml

# The C loader, as in Rackwright, so that the ratio compares objects with columns and not two YAML parsers.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
UNITS = {"mm": 1.0, "m": 1000.0, "%": 0.01, "Gb/s": 1.0}


@dataclass
class Device:
    """A tray and where it stands."""

    name: str
    group: str
    part: dict[str, Any]
    z_mm: float


@dataclass
class Port:
    """A scale-up port of a chip."""

    port_id: int
    name: str
    device: str
    chip: str
    rail: int
    index: int
    block: int
    x_mm: float
    z_mm: float
    speed_gbps: float
    lanes: int


@dataclass
class Link:
    """Which accelerator port is wired to which switch port."""

    link_id: int
    plane: int
    rail: int
    a_port_id: int
    b_port_id: int
    cable_id: int
    lanes: int


@dataclass
class Cable:
    """One cable and its lengths."""

    cable_id: int
    label: str
    pairs: int
    length_route_mm: int
    length_cut_mm: int


@dataclass
class Pair:
    """One differential pair."""

    pair_id: int
    link_id: int
    cable_id: int
    lane: int
    direction: str
    length_cut_mm: int


def load(path: Path) -> dict[str, Any]:
    """One YAML file."""
    loaded: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
    return loaded


def quantity(text: str) -> float:
    """`60 mm` as a number."""
    number, unit = text.split()
    return float(number) * UNITS[unit]


def place(spec: dict[str, Any], parts: Path) -> list[Device]:
    """Accelerator and switch trays from the bottom up, the switches in the middle as the spec says."""
    up = spec["scale_up"]
    loaded = {g: load(parts / f"{t['part']}.yaml") for g, t in spec["trays"].items()}
    switch, compute = spec["trays"][up["to"]], spec["trays"][up["from"]]
    below = switch["below"]
    stack = [up["from"]] * below + [up["to"]] * switch["count"] + [up["from"]] * (compute["count"] - below)
    devices, z, number = [], 0.0, dict.fromkeys(loaded, 0)
    for group in stack:
        number[group] += 1
        devices.append(Device(f"{group}-{number[group]:02d}", group, loaded[group], z))
        facts = loaded[group]["facts"]
        z += facts["height_units"]["value"] * quantity(facts["unit_height"]["value"])
    return devices


def expand(devices: list[Device]) -> list[Port]:
    """Every scale-up port, numbered through; a group of ports is split into one block per connector."""
    ports: list[Port] = []
    for device in devices:
        counts = {c["as"]: c["count"] for c in device.part["contains"]}
        connectors = 0
        index: dict[str, int] = defaultdict(int)
        for group in device.part["ports"]:
            if group["kind"] != "scale-up":
                continue
            total, positions = counts[group["of"]] * group["count"], [quantity(x) for x in group["x"]]
            for n in range(total):
                rail, block = n // group["count"], n * len(positions) // total
                chip = f"{device.name}/{group['of']}{rail}"
                ports.append(
                    Port(
                        len(ports), f"{chip}/{group['name']}{n % group['count']}", device.name, chip, rail, index[chip], connectors + block,
                        positions[block], device.z_mm + quantity(group["z"]), quantity(group["speed"]), group["lanes"],
                    )
                )  # fmt: skip
                index[chip] += 1
            connectors += len(positions)
    return ports


def connect(devices: list[Device], ports: list[Port], spec: dict[str, Any]) -> list[Link]:
    """Link j of an accelerator to switch chip j mod S, on the next free port of the connector that faces its own."""
    up = spec["scale_up"]
    group = {d.name: d.group for d in devices}
    chips = list(dict.fromkeys(p.chip for p in ports if group[p.device] == up["to"]))
    free: dict[tuple[str, int], list[Port]] = defaultdict(list)
    for port in ports:
        if group[port.device] == up["to"]:
            free[port.chip, port.block].append(port)
    links: list[Link] = []
    for port in ports:
        if group[port.device] == up["from"]:
            plane = port.index % len(chips)
            other = free[chips[plane], port.block].pop(0)
            links.append(Link(len(links), plane, port.rail, port.port_id, other.port_id, len(links), port.lanes))
    return links


def cut(ports: list[Port], links: list[Link], spec: dict[str, Any], parts: Path) -> tuple[list[Cable], list[Pair]]:
    """A cable per link with its lengths, and a pair per lane and direction."""
    up = spec["scale_up"]
    part = load(parts / f"{up['cable']}.yaml")
    step = quantity(part["facts"]["cut_step"]["value"])
    channel, slack, end = (quantity(up.get(k, v)) for k, v in (("channel", "60 mm"), ("slack", "2 %"), ("termination", "15 mm")))
    by_id = {p.port_id: p for p in ports}
    cables: list[Cable] = []
    pairs: list[Pair] = []
    for link in links:
        a, b = by_id[link.a_port_id], by_id[link.b_port_id]
        route = abs(a.z_mm - b.z_mm) + abs(a.x_mm - b.x_mm) + 2 * channel
        length = math.ceil(math.ceil(round((route * (1 + slack) + 2 * end) / step, 9)) * step)
        low, high = sorted((a.name, b.name))
        cables.append(Cable(link.cable_id, f"{low}--{high}", 2 * link.lanes, math.ceil(route), length))
        for lane in range(link.lanes):
            for direction in ("a-to-b", "b-to-a"):
                pairs.append(Pair(len(pairs), link.link_id, link.cable_id, lane, direction, length))
    return cables, pairs


def write(out: Path, name: str, rows: list[Any]) -> None:
    """One CSV file of equal objects."""
    with (out / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(rows[0])])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def run(spec_file: Path, parts: Path, out: Path) -> tuple[int, int, int]:
    """All of it; the number of links, of pairs, and the sum of cut lengths in mm."""
    spec = load(spec_file)
    devices = place(spec, parts)
    ports = expand(devices)
    links = connect(devices, ports, spec)
    cables, pairs = cut(ports, links, spec, parts)
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in (("ports", ports), ("links", links), ("cables", cables), ("pairs", pairs)):
        write(out, name, rows)
    return len(links), len(pairs), sum(c.length_cut_mm for c in cables)


if __name__ == "__main__":
    print(run(*(Path(a) for a in sys.argv[1:4])))
