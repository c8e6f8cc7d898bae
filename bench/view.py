"""Times of the viewer in headless Chromium with software rendering, opened from files, beside the plain ways to the same.

`view.first_paint` is from opening the page of a hall of 2,000 racks to the frame that shows them all with colours, legend and key figures. Its
peer is a bare page that carries the same racks as an SVG of as many boxes and nothing else: no data to read, no choices, no colours that change.
`view.pan` is one frame while the plan is dragged, median of sixty; its peer is the same drag of the bare page. `view.trace` is from the label of
a cable of a campus of 516,096 accelerators to its way on the plan and its ends in the details, the cell that holds it read for the first time:
the median of eight cables. Its peer is `csv` of Python over the cut sheet of the same unit, which a person would search. `view.trace_again` is
the same once the cell was read. Exit 1 where a limit is missed.
"""

from __future__ import annotations

import csv
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path

import polars as pl
from playwright.sync_api import Page, sync_playwright

import figures
from figures import Figure
from rackwright.cli.main import main as rackwright
from rackwright.flow.hall import compile_hall
from rackwright.render.viewer import files
from rackwright.schema.tables import Tables

ROOT = Path(__file__).resolve().parents[1]
HALLS = ROOT / "examples" / "halls"
SPEC = """
hall: racks-2000
designs: {dgx: DESIGN}
floor: {rows: 50, places: 44, pitch: 700 mm}
racks: {dgx: {design: dgx, count: 2000}}
unit: 100
fabrics: {}
"""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
ROUNDS, FRAMES, TRACES = 5, 60, 8
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
TICK = "() => { window.at = []; const tick = (t) => { at.push(t); requestAnimationFrame(tick); }; requestAnimationFrame(tick); }"
READY = "() => document.body.dataset.ready === 'true'"


@contextmanager
def browser() -> Iterator[Page]:
    """A page of a browser that was just started, with nothing kept."""
    program = shutil.which("chromium") or sys.exit("this benchmark wants chromium; `make peers` installs it")
    with sync_playwright() as peer:
        made = peer.chromium.launch(executable_path=program, args=FLAGS)
        yield made.new_context(viewport={"width": 1440, "height": 900}).new_page()
        made.close()


@cache
def hall() -> Tables:
    """A hall of 2,000 racks without fabrics."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "hall.yaml"
        spec.write_text(SPEC.replace("DESIGN", str(ROOT / "examples" / "racks" / "dgx-h100-x4.yaml")))
        return compile_hall(str(spec), as_of="2026-01-01").tables


def written(folder: Path) -> str:
    """The viewer of that hall; its address."""
    about = {"name": "hall", "variant": "", "version": "0", "spec_sha256": "0" * 64}
    for path, data in files.files(hall(), {}, about, []):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data if isinstance(data, bytes) else data())
    return (folder / files.PAGE).as_uri()


def bare(folder: Path) -> str:
    """A page with an SVG of as many boxes where the racks stand, moved by its view box as a short script would."""
    racks = hall()["hall_racks"]
    boxes = "".join(
        f'<rect x="{x}" y="{-y}" width="{w}" height="{d}"/>' for x, y, w, d in racks.select("x_mm", "y_mm", "width_mm", "depth_mm").iter_rows()
    )
    wide, tall = int(racks.select((pl.col("x_mm") + 1000).max()).item()), int(racks.select((pl.col("y_mm") + 2000).max()).item())
    move = "s.onpointermove=e=>{if(e.buttons){b[0]-=e.movementX*40;b[1]-=e.movementY*40;s.setAttribute('viewBox',b.join(' '))}}"
    home = f"[0,{-tall},{wide},{tall}]"
    page = (
        "<!doctype html><meta charset=utf-8><style>body{margin:0}svg{width:100vw;height:100vh}rect{fill:#7db4da;stroke:#fff;stroke-width:9}</style>"
        f'<svg viewBox="0 {-tall} {wide} {tall}">{boxes}</svg><script>const s=document.querySelector("svg"),b={home};{move}</script>'
    )
    (folder / "bare.html").write_text(page)
    return (folder / "bare.html").as_uri()


def first(address: str, is_ready: str) -> float:
    """Seconds from opening a page to its finished frame; the best of several fresh browsers."""
    taken = []
    for _ in range(ROUNDS):
        with browser() as page:
            page.goto(address, wait_until="commit")
            page.wait_for_function(is_ready)
            taken.append(float(page.evaluate(PAINTED)) / 1000)
    return min(taken)


def frame(address: str, is_ready: str) -> float:
    """Seconds of a frame while the drawing is dragged: the median."""
    with browser() as page:
        page.goto(address)
        page.wait_for_function(is_ready)
        page.evaluate(TICK)
        page.mouse.move(700, 450)
        page.mouse.down()
        page.evaluate("window.at.length = 0")
        for i in range(FRAMES):
            page.mouse.move(700 + 3 * (i % 20), 450 + 2 * (i % 15))
            page.evaluate("() => new Promise(requestAnimationFrame)")
        at = [float(t) for t in page.evaluate("window.at")]
    return statistics.median(b - a for a, b in pairwise(at)) / 1000


def first_paint() -> Figure:
    """A hall of 2,000 racks, from nothing to all of it."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        ours = first(written(Path(folder)), READY)
        peer = first(bare(Path(folder)), "() => document.querySelectorAll('rect').length === 2000")
        return Figure("view.first_paint", ours, "s", "a bare page of as many boxes", peer / ours, time.process_time() - start, 0)


