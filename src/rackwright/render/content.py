"""What a section of the report is made of: sentences, grids (tables as text), and whatever its own template wants besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from rackwright.base import units
from rackwright.schema.tables import Tables

_SIGNS = {"kg/m2": "kg/m²", "m3/s": "m³/s", "m3/h": "m³/h", "degC": "°C", "mm2": "mm²", "uohm": "µΩ", "mohm": "mΩ"}


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as text. `heads`: (title, css class) per column; `num` aligns right, `code` is set in a fixed-width face, `wide` may wrap.

    `marks` are CSS classes per row. A folded grid is shown closed; a searchable one has a filter box.
    """

    name: str
    title: str
    heads: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[str]]
    note: str = ""
    marks: Sequence[str] = ()
    total: Sequence[str] = ()
    is_folded: bool = False
    is_searchable: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """A section: lead sentences, grids under the drawings, and values for its own template."""

    lead: Sequence[str] = ()
    grids: Sequence[Grid] = ()
    more: Mapping[str, object] = field(default_factory=dict)


def show(value: float | None, unit: str) -> str:
    """A value as people read it, with proper signs (m², °C); a dash where nothing is known."""
    if value is None or value != value:
        return "–"
    return f"${value:,.0f}" if unit == "USD" else spoken(units.show(float(value), unit))


def spoken(text: str) -> str:
    """Unit names of the spec language with the signs people write by hand."""
    for plain, sign in _SIGNS.items():
        if text.endswith((f" {plain}", f"\u00a0{plain}")):
            return text.removesuffix(plain) + sign
    return text


def whole(value: float | None) -> str:
    """A count with thousands separators; a dash where nothing is known."""
    return "–" if value is None else f"{value:,.0f}"


def money(value: float | None) -> str:
    """US dollars: cents only below 1,000; a dash where nobody gave a price."""
    if value is None or value != value:
        return "–"
    return f"{value:,.2f}" if abs(value) < 1000 and value != int(value) else f"{value:,.0f}"


def places(t: Tables) -> dict[int, str]:
    """file:line:column of every span; files by their last name alone where that tells them apart."""
    files = t["spans"]["file"].unique().to_list()
    short = {f: f.replace("\\", "/").rpartition("/")[2] for f in files}
    if len(set(short.values())) < len(files):
        short = {f: f for f in files}
    return {s: f"{short[f]}:{line}:{column}" for s, f, line, column in t["spans"].select("src", "file", "line", "column").iter_rows()}


def names(t: Tables) -> dict[int, str]:
    """Device names by id."""
    return dict(t["devices"].select("device_id", "name").iter_rows())


def text_input(t: Tables, path: str) -> str:
    """Text of one input; empty where the design has none."""
    rows = t["inputs"].filter(pl.col("path") == path)["text"]
    return str(rows[0]) if rows.len() else ""
