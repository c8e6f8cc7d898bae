"""The hall in three dimensions in Debian's Chromium, drawn by software: racks and trays stand where the tables say, a click chooses what it hits."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, sync_playwright

from rackwright.cli.main import main
from rackwright.flow import handoff, manifest, store
from rackwright.render import solids
from rackwright.render.drawings.floor_plan import footprint

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


def test_sides_where_racks_touch_are_left_out_and_no_other(page: Page, package: Path):
    """A rack is five faces of two triangles, less one for each neighbour that stands beside it, as the places of the tables tell."""
    t = store.read(package).tables
    racks = t["hall_racks"].select("hall_id", "row", "position", "design_id", "faces")
    beside = racks.join(racks.with_columns(pl.col("position") + 1), on=["hall_id", "row", "position"], nulls_equal=True)
    alike = beside.filter((pl.col("design_id") == pl.col("design_id_right")).fill_null(value=True) & (pl.col("faces") == pl.col("faces_right")))
    assert alike.height == beside.height > 4, "all neighbours here are as high as each other"
    drawn = page.evaluate("() => RW.hall3d.shown.stats().faces")
    assert drawn == 5 * racks.height - 2 * beside.height


def test_names_of_rows_stand_apart(page: Page, package: Path):
    page.evaluate("() => { RW.hall3d.shown.view('top'); RW.hall3d.shown.resize(); }")
    names = page.evaluate("() => RW.hall3d.shown.stats().names")
    assert {n["text"] for n in names} == set(store.read(package).tables["hall_rows"]["name"])
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            assert abs(a["x"] - b["x"]) >= (a["wide"] + b["wide"]) / 2 or abs(a["y"] - b["y"]) >= 15, (a, b)
    page.evaluate("() => { RW.hall3d.shown.view('corner'); RW.hall3d.shown.resize(); }")


def test_it_is_drawn_quickly_while_it_moves_and_finely_at_rest(page: Page):
    """By software: as many pixels as the page has while it moves, four times as many once it rests."""
    moved = page.evaluate("""() => {
      document.querySelector("canvas.solid").dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowLeft"}));
      return new Promise((done) => requestAnimationFrame(() => done(RW.hall3d.shown.stats().ratio)));
    }""")
    assert moved == 1
    page.wait_for_function("() => RW.hall3d.shown.stats().ratio === 2")


def test_paper_gets_a_copy_of_the_picture(page: Page):
    colours = page.evaluate("""() => {
      window.dispatchEvent(new Event("beforeprint"));
      const copy = document.querySelector("canvas.paper"), all = new Set();
      const d = copy.getContext("2d").getImageData(0, 0, copy.width, copy.height).data;
      for (let i = 0; i < d.length; i += 4) all.add((d[i] << 16) | (d[i + 1] << 8) | d[i + 2]);
      return all.size;
    }""")
    assert colours > 20


def test_what_is_drawn_is_what_the_model_for_others_has(page: Page, package: Path):
    """Racks and trays of the page stand where `render.solids` has them, of which the glTF is made; a rack is 8 mm narrower than its place."""
    t = store.read(package).tables
    drawn = page.evaluate("() => RW.hall3d.shown.boxes()")
    frames = solids.sized(handoff.designs(package, manifest.load(package)), t)
    racks = solids.racks(t, 0)
    assert len(drawn["racks"]) == racks.height
    for r in racks.iter_rows(named=True):
        x0, x1, y0, y1 = footprint(r)
        spare = [4, 0] if abs(r["faces"]) == 1 else [0, 4]
        tall = frames[r["design_name"] if r["design_id"] is not None else None].height
        wanted = [x0 + spare[0], y0 + spare[1], 0, x1 - spare[0], y1 - spare[1], tall]
        assert drawn["racks"][str(r["rack_id"])] == pytest.approx(wanted, abs=0.1)
    trays = solids.trays(t, 0)
    assert len(drawn["trays"]) == trays.height
    for r in trays.iter_rows(named=True):
        middle = [(r["a_x_mm"] + r["b_x_mm"]) / 2, (r["a_y_mm"] + r["b_y_mm"]) / 2, r["z_mm"]]
        assert drawn["trays"][str(r["tray_id"])] == pytest.approx([*middle, r["length_mm"], r["width"], r["depth"]], abs=0.6)


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
    assert page.get_by_role("status").filter(has_text="In an aisle").count() == 1


def test_it_stands_still_unless_it_is_moved(page: Page):
    """Nothing moves by itself, whatever `prefers-reduced-motion` asks: a step by key is one picture, a finer one at rest, and none follows."""
    canvas = page.locator("canvas.solid")
    canvas.focus()
    drawn = "() => RW.hall3d.shown.stats().drawn"
    page.wait_for_function("() => RW.hall3d.shown.stats().ratio === 2")
    canvas.press("ArrowLeft")
    page.wait_for_function("() => RW.hall3d.shown.stats().ratio === 1")
    page.wait_for_function("() => RW.hall3d.shown.stats().ratio === 2")
    settled = page.evaluate(drawn)
    page.wait_for_timeout(300)
    assert page.evaluate(drawn) == settled
    assert page.evaluate("() => document.getAnimations().length") == 0


def test_without_webgl_it_says_so_and_the_rest_works(page: Page, package: Path):
    running = page.context.browser
    assert running
    browser = running.browser_type.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu", "--disable-3d-apis"])
    made = browser.new_page()
    made.goto((package / "viewer" / "index.html").as_uri() + "#3d")
    made.get_by_role("alert").filter(has_text="WebGL 2 is missing or switched off").wait_for()
    made.get_by_role("button", name="Plan").click()
    made.locator("svg .rack").first.wait_for()
    browser.close()
