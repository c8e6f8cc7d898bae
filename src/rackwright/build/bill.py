"""What the rack is made of: masses, the bill of materials, and everything that was assumed on the way.

Level 0 is what is bought for the rack and carries the cost; level 1 is what comes inside a level-0 part. The cable of a cartridge is level 1,
by the metre; a cartridge's own price is without it, so its line adds it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, TypeAlias

import polars as pl

from rackwright.base.stage import stage
from rackwright.build.assume import assumptions
from rackwright.build.mass import coolant, couplings, masses
from rackwright.schema.tables import Tables, frame
from rackwright.spec.rack import RackSpec

READS = (
    "cables",
    "coolant_branches",
    "coolant_loops",
    "coolant_nodes",
    "devices",
    "inputs",
    "part_contents",
    "part_facts",
    "parts",
    "pathways",
    "ports",
    "power_nodes",
    "racks",
    "spans",
)
Line: TypeAlias = dict[str, Any]  # part, quantity, quantity_unit; where it says so its parent, a suffix of its description and unit_cost_usd
WEAKEST_FIRST = ("estimated", "secondary", "read", "user")


@stage(reads=READS, writes=("assumptions", "bom", "masses"))
def bill(spec: RackSpec, t: Tables) -> dict[str, pl.DataFrame]:
    """Tables masses, bom and assumptions."""
    return {"masses": masses(spec, t), "bom": bom(spec, t), "assumptions": assumptions(spec, t)}


def bom(spec: RackSpec, t: Tables) -> pl.DataFrame:
    """Table `bom`: each level-0 line is followed by the level-1 lines it contains."""
    cables = _priced(t)
    parts = {part: row for part, *row in t["parts"].select("part", "kind", "title", "origin_country", "src").iter_rows()}
    inside, confidence = defaultdict[str, list[Line]](list), _confidence(spec, t)
    for line in [*_contents(t), *_bulk(spec, cables)]:
        inside[line["parent"]].append(line)
    rows = list[Line]()

    def add(line: Line, level: int) -> None:
        part = line["part"]
        kind, title, origin, src = parts.get(part, (None,) * 4)
        price = t.fact(part, "price") if line.get("unit_cost_usd") is None else line["unit_cost_usd"]
        rows.append(
            {
                "line": len(rows),
                "part": part,
                "level": level,
                "parent": line.get("parent"),
                "kind": kind,
                "description": None if title is None else title + line.get("suffix", ""),
                "quantity": line["quantity"],
                "quantity_unit": line["quantity_unit"],
                "unit_cost_usd": price,
                "cost_usd": line["quantity"] * price if level == 0 and price is not None else None,
                "price_confidence": None if price is None else confidence.get(part),
                "origin_country": origin,
                "src": src,
            }
        )

    for line in [*_pieces(spec, t), *_coolant(t), *_cartridges(spec, t, cables), *_loose(t, cables)]:
        add(line, 0)
        for held in inside.pop(line["part"], ()):
            add(held, 1)
    return frame("bom", rows)


def _pieces(spec: RackSpec, t: Tables) -> list[Line]:
    """Frame, devices in spec order, busbar, manifold and couplings."""
    counts = [*Counter(t["racks"]["part"].to_list()).items(), *Counter(t["devices"]["part"].to_list()).items()]
    if spec.power.busbar:
        counts.append((spec.power.busbar, 1))
    if spec.cooling.manifold and t["coolant_loops"].height:
        counts.append((spec.cooling.manifold, 1))
    held = couplings(t, spec.cooling.manifold) if spec.cooling.manifold else None
    return [{"part": part, "quantity": n, "quantity_unit": "pcs"} for part, n in [*counts, *([held] if held else [])]]


def _coolant(t: Tables) -> list[Line]:
    """Litres in hoses and risers; what the trays hold is not known."""
    return [
        {
            "part": loop["part"],
            "quantity": 1000 * loop["volume_m3"],
            "quantity_unit": "L",
            "unit_cost_usd": t.fact(loop["part"], "price_per_l"),
            "suffix": " (fill of hoses and manifold)",
        }
        for loop in t.derived(coolant)
    ]


def _priced(t: Tables) -> pl.DataFrame:
    """Cables with the length that is paid, `metres`, and what one costs: piece price plus price per metre, empty if neither is known."""
    rows = t["cables"]
    rows = rows.join(t.facts_of(rows["part"], "price", "price_per_m"), on="part", how="left", maintain_order="left")
    metres = pl.coalesce("length_stock_mm", "length_cut_mm") / 1000
    known = pl.col("price").is_not_null() | pl.col("price_per_m").is_not_null()
    cost = pl.when(known).then(pl.col("price").fill_null(0.0) + pl.col("price_per_m").fill_null(0.0) * metres)
    return rows.with_columns(metres=metres, cost=cost)


def _cartridges(spec: RackSpec, t: Tables, cables: pl.DataFrame) -> list[Line]:
    """Cable assemblies: as many as `cables` names, each with its share of the cable it holds."""
    part = spec.scale_up.cartridge if spec.scale_up else None
    held = cables.filter(pl.col("assembly").is_not_null())
    if part is None or held.is_empty():
        return []
    count, price = held["assembly"].n_unique(), t.fact(part, "price")
    each = None if price is None else price + float(held["cost"].sum()) / count
    return [{"part": part, "quantity": count, "quantity_unit": "pcs", "unit_cost_usd": each, "suffix": ", with its cables"}]


def _bulk(spec: RackSpec, cables: pl.DataFrame) -> list[Line]:
    """Cable inside cartridges by the metre."""
    parent = spec.scale_up.cartridge if spec.scale_up else None
    rows = (
        cables.filter(pl.col("assembly").is_not_null())
        .group_by("part", maintain_order=True)
        .agg(pl.col("length_cut_mm").cast(pl.Int64).sum() / 1000, pl.len(), pl.col("price_per_m").first())
    )
    return [
        {"part": part, "parent": parent, "quantity": metres, "quantity_unit": "m", "unit_cost_usd": price, "suffix": f" ({pieces} pieces)"}
        for part, metres, pieces, price in rows.iter_rows()
    ]


def _loose(t: Tables, cables: pl.DataFrame) -> list[Line]:
    """Loose cables in pieces: a line per part and stock length, or one per part where it is cut to length (unit cost is then the mean)."""
    stocked = t["part_facts"].filter(pl.col("fact") == "lengths")["part"].to_list()
    metres = pl.col("metres")
    rows = (
        cables.filter(pl.col("assembly").is_null())
        .group_by("part", length=pl.when(pl.col("part").is_in(stocked)).then("length_stock_mm"), maintain_order=True)
        .agg(pl.len(), pl.col("cost").mean(), is_one=metres.min() == metres.max(), low=metres.min().round(2), high=metres.max().round(2))
    )
    made = []
    for part, length, pieces, cost, is_one, low, high in rows.sort("part", "length", nulls_last=True).iter_rows():
        suffix = f", {high} m" if is_one else f", cut to {low} to {high} m"
        if part in stocked and length is None:
            suffix = f", longer than any stock length ({high} m)"
        made.append({"part": part, "quantity": pieces, "quantity_unit": "pcs", "unit_cost_usd": cost, "suffix": suffix})
    return made


def _confidence(spec: RackSpec, t: Tables) -> dict[str, str]:
    """Per part the confidence of its least certain price; a cartridge's price contains that of its cables."""
    prices = t["part_facts"].filter(pl.col("fact").is_in(["price", "price_per_m", "price_per_l"])).select("part", "confidence").rows()
    if spec.scale_up and spec.scale_up.cartridge:
        prices += [(spec.scale_up.cartridge, confidence) for part, confidence in prices if part == spec.scale_up.cable]
    prices.sort(key=lambda p: WEAKEST_FIRST.index(p[1]), reverse=True)
    return dict(prices)


def _contents(t: Tables) -> list[Line]:
    """What the devices contain: pieces in one times devices of that part, and the PSUs a shelf's facts name where its contents do not."""
    devices, held = Counter(t["devices"]["part"].to_list()), Counter[tuple[str, str]]()
    for parent, part, quantity in t["part_contents"].select("parent", "part", "quantity").iter_rows():
        held[parent, part] += quantity
    named = t["part_facts"].filter(pl.col("fact") == "psu").select("part", "text").rows()
    psus = [(key, t.fact(key[0], "psu_count")) for key in named if key not in held]
    return [
        {"part": part, "parent": parent, "quantity": count * devices[parent], "quantity_unit": "pcs"}
        for (parent, part), count in [*held.items(), *psus]
        if count is not None and devices[parent]
    ]
