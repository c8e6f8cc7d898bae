"""Elevations and the list of devices. Reads devices, racks, parts, summary, inputs."""

from __future__ import annotations

import polars as pl

from rackwright.render.content import Content, Grid, show
from rackwright.render.rack import frame_of
from rackwright.schema.tables import Tables

NAME, TITLE, ORDER = "elevations", "Elevations", 20


def content(t: Tables) -> Content | None:
    """None without a rack."""
    if t["racks"].is_empty():
        return None
    frame = frame_of(t)
    devices = t["devices"].sort("position_u", "device_id", descending=[True, False], nulls_last=True)
    rows = []
    for d in devices.iter_rows(named=True):
        first = d["position_u"]
        at = "–" if first is None else str(first) if d["height_u"] <= 1 else f"{first}–{first + d['height_u'] - 1}"
        how = "" if first is None else "derived" if d["is_derived"] else "given"
        face = "rear" if d["is_rear"] else "front"
        heat = [show(v or None, "W") for v in (d["heat_liquid_w"], d["heat_air_w"])]
        rows.append((at, d["name"], d["part"], face, d["feed"] or "", show(d["power_max_w"] or None, "W"), *heat, show(d["mass_kg"], "kg"), how))
    used = int(devices.filter(pl.col("position_u").is_not_null())["height_u"].sum())
    derived = int(devices["is_derived"].fill_null(False).sum())
    stands = int(devices["position_u"].count())
    lead = [f"{devices.height} devices fill {used} of {frame.units} {frame.unit}. Frame: {frame.title} ({frame.part})."]
    if derived:
        which = "Every position was" if derived == stands else f"{derived} of {stands} positions were"
        lead.append(f"{which} chosen by Rackwright within the constraints of the spec.")
    heads = (
        (frame.unit, "num"),
        ("Device", "code"),
        ("Part", "code"),
        ("Face", ""),
        ("Feed", ""),
        ("Power", "num"),
        ("Heat, liquid", "num"),
        ("Heat, air", "num"),
        ("Mass", "num"),
        ("Position", ""),
    )
    return Content(lead, [Grid("devices", "Devices from the top down", heads, rows, is_folded=True, is_searchable=True)])
