"""Fabrics of a hall: switches, links, cables and what they are made of; never cable by cable. Reads fabrics, hall_parts, fabric_skus,
outside_ports."""

from __future__ import annotations

import polars as pl

from rackwright.render import hall
from rackwright.render.content import Content, Grid, money, whole
from rackwright.render.hall import metres
from rackwright.schema.supply import of_chain
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "fabrics", "Fabrics", 30
_HEADS = (
    ("Fabric", "code"),
    ("Topology", ""),
    ("Planes", "num"),
    ("Endpoints", "num"),
    ("Switches: leaf, spine, core", "num"),
    ("Links: to leaf, spine, core", "num"),
    ("Cables", "num"),
    ("Length ordered", "num"),
    ("Longest", "num"),
    ("Cost, USD", "num"),
)


def content(t: Tables) -> Content | None:
    """None without a hall."""
    if t["halls"].is_empty():
        return None
    fabrics = t["fabrics"]
    if fabrics.is_empty():
        return Content(["This hall has no fabric: nothing joins its racks."])
    joined = int(fabrics.select(pl.sum_horizontal("leaves", "spines", "cores").sum()).item())
    links = int(fabrics.select(pl.sum_horizontal("links_host", "links_spine", "links_core").sum()).item())
    lead = [
        f"{fabrics.height} fabric{'s' * (fabrics.height > 1)} of {joined:,} switches and {int(fabrics['cables'].sum()):,} cables for {links:,} links."
    ]
    for f in fabrics.filter((pl.col("unreached") > 0) | (pl.col("unrouted") > 0)).iter_rows(named=True):
        lead.append(
            f"Of `{f['fabric']}`, {f['unreached']:,} links are longer than anything reaches and {f['unrouted']:,} find no way through the trays."
        )
    ports = t["outside_ports"].group_by("fabric_id", "leads_to", maintain_order=True).agg(n=pl.len(), switches=pl.col("device_id").n_unique())
    for f, to, n, switches in ports.iter_rows():
        lead.append(f"Of `{_names(t)[f]}`, {n:,} ports of {switches:,} switches lead out of the hall, to {to}.")
    lead.append("Every cable with both ends stands in `cut-sheets/` and in the table `fabric_cables`.")
    if t["network_results"].is_empty():
        lead.append("`rackwright sim network DIR --report FILE` writes this page with loads, bounds and what every loss costs.")
    return Content(lead, [_fabrics(fabrics), _parts(t), _media(t)])


def _fabrics(fabrics: pl.DataFrame) -> Grid:
    rows = [
        (
            f["fabric"],
            f["topology"],
            whole(f["planes"]),
            whole(f["endpoints"]),
            _tiers(f, "leaves", "spines", "cores"),
            _tiers(f, "links_host", "links_spine", "links_core"),
            whole(f["cables"]),
            metres(f["length_mm"]),
            metres(f["length_longest_mm"]),
            money(f["cost_usd"]),
        )
        for f in fabrics.sort("fabric_id").iter_rows(named=True)
    ]
    return Grid("fabric-rows", "Fabrics", _HEADS, rows, "Cost is that of cables and modules; switches stand in the next table.")


def _tiers(fabric: dict[str, object], *columns: str) -> str:
    """Counts of the tiers there are, from below."""
    counts = [int(str(fabric[c])) for c in columns]
    return " · ".join(f"{n:,}" for n in counts if n) or "–"


def _names(t: Tables) -> dict[int, str]:
    return dict(t["fabrics"].select("fabric_id", "fabric").iter_rows())


def _parts(t: Tables) -> Grid:
    name = _names(t)
    parts = t["hall_parts"].filter(~of_chain()).with_columns(by=_ORDER).sort("fabric_id", "by", "part", nulls_last=True)
    rows = [
        (
            name.get(p["fabric_id"], "–"),
            p["kind"],
            p["part"],
            whole(p["quantity"]),
            money(p["unit_cost_usd"]),
            money(p["cost_usd"]),
            p["price_confidence"] or "–",
        )
        for p in parts.iter_rows(named=True)
    ]
    heads = (("Fabric", "code"), ("Kind", ""), ("Part", "code"), ("Pieces", "num"), ("Each, USD", "num"), ("Cost, USD", "num"), ("Price is", ""))
    note = "Each is a cable's price without its length; its cost has the length, see the next table."
    total = ("Together", "", "", "", "", money(float(parts["cost_usd"].sum())), "")
    return Grid("hall-parts", "Switches, cables and transceivers", heads, rows, note, total=total)


_ORDER = pl.col("kind").replace_strict({"switch": 0, "cable": 1, "transceiver": 2}, default=3, return_dtype=pl.Int32)


def _media(t: Tables) -> Grid:
    name = _names(t)
    rows = []
    for m in t["fabric_skus"].sort("fabric_id", "tier", "length_stock_mm", "sku").iter_rows(named=True):
        modules = " + ".join(x for x in (m["a_module"], m["b_module"]) if x) or "–"
        length, cost = metres(m["length_stock_mm"]), money(m["cost_usd"])
        tier = hall.tier_name(m["tier"])
        rows.append(
            (name[m["fabric_id"]], tier, m["medium"], m["part"], modules, length, whole(m["cables"]), cost, money(m["cost_usd"] * m["cables"]))
        )
    heads = (
        ("Fabric", "code"),
        ("Joins", ""),
        ("Medium", ""),
        ("Cable", "code"),
        ("Modules", "code"),
        ("Stock length", "num"),
        ("Cables", "num"),
        ("One with modules, USD", "num"),
        ("Cost, USD", "num"),
    )
    return Grid("media", "What to order, by length", heads, rows, is_folded=len(rows) > 16, is_searchable=len(rows) > 16)
