"""The floor has fewer places than there are racks.

What: Racks of all groups and the switch racks that the fabrics need together take more places than the rows of the halls have.
Why: Racks without a place cannot be cabled, powered or cooled.
Fix: More rows or longer rows, fewer racks, fewer keep-outs, or taller switch racks (`network.units`).
Source: Places of the spec's floor without those that a keep-out takes; switch racks from the switch counts that the fabrics derive.
Limits: Equal halls; a hall that is larger than the others is not known.
"""

from __future__ import annotations

from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule

RULE = Rule(
    "MEC401",
    "floor-too-small",
    "error",
    "racks stand on {value} places, {excess} too few",
    help="add rows to `floor`, or places to its rows",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}  # error: MEC401
racks:
  dgx: {design: dgx, count: 6}
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
FILES = {"rack.yaml": RACK}
check = None
