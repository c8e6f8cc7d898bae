"""What a hall buys, line by line: switches, cables and modules of each fabric, what its ports to the outside take, frames of switch racks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from rackwright.build.hall.sums import Sums, bill
from rackwright.build.hall.wire import Wired
from rackwright.catalog.loader import Catalog
from rackwright.schema.tables import frame


class Bought(NamedTuple):
    """For ports to the outside of fabrics: modules and how many, cables to rooms with how many and US dollars."""

    modules: list[tuple[int, str, float]]
    cables: list[tuple[int, str, int, float]]


def bill_of(wired: Sequence[Wired], sums: Sequence[Sums], bought: Bought, frames: tuple[int, str], catalog: Catalog) -> pl.DataFrame:
    """Table `hall_parts`; `frames` are how many switch racks, and the part of their frame."""
    found = dict[tuple[int, str, str], list[float]]()

    def add(fabric: int, kind: str, part: str, quantity: float, cost_usd: float = 0.0) -> None:
        line = found.setdefault((fabric, kind, part), [0.0, 0.0])
        line[0], line[1] = line[0] + quantity, line[1] + cost_usd

    if frames[0]:
        add(-1, "frame", frames[1], frames[0])
    for i, (w, s) in enumerate(zip(wired, sums, strict=True)):
        for t in range(3):
            if w.plan.count(t):
                add(i, "switch", w.parts[min(t, 2)].name, w.plan.count(t))
        for line in bill(s, lambda name: catalog.part(name).number("price") or 0.0):
            add(i, **line)
    for i, part, share in bought.modules:
        add(i, "transceiver", part, share)
    for i, part, pieces, usd in bought.cables:
        add(i, "cable", part, pieces, usd)
    rows: list[dict[str, Any]] = []
    for n, ((fabric, kind, part), (quantity, usd)) in enumerate(sorted(found.items())):
        price, count = catalog.part(part).facts.get("price"), float(np.ceil(quantity))
        each = price.value if price else None
        cost = usd if kind == "cable" else None if each is None else count * each
        known = {"unit_cost_usd": each, "price_confidence": price.confidence if price else None, "cost_usd": cost}
        rows.append({"line": n, "fabric_id": fabric if fabric >= 0 else None, "kind": kind, "part": part, "quantity": count, **known})
    return frame("hall_parts", rows)


def beyond(exits: pl.DataFrame) -> list[tuple[int, str, float]]:
    """Modules in ports that lead out of the hall, by fabric."""
    own = exits.drop_nulls("module").group_by("fabric_id", "module").agg(pl.col("module_share").sum().round(6))
    return own.sort("fabric_id", "module").rows()


def to_rooms(exits: pl.DataFrame) -> list[tuple[int, str, int, float]]:
    """Cables from ports to rooms, by fabric: part, how many, what they cost."""
    own = exits.drop_nulls("cable").group_by("fabric_id", "cable").agg(pl.len(), pl.col("cost_usd").sum().round(2))
    return own.sort("fabric_id", "cable").rows()
