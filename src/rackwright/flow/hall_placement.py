"""Table `placements`: what the cables of a hall come to where they were placed by cost, in the order of the spec, and at the least."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from rackwright.build.hall.cheapest import Placed
from rackwright.build.hall.demand import Price
from rackwright.schema.tables import frame


def placements(placed: Placed | None, src: Callable[[str], int]) -> pl.DataFrame:
    """Empty unless racks or switches are placed by cost."""
    if placed is None:
        return frame("placements", [])
    kept = placed.by_cost.weight_cents < placed.by_order.weight_cents
    rows: list[dict[str, Any]] = [
        {"layout": "order", "is_built": not kept, **_price(placed.by_order)},
        {"layout": "cost", "is_built": kept, **_price(placed.by_cost)},
        {"layout": "bound", "is_built": False, "weight_usd": placed.bound_cents / 100},
    ]
    return frame("placements", [{**r, "src": src("placement")} for r in rows])


def _price(p: Price) -> dict[str, Any]:
    return {
        "weight_usd": p.weight_cents / 100,
        "cost_usd": p.cost_cents / 100,
        "power_w": round(p.power_w, 3),
        "length_mm": p.length_mm,
        "unreached": p.unreached,
    }


def placement_lines(placements: pl.DataFrame) -> list[tuple[str, str, str, float, str, str]]:
    """Rows of the summary: key, topic, title, value, unit, note."""
    if placements.is_empty():
        return []
    by = {r["layout"]: r for r in placements.iter_rows(named=True)}
    order, cost, least = (by[k]["weight_usd"] for k in ("order", "cost", "bound"))
    reached = not by["order"]["unreached"] and not by["cost"]["unreached"]  # else the weights are those of links that nothing serves
    note = f"{_below(cost, order)} by placement; no placement saves more than {_below(least, order)}" if reached else ""
    return [
        ("cost_fabrics_order_usd", "Cost", "Cables and modules, places in the order of the spec", by["order"]["cost_usd"], "USD", note),
        ("fabric_length_order_mm", "Cabling", "Length, places in the order of the spec", float(by["order"]["length_mm"]), "mm", ""),
    ]


def _below(value: float, of: float) -> str:
    return f"{100 * (1 - value / of):.1f} %" if of else "nothing"
