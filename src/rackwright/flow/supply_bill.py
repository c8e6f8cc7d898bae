"""What the power chain of a hall is made of, as lines of its bill: machines, busways by sections, cables by pieces, breakers and fuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from rackwright.build.hall.supply_runs import SECTION_MM
from rackwright.catalog.loader import Catalog
from rackwright.schema.tables import frame

PIECES = ("bess", "busway", "generator", "rectifier", "shelf", "static-switch", "transfer-switch", "transformer", "ups")
"""Kinds of components that are bought by the piece; of shelves those of DC alone, for the others are in their racks' designs."""
INSIDE = {"static-switch": ("bess", "ups"), "shelf": ("power-shelf",)}
"""Kinds of parts that a component of that kind stands inside of: the bypass of a UPS, an AC shelf of a rack."""
CABLES = ("line", "tie", "whip")


def with_chain(bought: pl.DataFrame, made: Mapping[str, pl.DataFrame], catalog: Catalog) -> pl.DataFrame:
    """Table `hall_parts` with a line for each part of the chain. A part without a price has none here; cables cost what their lengths do.

    Whips of racks that take AC are in the racks' designs. Reads supply_branches, supply_components and supply_devices of `made`.
    """
    branches = made["supply_branches"]
    if branches.is_empty():
        return bought
    whole = made["supply_components"].filter(pl.col("kind").is_in(list(PIECES))).drop_nulls("part").select("kind", "part", n="quantity")
    feeders = branches.filter(kind="breaker").drop_nulls("part")
    pieces = (pl.col("length_mm").fill_null(0.0) / SECTION_MM).ceil().clip(1) * pl.col("modules")
    devices = made["supply_devices"].filter(pl.col("kind") != "converter").drop_nulls("part").select("kind", "part", n="quantity")
    parts = [x.select("kind", "part", pl.col("n").cast(pl.Float64)) for x in (whole, feeders.select("kind", "part", n=pieces), devices)]
    counted = pl.concat(parts).group_by("kind", "part").agg(pl.col("n").sum())
    kinds = {p: catalog.part(p).kind for p in counted["part"].unique().to_list()}
    lines = {(kinds[p], p): 0.0 for k, p, _ in counted.iter_rows() if kinds[p] not in INSIDE.get(k, ())}
    for k, p, n in counted.iter_rows():
        if kinds[p] not in INSIDE.get(k, ()):
            lines[kinds[p], p] += n
    rows = [_line(kind, part, n, catalog) for (kind, part), n in lines.items()]
    laid = branches.filter(pl.col("kind").is_in(list(CABLES))).drop_nulls("part").unique("component_id", keep="first", maintain_order=True)
    metres = (pl.col("modules") * pl.col("length_mm").fill_null(0.0)).sum() / 1000
    for (part,), own in laid.group_by("part", maintain_order=True):
        name = str(part)
        found = _line("whip" if catalog.part(name).kind == "cable" else catalog.part(name).kind, name, float(own["modules"].sum()), catalog)
        by_length = catalog.part(name).number("price_per_m")
        if found["cost_usd"] is not None or by_length is not None:
            found["cost_usd"] = float(found["cost_usd"] or 0.0) + (by_length or 0.0) * float(own.select(metres).item())
        rows.append(found)
    first = bought.height
    ordered = sorted(rows, key=lambda r: (str(r["kind"]), str(r["part"])))
    return frame("hall_parts", pl.concat([bought, frame("hall_parts", [r | {"line": first + i} for i, r in enumerate(ordered)])]))


def _line(kind: str, part: str, quantity: float, catalog: Catalog) -> dict[str, Any]:
    price = catalog.part(part).facts.get("price")
    each = float(price.value) if price else None  # type: ignore[arg-type]
    known = {"unit_cost_usd": each, "cost_usd": None if each is None else quantity * each, "price_confidence": price.confidence if price else None}
    return {"fabric_id": None, "kind": kind, "part": part, "quantity": quantity} | known
