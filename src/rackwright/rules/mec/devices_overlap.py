"""Two devices stand in the same place.

What: Two devices share a unit and, there, width and depth: two on one face, or a front and a rear device that together are deeper than the frame.
Why: The second one cannot be mounted.
Fix: Change one of the two `at`, or leave `at` out so that the place is chosen.
Source: Geometry of the placed devices.
Limits: Rails, handles and cable bends behind a device are not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.mec._units import occupied
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC102",
    "devices-overlap",
    "error",
    "`{subject}` and `{other}` both stand in unit {unit}",
    label="one of the two",
    help="change `at` of one group, or leave it out",
)
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100, at: 1}  # error: MEC102
  mgmt: {part: nvidia/sn2201, at: 8}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100, at: 1}
  mgmt: {part: nvidia/sn2201, at: 9}
power: {pdu: raritan/px3-5878, feeds: [A], redundancy: N}
cooling: {air_rise: 18 K}
"""


@stage(reads=("devices",), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Pairs of devices whose boxes meet in a unit; value is the number of shared units."""
    taken = t.derived(occupied)
    if taken["unit"].n_unique() == taken.height:
        return nothing()
    here = taken.select("device_id", "name", "unit", "src", "x_mm", "y_mm", "width_mm", "depth_mm")
    pairs = here.join(here, on="unit", suffix="_b").filter(pl.col("device_id") < pl.col("device_id_b"))
    pairs = pairs.filter(_meet("x_mm", "width_mm") & _meet("y_mm", "depth_mm"))
    found = pairs.group_by("name", "name_b", "src", "src_b").agg(first=pl.col("unit").min(), last=pl.col("unit").max(), shared=pl.len())
    units = pl.when(pl.col("shared") == 1).then(pl.col("first").cast(pl.String)).otherwise(pl.format("{}..{}", "first", "last"))
    return rows(
        found,
        subject=pl.col("name"),
        value=pl.col("shared"),
        limit=0,
        src=pl.col("src"),
        other=pl.col("name_b"),
        unit=units,
        related_src=pl.col("src_b"),
        related_note=pl.format("`{}` here", "name_b"),
    )


def _meet(start: str, size: str) -> pl.Expr:
    """The two stretches overlap by more than a hair (1 um); unknown positions count as meeting."""
    a, b = pl.col(start), pl.col(f"{start}_b")
    return ((a + pl.col(size) - b > 1e-3) & (b + pl.col(f"{size}_b") - a > 1e-3)).fill_null(True)
