"""Colours of the drawings for what knows no style sheet: the light palette by name."""

from __future__ import annotations

import re
from functools import cache

from rackwright.render.style import style_sheet


@cache
def palette() -> dict[str, str]:
    """`#rrggbb` by name. The light palette stands first in the style sheet."""
    found: dict[str, str] = {}
    for name, value in re.findall(r"--([\w-]+):#([0-9a-f]{6}|[0-9a-f]{3})\b", style_sheet()):
        found.setdefault(name, f"#{value if len(value) == 6 else ''.join(c * 2 for c in value)}")
    return found


def rgb(name: str) -> tuple[int, int, int]:
    """Red, green and blue of a colour, 0 to 255; grey where no colour has that name."""
    code = palette().get(name, "#808080")
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)
