"""Pull plan: waves with their hours, what the hours assume, then every bundle in the order of pulling. Reads bundles, inputs (and bundles, given)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from rackwright.render.blocks import Block, Given, Table, of_content
from rackwright.render.scene import Scene
from rackwright.render.sections import pulls as section
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "pulls", "Pull plan", 65
WIDE = True
_SHOWN = (
    "Bundle",
    "Fabric",
    "Joins",
    "Part",
    "From rack",
    "To rack",
    "Cables",
    "Plugs and labels",
    "Longest, m",
    "Together, m",
    "Diameter, mm",
    "Crew, min",
)
_TEXT = {"Fabric": "", "Joins": "", "Part": "code", "From rack": "code", "To rack": "code"}


def chapter(t: Tables, given: Given, drawn: Sequence[Scene]) -> Sequence[Block] | None:
    """None where nothing is pulled."""
    if given.bundles.is_empty():
        return None
    made: list[Block] = [] if given.chosen else of_content(section.content(t), drawn)
    heads = [*((c, _TEXT.get(c, "num")) for c in _SHOWN), ("Done", "")]
    for (wave,), own in given.bundles.group_by(["Wave"], maintain_order=True):
        rows = [(*(_said(r[c]) for c in _SHOWN), "☐") for r in own.iter_rows(named=True)]
        together = own.select(pl.col("Crew, min").sum()).item() / 60
        note = f"{own.height:,} bundles, {int(own['Cables'].sum()):,} cables, {together:,.1f} crew-hours; lay the longest first, as listed."
        made.append(Table(f"Wave: {wave}", heads, rows, note, is_listed=True))
    return made


def _said(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}" if isinstance(value, float) else str(value)
