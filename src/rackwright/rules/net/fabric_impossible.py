"""A fabric cannot be built from the switches it names.

What: No number of switches of the named parts carries the ports as asked: too few ports, links faster than a port, rails that nothing joins,
    uplinks that cannot be shared equally, an unknown topology, dual homing of servers with one port.
Why: There is no such network, whatever the counts.
Fix: The change that the message names; it was tried and is the first, smallest first, with which the fabric can be built.
Source: Port budgets of the switch parts (cages, speeds and breakouts as their data sheets give them) against the ports of the rack designs.
Limits: Changes of several fields at once are not searched for.
"""

from __future__ import annotations

from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule

RULE = Rule(
    "NET301",
    "fabric-impossible",
    "error",
    "fabric `{subject}` cannot be built: {value} needed and {limit} there",
    help="make the smallest change that helps, which the message names",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  compute: {topology: rail-optimized, ports: [dgx.nic], switch: nvidia/qm9700, uplinks: 64}  # error: NET301
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
