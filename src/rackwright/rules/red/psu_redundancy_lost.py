"""A loss leaves a device with too few power supplies.

What: In a case the asked redundancy must survive (a PDU or a feed lost), an AC-fed device keeps fewer live power supplies than it needs.
Why: The rack keeps its capacity and still loses the box: six supplies of which four are needed do not survive half of them on one PDU.
Fix: More PDUs, so that each feeds fewer supplies of a device; where a feed is lost, more feeds with as many PDUs each; or less redundancy.
Source: Fact `psu_needed` of the device, for example DGX H100: 6 x 3.3 kW, 4 needed (NVIDIA DGX H100 user guide).
Limits: A device whose part says nothing needs one. Loss of a supply inside the device at the same time is not counted.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "RED101",
    "psu-redundancy-lost",
    "error",
    "`{subject}` keeps {value} power supplies with {case}, it needs {limit}",
    label="loses too many",
    help="{cure}",
)
BAD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}  # error: RED101
power: {pdu: raritan/px3-5878, pdus: 2}
cooling: {air_rise: 18 K}
"""
GOOD = """\
rack: small
frame: eia/310-42u
trays:
  dgx: {part: nvidia/dgx-h100}
power: {pdu: raritan/px3-5878, pdus: 3}
cooling: {air_rise: 18 K}
"""


@stage(reads=("devices", "power_branches", "power_branch_states", "power_cases", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Live cords per device in its worst required case against the supplies it needs."""
    cords = t["power_branches"].filter(pl.col("kind") == "cord").select("branch_id", "device_id")
    if cords.is_empty():
        return nothing()
    devices = t["devices"].join(t.facts("psu_needed"), on="part", how="left").join(t.facts("psu_count"), on="part", how="left")
    devices = devices.with_columns(pl.col("psu_needed", "psu_count").fill_null(1))
    cases = t["power_cases"].filter("is_required").select("case_id", case="name", is_feed=pl.col("kind") == "feed")
    live = cords.join(t["power_branch_states"], on="branch_id").join(cases, on="case_id")
    live = live.group_by("device_id", "case_id", "case", "is_feed").agg(live=(pl.col("power_b_w") > 0).sum())
    live = live.sort("device_id", "live", "case_id").unique("device_id", keep="first", maintain_order=True)
    few = devices.join(live, on="device_id").filter(pl.col("live") < pl.col("psu_needed"))
    spare = (pl.col("psu_count") - pl.col("psu_needed")).cast(pl.Int32)
    share = pl.format("{} {}", spare, pl.when(spare == 1).then(pl.lit("supply")).otherwise(pl.lit("supplies")))
    feeds = (pl.col("psu_count") / spare).ceil().cast(pl.Int32)
    pdus = pl.format("add PDUs so that each feeds at most {} of a device", share)
    more = pl.format(
        "name at least {} `feeds` with as many PDUs each, so that each feeds at most {} of a device, or ask for less `redundancy`", feeds, share
    )
    none = pl.lit("ask for less `redundancy`: it needs every one of its supplies")
    return rows(
        few,
        subject=pl.col("name"),
        value=pl.col("live"),
        limit=pl.col("psu_needed"),
        src=pl.col("src"),
        case=pl.col("case"),
        cure=pl.when(spare < 1).then(none).when("is_feed").then(more).otherwise(pdus),
    )
