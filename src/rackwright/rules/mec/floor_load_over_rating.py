"""The rack is too heavy for the floor.

What: Mass of the whole rack over its own footprint exceeds the floor rating of the spec.
Why: Liquid-cooled racks of 1.4 t and more pass the rating of many raised floors; the floor then needs steel under every rack.
Fix: A floor with a higher rating, load spreaders with their own proof (then write the rating they give), or a lighter rack.
Source: The spec's `floor.rating`; default 2,000 kg/m2, a judgement of this project to be replaced by the building's own figure.
Limits: Uniform load on the footprint; point loads of casters and feet, and the load while rolling in, are not modelled.
"""

from __future__ import annotations

import polars as pl

from rackwright.base.stage import stage
from rackwright.rules.rule import Rule, nothing, rows
from rackwright.schema.tables import Tables

RULE = Rule(
    "MEC202",
    "floor-load-over-rating",
    "error",
    "rack `{subject}` loads the floor with {value}, {excess} over its rating of {limit}",
    unit="kg/m2",
    label="rating here",
    help="raise `floor.rating` if the building allows it, spread the load, or take out trays",
)
BAD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
floor: {rating: 500 kg/m2}  # error: MEC202
"""
GOOD = """\
rack: small
frame: nvidia/mgx-48u
trays:
  compute: {part: nvidia/gb200-compute-tray, count: 2}
power: {shelf: ocp/hpr-33kw, busbar: ocp/mgx-busbar-1400a}
cooling: {manifold: manifold/rack-45mm}
floor: {rating: 1200 kg/m2}
"""


@stage(reads=("racks", "masses", "inputs", "part_facts"), writes=("findings",))
def check(t: Tables) -> pl.DataFrame:
    """Rack mass over width times depth of the frame, against the floor rating."""
    mass = float(t["masses"]["mass_kg"].sum())
    racks = t["racks"]
    racks = racks.with_columns(load=mass * 1e6 / (t.fact_of(racks["part"], "width") * t.fact_of(racks["part"], "depth")))
    racks = racks.filter(pl.col("load") > t.input("floor.rating"))
    if racks.is_empty():
        return nothing()
    return rows(
        racks,
        subject=pl.col("name"),
        value=pl.col("load"),
        limit=t.input("floor.rating"),
        src=t.input_src("floor.rating"),
        related_src=pl.col("src"),
        related_note="frame here",
    )
