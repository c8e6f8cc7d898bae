"""The hall spec as text, as a person would write it, with what was assumed said where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

STANDING = "as-built"


@dataclass(slots=True)
class Wished:
    """A hall spec. `groups`: name, design, count of racks a hall, and scalable unit (None: dealt in order); `fabrics`: wishes by name; `said`:
    remarks by section.
    """

    name: str
    about: str
    designs: dict[str, str]
    rows: int
    places: int
    pitch_mm: int
    depth_mm: int
    groups: list[tuple[str, str, int, int | None]]
    halls: int = 1
    unit: int | None = None
    fabrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)

    def say(self, where: str, text: str) -> None:
        """Adds a remark to a section."""
        self.said.setdefault(where, []).append(text)

    def text(self, *, stands: bool) -> str:
        """YAML, grown from the tables beside it where it `stands`."""
        lines = [*_remarks(self.said.get("", ())), f"hall: {self.name}", f"about: {_flow(self.about)}"]
        if self.halls > 1:
            lines += ["", *_remarks(self.said.get("halls", ())), f"halls: {self.halls}"]
        lines += ["", "designs:", *(f"  {n}: {_flow(path)}" for n, path in self.designs.items())]
        floor: dict[str, Any] = {"rows": self.rows, "places": self.places, "pitch": f"{self.pitch_mm} mm"}
        if self.depth_mm != 1200:
            floor["depth"] = f"{self.depth_mm} mm"
        lines += ["", *_remarks(self.said.get("floor", ())), f"floor: {_flow(floor)}"]
        lines += ["", *_remarks(self.said.get("racks", ())), "racks:", *(f"  {n}: {_flow(_group(d, c, u))}" for n, d, c, u in self.groups)]
        if self.unit:
            lines += [f"unit: {self.unit}"]
        if self.fabrics:
            lines += ["", "fabrics:"]
            for name, wish in self.fabrics.items():
                lines += [*(f"  {line}" for line in _remarks(self.said.get(f"fabrics.{name}", ()))), f"  {name}: {_flow(wish)}"]
        if stands:
            lines += ["", "# The hall as the files say it is: switches where they stand, links on the ports they have.", f"standing: {STANDING}"]
        return "\n".join(lines) + "\n"


def _group(design: str, count: int, unit: int | None) -> dict[str, Any]:
    return {"design": design, "count": count, **({} if unit is None else {"unit": unit})}


def _remarks(said: Sequence[str]) -> list[str]:
    return [f"# {line}" for text in said for line in text.splitlines()]


def _flow(value: object) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(v) for v in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    plain = isinstance(value, int) or (text and all(c.isalnum() or c in " -_./@" for c in text) and text[0].isalnum() and text == text.strip())
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
