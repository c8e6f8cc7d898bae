"""Cable labels on stock that any office shop sells, with a QR code of the cable's name. Reads labels (given).

Sheets are Avery's L7160 (21 labels of 63.5 x 38.1 mm) or, for many, L7651 (65 of 38.1 x 21.2 mm), both A4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rackwright.render.blocks import Block, Given, Prose, clean
from rackwright.render.scene import Scene
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "labels", "Cable labels", 95
_FEW = 1_050  # labels up to which the large stock is taken: 50 sheets
_MM = 25.4 / 72
_MONO = 0.6  # em of a letter
# Columns, rows, label, edge, pitch in mm: from the label database of LibreOffice (Avery A4: C2160 and C2651, the sheets of L7160 and L7651).
STOCKS: dict[str, dict[str, Any]] = {
    "L7160": {"name": "Avery L7160", "paper": "a4", "columns": 3, "rows": 7, "w": 63.5, "h": 38.1, "left": 7.2, "top": 15.15,
              "pitch_x": 66.04, "pitch_y": 38.1, "pad": 3.0, "code": 22.0, "largest": 9.0, "small": 6.5, "wide": 195.0},
    "L7651": {"name": "Avery L7651", "paper": "a4", "columns": 5, "rows": 13, "w": 38.1, "h": 21.17, "left": 4.67, "top": 10.9,
              "pitch_x": 40.64, "pitch_y": 21.17, "pad": 1.6, "code": 15.0, "largest": 6.5, "small": 4.5, "wide": 200.0},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stickers:
    """Sheets of labels: `labels` have near, far and about, and the text of their code (`qr`)."""

    title: str
    stock: Mapping[str, Any]
    labels: Sequence[Mapping[str, str]]

    def to_json(self, width: float) -> dict[str, Any]:
        """As data; each code is drawn once, however many labels show it."""
        codes: dict[str, int] = {}
        made = []
        for label in self.labels:
            near, far = _two(clean(label["near"])), _two("→ " + clean(label["far"]))
            longest = max(len(x) for x in (*near, *far))
            room = self.stock["w"] - 2 * self.stock["pad"] - self.stock["code"] - 1.5
            size = min(self.stock["largest"], 0.98 * room / _MM / (_MONO * max(longest, 1)))
            made.append(
                {"near": "\n".join(near), "far": "\n".join(far), "about": clean(label["about"])[:60], "size": round(max(size, 3.0), 2),
                 "code": codes.setdefault(label["qr"], len(codes))}
            )  # fmt: skip
        each = self.stock["columns"] * self.stock["rows"]
        sheets = [made[i : i + each] for i in range(0, len(made), each)]
        return {"kind": "stickers", "title": self.title, "stock": dict(self.stock), "codes": [code(c) for c in codes], "sheets": sheets}


def chapter(t: Tables, given: Given, drawn: Sequence[Scene]) -> Sequence[Block] | None:
    """None without labels."""
    if given.labels.is_empty():
        return None
    stock = STOCKS["L7160" if given.labels.height <= _FEW else "L7651"]
    shown = [
        {
            "near": str(r["near"]),
            "far": _first(str(r["far"])),
            "qr": str(r["qr"]),
            "about": " · ".join(
                [
                    *(str(r[c]) for c in ("fabric", "use", "medium") if r.get(c)),
                    *([f"{r['cut_mm'] / 1000:.1f} m"] if r["cut_mm"] is not None and r["cut_mm"] >= 0 else []),
                    *([f"bundle {r['bundle']}"] if r.get("bundle") is not None else []),
                ]
            ),
        }
        for r in given.labels.iter_rows(named=True)
    ]
    each = stock["columns"] * stock["rows"]
    lead = (
        f"{len(shown):,} labels, one at each plug, in the order of pulling: {-(-len(shown) // each):,} sheets of {stock['name']} "
        f"({each} of {stock['w']:g} x {stock['h']:g} mm on A4), or any stock of the same cut. Print these pages alone, at 100 %, on the stock. "
        "The code holds the name of the cable, the same at both ends."
    )
    return [Prose([lead]), Stickers("Sheets", stock, shown)]


def _first(far: str) -> str:
    one, *others = far.split(" + ")
    return one + (f" +{len(others)}" if others else "")


def _two(name: str) -> list[str]:
    """A name on two lines, place above port, where it is longer than a line holds well; of a very long one what identifies it most: its end."""
    if len(name) <= 14:
        return [name]
    place, colon, port = name.partition(":")
    lines = [place + colon, port] if colon and port else [name[: len(name) // 2], name[len(name) // 2 :]]
    return [line if len(line) <= 34 else line[:15] + "…" + line[-18:] for line in lines]


def code(text: str) -> str:
    """A QR code (level M) as SVG with its quiet zone. The mask is fixed: any mask can be read, and trying all eight takes five times as long."""
    import segno  # noqa: PLC0415  0.04 s, and only labels want codes

    matrix = segno.make_qr(text, error="m", boost_error=False, mask=4).matrix
    runs = []
    for y, line in enumerate(matrix):
        x = 0
        while x < len(line):
            start = x
            while x < len(line) and line[x]:
                x += 1
            if x > start:
                runs.append(f"M{start} {y}h{x - start}v1h{start - x}z")
            x += 1
    side = len(matrix) + 8
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 {side} {side}" width="{side}" height="{side}"><path d="{"".join(runs)}"/></svg>'
