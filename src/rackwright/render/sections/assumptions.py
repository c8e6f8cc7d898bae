"""What the design rests on that nobody published or typed: conflicts, choices, estimates. Reads assumptions, spans."""

from __future__ import annotations

import polars as pl

from rackwright.render.content import Content, Grid, places
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "assumptions", "Assumptions", 90
_BASES = (
    ("conflict", "Sources disagree", "One value is used; the range of the sources is given."),
    ("derived", "Chosen by Rackwright", "What the spec left open."),
    ("user", "From the spec", "Facts and prices that the spec overrides."),
    ("estimated", "No public fact", "Estimates; replace them with your own under `overrides`."),
)


def content(t: Tables) -> Content | None:
    """None where everything was published or typed."""
    rows = t["assumptions"]
    if rows.is_empty():
        return None
    where, grids = places(t), []
    for basis, title, note in _BASES:
        some = rows.filter(pl.col("basis") == basis).sort("line")
        made = [(r["subject"], r["statement"], r["source"] or "", where.get(r["src"], "")) for r in some.iter_rows(named=True)]
        heads = (("Subject", "code"), ("Statement", "wide main"), ("Source", "wide"), ("Place", "code"))
        if made:
            grids.append(Grid(f"assumed-{basis}", title, heads, made, note, is_folded=len(made) > 12, is_searchable=len(made) > 12))
    return Content(
        [f"{rows.height} statements carry this design that no source settles. They are the first place to look before money is spent."], grids
    )
