"""What is left after a loss carries less than the load.

What: In a case the asked redundancy must survive (a shelf, a PDU, two of them, a PSU in every shelf, or a feed lost), the rated output of what
    is left is below the rack's load.
Why: The shelves that are left run into their limit and drop the busbar: the loss of one shelf becomes the loss of the rack.
Fix: More shelves or PDUs, of a higher rating, or less redundancy.
Source: Capacity by count: 6 x 5.5 kW PSUs give 33 kW and 27.5 kW at N+1 (OCP ORv3 HPR V1, Rev 0.3 draft); cases follow `power.redundancy`.
Limits: Continuous load (`power_max`); short peaks are a rule of their own.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.pwr._cases import words
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "PWR101",
    "shelves-below-redundancy",
    "error",
    "the {what} carry {value} {case}, {excess} less than the {limit} the rack takes",
    unit="W",
    label="too few",
    help="add at least {count}, or ask for less `redundancy`",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 6}
power: {shelf: ocp/hpr-33kw, shelves: 2, busbar: ocp/mgx-busbar-1400a}  # error: PWR101
cooling: {manifold: manifold/rack-45mm}
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 6}
power: {shelf: ocp/hpr-33kw, shelves: 3, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
"""


@stage(reads=("power_cases", "power_case_states", "power_branches", "parts", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Capacity against load in every required case; half a watt of rounding is let pass."""
    cases = t["power_cases"].filter("is_required").join(t["power_case_states"], on="case_id")
    short = cases.filter(pl.col("capacity_w") < pl.col("load_w") - 0.5)
    if short.is_empty():
        return nothing()
    own = t["power_branches"].filter((pl.col("power_rated_w") > 0) & pl.col("kind").is_in(["shelf", "whip"]))
    has_shelf = (t["parts"]["kind"] == "power-shelf").any()
    path, what, one = ("power.shelves", "shelves", "shelf") if has_shelf else ("power.pdus", "PDUs", "PDU")
    each = pl.lit(own.group_by("device_id").agg(pl.col("power_rated_w").sum())["power_rated_w"].max(), pl.Float64)
    missing = ((pl.col("load_w") - pl.col("capacity_w")) / each).ceil().clip(upper_bound=1e6).fill_null(1).cast(pl.Int32)
    short = short.with_columns(missing=missing)
    return rows(
        short,
        subject=pl.col("name"),
        value=pl.col("capacity_w"),
        limit=pl.col("load_w"),
        src=t.input_src(path),
        what=what,
        case=words(),
        count=pl.format("{} {}", "missing", pl.when(pl.col("missing") == 1).then(pl.lit(one)).otherwise(pl.lit(what))),
    )
