"""Something stands outside the hall.

What: A column, keep-out, doorway, given run of trays or entrance of ducts lies outside the hall, as `floor.size` has it, or the rows and margins.
Why: A column there keeps nothing free and a tray there carries nothing: most likely a slip of the pen that moves a place nobody looks at.
Fix: The right place, or the right `floor.size`.
Source: The spec itself.
Limits: What stands in the hall by a part of it is let be: columns stand in walls.
"""

from __future__ import annotations

from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule

RULE = Rule(
    "MEC406",
    "outside-hall",
    "error",
    "it stands {value} outside",
    unit="mm",
    help="move it",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm, doors: [{x: 40 m, y: 0 m, opens: up}]}  # error: MEC406
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm, doors: [{x: 4 m, y: 0 m, opens: up}]}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
FILES = {"rack.yaml": RACK}
check = None
