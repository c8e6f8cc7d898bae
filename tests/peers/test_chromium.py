"""The report and the drawings of a package as a browser sees them: Debian's headless Chromium, no network, no complaint on its console."""

from __future__ import annotations

import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

from rackwright.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "examples" / "racks" / "gb200-nvl72.yaml"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--hide-scrollbars", "--force-device-scale-factor=1", "--enable-logging=stderr", "--v=0",
)  # fmt: skip

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("chromium") / "rack"
    assert main(["build", str(SPEC), "-o", str(out)]) == 0
    return out


def chromium(tmp_path: Path, *arguments: str) -> tuple[str, list[str]]:
    """What Chromium printed, and what the page's console said."""
    program = shutil.which("chromium")
    assert program, "run `make peers`, which installs chromium"
    command = [program, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]


def drawn_rows(png: Path) -> tuple[int, int, int]:
    """Width, height, and how many rows of pixels hold more than one colour (8-bit RGB or RGBA, as Chromium writes them)."""
    data, at, packed, width, height, channels = png.read_bytes(), 8, b"", 0, 0, 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, height, channels = *struct.unpack(">II", body[:8]), {2: 3, 6: 4}[body[9]]
        elif kind == b"IDAT":
            packed += body
        at += size + 12
    rows, stride = zlib.decompress(packed), width * channels + 1
    # In every PNG filter, a row of one colour under rows like it is zero after its first pixel.
    return width, height, sum(any(rows[y * stride + 1 + channels : (y + 1) * stride]) for y in range(height))


def test_report_opens_without_complaint(package: Path, tmp_path: Path):
    page = (package / "report.html").as_uri()
    dom, complaints = chromium(tmp_path, "--dump-dom", page)
    assert complaints == []
    assert "gb200-nvl72" in dom
    assert dom.count("<svg") >= 3
    assert "compute-07" in dom


def test_report_asks_for_nothing_outside_itself(package: Path):
    text = (package / "report.html").read_text(encoding="utf-8")
    assert not [mark for mark in ('src="http', 'href="http', "@import", "url(http", "<link") if mark in text]


@pytest.mark.parametrize("width", [1280, 480])
def test_report_is_not_empty(package: Path, tmp_path: Path, width: int):
    shot = tmp_path / "report.png"
    chromium(tmp_path, f"--screenshot={shot}", f"--window-size={width},2400", (package / "report.html").as_uri())
    seen, height, drawn = drawn_rows(shot)
    assert (seen, height) == (width, 2400)
    assert drawn > 800, f"only {drawn} of {height} rows hold anything"


def test_every_drawing_shows(package: Path, tmp_path: Path):
    drawings = sorted((package / "drawings").glob("*.svg"))
    assert drawings
    for drawing in drawings:
        shot = tmp_path / f"{drawing.stem}.png"
        _, complaints = chromium(tmp_path, f"--screenshot={shot}", "--window-size=1200,1600", drawing.as_uri())
        assert complaints == []
        assert drawn_rows(shot)[2] > 100, drawing.name
