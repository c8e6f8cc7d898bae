"""Spec and catalogue to tables: inputs, parts with facts, and every device, chip and port the spec asks for, not yet placed.

Writes spans, inputs, parts, part_facts, part_contents, racks, devices, chips, ports, waivers. Ports still stand in their device's own
coordinates; `place` moves both into the rack's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from rackwright.base.findings import DesignError
from rackwright.base.spans import SpanTable
from rackwright.base.stage import stage
from rackwright.base.tree import spec_error
from rackwright.base.units import show
from rackwright.build.contradictions import is_dc
from rackwright.build.part_tables import part_tables
from rackwright.build.resolve import CHIP_KINDS, Parts
from rackwright.build.sizing import shelves_needed
from rackwright.build.span_table import span_table
from rackwright.build.waivers import waivers
from rackwright.catalog.part import Part
from rackwright.schema.tables import frame
from rackwright.spec.describe import inputs

Row = dict[str, object]
MAX_SUPPLIES = 60  # shelves or PDUs: more than any frame has units, few enough that every pair of them can be lost in turn
ROLES = {"compute-tray": "compute", "server": "compute", "switch-tray": "switch", "switch": "switch"}


@stage(reads=(), writes=("chips", "devices", "inputs", "part_contents", "part_facts", "parts", "ports", "racks", "spans", "waivers"))
def expand(parts: Parts) -> dict[str, pl.DataFrame]:
    """The first tables of a design.

    Raises:
        DesignError: SPC108, a load that no number of shelves or PDUs in one rack carries.
    """
    spans = SpanTable()
    document, spec = parts.document, parts.document.spec
    spans.add(document.span(""), "")
    for part, facts in spec.overrides.items():
        for fact in facts:
            _src(parts, spans, f"overrides.{part}.{fact}")
    rows = _inputs(parts, spans)
    devices, derived = _devices(parts, spans)
    for row in derived:
        rows[str(row["path"])] = row
    made = {
        "inputs": frame("inputs", list(rows.values())),
        "racks": frame("racks", [_rack(parts, spans)]),
        "devices": frame("devices", devices),
        "waivers": waivers(spec.waivers, partial(_src, parts, spans)),
    }
    made |= part_tables(parts.by_name, lambda name: _src(parts, spans, parts.asked_by[name]))
    made |= chips_and_ports(made["devices"], parts.by_name)
    made["spans"] = span_table(spans)
    return made


def _src(parts: Parts, spans: SpanTable, path: str) -> int:
    return spans.add(parts.document.span(path), path)


def _inputs(parts: Parts, spans: SpanTable) -> dict[str, Row]:
    document = parts.document
    rows: dict[str, Row] = {}
    for path, value, text, unit, description in inputs(document.spec):
        changed = next((o for p, o in document.origins.items() if path == p or path.startswith(p + ".")), None)
        origin = changed or ("written" if path in document.spans else "default")
        rows[path] = {
            "path": path,
            "value": value,
            "text": text,
            "unit": unit,
            "origin": origin,
            "description": description,
            "src": _src(parts, spans, path),
        }
    return rows


def _rack(parts: Parts, spans: SpanTable) -> Row:
    spec = parts.document.spec
    part = parts.by_name[spec.frame]
    return {
        "rack_id": 0,
        "name": spec.rack,
        "part": part.name,
        "height_units": int(part.number("height_units") or 0),
        "unit_mm": part.number("unit_height"),
        "base_mm": part.number("base_height"),
        "src": _src(parts, spans, "frame"),
    }


def _devices(parts: Parts, spans: SpanTable) -> tuple[list[Row], list[Row]]:
    """Device rows in spec order, then power shelves, batteries and PDUs with derived counts; and the derived inputs."""
    spec, rows, derived = parts.document.spec, list[Row](), list[Row]()

    def add(group: str, part: Part, count: int, role: str, path: str, **more: object) -> None:
        src = _src(parts, spans, path)
        for i in range(count):
            rows.append(
                _device(parts, part, spec.frame)
                | {
                    "device_id": len(rows),
                    "name": f"{group}-{i + 1:02d}",
                    "group": group,
                    "role": role,
                    "src": src,
                    "is_rear": False,
                    **more,
                }
            )

    for name, g in spec.trays.items():
        part = parts.by_name[g.part]
        role = "management" if name == spec.management.switches else ROLES[part.kind]
        if spec.scale_up is None or name not in (spec.scale_up.accelerators, spec.scale_up.switches):
            role = "host" if role == "compute" and not _holds(parts, part, "accelerator") else role
        add(name, part, g.count, role, f"trays.{name}", is_rear=g.rear)
    dc = sum(float(str(r["power_max_w"])) for r in rows if is_dc(parts.by_name[str(r["part"])]))
    ac = sum(float(str(r["power_max_w"])) for r in rows if not is_dc(parts.by_name[str(r["part"])]))
    feeds = len(spec.power.feeds)
    for group, part_name, given, path, role, load in (
        ("power-shelf", spec.power.shelf, spec.power.shelves, "power.shelves", "power", dc),
        ("pdu", spec.power.pdu, spec.power.pdus, "power.pdus", "pdu", ac),
    ):
        if part_name is None:
            continue
        part = parts.by_name[part_name]
        rated = (part.number("psu_count") or 0) * (part.number("psu_rated") or 0) if role == "power" else part.number("power_rated") or 0
        count = shelves_needed(load, rated, feeds, spec.power.redundancy, given)
        if count > MAX_SUPPLIES:
            raise _too_many(parts, role, count, load, rated, is_given=given is not None)
        if given is None:
            derived.append(_derived(parts, spans, path, count, f"smallest number that carries {load / 1000:.1f} kW at {spec.power.redundancy}"))
        first = len(rows)
        add(group, part, count, role, path if given is not None else path.rpartition(".")[0] + (".shelf" if role == "power" else ".pdu"))
        for i, row in enumerate(rows[first:]):
            row["feed"] = spec.power.feeds[i % feeds]
            row["zone"] = i * spec.power.zones // max(count, 1) if role == "power" else None
        if role == "power" and spec.power.battery is not None:
            _batteries(parts, spans, derived, count, add, rows)
    return rows, derived


def _too_many(parts: Parts, role: str, count: int, load_w: float, rated_w: float, *, is_given: bool) -> DesignError:
    what, path = ("power shelves", "power.shelf") if role == "power" else ("PDUs", "power.pdu")
    if is_given:
        path = "power.shelves" if role == "power" else "power.pdus"
        text, help = f"{count} {what} are more than any rack holds", f"write at most {MAX_SUPPLIES}"
        return spec_error("SPC108", "contradiction", text, parts.document.span(path), help)
    text = f"a load of {show(load_w, 'W')} takes {count:,} {what} of {show(rated_w, 'W')} each, more than any rack holds"
    where, help = parts.document.span(path), "see what the trays draw and what one such device gives, also under `overrides`"
    return spec_error("SPC108", "contradiction", text, where, help)


def _batteries(parts: Parts, spans: SpanTable, derived: list[Row], shelves: int, add: object, rows: list[Row]) -> None:
    assert callable(add)
    spec, name = parts.document.spec, parts.document.spec.power.battery
    assert name is not None
    count = shelves if spec.power.batteries is None else spec.power.batteries
    if spec.power.batteries is None:
        derived.append(_derived(parts, spans, "power.batteries", count, "one per power shelf"))
    first = len(rows)
    add("battery", parts.by_name[name], count, "battery", "power.battery")
    for i, row in enumerate(rows[first:]):
        row["zone"] = i * spec.power.zones // max(count, 1)


def _derived(parts: Parts, spans: SpanTable, path: str, count: int, why: str) -> Row:
    return {
        "path": path,
        "value": float(count),
        "text": f"{count}",
        "unit": "",
        "origin": "derived",
        "description": f"Derived: {why}",
        "src": _src(parts, spans, path),
    }


def _holds(parts: Parts, part: Part, kind: str) -> bool:
    return any(parts.by_name[c.part].kind == kind for c in part.contains if c.part in parts.by_name)


def _device(parts: Parts, part: Part, frame_name: str) -> Row:
    """Size, mass and power of one device. A width or depth nobody published is taken as the frame's usable width and 80 % of its depth."""
    rack = parts.by_name[frame_name]
    unit = part.number("unit_height") or rack.number("unit_height") or 1
    height = (part.number("height_units") or 0) * unit
    return {
        "rack_id": 0,
        "part": part.name,
        "kind": part.kind,
        "height_u": math.ceil(round(height / (rack.number("unit_height") or 1), 6)),
        "height_mm": part.number("height") or height,
        "width_mm": part.number("width") or rack.number("width_it"),
        "depth_mm": part.number("depth") or 0.8 * (rack.number("depth") or 1000),
        "mass_kg": part.number("mass") or 0.0,
        "power_max_w": part.number("power_max") or 0.0,
        "power_idle_w": part.number("power_idle"),
        "power_peak_w": part.number("power_peak"),
        "heat_liquid_w": 0.0,
        "heat_air_w": 0.0,
        "air_flow_m3_s": 0.0,
        "is_derived": False,
    }


