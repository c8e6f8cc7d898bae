"""Times of the viewer in headless Chromium with software rendering, opened from files, beside the plain ways to the same.

`view.first_paint` is from opening the page of a hall of 2,000 racks to the frame that shows them all with colours, legend and key figures. Its
peer is a bare page that carries the same racks as an SVG of as many boxes and nothing else: no data to read, no choices, no colours that change.
`view.pan` is one frame while the plan is dragged, median of sixty; its peer is the same drag of the bare page. `view.solid_first` is from opening
the page at its 3-D view to the first picture of that hall, `view.solid_frame` one frame while it is turned, each waited for until it is drawn,
median of sixty; their peer is a bare page with three.js and 2,000 boxes in one draw call, without pictures, names or choices. `view.trace` is from
the label of a cable of a campus of 516,096 accelerators to its way on the plan and its ends in the details, the cell that holds it read for the
first time: the median of eight cables. Its peer is `csv` of Python over the cut sheet of the same unit, which a person would search.
`view.trace_again` is the same once the cell was read. `view.report` is the report of a campus of 65,664 accelerators written to disk, with its
drawings and a page for each hall and rack design, from the compiled tables; its peer is one Jinja loop over every cell of its racks, trays and
switches, as a report without pages of its own would hold them. `view.report_open` is from opening that report to its finished frame; its peer opens
the page of that loop. No page may be over 5 MB. Exit 1 where a limit is missed.
"""

from __future__ import annotations

import csv
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path

import polars as pl
from jinja2 import Environment
from playwright.sync_api import Page, sync_playwright

import figures
from figures import Figure
from rackwright.cli.main import main as rackwright
from rackwright.flow.hall import compile_hall
from rackwright.flow.pipeline import Design
from rackwright.render.gallery import scenes
from rackwright.render.mark import Mark
from rackwright.render.pages import pages
from rackwright.render.report import report
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
SOLID = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-background-networking"]
ROUNDS, FRAMES, TRACES = 5, 60, 8
MOST_BYTES = 5_000_000
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
TICK = "() => { window.at = []; const tick = (t) => { at.push(t); requestAnimationFrame(tick); }; requestAnimationFrame(tick); }"
SOLID_READY = "() => RW.hall3d && RW.hall3d.shown && RW.hall3d.shown.stats().drawn > 0"
TURNED = """async (frames) => {
  const canvas = document.querySelector("canvas"), gl = canvas.getContext("webgl2"), one = new Uint8Array(4), taken = [];
  for (let i = 0; i < frames; i++) {
    canvas.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowLeft"}));
    const start = await new Promise(requestAnimationFrame);  // the page asked first, so it has drawn
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, one);
    taken.push(performance.now() - start);
  }
  return taken;
}"""
BARE_SOLID = """<!doctype html><meta charset=utf-8><style>body{margin:0}canvas{width:100vw;height:100vh;display:block}</style><canvas></canvas>
<script src="viewer/three.js"></script><script>
const canvas = document.querySelector("canvas"), renderer = new THREE.WebGLRenderer({canvas}), scene = new THREE.Scene();
const camera = new THREE.PerspectiveCamera(40, innerWidth / innerHeight, 0.1, 1000), controls = new THREE.OrbitControls(camera, canvas);
const shape = new THREE.BufferGeometry(), places = RACKS, m = new THREE.Matrix4(), q = new THREE.Quaternion();
shape.setAttribute("position", new THREE.BufferAttribute(new Float32Array([0,0,0, 1,0,0, 1,1,0, 0,1,0, 0,0,1, 1,0,1, 1,1,1, 0,1,1]), 3));
shape.setIndex([0,2,1, 0,3,2, 4,5,6, 4,6,7, 0,1,5, 0,5,4, 1,2,6, 1,6,5, 2,3,7, 2,7,6, 3,0,4, 3,4,7]);
const mesh = new THREE.InstancedMesh(shape, new THREE.MeshBasicMaterial({color: 0x7db4da}), places.length);
places.forEach(([x, y], i) => mesh.setMatrixAt(i, m.compose(new THREE.Vector3(x, 0, y), q, new THREE.Vector3(0.7, 2.27, 1.2))));
scene.add(mesh);
renderer.setSize(innerWidth, innerHeight, false);
camera.position.set(-30, 60, -30);
controls.target.set(20, 0, 40);
controls.update();
const draw = () => { renderer.render(scene, camera); window.drawn = true; };
canvas.addEventListener("keydown", () => { controls.rotateLeft(0.12); controls.update(); requestAnimationFrame(draw); });
draw();
</script>"""
READY = "() => document.body.dataset.ready === 'true'"


