"""The air through the rack: how much, how much warmer, and when it would wet a cold pipe. Reads devices, racks and inputs."""

from __future__ import annotations

import polars as pl

from rackwright.base import air
from rackwright.base.stage import stage
from rackwright.schema.tables import Tables, frame


@stage(reads=("devices", "inputs", "racks"), writes=("air_states",))
def run(t: Tables) -> dict[str, pl.DataFrame]:
    """One row per rack; the rise is solved from heat and flow of its devices (0 K where nothing blows)."""
    inlet, humidity = t.input("cooling.room"), t.input("cooling.humidity")
    capacity = air.heat_capacity_j_m3k(inlet, humidity)
    sums = t["devices"].group_by("rack_id", maintain_order=True).agg(heat_w=pl.col("heat_air_w").sum(), flow_m3_s=pl.col("air_flow_m3_s").sum())
    rise = pl.when(pl.col("flow_m3_s") > 0).then(pl.col("heat_w") / (capacity * pl.col("flow_m3_s"))).otherwise(0.0)
    rows = (
        t["racks"]
        .select("rack_id")
        .join(sums, on="rack_id", how="left", maintain_order="left")
        .with_columns(pl.col("heat_w", "flow_m3_s").fill_null(0.0))
        .with_columns(inlet_degc=inlet, humidity=humidity, dew_point_degc=air.dew_point_degc(inlet, humidity), rise_k=rise)
    )
    return {"air_states": frame("air_states", rows)}
