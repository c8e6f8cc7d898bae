"""Bill of material: every line that is bought, with what it costs and how well the price is known. Reads bom (and its first sheet, given)."""

from __future__ import annotations

from collections.abc import Sequence

from rackwright.render.blocks import Block, Given, Prose, Table, of_content
from rackwright.render.content import money
from rackwright.render.scene import Scene
from rackwright.render.sections import bom as section
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "bom", "Bill of material", 80
OF_CHOICE = False
_HEADS = (
    ("Kind", ""),
    ("Fabric", ""),
    ("Part", "code"),
    ("Description", "wide main"),
    ("Quantity", "num"),
    ("Each, USD", "num"),
    ("Cost, USD", "num"),
    ("Price is", ""),
)


def chapter(t: Tables, given: Given, drawn: Sequence[Scene]) -> Sequence[Block] | None:
    """None without a bill."""
    content = section.content(t)
    if content is not None:
        return of_content(content, drawn)
    if given.bom.is_empty():
        return None
    rows = [
        (
            r["Kind"],
            r["Fabric"] or "–",
            r["Part"],
            r["Description"] or "–",
            f"{r['Quantity']:,.0f}",
            money(r["Each, USD"]),
            money(r["Cost, USD"]),
            r["Price is"] or "–",
        )
        for r in given.bom.iter_rows(named=True)
    ]
    total = float(given.bom["Cost, USD"].sum())
    lead = f"{len(rows)} lines, ${total:,.0f} together. Cables cost what their lengths do, so they have no price each."
    return [Prose([lead]), Table("Lines", _HEADS, rows, total=("Together", "", "", "", "", "", money(total), ""), is_listed=True)]
