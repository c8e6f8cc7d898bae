"""No part of the catalogue is large enough for what the power chain wants.

What: A transformer, substation transformer or transfer switch that the load needs is larger than any that the catalogue has.
Why: A chain built with the largest there is would be overloaded from the first day.
Fix: More of them (smaller busways make smaller blocks, `substation.transformers`), or a larger part in a folder of your own under `parts`.
Source: The catalogue, and the load with the worst single loss.
Limits: UPS modules, generators and cables are put in parallel instead. A part that the spec names is taken as it is, and PWR401 judges it.
"""

from __future__ import annotations

from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule

RULE = Rule("PWR408", "no-part-carries-it", "error", "no part of the catalogue carries {value}", help="more of them, or a larger part under `parts`")
_HALL = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 4, places: 60, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 200}
"""
BAD = (
    _HALL
    + """\
power: {redundancy: N, transfer: board}  # error: PWR408
overrides:
  generic/sts-4000a: {current_rated: 1000 A}
"""
)
GOOD = _HALL + "power: {redundancy: N, transfer: board, generators: none}\n"
FILES = {"rack.yaml": RACK}
check = None
