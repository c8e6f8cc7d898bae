"""A device is made for units of another height.

What: The device is made for U (44.45 mm) and the frame has OU (48 mm), or the other way round.
Why: Holes and runners do not line up; a U device in an OU frame needs adapters and wastes height, an OU device in a U frame does not fit its units.
Fix: The variant of the device for this frame, or adapters and a waiver that says so.
Source: Facts `unit_height`; EIA-310 (44.45 mm), OCP Open Rack V3 Base Rev 1.1 (48 mm).
Limits: Adapter shelves are not in the catalogue.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.mec._frames import framed
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC107",
    "wrong-unit-family",
    "warning",
    "`{subject}` is made for units of {made}, the frame has {frame}",
    unit="mm",
    label="made for other units",
    help="take the variant for this frame, or add adapters and waive this",
)
BAD = """\
rack: small
frame: ocp/orv3-hpr
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}  # warning: MEC107
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar}
cooling: {manifold: manifold/rack-45mm}
"""
GOOD = """\
rack: small
frame: ocp/orv3-hpr
trays:
  compute: {part: broadcom/custom-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar}
cooling: {manifold: manifold/rack-45mm}
"""


@stage(reads=("racks", "devices", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Unit height of every device's part against the frame's, beyond 0.5 mm."""
    made = t.derived(framed).filter((pl.col("height_u") > 0) & ((pl.col("unit_height") - pl.col("unit_mm")).abs() > 0.5))
    if made.is_empty():
        return nothing()
    return rows(
        made,
        subject=pl.col("name"),
        value=pl.col("unit_height"),
        limit=pl.col("unit_mm"),
        src=pl.col("src"),
        made=_exact("unit_height"),
        frame=_exact("unit_mm"),
    )


def _exact(column: str) -> pl.Expr:
    """Millimetres with both decimals that tell a U from its rounding."""
    return pl.concat_str([pl.col(column).round(2).cast(pl.String).str.strip_suffix(".0"), pl.lit(" mm")])
