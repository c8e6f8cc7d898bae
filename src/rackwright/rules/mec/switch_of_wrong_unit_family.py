"""A switch is made for units of another height than switch racks have.

What: A switch of a fabric is made for U (44.45 mm) and `network.frame` has OU (48 mm), or the other way round.
Why: Holes and runners do not line up: a U switch in an OU frame needs an adapter shelf and wastes height, an OU switch does not fit U.
Fix: A frame of the units that the switches are made for, or adapters and a waiver that says so.
Source: Facts `unit_height` of switch and frame; EIA-310 (44.45 mm), OCP Open Rack V3 Base Rev 1.1 (48 mm).
Limits: Switches inside compute racks are judged there, by MEC107. Adapter shelves are not in the catalogue.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC411",
    "switch-of-wrong-unit-family",
    "warning",
    "`{subject}` is made for units of {made}, the frame of switch racks has {frame}",
    unit="mm",
    label="frame here",
    help="take a `network.frame` with the units that it is made for, or add adapters and waive this",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
network: {frame: ocp/orv3}  # warning: MEC411
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
network: {frame: eia/310-48u-600}
"""
FILES = {"rack.yaml": RACK}


@stage(reads=("halls", "parts", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Unit height of every switch part of a hall against that of its frame of switch racks, beyond 0.5 mm."""
    if t["halls"].is_empty():
        return nothing()
    parts = t["parts"].with_columns(t.fact_of(t["parts"]["part"], "unit_height"))
    frames = parts.filter(pl.col("kind") == "frame").select("src", unit_mm="unit_height")
    found = parts.filter(pl.col("kind") == "switch").drop("src").join(frames, how="cross")
    found = found.filter((pl.col("unit_height") - pl.col("unit_mm")).abs() > 0.5).sort("part")
    if found.is_empty():
        return nothing()
    return rows(
        found,
        subject=pl.col("part"),
        value=pl.col("unit_height"),
        limit=pl.col("unit_mm"),
        src=pl.col("src"),
        made=_exact("unit_height"),
        frame=_exact("unit_mm"),
    )


def _exact(column: str) -> pl.Expr:
    return pl.concat_str([pl.col(column).round(2).cast(pl.String).str.strip_suffix(".0"), pl.lit(" mm")])
