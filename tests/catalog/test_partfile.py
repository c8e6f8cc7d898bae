"""Broken part files: each mistake is named at its line, all of a file at once."""

from __future__ import annotations

import pytest

from rackwright.base.findings import DesignError
from rackwright.catalog.partfile import read_part

GOOD = """part: me/tray
kind: compute-tray
title: A tray
maker: Me
sources:
  sheet: {title: Data sheet, date: 2026-01-31, confidence: read}
facts:
  height_units: {value: 1, from: sheet}
  unit_height: {value: 48 mm, from: sheet}
  power_max: {value: 2 kW, low: 1.8 kW, high: 2.4 kW, from: sheet, note: two sources}
  liquid_fraction: {value: 85 %, from: sheet}
contains:
  - {part: me/gpu, count: 4, as: gpu}
ports:
  - {kind: scale-up, of: gpu, count: 6, name: up, speed: 400 Gb/s, lanes: 2, connector: blind, face: rear, x: [100 mm, 200 mm], z: 20 mm}
  - {kind: power, count: 2, name: psu, connector: c20, face: rear, x: [300 mm], z: 20 mm}
"""


def missing(part: str) -> str | None:
    return None if part == "me/gpu" else "did you mean `me/gpu`?"


def messages(text: str) -> list[str]:
    with pytest.raises(DesignError) as caught:
        read_part(text, "parts/me/tray.yaml", "me/tray", missing)
    assert {(f.code, f.severity) for f in caught.value.findings} <= {("BOM001", "error")}
    return [f"{f.span.line}:{f.span.column} {f.message}" + (f" ({f.help})" if f.help else "") for f in caught.value.findings]


def test_a_good_file() -> None:
    part = read_part(GOOD, "parts/me/tray.yaml", "me/tray", missing)
    fact = part.facts["power_max"]
    assert (fact.value, fact.low, fact.high, fact.text, fact.unit) == (2000.0, 1800.0, 2400.0, "2 kW", "W")
    assert (fact.source, fact.date, fact.confidence, fact.note) == ("Data sheet", "2026-01-31", "read", "two sources")
    assert part.number("liquid_fraction") == 0.85
    assert [(c.part, c.count, c.alias) for c in part.contains] == [("me/gpu", 4, "gpu")]
    up = part.ports[0]
    assert (up.of, up.count, up.speed_gbps, up.lanes, up.x_mm, up.z_mm) == ("gpu", 6, 400.0, 2, (100.0, 200.0), 20.0)
    assert (part.ports[1].speed_gbps, part.ports[1].lanes) == (0.0, 0)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "part: me/tray",
            "part: me/try",
            "1:7 the file says part `me/try`, its path says `me/tray` (write `part: me/tray`, or move the file to `me/try.yaml`)",
        ),
        ("kind: compute-tray", "kind: compute-try", "2:7 kind `compute-try` is not known (did you mean `compute-tray`?)"),
        ("maker: Me\n", "", "1:1 a part file lacks `maker`"),
        ("maker: Me", "makr: Me", "4:1 a part file has no field `makr` (did you mean `maker`?)"),
        ("2026-01-31", "31.1.2026", "6:36 date of source `sheet` must be a date such as `2026-11-22`, not `31.1.2026`"),
        (
            "confidence: read",
            "confidence: sure",
            "6:60 confidence of source `sheet` `sure` is not known (write one of `read`, `secondary`, `estimated`, `user`)",
        ),
        ("power_max", "power_mx", "10:3 `power_mx` is not a fact of kind `compute-tray` (did you mean `power_max`?)"),
        (
            "  liquid_fraction: {value: 85 %, from: sheet}\n",
            "",
            "7:1 fact `liquid_fraction` is missing, which every compute-tray must have (liquid_fraction: Share of heat that goes into the coolant)",
        ),
        ("value: 2 kW", "value: 2 kg", "10:22 `power_max`: `2 kg` is in `kg`, but "),
        ("value: 2 kW", "value: 2", "10:22 `power_max`: `2` has no unit"),
        ("value: 85 %", "value: 850 %", "11:28 `850 %` is above 100 %, the most `liquid_fraction` may be"),
        ("value: 1,", "value: one,", "8:25 a whole number is wanted for `height_units`, not `one`"),
        ("low: 1.8 kW", "low: 2.1 kW", "10:33 `low` of `power_max`, 2.1 kW, is above its value, 2 kW"),
        ("high: 2.4 kW", "high: 1.9 kW", "10:47 `high` of `power_max`, 1.9 kW, is below its value, 2 kW"),
        ("85 %, from: sheet", "85 %, from: sheat", "11:40 `sheat` is not a source of this file (did you mean `sheet`?)"),
        ("85 %, from: sheet", "85 %", "11:20 fact `liquid_fraction` lacks `from`"),
        ("{value: 85 %, from: sheet}", "85 %", "11:20 fact `liquid_fraction` must be a mapping, not a value"),
        ("part: me/gpu", "part: me/gppu", "13:12 there is no part `me/gppu` (did you mean `me/gpu`?)"),
        ("count: 4", "count: 0", "13:27 `count` must be a whole number from 1 to 10,000, not `0`"),
        ("kind: scale-up", "kind: scaleup", "15:12 kind of port `scaleup` is not known (did you mean `scale-up`?)"),
        ("of: gpu", "of: gpus", "15:26 nothing in `contains` is called `gpus` (did you mean `gpu`?)"),
        (" speed: 400 Gb/s,", "", "15:5 a group of scale-up ports lacks `speed`"),
        ("400 Gb/s", "400 GB/s", "15:58 `speed`: unit `GB/s` is not known"),
        ("x: [100 mm, 200 mm]", "x: [1 mm, 2 mm, 3 mm, 4 mm, 5 mm]", "15:111 24 ports cannot be split evenly over 5 connectors"),
        ("x: [300 mm]", "x: 300 mm", "16:71 `x` must be a list, not a value"),
        ("face: rear, x: [300", "face: top, x: [300", "16:62 face `top` is not known (write one of `front`, `rear`)"),
        ("as: gpu}", "as: gpu}\n  - {part: me/gpu, count: 1, as: gpu}", "14:5 two contents are called `gpu` (give each its own `as`)"),
        (
            "kind: power, count: 2, name: psu",
            "kind: power, of: gpu, count: 2, name: up",
            "16:5 two groups of ports are called `gpu/up` (give each its own `name`)",
        ),
        (
            "kind: power, count: 2, name: psu",
            "kind: power, of: gpu, prints: up, first: 0, count: 2, name: psu",
            "15:3 two ports are printed `gpu/up0` (count one of the groups from another `first`, or give it other `prints`)",
        ),
    ],
)
def test_one_mistake(old: str, new: str, expected: str) -> None:
    assert old in GOOD
    found = messages(GOOD.replace(old, new, 1))
    assert any(f.startswith(expected) for f in found), found


