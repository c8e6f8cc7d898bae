"""Every input the design used, whether written or not. Reads inputs, spans."""

from __future__ import annotations

from rackwright.render.content import Content, Grid, places, spoken
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "inputs", "Inputs", 100


def content(t: Tables) -> Content | None:
    """None without inputs."""
    rows = t["inputs"]
    if rows.is_empty():
        return None
    where = places(t)
    made = [(r["path"], spoken(r["text"]), r["origin"], r["description"], where.get(r["src"], "")) for r in rows.iter_rows(named=True)]
    counts = ", ".join(f"{n} {origin}" for origin, n in rows["origin"].value_counts().sort("origin").iter_rows())
    heads = (("Path", "code"), ("Value", "wide"), ("Origin", ""), ("Meaning", "wide main"), ("Place", "code"))
    return Content(
        [f"{rows.height} inputs: {counts}."], [Grid("input-rows", "Every input", heads, made, marks=[r[2] for r in made], is_searchable=True)]
    )
