"""The rack carries more than its frame may.

What: Mass of everything but the frame itself exceeds the frame's payload, with or without the cross brace as the spec says.
Why: Above its payload a frame deforms when it is rolled or lifted, and its maker no longer answers for it.
Fix: Fit the cross brace, take out trays, or choose a stronger frame.
Source: Facts `payload_max` and `payload_unbraced`; Open Rack V3 frame of Meta v1.3 (2024-06-03): 1,400 kg excluding the frame, cross brace
    above 800 kg.
Limits: Static load; shipping and seismic limits are lower and not modelled. Masses that nobody published are estimates (see the report).
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.figures import show
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC201",
    "payload-over-limit",
    "error",
    "rack `{subject}` carries {value}, {excess} over the {limit} of its frame {how}",
    unit="kg",
    label="carries too much",
    help="take out trays, or choose a stronger frame",
)
BAD = """\
rack: small
frame: ocp/orv3-hpr
trays:
  compute: {part: broadcom/custom-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar}
cooling: {manifold: manifold/rack-45mm}
braced: false  # error: MEC201
overrides:
  broadcom/custom-compute-tray: {mass: 400 kg}
"""
GOOD = """\
rack: small
frame: ocp/orv3-hpr
trays:
  compute: {part: broadcom/custom-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw-ou, busbar: ocp/orv3-hpr-busbar}
cooling: {manifold: manifold/rack-45mm}
braced: true
overrides:
  broadcom/custom-compute-tray: {mass: 400 kg}
"""


@stage(reads=("racks", "masses", "inputs", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Payload against the limit that holds with or without the brace."""
    braced = t.input("braced") > 0
    payload = float(t["masses"].filter(pl.col("kind") != "frame")["mass_kg"].sum())
    racks = t["racks"]
    racks = racks.with_columns(t.fact_of(racks["part"], fact) for fact in ("payload_max", "payload_unbraced"))
    racks = racks.with_columns(limit="payload_max" if braced else "payload_unbraced").filter(pl.col("limit") < payload)
    if racks.is_empty():
        return nothing()
    mend = pl.when(pl.lit(not braced) & (pl.col("payload_max") >= payload)).then(
        pl.concat_str([pl.lit("fit the cross brace (`braced: true`): the frame then takes "), show(pl.col("payload_max"), "kg")])
    )
    return rows(
        racks,
        subject=pl.col("name"),
        value=payload,
        limit=pl.col("limit"),
        src=pl.col("src") if braced else t.input_src("braced"),
        how="with its cross brace" if braced else "without cross brace",
        help=mend,
    )
