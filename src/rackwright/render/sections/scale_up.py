"""Scale-up fabric: what is wired to what. Reads links, cables, chips, ports, devices."""

from __future__ import annotations

from rackwright.render.charts import extent
from rackwright.render.content import Content, show
from rackwright.render.drawings.scale_up_map import scale_up
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "scale-up", "Scale-up and cable lengths", 30


def content(t: Tables) -> Content | None:
    """None where the rack has no cable at all."""
    links = scale_up(t)
    if links.is_empty():
        return (
            None if t["cables"].is_empty() else Content(["This rack has no scale-up fabric of its own; the lengths are those of its loose cables."])
        )
    a, b, pairs = links["a_chip"].n_unique(), links["b_chip"].n_unique(), int(links["pairs"].sum())
    meets = links.select("a_chip", "b_chip").unique().height == a * b
    each = links.height / a
    lead = [
        f"{links.height:,} links join {a:,} accelerators and {b:,} switch chips over {pairs:,} differential pairs; {each:,.0f} links per accelerator."
    ]
    lead.append("Every accelerator reaches every switch chip." if meets else "Not every accelerator reaches every switch chip.")
    copper = float((links["length_cut_mm"].cast(float) * links["pairs"]).sum())
    lead.append(f"The pairs add up to {show(copper, 'mm')} of copper; the longest cable is {show(extent(links['length_cut_mm'])[1], 'mm')}.")
    return Content(lead)
