"""A fabric's selector names no port.

What: A `GROUP.ALIAS` under `ports` of a fabric matches no port of any rack design of the hall.
Why: The fabric would silently leave out what it was meant to join.
Fix: Correct it; the message names selectors that come near.
Source: Groups of the rack designs, and the names that their parts give to chips and ports.
Limits: A selector that matches ports of one design and not of another it was meant for is not noticed.
"""

from __future__ import annotations

from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule

RULE = Rule(
    "SPC122",
    "unknown-ports",
    "error",
    "no design has ports `{subject}`",
    help="write GROUP.ALIAS, such as `compute.nic`",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nix], switch: nvidia/qm9700}  # error: SPC122
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
