"""Scene -> SVG text: fixed number format, escaped text, one embedded style sheet with light, dark and print colours."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from rackwright.render.scene import Scene, plain
from rackwright.render.style import own_style

_BASELINE = 0.36  # of the font size: from the middle of a line of capitals and figures down to its baseline
_HATCH = (
    '<defs><pattern id="rw-{name}-hatch" class="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45) scale({scale})"><line x1="0" y1="0" x2="0" y2="6"/></pattern></defs>'
)


def number(value: float) -> str:
    """A coordinate with two decimals at most, never `-0`."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def svg(scene: Scene, is_embedded: bool = False) -> str:
    """`scene` as SVG text. Embedded in a page that carries the style sheet itself, it has neither style nor paper."""
    shown = (number(scene.width * scene.px_per_unit), number(scene.height * scene.px_per_unit))
    name = escape(scene.name)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="rw rw-{name}" role="img" aria-labelledby="rw-{name}-t rw-{name}-d"'
        f' viewBox="0 0 {number(scene.width)} {number(scene.height)}" width="{shown[0]}" height="{shown[1]}">',
        f'<title id="rw-{name}-t">{escape(plain(scene.title))}</title><desc id="rw-{name}-d">{escape(plain(scene.description))}</desc>',
    ]
    if not is_embedded:
        parts.append(f"<style>{own_style()}</style>")
        parts.append(f'<rect class="paper" width="{number(scene.width)}" height="{number(scene.height)}"/>')
    if scene.shapes["css"].str.contains("hatched").any():
        parts.append(_HATCH.format(name=name, scale=number(1 / scene.px_per_unit)))
    for (layer,), shapes in scene.shapes.group_by(["layer"], maintain_order=True):
        parts.append(f'<g class="l-{escape(str(layer))}">')
        parts += [_shape(row, name) for row in shapes.iter_rows()]
        parts.append("</g>")
    parts.append("</svg>\n")
    return "\n".join(parts)


@lru_cache(maxsize=4096)
def _class(css: str) -> str:
    return f"class={quoteattr(css)}"


def _shape(row: tuple[Any, ...], name: str) -> str:
    """One row of a scene's shapes, columns as in `SHAPE`."""
    _, kind, x, y, w, h, points, text, size, anchor, turn, css, title, ref = row
    attributes = _class(css) + (f" data-ref={quoteattr(plain(ref))}" if ref else "")
    if "hatched" in css:
        attributes += f' fill="url(#rw-{name}-hatch)"'
    body = f"<title>{escape(plain(title))}</title>" if title else ""
    if kind == "rect":
        place = f'x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}"'
    elif kind == "circle":
        place = f'cx="{number(x)}" cy="{number(y)}" r="{number(w)}"'
    elif kind == "text":
        rotated = f' transform="rotate({number(turn)} {number(x)} {number(y)})"' if turn else ""
        anchored = "" if anchor == "start" else f' text-anchor="{anchor}"'
        place = f'x="{number(x)}" y="{number(y + _BASELINE * size)}" font-size="{number(size)}"{anchored}{rotated}'
        body += escape(text)
    elif kind == "line":
        place = " ".join(f'{a}="{number(v)}"' for a, v in zip(("x1", "y1", "x2", "y2"), points, strict=True))
    else:
        place = f'points="{" ".join(f"{number(a)},{number(b)}" for a, b in zip(points[::2], points[1::2], strict=True))}"'
    tag = "polygon" if kind == "area" else kind
    return f"<{tag} {attributes} {place}>{body}</{tag}>" if body else f"<{tag} {attributes} {place}/>"
