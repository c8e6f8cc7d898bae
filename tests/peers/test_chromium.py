"""Drawings and reports of packages as a browser shows them: Debian's headless Chromium measures every text and counts what stands there, no network,
no complaint on its console, no serious fault for axe.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from rackwright.cli.main import main
from rackwright.flow import store
from rackwright.schema.tables import Tables

DRAWN = ("rack", "air", "campus", "split")
LEAST_PX = 6.0  # of a text at the natural size of a drawing

# Every text of every drawing with the box of its capitals and figures (0.72 em about the middle of its line), whether it leaves the drawing, which
# text it touches, and what is painted over its middle.
MEASURED = """() => [...document.querySelectorAll("svg.rw")].map((svg) => {
  const frame = svg.getBoundingClientRect(), k = frame.width / svg.viewBox.baseVal.width;
  const texts = [...svg.querySelectorAll("text")].map((t) => {
    const r = t.getBoundingClientRect(), own = t.getBBox().width * k, size = parseFloat(t.getAttribute("font-size")) * k, half = 0.36 * size;
    const isUpright = (t.getAttribute("transform") || "").includes("rotate"), x = (r.left + r.right) / 2, y = (r.top + r.bottom) / 2;
    const top = document.elementFromPoint(x, y);
    return {text: t.textContent, size: size, over: top === t || !top ? "" : top.outerHTML.slice(0, 120),
      x0: isUpright ? x - half : x - own / 2, x1: isUpright ? x + half : x + own / 2,
      y0: isUpright ? y - own / 2 : y - half, y1: isUpright ? y + own / 2 : y + half};
  }).sort((a, b) => a.x0 - b.x0);
  const outside = texts.filter((b) => b.x0 < frame.left - 0.5 || b.x1 > frame.right + 0.5 || b.y0 < frame.top - 0.5 || b.y1 > frame.bottom + 0.5);
  const touching = [];
  texts.forEach((a, i) => {
    for (let j = i + 1; j < texts.length && texts[j].x0 < a.x1 - 0.3; j++) {
      if (a.y0 < texts[j].y1 - 0.3 && texts[j].y0 < a.y1 - 0.3) touching.push([a.text, texts[j].text]);
    }
  });
  return {name: svg.getAttribute("class"), texts: texts.length, smallest: Math.min(...texts.map((b) => b.size)),
    outside: outside.map((b) => b.text), touching: touching, hidden: texts.filter((b) => b.over).map((b) => [b.text, b.over])};
})"""

# Boxes of what stands for rows of tables: reference, layer, and the box in px.
REFS = """() => [...document.querySelectorAll("svg [data-ref]")].map((e) => {
  const r = e.getBoundingClientRect();
  return {ref: e.dataset.ref, layer: e.parentElement.getAttribute("class"), x: r.x, y: r.y, w: r.width, h: r.height};
})"""

# Elements whose text is cut off at their edge, and whether the page is wider than the window.
CUT = """() => [
  ...(document.documentElement.scrollWidth > innerWidth ? ["the page: " + document.documentElement.scrollWidth] : []),
  ...[...document.querySelectorAll("main *, header *")].filter((e) => e.clientWidth && !e.closest("svg") && e.scrollWidth > e.clientWidth + 1
    && ["hidden", "clip"].includes(getComputedStyle(e).overflowX)).map((e) => e.outerHTML.slice(0, 120)),
]"""

# Names of tables that are wider than their place, and so are seen in part.
SCROLLED = """() => [...document.querySelectorAll(".scroll")].filter((e) => e.scrollWidth > e.clientWidth + 1)
  .map((e) => e.getAttribute("aria-label"))"""

pytestmark = pytest.mark.peers


@cache
def tables(folder: Path) -> Tables:
    return store.read(folder).tables


def words(folder: Path) -> str:
    """What every page of a package says of its design."""
    return f"revision draft · hash {json.loads((folder / 'manifest.json').read_text(encoding='utf-8'))['design_hash'][:12]}"


@contextmanager
def shown(browser: Browser, width: int = 1800, height: int = 1700, **context: Any) -> Iterator[Page]:
    """A page; fails where the console complains or a page asks for anything but files."""
    said: list[str] = []
    place = browser.new_context(viewport={"width": width, "height": height}, **context)
    page = place.new_page()
    page.on("console", lambda m: said.append(m.text))
    page.on("pageerror", lambda e: said.append(str(e)))
    page.on("request", lambda r: said.append(r.url) if not r.url.startswith("file:") else None)
    yield page
    place.close()
    assert said == []


def sound(drawing: dict[str, Any]) -> list[Any]:
    """What is wrong with the texts of a drawing."""
    return [drawing[kind] for kind in ("outside", "touching", "hidden") if drawing[kind]]


@pytest.mark.parametrize("name", DRAWN)
def test_every_text_of_every_drawing_is_whole_apart_and_seen(browser, packages, name):
    drawings = sorted((packages[name] / "drawings").glob("*.svg"))
    assert len(drawings) >= 4
    with shown(browser) as page:
        for drawing in drawings:
            page.goto(drawing.as_uri())
            (found,) = page.evaluate(MEASURED)
            assert found["texts"] > 5, drawing.name
            assert sound(found) == [], drawing.name
            assert found["smallest"] >= LEAST_PX, drawing.name


@pytest.mark.parametrize("name", ["rack", "air"])
def test_elevation_shows_every_device_in_proportion_at_its_unit_marks(browser, packages, name):
    t = tables(packages[name])
    devices = t["devices"].filter(pl.col("position_u").is_not_null() | (pl.col("height_u") == 0))
    units = t["racks"]["height_units"][0]
    with shown(browser) as page:
        page.goto((packages[name] / "drawings" / "elevation.svg").as_uri())
        boxes = [b for b in page.evaluate(REFS) if b["ref"].startswith("devices:")]
        marks = page.evaluate("""() => [...document.querySelectorAll(".l-units text")].map((t) => {
          const r = t.getBoundingClientRect(); return [t.textContent, (r.top + r.bottom) / 2]; })""")
        notes = " ".join(page.locator(".l-notes text").all_text_contents())
    front, rear = ({b["ref"].removeprefix("devices:"): b for b in boxes if b["layer"] == f"l-{side}"} for side in ("front", "rear"))
    assert set(front) == set(devices.filter(~pl.col("is_rear") & (pl.col("height_u") > 0))["name"])
    assert set(rear) == set(devices["name"])
    assert sorted(m for m, _ in marks if m.isdecimal()) == sorted(4 * [str(u) for u in range(1, units + 1)])
    middles = {m: y for m, y in marks if m.isdecimal()}
    for d in devices.iter_rows(named=True):
        box = rear[d["name"]]
        assert box["w"] / box["h"] == pytest.approx(d["width_mm"] / d["height_mm"], rel=0.02), d["name"]
        if d["height_u"] == 1:
            assert box["y"] + box["h"] / 2 == pytest.approx(middles[str(d["position_u"])], abs=1.5), d["name"]
    for group, count in devices.filter(~pl.col("is_rear") & (pl.col("height_u") > 0)).group_by("group").len().iter_rows():
        assert sum(int(n) for n, g in zip(notes.split(), notes.split()[2:], strict=False) if g == group and n.isdecimal()) == count


def test_scale_up_map_has_a_cell_for_every_pair(browser, packages):
    t = tables(packages["rack"])
    with shown(browser) as page:
        page.goto((packages["rack"] / "drawings" / "scale_up_map.svg").as_uri())
        assert page.locator(".cell").count() == t["cables"].filter(kind="scale-up").height


@pytest.mark.parametrize("name", ["campus", "split"])
def test_plans_show_every_rack_where_it_stands(browser, packages, name):
    t = tables(packages[name])
    own = t["hall_racks"].filter(pl.col("hall_id") == 0)
    with shown(browser) as page:
        for drawing in ("floor_plan", "supply_loading"):
            page.goto((packages[name] / "drawings" / f"{drawing}.svg").as_uri())
            boxes = {b["ref"].removeprefix("hall_racks:"): b for b in page.evaluate(REFS) if b["ref"].startswith("hall_racks:")}
            assert set(boxes) == set(own["name"]), drawing
            a, b = (own.filter(name=n).row(0, named=True) for n in (own["name"][0], own["name"][-1]))
            mm = ((a["x_mm"] - b["x_mm"]) ** 2 + (a["y_mm"] - b["y_mm"]) ** 2) ** 0.5
            one, two = boxes[a["name"]], boxes[b["name"]]
            px = (((one["x"] - two["x"]) ** 2) + ((one["y"] - two["y"]) ** 2)) ** 0.5
            long = max(one["w"], one["h"]) / max(a["width_mm"], a["depth_mm"])
            if a["faces"] == b["faces"]:
                assert px / mm == pytest.approx(long, rel=0.03)
        if t["halls"].height > 1:
            page.goto((packages[name] / "drawings" / "campus_map.svg").as_uri())
            refs = [b["ref"] for b in page.evaluate(REFS)]
            assert [r for r in refs if r.startswith("halls:")] == [f"halls:{n}" for n in t["halls"]["name"]]


@pytest.fixture(scope="module", name="pages")
def _pages(packages, tmp_path_factory) -> dict[str, Path]:
    """Reports, pages beside them, and the reports of simulations."""
    out = tmp_path_factory.mktemp("simulated")
    for study in ("network", "power"):
        assert main(["sim", study, str(packages["hall"]), "--report", str(out / f"{study}.html")]) == 0
    made = {name: packages[name] / "report.html" for name in DRAWN}
    made |= {study: out / f"{study}.html" for study in ("network", "power")}
    return made | {"of-hall": packages["split"] / "report" / "hall-01.html", "of-rack": packages["split"] / "report" / "rack-01.html"}


WHOLE = ("rack", "air", "of-hall", "of-rack")  # tables of a hall's supply may be wider than a small screen
PAGES = (*DRAWN, "network", "power", "of-hall", "of-rack")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_wide_and_narrow(browser, pages, name):
    with shown(browser, 1280, 900) as page:
        page.goto(pages[name].as_uri())
        for found in page.evaluate(MEASURED.replace("document.elementFromPoint(x, y)", "null")):
            assert sound(found) == [], found["name"]
        assert page.evaluate(CUT) == []
        page.set_viewport_size({"width": 1250, "height": 900})
        assert name not in WHOLE or page.evaluate(SCROLLED) == []
        page.set_viewport_size({"width": 480, "height": 900})
        assert page.evaluate(CUT) == []
        assert page.locator("h1").bounding_box()["width"] > 100


@pytest.mark.parametrize(
    ("name", "scheme"), [("rack", "light"), ("split", "light"), ("network", "light"), ("of-hall", "light"), ("of-rack", "light"), ("split", "dark")]
)
def test_axe_finds_no_serious_fault(browser, pages, name, scheme):
    """A drawing is one picture with a name for axe; its texts are measured above and their colours in tests/render/test_palettes.py. Of the rows of
    a table, which are alike, five stay.
    """
    with shown(browser, 1280, 900, color_scheme=scheme) as page:
        page.goto(pages[name].as_uri())
        page.evaluate("document.querySelectorAll('tbody tr:nth-child(n+6), svg > :not(title, desc)').forEach((e) => e.remove())")
        assert page.locator("svg[role=img][aria-labelledby]").count() == page.locator("svg").count()
        found = Axe().run(page, options={"preload": False, "resultTypes": ["violations"]}).response["violations"]
        assert [(v["id"], len(v["nodes"]), v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")] == []


def test_tables_of_the_report_hold_what_the_tables_hold(browser, packages):
    t = tables(packages["rack"])
    with shown(browser) as page:
        page.goto((packages["rack"] / "report.html").as_uri())
        rows = {name: page.locator(f"#t-{name} tbody tr").count() for name in ("loose-cables", "input-rows", "channels")}
    loose = t["cables"].filter(pl.col("kind") != "scale-up").height
    assert rows == {"loose-cables": loose, "input-rows": t["inputs"].height, "channels": t["pathways"].height}


def test_report_leads_to_a_hall_a_rack_and_the_viewer(browser, packages):
    t = tables(packages["campus"])
    with shown(browser) as page:
        page.goto((packages["campus"] / "report.html").as_uri())
        page.get_by_role("link", name="H02").click()
        assert page.locator("h1").inner_text() == "H02"
        own = t["hall_racks"].filter(pl.col("hall_id") == 1)
        assert page.locator("#t-racks tbody tr").count() == own.height
        page.get_by_role("link", name="dgx").first.click()
        assert page.locator("h1").inner_text() == "dgx"
        page.go_back()
        name = own["name"][2]
        page.get_by_role("link", name=f"{name} in the viewer").click()
        page.wait_for_selector("body[data-ready]")
        assert page.locator("#details h2").inner_text() == name
        assert page.locator("#revision").inner_text() == words(packages["campus"])
        page.go_back()
        page.get_by_role("link", name="to the report", exact=True).click()
        assert page.locator("h1").inner_text() == "h100-superpod-1su"


def test_pages_need_no_script_and_say_which_design_on_paper(browser, packages):
    said = words(packages["campus"])
    with shown(browser, java_script_enabled=False) as page:
        page.goto((packages["campus"] / "report.html").as_uri())
        assert page.locator(".mast .mark").inner_text() == said
        page.emulate_media(media="print")
        marks = page.locator("figcaption .mark")
        assert marks.count() == page.locator("figure").count() > 3
        assert all(m.is_visible() and m.inner_text() == said for m in marks.all())
        page.emulate_media(media="screen")
        page.get_by_role("link", name="H02").click()
        assert page.locator("#t-racks tbody tr").first.is_visible()


def test_pages_ask_for_nothing_outside_the_package(pages):
    for path in pages.values():
        text = path.read_text(encoding="utf-8")
        assert not [mark for mark in ('src="', 'href="http', "@import", "url(http", "<link") if mark in text], path