def test_all_mistakes_at_once() -> None:
    text = GOOD.replace("2 kW", "2 kg").replace("from: sheet}", "from: shet}").replace("count: 4", "count: x")
    assert len(messages(text)) >= 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("part: [", "1:8 "),
        ("a: 1\na: 2\n", "2:1 `a` is given twice (keep one of the two)"),
        ("", "1:1 the part file is empty"),
        ("a: 1\n---\nb: 2\n", "1:1 a part file holds one document, this one holds 2"),
        ("- a\n- b\n", "1:1 a part file must be a mapping, not a list"),
    ],
)
def test_not_a_part_file(text: str, expected: str) -> None:
    with pytest.raises(DesignError) as caught:
        read_part(text, "f.yaml", "me/tray", missing)
    found = [f"{f.span.line}:{f.span.column} {f.message}" + (f" ({f.help})" if f.help else "") for f in caught.value.findings]
    assert found[0].startswith(expected)


def test_coolant_rows_must_match() -> None:
    coolant = """part: me/mix
kind: coolant
title: Mix
maker: Me
sources:
  s: {title: S, date: 2026-01-31, confidence: read}
facts:
  basis: {value: 20 % by mass, from: s}
  temperature: {value: 20 40 60, from: s}
  density: {value: 1010 1000, from: s}
  cp: {value: 4000 many 4000, from: s}
  viscosity: {value: 1 0.8 0.6, from: s}
"""
    with pytest.raises(DesignError) as caught:
        read_part(coolant, "f.yaml", "me/mix", missing)
    assert [f"{f.span.line}:{f.span.column} {f.message}" for f in caught.value.findings] == [
        "11:15 `cp` wants numbers separated by spaces, not `4000 many 4000`",
        "10:3 `density` has 2 values for 3 temperatures",
    ]
