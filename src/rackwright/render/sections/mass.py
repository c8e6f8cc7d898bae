"""Mass and floor. Reads masses, racks, part_facts, inputs."""

from __future__ import annotations

import polars as pl

from rackwright.render.content import Content, Grid, show
from rackwright.render.rack import frame_of
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "mass", "Mass and floor", 60


def content(t: Tables) -> Content | None:
    """None without masses."""
    masses = t["masses"]
    total = float(masses["mass_kg"].sum() or 0.0)
    if masses.is_empty() or total <= 0:
        return None
    frame = frame_of(t)
    height = float(masses["mass_kg"].dot(masses["z_mm"]) or 0.0) / total
    share = f"{100 * height / frame.height:.0f} % of the height of the frame"
    lead = [f"The rack weighs {show(total, 'kg')}; its centre of mass stands {show(height, 'mm')} above the floor, {share}."]
    rows = [
        (m["item"], m["kind"], m["part"] or "", show(m["mass_kg"], "kg"), *(f"{m[c]:,.0f}" for c in ("x_mm", "y_mm", "z_mm")))
        for m in masses.sort(pl.col("mass_kg"), pl.col("item"), descending=[True, False]).iter_rows(named=True)
    ]
    heads = (("Item", "code"), ("Kind", ""), ("Part", "code"), ("Mass", "num"), ("x, mm", "num"), ("y, mm", "num"), ("z, mm", "num"))
    return Content(lead, [Grid("masses", "Every mass and its centre", heads, rows, is_folded=True, is_searchable=True)])
