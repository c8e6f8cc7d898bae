"""Rows of a hall stand in one another, or outside it.

What: Two rows that a spec gives share floor, a place of a row begins before the last one ends, or a row reaches beyond `floor.size`.
Why: Two racks cannot stand in one place; every cable length of those rows would be of a floor that does not exist.
Fix: Other `x`, `y` or `at`, fewer places, or the right size of the hall.
Source: Corner, pitch and depth of the rows as the spec gives them.
Limits: Aisles between rows may be of any width; rows that touch are let be.
"""

from __future__ import annotations

from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule

RULE = Rule(
    "MEC403",
    "rows-overlap",
    "error",
    "two rows stand in one another by {value}",
    unit="mm",
    help="move one of them",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor:
  pitch: 700 mm
  rows:
    - {x: 2 m, y: 2 m, places: 4, faces: up}
    - {x: 2 m, y: 3 m, places: 4, faces: down}  # error: MEC403
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor:
  pitch: 700 mm
  rows:
    - {x: 2 m, y: 2 m, places: 4, faces: up}
    - {x: 2 m, y: 4.4 m, places: 4, faces: down}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
"""
FILES = {"rack.yaml": RACK}
check = None
