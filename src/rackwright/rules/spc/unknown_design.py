"""A hall names a rack design that does not exist.

What: `design` of a group of racks is not among `designs`, or the file of a design is not there.
Why: A hall is made of rack designs, each compiled once; without it there is nothing to place.
Fix: Correct the name or the path (relative to the hall's file), or add the design.
Source: The spec itself.
Limits: Faults inside the named rack spec are told with the codes and lines of that spec.
"""

from __future__ import annotations

from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule

RULE = Rule(
    "SPC121",
    "unknown-design",
    "error",
    "there is no design `{subject}`",
    help="correct the name, or add it to `designs`",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgy, count: 4}  # error: SPC121
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
