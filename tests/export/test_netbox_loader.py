"""The loader of docs/exports.md makes every cable of `12-cables.json`, against a server that answers as NetBox 4.6 does.

What the server takes and gives: `CableSerializer` and `GenericObjectSerializer` (terminations are `object_type` and `object_id` alone), filters
`device` of netbox/dcim/filtersets.py, pages of 1,000 at most, lists made whole (netbox/api/viewsets); read 2026-11-23.
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from rackwright.export.only import Only
from rackwright.flow.composed import netbox as composed
from rackwright.flow.hall import compile_hall

ROOT = Path(__file__).resolve().parents[2]
PAGE = 400  # fewer than asked for, so that there are several
CABLE = set("type a_terminations b_terminations status profile tenant label color length length_unit description comments tags".split())
Objects = dict[str, dict[int, dict[str, Any]]]


class NetBox(ThreadingHTTPServer):
    """Components by kind and id, and the cables that were made."""

    def __init__(self, objects: Objects) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects, self.cables = objects, list[dict[str, Any]]()


class Handler(BaseHTTPRequestHandler):
    server: NetBox

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, code: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = parse_qs(url.query)
        kind = {"interfaces": "dcim.interface", "power-ports": "dcim.powerport", "power-feeds": "dcim.powerfeed"}[url.path.split("/")[3]]
        rows = [r for r in self.server.objects[kind].values() if "device" not in asked or r["device"]["name"] in asked["device"]]
        first, size = int(asked.get("offset", ["0"])[0]), min(int(asked["limit"][0]), PAGE)
        more = "&".join(f"device={d}" for d in asked.get("device", []))
        following = f"http://127.0.0.1:{self.server.server_port}{url.path}?limit={size}&offset={first + size}&{more}"
        self.answer(200, {"count": len(rows), "next": following if first + size < len(rows) else None, "results": rows[first : first + size]})

    def do_POST(self) -> None:
        assert self.path == "/api/dcim/cables/"
        assert self.headers["Authorization"] == "Token secret"
        made = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for cable in made:
            assert set(cable) <= CABLE
            for end in cable["a_terminations"] + cable["b_terminations"]:
                assert set(end) == {"object_type", "object_id"}
                port = self.server.objects[end["object_type"]][end["object_id"]]
                assert port["cable"] is None  # NetBox: one cable a termination
                port["cable"] = {"id": len(self.server.cables)}
            self.server.cables.append(cable)
        self.answer(201, made)


def components(made: dict[str, bytes]) -> Objects:
    """What NetBox has after files 1 to 11, with ids of its own."""
    rows = {n: list(csv.DictReader(io.StringIO(made[f"netbox/{n}.csv"].decode()))) for n in ("7-devices", "8-interfaces", "10-power-feeds")}
    types = {(d["manufacturer"], d["model"]): d for p, x in made.items() if "/3-" in p for d in [yaml.safe_load(x)]}
    inlets = [(r["name"], p["name"]) for r in rows["7-devices"] for p in types[r["manufacturer"], r["device_type"]].get("power-ports", [])]
    listed = {
        "dcim.interface": [("device", r["device"], r["name"]) for r in rows["8-interfaces"]],
        "dcim.powerport": [("device", d, p) for d, p in inlets],
        "dcim.powerfeed": [("power_panel", r["power_panel"], r["name"]) for r in rows["10-power-feeds"]],
    }
    return {
        k: {100 * i + j: {"id": 100 * i + j, holder: {"name": d}, "name": n, "cable": None} for i, (holder, d, n) in enumerate(own, 1)}
        for j, (k, own) in enumerate(listed.items())
    }


@pytest.fixture(name="made", scope="module")
def _made() -> dict[str, bytes]:
    hall = compile_hall(str(ROOT / "examples/halls/gb200-superpod-2su.yaml"), as_of="2026-01-01")
    return {p: make() for p, make in composed.files_of(hall.tables, Only(), None, hall.racks)}


@pytest.fixture(name="netbox")
def _netbox(made: dict[str, bytes]) -> Iterator[NetBox]:
    with NetBox(components(made)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_the_loader_makes_every_cable_once(made: dict[str, bytes], netbox: NetBox, tmp_path: Path):
    (tmp_path / "12-cables.json").write_bytes(made["netbox/12-cables.json"])
    text = re.search(r"```python\n(\"\"\"load\.py.*?)```", (ROOT / "docs/exports.md").read_text(encoding="utf-8"), re.DOTALL)
    assert text
    (tmp_path / "load.py").write_text(text[1], encoding="utf-8")
    command = [sys.executable, str(tmp_path / "load.py"), f"http://127.0.0.1:{netbox.server_port}", "secret", str(tmp_path / "12-cables.json")]
    wanted = json.loads(made["netbox/12-cables.json"])
    kinds = {e["object_type"] for c in wanted for s in "ab" for e in c[f"{s}_terminations"]}
    assert kinds == {"dcim.interface", "dcim.powerport", "dcim.powerfeed"}
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == f"{len(wanted)} cables made, 0 were there\n"

    def named(end: dict[str, Any]) -> tuple[str, str]:
        port = netbox.objects[end["object_type"]][end["object_id"]]
        return (port.get("device") or port["power_panel"])["name"], port["name"]

    for cable, asked in zip(netbox.cables, wanted, strict=True):
        assert {k: v for k, v in cable.items() if "_term" not in k} == {k: v for k, v in asked.items() if "_term" not in k}
        for side in ("a_terminations", "b_terminations"):
            assert [named(e) for e in cable[side]] == [(e["device"] or e["power_panel"], e["name"]) for e in asked[side]]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == f"0 cables made, {len(wanted)} were there\n"
    netbox.objects["dcim.interface"] = {}
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ran.returncode == 1
    assert "import files 7 to 10 first" in ran.stderr
