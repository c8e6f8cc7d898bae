"""A rack design as columns: what stands in it, seen from the front and from the rear, its ports, and the cables inside a rack on its own.

Reads racks, parts, part_facts, devices, ports, cables, pathways, masses, power_nodes, coolant_nodes.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import polars as pl

from rackwright.render import rack as drawn
from rackwright.render.viewer.pack import Chunk, Chunks
from rackwright.schema.tables import Tables

_DEVICE = [
    *("name", "part", "role", "group", "feed", "position_u", "height_u", "is_rear", "x_mm", "y_mm", "z_mm", "width_mm", "depth_mm", "height_mm"),
    *("power_max_w", "heat_liquid_w", "heat_air_w", "mass_kg"),
]
_PORT = ["device_id", "name", "kind", "speed_gbps", "connector", "is_rear", "x_mm", "z_mm"]


def chunks(t: Tables, name: str) -> Chunks:
    """`NAME` with the devices (row: device id) and the frame, `NAME-ports`, and `NAME-cables`."""
    return {
        name: lambda: Chunk(t["devices"].sort("device_id").select(_DEVICE), {"frame": frame(t), "over": _over(t)}),
        f"{name}-ports": lambda: Chunk(t["ports"].sort("port_id").select(_PORT)),
        f"{name}-cables": lambda: Chunk(cables(t)),
    }


def frame(t: Tables) -> dict[str, Any]:
    """The frame in millimetres, as the elevation draws it."""
    return frame_words(drawn.frame_of(t))


def frame_words(found: drawn.Frame) -> dict[str, Any]:
    """A frame with its units in the names of its sizes."""
    sizes = {k if k in ("name", "part", "title", "units") else f"{k.removesuffix('_mm')}_mm": v for k, v in asdict(found).items()}
    return {**sizes, "unit": found.unit}


def cables(t: Tables) -> pl.DataFrame:
    """Cables inside the rack by id: label, part, both ends by port (-1: a device without ports, or out of the rack) and in words, lengths, way."""
    ways = t["pathways"].select("segment_id", "segment")
    made = t["cables"].sort("cable_id").join(ways, on="segment_id", how="left", maintain_order="left")
    return made.select(
        *("label", "kind", "part", "medium", "assembly", "a_port_id", "b_port_id", "a_end", "b_end", "pairs"),
        *("length_route_mm", "length_cut_mm", "length_stock_mm", "segment"),
    )


def _over(t: Tables) -> dict[str, Any]:
    """What lies over the trays at the back: x from the left seen from the front, heights of its lowest and highest point, mm."""
    made: dict[str, Any] = {}
    bar = t["power_nodes"].filter((pl.col("kind") == "busbar") & pl.col("z_mm").is_not_null())
    x = t["masses"].filter(pl.col("kind") == "busbar")["x_mm"]
    if bar.height and x.len():
        made["busbar"] = [float(x[0]), *bar.select(low=pl.col("z_mm").min(), high=pl.col("z_mm").max()).row(0)]
    risers = t["coolant_nodes"].filter(pl.col("kind").is_in(["supply", "return"]) & pl.col("z_mm").is_not_null())
    x = t["masses"].filter(pl.col("kind") == "manifold")["x_mm"]
    if risers.height and x.len():
        made["manifold"] = [float(x[0]), *risers.select(low=pl.col("z_mm").min(), high=pl.col("z_mm").max()).row(0)]
    return made
