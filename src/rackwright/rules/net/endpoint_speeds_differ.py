"""Ports that share leaves cannot run at one speed.

What: The ports of one endpoint class of a fabric have unequal speeds, or some are slower than the `speed` that is asked for.
Why: Cages of a leaf are broken out and its uplinks counted for one speed; a slower port would hold a faster one's place, a faster one not fit.
Fix: Give the slower ports a class of their own under `classes`, or a `speed` that all of them run.
Source: Speeds of the ports in the parts of the rack designs.
Limits: Classes may differ from each other. Whether a card really runs at a lower speed than its highest is the user's word.
"""

from __future__ import annotations

from rackwright.rules.halls import RACK
from rackwright.rules.rule import Rule

RULE = Rule(
    "NET307",
    "endpoint-speeds-differ",
    "error",
    "fabric `{subject}`: ports of one class run at {value} and {limit}",
    help="give the slower ports a class of their own, or a `speed` that all of them run",
)
BAD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  front: {topology: node-local, ports: [dgx.net, dgx.bmc], switch: nvidia/sn5600}  # error: NET307
"""
GOOD = """\
hall: small
designs: {dgx: rack.yaml}
floor: {rows: 1, places: 6, pitch: 700 mm}
racks:
  dgx: {design: dgx, count: 4}
fabrics:
  front: {topology: node-local, ports: [dgx.net], switch: nvidia/qm9700}
"""
FILES = {"rack.yaml": RACK}
check = None
