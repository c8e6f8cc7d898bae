"""Fabrics that are verified, built once: an Ethernet pod of two planes with breakouts, and InfiniBand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from rackwright.flow.compile import compile_text
from rackwright.verify import reading
from rackwright.verify.check import Checked, check
from rackwright.verify.designed import Designed, designed

HALLS = Path(__file__).resolve().parents[2] / "examples" / "halls"
ETHERNET = """\
hall: pod
designs: {box: ../racks/dgx-h100-x4.yaml@b300-pod}
floor: {rows: 4, places: 8, pitch: 700 mm}
racks: {box: {design: box, count: 16}}
fabrics:
  backend: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/sn5600, planes: 2, spines: 2}
"""
INFINIBAND = """\
hall: ib
designs: {dgx: ../racks/dgx-h100-x4.yaml}
floor: {rows: 2, places: 6, pitch: 700 mm}
racks: {dgx: {design: dgx, count: 2}}
unit: 2
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, spines: 2}
"""
Plug = tuple[str, str]
Link = tuple[Plug, Plug]


@dataclass
class Built:
    """A hall as it was wired: `links` may be changed before it is looked at."""

    designed: Designed
    links: list[Link]
    folder: Path

    def swap(self, one: int, two: int) -> None:
        """The far ends of two links change places."""
        (a, b), (c, d) = self.links[one], self.links[two]
        self.links[one], self.links[two] = (a, d), (c, b)

    def find(self, *, host: bool) -> list[int]:
        """Links with a server at their lower end, or between switches."""
        return [i for i, (a, _) in enumerate(self.links) if a[1].startswith("nic") == host]

    def file(self, name: str, text: str | bytes) -> str:
        """A file of observations."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def lldp(self, devices: Sequence[str] | None = None, port: Callable[[Plug], dict[str, object]] | None = None) -> str:
        """One document of all devices (or some), in the shape json0."""
        views: dict[str, list[dict[str, object]]] = {}
        for link in self.links:
            for near, far in (link, link[::-1]):
                chassis = [{"id": [{"type": "local", "value": far[0]}], "name": [{"value": far[0]}]}]
                own = port(far) if port else {"id": [{"type": "ifname", "value": far[1]}]}
                views.setdefault(near[0], []).append({"name": near[1], "via": "LLDP", "chassis": chassis, "port": [own]})
        made = {d: {"lldp": [{"interface": rows}]} for d, rows in views.items() if devices is None or d in devices}
        return self.file("lldp.json", json.dumps(made, indent=1))

    def csv(self, head: str = "A-Node Name,A-Port,Z-Node Name,Z-Port", links: Sequence[Link] | None = None) -> str:
        """A point-to-point list."""
        rows = [",".join((*a, *b)) for a, b in (self.links if links is None else links)]
        return self.file("list.csv", "\n".join([head, *rows]) + "\n")

    def check(self, *files: str, start: str = "") -> Checked:
        """What verify makes of some files."""
        return check(self.designed.tables, reading.read(files), start)


@pytest.fixture(scope="session")
def pods() -> dict[str, Designed]:
    """Both fabrics as designed."""
    return {name: designed(compile_text(spec, folder=HALLS).tables) for name, spec in (("ethernet", ETHERNET), ("infiniband", INFINIBAND))}


def built(d: Designed, folder: Path) -> Built:
    """A hall wired as designed."""
    name = d.devices["end"]
    a, b = ([(name[v], p) for v, p in d.links.select(f"{s}_dev", f"{s}_port").iter_rows()] for s in "ab")
    return Built(d, list(zip(a, b, strict=True)), folder)


@pytest.fixture
def pod(pods: dict[str, Designed], tmp_path: Path) -> Built:
    """The Ethernet pod, wired as designed."""
    return built(pods["ethernet"], tmp_path)


@pytest.fixture
def ib(pods: dict[str, Designed], tmp_path: Path) -> Built:
    """The InfiniBand fabric, wired as designed."""
    return built(pods["infiniband"], tmp_path)
