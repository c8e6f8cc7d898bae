"""The build book as Poppler prints it: ink on every page and none at its edge, every QR code read back off its label by ZXing.

Poppler and zxing-cpp are programs we did not write. Tolerance: none for texts; a code must lie inside its label of the stock.
"""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import pypdf
import pytest
import zxingcpp
from numpy.typing import NDArray

from rackwright.cli.main import main
from rackwright.export import labels as label_rows
from rackwright.export import only as choice
from rackwright.export.only import Only
from rackwright.flow import store
from rackwright.render.chapters.labels import STOCKS
from rackwright.schema import ends

pytestmark = [pytest.mark.peers, pytest.mark.oracle]

SPEC = Path(__file__).resolve().parents[2] / "examples" / "halls" / "h100-superpod-1su.yaml"
DPI = 150
MM = DPI / 25.4


@pytest.fixture(scope="module", name="made")
def _made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("book")
    assert main(["build", str(SPEC), "-o", str(folder / "hall"), "--set", "racks.dgx.count=2", "--set", "unit=2"]) == 0
    assert main(["export", str(folder / "hall"), "build-book", "-o", str(folder / "book.pdf")]) == 0
    return folder / "hall", folder / "book.pdf"


def printed(pdf: Path) -> list[NDArray[np.uint8]]:
    """Pages in grey, 255 is paper."""
    subprocess.run(["pdftoppm", "-gray", "-r", str(DPI), str(pdf), str(pdf.with_suffix(""))], check=True)
    pages = []
    for file in sorted(pdf.parent.glob(f"{pdf.stem}-*.pgm")):
        data = file.read_bytes()
        kind, size, most, dots = data.split(b"\n", 3)
        assert (kind, most) == (b"P5", b"255")
        width, height = map(int, size.split())
        pages.append(np.frombuffer(dots, np.uint8).reshape(height, width))
    return pages


def test_pages_and_labels_as_printed(made: tuple[Path, Path]):
    package, pdf = made
    pages, texts = printed(pdf), [p.extract_text() for p in pypdf.PdfReader(io.BytesIO(pdf.read_bytes())).pages]
    assert len(pages) == len(texts) > 20
    edge = int(4 * MM)
    for number, page in enumerate(pages, 1):
        ink = page < 200
        assert ink.mean() > 0.002, number
        inside = ink[edge:-edge, edge:-edge]
        assert ink.sum() == inside.sum(), number
    t = store.read(package).tables
    at = ends.devices(t)
    wanted = label_rows.labels(t, at, choice.links(t, at, Only()))["qr"].to_list()
    sheets = [page for page, text in zip(pages, texts, strict=True) if "print at 100 %" in text]
    stock, found = STOCKS["L7160"], list[str]()
    for page in sheets:
        spots = []
        for code in zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.QRCode):
            corners = [(p.x / MM, p.y / MM) for p in (code.position.top_left, code.position.bottom_right)]
            (column, x), (row, y) = divmod(corners[0][0] - stock["left"], stock["pitch_x"]), divmod(corners[0][1] - stock["top"], stock["pitch_y"])
            across, down = corners[1][0] - corners[0][0], corners[1][1] - corners[0][1]
            assert 0 < x < x + across < stock["w"], code.text
            assert 0 < y < y + down < stock["h"], code.text
            spots.append((int(row), int(column), code.text))
        found += [text for _, _, text in sorted(spots)]
    assert found == wanted