@contextmanager
def browser(flags: Sequence[str] = FLAGS) -> Iterator[Page]:
    """A page of a browser that was just started, with nothing kept."""
    program = shutil.which("chromium") or sys.exit("this benchmark wants chromium; `make peers` installs it")
    with sync_playwright() as peer:
        made = peer.chromium.launch(executable_path=program, args=list(flags))
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
    about = {"name": "hall", "variant": "", "version": "0", "words": "revision draft · hash 000000000000"}
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


def first(address: str, is_ready: str, flags: Sequence[str] = FLAGS) -> float:
    """Seconds from opening a page to its finished frame; the best of several fresh browsers."""
    taken = []
    for _ in range(ROUNDS):
        with browser(flags) as page:
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


def turned(address: str, is_ready: str) -> float:
    """Seconds of a frame in 3-D while the hall is turned, from its start to the last pixel: the median."""
    with browser(SOLID) as page:
        page.goto(address)
        page.wait_for_function(is_ready)
        return statistics.median(float(t) for t in page.evaluate(TURNED, FRAMES)) / 1000


def bare_solid(folder: Path) -> str:
    """A page with three.js and a box for each rack, beside the viewer of the same hall; its address."""
    places = [[x / 1000, y / 1000] for x, y in hall()["hall_racks"].select("x_mm", "y_mm").iter_rows()]
    (folder / "solid.html").write_text(BARE_SOLID.replace("RACKS", json.dumps(places)))
    return (folder / "solid.html").as_uri()


def solid_first() -> Figure:
    """The hall of 2,000 racks in 3-D, from nothing to its first picture."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        ours = first(written(Path(folder)) + "#3d", SOLID_READY, SOLID)
        peer = first(bare_solid(Path(folder)), "() => window.drawn", SOLID)
        return Figure("view.solid_first", ours, "s", "three.js with as many boxes alone", peer / ours, time.process_time() - start, 0)


def solid_frame() -> Figure:
    """A frame while the hall of 2,000 racks is turned."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        ours = turned(written(Path(folder)) + "#3d", SOLID_READY)
        peer = turned(bare_solid(Path(folder)), "() => window.drawn")
        return Figure("view.solid_frame", ours, "s", "three.js with as many boxes alone", peer / ours, time.process_time() - start, 0)


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


@cache
def campus() -> Design:
    """Two halls, 65,664 accelerators."""
    return compile_hall(str(HALLS / "campus-1gw.yaml"), sets=["halls=2", "racks.gpu.count=456", "unit=38"], as_of="2026-01-01")


def reported(folder: Path) -> str:
    """The report of that campus with all that belongs to it; its address."""
    t, mark = campus().tables, Mark("campus", "draft", "0" * 32, "0")
    drawn = scenes(t)
    beside = pages(t, campus().racks, mark, drawn)
    made = {"report.html": report(t, mark, drawn, beside).encode(), **{page.path: page.make() for page in beside}}
    (folder / "report").mkdir(exist_ok=True)
    for path, data in made.items():
        if len(data) > MOST_BYTES:
            sys.exit(f"{path} has {len(data):,} bytes")
        (folder / path).write_bytes(data)
    return (folder / "report.html").as_uri()


def looped(folder: Path) -> str:
    """The same racks, trays and switches as one page of plain tables; its address."""
    rows = "{% for row in t %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}"
    template = Environment(autoescape=True).from_string(f"<meta charset=utf-8>{{% for t in tables %}}<table>{rows}</table>{{% endfor %}}")
    tables = [list(campus().tables[name].iter_rows()) for name in ("hall_racks", "trays", "fabric_switches")]
    (folder / "loop.html").write_text("<!doctype html>" + template.render(tables=tables))
    return (folder / "loop.html").as_uri()


def report_made() -> Figure:
    """The report of a large campus, from tables to files."""
    campus()
    with tempfile.TemporaryDirectory() as folder:
        ours, cpu = figures.best_of(lambda: reported(Path(folder)))
        peer, _ = figures.best_of(lambda: looped(Path(folder)))
        return Figure("view.report", ours, "s", "one page of plain tables by a Jinja loop", peer / ours, cpu, 0)


def report_open() -> Figure:
    """That report opened."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        whole = "() => document.readyState === 'complete'"
        ours, peer = first(reported(Path(folder)), whole), first(looped(Path(folder)), whole)
        return Figure("view.report_open", ours, "s", "that page of plain tables", peer / ours, time.process_time() - start, 0)


WORK = {
    "first_paint": (first_paint, 2.0),
    "pan": (pan, 1 / 20),
    "solid_first": (solid_first, 2.0),
    "solid_frame": (solid_frame, 1 / 5),
    "trace": (trace, 0.1),
    "trace_again": (trace_again, 0.1),
    "report": (report_made, 5.0),
    "report_open": (report_open, 1.0),
}


if __name__ == "__main__":
    sys.exit(figures.main(__doc__, __file__, WORK, {}))
