"""A small design made by hand: three trays, one switch, three links. Its names can be changed, its bytes cannot differ."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rackwright.schema.tables import Tables, frame

Make = Callable[..., Tables]
SPEC = "rack: demo\ntrays:\n  compute: {part: acme/tray, count: 3}\n  switch: {part: acme/switch, count: 1}\n"


def make(group: str = "compute", part: str = "acme/tray", power: float = 1000.0, count: int = 3, odd: str | None = None) -> Tables:
    """The design; `odd` is the name of the second tray where it is not `GROUP-02`."""
    names = [f"{group}-{i + 1:02d}" for i in range(count)]
    if odd is not None:
        names[1] = odd
    switch = "switch-01"
    device = {
        "rack_id": 0,
        "height_u": 1,
        "is_rear": False,
        "is_derived": True,
        "width_mm": 440.0,
        "depth_mm": 900.0,
        "height_mm": 44.45,
        "mass_kg": 20.0,
        "heat_liquid_w": 0.0,
        "heat_air_w": 500.0,
        "air_flow_m3_s": 0.1,
    }
    devices = [
        {
            "device_id": i,
            "name": n,
            "group": group,
            "part": part,
            "kind": "compute-tray",
            "role": "compute",
            "position_u": i + 1,
            "power_max_w": power,
            "src": 1,
            **device,
        }
        for i, n in enumerate(names)
    ]
    devices.append(
        {
            "device_id": count,
            "name": switch,
            "group": "switch",
            "part": "acme/switch",
            "kind": "switch-tray",
            "role": "switch",
            "position_u": count + 1,
            "power_max_w": 500.0,
            "src": 2,
            **device,
        }
    )
    port = {"kind": "scale-up", "alias": "nvl", "index": 0, "block": 0, "speed_gbps": 400.0, "lanes": 4, "connector": "osfp", "is_rear": True}
    ports = [{"port_id": i, "device_id": i, "name": f"{n}/p0", **port} for i, n in enumerate(names)]
    ports += [{"port_id": count + i, "device_id": count, "name": f"{switch}/p{i}", **port} for i in range(count)]
    links = [
        {
            "link_id": i,
            "fabric": "up",
            "plane": 0,
            "rail": 0,
            "a_port_id": i,
            "b_port_id": count + i,
            "cable_id": i,
            "speed_gbps": 400.0,
            "lanes": 4,
            "src": 1,
        }
        for i in range(count)
    ]
    cables = [
        {
            "cable_id": i,
            "label": "--".join(sorted((f"{n}/p0", f"{switch}/p{i}"))),
            "kind": "scale-up",
            "part": "acme/cable",
            "medium": "twinax",
            "a_port_id": i,
            "b_port_id": count + i,
            "a_end": f"{n}/p0",
            "b_end": f"{switch}/p{i}",
            "pairs": 8,
            "length_route_mm": 500 + i,
            "length_cut_mm": 550 + i,
            "area_mm2_100": 900,
            "mass_kg": 0.1,
            "src": 1,
        }
        for i, n in enumerate(names)
    ]
    inputs = [
        {
            "path": f"trays.{group}.count",
            "value": float(count),
            "text": str(count),
            "unit": "",
            "origin": "written",
            "description": "How many",
            "src": 1,
        },
        {"path": "scale_up.from", "text": group, "unit": "", "origin": "written", "description": "Group with the accelerators", "src": 0},
        {
            "path": "cooling.rise",
            "value": 10.0,
            "text": "10 K",
            "unit": "K",
            "origin": "default",
            "description": "Coolant temperature rise",
            "src": 0,
        },
    ]
    parts = [
        {"part": p, "kind": k, "title": p, "maker": "Acme", "src": 1}
        for p, k in ((part, "compute-tray"), ("acme/switch", "switch-tray"), ("acme/cable", "cable"), ("acme/frame", "frame"))
    ]
    facts = [
        {
            "part": part,
            "fact": "power_max",
            "value": power,
            "text": f"{power:g} W",
            "unit": "W",
            "source": "Acme data sheet",
            "source_date": "2026-01-01",
            "confidence": "read",
        }
    ]
    total = power * count + 500
    summary = [{"key": "power_it_w", "topic": "Power", "title": "IT power", "value": total, "unit": "W", "text": f"{total:,.0f} W"}]
    findings = (
        [
            {
                "finding_id": 0,
                "code": "PWR102",
                "name": "rack-over-limit",
                "severity": "error",
                "subject": names[0],
                "message": f"`{names[0]}` draws {total:g} W",
                "src": 1,
            }
        ]
        if power > 1500
        else []
    )
    bom = [
        {
            "line": 0,
            "part": part,
            "level": 0,
            "kind": "compute-tray",
            "description": "Tray",
            "quantity": float(count),
            "quantity_unit": "pcs",
            "src": 1,
        }
    ]
    spans = [(0, 1, 1, 5, 1, ""), (1, 3, 12, 3, 40, f"trays.{group}"), (2, 4, 11, 4, 41, "trays.switch")]
    return Tables(
        {
            "racks": frame(
                "racks", [{"rack_id": 0, "name": "demo", "part": "acme/frame", "height_units": 10, "unit_mm": 44.45, "base_mm": 0.0, "src": 0}]
            ),
            "devices": frame("devices", devices),
            "ports": frame("ports", ports),
            "links": frame("links", links),
            "cables": frame("cables", cables),
            "inputs": frame("inputs", inputs),
            "parts": frame("parts", parts),
            "part_facts": frame("part_facts", facts),
            "summary": frame("summary", summary),
            "findings": frame("findings", findings),
            "bom": frame("bom", bom),
            "spans": frame(
                "spans",
                [
                    {"src": s, "file": "spec/demo.yaml", "line": a, "column": b, "end_line": c, "end_column": d, "path": p}
                    for s, a, b, c, d, p in spans
                ],
            ),
        }
    )


@pytest.fixture(name="make")
def _make() -> Make:
    return make
