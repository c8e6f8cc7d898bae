"""QR codes of label sheets read back by ZXing (zxing-cpp), a reader we did not write: every code of a page, drawn from its SVG, at 4 dots a module.

Tolerance: none. The text must be the cable's name, letter by letter.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import zxingcpp
from numpy.typing import NDArray

from rackwright.export import label_sheets, labels, only
from rackwright.export.only import Only
from rackwright.flow.hall import compile_hall
from rackwright.schema import ends

pytestmark = pytest.mark.oracle

SPEC = Path(__file__).resolve().parents[2] / "examples" / "halls" / "h100-superpod-1su.yaml"
DOTS = 4


def drawn(path: str, side: int) -> NDArray[np.uint8]:
    """Dots of an SVG path of horizontal strokes one unit thick, white quiet zone of four modules around it."""
    image = np.full((side + 8, side + 8), 255, np.uint8)
    strokes = re.findall(r"M(\d+) (\d+)\.5h(\d+)", path)
    assert "".join(f"M{x} {y}.5h{n}" for x, y, n in strokes) == path
    for x, y, n in strokes:
        image[int(y) + 4, int(x) + 4 : int(x) + 4 + int(n)] = 0
    return np.kron(image, np.ones((DOTS, DOTS), np.uint8))


def read(image: NDArray[np.uint8]) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)]


@pytest.mark.parametrize(
    "text",
    [
        "H01.AA05-03:1/1--H01.AB07-12:nic0/p0",
        "H16.AJ12-42:E1/32/2--H16.AJ18-01:swp63s7",
        "compute-18/bmc0--management-01/swp48",
        "H121.AAY105-compute-tray-18:nic3/p0/8--H121.AAZ105-42:E1/64/8",
    ],
)
def test_a_code_says_its_text(text: str):
    side, path = label_sheets.code(text)
    assert read(drawn(path, side)) == [text]


def test_every_code_of_a_rack_names_its_cable():
    t = compile_hall(str(SPEC), as_of="2026-01-01").tables
    at = ends.devices(t)
    chosen = Only(rack=("H01.AB01",))
    rows = labels.labels(t, at, only.links(t, at, chosen))
    ((name, make),) = label_sheets.files_of(t, chosen)
    assert name == "label-sheets-H01.AB01.html"
    page = make().decode()
    paths = dict(re.findall(r'<path id="(q\d+)" class="qr" d="([^"]+)"/>', page))
    parts = re.findall(r'<g transform="translate\([\d. ]+\) scale\(([\d.]+)\) translate\(4 4\)"><(?:path id="|use href="#)(q\d+)"', page)
    assert len(parts) == rows.height == page.count('class="near"')
    assert len(paths) == rows["qr"].n_unique()
    for (scale, name), text in zip(parts, rows["qr"], strict=True):
        side = round(17 / float(scale)) - 8
        assert read(drawn(paths[name], side)) == [text]
    assert page.count("<svg") == -(-rows.height // (label_sheets.COLUMNS * label_sheets.ROWS))
    near = re.findall(r'class="near"[^>]*>([^<]+)<', page)
    assert near == rows["near"].to_list()
    assert rows.filter(pl.col("end") == "a").height == rows.height / 2
