"""Bill of material with the cost rolled up by kind, origin and price confidence. Reads bom."""

from __future__ import annotations

import polars as pl

from rackwright.render.content import Content, Grid, money
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "bom", "Bill of material", 80


def content(t: Tables) -> Content | None:
    """None without a bill."""
    bom = t["bom"]
    if bom.is_empty():
        return None
    bought = bom.filter(pl.col("level") == 0)
    total, open_lines = float(bought["cost_usd"].sum()), int(bought["cost_usd"].null_count())
    lead = [
        f"{bought.height} lines are bought for the rack, ${total:,.0f} together"
        + (f"; {open_lines} lines have no price and are not in that sum." if open_lines else ".")
    ]
    guessed = float(bought.filter(pl.col("price_confidence") == "estimated")["cost_usd"].sum())
    if total and guessed:
        lead.append(f"{100 * guessed / total:.0f} % of it rests on estimated prices: give your own under `overrides` in the spec.")
    bars = [
        _bars(bought, column, title, total)
        for column, title in (("kind", "By kind"), ("origin_country", "By origin"), ("price_confidence", "By confidence of the price"))
    ]
    return Content(lead, [_lines(bom, total)], {"bars": bars})


def _bars(bought: pl.DataFrame, column: str, title: str, total: float) -> dict[str, object]:
    rows = (
        bought.with_columns(pl.col(column).fill_null("unknown"))
        .group_by(column)
        .agg(pl.col("cost_usd").sum())
        .sort("cost_usd", column, descending=[True, False])
    )
    lines = [{"name": n, "cost": money(c), "share": 100 * c / total if total else 0.0} for n, c in rows.head(10).iter_rows()]
    rest = float(rows.tail(max(rows.height - 10, 0))["cost_usd"].sum())
    if rows.height > 10:
        lines.append({"name": f"{rows.height - 10} more", "cost": money(rest), "share": 100 * rest / total if total else 0.0})
    return {"title": title, "lines": lines}


def _lines(bom: pl.DataFrame, total: float) -> Grid:
    rows, marks = [], []
    for r in bom.sort("line").iter_rows(named=True):
        quantity = f"{r['quantity']:,.0f}" if r["quantity"] == int(r["quantity"]) else f"{r['quantity']:,.1f}"
        rows.append(
            (
                r["part"],
                r["description"],
                r["kind"],
                quantity,
                r["quantity_unit"],
                money(r["unit_cost_usd"]),
                money(r["cost_usd"]) if r["level"] == 0 else "in parent",
                r["price_confidence"] or "–",
                r["origin_country"] or "–",
            )
        )
        marks.append("inner" if r["level"] else "")
    heads = (
        ("Part", "code"),
        ("Description", "wide"),
        ("Kind", ""),
        ("Quantity", "num"),
        ("Unit", ""),
        ("Each, USD", "num"),
        ("Cost, USD", "num"),
        ("Price is", ""),
        ("Origin", ""),
    )
    return Grid("bom-lines", "Lines", heads, rows, marks=marks, total=("Together", "", "", "", "", "", money(total), "", ""), is_searchable=True)
