"""The route of one cable in words, from the tables of a package alone: segment by segment through the trays."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rackwright.schema.tables import Tables


@dataclass(frozen=True, slots=True)
class RouteStep:
    """One segment of a route. `length_mm` is all of the segment; a cable uses a part of the first and the last."""

    tray: int
    what: str
    start: str
    end: str
    length_mm: int


def route_steps(t: Tables, path_id: int) -> list[RouteStep]:
    """The segments of a path of `fabric_cables`, from the rack of lower number to the other; none inside a rack or without a way."""
    rows = t["path_segments"].filter(pl.col("path_id") == path_id).sort("step").join(t["trays"], on="tray_id", how="left", maintain_order="left")
    halls = dict(t["halls"].select("hall_id", "name").iter_rows())
    made = []
    for r in rows.iter_rows(named=True):
        ends = [f"({r[f'{e}_x_mm'] / 1000:.2f}, {r[f'{e}_y_mm'] / 1000:.2f}) m" for e in ("a", "b")]
        start, end = ends[:: -1 if r["is_reverse"] else 1]
        row = "" if r["row"] is None else f" over row {r['row'] + 1}"
        side = f", side {r['side']}" if r["side"] else ""
        where = "between halls" if r["hall_id"] is None else f"in {halls[r['hall_id']]}"
        made.append(RouteStep(r["tray_id"], f"{r['kind']} tray{row} {where}, {r['level']}{side}", start, end, r["length_mm"]))
    return made
