"""Cable labels as pages to print: A4, cut lines, near end above far end, and a QR code that holds the cable's name.

Made on demand: a code takes some 3 ms. Both labels of a cable stand side by side, in the order of pulling.

Reads what `labels` reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from html import escape

import polars as pl

from rackwright.export import labels
from rackwright.export import only as choice
from rackwright.export.only import ChoiceError, Only
from rackwright.schema import ends
from rackwright.schema.tables import Tables

TITLE = "Label sheets"
FOR = "any printer"
NEEDS = "loose"
ABOUT = "A4 pages of wrap-around labels with QR codes, ready to print"
MOST = 20_000  # links of one file
COLUMNS, ROWS = 2, 13
WIDTH, HEIGHT = 93.0, 21.0  # mm of one label, its clear tail included
_TAIL, _QR, _PAD = 26.0, 17.0, 2.0
_LEFT, _TOP = 12.0, 12.0
_PAGE = (210.0, 297.0)
_CHAR = 0.602  # advance of a fixed-width face in em
_STYLE = """
@page { size: A4; margin: 0 }
body { margin: 0; background: #ddd }
svg { display: block; width: 210mm; height: 297mm; margin: 4mm auto; background: #fff; break-after: page }
@media print { body { background: #fff } svg { margin: 0 } }
text { font-family: "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace; fill: #000 }
.near { font-weight: 700 } .small { font-family: "DejaVu Sans", "Liberation Sans", Arial, sans-serif; fill: #333 }
.cut { stroke: #999; stroke-width: .15; stroke-dasharray: 1.2 .8; fill: none }
.tail { fill: #f2f2f2 } .tip { stroke: #999; stroke-width: .15 } .qr { stroke: #000; shape-rendering: crispEdges; fill: none }
"""


def files_of(t: Tables, only: Only) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """One page of HTML. Raises UnknownNameError, or ChoiceError where there is too much for one file."""
    if not t.height("fabric_cables"):
        if labels.loose(t).height:
            yield "label-sheets.html", lambda: page(labels.in_rack(t), "Cable labels").encode()
        return
    at = ends.devices(t)
    rows = choice.links(t, at, only)
    if rows.len() > MOST:
        raise ChoiceError(f"label sheets of {rows.len():,} links are more than the {MOST:,} of one file; name a row, rack, device or fabric")
    yield f"label-sheets{only.slug()}.html", partial(_made, t, at, rows, only)


def _made(t: Tables, at: pl.DataFrame, rows: pl.Series, only: Only) -> bytes:
    return page(pl.concat([labels.labels(t, at, rows), labels.led(t, at, only)]), f"Cable labels {only.slug().lstrip('-')}".strip()).encode()


def page(rows: pl.DataFrame, title: str) -> str:
    """All sheets as one HTML page. Columns label, near, far, qr, and what there is of medium, part, cut_mm, fabric (or use) and bundle."""
    wanted = ["near", "far", "qr", *(c for c in ("fabric", "use", "medium", "cut_mm", "bundle") if c in rows.columns)]
    codes: dict[str, str] = {}
    pages: list[str] = []
    each = COLUMNS * ROWS
    shown = rows.select(wanted).to_dicts()
    for first in range(0, len(shown), each):
        parts = [_label(r, codes, i % COLUMNS, i // COLUMNS) for i, r in enumerate(shown[first : first + each])]
        number = f"{first // each + 1} of {-(-len(shown) // each)}"
        head = f'<text class="small" x="{_LEFT}" y="8" font-size="3">{escape(title)} · sheet {number} · print at 100 %</text>'
        pages.append(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_PAGE[0]:g} {_PAGE[1]:g}">{head}{"".join(parts)}</svg>')
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>\n'
        + "\n".join(pages)
        + "\n</html>\n"
    )


def code(text: str) -> tuple[int, str]:
    """A QR code (level M) of `text`: modules along a side without the quiet zone, and the SVG path of its dark ones, each line a run."""
    import segno  # noqa: PLC0415  0.04 s, and only sheets want codes

    matrix = segno.make_qr(text, error="m", boost_error=False).matrix
    runs = []
    for y, line in enumerate(matrix):
        x = 0
        while x < len(line):
            start = x
            while x < len(line) and line[x]:
                x += 1
            if x > start:
                runs.append(f"M{start} {y + 0.5:g}h{x - start}")
            x += 1
    return len(matrix), "".join(runs)


def _label(row: dict[str, object], codes: dict[str, str], column: int, line: int) -> str:
    """One label at its place: code, near and far end, what the cable is; then the clear tail that wraps over it."""
    x, y = _LEFT + column * WIDTH, _TOP + line * HEIGHT
    text = str(row["qr"])
    drawn = codes.get(text, "")
    if not drawn:
        side, path = code(text)
        turn = f"scale({_QR / (side + 8):.4f}) translate(4 4)"  # four modules of quiet zone on each side
        drawn = f'{turn}"><path id="q{len(codes)}" class="qr" d="{path}"/>'
        codes[text] = f'{turn}"><use href="#q{len(codes)}"/>'  # a cable's other labels show the same
    left = x + _PAD + _QR
    room = WIDTH - _TAIL - _QR - 2 * _PAD
    near, (far, *others) = str(row["near"]), str(row["far"]).split(" + ")
    far += f" +{len(others)}" if others else ""
    size = min(3.4, room / (_CHAR * 1.04 * max(len(near), len(far) + 2)))
    about = " · ".join(str(row[c]) for c in ("fabric", "use", "medium") if row.get(c))
    about += f" · {int(str(row['cut_mm'])) / 1000:.1f} m" if row.get("cut_mm") is not None else ""
    about += f" · bundle {row['bundle']}" if row.get("bundle") is not None else ""
    return (
        f'<g><rect class="tail" x="{x + WIDTH - _TAIL:g}" y="{y:g}" width="{_TAIL:g}" height="{HEIGHT:g}"/>'
        f'<rect class="cut" x="{x:g}" y="{y:g}" width="{WIDTH:g}" height="{HEIGHT:g}"/>'
        f'<g transform="translate({x + _PAD / 2:g} {y + (HEIGHT - _QR) / 2:g}) {drawn}</g>'
        f'<text class="near" x="{left:g}" y="{y + 7:g}" font-size="{size:.2f}">{escape(near)}</text>'
        f'<text x="{left:g}" y="{y + 11.6:g}" font-size="{size:.2f}">→ {escape(far)}</text>'
        f'<text class="small" x="{left:g}" y="{y + 16.4:g}" font-size="2.2">{escape(about)}</text></g>'
    )
