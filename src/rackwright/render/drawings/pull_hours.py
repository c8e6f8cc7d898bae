"""Crew-hours of pulling: a bar for each wave, or for each hall where there are many; laying apart from plugs and labels.

Reads bundles, halls, hall_racks, inputs.
"""

from __future__ import annotations

import polars as pl

from rackwright.render import pulling
from rackwright.render.charts import across, ticks
from rackwright.render.content import text_input
from rackwright.render.scene import Canvas, Scene, fit
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "pull_hours", "Crew-hours of pulling", "pulls", 1
_WIDTH, _LINE, _LEFT, _MOST = 940.0, 20.0, 150.0, 24


def draw(t: Tables) -> Scene | None:
    """Bars in the order of pulling. None where nothing is pulled."""
    if t["bundles"].is_empty():
        return None
    bars = pulling.waves(t).select("name", "hall", "bundles", "lay_h", "hand_h", "crew_h")
    if bars.height > _MOST:
        sums = [pl.col(c).sum() for c in ("bundles", "lay_h", "hand_h", "crew_h")]
        bars = bars.group_by("hall", maintain_order=True).agg(pl.col("hall").first().alias("name"), *sums)
    canvas = Canvas()
    top, bottom, right = 40.0, 40.0 + _LINE * bars.height, _WIDTH - 80
    marks = ticks(0, float(bars.select("crew_h").max().item()), 8)
    scale = across(canvas, _LEFT, right - _LEFT, top, bottom, marks, "crew-hours")
    for i, b in enumerate(bars.iter_rows(named=True)):
        y, ref = top + i * _LINE, f"bundles:{b['name']}"
        canvas.text("names", _LEFT - 8, y + _LINE / 2, fit(b["name"], _LEFT - 16, 10), 10, "t", "end")
        tip = f"{b['name']}: {b['bundles']:,} bundles, {b['lay_h']:,.1f} h to lay them, {b['hand_h']:,.1f} h for plugs and labels"
        canvas.rect("bars", scale(0), y + 3, scale(b["lay_h"]) - scale(0), _LINE - 6, "bar", tip, ref)
        canvas.rect("bars", scale(b["lay_h"]), y + 3, scale(b["crew_h"]) - scale(b["lay_h"]), _LINE - 6, "bar-soft", tip, ref)
        canvas.text("hours", scale(b["crew_h"]) + 6, y + _LINE / 2, f"{b['crew_h']:,.{0 if b['crew_h'] >= 100 else 1}f}", 10, "t soft")
    for x, css, text in ((_LEFT, "bar", "set up and lay"), (_LEFT + 130, "bar-soft", "plugs and labels")):
        canvas.rect("legend", x, 14, 12, 12, css)
        canvas.text("legend", x + 18, 20, text, 10, "t soft")
    crew = f"{t.input('pulling.crew'):.0f} people"
    hours = float(bars["crew_h"].sum())
    about = f"{hours:,.0f} crew-hours of {crew}: " + "; ".join(f"{n} {h:,.0f} h" for n, h in bars.select("name", "crew_h").iter_rows())
    return Scene(NAME, TITLE, about, _WIDTH, bottom + 42, "px", 1.0, canvas.frame(), (("hall", text_input(t, "hall")), ("crew", crew)))
