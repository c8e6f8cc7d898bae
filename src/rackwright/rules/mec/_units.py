"""Units of the frame, one row each: which device stands in them and which must stay empty."""

from __future__ import annotations

import polars as pl

from rackwright.schema.tables import Tables

_KEEP_OUT = r"^placement\.keep_out\.(\d+)\.(units|because)$"


def occupied(t: Tables) -> pl.DataFrame:
    """A row per unit that a placed device takes: the device's columns and `unit`. Reads devices."""
    placed = t["devices"].filter((pl.col("height_u") > 0) & pl.col("position_u").is_not_null())
    return placed.with_columns(unit=pl.int_ranges("position_u", pl.col("position_u") + pl.col("height_u"))).explode("unit", empty_as_null=True)


def kept_out(t: Tables) -> pl.DataFrame:
    """A row per unit that must stay empty: `unit`, `because` and the `src` of the keep-out. Reads inputs."""
    found = t["inputs"].filter(pl.col("path").str.contains(_KEEP_OUT))
    if found.is_empty():
        return pl.DataFrame(schema={"unit": pl.Int64, "because": pl.String, "src": pl.Int32})
    found = found.with_columns(n=pl.col("path").str.extract(_KEEP_OUT, 1), what=pl.col("path").str.extract(_KEEP_OUT, 2))
    because = found.filter(pl.col("what") == "because").select("n", because="text")
    units = found.filter(pl.col("what") == "units").select("n", "src", unit=pl.col("text").str.split(", "))
    units = units.explode("unit", empty_as_null=True).with_columns(pl.col("unit").cast(pl.Int64))
    return units.join(because, on="n", how="left").select("unit", "because", "src")