def chips_and_ports(devices: pl.DataFrame, parts: Mapping[str, Part]) -> dict[str, pl.DataFrame]:
    """Chips and ports of every device, stamped per part: one template each, repeated by offset."""
    named = devices.select("device_id", "name", "part").rows()
    inside = {name: _inside(parts[name], parts) for _, _, name in named}
    sockets = {name: _port_template(parts[name], [alias for alias, _, _ in inside[name]]) for name in inside if parts[name].ports}
    chips, stamps = list[Row](), list[tuple[int, str, int, dict[str, Any]]]()
    for device_id, device, part in named:
        if part in sockets:
            stamps.append((device_id, device, len(chips), sockets[part]))
        for alias, chip, i in inside[part]:
            row = {"chip_id": len(chips), "device_id": device_id, "name": f"{device}/{alias}", "part": chip, "kind": parts[chip].kind, "index": i}
            chips.append(row)
    return {"chips": frame("chips", chips), "ports": frame("ports", _stamped(stamps) if stamps else [])}


def _stamped(stamps: list[tuple[int, str, int, dict[str, Any]]]) -> dict[str, Any]:
    """Columns of `ports` from device, its name, its first chip and the template of its ports."""
    names = [f"{device}/{tail}" for _, device, _, template in stamps for tail in template["tail"]]
    return {
        "port_id": np.arange(len(names)),
        "device_id": np.repeat([d for d, *_ in stamps], [len(template["tail"]) for *_, template in stamps]),
        "chip_id": [None if at is None else first + at for _, _, first, template in stamps for at in template["chip"]],
        "name": names,
        **_joined([template for *_, template in stamps], "tail", "chip"),
    }


