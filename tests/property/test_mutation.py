"""Good specs, spoilt at random: whatever is done to them, the answer is a design or findings with a place, never a traceback.

2,000 files, made from fixed seeds so that a failure comes back, go through the whole compile, from bytes to rules. Seven of eight start from
small racks (a compile takes some 0.15 s), the rest from the examples. `SEED=1234 pytest tests/property/test_mutation.py -k one` runs a single case.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from rackwright.base.findings import SEVERITIES, DesignError, Finding
from rackwright.catalog.loader import Catalog
from rackwright.cli.formats import render
from rackwright.cli.sources import Sources
from rackwright.flow.pipeline import compile_file
from rackwright.schema.kinds import kind_schema

CASES, CHUNK = 1000, 50
EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples" / "racks").glob("*.yaml"))
SMALL = (
    """rack: small
frame: nvidia/mgx-48u
trays:
  mgmt: {part: nvidia/sn2201-dc, count: 2, at: "4, 6"}
power:
  shelf: ocp/hpr-33kw
  busbar: ocp/mgx-busbar-1400a
  redundancy: N+1
placement: {keep_out: [{units: 1..2, because: whips enter here}], order: [power-shelf]}
""",
    """rack: air
frame: eia/310-48u
trays:
  box: {part: nvidia/dgx-h100, count: 2}
  tor: {part: nvidia/sn2201}
power:
  supply: 415 V
  feeds: [A, B]
  redundancy: 2N
  pdu: raritan/px3-5878
cooling: {room: 24 degC, humidity: 45 %, air_rise: 14 K}
management: {switches: tor}
waivers:
  - {rule: MEC101, for: "box-*", until: 2027-01-31, because: agreed with the site team}
""",
    """rack: liquid
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch:  {part: nvidia/nvlink5-switch-tray, count: 1, within: compute}
placement:
  order: [power-shelf, compute]
  together: [[compute, switch]]
scale_up: {fabric: nvlink5, from: compute, to: switch, cable: cable/nvlink-twinax, cartridge: nvidia/nvlink-cartridge}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a, zones: 1}
cooling: {coolant: coolant/pg25, supply: 40 degC, rise: 10 K, manifold: manifold/rack-45mm}
overrides:
  nvidia/gb200-compute-tray: {price: 200000 USD, mass: 30 kg}
variants:
  gb300: {trays.compute.part: nvidia/gb300-compute-tray}
""",
    """rack: battery
