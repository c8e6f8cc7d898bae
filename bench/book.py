"""Time of a build book of more than a hundred pages, from the tables of a package, beside a plain typst document of the same tables and drawings.

The book is that of examples/halls/dual-plane-512: some 170 pages. It is measured once in a process of its own, as typst remembers what it has laid
out. The plain document leaves the widths of columns and the heights of rows to typst, as a short script would; it has page numbers and a list of
contents, and neither breaks long names nor numbers chapters. The ratio is of processor time: of the plain document typst's alone, given the data; of
ours all of it after the tables were read. Exit 1 where the book takes longer than its limit or has fewer than a hundred pages.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pypdf
import typst

import figures
from figures import Figure
from rackwright.cli.main import main as rackwright
from rackwright.export.only import Only
from rackwright.flow import handoff, store
from rackwright.flow.composed import build_book
from rackwright.render import book

ROOT = Path(__file__).resolve().parents[1]
SPEC = ROOT / "examples" / "halls" / "dual-plane-512.yaml"
PAGES = 100
LIMIT = 15.0
PLAIN = b"""
#let d = json("data.json")
#set page(paper: "a4", footer: context [#h(1fr) page #counter(page).display() of #counter(page).final().first()])
#set text(font: "IBM Plex Sans", stretch: 75%, size: 7pt)
#outline()
#for c in d.chapters {
  set page(flipped: c.wide)
  heading(c.title)
  for b in c.blocks {
    if b.kind == "table" { heading(level: 2, b.title); table(columns: b.heads.len(), table.header(..b.heads), ..b.rows.flatten()) }
    if b.kind == "picture" { image(bytes(b.svg), format: "svg", width: 100%) }
    if b.kind == "stickers" {
      grid(columns: 5, ..b.sheets.flatten().map(l => block(height: 21mm, image(bytes(b.codes.at(l.code)), format: "svg", width: 15mm) + l.near)))
    }
  }
}
"""


def _opened(folder: Path) -> store.Package:
    if rackwright(["build", str(SPEC), "-o", str(folder)]):
        sys.exit(f"{SPEC} does not build")
    return store.read(folder)


def _plain(data: dict[str, Any]) -> float:
    """Processor time that typst takes for the plain document."""
    fonts = str(Path(book.__file__).parent / "templates" / "fonts")
    files: Any = {"main": PLAIN, "data.json": json.dumps(data).encode()}
    start = time.process_time()
    typst.compile(files, font_paths=[fonts], ignore_system_fonts=True, pdf_tags=False)
    return time.process_time() - start


def hundred_pages() -> Figure:
    """The whole book."""
    with tempfile.TemporaryDirectory() as folder:
        package = _opened(Path(folder) / "hall")
        receiver = handoff.receivers()["build-book"]
        links = build_book.chosen(package.tables, Only())
        data = book.pages(package.tables, build_book.given(package.tables, Only(), package.manifest, links))
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:  # typst remembers images and texts of earlier documents
            plain = apart.submit(_plain, data).result()
        start, cpu = time.perf_counter(), time.process_time()
        ((_, make),) = handoff.files(package.tables, receiver, Only(), package.manifest).items()
        made = make()
        wall, used = time.perf_counter() - start, time.process_time() - cpu
        out = Path(folder) / "book.pdf"
        out.write_bytes(made)
        pages = len(pypdf.PdfReader(out).pages)
        if pages < PAGES:
            sys.exit(f"the book has {pages} pages, not {PAGES}")
    return Figure("book.100_pages", wall, "s", "plain typst tables", plain / used, used, 0.0)


WORK = {"book.100_pages": (hundred_pages, LIMIT)}

if __name__ == "__main__":
    sys.exit(figures.main(__doc__, __file__, WORK, {}))
