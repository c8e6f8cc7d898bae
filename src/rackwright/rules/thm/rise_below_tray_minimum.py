"""The temperature rise asked for is smaller than a tray can be run at.

What: `cooling.rise` is below the smallest rise a tray may be run at with full heat.
Why: A small rise is a large flow: pressure drop and velocity inside the tray leave what it was built for.
Fix: A greater rise.
Source: Fact `coolant_rise_min` of the tray.
Limits: Trays without that fact are not judged.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "THM107",
    "rise-below-tray-minimum",
    "error",
    "`{subject}` may be run at a rise of {limit} at least, {value} is asked for",
    unit="K",
    label="rise set here",
    help="raise `cooling.rise` to {limit} or more",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}  # error: THM107
overrides:
  nvidia/gb200-compute-tray: {coolant_rise_min: 12 K}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
overrides:
  nvidia/gb200-compute-tray: {coolant_rise_min: 8 K}
"""


@stage(reads=("devices", "coolant_loops", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Design rise of the loop against every device that gives heat to it."""
    if t["coolant_loops"].is_empty():
        return nothing()
    trays = t["devices"]
    trays = trays.with_columns(t.fact_of(trays["part"], "coolant_rise_min")).filter(pl.col("heat_liquid_w") > 0)
    small = trays.join(t["coolant_loops"].select("rise_k"), how="cross").filter(pl.col("rise_k") < pl.col("coolant_rise_min"))
    if small.is_empty():
        return nothing()
    return rows(
        small,
        subject=pl.col("name"),
        value=pl.col("rise_k"),
        limit=pl.col("coolant_rise_min"),
        src=t.input_src("cooling.rise"),
        related_src=pl.col("src"),
        related_note="tray here",
    )
