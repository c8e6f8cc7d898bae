"""A power shelf with its battery shelf is heavier than the frame's runners take.

What: Mass of one power shelf and, where there are any, one battery shelf exceeds the frame's limit for a shelf set.
Why: Runners and the people who lift the shelf are limited, long before the frame is.
Fix: A lighter shelf or battery, or a frame with a higher limit.
Source: Fact `shelf_set_mass_max` of the frame; Open Rack V3 frame of Meta v1.3: 80 kg; Open Rack Wide V1.0.0: 125 kg.
Limits: One battery shelf per power shelf; unknown masses count as zero.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC302",
    "shelf-set-too-heavy",
    "error",
    "a power shelf set of rack `{subject}` is {value}, {excess} over the {limit} its frame takes",
    unit="kg",
    label="shelf here",
    help="take a lighter shelf or battery, or a frame with a higher limit",
)
BAD = """\
rack: small
frame: ocp/orv3-hpr
trays:
  compute: {part: broadcom/custom-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar, battery: ocp/bbu-hpr}  # error: MEC302
cooling: {manifold: manifold/rack-45mm}
overrides:
  ocp/hpr-33kw-ou: {mass: 45 kg}
"""
GOOD = """\
rack: small
frame: ocp/orv3-hpr
trays:
  compute: {part: broadcom/custom-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar, battery: ocp/bbu-hpr}
cooling: {manifold: manifold/rack-45mm}
"""


@stage(reads=("racks", "devices", "inputs", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Heaviest shelf plus heaviest battery shelf against the frame's limit."""
    if t.facts("shelf_set_mass_max").is_empty():
        return nothing()
    mass = (
        t["devices"]
        .group_by("rack_id")
        .agg(
            shelf=pl.col("mass_kg").filter(pl.col("role") == "power").max().fill_null(0),
            battery=pl.col("mass_kg").filter(pl.col("role") == "battery").max().fill_null(0),
        )
    )
    sets = t["racks"].join(t.facts("shelf_set_mass_max"), on="part").join(mass, on="rack_id").with_columns(both=pl.col("shelf") + pl.col("battery"))
    return rows(
        sets.filter((pl.col("shelf") > 0) & (pl.col("both") > pl.col("shelf_set_mass_max"))),
        subject=pl.col("name"),
        value=pl.col("both"),
        limit=pl.col("shelf_set_mass_max"),
        src=t.input_src("power.shelf"),
        related_src=pl.col("src"),
        related_note="frame here",
    )
