"""What rules about trays share: the segments that take the most with them, in words."""

from __future__ import annotations

import polars as pl

from rackwright.rules.halls import wishes
from rackwright.schema.tables import Tables


def tray_named() -> pl.Expr:
    """What people call a segment, of columns of `trays` joined with the hall's name: `row 3's data tray of side A in hall H01`."""
    row = pl.concat_str([pl.lit("row "), (pl.col("row") + 1).cast(pl.String), pl.lit("'s ")])
    kind = pl.when(pl.col("kind") == "row").then(pl.lit("")).otherwise(pl.col("kind") + pl.lit(" "))
    side = pl.when(pl.col("side").is_null()).then(pl.lit("")).otherwise(pl.concat_str([pl.lit(" of side "), pl.col("side")], ignore_nulls=True))
    hall = pl.when(pl.col("hall").is_null()).then(pl.lit("")).otherwise(pl.concat_str([pl.lit(" in hall "), pl.col("hall")], ignore_nulls=True))
    begin = pl.when(pl.col("row").is_null()).then(pl.lit("the ")).otherwise(row)
    number = pl.concat_str([pl.lit(" tray "), pl.col("tray_id").cast(pl.String)])
    return pl.concat_str([begin, kind, pl.col("level"), number, side, hall])


def tray_risk(t: Tables, by: str) -> pl.DataFrame:
    """Of each fabric that asks for `apart`, the row of `tray_losses` of endpoints with most `by` (devices or shared), with `fabric`, `src`, `tray`,
    `tray_src` and `others` (how many segments there are, in words). Leaves keep to a side with all their links, so they are not told of.
    Reads tray_losses, trays, halls, fabrics, inputs.
    """
    asked = t.derived(wishes).filter((pl.col("field") == "apart") & (pl.col("value") == 1))
    if asked.is_empty():
        return asked
    wished = t.columns("fabrics", "fabric_id", "fabric", "src").join(asked.select("fabric"), on="fabric")
    found = t["tray_losses"].filter((pl.col("tier") == 0) & (pl.col(by) > 0)).join(wished, on="fabric_id")
    if found.is_empty():
        return found
    found = found.with_columns(_n=pl.len().over("fabric_id")).sort([by, "tray_id"], descending=[True, False])
    heads = found.unique("fabric_id", keep="first", maintain_order=True)
    trays = t["trays"].select("tray_id", "hall_id", "row", "kind", "level", "side", tray_src="src")
    halls = t.columns("halls", "hall_id", "name").rename({"name": "hall"})
    heads = heads.join(trays, on="tray_id").join(halls, on="hall_id", how="left").with_columns(tray=tray_named())
    text = pl.concat_str([pl.lit(" (worst of "), pl.col("_n").cast(pl.String), pl.lit(")")])
    return heads.with_columns(others=pl.when(pl.col("_n") > 1).then(text).otherwise(pl.lit(""))).sort("fabric_id")
