"""The style sheet of drawings, and its rules for whoever knows neither variables nor media: paper, and programs that draw SVG but are no browser."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

_VARIABLE = re.compile(r"--([\w-]+):([^;}]+)")
_USE = re.compile(r"var\(--([\w-]+)\)")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_EMPTY = re.compile(r"[;\s]*;\s*")
_IN_PAGE = re.compile(r"max-width:[^;]+;height:auto")  # of no meaning but in a page, and misread elsewhere


@cache
def style_sheet() -> str:
    """The CSS of all drawings (shipped as package data)."""
    return resources.files("rackwright.render").joinpath("templates", "drawing.css").read_text(encoding="utf-8")


@cache
def own_style() -> str:
    """The CSS of a drawing in a file of its own: the light colours as they are for all, and on the screens of browsers those that go by the theme."""
    return f"{''.join(light_rules())}\n@media screen{{{style_sheet()}}}"


@cache
def light_rules() -> tuple[str, ...]:
    """The rules of the light palette: no `@media`, no `var()`."""
    css = _without_media(style_sheet())
    base: dict[str, str] = {}
    rules = [(s.strip(), body) for s, body in _RULE.findall(css) if ":" not in s]
    for selector, body in rules:
        if selector == ".rw":
            base |= dict(_VARIABLE.findall(body))
    own = {s: dict(_VARIABLE.findall(body)) for s, body in rules if s != ".rw" and "--" in body and s.count(".") == 2}
    made = list[str]()
    for selector, body in rules:
        declared = _VARIABLE.sub("", body)
        if "var(--p)" in declared:
            made += [
                f"{part}{{{_resolved(declared, base | values)}}}"
                for name, values in own.items()
                if "p" in values
                for part in (_narrowed(s, name) for s in selector.split(","))
            ]
        elif declared.strip("; \n"):
            made.append(f"{selector}{{{_EMPTY.sub(';', _IN_PAGE.sub('', _resolved(declared, base))).strip(';')}}}")
    return tuple(made)


def _narrowed(selector: str, name: str) -> str:
    """A selector for things that also have the class `name` (`.rw .path-a`)."""
    return selector.strip() + name.removeprefix(".rw ").strip()


def _resolved(body: str, values: dict[str, str]) -> str:
    made = body
    for _ in range(3):  # a variable may be made of another
        made = _USE.sub(lambda m: values.get(m.group(1), "inherit"), made)
    return made


def _without_media(css: str) -> str:
    """CSS without its `@media` blocks (the light palette is outside them)."""
    made, at = [], 0
    while (start := css.find("@media", at)) >= 0:
        made.append(css[at:start])
        depth, at = 0, css.index("{", start)
        while True:
            depth += {"{": 1, "}": -1}.get(css[at], 0)
            at += 1
            if not depth:
                break
    return "".join([*made, css[at:]])
