"""A rack is larger than its place.

What: The frame of a design, or of the switch racks, is wider or deeper than places where such racks stand.
Why: Its neighbours stand in the way; rows come out longer than drawn, and every cable length is of a floor that cannot be built.
Fix: Places as wide as the widest rack (`floor.pitch`, or `pitch` of a row) and as deep as the deepest (`floor.depth`), or smaller frames.
Source: Width and depth of the frames in the catalogue; places as the spec or its plan has them.
Limits: Doors, side panels and what stands out of a frame are part of its width and depth only where the catalogue counts them.
"""

from __future__ import annotations

from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule

RULE = Rule(
    "MEC404",
    "rack-larger-than-place",
    "error",
    "a rack is {value} wide, its place {limit}",
    unit="mm",
    help="widen the places to {value}",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 500 mm}  # error: MEC404
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 600 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
FILES = {"rack.yaml": RACK}
check = None
