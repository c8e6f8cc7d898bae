"""A DXF plan cannot be used as the floor of a hall.

What: The file is not there or is no DXF, its unit is not known, nothing stands on the layer of the racks, or rectangles there are no racks, overlap
or stand out of line.
Why: Places that were guessed from a drawing would give lengths for a floor that does not exist.
Fix: As the message says: the path, `floor.plan_unit`, `floor.layers`, or the drawing.
Source: DXF reference, $INSUNITS; what this project takes for a rack and a row stands in the description of `floor.layers`.
Limits: Racks are rectangles or inserts along x or y; text, hatches and 3-D solids are not read, trays are straight lines.
"""

from __future__ import annotations

from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule

RULE = Rule(
    "SPC130",
    "floor-plan-unusable",
    "error",
    "the plan cannot be used",
    help="give the plan's path, unit and layers, or `floor.rows`",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {plan: hall.dxf}  # error: SPC130
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
FILES = {"rack.yaml": RACK, "hall.dxf": "this is no drawing\n"}
check = None
