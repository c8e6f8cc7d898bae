"""All trays peaking together exceed what the shelves can give for a moment.

What: Sum of the trays' short peaks is above the rated output of all shelves times their short overload.
Why: Accelerators of one job step together, so their peaks add up; beyond the overload the shelves limit and the voltage dips.
Fix: More shelves, power smoothing in the trays (a lower `power_peak`), or batteries that take part.
Source: Facts `power_peak` (EDPp) of the trays and `overload` of the shelf (HPR V1: 155 to 160 % for a short pulse).
Limits: Peaks of all trays at once, the worst case; trays without a known peak count with their `power_max`.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR302",
    "peak-over-capacity",
    "warning",
    "trays of rack `{subject}` peak at {value}, {excess} over the {limit} the shelves give for a moment",
    unit="W",
    label="shelves here",
    help="add a shelf, or lower the peak of the trays by power smoothing",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 4}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}  # warning: PWR302
cooling: {manifold: manifold/rack-45mm}
overrides:
  nvidia/gb200-compute-tray: {power_peak: 30 kW}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 4}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
"""


@stage(reads=("racks", "devices", "power_nodes", "power_branches", "part_facts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Peaks of everything on the busbar against installed rating times overload."""
    overload = t.facts("overload")
    if overload.is_empty():
        return nothing()
    devices = t["devices"].select("device_id", "rack_id", "part", peak=pl.max_horizontal(pl.col("power_peak_w").fill_null(0.0), "power_max_w"))
    shelves = t["power_branches"].filter(pl.col("kind") == "shelf").select("device_id", "power_rated_w")
    given = devices.join(shelves, on="device_id").join(overload, on="part")
    if given.is_empty():
        return nothing()
    limits = given.group_by("rack_id").agg(limit=(pl.col("power_rated_w") * pl.col("overload")).sum())
    loads = t["power_nodes"].filter((pl.col("kind") == "load") & ~pl.col("is_ac"))["device_id"].to_list()
    peaks = devices.filter(pl.col("device_id").is_in(loads)).group_by("rack_id").agg(pl.col("peak").sum())
    over = peaks.join(limits, on="rack_id").filter(pl.col("peak") > pl.col("limit"))
    if over.is_empty():
        return nothing()
    racks = t["racks"].join(over, on="rack_id")
    return rows(racks, subject=pl.col("name"), value=pl.col("peak"), limit=pl.col("limit"), src=t.input_src("power.shelves"))
