"""Key figures: the summary as tiles, one band per topic. Reads summary."""

from __future__ import annotations

from rackwright.render.content import Content, spoken
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "figures", "Key figures", 0


def content(t: Tables) -> Content | None:
    """None without a summary."""
    bands: dict[str, list[dict[str, str]]] = {}
    for row in t["summary"].iter_rows(named=True):
        number, unit = _split(spoken(row["text"]))
        bands.setdefault(row["topic"], []).append({"title": row["title"], "number": number, "unit": unit, "note": row["note"] or ""})
    return Content(more={"bands": list(bands.items())}) if bands else None


def _split(text: str) -> tuple[str, str]:
    """Number and unit, so that the unit can be set smaller; all of it number where it starts with no figure."""
    number, _, unit = text.partition(" ")
    return (number, unit) if any(c.isdigit() for c in number) else (text, "")