frame: ocp/orv3-hpr
trays:
  oob: {part: generic/oob-48x1g-dc, count: 1}
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar, battery: ocp/bbu-hpr, shelves: 2, zones: 2, ride_through: 90 s}
floor: {rating: 1500 kg/m2}
cabling: {fill_max: 40 %, slack: 5 %}
""",
)
SCALARS = [
    "", "~", "null", "no", "yes", "true", "0", "-0", "1", "-1", "007", "1e3", "1e400", "1.10", ".5", "1:4", "0x10", "99999999999999999999", "nan",
    "inf", "-inf", "1,5 m", "10 parsec", "-40 degC", "0 K", "1e-300 V", "120 kW", "100 %", "101 %", "-5 %", "0 %", "1e9 m", "1 mm", "1 V", "[]",
    "{}", "[1, 2]", "{a: b}", "[[[]]]", "*", "&a", "*a", "!!int 3", "|", ">", "'", '"', "`", "@", "%", "a: b", "- a", "# x", "é", "日本", "\u202e",
    "\u2028", "\x00", "\x07", "\ufeff", "x" * 3000, "compute", "power-shelf", "A", "2N", "N", "N+2", "1..3", "3..1", "0..9", "1..999", "1..40",
    "2027-02-30", "../..", "MEC101", "direct", "reverse",
]  # fmt: skip
KEYS = [
    "part", "count", "at", "within", "below", "rear", "units", "because", "order", "together", "supply", "rise", "zones", "shelves", "batteries",
    "pdus", "battery", "<<", "", "rack", "0", "é", "a b", "first_unit", "centre_of_mass_max", "braced", "redundancy", "ride_through",
    "whip_length", "piping", "cartridge", "variants", "x" * 500,
]  # fmt: skip
UNITS = [
    "W", "kW", "MW", "mm", "m", "km", "V", "kV", "A", "degC", "K", "%", "kg", "s", "h", "kg/m2", "L/min", "", "U", "GW",
]  # fmt: skip
FACTS = [
    "power_max: 0 W", "power_max: 1 MW", "power_max: 1 W", "mass: 0 kg", "mass: 5000 kg", "height_units: 0", "height_units: 60",
    "liquid_fraction: 0 %", "liquid_fraction: 100 %", "width: 0 mm", "depth: 5000 mm", "psu_count: 0", "psu_count: 50", "psu_count: 1",
    "psu_rated: 1 W", "efficiency: 50 %", "efficiency: 100 %", "droop_voltage: 50 V", "droop_voltage: 0 V", "output_voltage: 10 V",
    "clip_current_rated: 0 A", "resistance_per_m: 0 ohm", "resistance_per_m: 0.1 ohm", "current_rated: 0 A", "voltage_nominal: 10 V",
    "voltage_min: 1000 V", "bore: 5 mm", "roughness: 0 mm", "roughness: 1 mm", "hose_length: 0 mm", "hose_bore: 300 mm",
    "coolant_drop_design: 0 Pa", "coolant_drop_design: 1 MPa", "coolant_rise_design: 0.5 K", "lengths: '1  2'", "lengths: 0", "reach_max: 0 mm",
    "diameter: 200 mm", "diameter: 0 mm", "cut_step: 1000 mm", "unit_height: 44.45 mm", "unit_height: 60 mm", "height_units: 1",
    "base_height: 0 mm", "width_it: 100 mm", "payload_max: 0 kg", "cable_channel_area: 0 mm2", "cable_channel_area: 1 mm2", "temperature: 0 1",
    "viscosity: 0 0 0", "density: '0'", "cp: 1", "price: 1000000000 USD", "price_per_m: 0 USD", "medium: aoc", "psu: nvidia/grace",
    "coupling: ocp/uqd04", "coupling: nobody/nothing", "outlets_c19: 0", "breaker: 0 A", "power_rated: 1 W", "voltage: 1000 V", "power_idle: 0 W",
    "power_peak: 1 MW", "air_flow_max: 0 m3/s", "supply_voltage_min: 1000 V", "input_count: 1", "time_short: 0 s", "time_long: 0 s",
    "power_short: 0 W", "module_count: 50",
]  # fmt: skip
SECTIONS = [
    "placement: {order: [compute, switch, mgmt, box, power-shelf, battery]}",
    "placement: {together: [[compute, power-shelf], [power-shelf, mgmt], [mgmt, compute]]}",
    "placement: {keep_out: [{units: 1..60, because: nothing may stand here}]}", "placement: {first_unit: 47}", "placement: {first_unit: 0}",
    "waivers: [{rule: PWR103, until: 2030-01-01, because: known and accepted}]", "variants: {a: {trays.mgmt.count: 0}}",
    "floor: {rating: 1 kg/m2}", "cooling: {piping: reverse, rise: 0.5 K}", "cooling: {rise: 100 K, supply: -50 degC}",
    "management: {switches: mgmt}", "management: {switches: compute}", "parts: [nowhere]", "parts: [.]", "power: {}",
    "scale_up: {fabric: x, cable: cable/cat6}", "---", "...", "? [a]", "overrides: {nvidia/mgx-48u: {height_units: 5}}",
]  # fmt: skip
SETS = [
    "trays.mgmt.count=0", "trays.compute.count=200", "power.zones=9", "power.shelves=0", "power.shelves=200", "power.redundancy=N+2",
    "power.feeds=[A, B, C]", "cooling.rise=1 K", "trays.box.at=40", "a=b", "=", "power.busbar=", "scale_up.slack=100 %", "trays={}",
    "power.feeds.0=C", "cooling.piping=reverse", "trays.switch.below=0", "trays.compute.rear=true", "placement.order=[]", "power.batteries=0",
]  # fmt: skip
STRAYS = [
    "\t", "\x00", "\x1b[31m", "\u202e", "\u2029", "é", "🖥", "'", '"', "{", "}", "[", "]", ",", ":", ": ", "#", "&x ", "*x", "|", "\r", "\x85",
]  # fmt: skip
CATALOG = Catalog()
PARTS = CATALOG.names()
Lines = list[str]


def _line(r: random.Random, lines: Lines) -> int:
    return r.randrange(len(lines))


def _drop(r: random.Random, lines: Lines) -> None:
    first = _line(r, lines)
    del lines[first : first + r.choice([1, 1, 1, 2, 5])]


def _double(r: random.Random, lines: Lines) -> None:
    lines.insert(_line(r, lines), lines[_line(r, lines)])


def _swap(r: random.Random, lines: Lines) -> None:
    i, j = _line(r, lines), _line(r, lines)
    lines[i], lines[j] = lines[j], lines[i]


def _indent(r: random.Random, lines: Lines) -> None:
    i = _line(r, lines)
    lines[i] = r.choice([" ", "  ", "\t", "    ", "- "]) + lines[i] if r.random() < 0.6 else lines[i].lstrip()


def _replace(pattern: str, by: Callable[[random.Random, str], str]) -> Callable[[random.Random, Lines], None]:
    """A mutation that puts something else in place of one match of `pattern`."""

    def mutate(r: random.Random, lines: Lines) -> None:
        text = "\n".join(lines)
        found = list(re.finditer(pattern, text))
        if found:
            match = r.choice(found)
            lines[:] = (text[: match.start()] + by(r, match[0]) + text[match.end() :]).split("\n")

    return mutate


def _truncate(r: random.Random, lines: Lines) -> None:
    text = "\n".join(lines)
    lines[:] = text[: r.randrange(len(text) + 1)].split("\n")


def _section(r: random.Random, lines: Lines) -> None:
    section = r.choice(SECTIONS)
    at = [i for i, line in enumerate(lines) if line.startswith(section.partition(":")[0] + ":")]
    if at and r.random() < 0.8:  # in place of the one there is, so that it is no mere duplicate
        end = next((i for i in range(at[0] + 1, len(lines)) if lines[i][:1] not in (" ", "#", "")), len(lines))
        lines[at[0] : end] = [section]
    else:
        lines.append(section)


def _override(r: random.Random, lines: Lines) -> None:
    used = sorted({p for p in re.findall(r"[a-z0-9]+/[a-z0-9.-]+", "\n".join(lines)) if p in PARTS})
    lines[:] = [line for line in lines if not line.startswith(("overrides:", "  nvidia/gb200-compute-tray:"))]
    rows = []
    for part in r.sample(used, min(len(used), r.choice([1, 2, 3]))):
        fit = [f for f in FACTS if f.partition(":")[0] in kind_schema(kind_of(part))]
        rows.append(f"{part}: {{{r.choice(fit)}}}")
    lines.append(f"overrides: {{{', '.join(rows)}}}")


@cache
def kind_of(part: str) -> str:
    return CATALOG.part(part).kind


@cache
def parts_of(kind: str) -> list[str]:
    return [p for p in PARTS if kind_of(p) == kind]


_value = _replace(r"(?<=: )[^,{}\[\]\n#]+", lambda r, old: r.choice(SCALARS))
_key = _replace(r"[\w-]+(?=:)", lambda r, old: r.choice([*KEYS, old[:-1], old.upper(), old + "s"]))
_part = _replace(r"[a-z0-9]+/[a-z0-9.-]+", lambda r, old: r.choice(PARTS))
_like = _replace(r"[a-z0-9]+/[a-z0-9.-]+", lambda r, old: r.choice(parts_of(kind_of(old))) if old in PARTS else old)
_count = _replace(r"(?<=[a-z]: )\d+(?=[,}\n])", lambda r, old: r.choice(["0", "1", "2", "3", "5", "9", "20", "60", "200"]))
_amount = _replace(r"(?<=: )[\d.]+(?= )", lambda r, old: r.choice(["0", "0.001", "0.5", "1", "2", "10", "99", "400", "1000"]))
_word = _replace(r"(?<=redundancy: )[N0-9+]+", lambda r, old: r.choice(["N", "N+1", "N+2", "2N"]))
_number = _replace(r"\d+", lambda r, old: r.choice(["0", "1", "2", "3", "7", "40", "199", "201", "-1", "1e9", "99999999999", old + old, "0" + old]))
_unit = _replace(r"(?<=\d )[A-Za-z%/0-9]+", lambda r, old: r.choice(UNITS))
_sign = _replace(r"(?<=[ :])(?=\d)", lambda r, old: r.choice(["-", "--", "+", "~", "0"]))
_stray = _replace(r"", lambda r, old: r.choice(STRAYS))
MUTATIONS = [
    _drop, _double, _swap, _indent, _truncate, _section, _override, _value, _value, _value, _key, _key, _part, _part, _number, _number, _unit,
    _sign, _stray,
]  # fmt: skip


GENTLE = [_section, _override, _override, _like, _like, _count, _count, _amount, _amount, _word]


def spoilt(seed: int) -> tuple[bytes, list[str], str | None]:
    """The file, `--set` changes and variant of one case. Every other case is spoilt gently, so that many get as far as the rules."""
    r = random.Random(seed)
    text = r.choice(EXAMPLES).read_text(encoding="utf-8") if seed % 16 < 2 else r.choice(SMALL)
    lines = text.split("\n")
    for _ in range(r.choice([1, 1, 2, 2, 3, 6])):
        if lines:
            r.choice(GENTLE if seed % 2 else MUTATIONS)(r, lines)
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    if r.random() < 0.05 and not seed % 2:
        at = r.randrange(len(data) + 1)
        data = data[:at] + bytes(r.randrange(256) for _ in range(r.choice([1, 3]))) + data[at:]
    sets = [r.choice(SETS) for _ in range(r.choice([0] * 7 + [1, 1, 2]))]
    return data, sets, r.choice([None] * 30 + ["gb300", "gb300", "", "a"])


def judge(seed: int, folder: Path) -> None:
    """One case: the findings, every place in them and the exit code that follows are what a user can work with."""
    data, sets, variant = spoilt(seed)
    path = folder / "case.yaml"
    path.write_bytes(data)
    try:
        found = compile_file(str(path), variant=variant, sets=sets, as_of="2026-06-01").findings
    except DesignError as fault:
        found = fault.findings
        assert found
        assert any(f.severity == "error" for f in found)
    lines = data.decode("utf-8", "replace").split("\n")
    for f in found:
        placed(f, {str(path): len(lines), "--set": len(sets)})
    assert render("text", found, Sources({"--set": "\n".join(sets)})).count("\n  --> ") >= len(found)


def placed(f: Finding, ends: dict[str, int]) -> None:
    assert f.severity in SEVERITIES
    assert f.message
    for span in (f.span, *(n.span for n in f.notes)):
        assert span.file in ends, f"{f.message}: in no file of the user: {span}"
        assert 1 <= span.line <= ends[span.file], f"{f.message}: outside its file: {span}"
        assert span.column >= 1
    ours = re.sub(r"`[^`]*`", "", f.message)  # what the user wrote may be anything
    assert not re.search(r"\b(None|nan|inf|Traceback)\b|<[a-z]+ object", ours), f.message


@pytest.mark.parametrize("first", range(0, CASES, CHUNK))
def test_spoilt_specs(first: int, tmp_path: Path):
    faults = []
    for seed in range(first, first + CHUNK):
        try:
            judge(seed, tmp_path)
        except Exception as fault:  # noqa: BLE001 - any of them is what this test looks for
            faults.append(f"SEED={seed}: {type(fault).__name__}: {str(fault)[:300]}")
    assert not faults, "\n".join(faults)


PART_FILE = """part: acme/tray
kind: compute-tray
title: A tray
maker: Acme
sources:
  sheet: {title: Acme data sheet, date: 2026-01-15, confidence: read}
