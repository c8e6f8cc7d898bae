"""The centre of mass is above the height the spec allows.

What: Height of the centre of mass of the whole rack exceeds `placement.centre_of_mass_max`.
Why: A top-heavy rack tips when rolled over a threshold or when trays are pulled out for service.
Fix: Heavy groups lower in `placement.order`, power shelves at the bottom, or a higher limit with its own stability proof.
Source: The spec's `placement.centre_of_mass_max`; no limit unless given.
Limits: Trays count as uniform boxes; the pulled-out tray of a service case is not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC203",
    "centre-of-mass-too-high",
    "error",
    "the centre of mass of rack `{subject}` is {value} above the floor, {excess} over its limit of {limit}",
    unit="mm",
    label="limit set here",
    help="put heavy groups lower in `placement.order`, or raise the limit",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
placement: {centre_of_mass_max: 300 mm}  # error: MEC203
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
placement: {centre_of_mass_max: 1200 mm}
"""


@stage(reads=("racks", "masses", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Mass-weighted mean height against the limit; none given, none checked."""
    path = "placement.centre_of_mass_max"
    if t.input(path) != t.input(path):
        return nothing()
    height = t["masses"].select(height=(pl.col("mass_kg") * pl.col("z_mm")).sum() / pl.col("mass_kg").sum())
    found = t["racks"].join(height, how="cross").filter(pl.col("height").is_finite() & (pl.col("height") > t.input(path)))
    return rows(found, subject=pl.col("name"), value=pl.col("height"), limit=t.input(path), src=t.input_src(path))
