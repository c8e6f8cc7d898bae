"""IT trays stand where the frame keeps room for power.

What: Units of all IT devices plus the frame's power zone exceed the units of the frame, though the shelves mounted now may be fewer.
Why: The standard's power zone is what lets a plant add shelf sets later without moving trays; a rack that uses it up is another rack.
Fix: Fewer IT trays, or a frame without a reserved zone.
Source: Fact `power_zone_units` of the frame; OCP ORv3-HPR zone of 3 x 1 OU power shelves and 3 x 2 OU batteries, 9 OU.
Limits: Only for racks with power shelves in a frame whose zone is known; where the zone lies is not checked.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC108",
    "it-and-power-zones-over-height",
    "error",
    "rack `{subject}` needs {value} units for IT trays ({it}) and power zone ({zone}), {excess} more than the {limit} of its frame",
    label="frame here",
    help="take out IT trays, or choose a higher frame",
)
BAD = """\
rack: small
frame: ocp/orv3-hpr  # error: MEC108
trays:
  leaf: {part: generic/oob-48x1g-dc, count: 36}
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar}
"""
GOOD = """\
rack: small
frame: ocp/orv3-hpr
trays:
  leaf: {part: generic/oob-48x1g-dc, count: 35}
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar}
"""


@stage(reads=("racks", "devices", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Units of IT and the larger of power zone and power devices, per rack."""
    if t.facts("power_zone_units").is_empty():
        return nothing()
    is_power = pl.col("role").is_in(["power", "battery"])
    used = (
        t["devices"]
        .group_by("rack_id")
        .agg(
            it=pl.col("height_u").filter(~is_power).sum(), power=pl.col("height_u").filter(is_power).sum(), shelves=(pl.col("role") == "power").sum()
        )
    )
    zones = t["racks"].join(t.facts("power_zone_units"), on="part").join(used, on="rack_id")
    zones = zones.with_columns(zone=pl.max_horizontal("power", pl.col("power_zone_units").cast(pl.Int64)))
    total = pl.col("it") + pl.col("zone")
    return rows(
        zones.filter((pl.col("shelves") > 0) & (total > pl.col("height_units"))),
        subject=pl.col("name"),
        value=total,
        limit=pl.col("height_units"),
        src=pl.col("src"),
        it=pl.col("it"),
        zone=pl.col("zone"),
    )
