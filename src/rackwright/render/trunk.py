"""How thick the cable bundle of each cartridge is at every height: cables that cross it, drawn as a silhouette. Seen from behind."""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.render.charts import Scale, extent
from rackwright.render.rear import cable_ends
from rackwright.render.scene import Canvas, fit
from rackwright.schema.tables import Tables


def crossings(t: Tables) -> pl.DataFrame:
    """assembly, z0, z1, cables: cables of an assembly that run through the stretch between two heights (mm) at which ends stand."""
    runs = (
        cable_ends(t)
        .group_by("assembly", "cable_id")
        .agg(pl.col("z_mm").min().alias("low"), pl.col("z_mm").max().alias("high"))
        .sort("assembly", "cable_id")
    )
    found = []
    for (name,), rows in runs.group_by(["assembly"], maintain_order=True):
        heights = np.unique(np.concatenate([rows["low"].to_numpy(), rows["high"].to_numpy()]))
        if heights.size < 2:
            continue
        low, high = np.sort(rows["low"].to_numpy()), np.sort(rows["high"].to_numpy())
        count = np.searchsorted(low, heights[:-1], side="right") - np.searchsorted(high, heights[:-1], side="right")
        found.append(pl.DataFrame({"assembly": [str(name)] * count.size, "z0": heights[:-1], "z1": heights[1:], "cables": count.astype(np.int64)}))
    return pl.concat(found) if found else pl.DataFrame(schema={"assembly": pl.String, "z0": pl.Float64, "z1": pl.Float64, "cables": pl.Int64})


def draw(canvas: Canvas, t: Tables, x: float, width: float, top: float, bottom: float) -> None:
    """Silhouettes side by side, at most eight; nothing where no cable has both ends placed or no room is left."""
    rows = crossings(t)
    if rows.is_empty() or bottom - top < 140:
        return
    names = rows["assembly"].unique(maintain_order=True).to_list()[:8]
    rows = rows.filter(pl.col("assembly").is_in(names))
    y_of = Scale(extent(rows["z0"])[0], extent(rows["z1"])[1], bottom - 22, top + 46)
    most, each = extent(rows["cables"])[1], width / len(names)
    canvas.text("trunk", x, top, "Cables side by side, by height", 11, "t strong")
    canvas.text("trunk", x, top + 17, fit(f"from {y_of.low:,.0f} to {y_of.high:,.0f} mm above the floor, to one scale", width, 10), 10, "t soft")
    for i, name in enumerate(names):
        middle = x + each * (i + 0.5)
        for row in rows.filter(pl.col("assembly") == name).iter_rows(named=True):
            half = 0.42 * each * row["cables"] / most
            tip = f"{name}, {row['z0']:,.0f} to {row['z1']:,.0f} mm: {row['cables']:,} cables"
            canvas.rect("trunk", middle - half, y_of(row["z1"]), 2 * half, y_of(row["z0"]) - y_of(row["z1"]), "trunk", tip, f"cables:{name}")
        peak = extent(rows.filter(pl.col("assembly") == name)["cables"])[1]
        canvas.text("trunk", middle, bottom - 8, fit(f"{name}", each - 6, 10), 10, "t", "middle")
        canvas.text("trunk", middle, bottom + 6, f"max {peak:,.0f}", 10, "t soft", "middle")
