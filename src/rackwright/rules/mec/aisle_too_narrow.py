"""An aisle is too narrow.

What: Before the fronts of a row is less room than `floor.front_min`, behind it less than `floor.rear_min`, or on neither side as much as it is deep.
Why: Trays are pulled out through the front, cables and manifolds are reached from the rear, and a rack comes out of its row by its whole depth.
Fix: Wider aisles or margins, rows further apart, or less room if your own rules of access allow it (`floor.front_min`, `floor.rear_min`).
Source: TIA-942, read at second hand: at least 1.0 m before cabinets and 0.6 m behind them, better 1.2 m and 1.0 m. That a rack comes out is geometry.
Limits: Room up to the next row or wall straight before it; columns in an aisle and the way from the door are not looked at.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK, Array
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC407",
    "aisle-too-narrow",
    "error",
    "room {where} is {value}, {excess} less than the {limit} {why}",
    unit="mm",
    help="{excess} more room there",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 6, pitch: 700 mm, cold: 800 mm}  # error: MEC407
racks:
  dgx: {design: dgx, count: 8}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 2, places: 6, pitch: 700 mm, cold: 1 m}
racks:
  dgx: {design: dgx, count: 8}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("halls", "hall_rows", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """The narrowest room of each kind, and how many rows have too little of it; halls are equal, so the first is looked at."""
    row = t["hall_rows"].join(t.columns("halls", "hall_id").head(1), on="hall_id", how="semi")
    if row.is_empty():
        return nothing()
    front, rear = (_room(t, row, side) for side in (1, -1))
    deep = row.select(pl.when(pl.col("faces").abs() == 1).then("depth_mm").otherwise("width_mm")).to_series().to_numpy()
    either = np.where(front[0] >= rear[0], front, rear)
    kinds = (
        (front, np.full(row.height, t.input("floor.front_min")), "before the fronts", "that people need there (`floor.front_min`)"),
        (rear, np.full(row.height, t.input("floor.rear_min")), "behind the rears", "that people need there (`floor.rear_min`)"),
        (either, deep, "on the wider side", "that a rack needs to come out"),
    )
    found: list[tuple[object, ...]] = []
    for (room, other), least, where, why in kinds:
        short = np.flatnonzero(room < least)
        if len(short) and not (where.startswith("on") and found):
            r = int(short[np.argmax(least[short] - room[short])])
            what = f"{where} of row {r + 1}" if len(short) == 1 else f"{where} of row {r + 1} (worst of {len(short)} rows)"
            path, help = _cure(t, r, int(other[r]), float(least[r]), int(room[r]))
            src = t.input_src(path) if path else int(row["src"][r])
            found.append((f"row {r + 1}", int(room[r]), float(least[r]), what, why, src, help))
    if not found:
        return nothing()
    names = ("subject", "value", "limit", "where", "why", "src", "help")
    return rows(pl.DataFrame(found, schema=names, orient="row"), **{name: pl.col(name) for name in names})


def _room(t: Tables, row: pl.DataFrame, side: int) -> Array:
    """From the fronts (side 1) or rears (-1) of each row to the next row or wall, mm, and that row (-1: a wall), shape (2, rows)."""
    x, y, w, d, faces = (row[c].to_numpy().astype(np.int64) for c in ("x_mm", "y_mm", "width_mm", "depth_mm", "faces"))
    hall = t.columns("halls", "x_mm", "y_mm", "width_mm", "depth_mm").row(0, named=True)
    low, high = np.stack([x, y]), np.stack([x + w, y + d])
    wall = np.array([[hall["x_mm"], hall["y_mm"]], [hall["x_mm"] + hall["width_mm"], hall["y_mm"] + hall["depth_mm"]]])
    axis = np.where(np.abs(faces) == 1, 1, 0)  # along which the row looks
    room, other = np.zeros(len(x), np.int64), np.full(len(x), -1)
    for at in (0, 1):
        own = np.flatnonzero(axis == at)
        is_up = faces[own] * side > 0
        beside = (low[1 - at] < high[1 - at, own, None]) & (high[1 - at] > low[1 - at, own, None])
        gap = np.where(is_up[:, None], low[at] - high[at, own, None], low[at, own, None] - high[at])
        gap = np.where(beside & (gap >= 0), gap, np.iinfo(np.int64).max)
        near = np.argmin(gap, 1)
        free = np.where(is_up, wall[1, at] - high[at, own], low[at, own] - wall[0, at])
        next_ = gap[np.arange(len(own)), near]
        room[own], other[own] = np.minimum(free, next_), np.where(next_ <= free, near, -1)
    return np.stack([room, other])


def _cure(t: Tables, r: int, other: int, least: float, room: int) -> tuple[str, str]:
    """Where a spec says how much room there is beside a row, and the smallest change; no path: at the row itself."""
    if not t.inputs_of("floor.rows").filter(pl.col("path") == "floor.rows").height:
        return "", f"move {f'it or row {other + 1}' if other >= 0 else 'it away from the wall'} by {least - room:,.0f} mm"
    if other < 0 and t.input_text("floor.size") != "not given":
        return "floor.size", f"a hall that is {least - room:,.0f} mm larger, or a smaller `floor.margin`"
    path = "floor.margin" if other < 0 else "floor.cold" if min(r, other) % 2 == 0 else "floor.hot"
    return path, f"`{path}: {least:.0f} mm`"
