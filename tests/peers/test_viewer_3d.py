"""The hall in three dimensions in Debian's Chromium, drawn by software: racks and trays stand where the tables say, a click chooses what it hits."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, sync_playwright

from rackwright.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic", "--disable-background-networking",
    "--disable-component-update",
]  # fmt: skip
PIXELS = """() => {
  const canvas = document.querySelector("canvas.solid"), flat = document.createElement("canvas"), all = new Set();
  flat.width = canvas.width;
  flat.height = canvas.height;
  return new Promise((done) => requestAnimationFrame(() => {
    RW.hall3d.shown.resize();  // draws; the picture is there until the frame ends
    flat.getContext("2d").drawImage(canvas, 0, 0);
    const d = flat.getContext("2d").getImageData(0, 0, flat.width, flat.height).data;
    for (let i = 0; i < d.length; i += 4) all.add((d[i] << 16) | (d[i + 1] << 8) | d[i + 2]);
    done(all.size);
  }));
}"""

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("viewer3d") / "hall"
    assert main(["build", str(ROOT / "examples" / "halls" / "h100-superpod-1su.yaml"), "-o", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def page(package: Path) -> Iterator[Page]:
    """The hall in 3-D; fails at the end where the console complained."""
    program = shutil.which("chromium")
    assert program, "run `make peers`, which installs chromium"
    said: list[str] = []
    with sync_playwright() as peer:
        browser = peer.chromium.launch(executable_path=program, args=FLAGS)
        made = browser.new_page(viewport={"width": 1200, "height": 800})
        made.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
        made.on("pageerror", lambda e: said.append(str(e)))
        made.goto((package / "viewer" / "index.html").as_uri() + "#3d")
        made.wait_for_function("() => RW.hall3d && RW.hall3d.shown && RW.hall3d.shown.stats().isReady && RW.hall3d.shown.stats().drawn > 0")
        yield made
        browser.close()
    assert said == []


def test_it_is_drawn_in_few_calls(page: Page):
    """A draw call a design, one for the trays' plates and one for their rails, one for floor, walls and columns; many colours on the canvas."""
    stats = page.evaluate("() => RW.hall3d.shown.stats()")
    assert stats["calls"] <= 8
    assert stats["triangles"] > 0
    assert page.evaluate(PIXELS) > 20


def test_a_click_chooses_the_rack_under_it(page: Page, package: Path):
    """The middle of each rack's top is projected by the page; clicked there, that rack is chosen, at the place the tables give."""
    racks = pl.read_parquet(package / "tables" / "hall_racks.parquet").sort("rack_id")
    page.evaluate("() => RW.hall3d.shown.view('top')")
    box = page.locator("canvas.solid").bounding_box()
    assert box
    hit = 0
    for r in racks.iter_rows(named=True):
        x0, x1, y0, y1 = page.evaluate("(id) => RW.footprint(id)", r["rack_id"])
        assert (x1 - x0, y1 - y0) == (r["width_mm"], r["depth_mm"])
        x, y = page.evaluate("([x, y]) => RW.hall3d.shown.project(x, y, 2300)", [(x0 + x1) / 2, y0 + (y1 - y0) * 0.2])
        page.mouse.click(box["x"] + x, box["y"] + y)
        if page.evaluate("() => RW.state.rack") == r["rack_id"]:
            hit += 1
    assert hit == racks.height


def test_keys_walk_along_the_racks(page: Page):
    canvas = page.locator("canvas.solid")
    canvas.focus()
    first = page.evaluate("() => RW.state.rack")
    canvas.press("PageDown")
    assert page.evaluate("() => RW.state.rack") != first
    before = page.evaluate("() => RW.hall3d.shown.stats().eye")
    canvas.press("2")
    assert page.evaluate("() => RW.hall3d.shown.stats().eye") != before
