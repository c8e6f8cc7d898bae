"""Where sidecars stand: each on the free place of its hall that is nearest to the middle of its run, all of a hall together by least way."""

from __future__ import annotations

import numpy as np
import polars as pl

from rackwright.build.floor import Positions
from rackwright.build.hall.supply_plan import Array
from rackwright.catalog.part import Part
from rackwright.schema.tables import frame

PLACE = ("row", "position", "x_mm", "y_mm", "width_mm", "depth_mm", "faces")


def free(where: Positions, taken: Array) -> pl.DataFrame:
    """Places of the campus that no rack stands on, as `hall_racks` tells places: hall_id and PLACE."""
    x, y = where.front_left()
    columns: dict[str, Array] = {"hall_id": where.hall, "row": where.row, "position": where.place, "x_mm": x, "y_mm": y, "width_mm": where.width_mm,
               "depth_mm": where.depth_mm, "faces": where.faces}  # fmt: skip
    return pl.DataFrame({k: v.astype(np.int32) for k, v in columns.items()})[np.setdiff1d(np.arange(len(where)), taken)]


def stood(asked: list[pl.DataFrame], places: pl.DataFrame, part: Part | None, src: int) -> pl.DataFrame:
    """Table supply_cabinets.

    Args:
        asked: cabinets: name, node_id, hall_id, and x_mm, y_mm where each had best stand.
        places: as `free`; where a hall has too few, some of its cabinets have none.
        part: what they are.
        src: line of the spec.
    """
    if not asked or part is None:
        return frame("supply_cabinets", [])
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415  0.1 s, and only halls with sidecars need it

    rows, found = pl.concat(asked), []
    for (hall,), own in rows.group_by("hall_id", maintain_order=True):
        room = places.filter(hall_id=hall)
        way = sum(np.abs(np.subtract.outer(own[c].to_numpy(), room[c].to_numpy().astype(np.float64))) for c in ("x_mm", "y_mm"))
        cabinet, place = linear_sum_assignment(way)
        at = pl.DataFrame({"of": cabinet.astype(np.int64)}).hstack(room.select(PLACE)[place])
        found.append(own.drop("x_mm", "y_mm").with_row_index("of").cast({"of": pl.Int64}).join(at, on="of", how="left", maintain_order="left"))
    made = pl.concat(found).drop("of").with_row_index("cabinet_id")
    return frame("supply_cabinets", made.with_columns(part=pl.lit(part.name), mass_kg=pl.lit(part.number("mass"), pl.Float64), src=pl.lit(src)))
