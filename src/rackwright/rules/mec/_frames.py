"""Devices with what their frame offers."""

from __future__ import annotations

import polars as pl

from rackwright.schema.tables import Tables


def framed(t: Tables) -> pl.DataFrame:
    """Devices with `unit_height` of their part, and `height_units`, `unit_mm`, `depth`, `width_it` and `frame_src` of their frame; null where a part
    does not say. Reads racks, devices, part_facts.
    """
    racks, devices = t["racks"], t["devices"]
    own = [t.fact_of(racks["part"], fact) for fact in ("depth", "width_it")]
    frames = racks.with_columns(*own).select("rack_id", "height_units", "unit_mm", "depth", "width_it", frame_src="src")
    return devices.with_columns(t.fact_of(devices["part"], "unit_height")).join(frames, on="rack_id")
