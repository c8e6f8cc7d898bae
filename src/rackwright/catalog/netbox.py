"""A NetBox device type (YAML of the device-type library) as the text of a part file.

NetBox knows height, weight, power ports and interfaces. It knows no depth, no place of a port, no heat split and no price; those become
estimates that say so, or stay out. Source of the format: netbox-community/devicetype-library, schema/devicetype.json and components.json.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from rackwright.base.findings import DesignError, Finding
from rackwright.base.spans import Span
from rackwright.base.tree import Node, parse, read_text, type_names
from rackwright.catalog.partfile import broken

_KG = {"kg": 1.0, "g": 1e-3, "lb": 0.45359237, "oz": 0.028349523125}
_REQUIRED = ("manufacturer", "model", "slug", "u_height")
_SPEED = re.compile(r"(\d+(?:\.\d+)?)(m|g|t)?base-")
_INFINIBAND = {"edr": 100.0, "hdr": 200.0, "ndr": 400.0, "xdr": 800.0}
_CONNECTORS = {
    "t": "rj45",
    "tx": "rj45",
    "sfp": "sfp",
    "sfpp": "sfp+",
    "sfp28": "sfp28",
    "sfp56": "sfp56",
    "qsfpp": "qsfp+",
    "qsfp28": "qsfp28",
    "qsfp56": "qsfp56",
    "qsfp112": "qsfp112",
    "qsfpdd": "qsfp-dd",
    "osfp": "osfp",
    "osfp-rhs": "osfp",
    "osfp1600": "osfp1600",
}
_WIDTH = 438
_RIM = 20  # mm at either side of a face without ports
_WATTS_PER_UNIT = {"server": 500, "switch": 300}
_SWITCH_PORTS = 16


@dataclass(frozen=True, slots=True)
class _Interfaces:
    """Interfaces of one type: how many, and what the type says."""

    kind: str
    name: str
    count: int
    speed_gbps: float
    connector: str
    lanes: int
    is_infiniband: bool = False


@dataclass(slots=True)
class _Checks:
    """Findings of one file."""

    found: list[Finding] = field(default_factory=list)

    def fault(self, message: str, span: Span, help: str = "") -> None:
        self.found.append(Finding("BOM001", "part-file-broken", "error", message, span, help=help))

    def number(self, node: Node | None, what: str, least: float, step: float = 0.0) -> float | None:
        """A number of at least `least` and a multiple of `step`; None where it is absent or broken."""
        if node is None:
            return None
        text = node.value if isinstance(node.value, str) else ""
        value = float(text) if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text) else math.nan
        if not value >= least or (step and value % step):
            multiple = f", a multiple of {step:g}" if step else ""
            given = f"`{text}`" if isinstance(node.value, str) else type_names[node.kind]
            self.fault(f"`{what}` must be a number from {least:g}{multiple}, not {given}", node.span)
            return None
        return value

    def text(self, rows: dict[str, Node], name: str, default: str = "") -> str:
        """A scalar of a mapping."""
        node = rows.get(name)
        if node is None:
            return default
        if not isinstance(node.value, str) or not node.value.strip():
            self.fault(f"`{name}` must be a text, not {type_names[node.kind] if node.value else 'nothing'}", node.span)
            return default
        return " ".join(node.value.split())

    def components(self, rows: dict[str, Node], name: str) -> list[dict[str, Node]]:
        """A list of components, each with a name and a type."""
        node = rows.get(name)
        if node is None:
            return []
        if not isinstance(node.value, list):
            self.fault(f"`{name}` must be a list, not {type_names[node.kind]}", node.span)
            return []
        good = []
        for row in node.value:
            if not isinstance(row.value, dict):
                self.fault(f"an entry of `{name}` must be a mapping, not {type_names[row.kind]}", row.span)
                continue
            lost = [f for f in ("name", "type") if f not in row.value]
            for f in lost:
                self.fault(f"an entry of `{name}` lacks `{f}`", row.span)
            if not lost:
                good.append(row.value)
        return good


def convert(path: Path, shown: str, day: str | None = None) -> tuple[str, str]:
    """Part name and part file text for the device type in `path`; `shown` is the file in messages.

    `day` (ISO) dates the facts; without it the day the file was last written does.

    Raises:
        DesignError: BOM001 with file, line and column for everything that is not as NetBox defines it.
    """
    try:
        documents = parse(read_text(path, shown), shown)
    except DesignError as fault:
        raise broken(fault) from None
    top = Span(shown, 1, 1, 1, 1)
    checks = _Checks()
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        checks.fault("a NetBox device type is one YAML mapping", top, "take a file of device-types/ of the device-type library")
        raise DesignError(checks.found)
    rows = documents[0].value
    for name in _REQUIRED:
        if name not in rows:
            checks.fault(f"a NetBox device type has `{name}`, this file has none", top, "module types and rack types do not become parts")
    if day is None:
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()
    name, lines = _part(checks, rows, shown, day)
    if checks.found:
        raise DesignError(checks.found)
    return name, "\n".join(lines) + "\n"


def _part(checks: _Checks, rows: dict[str, Node], shown: str, day: str) -> tuple[str, list[str]]:
    maker, model = checks.text(rows, "manufacturer"), checks.text(rows, "model")
    name = _name(checks, rows, maker)
    units = checks.number(rows.get("u_height"), "u_height", 0, 0.5) or 0.0
    groups, left_out = _interfaces(checks, rows)
    data_ports = sum(g.count for g in groups if g.name != "mgmt")
    kind = "switch" if data_ports >= _SWITCH_PORTS else "server"
    groups, dropped = _roles(groups, kind)
    lines = [
        f"# Imported from a NetBox device type ({Path(shown).name}). NetBox knows no depth, port places, heat split or price: check the estimates.",
        *(f"# Left out: {text}." for text in [*left_out, *dropped]),
        f"part: {name}",
        f"kind: {kind}",
        f"title: {json.dumps(f'{maker} {model}', ensure_ascii=False)}",
        f"maker: {json.dumps(maker, ensure_ascii=False)}",
        "sources:",
        f"  netbox: {{title: {json.dumps(f'NetBox device type {maker} {model}', ensure_ascii=False)}, date: {day}, confidence: secondary}}",
        f'  est: {{title: Rackwright estimate, date: {day}, confidence: estimated, note: "not in NetBox; set your own"}}',
        "facts:",
        *_body(checks, rows, units),
        *_power(checks, rows, kind, units),
        *_cages(groups, kind),
    ]
    ports = _ports(groups, kind, units) + _inlets(checks, rows)
    return name, [*lines, *(["ports:", *ports] if ports else [])]


def _name(checks: _Checks, rows: dict[str, Node], maker: str) -> str:
    slug, first = _slug(checks.text(rows, "slug")), _slug(maker)
    for name, text in (("manufacturer", first), ("slug", slug)):
        if not text and name in rows:
            checks.fault(f"`{name}` leaves no name for the part", rows[name].span, "write it with letters a to z and digits")
    return f"{first}/{slug.removeprefix(f'{first}-') or slug}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")


def _fact(name: str, value: str, source: str, note: str = "", ends: str = "") -> str:
    return f"  {name}: {{value: {value}, {ends}from: {source}" + (f", note: {json.dumps(note, ensure_ascii=False)}" if note else "") + "}"


def _body(checks: _Checks, rows: dict[str, Node], units: float) -> list[str]:
    whole = math.ceil(units)
    made = [
        _fact("height_units", str(whole), "netbox", "" if whole == units else f"{units:g} units in NetBox, which take {whole}"),
        _fact("unit_height", "44.45 mm", "netbox"),
        _fact("width", f"{_WIDTH} mm", "est", "19 in chassis"),
    ]
    is_full = checks.text(rows, "is_full_depth", "true").lower() in ("true", "yes", "on")
    made.append(_fact("depth", f"{750 if is_full else 400} mm", "est", f"NetBox says only that it is {'' if is_full else 'not '}full depth"))
    weight = checks.number(rows.get("weight"), "weight", 0)
    unit = checks.text(rows, "weight_unit")
    if "weight" in rows and unit not in _KG:
        checks.fault(f"`weight_unit` must be one of kg, g, lb, oz, not `{unit}`", rows.get("weight_unit", rows["weight"]).span)
    elif weight is not None:
        made.append(_fact("mass", f"{round(weight * _KG[unit], 3):g} kg", "netbox"))
    return made


def _power(checks: _Checks, rows: dict[str, Node], kind: str, units: float) -> list[str]:
    """Power from the draws of the power ports. Two or more are taken as redundant halves: NetBox does not say what each may draw at once."""
    ports = checks.components(rows, "power-ports")
    draws = [d for p in ports if (d := checks.number(p.get("maximum_draw"), "maximum_draw", 1, 1)) is not None]
    needed = math.ceil(len(ports) / 2)
    if draws:
        total, single = sum(draws), max(draws)
        watts = max(single, total / 2) if len(draws) > 1 else total
        if len(draws) > 1:
            note = f"half of the {total:g} W of all power ports in NetBox, which are taken as redundant"
            made = [_fact("power_max", f"{watts:g} W", "est", note, f"low: {single:g} W, high: {total:g} W, ")]
        else:
            made = [_fact("power_max", f"{watts:g} W", "netbox")]
    else:
        watts = max(units, 0.5) * _WATTS_PER_UNIT[kind]
        made = [_fact("power_max", f"{watts:g} W", "est", f"no draw in NetBox; {_WATTS_PER_UNIT[kind]} W per unit taken")]
    made.append(_fact("liquid_fraction", "0 %", "est", "NetBox knows no coolant; taken as air-cooled"))
    if any(checks.text(p, "type") == "dc-terminal" for p in ports):
        made += [
            _fact("supply_voltage_min", "40 V", "est", "48 V class input"),
            _fact("supply_voltage_max", "60 V", "est", "48 V class input"),
            _fact("clip_current_rated", f"{math.ceil(watts / 40 / 5) * 5} A", "est", "carries the power at 40 V"),
        ]
    elif ports:
        made += [_fact("psu_count", str(len(ports)), "netbox"), _fact("psu_needed", str(needed), "est", "half of them")]
    return made


def _interfaces(checks: _Checks, rows: dict[str, Node]) -> tuple[list[_Interfaces], list[str]]:
    """Interfaces grouped by type and use, in the order of the file; and what has no speed in its type."""
    members: dict[tuple[str, bool], list[str]] = {}
    for row in checks.components(rows, "interfaces"):
        key = (checks.text(row, "type"), checks.text(row, "mgmt_only", "false").lower() in ("true", "yes", "on"))
        members.setdefault(key, []).append(checks.text(row, "name"))
    groups: list[_Interfaces] = []
    left_out = []
    for (slug, is_mgmt), names in members.items():
        speed = _speed(slug)
        if speed is None:
            left_out.append(f"{len(names)} interface{'s' if len(names) > 1 else ''} of type {slug}")
            continue
        connector = "osfp" if slug.startswith("infiniband-") else _connector(slug)
        kind = "management" if is_mgmt else "scale-out" if speed >= 200 else "frontend"
        name = "mgmt" if is_mgmt else _port_name(names, {g.name for g in groups})
        groups.append(_Interfaces(kind, name, len(names), speed, connector, _lanes(connector, speed), slug.startswith("infiniband-")))
    return groups, left_out


def _roles(groups: list[_Interfaces], kind: str) -> tuple[list[_Interfaces], list[str]]:
    """A switch of 1G copper ports is a management switch: those ports serve others, and its own management port would pass for one of them."""
    serves = [g for g in groups if kind == "switch" and g.name != "mgmt" and g.connector == "rj45" and g.speed_gbps <= 1 and g.count >= _SWITCH_PORTS]
    if not serves:
        return groups, []
    kept = [replace(g, kind="management") if g in serves else g for g in groups if g.name != "mgmt"]
    return kept, ["its own management port, so that its management ports are those it offers"] if len(kept) < len(groups) else []


def _speed(slug: str) -> float | None:
    found = _SPEED.match(slug)
    if found:
        return float(found[1]) * {"m": 1e-3, "g": 1.0, "t": 1e3, None: 1e-3}[found[2]]
    return _INFINIBAND.get(slug.removeprefix("infiniband-")) if slug.startswith("infiniband-") else None


def _connector(slug: str) -> str:
    end = slug.partition("base-")[2].removeprefix("x-")
    return _CONNECTORS.get(end, end)


def _lanes(connector: str, speed: float) -> int:
    if connector in ("osfp", "qsfp-dd", "osfp1600"):
        return 8 if speed >= 800 or connector == "qsfp-dd" else 4
    return 4 if connector.startswith("qsfp") else 1


def _port_name(names: Iterable[str], taken: set[str]) -> str:
    words = [re.match(r"[a-z-]*", name.lower()) for name in names]
    first = {w[0].strip("-") for w in words if w}
    stem = (first.pop() if len(first) == 1 else "") or "p"
    names_left = (stem, *(f"{stem}-{letter}" for letter in "bcdefghijklmnopqrstuvwxyz"))
    return next((n for n in names_left if n not in taken and n != "mgmt"), stem)


def _cages(groups: list[_Interfaces], kind: str) -> list[str]:
    """Cages of a switch: as many as interfaces of its largest group, and for links upwards those of the one other group that is faster.

    InfiniBand has two interfaces in a cage or one, which NetBox does not say.
    """
    data = sorted((g for g in groups if g.name != "mgmt"), key=lambda g: -g.count)
    if kind != "switch" or data[0].count < _SWITCH_PORTS or any(g.is_infiniband for g in data):
        return []
    most = data[0]
    made = [
        _fact("protocol", "ethernet", "netbox"),
        _fact("cages", str(most.count), "netbox", "one for each interface"),
        _fact("cage_speed", f"{most.speed_gbps:g} Gb/s", "netbox"),
        _fact("cage_connector", most.connector, "netbox"),
        _fact("breakouts", "1", "est", "NetBox knows no breakouts; write those of the data sheet, such as 1 2 4"),
    ]
    faster = [g for g in data[1:] if g.speed_gbps > most.speed_gbps]
    if len(faster) == 1:
        up = faster[0]
        made += [
            _fact("uplink_cages", str(up.count), "netbox", "one for each interface"),
            _fact("uplink_speed", f"{up.speed_gbps:g} Gb/s", "netbox"),
            _fact("uplink_connector", up.connector, "netbox"),
        ]
    return made


def _ports(groups: list[_Interfaces], kind: str, units: float) -> list[str]:
    """One group of ports per type of interface, each port at a place of its own, spread over the face; places are estimates."""
    z = round(max(units, 1) * 44.45 / 2)
    face = "front" if kind == "switch" else "rear"
    number, taken, made = sum(g.count for g in groups), 0, []
    for g in groups:
        places = ", ".join(f"{_RIM + (_WIDTH - 2 * _RIM) * (k + 0.5) / number:.1f} mm" for k in range(taken, taken + g.count))
        made.append(
            f"  - {{kind: {g.kind}, count: {g.count}, name: {g.name}, speed: {g.speed_gbps:g} Gb/s, lanes: {g.lanes}, connector: {g.connector}, "
            f"face: {face}, x: [{places}], z: {z} mm}}"
        )
        taken += g.count
    return made


def _inlets(checks: _Checks, rows: dict[str, Node]) -> list[str]:
    types = [checks.text(p, "type") for p in checks.components(rows, "power-ports")]
    inlets = [(t, _slug(t).removeprefix("iec-60320-")) for t in dict.fromkeys(types)]
    names = ["psu", *(f"psu-{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")]
    return [
        f"  - {{kind: power, count: {types.count(t)}, name: {name}, connector: {inlet}, face: rear, x: [60 mm], z: 22 mm}}"
        for name, (t, inlet) in zip(names, inlets, strict=False)
    ]