def _joined(pieces: Sequence[Mapping[str, Any]], *without: str) -> dict[str, Any]:
    """Columns of several pieces, one after the other: lists of text, arrays of numbers."""
    return {
        c: np.concatenate([p[c] for p in pieces]) if isinstance(first, np.ndarray) else [x for p in pieces for x in p[c]]
        for c, first in pieces[0].items()
        if c not in without
    }


def _inside(part: Part, parts: Mapping[str, Part]) -> list[tuple[str, str, int]]:
    """Name within the device, part and index of every chip in a part."""
    return [(f"{c.alias}{i}", c.part, i) for c in part.contains if c.part in parts and parts[c.part].kind in CHIP_KINDS for i in range(c.count)]


def _port_template(part: Part, chips: list[str]) -> dict[str, Any]:
    """Ports of a part, group by group: `tail` of their names, place in `chips` of the one they sit on, and columns of table `ports`."""
    return _joined([_port_group(part, i, chips) for i in range(len(part.ports))])


def _port_group(part: Part, which: int, chips: list[str]) -> dict[str, Any]:
    """Ports of one group of a part. Groups of one kind count their connector blocks and, on the same chips, their indices through."""
    g, before = part.ports[which], [p for p in part.ports[:which] if p.kind == part.ports[which].kind]
    owners = next((c.count for c in part.contains if c.alias == g.of), 1) if g.of else 1
    total, each = owners * g.count, max(g.count, 1)
    number, x = np.arange(total), np.asarray(g.x_mm or (0.0,))
    block = number * len(x) // max(total, 1)
    on = [f"{g.of}{o}" for o in range(owners)] if g.of else [None]
    return {
        "tail": [f"{alias}/{word}" if alias else word for alias in on for word in g.printed],
        "alias": [g.alias] * total,
        "chip": [chips.index(alias) if alias in chips else None for alias in on for _ in range(g.count)],
        "kind": [g.kind] * total,
        "index": number % each + sum(p.count for p in before if p.of == g.of),
        "block": block + sum(max(len(p.x_mm), 1) for p in before),
        "speed_gbps": np.full(total, g.speed_gbps, np.float64),
        "lanes": np.full(total, g.lanes),
        "connector": [g.connector] * total,
        "is_rear": np.full(total, g.face == "rear"),
        "x_mm": x[block] if total else np.empty(0),
        "y_mm": np.zeros(total),
        "z_mm": np.full(total, g.z_mm, np.float64),
    }
