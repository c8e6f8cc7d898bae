"""More power shelf sets than the frame takes.

What: The number of power shelves exceeds what the frame's standard allows (a set is a shelf with its battery shelf).
Why: Busbar, power zone and cooling of the standard are laid out for that many; beyond it the frame is outside its specification.
Fix: Fewer or larger shelves, a frame without that limit, or a sidecar.
Source: Fact `power_shelf_sets_max` of the frame; OCP ORv3-HPR V1 (Rev 0.3 draft): at most 3 sets.
Limits: Battery shelves are counted with the power shelf they belong to.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC301",
    "too-many-shelf-sets",
    "error",
    "rack `{subject}` has {value} power shelf sets, {excess} more than the {limit} its frame takes",
    label="this many",
    help="take {limit} shelves of a higher rating, or another frame",
)
BAD = """\
rack: small
frame: ocp/orv3-hpr
trays:
  compute: {part: broadcom/custom-compute-tray, count: 2}
power: {shelf: ocp/orv3-18kw, shelves: 4, busbar: ocp/orv3-hpr-busbar}  # error: MEC301
cooling: {manifold: manifold/rack-45mm}
"""
GOOD = """\
rack: small
frame: ocp/orv3-hpr
trays:
  compute: {part: broadcom/custom-compute-tray, count: 2}
power: {shelf: ocp/orv3-18kw, shelves: 3, busbar: ocp/orv3-hpr-busbar}
cooling: {manifold: manifold/rack-45mm}
"""


@stage(reads=("racks", "devices", "inputs", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Power shelves per rack against the frame's limit."""
    most = t.facts("power_shelf_sets_max")
    if most.is_empty():
        return nothing()
    count = t["devices"].filter(pl.col("role") == "power").group_by("rack_id").len()
    racks = t["racks"].join(most, on="part").join(count, on="rack_id")
    return rows(
        racks.filter(pl.col("len") > pl.col("power_shelf_sets_max")),
        subject=pl.col("name"),
        value=pl.col("len"),
        limit=pl.col("power_shelf_sets_max"),
        src=t.input_src("power.shelves"),
        related_src=pl.col("src"),
        related_note="frame here",
    )
