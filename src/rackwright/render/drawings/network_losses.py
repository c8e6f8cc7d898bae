"""What the loss of one switch, cable or module costs each fabric, at worst. Reads network_failures, fabrics, halls, inputs."""

from __future__ import annotations

import polars as pl

from rackwright.render.charts import across, heading, ticks
from rackwright.render.content import text_input
from rackwright.render.scene import Canvas, Scene
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "network_losses", "Throughput lost with one switch, cable or module", "network", 0
_WIDTH, _LABEL, _RIGHT, _BAR = 940.0, 190.0, 230.0, 20.0


def draw(t: Tables) -> Scene | None:
    """A panel a fabric, a bar a kind: the worst of its members under the hard permutation. None where nothing was simulated."""
    failures = t["network_failures"]
    if failures.is_empty():
        return None
    lost = (1 - pl.col("share_permutation")) * 100
    kinds = failures.group_by("fabric_id", "what", maintain_order=True).agg(
        lost=lost.max(), count=pl.col("count").sum(), ports=pl.col("endpoints_lost").max()
    )
    kinds = kinds.sort("fabric_id", "lost", "ports", descending=[False, True, True], nulls_last=True)
    names = dict(t["fabrics"].select("fabric_id", "fabric").iter_rows())
    marks = ticks(0, max(1.0, float(kinds.select(pl.col("lost").max().fill_null(0)).item())), 6)
    canvas, top, about = Canvas(), 0.0, []
    for (fabric,), own in kinds.group_by(["fabric_id"], maintain_order=True):
        rows = own.to_dicts()
        heading(canvas, 12, top + 14, _WIDTH - 24, str(names[fabric]), "share of the throughput of the hard permutation that is lost, one plane", 11)
        head, bottom = top + 40, top + 40 + _BAR * len(rows)
        scale = across(canvas, _LABEL, _WIDTH - _LABEL - _RIGHT, head, bottom, marks, "lost at worst, %")
        for i, r in enumerate(rows):
            y = head + i * _BAR
            shown = "not known" if r["lost"] is None else f"{r['lost']:.2f} %"
            ports = f"{shown}; {r['ports']:,} port{'s' * (r['ports'] != 1)} cut off" if r["ports"] else shown
            canvas.text("names", _LABEL - 8, y + _BAR / 2, f"1 of {r['count']:,} · {r['what']}", 10, "t", "end")
            title, ref = f"{r['what']}: {ports}", f"network_failures:{names[fabric]}-{r['what']}"
            canvas.rect("bars", _LABEL, y + 4, max(scale(r["lost"] or 0) - _LABEL, 0.5), _BAR - 8, "bar", title, ref)
            canvas.text("names", _WIDTH - _RIGHT + 10, y + _BAR / 2, ports, 10, "t soft")
            about.append(f"{names[fabric]}, {r['what']}: {ports}")
        top = bottom + 40
    return Scene(NAME, TITLE, "; ".join(about), _WIDTH, top + 4, "px", 1.0, canvas.frame(), (("hall", text_input(t, "hall")),))
