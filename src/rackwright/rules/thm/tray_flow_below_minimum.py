"""A tray gets less coolant than its maker asks for.

What: The tray's flow per kW of heat into the coolant is below the maker's least.
Why: Below it the flow in the cold plates is no longer what they were qualified with, and chips run hotter than the mean rise says.
Fix: A smaller temperature rise (more flow), or trays qualified for less flow.
Source: Fact `coolant_flow_min_lpm_kw` of the tray. Sources for GB200 give 30 to 195 L/min per rack; the catalogue says which is used.
Limits: Flow at full heat; part load is not judged.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "THM106",
    "tray-flow-below-minimum",
    "error",
    "`{subject}` gets {value}, {excess} less than its maker asks for ({limit})",
    unit="L/min per kW",
    label="rise set here",
    help="lower `cooling.rise` to {rise} or less",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm, rise: 15 K}  # error: THM106
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm, rise: 12 K}
"""


@stage(reads=("devices", "coolant_branches", "coolant_branch_states", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Volume flow over liquid heat of every tray; a thousandth of rounding is let pass."""
    least = t.facts("coolant_flow_min_lpm_kw")
    if least.is_empty():
        return nothing()
    trays = t["devices"].select("device_id", "part", device="name").join(least, on="part")
    flows = t["coolant_branches"].filter(pl.col("heat_w") > 0).join(t["coolant_branch_states"], on="branch_id").join(trays, on="device_id")
    flows = flows.with_columns(each=pl.col("flow_l_min") / (pl.col("heat_w") / 1000))
    low = flows.filter(pl.col("each") < pl.col("coolant_flow_min_lpm_kw") * 0.999)
    if low.is_empty():
        return nothing()
    return rows(
        low,
        subject=pl.col("device"),
        value=pl.col("each"),
        limit=pl.col("coolant_flow_min_lpm_kw"),
        src=t.input_src("cooling.rise"),
        rise=show(pl.lit(t.input("cooling.rise")) * pl.col("each") / pl.col("coolant_flow_min_lpm_kw"), "K"),
        related_src=pl.col("src"),
        related_note="tray here",
    )
