"""Groups that must be neighbours are not.

What: Between the devices of one row of `placement.together` stands something else, or a unit is empty.
Why: What asked for the row, such as a cable cartridge that is one piece, does not fit over the gap.
Fix: Change the `at` or the keep-out in between, or take a group out of the row.
Source: The spec's `placement.together`.
Limits: Devices that found no room are a rule of their own.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC110",
    "neighbours-apart",
    "error",
    "{groups} stand in units {first} to {last} with {value} between that are not theirs",
    label="must be neighbours",
    help="change the `at` or keep-out in between, or take a group out of the row",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
  switch: {part: nvidia/nvlink5-switch-tray, count: 2, at: 20..21}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
placement:
  together: [[compute, switch]]  # error: MEC110
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2, at: 18..19}
  switch: {part: nvidia/nvlink5-switch-tray, count: 2, at: 20..21}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
placement:
  together: [[compute, switch]]
"""


@stage(reads=("devices", "inputs"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Units between the lowest and the highest device of each row against those that its devices take."""
    if not t.asks("placement.together"):
        return nothing()
    placed = t["devices"].filter((pl.col("height_u") > 0) & pl.col("position_u").is_not_null())
    stands = placed.select("group", "position_u", end=pl.col("position_u") + pl.col("height_u")).rows()
    found = []
    for row in t.input_text("placement.together").split(", "):
        own = [(low, end) for group, low, end in stands if group in row.split(" with ")]
        first, last = min((low for low, _ in own), default=0), max((end for _, end in own), default=0) - 1
        between = last - first + 1 - sum(end - low for low, end in own)
        if between > 0:
            found.append({"row": row, "first": first, "last": last, "between": between})
    if not found:
        return nothing()
    return rows(
        pl.DataFrame(found),
        subject=pl.col("row"),
        value=pl.col("between"),
        limit=0,
        src=t.input_src("placement.together"),
        groups=pl.concat_str(pl.lit("`"), pl.col("row").str.replace_all(" with ", "` and `"), pl.lit("`")),
        first=pl.col("first"),
        last=pl.col("last"),
    )