facts:
  height_units: {value: 1, from: sheet}
  unit_height: {value: 44.45 mm, from: sheet}
  power_max: {value: 2 kW, low: 1.8 kW, high: 2.4 kW, from: sheet, note: measured}
  liquid_fraction: {value: 80 %, from: sheet}
  clip_current_rated: {value: 60 A, from: sheet}
  mass: {value: 30 kg, from: sheet}
contains:
  - {part: nvidia/b200-sxm, count: 4, as: gpu}
  - {part: nvidia/grace, count: 2, as: cpu}
ports:
  - {kind: scale-up, of: gpu, count: 18, name: nvl, speed: 400 Gb/s, lanes: 2, connector: backplane, face: rear, x: [50 mm, 180 mm], z: 20 mm}
  - {kind: management, count: 1, name: bmc, speed: 1 Gb/s, lanes: 1, connector: rj45, face: front, x: [300 mm], z: 20 mm}
"""
OWN = """rack: own
parts: [parts]
frame: nvidia/mgx-48u
trays: {compute: {part: acme/tray, count: 2}}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
"""


@pytest.mark.parametrize("first", range(0, 100, CHUNK))
def test_spoilt_part_files(first: int, tmp_path: Path):
    """A part file of the user's own is judged as strictly; the messages stand in it, or where the rack asks for it."""
    spec, path = tmp_path / "rack.yaml", tmp_path / "parts" / "acme" / "tray.yaml"
    path.parent.mkdir(parents=True)
    spec.write_text(OWN, encoding="utf-8")
    faults = []
    for seed in range(first, first + CHUNK):
        r = random.Random(seed)
        lines = PART_FILE.split("\n")
        for _ in range(r.choice([1, 1, 2, 4])):
            r.choice([*MUTATIONS, _count, _amount, _like] if lines else [lambda r, lines: None])(r, lines)
        data = "\n".join(lines).encode("utf-8", "surrogatepass")
        path.write_bytes(data)
        try:
            found = compile_file(str(spec), as_of="2026-06-01").findings
        except DesignError as fault:
            found = fault.findings
        except Exception as fault:  # noqa: BLE001 - any of them is what this test looks for
            faults.append(f"seed {seed}: {type(fault).__name__}: {str(fault)[:300]}")
            continue
        for f in found:
            placed(f, {str(spec): OWN.count("\n") + 1, str(path): data.decode("utf-8", "replace").count("\n") + 1})
    assert not faults, "\n".join(faults)


def test_one(tmp_path: Path):
    """A single case, for looking into it."""
    judge(int(os.environ.get("SEED", "0")), tmp_path)


def test_cases_are_of_all_sorts(tmp_path: Path):
    """The mutations neither miss nor destroy everything: of 100 cases, some die as YAML, some as a spec, some in the build, and some get through."""
    seen = []
    for seed in range(100):
        data, sets, variant = spoilt(seed)
        (tmp_path / "case.yaml").write_bytes(data)
        try:
            compile_file(str(tmp_path / "case.yaml"), variant=variant, sets=sets, as_of="2026-06-01")
            seen.append("through")
        except DesignError as fault:
            seen.append(fault.findings[0].code)
    assert 10 <= seen.count("through") <= 60
    assert {"SPC001", "SPC002", "SPC101", "SPC102", "SPC104", "SPC107", "SPC108"} <= set(seen)