def pan() -> Figure:
    """A frame while the plan of 2,000 racks is dragged."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        ours = frame(written(Path(folder)), READY)
        peer = frame(bare(Path(folder)), "() => document.querySelectorAll('rect').length === 2000")
        return Figure("view.pan", ours, "s", "a bare page of as many boxes", peer / ours, time.process_time() - start, 0)


def traced(is_again: bool) -> tuple[float, float]:
    """Median seconds from a label to the way it shows, and those of reading cut sheets for the same labels."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "campus"
        if rackwright(["build", str(HALLS / "campus-1gw.yaml"), "-o", str(out)]) == 2:
            sys.exit("the campus does not build")
        sheets = sorted((out / "cut-sheets").glob("*.csv"))[:: 128 // TRACES][:TRACES]
        labels, slow = [], []
        for sheet in sheets:
            with sheet.open(encoding="utf-8", newline="") as file:
                labels.append([row["label"] for row in csv.DictReader(file)][-1])
            start = time.perf_counter()
            with sheet.open(encoding="utf-8", newline="") as file:
                found = next(row for row in csv.DictReader(file) if row["label"] == labels[-1])
            slow.append(time.perf_counter() - start)
            if not found["part"]:
                sys.exit("the cut sheet has no such cable")
        follow = """async (label) => {
          const start = performance.now(), done = new Promise((ready) => { RW.on('route', (r) => { if (r && r.label === label) ready(); }); });
          RW.select.cable(label);
          await done;
          const told = () => document.querySelector('#details h2').textContent === label && document.querySelector('.route .way').getAttribute('d');
          while (!told()) await new Promise((again) => setTimeout(again, 0));
          return performance.now() - start;
        }"""
        with browser() as page:
            page.goto((out / files.PAGE).as_uri())
            page.wait_for_function(READY)
            page.evaluate("RW.links.named('nothing')")
            page.evaluate("RW.loadAll(['paths', 'path_steps', 'offers'])")
            taken = []
            for label in labels:
                if is_again:
                    page.evaluate(follow, label)
                    page.evaluate("RW.go({cable: '', view: 'campus'})")
                taken.append(float(page.evaluate(follow, label)) / 1000)
                page.evaluate("RW.go({cable: '', view: 'campus'})")
        return statistics.median(taken), statistics.median(slow)


def trace() -> Figure:
    """The way of a cable whose cell was not read yet."""
    start = time.process_time()
    ours, peer = traced(is_again=False)
    return Figure("view.trace", ours, "s", "csv over the unit's cut sheet", peer / ours, time.process_time() - start, 0)


def trace_again() -> Figure:
    """The way of a cable whose cell was read."""
    start = time.process_time()
    ours, peer = traced(is_again=True)
    return Figure("view.trace_again", ours, "s", "csv over the unit's cut sheet", peer / ours, time.process_time() - start, 0)


WORK = {"first_paint": (first_paint, 2.0), "pan": (pan, 1 / 20), "trace": (trace, 0.1), "trace_again": (trace_again, 0.1)}


if __name__ == "__main__":
    sys.exit(figures.main(__doc__, __file__, WORK, {}))
