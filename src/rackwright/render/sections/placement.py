"""What placement by cost saves: the hall as it is built, in the order of the spec, and what no placement can undercut. Reads placements."""

from __future__ import annotations

from rackwright.render.content import Content, Grid, money, show
from rackwright.render.hall import metres
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "placement", "Placement", 35
_SAID = {"order": "In the order of the spec", "cost": "Placed by the cost of cables", "bound": "No placement costs less than"}
_HEADS = (
    ("Layout", ""),
    ("Cables and modules, USD", "num"),
    ("Power", "num"),
    ("Length ordered", "num"),
    ("Weighed, USD", "num"),
    ("Difference", "num"),
)


def content(t: Tables) -> Content | None:
    """None where racks and switches stand in the order of the spec."""
    placements = t["placements"]
    if placements.is_empty():
        return None
    by = {r["layout"]: r for r in placements.iter_rows(named=True)}
    first = by["order"]["weight_usd"]
    rows = []
    for layout, said in _SAID.items():
        r = by[layout]
        known = (money(r["cost_usd"]), show(r["power_w"], "W"), metres(float(r["length_mm"]))) if layout != "bound" else ("–", "–", "–")
        rows.append((said, *known, money(r["weight_usd"]), f"{100 * (r['weight_usd'] / first - 1):+.1f} %" if first else "–"))
    lead = "Racks and switches stand where their cables are cheapest." if by["cost"]["is_built"] else "The order of the spec could not be bettered."
    note = (
        "Weighed is cost with the price of power, and four times the dearest cable for each link that nothing reaches. The bound may be out of reach."
    )
    return Content([lead], [Grid("placements", "Layouts", _HEADS, rows, note)])
