"""Waves of the pull schedule with their names and hours, for the section and the drawing. Reads bundles, halls, hall_racks, inputs."""

from __future__ import annotations

import polars as pl

from rackwright.schema.tables import Tables


def waves(t: Tables) -> pl.DataFrame:
    """One row a wave in the order of pulling: wave, name, hall, bundles, cables, plugs, length_mm, longest_mm, and hours of a crew: `lay_h` to set
    up and lay the bundles, `hand_h` for plugs and labels, `crew_h` both.
    """
    halls = t["halls"].sort("hall_id")["name"]
    hall_of = t["hall_racks"].sort("rack_id")["hall_id"]
    b = t["bundles"]
    between = hall_of.gather(b["a_rack_id"]) != hall_of.gather(b["b_rack_id"])
    per_plug = (t.input("pulling.per_plug") + t.input("pulling.per_label")) / max(t.input("pulling.crew"), 1)
    own = pl.concat_str("hall", pl.coalesce(pl.concat_str(pl.lit(" pod "), pl.col("pod") + 1), pl.lit(" trunks")))
    return (
        b.with_columns(between=between, hall=halls.gather(b["hall_id"]))
        .with_columns(hall=pl.when("between").then(pl.lit("between halls")).otherwise("hall"), name=own)
        .group_by("wave")
        .agg(
            pl.when(pl.col("between").first()).then(pl.lit("between halls")).otherwise(pl.col("name").first()).alias("name"),
            pl.col("hall").first(),
            pl.len().alias("bundles"),
            pl.col("cables").sum(),
            pl.col("plugs").cast(pl.Int64).sum(),
            pl.col("length_cut_mm").sum().alias("length_mm"),
            pl.col("length_cut_max_mm").max().alias("longest_mm"),
            (pl.col("duration_s").cast(pl.Int64).sum() / 3600).alias("crew_h"),
        )
        .sort("wave")
        .with_columns(hand_h=pl.col("plugs") * per_plug / 3600)
        .with_columns(lay_h=pl.col("crew_h") - pl.col("hand_h"))
    )
