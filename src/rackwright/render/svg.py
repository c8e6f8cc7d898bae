"""Scene -> SVG text: fixed number format, escaped text, one embedded style sheet with light, dark and print colours."""

from __future__ import annotations

from functools import cache
from importlib import resources
from xml.sax.saxutils import escape, quoteattr

from rackwright.render.scene import Scene, fit, plain, text_width

_BASELINE = 0.36  # of the font size: from the middle of a line of capitals and figures down to its baseline
_HATCH = (
    '<defs><pattern id="rw-{name}-hatch" class="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45) scale({scale})"><line x1="0" y1="0" x2="0" y2="6"/></pattern></defs>'
)


@cache
def style_sheet() -> str:
    """The CSS of all drawings (shipped as package data)."""
    return resources.files("rackwright.render").joinpath("templates", "drawing.css").read_text(encoding="utf-8")


def number(value: float) -> str:
    """A coordinate with two decimals at most, never `-0`."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def svg(scene: Scene, is_embedded: bool = False) -> str:
    """`scene` as SVG text. Embedded in a page that carries the style sheet itself, it has neither style nor title block."""
    block = 0.0 if is_embedded else 34 / scene.px_per_unit
    height = scene.height + block
    shown = (number(scene.width * scene.px_per_unit), number(height * scene.px_per_unit))
    name = escape(scene.name)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="rw rw-{name}" role="img" aria-labelledby="rw-{name}-t rw-{name}-d"'
        f' viewBox="0 0 {number(scene.width)} {number(height)}" width="{shown[0]}" height="{shown[1]}">',
        f'<title id="rw-{name}-t">{escape(plain(scene.title))}</title><desc id="rw-{name}-d">{escape(plain(scene.description))}</desc>',
    ]
    if not is_embedded:
        parts.append(f"<style>{style_sheet()}</style>")
        parts.append(f'<rect class="paper" width="{number(scene.width)}" height="{number(height)}"/>')
    if scene.shapes["css"].str.contains("hatched").any():
        parts.append(_HATCH.format(name=name, scale=number(1 / scene.px_per_unit)))
    for (layer,), shapes in scene.shapes.group_by(["layer"], maintain_order=True):
        parts.append(f'<g class="l-{escape(str(layer))}">')
        parts += [_shape(row, name) for row in shapes.iter_rows(named=True)]
        parts.append("</g>")
    if not is_embedded:
        parts.append(_block(scene, block))
    parts.append("</svg>\n")
    return "\n".join(parts)


def _shape(row: dict[str, object], name: str) -> str:
    attributes = f"class={quoteattr(str(row['css']))}" + (f" data-ref={quoteattr(plain(str(row['ref'])))}" if row["ref"] else "")
    if "hatched" in str(row["css"]):
        attributes += f' fill="url(#rw-{name}-hatch)"'
    kind, body = str(row["kind"]), f"<title>{escape(plain(str(row['title'])))}</title>" if row["title"] else ""
    if kind == "rect":
        place = f'x="{_n(row["x"])}" y="{_n(row["y"])}" width="{_n(row["w"])}" height="{_n(row["h"])}"'
    elif kind == "circle":
        place = f'cx="{_n(row["x"])}" cy="{_n(row["y"])}" r="{_n(row["w"])}"'
    elif kind == "text":
        turn = f' transform="rotate({_n(row["turn"])} {_n(row["x"])} {_n(row["y"])})"' if row["turn"] else ""
        size = float(str(row["size"]))
        anchor = "" if row["anchor"] == "start" else f' text-anchor="{row["anchor"]}"'
        place = f'x="{_n(row["x"])}" y="{number(float(str(row["y"])) + _BASELINE * size)}" font-size="{number(size)}"{anchor}{turn}'
        body = body + escape(str(row["text"]))
    else:
        points = row["points"]
        assert isinstance(points, list)
        pairs = [f"{number(x)},{number(y)}" for x, y in zip(points[::2], points[1::2], strict=True)]
        if kind == "line":
            place = "".join(f' {a}="{number(v)}"' for a, v in zip(("x1", "y1", "x2", "y2"), points, strict=True)).lstrip()
        else:
            place = f'points="{" ".join(pairs)}"'
    tag = {"area": "polygon"}.get(kind, kind)
    return f"<{tag} {attributes} {place}>{body}</{tag}>" if body else f"<{tag} {attributes} {place}/>"


def _n(value: object) -> str:
    return number(float(str(value)))


def _block(scene: Scene, height: float) -> str:
    """The title block under the drawing: title left, notes right, a rule above."""
    px = 1 / scene.px_per_unit
    y, edge, size = scene.height + height * 0.55, 12 * px, 10.5 * px
    notes = " · ".join(f"{label} {value}" for label, value in scene.notes)
    title = fit(scene.title, scene.width * 0.5, size, True)
    room = scene.width - 3 * edge - text_width(title, size, True)
    left, right, base, rule = (number(v) for v in (edge, scene.width - edge, y + _BASELINE * size, scene.height + 2 * px))
    texts = [
        f'<line class="rule" x1="{left}" y1="{rule}" x2="{right}" y2="{rule}"/>',
        f'<text class="t strong" x="{left}" y="{base}" font-size="{number(size)}">{escape(title)}</text>',
        f'<text class="t faint" x="{right}" y="{base}" font-size="{number(size)}" text-anchor="end">{escape(fit(notes, room, size))}</text>',
    ]
    return '<g class="l-block">' + "".join(texts) + "</g>"
