"""A tray hangs in a column.

What: A run of trays that the spec or its plan gives, with its whole width, meets a column or another obstacle of full height.
Why: It cannot be hung there, and every cable in it would go another way.
Fix: Move the run beside the column, take a narrower tray, or end it before.
Source: The spec itself; the width of a run is that of its level unless given.
Limits: Trays that are laid out end at columns by themselves. Brackets and bends beside a tray are not looked at.
"""

from __future__ import annotations

from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule

RULE = Rule(
    "MEC408",
    "tray-in-column",
    "error",
    "the tray stands {value} in a column",
    unit="mm",
    help="move it by {value}",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor:
  {rows: 1, places: 6, pitch: 700 mm, keep_out: [{x: 2.6 m, y: 2.6 m, width: 300 mm, depth: 300 mm, full_height: true, because: column}]}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
pathways:
  segments:
    - {from: [1.2 m, 2.4 m], to: [7 m, 2.4 m]}  # error: MEC408
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor:
  {rows: 1, places: 6, pitch: 700 mm, keep_out: [{x: 2.6 m, y: 2.7 m, width: 300 mm, depth: 300 mm, full_height: true, because: column}]}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700}
pathways:
  segments:
    - {from: [1.2 m, 2.4 m], to: [7 m, 2.4 m]}
"""
FILES = {"rack.yaml": RACK}
check = None
