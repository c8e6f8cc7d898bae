"""Halls, rows, racks, trays and what stands in the way: the floor as columns.

Reads halls, hall_rows, floor_areas, hall_racks, designs, design_devices, fabric_switches, trays.
"""

from __future__ import annotations

import polars as pl

from rackwright.render import solids
from rackwright.render.viewer.pack import Chunk, Chunks
from rackwright.schema.tables import Tables

_HALL = ["hall_id", "name", "x_mm", "y_mm", "width_mm", "depth_mm", "places", "racks", "switch_racks", "power_w"]
_RACK = ["name", "hall_id", "row", "position", "x_mm", "y_mm", "width_mm", "depth_mm", "faces", "design_id", "pod", "power_w"]
_HEAT = ["heat_liquid_w", "heat_air_w", "mass_kg"]
_DESIGN = ["design_id", "design", "racks", "accelerators", "power_w"]
_TRAY = [
    *("tray_id", "hall_id", "row", "kind", "level", "side", "z_mm", "a_x_mm", "a_y_mm", "b_x_mm", "b_y_mm"),
    *("length_mm", "trays", "capacity", "fill"),
]


def chunks(t: Tables) -> Chunks:
    """By name: halls, rows, areas, racks, trays, designs, design_devices."""
    return {
        "halls": lambda: Chunk(t["halls"].sort("hall_id").select(*_HALL, *_HEAT)),
        "rows": lambda: Chunk(t["hall_rows"].sort("hall_id", "row").drop("src")),
        "areas": lambda: Chunk(t["floor_areas"].select("hall_id", "kind", "x_mm", "y_mm", "width_mm", "depth_mm", "text", "opens")),
        "racks": lambda: Chunk(racks(t)),
        "trays": lambda: Chunk(trays(t)),
        "design_devices": lambda: Chunk(t["design_devices"].sort("design_id", "device")),
        "designs": lambda: Chunk(t["designs"].sort("design_id").select(*_DESIGN, *_HEAT)),
    }


def racks(t: Tables) -> pl.DataFrame:
    """Racks by id, with `device_first`: the campus id of the first device of a rack design; a switch rack has none."""
    many = t["design_devices"].group_by("design_id").agg(devices=pl.len().cast(pl.Int64))
    found = t["hall_racks"].sort("rack_id").join(many, on="design_id", how="left", maintain_order="left")
    first = pl.when(pl.col("design_id").is_not_null()).then(pl.col("devices").fill_null(0).cum_sum() - pl.col("devices").fill_null(0))
    return found.select(*_RACK, *_HEAT, device_first=first)


def trays(t: Tables) -> pl.DataFrame:
    """Trays by id, with the width and depth that the 3-D hall gives them, mm."""
    found = t["trays"].sort("tray_id")
    return found.select(_TRAY).with_columns(s.round().cast(pl.Int32).alias(f"{s.name}_mm") for s in solids.sizes(t, found))


def switch_first(t: Tables) -> int:
    """The device id of the first switch: switches follow the devices of all racks."""
    many = dict(t["design_devices"].group_by("design_id").len().iter_rows())
    own = t["hall_racks"]["design_id"].drop_nulls().value_counts()
    return sum(count * many.get(design, 0) for design, count in own.iter_rows())
