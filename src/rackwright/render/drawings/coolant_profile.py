"""Coolant along the height: flow of every tray over its design share, temperature rise, pressure in both risers.

Reads coolant_*, devices, inputs, racks, parts, part_facts.
"""

from __future__ import annotations

import polars as pl

from rackwright.base import units
from rackwright.render import rack
from rackwright.render.charts import Scale, across, extent, heading, ticks
from rackwright.render.scene import Canvas, Scene
from rackwright.schema.tables import Tables

NAME, TITLE, SECTION, ORDER = "coolant_profile", "Coolant along the height", "cooling", 1
_TOP, _HEIGHT = 62.0, 560.0


def draw(t: Tables) -> Scene | None:
    """Three panels beside a strip of the rack. None without trays on a loop or without a solution."""
    trays = _trays(t)
    if trays.is_empty():
        return None
    frame = rack.frame_of(t)
    y_of = Scale(0, frame.height, _TOP + _HEIGHT, _TOP)
    canvas = Canvas()
    rack.strip(canvas, t, 34, y_of)
    _flow(canvas, t, trays, y_of, 174, 232)
    _rise(canvas, t, trays, y_of, 452, 192)
    _pressure(canvas, t, y_of, 690, 238)
    loop = t["coolant_loops"].row(0, named=True)
    about = f"{trays.height} trays, {loop['flow_l_min']:.1f} L/min, {loop['supply_degc']:g} degC supply, {loop['rise_k']:g} K rise"
    notes = (
        ("rack", frame.name),
        ("coolant", str(loop["part"]).rpartition("/")[2]),
        ("return", "reverse" if loop["is_reverse_return"] else "direct"),
    )
    return Scene(NAME, TITLE, about, 940, _TOP + _HEIGHT + 44, "px", 1.0, canvas.frame(), notes)


def _trays(t: Tables) -> pl.DataFrame:
    z = t["devices"].filter(pl.col("z_mm").is_not_null()).select("device_id", device="name", z_mm=pl.col("z_mm") + pl.col("height_mm") / 2)
    return (
        t["coolant_branches"].filter(pl.col("kind") == "tray").join(t["coolant_branch_states"], on="branch_id").join(z, on="device_id").sort("z_mm")
    )


def _spread(t: Tables) -> float | None:
    rows = t["inputs"].filter((pl.col("path") == "cooling.flow_spread_max") & pl.col("value").is_not_null())
    return float(rows["value"][0]) if rows.height else None


def _flow(canvas: Canvas, t: Tables, trays: pl.DataFrame, y_of: Scale, x: float, width: float) -> None:
    rows = trays.filter(pl.col("flow_ratio").is_not_null())
    spread = _spread(t)
    heading(canvas, x, 20, width + 10, "Flow over design share", f"allowed ±{100 * spread:g} %" if spread else "")
    if rows.is_empty():
        return
    far = max(extent((rows["flow_ratio"] - 1).abs())[1], 0.001)
    is_near = spread is not None and spread < 8 * far
    reach = 100 * max(far * 1.1, spread * 1.05 if spread is not None and is_near else 0.0)
    scale = across(canvas, x, width, y_of.end, y_of.start, ticks(-reach, reach, 7), "deviation, %")
    for row in rows.iter_rows(named=True):
        at, y = scale(100 * (row["flow_ratio"] - 1)), y_of(row["z_mm"])
        tip = f"{row['device']}: {row['flow_l_min']:.2f} L/min, {100 * row['flow_ratio']:.2f} % of its share"
        canvas.line("flow", scale(0), y, at, y, "normal")
        canvas.circle("flow", at, y, 3, "dot", tip, f"devices:{row['device']}")
    if spread is not None and is_near:
        for at in (-100 * spread, 100 * spread):
            canvas.line("limits", scale(at), y_of.end, scale(at), y_of.start, "limit", f"allowed {at:+g} %")


def _rise(canvas: Canvas, t: Tables, trays: pl.DataFrame, y_of: Scale, x: float, width: float) -> None:
    design = float(t["coolant_loops"]["rise_k"][0])
    heading(canvas, x, 20, width + 10, "Temperature rise", f"design {units.show(design, 'K')}")
    rows = trays.filter(pl.col("rise_k").is_not_null())
    if rows.is_empty():
        return
    low, high = extent(pl.concat([rows["rise_k"], pl.Series("rise_k", [design])]))
    pad = max(0.1 * (high - low), 0.05)
    scale = across(canvas, x, width, y_of.end, y_of.start, ticks(low - pad, high + pad, 5), "K")
    canvas.line("rise", scale(design), y_of.end, scale(design), y_of.start, "zero", "design rise")
    for row in rows.iter_rows(named=True):
        tip = f"{row['device']}: {row['rise_k']:.2f} K with {units.show(row['heat_w'], 'W')}"
        canvas.circle("rise", scale(row["rise_k"]), y_of(row["z_mm"]), 3, "dot", tip, f"devices:{row['device']}")


def _pressure(canvas: Canvas, t: Tables, y_of: Scale, x: float, width: float) -> None:
    nodes = t["coolant_nodes"].join(t["coolant_node_states"], on="node_id").filter(pl.col("z_mm").is_not_null()).sort("z_mm")
    inlet = nodes.filter(pl.col("kind") == "inlet")
    total = f"{units.show(extent(inlet['pressure_pa'])[1], 'Pa')} from inlet to outlet" if inlet.height else ""
    heading(canvas, x, 20, width, "Pressure in the risers", total)
    risers = nodes.filter(pl.col("kind").is_in(["supply", "return"]))
    if risers.is_empty():
        return
    high = extent(nodes["pressure_pa"])[1] / 1000
    scale = across(canvas, x, width, y_of.end, y_of.start, ticks(0, high * 1.02, 6), "kPa above the rack outlet")
    for kind in ("supply", "return"):
        rows = risers.filter(pl.col("kind") == kind)
        points = [(scale(p / 1000), y_of(z)) for p, z in rows.select("pressure_pa", "z_mm").iter_rows()]
        if len(points) > 1:
            canvas.path("pressure", points, kind)
        for row in rows.iter_rows(named=True):
            canvas.circle(
                "pressure", scale(row["pressure_pa"] / 1000), y_of(row["z_mm"]), 2.4, kind, f"{row['name']}: {units.show(row['pressure_pa'], 'Pa')}"
            )
        if points:
            at, anchor = (points[-1][0] - 8, "end") if points[-1][0] > x + width / 2 else (points[-1][0] + 8, "start")
            canvas.text("pressure", at, points[-1][1] - 12, kind, 10.5, f"t t-{kind}", anchor)
