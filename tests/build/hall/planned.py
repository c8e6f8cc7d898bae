"""Halls of made-up servers and switches, planned from their spec and no further: part files, a rack, a hall, and the plans of its fabrics."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rackwright.base.findings import DesignError, Finding
from rackwright.base.tree import spec_error
from rackwright.build.fabrics.plan import Plan
from rackwright.build.hall.wire import Wired
from rackwright.catalog.loader import Catalog
from rackwright.flow import hall, pipeline
from rackwright.flow.hall_cures import Cures
from rackwright.flow.hall_fabrics import Fabrics

FACTS = """\
sources: {est: {title: made up for a test, date: 2026-01-01, confidence: estimated}}
facts:
  height_units: {value: 2, from: est}
  unit_height: {value: 44.45 mm, from: est}
  width: {value: 440 mm, from: est}
  depth: {value: 800 mm, from: est}
  mass: {value: 30 kg, from: est}
  power_max: {value: 1 kW, from: est}
  liquid_fraction: {value: 0 %, from: est}
  psu_count: {value: 2, from: est}
  psu_needed: {value: 1, from: est}
  psu_rated: {value: 2 kW, from: est}
"""


def server(folder: Path, name: str = "box", nics: int = 8, speed: float = 400, ports: str = "", kind: str = "scale-out") -> None:
    """A part file `own/NAME`: NICs of one port each, and further lines of ports."""
    own = f"  - {{kind: {kind}, count: {nics}, name: nic, speed: {speed:g} Gb/s, lanes: 4, connector: qsfp112, face: rear, x: [50 mm], z: 22 mm}}\n"
    power = "  - {kind: power, count: 2, name: psu, connector: c14, face: rear, x: [380 mm, 410 mm], z: 22 mm}\n"
    _part(folder, name, f"kind: server\ntitle: Server\nmaker: own\n{FACTS}ports:\n{own}{ports}{power}")


def switch(folder: Path, name: str, cages: int, speed: float, breakouts: str = "1", more: str = "") -> None:
    """A part file `own/NAME` of a switch."""
    facts = f"  cages: {{value: {cages}, from: est}}\n  cage_speed: {{value: {speed:g} Gb/s, from: est}}\n"
    facts += f"  breakouts: {{value: {breakouts}, from: est}}\n"
    facts += "  cage_connector: {value: qsfp112, from: est}\n" + more
    ports = "ports:\n  - {kind: management, count: 1, name: mgmt, speed: 1 Gb/s, lanes: 1, connector: rj45, face: front, x: [420 mm], z: 10 mm}\n"
    _part(folder, name, f"kind: switch\ntitle: Switch\nmaker: own\n{FACTS}{facts}{ports}")


def _part(folder: Path, name: str, text: str) -> None:
    path = folder / "parts" / "own" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"part: own/{name}\n{text}", encoding="utf-8")


def rack(folder: Path, trays: Mapping[str, int], name: str = "rack") -> None:
    """A rack spec `NAME.yaml` with so many of each own server."""
    groups = "".join(f"  {n}: {{part: own/{n}, count: {c}}}\n" for n, c in trays.items())
    text = f"rack: {name}\nparts: [parts]\nframe: eia/310-52u\ntrays:\n{groups}power: {{pdu: raritan/px3-5878, cord: cable/cord-c13-c14}}\n"
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def spec(racks: str, fabrics: Mapping[str, str], unit: int | None = None, designs: str = "rack: rack.yaml") -> str:
    """A hall spec over racks given as YAML."""
    wishes = "".join(f"  {n}: {w}\n" for n, w in fabrics.items())
    return (
        f"hall: h\nparts: [parts]\ndesigns: {{{designs}}}\nfloor: {{rows: 2, places: 9}}\nracks: {racks}\n"
        + (f"unit: {unit}\n" if unit else "")
        + f"fabrics:\n{wishes}"
    )


def plans(folder: Path, racks: int, servers: int, fabrics: Mapping[str, str], unit: int | None = None) -> list[Plan]:
    """Plans of fabrics over equal racks of `servers` boxes."""
    rack(folder, {"box": servers})
    return [w.plan for w in wired(folder, spec(f"{{box: {{design: rack, count: {racks}}}}}", fabrics, unit))]


def wired(folder: Path, text: str) -> list[Wired]:
    """Fabrics of a hall spec that lies in the folder. Raises DesignError."""
    path = folder / "hall.yaml"
    path.write_text(text, encoding="utf-8")
    document = hall.read(str(path))
    catalog = Catalog([folder / "parts"])
    designs = {n: pipeline.compile_file(str(folder / f), as_of="2026-01-01") for n, f in document.spec.designs.items()}
    faults: list[Finding] = []

    def blame(code: str, name: str, message: str, where: str, help: str = "", notes: tuple[object, ...] = ()) -> None:
        faults.extend(spec_error(code, name, message, document.span(where), help).findings)

    def stop() -> None:
        if faults:
            raise DesignError(faults)

    made = Fabrics(document, lambda _, part: catalog.part(part), blame, stop, lambda _: None, Cures(document.spec, catalog))
    templates = made.templates(designs)
    stop()
    return made.wired(templates)
