"""Trays hang in racks or in other trays.

What: A level of trays hangs lower than the tallest racks under it are high, or inside the loading depth of the level below it, or is so wide that
  the ladders of neighbouring rows overlap.
Why: Two things cannot be in one place, and vertical drops come out negative.
Fix: Hang the level higher (`pathways.height`, or `height` of `fibre` or `power`), or narrower (`width`).
Source: Heights of the frames in the catalogue; heights and loading depths of the levels in the spec.
Limits: The ceiling is not known; nor are brackets, and room to lay cables in from above.
"""

from __future__ import annotations

from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule

RULE = Rule(
    "MEC409",
    "tray-in-the-way",
    "error",
    "trays hang at {value}, and {limit} is needed",
    unit="mm",
    help="hang them {excess} higher",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
pathways: {height: 1.9 m}  # error: MEC409
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
pathways: {height: 2.4 m}
"""
FILES = {"rack.yaml": RACK}
check = None
