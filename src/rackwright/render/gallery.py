"""Finds the drawings by scanning their folder; nothing lists them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from rackwright.render import drawings as folder
from rackwright.render.scene import Scene
from rackwright.schema.tables import Tables


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing module. `section` names the section of the report it stands in; `order` its place there."""

    name: str
    title: str
    section: str
    order: int
    draw: Callable[[Tables], Scene | None]


@cache
def drawings() -> tuple[Drawing, ...]:
    """Every drawing there is, by section, order and name."""
    modules = [importlib.import_module(f"{folder.__name__}.{m.name}") for m in pkgutil.iter_modules(folder.__path__)]
    found = [Drawing(m.NAME, m.TITLE, m.SECTION, m.ORDER, m.draw) for m in modules]
    return tuple(sorted(found, key=lambda d: (d.section, d.order, d.name)))


def scenes(t: Tables) -> dict[str, Scene]:
    """Every drawing that applies to the design, by name."""
    drawn = {d.name: d.draw(t) for d in drawings()}
    return {name: scene for name, scene in drawn.items() if scene is not None}
