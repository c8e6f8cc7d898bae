"""A device finds no place in the frame.

What: A device that takes units has no position: no free stretch of the frame is as high as the device, with what `placement` keeps out.
Why: A rack that is full on paper is found on the assembly line otherwise, when the trays are there and the frame is.
Fix: Fewer trays, a higher frame, fewer units kept out, or fixed positions (`at`) that leave no gaps.
Source: Geometry; the units of the frame are its fact `height_units`.
Limits: Half-width devices side by side are not modelled; vertical PDUs take no unit.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.mec._units import kept_out, occupied
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC101",
    "device-without-place",
    "error",
    "`{subject}` has no place: it is {height} high, the highest gap left is {gap}",
    label="no place for all of these",
    help="take out {count}, or choose a higher frame",
)
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100, count: 6}  # error: MEC101
power: {pdu: raritan/px3-5878, pdus: 3, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100, count: 5}
power: {pdu: raritan/px3-5878, pdus: 3, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
"""


@stage(reads=("racks", "devices", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Devices with a height and no position, against the longest run of free units."""
    lost = t["devices"].filter((pl.col("height_u") > 0) & pl.col("position_u").is_null())
    if lost.is_empty():
        return nothing()
    units = t["racks"].select(unit=pl.int_ranges(1, pl.col("height_units") + 1)).explode("unit", empty_as_null=True)
    taken = pl.concat([t.derived(occupied).select("unit"), t.derived(kept_out).select("unit")])
    free = units.join(taken, on="unit", how="anti").sort("unit").with_columns(run=pl.col("unit") - pl.int_range(pl.len()))
    gap = int(free.group_by("run").len()["len"].max() or 0)  # type: ignore[arg-type]
    return rows(
        lost,
        subject=pl.col("name"),
        value=pl.col("height_u"),
        limit=gap,
        src=pl.col("src"),
        height=_words(pl.col("height_u")),
        gap=_words(pl.lit(gap)),
        count=pl.format("{} of `{}`", pl.len().over("group"), "group"),
    )


def _words(count: pl.Expr) -> pl.Expr:
    return pl.format("{} unit{}", count, pl.when(count == 1).then(pl.lit("")).otherwise(pl.lit("s")))
