"""Cooling: the loop, and what it does to every tray; air. Reads coolant_*, air_states, devices."""

from __future__ import annotations

import polars as pl

from rackwright.render.content import Content, Grid, names, show
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "cooling", "Cooling", 50


def content(t: Tables) -> Content | None:
    """None where nothing gives off heat."""
    lead: list[str] = []
    grids: list[Grid] = []
    for loop in t["coolant_loops"].iter_rows(named=True):
        piping = "reverse" if loop["is_reverse_return"] else "direct"
        flow = f"{show(loop['flow_l_min'], 'L/min')} at {show(loop['supply_degc'], 'degC')} supply and {show(loop['rise_k'], 'K')} rise"
        lead.append(f"{show(loop['heat_w'], 'W')} go into `{loop['part']}`: {flow}, {piping} return. It follows from heat and rise; nobody typed it.")
    trays = t["coolant_branches"].filter(pl.col("kind") == "tray").join(t["coolant_branch_states"], on="branch_id")
    if trays.height:
        device = names(t)
        rows = [
            (
                device.get(r["device_id"], r["name"]),
                show(r["heat_w"], "W"),
                f"{r['flow_l_min']:.2f}",
                "–" if r["flow_ratio"] is None else f"{100 * r['flow_ratio']:.2f}",
                "–" if r["rise_k"] is None else f"{r['rise_k']:.2f}",
                f"{r['drop_pa'] / 1000:.2f}",
            )
            for r in trays.sort("branch_id").iter_rows(named=True)
        ]
        heads = (("Tray", "code"), ("Heat", "num"), ("Flow, L/min", "num"), ("Share of design, %", "num"), ("Rise, K", "num"), ("Drop, kPa", "num"))
        grids.append(Grid("trays", "Coolant at every tray", heads, rows, is_folded=True, is_searchable=True))
    for air in t["air_states"].iter_rows(named=True):
        inlet = f"{show(air['inlet_degc'], 'degC')} and {show(air['humidity'], '1')} relative humidity"
        flow = f"{show(air['flow_m3_s'], 'm3/s')} at {inlet}, {show(air['rise_k'], 'K')} rise"
        lead.append(f"{show(air['heat_w'], 'W')} go into the air: {flow}; the dew point at the inlet is {show(air['dew_point_degc'], 'degC')}.")
    return Content(lead, grids) if lead or grids else None
